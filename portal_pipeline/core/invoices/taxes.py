"""The taxes of a CFDI in Sage's terms: group, item classes, and who says the amounts.

Sage computes percent x base per line and authority, half up to cents. We compute the same before
anything is sent: equal to the CFDI -> Sage calculates; cents apart (the SAT rounds sums where Sage
rounds lines) -> the CFDI's totals are given and Sage spreads them; more -> not reproducible, unless
the tenant enters the CFDI's taxes. Source: rules 5; Web API sheet 6 and 11 "Taxes".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import NO_TAX_CLASS, NO_TAX_GROUP, TAX_NOT_REPRODUCIBLE
from portal_pipeline.core.invoices.lines import BookedLine
from portal_pipeline.core.invoices.models import ContentTax, SageTaxGroup
from portal_pipeline.core.money import CENT, ZERO, cents
from portal_pipeline.core.tenant import ImportRules, TaxMode

ROUNDING_MAX = Decimal("0.05")
"""Largest difference of a tax total that counts as rounding (Web API sheet 11)."""
RATE_TOLERANCE = Decimal("0.0005")
"""Percentages agree within this: the CFDI has 6 decimals of the rate, Sage 5 of the percentage."""
UNTAXED = ("IVAEX", "IVA0")
"""Classes for a line without VAT, the first that is mapped."""
VAT = "IVA"

Taxes = tuple[ContentTax, ...]
Row = tuple[Decimal, ...]
"""One amount per authority."""


class TaxControl(StrEnum):
    """TaxAmountControl of the Web API."""

    CALCULATE = "Calculate"
    DISTRIBUTE = "Distribute"
    ENTER = "Enter"


class SageTaxes(Frozen):
    """How the taxes of a document are sent; rows have one value per authority of the group."""

    group: str
    control: TaxControl
    classes: tuple[tuple[int, ...], ...]
    """Per line, the item class of each authority."""
    totals: Row = ()
    """Unless Sage calculates."""
    line_amounts: tuple[Row, ...] = ()
    """Per line, where taxes are entered."""
    line_bases: tuple[Row, ...] = ()
    withheld: Mapping[int, Decimal] = Field(default_factory=dict)
    """Number of the authority -> what Sage is to withhold at payment."""


# -- which group -----------------------------------------------------------------------------------


def signature_of(lines: Sequence[Taxes]) -> str:
    """``IVA16+RET_ISR10``: the taxes present, those charged first; ``IVA0`` when there are none."""
    names = {tax.signature: tax for taxes in lines for tax in taxes}
    ordered = sorted(names, key=lambda name: (names[name].is_withheld, name))
    return "+".join(ordered) or "IVA0"


def groups_by_taxes(lines: Sequence[Taxes], rules: ImportRules) -> tuple[str, ...]:
    """Mapped groups for the taxes present, the exact mixture first.

    Where a document mixes rates of one tax, its highest rate names the group if the mixture itself
    is not mapped: rates are item classes of one authority.
    """
    highest: dict[str, ContentTax] = {}
    for taxes in lines:
        for tax in taxes:
            known = highest.get(tax.kind)
            if known is None or (tax.percent or ZERO) > (known.percent or ZERO):
                highest[tax.kind] = tax
    names = (signature_of(lines), signature_of([tuple(highest.values())]))
    mapped = (rules.tax_group_by_taxes.get(name, "") for name in names)
    return tuple(dict.fromkeys(name for name in mapped if name))


def sage_taxes(
    lines: Sequence[BookedLine],
    total: Decimal,
    names: Sequence[str],
    rules: ImportRules,
    groups: Mapping[str, SageTaxGroup],
    withheld: Mapping[str, ContentTax] | None = None,
) -> SageTaxes | Finding:
    """How the taxes are sent, by the first group that can carry them, or why they cannot be.

    Args:
        lines: as they are sent; their taxes are those that Sage is to add.
        total: of the document in Sage.
        names: of the groups to try, in order.
        rules: with the tenant's mappings.
        groups: tax groups of Sage by name.
        withheld: by kind, what Sage's own tax withholding is to keep back at payment.
    """
    reason: Finding = NO_TAX_GROUP(taxes=signature_of([line.taxes for line in lines]))
    for name in names:
        group = groups.get(name)
        owners = _owners(lines, group, rules, withheld or {}) if group else None
        if group is None or owners is None:
            continue
        found = _in_group(lines, total, group, owners, rules, withheld or {})
        if isinstance(found, SageTaxes):
            return found
        if reason.code == NO_TAX_GROUP.code:
            reason = found
    return reason


def _owners(
    lines: Sequence[BookedLine],
    group: SageTaxGroup,
    rules: ImportRules,
    withheld: Mapping[str, ContentTax],
) -> tuple[str, ...] | None:
    """Which kind of tax each authority stands for, empty for none; None: a tax has no place.

    By the tenant's mapping, else the first authority is VAT and the others are known by their
    rates.
    """
    present: dict[str, set[Decimal]] = {}
    for line in lines:
        for tax in line.taxes:
            present.setdefault(tax.kind, set()).add(tax.rate)
    owners = [""] * len(group.authorities)
    mapped = {
        kind: authority
        for kind, authority in rules.authority_by_tax.items()
        if kind in present or kind in withheld
    }
    for kind, authority in mapped.items():
        if authority in group.authorities:
            owners[group.authorities.index(authority)] = kind
        elif kind in present:
            return None
        present.pop(kind, None)
    if owners and not owners[0] and VAT not in mapped:
        owners[0] = VAT
        present.pop(VAT, None)
    for number, rates in enumerate(group.rates):
        if owners[number]:
            continue
        fitting = [
            kind
            for kind, wanted in sorted(present.items())
            if all(class_for(rates, rate) is not None for rate in wanted)
        ]
        if fitting:
            owners[number] = fitting[0]
            del present[fitting[0]]
    return None if present or not owners else tuple(owners)


def class_for(rates: Mapping[int, Decimal], percent: Decimal) -> int | None:
    """The lowest item class of an authority with that percentage."""
    for item_class in sorted(rates):
        if abs(rates[item_class] - percent) <= RATE_TOLERANCE:
            return item_class
    return None


# -- classes and amounts ---------------------------------------------------------------------------


def _in_group(
    lines: Sequence[BookedLine],
    total: Decimal,
    group: SageTaxGroup,
    owners: tuple[str, ...],
    rules: ImportRules,
    withheld: Mapping[str, ContentTax],
) -> SageTaxes | Finding:
    classes: list[tuple[int, ...]] = []
    for line in lines:
        chosen = _classes(line.taxes, group, owners, rules, withheld)
        if isinstance(chosen, Finding):
            return chosen
        classes.append(chosen)
    wanted = [_total(lines, owner) for owner in owners]
    difference = total - sum((line.net for line in lines), ZERO) - sum(wanted, ZERO)
    computed = _computed(lines, group, classes, owners, withheld)
    if abs(difference) > ROUNDING_MAX or cents(difference) != difference:
        return _not_reproducible(lines, total, computed)
    # What the CFDI's own sums leave over belongs to its first tax.
    wanted[0] += difference
    control = _control(lines, wanted, computed, rules.tax_mode)
    if control is None:
        return _not_reproducible(lines, total, computed)
    found = SageTaxes(
        group=group.name,
        control=control,
        classes=tuple(classes),
        withheld={
            number: withheld[owner].amount
            for number, owner in enumerate(owners, start=1)
            if owner in withheld
        },
    )
    if control == TaxControl.CALCULATE:
        return found
    given: dict[str, object] = {"totals": tuple(wanted)}
    if control == TaxControl.ENTER:
        given |= _entered(lines, owners, wanted)
    return found.model_copy(update=given)


def _classes(
    taxes: Taxes,
    group: SageTaxGroup,
    owners: tuple[str, ...],
    rules: ImportRules,
    withheld: Mapping[str, ContentTax],
) -> tuple[int, ...] | Finding:
    """The item class of each authority for one line."""
    chosen: list[int] = []
    for authority, owner, rates in zip(group.authorities, owners, group.rates, strict=True):
        own = next((tax for tax in taxes if tax.kind == owner), None)
        if owner in withheld:
            own = withheld[owner]
        found = _class(own, owner, rates, rules, is_withholding=owner in withheld)
        if found is None:
            return NO_TAX_CLASS(rate=own.signature if own else f"{authority} 0")
        chosen.append(found)
    return tuple(chosen)


def _class(
    tax: ContentTax | None,
    owner: str,
    rates: Mapping[int, Decimal],
    rules: ImportRules,
    *,
    is_withholding: bool,
) -> int | None:
    """The tenant's mapping, else the class with that rate; an amount per unit needs no rate."""
    names = (tax.signature,) if tax else (UNTAXED if owner == VAT else ())
    for name in names:
        if name in rules.tax_class_by_rate:
            return rules.tax_class_by_rate[name]
    found = class_for(rates, tax.rate if tax else ZERO)
    if found is None and is_withholding and tax is not None:
        found = class_for(rates, -tax.rate)  # Sage's own withholdings have positive rates
    if found is None and tax is not None and (tax.is_per_unit or is_withholding):
        return min(rates, default=None)
    return found


