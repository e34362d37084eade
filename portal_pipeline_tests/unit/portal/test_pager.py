"""A list is read to its end, each item once, and never called complete when it may not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from portal_pipeline.core.errors import CredentialsRefused, SystemUnavailable
from portal_pipeline.portal.decisions import Failure, Family
from portal_pipeline.portal.listing import Listing, joined
from portal_pipeline.portal.pager import Page, read_listing
from portal_pipeline.portal.parse.fields import required_id, required_number

Fetch = Callable[[int], Page | Failure]


def items(*ids: int) -> list[dict[str, object]]:
    return [{"id": f"ID{n}", "value": n} for n in ids]


class FakeList:
    """A list of the portal: ``cap`` items a page; ``changes`` happen before the n-th request."""

    def __init__(self, ids: Sequence[int], cap: int = 3) -> None:
        self.ids = list(ids)
        self.cap = cap
        self.total: int | None = -1
        self.changes: dict[int, Callable[[FakeList], object]] = {}
        self.failures: dict[int, Failure] = {}
        self.ignores_offset = False
        self.offsets: list[int] = []

    def __call__(self, offset: int) -> Page | Failure:
        self.offsets.append(offset)
        call = len(self.offsets)
        if call in self.changes:
            self.changes[call](self)
        if call in self.failures:
            return self.failures[call]
        start = 0 if self.ignores_offset else offset
        total = len(self.ids) if self.total == -1 else self.total
        return Page(items(*self.ids[start : start + self.cap]), total)


def read(fetch: Fetch, *, max_page_count: int = 20) -> Listing[str]:
    return read_listing(fetch, required_id, name="things", max_page_count=max_page_count)


def down(family: Family = Family.UNAVAILABLE) -> Failure:
    return Failure(family=family, detail="HTTP 503", code="http_503", status=503)


def test_a_quiet_list_is_read_in_pages_without_a_request_too_many():
    """The offset is the number of items received, and the total ends the reading."""
    fake = FakeList(range(7))
    listing = read(fake)
    assert listing.items == tuple(f"id{n}" for n in range(7))
    assert (listing.is_complete, listing.total, listing.received) == (True, 7, 7)
    assert fake.offsets == [0, 3, 6]


def test_an_empty_list_is_complete():
    assert read(FakeList([])) == Listing(items=(), total=0, received=0)


def test_a_short_page_does_not_end_the_reading():
    """The cap may be lowered while we read."""
    fake = FakeList(range(6))
    fake.changes[2] = lambda f: setattr(f, "cap", 1)
    assert read(fake).received == 6


def test_an_insertion_in_front_is_found_by_reading_once_more():
    """The inserted item shifts the pages: one item comes twice, the new one not at all."""
    fake = FakeList(range(6))
    fake.changes[2] = lambda f: f.ids.insert(0, 99)
    listing = read(fake)
    assert set(listing.items) == {f"id{n}" for n in (*range(6), 99)}
    assert len(listing.items) == 7
    assert listing.is_complete


def test_a_removal_in_front_is_found_by_reading_once_more():
    """The removed item pulls another one over the page's edge: it would be skipped."""
    fake = FakeList(range(6))
    fake.changes[2] = lambda f: f.ids.remove(0)
    listing = read(fake)
    assert "id3" in listing.items
    assert listing.is_complete


def double_of_first(fake: FakeList) -> Fetch:
    def fetch(offset: int) -> Page | Failure:
        page = fake(offset)
        assert isinstance(page, Page)
        return Page([*page.items[:-1], *items(fake.ids[0])], page.total) if offset else page

    return fetch


@pytest.mark.parametrize(
    ("prepare", "received", "problem"),
    [
        pytest.param(lambda f: setattr(f, "total", 7), 6, "6 received of 7", id="total too high"),
        pytest.param(
            lambda f: setattr(f, "total", 2), 6, "gave 6 but says that there are 2", id="too low"
        ),
        pytest.param(lambda f: setattr(f, "total", None), 6, "told no total", id="no total"),
        pytest.param(
            lambda f: setattr(f, "ignores_offset", True), 3, "3 received of 6", id="offset ignored"
        ),
        pytest.param(
            lambda f: f.failures.update({2: down()}), 3, "page at item 3 failed", id="page fails"
        ),
        pytest.param(
            lambda f: f.failures.update({2: down(Family.CREDENTIALS)}),
            3,
            "page at item 3 failed",
            id="keys refused later",
        ),
        pytest.param(
            lambda f: f.failures.update({1: down(Family.REFUSED)}),
            0,
            "page at item 0 failed",
            id="request refused",
        ),
    ],
)
def test_what_may_not_be_everything_is_incomplete_and_says_why(prepare, received, problem):
    """Never an exception, never a silent cut, and never read as absence."""
    fake = FakeList(range(6))
    prepare(fake)
    listing = read(fake)
    assert not listing.is_complete
    assert not listing.proves_absence
    assert listing.received == received
    assert problem in listing.problem


