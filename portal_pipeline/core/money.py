"""Money and currencies: ``Decimal`` only, cents rounded half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)

MULTIPLY = 1
"""Sage rate operator 1: functional amount = source amount x rate."""
DIVIDE = 2
"""Sage rate operator 2: functional amount = source amount / rate."""


def cents(amount: Decimal) -> Decimal:
    """The amount in hundredths, rounded half up as Sage and the SAT do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def portal_currency(sage_code: str) -> str:
    """ISO code of a Sage currency: ``MXP`` is ``MXN``, others unchanged."""
    code = sage_code.strip().upper()
    return "MXN" if code == "MXP" else code


def same_currency(one: str, other: str) -> bool:
    """Whether two codes name one currency, whichever system they come from."""
    return portal_currency(one) == portal_currency(other)


def to_functional(amount: Decimal, rate: Decimal, operator: int) -> Decimal:
    """Functional amount of a source amount by Sage's rate and operator, unrounded.

    Raises:
        ValueError: when the rate is not positive.
    """
    if rate <= 0:
        raise ValueError(f"exchange rate {rate} is not positive")
    return amount / rate if operator == DIVIDE else amount * rate
