"""The world's calendar: fixed, in the past, in quarters of working days.

The world begins on Monday 2 March 2026 at 08:00 in Mexico City; what came before is its history.
A step is a quarter of a working day. Nothing here knows the real time.
"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Mexico_City")
FIRST_DAY = date(2026, 3, 2)
OPENING = time(8, 0)
SLOTS = (time(10, 30), time(13, 0), time(15, 30), time(18, 0))
"""When each step of a day ends."""
WORKING_DAYS = 5
SATURDAY = 5

BEGIN = datetime.combine(FIRST_DAY, OPENING, tzinfo=ZONE).astimezone(UTC)
START_DATE = date(2026, 2, 2)
"""``start_date`` of every tenant: what lies before is not the product's."""
SETTLED_DAY = date(2026, 1, 5)
"""The day on which companies and known suppliers were set up."""


def _day_of(step: int) -> date:
    weeks, days = divmod((step - 1) // len(SLOTS), WORKING_DAYS)
    return FIRST_DAY + timedelta(weeks=weeks, days=days)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def step_time(step: int) -> datetime:
    """The moment at which a step ends; step 0 is the beginning."""
    return BEGIN if step == 0 else _at(_day_of(step), SLOTS[(step - 1) % len(SLOTS)])


def within_step(step: int, fraction: Decimal) -> datetime:
    """A moment of a step: 0 is its first, 1 would be its last."""
    slot = (step - 1) % len(SLOTS)
    first = step_time(step - 1) if slot else _at(_day_of(step), OPENING)
    seconds = Decimal((step_time(step) - first).seconds) * fraction
    return first + timedelta(seconds=int(seconds))


def days_before(days: int, fraction: Decimal) -> datetime:
    """A moment during office hours, that many days before the beginning, never on a weekend."""
    minutes = int(Decimal(9 * 60) * fraction)
    return _at(working_day_before(days), time(9, 0)) + timedelta(minutes=minutes)


def working_day_before(days: int) -> date:
    """The day that many days before the beginning, or the Friday before it."""
    day = FIRST_DAY - timedelta(days=days)
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


def local_day(moment: datetime) -> date:
    """The calendar day of a moment in the companies' zone."""
    return moment.astimezone(ZONE).date()


class VirtualClock:
    """The world's time: it stands still until somebody moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """The moment, in UTC."""
        with self._lock:
            return self._now

    def set(self, now: datetime) -> None:
        """Move on."""
        with self._lock:
            self._now = now
