"""Whether the portal has a document: three clear answers for the write protocol.

Only the portal's own clear word is an absence; anything else is unclear (portal API sheet 5.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal_pipeline.core.errors import ConfigError, DocumentError, RetriableError
from portal_pipeline.core.outcomes import Absent, Unclear
from portal_pipeline.portal.decisions import Failure, Family
from portal_pipeline.portal.listing import Listing

T = TypeVar("T")


@dataclass(frozen=True)
class Seen(Generic[T]):
    """The portal has the document; whether it is what we sent is for the caller to compare."""

    item: T


LookUpResult = Seen[T] | Absent | Unclear


def look_up_in_list(read: Callable[[], Listing[T]], key: str, name: str) -> LookUpResult[T]:
    """The one item of a list asked for by ``key``; absent only where the list proves it."""
    try:
        listing = read()
    except (RetriableError, ConfigError, DocumentError) as error:
        return Unclear(detail=str(error))
    found = listing.items
    if len(found) == 1:
        return Seen(next(iter(found)))
    if len(found) > 1:
        return Unclear(detail=f"{name}: the portal has {len(found)} of them")
    if listing.proves_absence_of(key):
        return Absent()
    unread = "; ".join(f"{bad.id}: {bad.reason}" for bad in listing.malformed[:5])
    return Unclear(detail=listing.problem or f"{name}: items that could not be read ({unread})")


def absent_or_unclear(failure: Failure, name: str) -> Absent | Unclear:
    """What a failed read of one object says about its existence."""
    if failure.family is Family.ABSENT:
        return Absent()
    return Unclear(detail=f"{name}: {failure.meaning.cause} ({failure.detail})")
