"""Lines, sums, taxes and currency of a document. Source: CFDI sheet 4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from portal_pipeline.cfdi.rounding import (
    currency_decimals,
    decimals_written,
    product_range,
    rounded,
    share_range,
)
from portal_pipeline.core.cfdi import ZERO, Cfdi, CfdiTax, Concept

WITHOUT_AMOUNTS = frozenset("PT")

Problem = tuple[str, str]
"""(code, text)."""
TaxKind = tuple[str, str, Decimal | None]


def amount_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What does not add up."""
    decimals = currency_decimals(cfdi.currency)
    yield from _sums(cfdi, decimals)
    yield from _currency(cfdi)
    if cfdi.type not in WITHOUT_AMOUNTS:
        yield from _tax_totals(cfdi, decimals)
        yield from _tax_rows(cfdi, decimals)
    for number, line in enumerate(cfdi.concepts, start=1):
        yield from _line(cfdi, f"line {number}", line, decimals)


# -- lines -------------------------------------------------------------------------------------


def _line(cfdi: Cfdi, where: str, line: Concept, decimals: int) -> Iterator[Problem]:
    if line.descuento > line.importe:
        yield "line_discount", f"{where}: Descuento {line.descuento} exceeds {line.importe}"
    is_blank = not line.importe and not line.valor_unitario
    if not (is_blank and cfdi.type in WITHOUT_AMOUNTS):
        # The sources truncate to the decimals of the currency or to those written: wider wins.
        used = min(decimals, decimals_written(line.importe))
        low, high = product_range(line.cantidad, line.valor_unitario, used)
        if not low <= line.importe <= high:
            yield (
                "line_amount",
                f"{where}: Importe {line.importe} is not Cantidad x ValorUnitario, {low} to {high}",
            )
    for tax in (*line.traslados, *line.retenciones):
        yield from _line_tax(where, tax, decimals)


def _line_tax(where: str, tax: CfdiTax, decimals: int) -> Iterator[Problem]:
    if tax.tipo_factor == "Exento":
        if tax.importe is not None or tax.tasa is not None:
            yield "line_tax_exempt", f"{where}: an exempt tax has a rate or an amount"
        return
    if tax.base is None or tax.tasa is None or tax.importe is None:
        yield "line_tax_incomplete", f"{where}: tax {tax.impuesto} lacks base, rate or amount"
        return
    used = min(decimals, decimals_written(tax.importe))
    low, high = share_range(tax.base, tax.tasa, used)
    if not low <= tax.importe <= high:
        yield (
            "line_tax_amount",
            f"{where}: tax {tax.impuesto} is {tax.importe}, not {low} to {high}",
        )


# -- document ----------------------------------------------------------------------------------


def _sums(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    if cfdi.discount > cfdi.subtotal:
        yield "CFDI40110", f"Descuento {cfdi.discount} is larger than SubTotal {cfdi.subtotal}"
    if cfdi.type in WITHOUT_AMOUNTS:
        if cfdi.subtotal:
            yield "CFDI40109", f"SubTotal {cfdi.subtotal} of a type {cfdi.type} is not 0"
        if cfdi.total:
            yield "CFDI40119", f"Total {cfdi.total} of a type {cfdi.type} is not 0"
        if cfdi.discount:
            yield "CFDI40111", f"Descuento {cfdi.discount} in a type {cfdi.type}"
        return
    if decimals_written(cfdi.subtotal) > decimals:
        yield "CFDI40107", f"SubTotal {cfdi.subtotal} has more decimals than {cfdi.currency}"
    lines = rounded(sum((line.importe for line in cfdi.concepts), ZERO), decimals)
    if cfdi.subtotal != lines:
        yield "CFDI40108", f"SubTotal {cfdi.subtotal} is not the sum of the lines, {lines}"
    discounts = rounded(sum((line.descuento for line in cfdi.concepts), ZERO), decimals)
    if cfdi.discount != discounts:
        yield "CFDI40111", f"Descuento {cfdi.discount} is not the sum of the lines, {discounts}"
    total = rounded(
        cfdi.subtotal
        - cfdi.discount
        + (cfdi.total_charged or ZERO)
        - (cfdi.total_withheld or ZERO)
        + cfdi.local_charged
        - cfdi.local_withheld,
        decimals,
    )
    if cfdi.total != total:
        yield "CFDI40119", f"Total {cfdi.total} is not {total}"


def _tax_totals(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    """TotalImpuestos is the sum of the summary's rows; absent where there is nothing to sum."""
    for name, given, rows in (
        ("TotalImpuestosTrasladados", cfdi.total_charged, cfdi.charged),
        ("TotalImpuestosRetenidos", cfdi.total_withheld, cfdi.withheld),
    ):
        summed = rounded(sum((row.importe or ZERO for row in rows), ZERO), decimals)
        if (given or ZERO) != summed:
            yield "tax_total", f"{name} {given} is not the sum of its rows, {summed}"


def _tax_rows(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    """Each summary row is the rounded sum of the line taxes of its kind, and none lacks its row."""
    charged = [tax for line in cfdi.concepts for tax in line.traslados]
    withheld = [tax for line in cfdi.concepts for tax in line.retenciones]
    for rows, taxes, has_rate in ((cfdi.charged, charged, True), (cfdi.withheld, withheld, False)):
        given, expected = _by_kind(rows, has_rate=has_rate), _by_kind(taxes, has_rate=has_rate)
        for kind in given.keys() | expected.keys():
            wanted = rounded(expected.get(kind, ZERO), decimals)
            if given.get(kind, ZERO) != wanted:
                yield (
                    "tax_row",
                    f"tax {_kind_text(kind)} is {given.get(kind, ZERO)}, its lines give {wanted}",
                )


def _by_kind(taxes: Iterable[CfdiTax], *, has_rate: bool) -> dict[TaxKind, Decimal]:
    sums: dict[TaxKind, Decimal] = defaultdict(lambda: ZERO)
    for tax in taxes:
        kind = (tax.impuesto, tax.tipo_factor, tax.tasa) if has_rate else (tax.impuesto, "", None)
        sums[kind] += tax.importe or ZERO
    return sums


def _kind_text(kind: TaxKind) -> str:
    return " ".join(str(part) for part in kind if part not in ("", None))


def _currency(cfdi: Cfdi) -> Iterator[Problem]:
    match cfdi.currency:
        case "" | "XXX":
            if cfdi.exchange_rate is not None:
                yield "CFDI40116", f"TipoCambio with currency {cfdi.currency or 'missing'}"
        case "MXN":
            if cfdi.exchange_rate not in (None, Decimal(1)):
                yield "CFDI40114", f"TipoCambio {cfdi.exchange_rate} of MXN is not 1"
        case _:
            if cfdi.exchange_rate is None:
                yield "CFDI40115", f"TipoCambio of {cfdi.currency} is missing"
            elif cfdi.exchange_rate <= 0:
                yield "exchange_rate", f"TipoCambio {cfdi.exchange_rate} is not positive"
