"""Amounts and taxes of the lines. Source: CFDI sheet 4.1 and 4.2.

Nearly every amount is exactly the product, rounded to the decimals that are written. That is looked
at first, and the range that the SAT leaves open is only computed for the others: it ends at numbers
of no more decimals, so that a rounded product always lies within it.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal_pipeline.cfdi.rounding import decimals_written, is_rounded, product_range, share_range
from portal_pipeline.core.cfdi import Cfdi, CfdiTax, Concept

Problem = tuple[str, str]
"""(code, text)."""
TAXES = frozenset(("001", "002", "003"))
PROPORTIONAL = frozenset(("Tasa", "Cuota"))
WITHOUT_TAXES = frozenset(("01", "03"))
"""ObjetoImp of a line that shows no taxes: not taxed, or not obliged to show them."""
WITH_TAXES = "02"


def line_problems(cfdi: Cfdi, decimals: int) -> Iterator[Problem]:
    """What is wrong with the amounts of the lines."""
    has_amounts = cfdi.type not in ("P", "T")
    for number, line in enumerate(cfdi.concepts, start=1):
        if line.descuento and line.descuento > line.importe:
            yield (
                "line_discount",
                f"line {number}: Descuento {line.descuento} exceeds {line.importe}",
            )
        if line.cantidad <= 0:
            yield "line_quantity", f"line {number}: Cantidad {line.cantidad} is not positive"
        is_amount = has_amounts or line.importe or line.valor_unitario
        if is_amount and not is_rounded(line.cantidad * line.valor_unitario, line.importe):
            yield from _line_amount(number, line, decimals)
        if cfdi.version == "4.0" and (line.objeto_imp == WITH_TAXES) is not _has_taxes(line):
            yield from _object_of_tax(number, line)
        for tax in line.traslados:
            if not _is_rounded_share(tax):
                yield from _line_tax(number, tax, decimals)
        for tax in line.retenciones:
            if not _is_rounded_share(tax):
                yield from _line_tax(number, tax, decimals)
            if tax.tipo_factor == "Exento":
                yield "line_tax_exempt", f"line {number}: a withheld tax cannot be exempt"


def _line_amount(number: int, line: Concept, decimals: int) -> Iterator[Problem]:
    # The sources truncate to the decimals of the currency or to those written: wider wins.
    used = min(decimals, decimals_written(line.importe))
    low, high = product_range(line.cantidad, line.valor_unitario, used)
    if not low <= line.importe <= high:
        yield (
            "line_amount",
            f"line {number}: Importe {line.importe} is not Cantidad x ValorUnitario,"
            f" {low} to {high}",
        )


def _has_taxes(line: Concept) -> bool:
    return bool(line.traslados or line.retenciones)


def _object_of_tax(number: int, line: Concept) -> Iterator[Problem]:
    if line.objeto_imp == WITH_TAXES:
        yield "object_of_tax", f"line {number}: ObjetoImp 02 without taxes"
    elif line.objeto_imp in WITHOUT_TAXES:
        yield "object_of_tax", f"line {number}: ObjetoImp {line.objeto_imp} with taxes"


def _is_rounded_share(tax: CfdiTax) -> bool:
    """It is a known tax, complete, and exactly what its rate gives: as nearly always."""
    return (
        tax.impuesto in TAXES
        and tax.tipo_factor in PROPORTIONAL
        and tax.base is not None
        and tax.tasa is not None
        and tax.importe is not None
        and is_rounded(tax.base * tax.tasa, tax.importe)
    )


def _line_tax(number: int, tax: CfdiTax, decimals: int) -> Iterator[Problem]:
    if tax.impuesto not in TAXES:
        yield "tax_unknown", f"line {number}: Impuesto {tax.impuesto[:20]!r} is none of 001 to 003"
    if tax.tipo_factor == "Exento":
        if tax.importe is not None or tax.tasa is not None:
            yield "line_tax_exempt", f"line {number}: an exempt tax has a rate or an amount"
        if tax.base is None:
            yield "line_tax_incomplete", f"line {number}: exempt tax {tax.impuesto} lacks its base"
        return
    if tax.tipo_factor not in PROPORTIONAL:
        yield "tax_unknown", f"line {number}: TipoFactor {tax.tipo_factor[:20]!r}"
    if tax.base is None or tax.tasa is None or tax.importe is None:
        yield "line_tax_incomplete", f"line {number}: tax {tax.impuesto} lacks base, rate or amount"
        return
    low, high = share_range(tax.base, tax.tasa, min(decimals, decimals_written(tax.importe)))
    if not low <= tax.importe <= high:
        yield (
            "line_tax_amount",
            f"line {number}: tax {tax.impuesto} is {tax.importe}, not {low} to {high}",
        )
