"""Sage's tax calculation: up to five authorities, a rate by item class, half up to cents.

A withholding is an authority with a negative rate. Source: Web API sheet 6, 10 rule 12; Sage
tables sheet 2 (TXGRP, TXRATE).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from portal_pipeline.core.money import ZERO, cents

AUTHORITIES = 5
T = TypeVar("T")


@dataclass(frozen=True)
class TaxGroup:
    """A tax group for purchases: its authorities and their percentages by item class."""

    name: str
    authorities: tuple[str, ...]
    rates: tuple[Mapping[int, Decimal], ...]
    usual_classes: tuple[int, ...]
    """Item classes of a line that names none."""

    def classes(self, given: Sequence[int]) -> tuple[int, ...]:
        """Item class per authority; 0 where the group has no authority."""
        count = len(self.authorities)
        return five([*given[:count], *self.usual_classes[len(given) :]], 0)


@dataclass(frozen=True)
class LineTax:
    """The taxes of one line; five values each."""

    classes: tuple[int, ...]
    rates: tuple[Decimal, ...]
    included: tuple[bool, ...]
    bases: tuple[Decimal, ...]
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """Of all authorities; withholdings are negative."""
        return sum(self.amounts, ZERO)

    @property
    def included_total(self) -> Decimal:
        """What lies inside the line's amount."""
        pairs = zip(self.amounts, self.included, strict=True)
        return sum((amount for amount, is_inside in pairs if is_inside), ZERO)

    @property
    def excluded_total(self) -> Decimal:
        """What comes on top of the line's amount."""
        return self.total - self.included_total


def five(values: Iterable[T], fill: T) -> tuple[T, ...]:
    """The values, filled up to five."""
    given = tuple(values)[:AUTHORITIES]
    return given + (fill,) * (AUTHORITIES - len(given))


def numbered(prefix: str, values: Sequence[Any], suffix: str = "") -> dict[str, Any]:
    """Columns ``prefix1suffix`` to ``prefix5suffix``."""
    return {f"{prefix}{n}{suffix}": value for n, value in enumerate(values, start=1)}


def column_sums(rows: Iterable[Sequence[Decimal]]) -> tuple[Decimal, ...]:
    """Sums per authority."""
    sums = [ZERO] * AUTHORITIES
    for row in rows:
        sums = [one + other for one, other in zip(sums, row, strict=True)]
    return tuple(sums)


def calculated(
    group: TaxGroup,
    amount: Decimal,
    classes: Sequence[int] = (),
    included: Sequence[bool] = (),
) -> LineTax:
    """The taxes of a line's amount, from the group's rates."""
    chosen = group.classes(classes)
    pairs = zip(group.rates, chosen, strict=False)
    rates = five((by_class.get(item_class, ZERO) for by_class, item_class in pairs), ZERO)
    inside = five(included, fill=False)
    inside_rate = sum((r for r, is_in in zip(rates, inside, strict=True) if is_in), ZERO)
    base = cents(amount / (1 + inside_rate / 100))
    count = len(group.authorities)
    return LineTax(
        classes=chosen,
        rates=rates,
        included=inside,
        bases=five([base] * count, ZERO),
        amounts=five((cents(base * rate / 100) for rate in rates[:count]), ZERO),
    )


def distributed(lines: Sequence[LineTax], totals: Sequence[Decimal]) -> list[LineTax]:
    """The lines with given totals per authority prorated to them by their bases.

    The cents left over go to the last line, so that the totals hold exactly.
    """
    rows = [list(line.amounts) for line in lines]
    for n, total in enumerate(five(totals, ZERO)):
        whole = sum((line.bases[n] for line in lines), ZERO)
        left = total
        for row, line in zip(rows[:-1], lines[:-1], strict=True):
            row[n] = cents(total * line.bases[n] / whole) if whole else ZERO
            left -= row[n]
        rows[-1][n] = left
    return [
        LineTax(line.classes, line.rates, line.included, line.bases, tuple(row))
        for line, row in zip(lines, rows, strict=True)
    ]
