"""The lines of a CFDI as they are booked in Sage: account, amount in cents, taxes.

Source: rules 5; Web API sheet 5.3 and 11 (accounts, withholdings, local taxes).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    ACCOUNT_OF_TAX_MISSING,
    LINES_DIFFER_FROM_SUBTOTAL,
    NO_ACCOUNT_FOR_LINE,
)
from portal_pipeline.core.invoices.models import ContentLine, ContentTax, InvoiceContent
from portal_pipeline.core.money import CENT, ZERO, cents
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import ImportRules, Withholdings

CODE_MARK = "code:"
"""Begins a mapping's value that names a distribution code, not an account."""
LOCAL_TAXES = "Impuestos locales"
LOCAL_WITHHOLDINGS = "Retenciones locales"


class Place(Frozen):
    """Where a line is booked: a G/L account, or a distribution code that stands for one."""

    account: str = ""
    code: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return self.account or f"{CODE_MARK}{self.code}"


class BookedLine(Frozen):
    """One line of the Sage document."""

    description: str
    place: Place
    net: Decimal
    """In cents, before tax; negative for a withholding carried as a line."""
    taxes: tuple[ContentTax, ...] = ()
    """Those that Sage is to add to the line."""


def place_of_text(text: str) -> Place:
    """The place that a mapping's value names."""
    value = text.strip()
    if value.lower().startswith(CODE_MARK):
        return Place(code=value[len(CODE_MARK) :].strip())
    return Place(account=value)


def booked_lines(
    content: InvoiceContent, vendor: SageVendor, expense: str, rules: ImportRules
) -> list[BookedLine] | Finding:
    """The concepts, then what carries withholdings and local taxes, or why they cannot be booked.

    Args:
        content: of the CFDI.
        vendor: with its own distribution code or account.
        expense: value of the dossier's expense field; empty: none.
        rules: with the tenant's mappings.
    """
    nets = line_amounts(content)
    if nets is None:
        return LINES_DIFFER_FROM_SUBTOTAL(
            lines=cents(sum((line.amount for line in content.lines), ZERO)), subtotal=content.net
        )
    lines: list[BookedLine] = []
    for number, (line, net) in enumerate(zip(content.lines, nets, strict=True), start=1):
        place = place_for(line, vendor, expense, rules)
        if place is None:
            return NO_ACCOUNT_FOR_LINE(line=number, product=line.product or "-")
        taxes = added_taxes(line, rules)
        lines.append(BookedLine(description=line.description, place=place, net=net, taxes=taxes))
    extra = _extra_lines(content, rules)
    return extra if isinstance(extra, Finding) else [*lines, *extra]


def added_taxes(line: ContentLine, rules: ImportRules) -> tuple[ContentTax, ...]:
    """The taxes that Sage adds to the line itself."""
    if rules.withholdings == Withholdings.AUTHORITY:
        return line.taxes
    return tuple(tax for tax in line.taxes if not tax.is_withheld)


def place_for(
    line: ContentLine, vendor: SageVendor, expense: str, rules: ImportRules
) -> Place | None:
    """Where a concept is booked: the first mapping that knows it, the vendor's own, the default."""
    mapped = (
        rules.account_by_vendor_and_product.get(f"{vendor.vendor_id}/{line.product}")
        or rules.account_by_product.get(line.product)
        or rules.account_by_vendor.get(vendor.vendor_id)
        or rules.account_by_expense_field.get(expense)
        or (expense if rules.expense_field_is_account else "")
    )
    if mapped:
        return place_of_text(mapped)
    if vendor.distribution_code:
        return Place(code=vendor.distribution_code)
    if vendor.gl_account:
        return Place(account=vendor.gl_account)
    return place_of_text(rules.default_account) if rules.default_account else None


def line_amounts(content: InvoiceContent) -> tuple[Decimal, ...] | None:
    """The lines in cents, summing up to the CFDI's net; None when they are not its lines.

    Lines may have six decimals where the subtotal has two: what rounding leaves over, at most half
    a cent a line, goes to the largest.
    """
    nets = [cents(line.amount) for line in content.lines]
    left = cents(content.net) - sum(nets, ZERO)
    if abs(left) > CENT * len(nets):
        return None
    if left:
        largest = max(range(len(nets)), key=lambda n: nets[n])
        nets[largest] += left
    return tuple(nets)


def withheld_by_kind(content: InvoiceContent) -> dict[str, ContentTax]:
    """What the buyer withholds, one tax per kind with its total in cents, in order of kind."""
    found: dict[str, list[ContentTax]] = {}
    for line in content.lines:
        for tax in line.taxes:
            if tax.is_withheld:
                found.setdefault(tax.kind, []).append(tax)
    return {
        kind: taxes[0].model_copy(update={"amount": cents(_sum(taxes)), "base": None})
        for kind, taxes in sorted(found.items())
    }


def _sum(taxes: Sequence[ContentTax]) -> Decimal:
    return sum((tax.amount for tax in taxes), ZERO)


def _extra_lines(content: InvoiceContent, rules: ImportRules) -> list[BookedLine] | Finding:
    """Withholdings carried as lines, and local taxes."""
    wanted: list[tuple[str, str, Decimal]] = []
    if rules.withholdings == Withholdings.LINE:
        wanted = [
            (kind, rules.withholding_accounts.get(kind, ""), -tax.amount)
            for kind, tax in withheld_by_kind(content).items()
        ]
    wanted += [
        (LOCAL_TAXES, rules.local_tax_account, content.local_charged),
        (LOCAL_WITHHOLDINGS, rules.local_withholding_account, -content.local_withheld),
    ]
    lines: list[BookedLine] = []
    for name, account, amount in wanted:
        if not amount:
            continue
        if not account:
            return ACCOUNT_OF_TAX_MISSING(tax=name, amount=abs(amount))
        lines.append(BookedLine(description=name, place=place_of_text(account), net=cents(amount)))
    return lines
