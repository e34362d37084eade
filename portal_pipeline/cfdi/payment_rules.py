"""What a payment complement (type P) must be. Source: CFDI sheet 10.

The SAT's matrix for Pagos 2.0 gives the fixed values of the document their codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.cfdi.rounding import currency_decimals, rounded, unit
from portal_pipeline.core.cfdi import ZERO, Cfdi, CfdiPayment, PaidDocument

Problem = tuple[str, str]
"""(code, text)."""


def payment_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What is wrong with a payment complement; nothing for other types."""
    if cfdi.type != "P":
        if cfdi.payments:
            yield "CRP20101", f"payments in a document of type {cfdi.type}, not P"
        return
    yield from _fixed_values(cfdi)
    yield from _fixed_line(cfdi)
    if cfdi.charged or cfdi.withheld or any(c.traslados or c.retenciones for c in cfdi.concepts):
        yield "CRP20123", "a payment complement has taxes outside its payments"
    if not cfdi.payments:
        yield "payment_missing", "the complement has no Pago"
    if cfdi.payments_total is not None:
        total = rounded(sum((_in_pesos(one) for one in cfdi.payments), ZERO), 2)
        if cfdi.payments_total != total:
            yield "CRP20211", f"MontoTotalPagos {cfdi.payments_total} is not {total}"
    for number, payment in enumerate(cfdi.payments, start=1):
        where = f"payment {number}"
        yield from _payment(where, payment)
        for document in payment.documents:
            yield from _document(f"{where}, {document.uuid or 'no UUID'}", payment, document)


def _fixed_values(cfdi: Cfdi) -> Iterator[Problem]:
    wanted = [
        ("CRP20103", "SubTotal", cfdi.subtotal, ZERO),
        ("CRP20104", "Moneda", cfdi.currency, "XXX"),
        ("CRP20105", "FormaPago", cfdi.payment_form, ""),
        ("CRP20106", "MetodoPago", cfdi.payment_method, ""),
        ("CRP20107", "CondicionesDePago", cfdi.conditions, ""),
        ("CRP20108", "Descuento", cfdi.discount, ZERO),
        ("CRP20109", "TipoCambio", cfdi.exchange_rate, None),
        ("CRP20110", "Total", cfdi.total, ZERO),
    ]
    if cfdi.version == "4.0":
        wanted.append(("CRP20102", "Exportacion", cfdi.export, "01"))
    yield from _unequal(wanted)


def _fixed_line(cfdi: Cfdi) -> Iterator[Problem]:
    if len(cfdi.concepts) != 1:
        yield "CRP20111", f"{len(cfdi.concepts)} Concepto, not one"
    for line in cfdi.concepts[:1]:
        wanted = [
            ("CRP20113", "ClaveProdServ", line.clave_prod_serv, "84111506"),
            ("CRP20114", "NoIdentificacion", line.no_identificacion, ""),
            ("CRP20115", "Cantidad", line.cantidad, Decimal(1)),
            ("CRP20116", "ClaveUnidad", line.clave_unidad, "ACT"),
            ("CRP20117", "Unidad", line.unidad, ""),
            ("CRP20118", "Descripcion", line.descripcion, "Pago"),
            ("CRP20119", "ValorUnitario", line.valor_unitario, ZERO),
            ("CRP20120", "Importe", line.importe, ZERO),
            ("CRP20121", "Descuento of the line", line.descuento, ZERO),
        ]
        if cfdi.version == "4.0":
            wanted.append(("CRP20122", "ObjetoImp", line.objeto_imp, "01"))
        yield from _unequal(wanted)


def _unequal(wanted: list[tuple[str, str, object, object]]) -> Iterator[Problem]:
    for code, name, given, value in wanted:
        if given != value:
            yield code, f"{name} of a payment complement is {given}, not {value or 'absent'}"


def _in_pesos(payment: CfdiPayment) -> Decimal:
    return payment.amount * (payment.exchange_rate or Decimal(1))


def _payment(where: str, payment: CfdiPayment) -> Iterator[Problem]:
    if payment.form == "99":
        yield "CRP20212", f"{where}: FormaDePagoP is 99"
    if payment.currency == "XXX":
        yield "CRP20213", f"{where}: MonedaP is XXX"
    if payment.currency == "MXN" and payment.exchange_rate not in (None, Decimal(1)):
        yield "CRP20215", f"{where}: TipoCambioP {payment.exchange_rate} of MXN is not 1"
    if payment.currency not in ("", "MXN", "XXX") and payment.exchange_rate is None:
        yield "CRP20214", f"{where}: TipoCambioP of {payment.currency} is missing"
    if payment.amount <= 0:
        yield "CRP20218", f"{where}: Monto {payment.amount} is not positive"
    if not payment.documents:
        yield "paid_document_missing", f"{where}: there is no DoctoRelacionado"
    excess, disputed = _excess(payment)
    if excess > disputed:
        yield "CRP20217", f"{where}: paid amounts exceed Monto {payment.amount} by {excess}"


def payment_doubts(cfdi: Cfdi) -> Iterator[Problem]:
    """What the SAT's guide admits and its matrix does not: for review, never an error."""
    for number, payment in enumerate(cfdi.payments, start=1):
        if _is_in_one_currency(payment):
            continue  # nothing is disputed
        excess, disputed = _excess(payment)
        if ZERO < excess <= disputed:
            yield "CRP20217", f"payment {number}: rounded paid amounts exceed Monto by {excess}"


def _is_in_one_currency(payment: CfdiPayment) -> bool:
    return all(one.currency == payment.currency for one in payment.documents)


def _excess(payment: CfdiPayment) -> tuple[Decimal, Decimal]:
    """How far the paid amounts exceed Monto, and up to where guide and matrix disagree.

    They disagree where a document is in another currency, by one unit of the last decimal.
    """
    paid = sum((_in_payment_currency(one) for one in payment.documents), ZERO)
    if _is_in_one_currency(payment):
        return paid - payment.amount, ZERO
    decimals = currency_decimals(payment.currency)
    return rounded(paid, decimals) - payment.amount, unit(decimals)


def _in_payment_currency(document: PaidDocument) -> Decimal:
    rate, paid = document.equivalence, document.paid or ZERO
    return paid if rate is None or rate <= 0 or rate == 1 else paid / rate


def _document(where: str, payment: CfdiPayment, document: PaidDocument) -> Iterator[Problem]:
    rate, before, paid = document.equivalence, document.balance_before, document.paid
    if document.currency != payment.currency and (rate is None or rate <= 0):
        yield "CRP20237", f"{where}: EquivalenciaDR of {document.currency} is missing"
    if document.currency == payment.currency and rate not in (None, Decimal(1)):
        yield "CRP20238", f"{where}: EquivalenciaDR {rate} is not 1 in one currency"
    if before is not None and before <= 0:
        yield "CRP20239", f"{where}: ImpSaldoAnt {before} is not positive"
    if paid is not None and paid <= 0:
        yield "CRP20241", f"{where}: ImpPagado {paid} is not positive"
    if before is not None and paid is not None and document.balance_after is not None:
        left = before - paid
        if document.balance_after != left or left < 0:
            yield "CRP20244", f"{where}: ImpSaldoInsoluto {document.balance_after}, not {left}"
