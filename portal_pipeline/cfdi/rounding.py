"""Decimals of currencies and of written numbers, and the ranges that rounding leaves open."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

DECIMALS = {
    "XXX": 0,
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies that have not 2 decimals (ISO 4217, which c_Moneda follows)."""
_UNITS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))
_HALVES = tuple(unit / 2 for unit in _UNITS)
"""By the number of decimals; a number that is read has 10 at most."""
_EPSILON = Decimal("1e-12")


def currency_decimals(currency: str) -> int:
    """Decimals of a currency."""
    return DECIMALS.get(currency, 2)


def decimals_written(value: Decimal) -> int:
    """Number of decimals with which a value is written."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def has_more_decimals(value: Decimal, decimals: int) -> bool:
    """Whether a value is written with more decimals."""
    return not value.same_quantum(_UNITS[decimals]) and decimals_written(value) > decimals


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half up, as the SAT rounds."""
    return value.quantize(_UNITS[decimals], ROUND_HALF_UP)


def is_rounded(value: Decimal, written: Decimal) -> bool:
    """Whether it is what is written, rounded half up to as many decimals."""
    return value.quantize(written, ROUND_HALF_UP) == written


def unit(decimals: int) -> Decimal:
    """One unit of the last decimal."""
    return _UNITS[decimals]


def product_range(one: Decimal, other: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    """Smallest and largest rounded product of two rounded factors.

    Each factor may lie half a unit of its last decimal away from what is written.
    Source: CFDI sheet 4.1 (Anexo 20).
    """
    half_one, half_other = _half_unit(one), _half_unit(other)
    return _outwards(
        (one - half_one) * (other - half_other),
        (one + half_one - _EPSILON) * (other + half_other - _EPSILON),
        decimals,
    )


def share_range(base: Decimal, rate: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    """Smallest and largest rounded share of a rounded base; the rate is exact.

    Source: CFDI sheet 4.2.
    """
    half = _half_unit(base)
    return _outwards((base - half) * rate, (base + half - _EPSILON) * rate, decimals)


def _half_unit(value: Decimal) -> Decimal:
    return _HALVES[decimals_written(value)]


def _outwards(low: Decimal, high: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    last = _UNITS[decimals]
    return low.quantize(last, ROUND_FLOOR), high.quantize(last, ROUND_CEILING)
