"""Namespaces of the documents that we read, and their element names as lxml writes them.

Source: CFDI sheet 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree

CFDI_40 = "http://www.sat.gob.mx/cfd/4"
CFDI_33 = "http://www.sat.gob.mx/cfd/3"
TFD = "http://www.sat.gob.mx/TimbreFiscalDigital"
PAGOS_20 = "http://www.sat.gob.mx/Pagos20"
PAGOS_10 = "http://www.sat.gob.mx/Pagos"
LOCAL_TAXES = "http://www.sat.gob.mx/implocal"

VERSIONS = {CFDI_40: "4.0", CFDI_33: "3.3"}
"""The version that is read, by namespace (3.2 shares that of 3.3)."""

Element = etree._Element


class CfdiNames(NamedTuple):
    """Tags of one version, ``{namespace}name``."""

    version: str
    order: dict[str, int]
    """Place of each child of the Comprobante."""
    relations: str
    relation: str
    issuer: str
    receiver: str
    concepts: str
    concept: str
    taxes: str
    charged: str
    charged_row: str
    withheld: str
    withheld_row: str
    global_information: str
    complement: str
    concept_complement: str
    part: str
    addenda: str


class PagosNames(NamedTuple):
    """Tags of one version of the payment complement."""

    version: str
    pagos: str
    totals: str
    payment: str
    document: str


ORDER = (
    "InformacionGlobal",
    "CfdiRelacionados",
    "Emisor",
    "Receptor",
    "Conceptos",
    "Impuestos",
    "Complemento",
    "Addenda",
)
"""Children of a Comprobante; 3.3 has no InformacionGlobal."""


def _cfdi_names(namespace: str) -> CfdiNames:
    def tag(name: str) -> str:
        return f"{{{namespace}}}{name}"

    first = 0 if namespace == CFDI_40 else 1
    return CfdiNames(
        version=VERSIONS[namespace],
        order={tag(name): place for place, name in enumerate(ORDER[first:])},
        relations=tag("CfdiRelacionados"),
        relation=tag("CfdiRelacionado"),
        issuer=tag("Emisor"),
        receiver=tag("Receptor"),
        concepts=tag("Conceptos"),
        concept=tag("Concepto"),
        taxes=tag("Impuestos"),
        charged=tag("Traslados"),
        charged_row=tag("Traslado"),
        withheld=tag("Retenciones"),
        withheld_row=tag("Retencion"),
        global_information=tag("InformacionGlobal"),
        complement=tag("Complemento"),
        concept_complement=tag("ComplementoConcepto"),
        part=tag("Parte"),
        addenda=tag("Addenda"),
    )


def _pagos_names(namespace: str, version: str) -> PagosNames:
    names = ("Pagos", "Totales", "Pago", "DoctoRelacionado")
    return PagosNames(version, *(f"{{{namespace}}}{name}" for name in names))


CFDI_NAMES = {f"{{{namespace}}}Comprobante": _cfdi_names(namespace) for namespace in VERSIONS}
"""By the tag of the root."""
PAGOS_NAMES = {
    names.pagos: names for names in (_pagos_names(PAGOS_20, "2.0"), _pagos_names(PAGOS_10, "1.0"))
}
"""By the tag of the complement."""
STAMP = f"{{{TFD}}}TimbreFiscalDigital"
LOCAL = f"{{{LOCAL_TAXES}}}ImpuestosLocales"


def local_name(tag: object) -> str:
    """A tag without its namespace, for people."""
    return str(tag).rpartition("}")[2]


def by_tag(parents: Iterable[Element]) -> dict[str, list[Element]]:
    """The direct children of each tag, in order; comments and instructions have none of ours."""
    found: dict[str, list[Element]] = {}
    for parent in parents:
        for child in parent:
            tag = child.tag
            if tag in found:
                found[tag].append(child)
            else:
                found[tag] = [child]
    return found
