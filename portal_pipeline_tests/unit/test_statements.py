"""A statement is built once for each form of its values, and each time given its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import Column, Date, MetaData, String, Table, create_engine, insert, select

from portal_pipeline.statements import prepared

BOOKS = Table("books", MetaData(), Column("title", String, primary_key=True), Column("day", Date))
BUILT: list[str] = []


@prepared
def select_titles(titles: Sequence[str] | None, since: date | None):
    BUILT.append("once")
    statement = select(BOOKS.c.title).order_by(BOOKS.c.title)
    if titles is not None:
        statement = statement.where(BOOKS.c.title.in_(titles))
    return statement if since is None else statement.where(BOOKS.c.day >= since)


@pytest.fixture
def read():
    engine = create_engine("sqlite://")
    BOOKS.create(engine)
    with engine.connect() as connection:
        rows = [{"title": title, "day": date(2026, 1, day)} for day, title in enumerate("abc", 1)]
        connection.execute(insert(BOOKS), rows)
        yield lambda query: list(connection.execute(*query).scalars())
    engine.dispose()


def test_each_call_has_its_own_values(read):
    assert read(select_titles(["a", "c"], None)) == ["a", "c"]
    assert read(select_titles(["b"], None)) == ["b"]
    assert read(select_titles([], None)) == []


def test_none_leaves_its_condition_out_and_a_value_is_typed_by_its_column(read):
    assert read(select_titles(None, None)) == ["a", "b", "c"]
    assert read(select_titles(None, date(2026, 1, 2))) == ["b", "c"]
    assert read(select_titles(since=date(2026, 1, 3), titles=("a", "c"))) == ["c"]


def test_it_is_built_once_for_each_form_of_its_values():
    BUILT.clear()
    one = select_titles({"x"}, date(2026, 5, 1))
    other = select_titles(["y", "z"], date(2026, 6, 1))
    assert one.statement is other.statement
    assert len(BUILT) <= 1
    assert select_titles(None, date(2026, 5, 1)).statement is not one.statement


@pytest.mark.parametrize("given", [(), (["a"],), (["a"], None, None)])
def test_a_value_that_is_left_out_is_an_error_and_not_a_missing_condition(given):
    with pytest.raises(TypeError, match="select_titles takes a value, or None, for each of"):
        select_titles(*given)