def _computed(
    lines: Sequence[BookedLine],
    group: SageTaxGroup,
    classes: Sequence[tuple[int, ...]],
    owners: tuple[str, ...],
    withheld: Mapping[str, ContentTax],
) -> list[Decimal]:
    """What Sage will calculate, per authority."""
    sums = [ZERO] * len(owners)
    for line, line_classes in zip(lines, classes, strict=True):
        for number, item_class in enumerate(line_classes):
            if owners[number] not in withheld:
                sums[number] += cents(line.net * group.rates[number].get(item_class, ZERO) / 100)
    return sums


def _control(
    lines: Sequence[BookedLine],
    wanted: Sequence[Decimal],
    computed: Sequence[Decimal],
    mode: TaxMode,
) -> TaxControl | None:
    """Who says the amounts; None: the CFDI's taxes cannot be had that way."""
    is_same = list(wanted) == list(computed)
    apart = max(abs(one - other) for one, other in zip(wanted, computed, strict=True))
    has_per_unit = any(tax.is_per_unit for line in lines for tax in line.taxes)
    match mode:
        case TaxMode.ENTERED:
            return TaxControl.ENTER
        case TaxMode.CALCULATED:
            return TaxControl.CALCULATE if is_same else None
        case TaxMode.AUTOMATIC if is_same:
            return TaxControl.CALCULATE
        case TaxMode.AUTOMATIC if has_per_unit:
            return TaxControl.ENTER
        case _:
            return TaxControl.DISTRIBUTE if apart <= ROUNDING_MAX else None


