"""The taxes of a CFDI in Sage's terms: group, item classes, and what Sage will compute.

Sage computes percent x base per line and authority, half up to cents. We compute the same before
anything is sent: equal to the CFDI -> Sage calculates; cents apart (the SAT rounds sums where Sage
rounds lines) -> the CFDI's totals are given and Sage spreads them; more -> not reproducible.
Source: rules 5; Web API sheet 6 and 11 "Taxes".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import NO_TAX_CLASS, NO_TAX_GROUP, TAX_NOT_REPRODUCIBLE
from portal_pipeline.core.invoices.models import ContentTax, InvoiceContent, SageTaxGroup
from portal_pipeline.core.money import CENT, ZERO, cents
from portal_pipeline.core.tenant import ImportRules

ROUNDING_MAX = Decimal("0.05")
"""Largest difference of a tax total that counts as rounding (Web API sheet 11)."""
RATE_TOLERANCE = Decimal("0.0005")
"""Percentages agree within this: the CFDI has 6 decimals of the rate, Sage 5 of the percentage."""
UNTAXED = ("IVAEX", "IVA0")
"""Classes for a line without VAT, the first that is mapped."""


class SageTaxes(Frozen):
    """How the taxes of a document are sent."""

    group: str
    classes: tuple[tuple[int, ...], ...]
    """Per line, the item class of each authority."""
    given: tuple[Decimal, ...] | None = None
    """Totals per authority, where Sage is to spread them; None: Sage calculates."""


def signature_of(content: InvoiceContent) -> str:
    """``IVA16+RET_ISR10``: the taxes present, those charged first; ``IVA0`` when there are none."""
    names = {tax.signature: tax for line in content.lines for tax in line.taxes}
    ordered = sorted(names, key=lambda name: (names[name].is_withheld, name))
    return "+".join(ordered) or "IVA0"


def group_name(content: InvoiceContent, rules: ImportRules) -> str | None:
    """The mapped tax group, or None.

    Where a document mixes rates of one tax, its highest rate names the group if the mixture itself
    is not mapped: rates are item classes of one authority.
    """
    exact = rules.tax_group_by_taxes.get(signature_of(content))
    if exact is not None:
        return exact
    highest: dict[tuple[str, bool], ContentTax] = {}
    for line in content.lines:
        for tax in line.taxes:
            known = highest.get((tax.name, tax.is_withheld))
            if known is None or (tax.percent or ZERO) > (known.percent or ZERO):
                highest[tax.name, tax.is_withheld] = tax
    taxes = sorted(highest.values(), key=lambda tax: (tax.is_withheld, tax.signature))
    return rules.tax_group_by_taxes.get("+".join(tax.signature for tax in taxes))


def sage_taxes(
    content: InvoiceContent,
    nets: tuple[Decimal, ...],
    rules: ImportRules,
    groups: Mapping[str, SageTaxGroup],
) -> SageTaxes | Finding:
    """How the taxes are sent, or why they cannot be.

    Args:
        content: of the CFDI.
        nets: the lines' amounts in cents, as they are sent.
        rules: with the tenant's mappings.
        groups: tax groups of Sage by name.
    """
    name = group_name(content, rules)
    group = groups.get(name or "")
    if group is None or not group.authorities:
        return NO_TAX_GROUP(taxes=signature_of(content))
    owners = _owners(content, group)
    if owners is None:
        return NO_TAX_GROUP(taxes=signature_of(content))
    classes = []
    for line in content.lines:
        chosen = _classes(line.taxes, group, owners, rules)
        if isinstance(chosen, Finding):
            return chosen
        classes.append(chosen)
    return _compared(content, nets, group, owners, tuple(classes))


_Tax = tuple[str, bool]
"""(name, is withheld)."""


def _owners(content: InvoiceContent, group: SageTaxGroup) -> tuple[_Tax | None, ...] | None:
    """Which tax each authority stands for: the first VAT, others by their rates; None: no place."""
    present: dict[_Tax, set[Decimal]] = {}
    for line in content.lines:
        for tax in line.taxes:
            rate = (tax.percent or ZERO) * (-1 if tax.is_withheld else 1)
            present.setdefault((tax.name, tax.is_withheld), set()).add(rate)
    present.pop(("IVA", False), None)
    owners: list[_Tax | None] = [("IVA", False)]
    for rates in group.rates[1:]:
        fitting = [
            tax
            for tax, wanted in sorted(present.items())
            if all(class_for(rates, rate) is not None for rate in wanted)
        ]
        owners.append(fitting[0] if fitting else None)
        if fitting:
            del present[fitting[0]]
    return None if present else tuple(owners)


def class_for(rates: Mapping[int, Decimal], percent: Decimal) -> int | None:
    """The lowest item class of an authority with that percentage."""
    for item_class in sorted(rates):
        if abs(rates[item_class] - percent) <= RATE_TOLERANCE:
            return item_class
    return None


def _classes(
    taxes: tuple[ContentTax, ...],
    group: SageTaxGroup,
    owners: tuple[_Tax | None, ...],
    rules: ImportRules,
) -> tuple[int, ...] | Finding:
    """The item class of each authority for one line."""
    chosen: list[int] = []
    for number, (owner, rates) in enumerate(zip(owners, group.rates, strict=True)):
        own = next((tax for tax in taxes if (tax.name, tax.is_withheld) == owner), None)
        if number == 0:
            found = _vat_class(own, rates, rules)
        else:
            percent = (own.percent or ZERO) if own else ZERO
            found = class_for(rates, -percent if own and own.is_withheld else percent)
        if found is None:
            return NO_TAX_CLASS(rate=own.signature if own else f"{group.authorities[number]} 0")
        chosen.append(found)
    return tuple(chosen)


def _vat_class(
    tax: ContentTax | None, rates: Mapping[int, Decimal], rules: ImportRules
) -> int | None:
    """Item class of VAT: the tenant's mapping, else the class with that rate."""
    names = UNTAXED if tax is None else (tax.signature,)
    mapped = next(
        (rules.tax_class_by_rate[name] for name in names if name in rules.tax_class_by_rate), None
    )
    if mapped is not None:
        return mapped
    return class_for(rates, (tax.percent or ZERO) if tax else ZERO)


