"""Choices left to chance, each keyed by what it is about: order of arrival changes nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A source of choices that depends on its key alone."""

    def __init__(self, *key: object) -> None:
        self._key = "|".join(str(part) for part in key)
        self._random = random.Random(self._key)

    def of(self, *more: object) -> Chance:
        """A source of its own for a part of what this one is about."""
        return Chance(self._key, *more)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return self._random.choice(items)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends possible."""
        return self._random.randint(low, high)

    def fraction(self) -> Decimal:
        """At least 0 and below 1, with four decimals."""
        return Decimal(self._random.randrange(10_000)).scaleb(-4)

    def price(self, low: int, high: int) -> Decimal:
        """An amount with two decimals."""
        return Decimal(self._random.randint(low * 100, high * 100)).scaleb(-2)