def _entered(
    lines: Sequence[BookedLine], owners: tuple[str, ...], wanted: Sequence[Decimal]
) -> dict[str, object]:
    """Amounts and bases per line; the cents left over go to the largest amount."""
    amounts = [[_amount(line, owner) for owner in owners] for line in lines]
    for number, total in enumerate(wanted):
        left = total - sum((row[number] for row in amounts), ZERO)
        if left:
            max(amounts, key=lambda row: abs(row[number]))[number] += left
    return {
        "line_amounts": tuple(tuple(row) for row in amounts),
        "line_bases": tuple(tuple(_base(line, owner) for owner in owners) for line in lines),
    }


def _own(line: BookedLine, owner: str) -> list[ContentTax]:
    return [tax for tax in line.taxes if tax.kind == owner]


def _amount(line: BookedLine, owner: str) -> Decimal:
    """One tax of one line in cents; withheld ones negative."""
    amount = sum((tax.amount for tax in _own(line, owner)), ZERO)
    return cents(-amount if owner.startswith("RET_") else amount)


def _base(line: BookedLine, owner: str) -> Decimal:
    given = [tax.base for tax in _own(line, owner) if tax.base is not None]
    return cents(given[0]) if given else line.net


def _total(lines: Sequence[BookedLine], owner: str) -> Decimal:
    """The CFDI's total of one tax, in cents; withheld ones negative."""
    total = cents(sum((tax.amount for line in lines for tax in _own(line, owner)), ZERO))
    return -total if owner.startswith("RET_") else total


def _not_reproducible(
    lines: Sequence[BookedLine], total: Decimal, computed: Sequence[Decimal]
) -> Finding:
    return TAX_NOT_REPRODUCIBLE(
        cfdi_tax=total - sum((line.net for line in lines), ZERO),
        sage_tax=sum(computed, ZERO).quantize(CENT),
    )
