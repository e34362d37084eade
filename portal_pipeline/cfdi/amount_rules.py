"""Sums, taxes and currency of a document. Source: CFDI sheet 4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from portal_pipeline.cfdi.line_rules import line_problems
from portal_pipeline.cfdi.rounding import currency_decimals, has_more_decimals, rounded
from portal_pipeline.core.cfdi import ZERO, Cfdi, CfdiTax

WITHOUT_AMOUNTS = frozenset("PT")
EXEMPT = "Exento"

Problem = tuple[str, str]
"""(code, text)."""
TaxKind = tuple[str, str, Decimal | None]
"""Impuesto, TipoFactor, TasaOCuota; of taxes withheld the first alone."""
Sums = dict[TaxKind, tuple[Decimal, Decimal]]
"""Base and Importe of each kind of tax."""


def amount_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What does not add up."""
    decimals = currency_decimals(cfdi.currency)
    yield from _sums(cfdi, decimals)
    if cfdi.currency != "MXN" or cfdi.exchange_rate is not None:
        yield from _currency(cfdi)
    if cfdi.type not in WITHOUT_AMOUNTS:
        yield from _tax_totals(cfdi, decimals)
        yield from _tax_rows(cfdi, decimals)
    yield from line_problems(cfdi, decimals)


def _sums(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    subtotal, discount = cfdi.subtotal, cfdi.discount
    if discount > subtotal:
        yield "CFDI40110", f"Descuento {discount} is larger than SubTotal {subtotal}"
    if cfdi.type in WITHOUT_AMOUNTS:
        if subtotal:
            yield "CFDI40109", f"SubTotal {subtotal} of a type {cfdi.type} is not 0"
        if cfdi.total:
            yield "CFDI40119", f"Total {cfdi.total} of a type {cfdi.type} is not 0"
        if discount:
            yield "CFDI40111", f"Descuento {discount} in a type {cfdi.type}"
        return
    if has_more_decimals(subtotal, decimals):
        yield "CFDI40107", f"SubTotal {subtotal} has more decimals than {cfdi.currency}"
    line_sum = line_discounts = ZERO
    for line in cfdi.concepts:
        line_sum += line.importe
        line_discounts += line.descuento
    if subtotal != rounded(line_sum, decimals):
        yield (
            "CFDI40108",
            f"SubTotal {subtotal} is not the sum of the lines, {rounded(line_sum, decimals)}",
        )
    if discount != rounded(line_discounts, decimals):
        yield (
            "CFDI40111",
            f"Descuento {discount} is not that of the lines, {rounded(line_discounts, decimals)}",
        )
    total = subtotal - discount + (cfdi.total_charged or ZERO) - (cfdi.total_withheld or ZERO)
    total = rounded(total + cfdi.local_charged - cfdi.local_withheld, decimals)
    if cfdi.total != total:
        yield "CFDI40119", f"Total {cfdi.total} is not {total}"


def _currency(cfdi: Cfdi) -> Iterator[Problem]:
    rate = cfdi.exchange_rate
    match cfdi.currency:
        case "" | "XXX":
            if rate is not None:
                yield "CFDI40116", f"TipoCambio with currency {cfdi.currency or 'missing'}"
            if cfdi.currency and cfdi.type not in WITHOUT_AMOUNTS:
                yield "currency_of_type", f"Moneda XXX in a type {cfdi.type}, which has amounts"
        case "MXN":
            if rate is not None and rate != 1:
                yield "CFDI40114", f"TipoCambio {rate} of MXN is not 1"
        case _:
            if rate is None:
                yield "CFDI40115", f"TipoCambio of {cfdi.currency} is missing"
            elif rate <= 0:
                yield "exchange_rate", f"TipoCambio {rate} is not positive"


# -- tax summary -------------------------------------------------------------------------------


def _tax_totals(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    """TotalImpuestos is the sum of the summary's rows; absent where there is nothing to sum."""
    for name, given, rows in (
        ("TotalImpuestosTrasladados", cfdi.total_charged, cfdi.charged),
        ("TotalImpuestosRetenidos", cfdi.total_withheld, cfdi.withheld),
    ):
        if not rows and not given:
            continue
        summed = ZERO
        for row in rows:
            summed += row.importe or ZERO
        if (given or ZERO) != rounded(summed, decimals):
            yield "tax_total", f"{name} {given} is not the sum of its rows, {summed}"


def _tax_rows(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    """Each summary row is the rounded sum of the line taxes of its kind, and none lacks its row."""
    is_40 = cfdi.version == "4.0"
    charged = [tax for line in cfdi.concepts for tax in line.traslados]
    if not is_40:  # 3.3 leaves exempt taxes out of the summary
        charged = [tax for tax in charged if tax.tipo_factor != EXEMPT]
    withheld = [tax for line in cfdi.concepts for tax in line.retenciones]
    for rows, taxes, has_rate in (
        (cfdi.charged, charged, True),
        (cfdi.withheld, withheld, False),
    ):
        if not (rows or taxes) or (is_40 and has_rate and _is_only_tax(rows, taxes, decimals)):
            continue
        expected = _by_kind(taxes, has_rate=has_rate)
        given = _by_kind(rows, has_rate=has_rate)
        if len(given) != len(rows):
            yield "tax_row_repeated", "the summary has several rows of one kind of tax"
        has_base = has_rate and is_40
        for kind in dict.fromkeys((*expected, *given)):
            row, wanted = given.get(kind), expected.get(kind)
            if row is None:
                yield "tax_row", f"tax {_kind_text(kind)} of the lines has no row in the summary"
                continue
            if wanted is None:
                yield "tax_row", f"tax {_kind_text(kind)} of the summary is on no line"
                continue
            base, amount = wanted
            if row[1] != rounded(amount, decimals):
                yield (
                    "tax_row",
                    f"tax {_kind_text(kind)} is {row[1]}, its lines give {amount}",
                )
            if has_base and row[0] != rounded(base, decimals):
                yield (
                    "tax_row_base",
                    f"Base of tax {_kind_text(kind)} is {row[0]}, its lines give {base}",
                )


def _is_only_tax(rows: tuple[CfdiTax, ...], taxes: list[CfdiTax], decimals: int) -> bool:
    """The summary is the one tax of the lines, as in most documents, with no decimal too many."""
    return (
        len(rows) == 1
        and [*rows] == taxes
        and not any(
            has_more_decimals(value, decimals)
            for value in (rows[0].base, rows[0].importe)
            if value is not None
        )
    )


def _by_kind(taxes: Iterable[CfdiTax], *, has_rate: bool) -> Sums:
    sums: Sums = {}
    for tax in taxes:
        kind = (tax.impuesto, tax.tipo_factor, tax.tasa) if has_rate else (tax.impuesto, "", None)
        base, amount = tax.base or ZERO, tax.importe or ZERO
        if kind in sums:
            base, amount = sums[kind][0] + base, sums[kind][1] + amount
        sums[kind] = (base, amount)
    return sums


def _kind_text(kind: TaxKind) -> str:
    return " ".join(str(part) for part in kind if part not in ("", None))
