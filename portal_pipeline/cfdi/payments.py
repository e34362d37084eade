"""The payments of a complement: Pagos 2.0 and 1.0. Source: CFDI sheet 10."""

from __future__ import annotations

import re
from decimal import Decimal

from portal_pipeline.cfdi.namespaces import (
    PAGOS_NAMES,
    Element,
)
from portal_pipeline.cfdi.outline import Outline, PaymentNode
from portal_pipeline.cfdi.values import (
    EQUIVALENCE_DECIMALS,
    EXACT,
    PESO_DECIMALS,
    UUID,
    Values,
    tidy,
)
from portal_pipeline.core.cfdi import CfdiPayment, PaidDocument
from portal_pipeline.core.identity import upper_uuid

VERSION_OF_4_0 = "2.0"
_FORM_BEFORE_CFDI = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{9}")
_PESOS = re.compile(rf"[0-9]{{1,18}}(?:\.[0-9]{{1,{PESO_DECIMALS}}})?")
_TOTALS = frozenset(
    (
        "TotalRetencionesIVA",
        "TotalRetencionesISR",
        "TotalRetencionesIEPS",
        "TotalTrasladosBaseIVA16",
        "TotalTrasladosImpuestoIVA16",
        "TotalTrasladosBaseIVA8",
        "TotalTrasladosImpuestoIVA8",
        "TotalTrasladosBaseIVA0",
        "TotalTrasladosImpuestoIVA0",
        "TotalTrasladosBaseIVAExento",
    )
)
"""Beside MontoTotalPagos. Source: Pagos20.xsd."""
_INSTALMENT = re.compile(r"[1-9][0-9]{0,2}")
_NEEDED = {
    "2.0": ("MonedaDR", "NumParcialidad", "ImpSaldoAnt", "ImpSaldoInsoluto", "ObjetoImpDR"),
    "1.0": ("MonedaDR", "MetodoDePagoDR"),
}
"""Attributes of a DoctoRelacionado, beside IdDocumento and ImpPagado."""


def read_payments(found: Outline, values: Values) -> tuple[tuple[CfdiPayment, ...], Decimal | None]:
    """Every Pago of every Pagos, and MontoTotalPagos where it is given."""
    total: Decimal | None = None
    for node in found.pagos:
        given = _totals(node, found.names.version, values)
        if given is not None:
            total = EXACT.add(total or Decimal(0), given)
    payments = tuple(
        _payment(payment, f"Pago {number}", values)
        for number, payment in enumerate(found.payments, start=1)
    )
    return payments, total


def _totals(pagos: Element, cfdi_version: str, values: Values) -> Decimal | None:
    """MontoTotalPagos, in pesos; only Pagos 2.0 has it."""
    names = PAGOS_NAMES[pagos.tag]
    values.place = "Pagos"
    version = pagos.get("Version", "").strip()
    if version != names.version or (cfdi_version == "4.0" and version != VERSION_OF_4_0):
        values.irregular(
            "payments_version",
            f"Pagos {version[:20] or 'of no version'} in a CFDI {cfdi_version}",
        )
    nodes = list(pagos.iterchildren(names.totals))
    if names.version == "1.0":
        return None
    if len(nodes) != 1:
        values.irregular("payment_totals", f"Pagos: Totales is there {len(nodes)} times")
    if not nodes:
        return None
    values.place = "Totales"
    totals = nodes[0]
    for name in totals.attrib:
        text = totals.get(name, "")
        if name in _TOTALS and not _PESOS.fullmatch(text.strip()):
            values.irregular("payment_totals", f"Totales: {name} is {text[:20]!r}, not pesos")
    return values.required(totals, "MontoTotalPagos", PESO_DECIMALS)


def _payment(payment: PaymentNode, place: str, values: Values) -> CfdiPayment:
    values.place = place
    version, documents = payment.names.version, payment.documents
    node = payment.node
    amount = values.required(node, "Monto")
    values.expect(node, "FormaDePagoP", "MonedaP")
    return CfdiPayment(
        values.time(node, "FechaPago"),
        tidy(node.get("FormaDePagoP", "")),
        tidy(node.get("MonedaP", "")),
        values.number(node, "TipoCambioP"),
        amount,
        tidy(node.get("NumOperacion", "")),
        tuple(
            _paid(
                one,
                version,
                amount if len(documents) == 1 and version == "1.0" else None,
                f"{place}, DoctoRelacionado {number}",
                values,
            )
            for number, one in enumerate(documents, start=1)
        ),
    )


def _paid(
    node: Element, version: str, only: Decimal | None, place: str, values: Values
) -> PaidDocument:
    """A paid document; ``only`` is the amount of a payment that pays no other in Pagos 1.0."""
    values.place = place
    uuid = upper_uuid(node.get("IdDocumento", ""))
    if not uuid:
        values.note("paid_uuid_missing", f"{place}: IdDocumento is missing")
    elif not (UUID.fullmatch(uuid) or _FORM_BEFORE_CFDI.fullmatch(uuid)):
        values.note("paid_uuid_malformed", f"{place}: IdDocumento {uuid[:60]!r} has a wrong form")
    instalment = tidy(node.get("NumParcialidad", ""))
    if instalment and not _INSTALMENT.fullmatch(instalment):
        text = f"{place}: NumParcialidad {instalment[:20]!r} is not 1 to 999"
        values.irregular("instalment_malformed", text)
    currency = tidy(node.get("MonedaDR", ""))
    equivalence = values.number(node, "EquivalenciaDR", EQUIVALENCE_DECIMALS)
    before = values.number(node, "ImpSaldoAnt")
    paid = values.number(node, "ImpPagado")
    after = values.number(node, "ImpSaldoInsoluto")
    if not (currency and instalment and before and after is not None and node.get("ObjetoImpDR")):
        values.expect(node, *_NEEDED[version])  # of Pagos 1.0, or something is missing
    return PaidDocument(
        uuid,
        tidy(node.get("Serie", "")),
        tidy(node.get("Folio", "")),
        currency,
        (values.number(node, "TipoCambioDR") if equivalence is None else equivalence),
        instalment,
        before,
        _paid_amount(node, only, values) if paid is None else paid,
        after,
    )


def _paid_amount(node: Element, only_amount: Decimal | None, values: Values) -> Decimal | None:
    """ImpPagado where none could be read.

    Pagos 1.0 may leave it out where there is only one document and no exchange rate: it is then
    the amount of the payment.
    """
    if node.get("ImpPagado") is not None:
        return None
    if only_amount is not None and node.get("TipoCambioDR") is None:
        return only_amount
    values.note("attribute_missing", f"{values.place}: ImpPagado is missing")
    return None
