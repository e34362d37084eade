"""Compiled statements are shared between databases that are alike, and with no others."""

from __future__ import annotations

import json

from sqlalchemy import JSON, Engine, create_engine, literal, select
from sqlalchemy.engine.interfaces import CacheStats

from portal_pipeline.sandbox.compiled import STATEMENTS, STATEMENTS_MAX


def asked(engine: Engine, name: str) -> tuple[str, bool]:
    """What a database makes of a JSON value, and whether the statement was compiled before."""
    with engine.connect() as connection:
        result = connection.execute(select(literal({"a": 1}, JSON).label(name)))
        is_known = result.context.cache_hit is CacheStats.CACHE_HIT
        return str(result.context.parameters), is_known


def test_a_statement_is_compiled_once_for_databases_that_are_alike():
    """As every test has engines of its own."""
    first, second = create_engine("sqlite://"), create_engine("sqlite://")
    first.connect().close()
    second.connect().close()
    assert [asked(one, "alike")[1] for one in (first, second)] == [False, True]


def test_databases_that_write_values_otherwise_compile_for_themselves():
    """What a dialect was told belongs to the compiled statement."""
    plain = create_engine("sqlite://")
    loud = create_engine("sqlite://", json_serializer=lambda value: json.dumps(value).upper())
    plain.connect().close()
    loud.connect().close()
    (one, _), (other, is_known) = asked(plain, "otherwise"), asked(loud, "otherwise")
    assert ('{"a": 1}' in one, '{"A": 1}' in other, is_known) == (True, True, False)


def test_no_more_statements_are_kept_than_fit():
    """However many tests a process runs."""
    assert len(STATEMENTS) <= STATEMENTS_MAX * 1.5
