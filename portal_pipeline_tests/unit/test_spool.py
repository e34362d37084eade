"""What a step remembers is the same whether it lies in memory or in a file."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline import spool
from portal_pipeline.core.errors import SystemUnavailable
from portal_pipeline.core.portal import AppliedCreditNote, PaidDocument, PoLink, PortalCfdi
from portal_pipeline.spool import Items, Spool, in_parts, repeated

KEYS = st.text(st.characters(exclude_categories=()), max_size=4)
"""Of any characters, halves of one as well: what a portal sends may hold them."""
BATCHES = st.lists(st.lists(st.tuples(KEYS, st.text(max_size=3)), max_size=5), max_size=5)


@pytest.fixture(params=[0, 3, 1_000], ids=["in a file", "both", "in memory"])
def limit(request, monkeypatch):
    """From how many keys on a file is made."""
    monkeypatch.setattr(spool, "IN_MEMORY_MAX", request.param)
    return request.param


@pytest.mark.parametrize("most", [0, 3, 1_000])
@given(BATCHES, st.lists(KEYS, max_size=5), st.integers(1, 4))
def test_a_spool_is_a_dictionary_in_order_whose_first_texts_stay(most, batches, asked, size):
    kept: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "IN_MEMORY_MAX", most)
        found = Spool()
        for batch in batches:
            found.put(batch)
            for key, text in batch:
                kept.setdefault(key, text)
            assert len(found) == len(kept)
        wanted = [*asked, *list(kept)[:2]]
        assert found.texts(wanted) == {key: kept[key] for key in wanted if key in kept}
        pages = list(found.pages(size))
        assert [key for page in pages for key in page] == sorted(kept)
        assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize("most", [0, 2, 1_000])
@given(st.lists(st.lists(KEYS, max_size=6), max_size=5))
def test_repeated_keys_are_those_that_come_twice_in_one_part_or_in_two(most, parts):
    every = [key for part in parts for key in part]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "IN_MEMORY_MAX", most)
        found = repeated(parts)
        pages = [key for page in found.pages() for key in page]
    assert pages == sorted({key for key in every if every.count(key) > 1})


def test_keys_added_between_two_pages_come_where_they_still_can(limit):
    found = Spool(["b", "d", "f"])
    pages = found.pages(2)
    assert next(pages) == ("b", "d")
    found.add(["a", "e"])
    assert list(pages) == [("e", "f")]


CFDI = PortalCfdi(
    id="1",
    uuid="A",
    total=Decimal("100.10"),
    withheld=Decimal("0.00"),
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    related=(("04", ("B", "C")),),
    po_links=(PoLink(po_number="P"),),
    additional={"x": "é\n"},
    credit_notes=(AppliedCreditNote(credit_note_id="n", amount=Decimal("1E+2")),),
    paid_documents=(PaidDocument(uuid="D", amount=Decimal("0.1")),),
)


def test_items_come_back_as_they_were_as_often_as_asked(limit):
    given_items = [CFDI.model_copy(update={"id": str(n)}) for n in range(7)]
    kept = Items(given_items[:5])
    kept.extend(given_items[5:])
    assert (list(kept), list(kept), len(kept)) == (given_items, given_items, 7)
    assert list(kept.collected()) == given_items
    assert isinstance(kept.collected(), tuple) is (limit == 1_000)
    assert given_items[3] in kept
    assert CFDI.model_copy(update={"id": "8"}) not in kept


def test_parts_hold_at_most_so_many():
    assert list(in_parts(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_the_file_is_gone_with_the_spool(monkeypatch):
    opened: list[weakref.ref[sqlite3.Connection]] = []
    connect = sqlite3.connect

    class Watched(sqlite3.Connection):
        """A connection that can be watched."""

    def note(*given, **named):
        made = connect(*given, **named, factory=Watched)
        opened.append(weakref.ref(made))
        return made

    monkeypatch.setattr(spool, "IN_MEMORY_MAX", 0)
    monkeypatch.setattr(sqlite3, "connect", note)
    found = Spool(["a"])
    assert opened[0]() is not None
    del found
    gc.collect()
    assert opened[0]() is None


def test_a_file_that_cannot_be_written_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setattr(spool, "IN_MEMORY_MAX", 0)
    found = Spool(["a"])
    assert found._file is not None
    found._file.execute("PRAGMA max_page_count = 3")
    with pytest.raises(SystemUnavailable, match=r"make room in the folder for temporary files"):
        found.add(f"{n:0100}" for n in range(5_000))
