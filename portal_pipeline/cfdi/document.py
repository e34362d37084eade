"""The outline of a CFDI to its model; everything wrong in it goes to ``values``."""

from __future__ import annotations

from datetime import datetime

from portal_pipeline.cfdi.local_taxes import read_local_taxes
from portal_pipeline.cfdi.namespaces import (
    CfdiNames,
    Element,
    local_name,
)
from portal_pipeline.cfdi.outline import Outline
from portal_pipeline.cfdi.payments import read_payments
from portal_pipeline.cfdi.values import UUID, Values, tidy, unbroken
from portal_pipeline.core.cfdi import Cfdi, CfdiTax, Concept, Related
from portal_pipeline.core.identity import upper_uuid

TYPES = frozenset("IEPNT")
SEVERAL_RELATIONS = "4.0"
Taxes = tuple[tuple[CfdiTax, ...], tuple[CfdiTax, ...]]
"""Charged and withheld."""


def read_document(found: Outline, values: Values) -> Cfdi:
    """The document; meaningless amounts in it are counted in ``values.unreadable``."""
    head, issuer, receiver = found.root, found.issuer, found.receiver
    if not _is_usual(found):
        _order(found, values)
        _repetitions(found, values)
    for node in found.children.get(found.names.global_information, ()):
        values.place = "InformacionGlobal"
        values.expect(node, "Periodicidad", "Meses", "Año")
    charged, withheld = _taxes(found.taxes, found.names, values)
    local_charged, local_withheld = read_local_taxes(found.local_taxes, values)
    kind = values.needed(head, "TipoDeComprobante")
    if kind and kind not in TYPES:
        values.note("type_unknown", f"TipoDeComprobante {kind[:20]!r} is none of I, E, P, N, T")
    payments, payments_total = read_payments(found, values)
    values.place = "Comprobante"
    values.expect(head, "Certificado")
    return Cfdi(  # in the order of its fields: keywords would take longer than reading these texts
        found.names.version,
        kind,
        _uuid(found.stamps, values),
        _stamp_time(found, values),
        values.time(head, "Fecha"),
        tidy(head.get("Serie", "")),
        tidy(head.get("Folio", "")),
        values.required(head, "SubTotal"),
        values.amount(head, "Descuento"),
        values.required(head, "Total"),
        values.needed(head, "Moneda"),
        values.number(head, "TipoCambio"),
        tidy(head.get("MetodoPago", "")),
        tidy(head.get("FormaPago", "")),
        tidy(head.get("CondicionesDePago", "")),
        tidy(head.get("Exportacion", "")),
        tidy(head.get("LugarExpedicion", "")),
        tidy(head.get("NoCertificado", "")),
        _rfc(issuer, "Emisor", values),
        tidy(issuer.get("Nombre", "")),
        tidy(issuer.get("RegimenFiscal", "")),
        _rfc(receiver, "Receptor", values),
        tidy(receiver.get("Nombre", "")),
        tidy(receiver.get("RegimenFiscalReceptor", "")),
        tidy(receiver.get("DomicilioFiscalReceptor", "")),
        tidy(receiver.get("UsoCFDI", "")),
        _concepts(found, values),
        charged,
        withheld,
        values.number(found.taxes, "TotalImpuestosTrasladados"),
        values.number(found.taxes, "TotalImpuestosRetenidos"),
        local_charged,
        local_withheld,
        _related(found),
        payments,
        payments_total,
        bool(head.get("Sello", "").strip()),
        bool(found.stamps),
        tuple(values.irregularities),
    )


# -- elements ----------------------------------------------------------------------------------


def _is_usual(found: Outline) -> bool:
    """Each child of the Comprobante is known, there once, and in the SAT's order."""
    places = [found.names.order.get(tag, -1) for tag in found.children]
    return len(places) == len(found.root) and places == sorted(places) and -1 not in places


def _order(found: Outline, values: Values) -> None:
    """Children of the Comprobante: known ones alone, in the SAT's order, the Addenda last."""
    order = found.names.order
    last = -1
    for child in found.root:
        tag = child.tag
        place = order.get(tag)
        if place is None:
            if isinstance(tag, str):  # neither comment nor processing instruction
                values.irregular("element_unknown", f"Comprobante: {tag} does not belong there")
        elif place < last:
            values.irregular("element_order", f"{local_name(tag)} stands too late")
        else:
            last = place


def _repetitions(found: Outline, values: Values) -> None:
    """Elements of which there may be one.

    A second Emisor, Receptor or Impuestos says something that nobody reads. Several Complemento
    are read, and 3.3 allows them. Source: CFDI sheet 3, 6.
    """
    names = found.names
    for tag, children in found.children.items():
        if len(children) == 1 or tag not in names.order:
            continue
        if tag == names.relations and names.version == SEVERAL_RELATIONS:
            continue
        text = f"{local_name(tag)} is there {len(children)} times"
        if tag in {names.issuer, names.receiver, names.taxes}:
            values.note("element_repeated", f"Comprobante: {text}")
        elif tag != names.complement or names.version == SEVERAL_RELATIONS:
            values.irregular("element_repeated", f"Comprobante: {text}")


