"""What a document says of itself, as written: for people, and before anything is believed."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from portal_pipeline.cfdi.namespaces import (
    PAGOS_10,
    PAGOS_20,
    TFD,
    Element,
    child,
    children,
    complements,
)
from portal_pipeline.core.identity import upper_uuid

STAMP = "TimbreFiscalDigital"


@dataclass(frozen=True)
class Figures:
    """Texts exactly as in the document, None where absent; UUIDs upper case."""

    version: str | None = None
    type: str | None = None
    uuid: str | None = None
    """Of the first stamp that has one."""
    issuer_rfc: str | None = None
    receiver_rfc: str | None = None
    total: str | None = None
    currency: str | None = None
    lines: int = 0
    """Number of Concepto."""
    payments: tuple[str, ...] = ()
    """Distinct paid UUIDs of a payment complement."""
    payment_nodes: int = 0
    """Number of Pago and DoctoRelacionado."""


def read_figures(root: Element) -> Figures:
    """The figures of a Comprobante of any version in the namespaces of 3.x and 4.0."""
    namespace = etree.QName(root).namespace or ""
    paid: dict[str, None] = {}
    nodes = 0
    for pagos in (PAGOS_20, PAGOS_10):
        for node in complements(root, pagos, "Pagos"):
            for pago in children(node, pagos, "Pago"):
                nodes += 1
                for document in children(pago, pagos, "DoctoRelacionado"):
                    nodes += 1
                    paid[upper_uuid(document.get("IdDocumento", ""))] = None
    stamps = (upper_uuid(stamp.get("UUID", "")) for stamp in complements(root, TFD, STAMP))
    return Figures(
        version=_text(root, "Version"),
        type=_text(root, "TipoDeComprobante"),
        uuid=next((uuid for uuid in stamps if uuid), None),
        issuer_rfc=_text(child(root, namespace, "Emisor"), "Rfc"),
        receiver_rfc=_text(child(root, namespace, "Receptor"), "Rfc"),
        total=_text(root, "Total"),
        currency=_text(root, "Moneda"),
        lines=sum(1 for _ in children(root, namespace, "Conceptos", "Concepto")),
        payments=tuple(uuid for uuid in paid if uuid),
        payment_nodes=nodes,
    )


def _text(node: Element | None, name: str) -> str | None:
    """An attribute as written; version 3.2 wrote most names with a small first letter."""
    if node is None:
        return None
    return node.get(name, node.get(name[0].lower() + name[1:]))
