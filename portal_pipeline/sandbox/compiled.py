"""Statements that were compiled for one database serve the next one that is alike.

SQLAlchemy keeps them by engine. Every run has engines of its own, and so has every test: where many
of them share a process, up to half of the work was to compile what the one before had compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

STATEMENTS_MAX = 2_000


def kind_of(dialect: Dialect) -> tuple[Any, ...]:
    """What a compiled statement takes from its dialect: two of one kind compile alike."""
    return (
        type(dialect),
        dialect.paramstyle,
        dialect.server_version_info,
        dialect.default_schema_name,
        getattr(dialect, "_json_serializer", None),
        getattr(dialect, "_json_deserializer", None),
    )


class Compiled(MutableMapping[tuple[Any, ...], Any]):
    """The statements of all engines, by kind of dialect in place of the dialect."""

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(STATEMENTS_MAX)

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        return self._kept[self._shared(key)]

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        self._kept[self._shared(key)] = value

    def __delitem__(self, key: tuple[Any, ...]) -> None:
        del self._kept[self._shared(key)]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    @staticmethod
    def _shared(key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *rest = key
        return (kind_of(dialect), *rest)


STATEMENTS = Compiled()


def share_compiled_statements() -> None:
    """From now on, every connection of this process uses them."""
    event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=STATEMENTS)