def _rfc(party: Element, name: str, values: Values) -> str:
    values.place = name
    written = values.needed(party, "Rfc")
    rfc = written.upper()
    if rfc != written:
        values.irregular("rfc_malformed", f"{name}: Rfc {written[:20]!r} has small letters")
    values.place = "Comprobante"
    return rfc


# -- stamp -------------------------------------------------------------------------------------


def _uuid(stamps: list[Element], values: Values) -> str:
    """The UUID of the first stamp that has one; only a well-formed one names a document."""
    uuids = [uuid for stamp in stamps if (uuid := upper_uuid(stamp.get("UUID", "")))]
    if not uuids:
        values.note("uuid_missing", "the document is not stamped: it has no UUID")
        return ""
    if len(set(uuids)) > 1:
        values.note("two_stamps", f"stamped with several UUIDs: {', '.join(uuids)}")
    elif len(uuids) > 1:
        values.note("repeated_stamp", f"stamped {len(uuids)} times with one UUID", "warning")
    if not UUID.fullmatch(uuids[0]):
        values.note("uuid_malformed", f"the UUID {uuids[0][:60]!r} has a wrong form")
        return ""
    return uuids[0]


def _stamp_time(found: Outline, values: Values) -> datetime | None:
    """Of the first stamp, which must also be whole and name the document's own seal."""
    if not found.stamps:
        return None
    stamp = found.stamps[0]
    values.place = "TimbreFiscalDigital"
    values.expect(stamp, "Version", "RfcProvCertif", "SelloCFD", "NoCertificadoSAT", "SelloSAT")
    sealed, seal = stamp.get("SelloCFD", ""), found.root.get("Sello", "")
    if sealed != seal and "" != unbroken(sealed) != unbroken(seal) != "":
        text = "the SelloCFD of the stamp is not the Sello: the stamp is another document's"
        values.note("stamp_of_another_seal", text, "warning")
    stamped_at = values.time(stamp, "FechaTimbrado")
    values.place = "Comprobante"
    return stamped_at


# -- lines and taxes ---------------------------------------------------------------------------


def _concepts(found: Outline, values: Values) -> tuple[Concept, ...]:
    read = []
    for number, node in enumerate(found.concepts, start=1):
        values.place = f"Concepto {number}"
        traslados, retenciones = _line_taxes(node, found.names, values)
        read.append(
            Concept(
                tidy(node.get("ClaveProdServ", "")),
                tidy(node.get("NoIdentificacion", "")),
                values.required(node, "Cantidad"),
                tidy(node.get("ClaveUnidad", "")),
                tidy(node.get("Unidad", "")),
                tidy(node.get("Descripcion", "")),
                values.required(node, "ValorUnitario"),
                values.required(node, "Importe"),
                values.amount(node, "Descuento"),
                tidy(node.get("ObjetoImp", "")),
                traslados,
                retenciones,
            )
        )
    values.place = "Comprobante"
    return tuple(read)


def _line_taxes(line: Element, names: CfdiNames, values: Values) -> Taxes:
    """Of the Impuestos of a Concepto; a second one would say something that nobody reads."""
    nodes = [node for node in line if node.tag == names.taxes]
    if not nodes:
        return (), ()
    if len(nodes) > 1:
        values.note("element_repeated", f"{values.place}: Impuestos is there {len(nodes)} times")
    return _taxes(nodes[0], names, values)


def _taxes(parent: Element, names: CfdiNames, values: Values) -> Taxes:
    """Of a Concepto or of the document."""
    charged: list[CfdiTax] = []
    withheld: list[CfdiTax] = []
    for group in parent:
        tag = group.tag
        if tag == names.charged:
            charged += [_tax(row, values) for row in group if row.tag == names.charged_row]
        elif tag == names.withheld:
            withheld += [_tax(row, values) for row in group if row.tag == names.withheld_row]
    return tuple(charged), tuple(withheld)


def _tax(row: Element, values: Values) -> CfdiTax:
    return CfdiTax(
        tidy(row.get("Impuesto", "")),
        tidy(row.get("TipoFactor", "")),
        values.number(row, "TasaOCuota"),
        values.number(row, "Base"),
        values.number(row, "Importe"),
    )


# -- relations ---------------------------------------------------------------------------------


def _related(found: Outline) -> tuple[Related, ...]:
    return tuple(
        Related(
            kind=tidy(group.get("TipoRelacion", "")),
            uuids=tuple(
                upper_uuid(node.get("UUID", ""))
                for node in group
                if node.tag == found.names.relation
            ),
        )
        for group in found.children.get(found.names.relations, ())
    )
