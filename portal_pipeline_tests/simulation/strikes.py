"""What goes wrong in a seed: faults, each at the n-th passage of one kind of place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Place(StrEnum):
    """Where a fault can strike; passages are counted for each place of its own."""

    PORTAL_READ = "portal_read"
    PORTAL_WRITE = "portal_write"
    WEB_API_READ = "web_api_read"
    WEB_API_WRITE = "web_api_write"
    SAGE = "sage"
    """A statement that reads Sage's database, or writes a complement."""
    LEDGER = "ledger"
    """A statement that writes the ledger, or a commit."""
    ARCHIVE = "archive"
    POINT = "point"
    """A named crash point."""


class Kind(StrEnum):
    """How it goes wrong."""

    REFUSED = "connection refused"
    LOST_BEFORE = "timeout, the call had no effect"
    LOST_AFTER = "timeout, the call had its effect"
    LATE = "timeout, the call has its effect later"
    RESET = "reset in the middle of the answer"
    TRUNCATED = "half of the answer"
    UNREADABLE = "an answer that is no text"
    HTML = "a login page with 200, no effect"
    HTML_AFTER = "a login page with 200, the call had its effect"
    EMPTY = "an empty object with 200"
    TOO_MANY = "429 with Retry-After"
    ERROR = "503, no effect"
    ERROR_AFTER = "504, the call had its effect"
    SLOW = "the right answer, after a long time"
    WRONG_TOTAL = "a list with a wrong total"
    REPEATED_ITEM = "a list that shows an item twice and another not at all"
    NULL_ITEMS = "a list without items"
    AWAY = "database away"
    DEADLOCK = "deadlock"
    LOCKED = "lock timeout"
    NOT_WRITTEN = "ledger write refused"
    DISK_FULL = "disk full"
    CRASH = "the process dies"
    TAKEN_OVER = "asleep beyond the lease, another run takes over and ends"
    LONG_SLEEP = "asleep for hours, other runs come and go"
    RIVAL = "another run of the tenant starts"
    LEASE_ENDS = "the lease expires under its owner"
    PERSON = "a person requeues, links, dismisses or admits"
    WORLD = "people change the world"
    CLOCK = "the clock jumps"


_READ = (
    *(Kind.REFUSED, Kind.LOST_BEFORE, Kind.RESET, Kind.TRUNCATED, Kind.UNREADABLE, Kind.HTML),
    *(Kind.EMPTY, Kind.TOO_MANY, Kind.ERROR, Kind.SLOW, Kind.WORLD),
)
_WRITE = (
    *(Kind.REFUSED, Kind.LOST_BEFORE, Kind.LOST_AFTER, Kind.LATE, Kind.LATE, Kind.RESET),
    *(Kind.TRUNCATED, Kind.UNREADABLE, Kind.HTML, Kind.HTML_AFTER, Kind.EMPTY, Kind.TOO_MANY),
    *(Kind.ERROR, Kind.ERROR_AFTER, Kind.SLOW, Kind.WORLD),
)
_LISTS = (Kind.WRONG_TOTAL, Kind.REPEATED_ITEM, Kind.NULL_ITEMS)

KINDS: dict[Place, tuple[Kind, ...]] = {
    Place.PORTAL_READ: (*_READ, *_LISTS),
    Place.PORTAL_WRITE: _WRITE,
    Place.WEB_API_READ: _READ,
    Place.WEB_API_WRITE: _WRITE,
    Place.SAGE: (Kind.AWAY, Kind.DEADLOCK, Kind.LOCKED, Kind.CRASH),
    Place.LEDGER: (Kind.NOT_WRITTEN, Kind.CRASH),
    Place.ARCHIVE: (Kind.DISK_FULL, Kind.CRASH),
    Place.POINT: (
        *(Kind.CRASH, Kind.CRASH, Kind.CRASH, Kind.TAKEN_OVER, Kind.LONG_SLEEP, Kind.RIVAL),
        *(Kind.LEASE_ENDS, Kind.PERSON, Kind.PERSON, Kind.WORLD, Kind.CLOCK, Kind.NOT_WRITTEN),
    ),
}
REACH: dict[Place, int] = {
    Place.PORTAL_READ: 60,
    Place.PORTAL_WRITE: 6,
    Place.WEB_API_READ: 12,
    Place.WEB_API_WRITE: 4,
    Place.SAGE: 250,
    Place.LEDGER: 120,
    Place.ARCHIVE: 6,
    Place.POINT: 30,
}
"""How many passages a storm has of each place, roughly: faults are drawn within."""
SPANS = (1, 1, 1, 2, 5, 400)
"""For how many passages a fault of a database lasts; the longest outlives its cycle."""
_LASTING = (Place.SAGE, Place.LEDGER, Place.ARCHIVE)
WHERE_IT_HURTS = (Place.PORTAL_WRITE, Place.WEB_API_WRITE, Place.POINT)
STRIKES_MAX = 6


@dataclass(frozen=True)
class Strike:
    """One fault. ``size`` in [0, 1) is its own chance: how late, how long, which document."""

    number: int
    place: Place
    at: int
    kind: Kind
    span: int
    size: float

    def __str__(self) -> str:
        lasting = f" for {self.span}" if self.span > 1 else ""
        return f"{self.number}: {self.kind.value} at {self.place.value} {self.at}{lasting}"

    def covers(self, passage: int) -> bool:
        """Whether it strikes the passage (counted from 1)."""
        return self.at <= passage < self.at + self.span


def drawn(chance: Random) -> tuple[Strike, ...]:
    """The plan of a seed: one to six faults, more often where remote writes are."""
    places = [*Place, *(WHERE_IT_HURTS * 2)]
    strikes = []
    for number in range(chance.randint(1, STRIKES_MAX)):
        place = chance.choice(places)
        strikes.append(
            Strike(
                number,
                place,
                at=chance.randint(1, REACH[place]),
                kind=chance.choice(KINDS[place]),
                span=chance.choice(SPANS) if place in _LASTING else chance.choice((1, 1, 2)),
                size=chance.random(),
            )
        )
    return tuple(strikes)


def kept(strikes: Sequence[Strike], numbers: Sequence[int] | None) -> tuple[Strike, ...]:
    """Those with the given numbers; None: all of them."""
    return tuple(one for one in strikes if numbers is None or one.number in numbers)
