"""Column types of Sage's database: the same exact values on SQL Server and on SQLite.

Sage stores text in blank-padded CHAR, dates as numbers ``YYYYMMDD`` (0 = none), and every number
as DECIMAL. Here text comes back right-stripped, dates as ``date`` or None, keys and counters as
``int``, amounts as ``Decimal``. Nothing is NULL: ``column == None`` on a date compares with 0.
Source: Sage tables sheet 1; SQL Server sheet 4.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from sqlalchemy import CHAR, DECIMAL, BigInteger, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine


@cache
def _made(of: type[TypeEngine[Any]], *sizes: int) -> TypeEngine[Any]:
    """One object of a kind: SQLAlchemy asks for each list of keys, and adapts what is new."""
    return of(*sizes)


class SageText(TypeDecorator[str]):
    """Text that comes back without trailing blanks; ``CHAR(n)``, or ``VARCHAR(n)`` if not fixed.

    Bound as VARCHAR: a Unicode parameter would convert the CHAR column and lose its index
    (Sage tables sheet 1). SQLite compares blanks, so there the text is kept trimmed.
    """

    impl = CHAR
    cache_ok = True

    def __init__(self, length: int, *, fixed: bool = True) -> None:
        super().__init__(length)
        self.length = length
        self.fixed = fixed

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """CHAR where blanks are padded, VARCHAR elsewhere."""
        if self.fixed and dialect.name != "sqlite":
            return _made(CHAR, self.length)
        return _made(String, self.length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without trailing blanks."""
        return None if value is None else value.rstrip(" ")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """The text without trailing blanks."""
        return None if value is None else str(value).rstrip(" ")


class WholeNumber(TypeDecorator[int]):
    """An ``int`` in a ``DECIMAL(p,0)``: keys, counters, times; can be compared in SQL."""

    impl = DECIMAL
    cache_ok = True

    def __init__(self, precision: int) -> None:
        super().__init__(precision, 0)
        self.precision = precision

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An integer on SQLite, whose DECIMAL would be a float."""
        return _made(BigInteger) if dialect.name == "sqlite" else _made(DECIMAL, self.precision, 0)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """The number."""
        return None if value is None else int(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        """The number."""
        return None if value is None else int(value)


class ExactNumber(TypeDecorator[Decimal]):
    """A ``Decimal`` with exactly ``scale`` places; text on SQLite.

    For reading and writing only: amounts and quantities are never added, sorted or compared in
    SQL (design 4). Written values are rounded half up, as SQL Server does.
    """

    impl = DECIMAL
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale
        self._step = Decimal(1).scaleb(-scale)
        self._limit = Decimal(10) ** (precision - scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DECIMAL, or text where DECIMAL is a float."""
        if dialect.name == "sqlite":
            return String(self.precision + 2)
        return DECIMAL(self.precision, self.scale)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any | None:
        """The number at this scale.

        Raises:
            TypeError: for a float.
            ValueError: for a number that does not fit.
        """
        if value is None:
            return None
        if not isinstance(value, (Decimal, int)):
            raise TypeError(f"{value!r} is not a Decimal")
        exact = self.rounded(Decimal(value))
        return format(exact, "f") if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """The exact number."""
        return None if value is None else Decimal(value).quantize(self._step)

    def rounded(self, value: Decimal) -> Decimal:
        """The value as this column would keep it.

        Raises:
            ValueError: for a number that does not fit.
        """
        exact = value.quantize(self._step, rounding=ROUND_HALF_UP)
        if abs(exact) >= self._limit:
            raise ValueError(f"{value} does not fit DECIMAL({self.precision},{self.scale})")
        return exact


class SageDate(TypeDecorator[date]):
    """A ``date`` or None, stored as ``YYYYMMDD`` or 0; ordered like a date, 0 first."""

    impl = DECIMAL
    cache_ok = True
    coerce_to_is_types = ()
    """So that ``column == None`` means ``column = 0``, never ``IS NULL``."""

    def __init__(self) -> None:
        super().__init__(9, 0)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An integer on SQLite, whose DECIMAL would be a float."""
        return Integer() if dialect.name == "sqlite" else DECIMAL(9, 0)

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int:
        """The number ``YYYYMMDD``; 0 for None."""
        return 0 if value is None else date_number(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:
        """The date, or None for 0 (and for the NULL of an outer join).

        Raises:
            ValueError: for a number that is no date.
        """
        return None if value is None else date_of(int(value))


def date_number(day: date) -> int:
    """``YYYYMMDD`` of a date."""
    return day.year * 10_000 + day.month * 100 + day.day


def date_of(number: int) -> date | None:
    """Date of a ``YYYYMMDD`` number; None for 0.

    Raises:
        ValueError: for a number that is no date.
    """
    if number == 0:
        return None
    return date(number // 10_000, number // 100 % 100, number % 100)


LAST_MOMENT = time(23, 59, 59, 990_000)


def stamp_of(audit_date: date | None, audit_time: int, zone: tzinfo = UTC) -> datetime | None:
    """The aware UTC moment of ``AUDTDATE`` and ``AUDTTIME`` (HHMMSSCC); None for no date.

    A time that is no time (foreign programs write constants) counts as the day's last moment,
    so that nothing passes for older than it may be.

    Args:
        audit_date: AUDTDATE.
        audit_time: AUDTTIME; leading zeros may be missing.
        zone: the zone Sage stamps in; taken to be UTC, see Sage tables sheet 1.
    """
    if audit_date is None:
        return None
    hours, rest = divmod(audit_time, 1_000_000)
    minutes, rest = divmod(rest, 10_000)
    seconds, hundredths = divmod(rest, 100)
    is_time = 0 <= hours < 24 and minutes < 60 and seconds < 60
    moment = time(hours, minutes, seconds, hundredths * 10_000) if is_time else LAST_MOMENT
    return datetime.combine(audit_date, moment, tzinfo=zone).astimezone(UTC)


def stamp_parts(moment: datetime) -> tuple[date, int]:
    """``AUDTDATE`` and ``AUDTTIME`` (UTC, HHMMSSCC) of an aware moment.

    Raises:
        ValueError: for a moment without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    utc = moment.astimezone(UTC)
    clock = utc.hour * 1_000_000 + utc.minute * 10_000 + utc.second * 100
    return utc.date(), clock + utc.microsecond // 10_000