def _compared(
    content: InvoiceContent,
    nets: tuple[Decimal, ...],
    group: SageTaxGroup,
    owners: tuple[_Tax | None, ...],
    classes: tuple[tuple[int, ...], ...],
) -> SageTaxes | Finding:
    computed = [ZERO] * len(owners)
    for net, line_classes in zip(nets, classes, strict=True):
        for number, item_class in enumerate(line_classes):
            computed[number] += cents(net * group.rates[number].get(item_class, ZERO) / 100)
    wanted = [_total(content, owner) for owner in owners]
    difference = content.total - content.net - sum(wanted, ZERO)
    if abs(difference) > ROUNDING_MAX or cents(difference) != difference:
        return _not_reproducible(content, computed)
    # What the CFDI's own sums leave over belongs to its first tax.
    wanted[0] += difference
    if wanted == computed:
        return SageTaxes(group=group.name, classes=classes)
    apart = max(abs(one - other) for one, other in zip(wanted, computed, strict=True))
    if apart > ROUNDING_MAX:
        return _not_reproducible(content, computed)
    return SageTaxes(group=group.name, classes=classes, given=tuple(wanted))


def _not_reproducible(content: InvoiceContent, computed: list[Decimal]) -> Finding:
    return TAX_NOT_REPRODUCIBLE(
        cfdi_tax=content.total - content.net, sage_tax=sum(computed, ZERO).quantize(CENT)
    )


def _total(content: InvoiceContent, owner: _Tax | None) -> Decimal:
    """The CFDI's total of one tax, in cents; withheld ones negative."""
    if owner is None:
        return ZERO
    amounts = (
        tax.amount
        for line in content.lines
        for tax in line.taxes
        if (tax.name, tax.is_withheld) == owner
    )
    total = cents(sum(amounts, ZERO))
    return -total if owner[1] else total
