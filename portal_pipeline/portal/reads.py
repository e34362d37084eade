"""Lists and single objects of one tenant, as models of the core.

Source: portal API sheet 2.2, 3, 4, 5 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from portal_pipeline.core.errors import ConfigError, DocumentError, RetriableError
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.decisions import SYSTEM, Failure
from portal_pipeline.portal.exchange import Exchange
from portal_pipeline.portal.listing import Listing, joined
from portal_pipeline.portal.pager import PAGE_SIZE, Page, read_listing
from portal_pipeline.portal.parse.fields import MalformedItem
from portal_pipeline.portal.transport import Query

T = TypeVar("T")
P = TypeVar("P")

IDS_PER_REQUEST_MAX = 100
TOTAL_MAX = 1_000_000_000


class PortalLists:
    """Reads whole lists of one tenant."""

    def __init__(self, exchange: Exchange, max_page_count: int) -> None:
        self._exchange = exchange
        self._max_page_count = max_page_count

    def read(
        self,
        path: str,
        query: Query,
        parse: Callable[[JsonObject], T],
        *,
        name: str,
        uuid_of: Callable[[T], str] = lambda _: "",
    ) -> Listing[T]:
        """One list, all its pages.

        Raises:
            SystemUnavailable: when nothing at all could be read because of the portal.
            ConfigError: when nothing at all could be read because of our keys or address.
        """

        def fetch(offset: int) -> Page | Failure:
            window = (("pageSize", str(PAGE_SIZE)), ("offset", str(offset)))
            body = self._exchange.read(path, (*query, *window), missing=_missing_in_list)
            return body if isinstance(body, Failure) else Page(body["items"], _total(body))

        return read_listing(
            fetch, parse, name=name, max_page_count=self._max_page_count, uuid_of=uuid_of
        )

    def read_parts(
        self,
        parts: Iterable[P],
        read: Callable[[P], Listing[T]],
        *,
        name: str,
        id_of: Callable[[T], str],
    ) -> Listing[T]:
        """Several lists as one; where a later one fails, what was read is an incomplete listing.

        Raises:
            SystemUnavailable: as :meth:`read`, when the first list fails.
            ConfigError: as :meth:`read`, when the first list fails.
        """
        found: list[Listing[T]] = []
        for part in parts:
            try:
                found.append(read(part))
            except (RetriableError, ConfigError) as error:
                if not found:
                    raise
                found.append(Listing(total=None, problem=f"{name}: {error}"))
                break
        return joined(found, id_of)


def chunks(ids: Iterable[str]) -> list[list[str]]:
    """The different ids, in order, at most 100 together."""
    wanted = list(dict.fromkeys(ids))
    size = IDS_PER_REQUEST_MAX
    return [wanted[start : start + size] for start in range(0, len(wanted), size)]


def parsed(body: JsonObject | Failure, parse: Callable[[JsonObject], T], what: str) -> T:
    """The model of one object.

    Raises:
        SystemUnavailable: when there is no answer.
        ConfigError: when our keys or address are refused.
        DocumentError: when the request was refused, or the object cannot be read.
    """
    if isinstance(body, Failure):
        raise body.error(what)
    try:
        return parse(body)
    except MalformedItem as error:
        raise DocumentError(f"{what} cannot be read: {error}", system=SYSTEM) from None


def missing_id(body: JsonObject) -> str:
    """What a single object lacks when it is no object of the portal at all."""
    return "" if body.get("id") else "the answer has no id"


def _missing_in_list(body: JsonObject) -> str:
    return "" if isinstance(body.get("items"), list) else "the answer has no list of items"


def _total(body: JsonObject) -> int | None:
    """The portal's count; one that no list can have is none: the ledger could not even keep it."""
    total = body.get("total")
    if not isinstance(total, int) or isinstance(total, bool):
        return None
    return total if 0 <= total <= TOTAL_MAX else None
