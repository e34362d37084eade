"""What a payment complement (type P) must be. Source: CFDI sheet 10.

The SAT's matrix for Pagos 2.0 gives the fixed values of the document their codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter

from portal_pipeline.cfdi.rounding import currency_decimals, rounded, unit
from portal_pipeline.core.cfdi import ZERO, Cfdi, CfdiPayment, Concept, PaidDocument

Problem = tuple[str, str]
"""(code, text)."""
Fixed = dict[str, tuple[str, str, object]]
"""Field of the model to the code of its rule, its name in the document, and its only value."""
_OF_DOCUMENT: Fixed = {
    "subtotal": ("CRP20103", "SubTotal", ZERO),
    "currency": ("CRP20104", "Moneda", "XXX"),
    "payment_form": ("CRP20105", "FormaPago", ""),
    "payment_method": ("CRP20106", "MetodoPago", ""),
    "conditions": ("CRP20107", "CondicionesDePago", ""),
    "discount": ("CRP20108", "Descuento", ZERO),
    "exchange_rate": ("CRP20109", "TipoCambio", None),
    "total": ("CRP20110", "Total", ZERO),
}
_OF_DOCUMENT_4_0: Fixed = {"export": ("CRP20102", "Exportacion", "01")}
_OF_LINE: Fixed = {
    "clave_prod_serv": ("CRP20113", "ClaveProdServ", "84111506"),
    "no_identificacion": ("CRP20114", "NoIdentificacion", ""),
    "cantidad": ("CRP20115", "Cantidad", Decimal(1)),
    "clave_unidad": ("CRP20116", "ClaveUnidad", "ACT"),
    "unidad": ("CRP20117", "Unidad", ""),
    "descripcion": ("CRP20118", "Descripcion", "Pago"),
    "valor_unitario": ("CRP20119", "ValorUnitario", ZERO),
    "importe": ("CRP20120", "Importe", ZERO),
    "descuento": ("CRP20121", "Descuento of the line", ZERO),
}
_OF_LINE_4_0: Fixed = {"objeto_imp": ("CRP20122", "ObjetoImp", "01")}
_of_document, _of_line = attrgetter(*_OF_DOCUMENT), attrgetter(*_OF_LINE)
_DOCUMENT_VALUES = tuple(value for _, _, value in _OF_DOCUMENT.values())
_LINE_VALUES = tuple(value for _, _, value in _OF_LINE.values())


def payment_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What is wrong with a payment complement; nothing for other types."""
    if cfdi.type != "P":
        if cfdi.payments:
            yield "CRP20101", f"payments in a document of type {cfdi.type}, not P"
        return
    yield from _fixed_values(cfdi)
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
    if _of_document(cfdi) != _DOCUMENT_VALUES:
        yield from _unequal(cfdi, _OF_DOCUMENT)
    if cfdi.version == "4.0":
        yield from _unequal(cfdi, _OF_DOCUMENT_4_0)
    if len(cfdi.concepts) != 1:
        yield "CRP20111", f"{len(cfdi.concepts)} Concepto, not one"
    for line in cfdi.concepts[:1]:
        if _of_line(line) != _LINE_VALUES:
            yield from _unequal(line, _OF_LINE)
        if cfdi.version == "4.0":
            yield from _unequal(line, _OF_LINE_4_0)


def _unequal(holder: Cfdi | Concept, fixed: Fixed) -> Iterator[Problem]:
    for field, (code, name, value) in fixed.items():
        given = getattr(holder, field)
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
