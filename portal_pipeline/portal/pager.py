"""Reading a whole list, page by page, and saying whether it was whole.

The size of a page is explicit, the offset is the number of items received, and a list that moved
while it was read (a document inserted or taken out in front shifts all pages) is read a second
time and merged. Source: portal API sheet 2.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from portal_pipeline.core.errors import ConfigError, RetriableError
from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.redaction import on_one_line
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.portal.decisions import Failure
from portal_pipeline.portal.listing import Listing, Malformed
from portal_pipeline.portal.parse.fields import MalformedItem
from portal_pipeline.spool import Items, Spool

T = TypeVar("T")

PAGE_SIZE = 200
"""The portal's own cap; asking for more, for 0 or for -1 gives no more (sheet 2.2)."""


ID_CHARS_MAX = 100


@dataclass(frozen=True)
class Page:
    """One answer of a list."""

    items: Sequence[object]
    total: int | None = None


class End(StrEnum):
    """Why a reading stopped."""

    TOTAL_REACHED = "total_reached"
    EMPTY_PAGE = "empty_page"
    NOTHING_NEW = "nothing_new"
    PAGE_CEILING = "page_ceiling"
    FAILED = "failed"


@dataclass
class _Reading:
    """One walk from the first page on."""

    ids: Spool = field(default_factory=Spool)
    total: int | None = None
    has_moved: bool = False
    end: End = End.PAGE_CEILING
    failure: Failure | None = None

    @property
    def is_clean(self) -> bool:
        """Whether this walk alone proves that it saw everything."""
        return self._is_over and not self.has_moved and self.total == len(self.ids)

    @property
    def may_be_cured(self) -> bool:
        """Whether a second walk could find what this one missed."""
        return self._is_over and not self.is_clean and self.total is not None

    @property
    def _is_over(self) -> bool:
        return self.end not in {End.FAILED, End.PAGE_CEILING}

    def take_total(self, total: int | None) -> None:
        """Keeps the last total that the portal told."""
        if total is not None:
            self.has_moved = self.has_moved or self.total not in {None, total}
            self.total = total


class _Gathered(Generic[T]):
    """Everything received, each id and each UUID once."""

    def __init__(self, parse: Callable[[JsonObject], T], uuid_of: Callable[[T], str]) -> None:
        self._parse = parse
        self._uuid_of = uuid_of
        self._uuids = Spool()
        self.ids = Spool()
        self.items: Items[T] = Items()
        self.malformed: list[Malformed] = []

    def add(self, page: Sequence[object]) -> list[str]:
        """Keeps what is new; gives the ids of all, or a stand-in where one has none."""
        identified: dict[str, object] = {}
        for raw in page:
            identified.setdefault(_id_of(raw) or _digest(raw), raw)
        known = self.ids.texts(identified)
        fresh = [raw for name, raw in identified.items() if name not in known]
        self.ids.add(identified)
        read = [item for raw in fresh if (item := self._read(raw)) is not None]
        self.items.extend(self._unseen(read))
        return list(identified)

    def _read(self, raw: object) -> T | None:
        if not isinstance(raw, dict):
            self.malformed.append(Malformed(id="", reason="it is no JSON object"))
            return None
        try:
            return self._parse(raw)
        except MalformedItem as error:
            self.malformed.append(Malformed(_id_of(raw), str(error), _key_of(raw)))
            return None

    def _unseen(self, items: Sequence[T]) -> list[T]:
        """Those with a UUID that no earlier one has, or without any."""
        uuids = [upper_uuid(self._uuid_of(item)) for item in items]
        seen = set(self._uuids.texts(uuids))
        self._uuids.add(uuid for uuid in uuids if uuid)
        found = []
        for item, uuid in zip(items, uuids, strict=True):
            if uuid not in seen:
                found.append(item)
            if uuid:
                seen.add(uuid)
        return found


def read_listing(
    fetch: Callable[[int], Page | Failure],
    parse: Callable[[JsonObject], T],
    *,
    name: str,
    max_page_count: int,
    uuid_of: Callable[[T], str] = lambda _: "",
) -> Listing[T]:
    """The whole list, or what could be read of it with the reason why that is not all.

    ``fetch`` gives the page that starts at an offset, retries included; ``name`` is the list's
    name in errors.

    Raises:
        SystemUnavailable: when nothing at all could be read because the portal does not answer.
        ConfigError: when nothing at all could be read because of our credentials or address.
    """
    gathered = _Gathered(parse, uuid_of)
    reading = _read_once(fetch, gathered, max_page_count)
    if reading.failure and not gathered.ids:
        error = reading.failure.error(name)
        if isinstance(error, RetriableError | ConfigError):
            raise error
    if reading.may_be_cured:
        reading = _read_once(fetch, gathered, max_page_count)
    return Listing(
        items=gathered.items.collected(),
        total=reading.total,
        received=len(gathered.ids),
        problem=_problem(reading, len(gathered.ids), name, max_page_count),
        malformed=tuple(gathered.malformed),
    )


def _read_once(
    fetch: Callable[[int], Page | Failure], gathered: _Gathered[T], max_page_count: int
) -> _Reading:
    reading = _Reading()
    offset = 0
    for _ in range(max_page_count):
        page = fetch(offset)
        if isinstance(page, Failure):
            reading.end, reading.failure = End.FAILED, page
            return reading
        reading.take_total(page.total)
        if not page.items:
            reading.end = End.EMPTY_PAGE
            return reading
        before = len(reading.ids)
        reading.ids.add(gathered.add(page.items))
        offset += len(page.items)
        if len(reading.ids) == before:
            reading.end = End.NOTHING_NEW
            return reading
        # More than the total means that the total is wrong or has moved: go on to an empty page.
        if reading.total == len(reading.ids):
            reading.end = End.TOTAL_REACHED
            return reading
    return reading


def _problem(reading: _Reading, received: int, name: str, max_page_count: int) -> str:
    """Why the listing is not complete; empty when it is."""
    if reading.failure:
        return f"{name}: page at item {received} failed: {reading.failure.detail}"
    if reading.end is End.PAGE_CEILING:
        return f"{name}: more than {max_page_count} pages"
    if reading.is_clean:
        return ""
    if reading.total is None:
        return f"{name}: the portal told no total, {received} received"
    if received < reading.total:
        return f"{name}: {received} received of {reading.total}"
    if len(reading.ids) > reading.total and not reading.has_moved:
        return f"{name}: the portal gave {len(reading.ids)} but says that there are {reading.total}"
    return ""


def _id_of(raw: object) -> str:
    value = raw.get("id") if isinstance(raw, dict) else None
    if not isinstance(value, str) or not value.isprintable() or len(value) > ID_CHARS_MAX:
        return ""
    return value.strip().lower()


def _key_of(raw: JsonObject) -> str:
    """The number or UUID that an unreadable item shows all the same."""
    node = raw.get("cfdi")
    stamp = node.get("timbre") if isinstance(node, dict) else None
    for value, name in ((stamp, "uuid"), (raw, "external_id")):
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, str) and found.strip():
            key = on_one_line(found)[:ID_CHARS_MAX]
            return upper_uuid(key) if name == "uuid" else key.strip()
    return ""


def _digest(raw: object) -> str:
    return "?" + hashlib.sha256(dump_json(raw).encode(errors="replace")).hexdigest()
