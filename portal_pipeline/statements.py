"""Statements that are built once, and given their values each time.

SQLAlchemy takes two to three times as long to build a small statement and to find it in its cache
as to run it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from inspect import signature
from typing import Any, NamedTuple, ParamSpec

from sqlalchemy import Executable, bindparam

P = ParamSpec("P")
LISTS = (list, tuple, set, frozenset)


class Query(NamedTuple):
    """What ``connection.execute(*query)`` takes."""

    statement: Executable
    values: Mapping[str, Any]


def prepared(build: Callable[P, Executable]) -> Callable[P, Query]:
    """Let a function that builds a statement out of values be called once.

    It is given a bound parameter in the place of each value (of a list, one for ``in_``), and None
    for None: its statement may depend on which values are given, and on nothing else.
    """
    names = tuple(signature(build).parameters)

    @cache
    def built(*forms: bool | None) -> Executable:
        given = zip(names, forms, strict=True)
        # Typed as the values that they stand for: a builder only hands them to a comparison.
        return build(*(None if f is None else bindparam(n, expanding=f) for n, f in given))  # type: ignore[arg-type, call-arg]

    @wraps(build)
    def with_values(*given: P.args, **named: P.kwargs) -> Query:
        values = dict(zip(names, given, strict=False)) | named
        if len(given) + len(named) != len(names) or len(values) != len(names):
            raise TypeError(f"{build.__name__} takes a value, or None, for each of {names}")
        forms = (isinstance(v, LISTS) if (v := values[n]) is not None else None for n in names)
        statement = built(*forms)
        return Query(statement, {n: v for n, v in values.items() if v is not None})

    return with_values
