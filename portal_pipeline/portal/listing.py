"""What a list of the portal gave, and whether that was all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from portal_pipeline.spool import Items, Spool, in_parts

T = TypeVar("T")

MALFORMED_TOLD_MAX = 20


@dataclass(frozen=True)
class Malformed:
    """One item that could not be read; the others of its list are not touched by it."""

    id: str
    """The portal's id, lower case; empty when even that is missing."""
    reason: str
    key: str = ""
    """Our number, or the UUID (upper case), as far as the item tells; empty: nobody knows whose."""


def told(malformed: Sequence[Malformed]) -> list[str]:
    """What to say of items that could not be read: the first of them, and how many more."""
    said = [f"{bad.id or '?'}: {bad.reason}" for bad in malformed[:MALFORMED_TOLD_MAX]]
    more = len(malformed) - len(said)
    return [*said, f"{more} more items that cannot be read"] if more else said


@dataclass(frozen=True)
class Listing(Generic[T]):
    """The items of a list, each once (by id, then by UUID; the first wins).

    ``received`` counts different ids; with ``total`` it is what the ledger keeps. An incomplete
    listing says why in ``problem`` and must never be read as "the rest is not there".
    """

    items: Collection[T] = ()
    total: int | None = 0
    received: int = 0
    problem: str = ""
    malformed: tuple[Malformed, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that the portal has was received."""
        return not self.problem

    @property
    def proves_absence(self) -> bool:
        """Whether what is not among the items is not in the portal."""
        return self.is_complete and not self.malformed

    def proves_absence_of(self, key: str) -> bool:
        """Whether one document that is not among the items is not in the portal.

        Items that could not be read count against it only where they may be that document.
        """
        return self.is_complete and all(bad.key and bad.key != key for bad in self.malformed)

    def only(self, is_wanted: Callable[[T], bool]) -> Listing[T]:
        """The same listing with the items that were asked for (a filter may give more)."""
        return replace(self, items=tuple(item for item in self.items if is_wanted(item)))


def joined(listings: Sequence[Listing[T]], id_of: Callable[[T], str]) -> Listing[T]:
    """Several listings as one; complete when all are."""
    items: Items[T] = Items()
    seen = Spool()
    for part in in_parts(item for listing in listings for item in listing.items):
        first: dict[str, T] = {}
        for item in part:
            first.setdefault(id_of(item), item)
        known = seen.texts(first)
        items.extend(item for i, item in first.items() if i not in known)
        seen.add(first)
    totals = [listing.total for listing in listings]
    return Listing(
        items=items.collected(),
        total=sum(total or 0 for total in totals) if None not in totals else None,
        received=sum(listing.received for listing in listings),
        problem="; ".join(listing.problem for listing in listings if listing.problem),
        malformed=tuple(bad for listing in listings for bad in listing.malformed),
    )
