"""Whether a document adds up and is complete: all findings, not the first.

A document that carries a seal and a stamp has passed a PAC, so a failed arithmetic rule is then a
warning for review; on an unsealed or unstamped one it is an error. Seals themselves are not
checked in this release. Source: CFDI sheet 3, 4 and 10; codes of the SAT's error matrix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from portal_pipeline.core.cfdi import Cfdi, CfdiPayment, CfdiTax, Concept, DocumentFinding

_EPSILON = Decimal("1e-12")
_ZERO = Decimal(0)
DECIMALS = {"MXN": 2, "USD": 2, "EUR": 2, "XXX": 0, "JPY": 0, "CLP": 0}
"""Decimals of currencies (c_Moneda); others have 2."""
WITH_DISCOUNT = frozenset("IEN")
WITHOUT_AMOUNTS = frozenset("PT")

Problem = tuple[str, str]
"""(code, text)."""


def check(cfdi: Cfdi) -> list[DocumentFinding]:
    """Every rule that the document breaks."""
    severity: Literal["error", "warning"] = (
        "warning" if cfdi.is_sealed and cfdi.is_stamped else "error"
    )
    problems = [*_lines(cfdi), *_sums(cfdi), *_taxes(cfdi), *_currency(cfdi), *_payments(cfdi)]
    return [
        DocumentFinding(code=code, severity=severity, text=text[:300]) for code, text in problems
    ]


def decimals_written(value: Decimal) -> int:
    """Number of decimals with which a value is written."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def currency_decimals(currency: str) -> int:
    """Decimals of a currency."""
    return DECIMALS.get(currency, 2)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half up, as the SAT rounds."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def product_range(one: Decimal, other: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    """Smallest and largest rounded product of two rounded factors (Anexo 20).

    Each factor may lie half a unit of its last decimal away from what is written.
    """
    half_one, half_other = _half_unit(one), _half_unit(other)
    unit = Decimal(1).scaleb(-decimals)
    low = ((one - half_one) * (other - half_other)).quantize(unit, rounding=ROUND_FLOOR)
    high = ((one + half_one - _EPSILON) * (other + half_other - _EPSILON)).quantize(
        unit, rounding=ROUND_CEILING
    )
    return low, high


def _half_unit(value: Decimal) -> Decimal:
    return Decimal(1).scaleb(-decimals_written(value)) / 2


# -- lines -----------------------------------------------------------------------------------


def _lines(cfdi: Cfdi) -> Iterator[Problem]:
    decimals = currency_decimals(cfdi.currency)
    if not cfdi.concepts:
        yield "concept_missing", "the document has no Concepto"
    for number, line in enumerate(cfdi.concepts, start=1):
        if cfdi.type in WITHOUT_AMOUNTS and not line.importe and not line.valor_unitario:
            continue
        written = max(decimals, decimals_written(line.importe))
        low, high = product_range(line.cantidad, line.valor_unitario, written)
        if not low <= line.importe <= high:
            yield (
                "line_amount",
                f"line {number}: Importe {line.importe} is not Cantidad x ValorUnitario "
                f"({low} to {high})",
            )
        if line.descuento > line.importe:
            yield "line_discount", f"line {number}: Descuento is larger than Importe"
        yield from _line_taxes(number, line, decimals)


def _line_taxes(number: int, line: Concept, decimals: int) -> Iterator[Problem]:
    for tax in (*line.traslados, *line.retenciones):
        if tax.tipo_factor == "Exento":
            if tax.importe is not None or tax.tasa is not None:
                yield "line_tax_exempt", f"line {number}: an exempt tax has a rate or an amount"
            continue
        if tax.base is None or tax.tasa is None or tax.importe is None:
            yield "line_tax_incomplete", f"line {number}: a tax lacks base, rate or amount"
            continue
        written = max(decimals, decimals_written(tax.importe))
        half = _half_unit(tax.base)
        unit = Decimal(1).scaleb(-written)
        low = ((tax.base - half) * tax.tasa).quantize(unit, rounding=ROUND_FLOOR)
        high = ((tax.base + half - _EPSILON) * tax.tasa).quantize(unit, rounding=ROUND_CEILING)
        if not low <= tax.importe <= high:
            yield (
                "line_tax_amount",
                f"line {number}: tax {tax.impuesto} is {tax.importe}, not {low} to {high}",
            )


# -- document sums ---------------------------------------------------------------------------


def _sums(cfdi: Cfdi) -> Iterator[Problem]:
    decimals = currency_decimals(cfdi.currency)
    if cfdi.type in WITHOUT_AMOUNTS:
        if cfdi.subtotal:
            yield "CFDI40109", "SubTotal of a type P or T is not 0"
        if cfdi.total:
            yield "CFDI40119", "Total of a type P or T is not 0"
        if cfdi.discount > cfdi.subtotal:
            yield "CFDI40110", f"Descuento {cfdi.discount} is larger than SubTotal {cfdi.subtotal}"
        return
    if decimals_written(cfdi.subtotal) > decimals:
        yield "CFDI40107", f"SubTotal has more decimals than {cfdi.currency}"
    lines = rounded(sum((line.importe for line in cfdi.concepts), _ZERO), decimals)
    if cfdi.subtotal != lines:
        yield "CFDI40108", f"SubTotal {cfdi.subtotal} is not the sum of the lines, {lines}"
    if cfdi.discount > cfdi.subtotal:
        yield "CFDI40110", f"Descuento {cfdi.discount} is larger than SubTotal {cfdi.subtotal}"
    discounts = rounded(sum((line.descuento for line in cfdi.concepts), _ZERO), decimals)
    if cfdi.discount != discounts:
        yield "CFDI40111", f"Descuento {cfdi.discount} is not the sum of the lines, {discounts}"
    total = (
        cfdi.subtotal
        - cfdi.discount
        + (cfdi.total_charged or _ZERO)
        - (cfdi.total_withheld or _ZERO)
        + cfdi.local_charged
        - cfdi.local_withheld
    )
    if cfdi.total != rounded(total, decimals):
        yield "CFDI40119", f"Total {cfdi.total} is not {rounded(total, decimals)}"


def _taxes(cfdi: Cfdi) -> Iterator[Problem]:
    if cfdi.type in WITHOUT_AMOUNTS:
        return
    decimals = currency_decimals(cfdi.currency)
    for name, given, rows in (
        ("TotalImpuestosTrasladados", cfdi.total_charged, cfdi.charged),
        ("TotalImpuestosRetenidos", cfdi.total_withheld, cfdi.withheld),
    ):
        summed = rounded(sum((row.importe or _ZERO for row in rows), _ZERO), decimals)
        if given is not None and given != summed:
            yield "tax_total", f"{name} {given} is not the sum of its rows, {summed}"
    yield from _rows(
        cfdi.charged, [t for line in cfdi.concepts for t in line.traslados], decimals, by_rate=True
    )
    yield from _rows(
        cfdi.withheld,
        [t for line in cfdi.concepts for t in line.retenciones],
        decimals,
        by_rate=False,
    )


def _rows(
    summary: tuple[CfdiTax, ...], taxes: list[CfdiTax], decimals: int, *, by_rate: bool
) -> Iterator[Problem]:
    """Each summary row is the rounded sum of the line taxes of its kind."""

    def kind(tax: CfdiTax) -> tuple[object, ...]:
        return (tax.impuesto, tax.tipo_factor, tax.tasa) if by_rate else (tax.impuesto,)

    sums: dict[tuple[object, ...], Decimal] = defaultdict(lambda: _ZERO)
    for tax in taxes:
        sums[kind(tax)] += tax.importe or _ZERO
    for row in summary:
        expected = rounded(sums[kind(row)], decimals)
        if row.importe is not None and row.importe != expected:
            yield "tax_row", f"tax {row.impuesto} is {row.importe}, its lines give {expected}"


def _currency(cfdi: Cfdi) -> Iterator[Problem]:
    match cfdi.currency:
        case "MXN":
            if cfdi.exchange_rate is not None and cfdi.exchange_rate != 1:
                yield "CFDI40114", "TipoCambio of MXN is neither absent nor 1"
        case "XXX":
            if cfdi.exchange_rate is not None:
                yield "CFDI40116", "TipoCambio with currency XXX"
        case "":
            yield "currency_missing", "Moneda is missing"
        case _:
            if cfdi.exchange_rate is None:
                yield "CFDI40115", f"TipoCambio of {cfdi.currency} is missing"


# -- payment complements -----------------------------------------------------------------------


def _payments(cfdi: Cfdi) -> Iterator[Problem]:
    if cfdi.type != "P":
        return
    if not cfdi.payments:
        yield "payment_missing", "the complement has no Pago"
    for number, payment in enumerate(cfdi.payments, start=1):
        yield from _payment(number, payment)
    if cfdi.payments_total is not None:
        total = rounded(
            sum((p.amount * (p.exchange_rate or Decimal(1)) for p in cfdi.payments), _ZERO), 2
        )
        if cfdi.payments_total != total:
            yield "CRP20211", f"MontoTotalPagos {cfdi.payments_total} is not {total}"


def _payment(number: int, payment: CfdiPayment) -> Iterator[Problem]:
    where = f"payment {number}"
    if payment.form == "99":
        yield "CRP20212", f"{where}: FormaDePagoP is 99"
    if payment.currency == "XXX":
        yield "CRP20213", f"{where}: MonedaP is XXX"
    if payment.currency == "MXN" and payment.exchange_rate not in (None, Decimal(1)):
        yield "CRP20215", f"{where}: TipoCambioP of MXN is not 1"
    paid = _ZERO
    is_foreign = False
    for document in payment.documents:
        if not document.uuid:
            yield "paid_uuid_missing", f"{where}: a paid document has no IdDocumento"
        if document.balance_before is not None and document.balance_before <= 0:
            yield "CRP20239", f"{where}: ImpSaldoAnt of {document.uuid} is not positive"
        if document.paid is not None and document.paid <= 0:
            yield "CRP20241", f"{where}: ImpPagado of {document.uuid} is not positive"
        if None not in (document.balance_before, document.paid, document.balance_after):
            left = (document.balance_before or _ZERO) - (document.paid or _ZERO)
            if document.balance_after != left or left < 0:
                yield (
                    "CRP20244",
                    f"{where}: ImpSaldoInsoluto of {document.uuid} is {document.balance_after}, "
                    f"not {left}",
                )
        is_foreign = is_foreign or document.equivalence not in (None, Decimal(1))
        equivalence = document.equivalence or Decimal(1)
        paid += (document.paid or _ZERO) / (equivalence if equivalence > 0 else Decimal(1))
    # In foreign currency guide and matrix contradict each other: one unit of the last decimal.
    tolerance = Decimal("0.01") if is_foreign else _ZERO
    if paid > payment.amount + tolerance:
        yield "CRP20217", f"{where}: the paid amounts exceed Monto {payment.amount}"