def test_an_item_repeated_on_every_reading_leaves_the_list_incomplete():
    listing = read(double_of_first(FakeList(range(6))))
    assert "5 received of 6" in listing.problem


def test_pages_have_a_ceiling():
    fake = FakeList(range(50))
    listing = read(fake, max_page_count=4)
    assert "more than 4 pages" in listing.problem
    assert len(fake.offsets) == 4


def test_a_list_that_never_stops_growing_ends_at_the_ceiling():
    def fetch(offset: int) -> Page:
        return Page(items(*range(offset, offset + 3)), offset + 100)

    assert not read(fetch, max_page_count=5).is_complete


@pytest.mark.parametrize(
    ("family", "error"),
    [(Family.UNAVAILABLE, SystemUnavailable), (Family.CREDENTIALS, CredentialsRefused)],
)
def test_nothing_at_all_is_an_error_of_the_system(family, error):
    fake = FakeList(range(6))
    fake.failures[1] = down(family)
    with pytest.raises(error, match=r"\[portal\] things"):
        read(fake)


def test_the_second_reading_is_the_last():
    """A list that moves without end costs two readings, no more."""
    fake = FakeList(range(6))
    fake.total = 9
    read(fake)
    assert fake.offsets.count(0) == 2


def test_a_malformed_item_fails_alone():
    def fetch(offset: int) -> Page:
        raw = [{"id": "A", "value": 1}, {"id": "B", "value": "x"}, {"value": 2}, "text", None]
        return Page([] if offset else raw, 5)

    def parse(node):
        required_number(node, "value")
        return required_id(node)

    listing = read_listing(fetch, parse, name="things", max_page_count=5)
    assert listing.items == ("a",)
    assert [(bad.id, bad.reason) for bad in listing.malformed] == [
        ("b", "value is no number"),
        ("", "id is missing"),
        ("", "it is no JSON object"),
        ("", "it is no JSON object"),
    ]
    assert listing.is_complete
    assert not listing.proves_absence


def test_an_unreadable_item_casts_doubt_on_its_own_document_alone():
    def fetch(offset: int) -> Page:
        rows = [
            {"id": "1", "external_id": " PO1 "},
            {"id": "2", "cfdi": {"timbre": {"uuid": "ab"}}},
        ]
        return Page([] if offset else rows, 2)

    def parse(node):
        return required_number(node, "value")

    listing = read_listing(fetch, parse, name="x", max_page_count=5)
    assert [bad.key for bad in listing.malformed] == ["PO1", "AB"]
    assert not listing.proves_absence_of("PO1")
    assert not listing.proves_absence_of("AB")
    assert listing.proves_absence_of("PO2")


def test_of_two_items_with_one_uuid_the_first_wins_and_the_count_holds():
    def fetch(offset: int) -> Page:
        rows = [{"id": "1", "uuid": "ab"}, {"id": "2", "uuid": " AB "}, {"id": "3", "uuid": ""}]
        return Page([] if offset else [*rows, {"id": "4", "uuid": ""}], 4)

    listing = read_listing(
        fetch, dict, name="x", max_page_count=5, uuid_of=lambda row: str(row["uuid"])
    )
    assert [row["id"] for row in listing.items] == ["1", "3", "4"]
    assert listing.is_complete


def test_ids_differ_by_more_than_case():
    """Internal ids are compared without case (portal API sheet 1)."""

    def fetch(offset: int) -> Page:
        return Page([] if offset else [{"id": "AB"}, {"id": "ab"}], 1)

    assert read(fetch).items == ("ab",)


def test_joined_listings_are_complete_only_together():
    one = Listing(items=("a", "b"), total=2, received=2)
    both = joined([one, Listing(items=("b", "c"), total=2, received=2, problem="cut")], str)
    assert both.items == ("a", "b", "c")
    assert (both.total, both.received, both.problem) == (4, 4, "cut")
