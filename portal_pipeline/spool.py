"""What a step remembers whose number has no limit: little in memory, much in a temporary file.

The keys of all its candidates, which of them it has seen, the items of a long list: so that its
memory does not grow with them.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from pydantic import TypeAdapter

from portal_pipeline.core.errors import SystemUnavailable

T = TypeVar("T")

IN_MEMORY_MAX = 2_000
"""Keys, or items, up to which no file is made; a quiet cycle has fewer in every list."""
PAGE_SIZE = 1_000
CACHE_KIB = 256

_CREATE = "CREATE TABLE item (key BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID"
_PUT = "INSERT INTO item (key, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIRST_PAGE = "SELECT key FROM item ORDER BY key LIMIT ?"
_NEXT_PAGE = "SELECT key FROM item WHERE key > ? ORDER BY key LIMIT ?"


class Spool:
    """Different keys, in order, each with a text: the first one that it was given.

    The file has no name, is readable by its owner alone, and is gone with the object or the
    process. One thread uses a spool.

    Raises:
        SystemUnavailable: by each method, when the file cannot be written or read.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._few: dict[str, str] = {}
        self._file: sqlite3.Connection | None = None
        self.add(keys)

    def __len__(self) -> int:
        return len(self._few) if self._file is None else self._file.total_changes

    def add(self, keys: Iterable[str]) -> None:
        """Keep these keys, without a text."""
        self.put((key, "") for key in keys)

    def put(self, items: Iterable[tuple[str, str]]) -> None:
        """Keep these keys, each with its text."""
        for part in in_parts(items):
            if self._file is not None:
                self._write(self._file, part)
                continue
            for key, text in part:
                self._few.setdefault(key, text)
            if len(self._few) > IN_MEMORY_MAX:
                self._move_to_file()

    def texts(self, keys: Iterable[str]) -> dict[str, str]:
        """The texts of those keys that are here."""
        if self._file is None:
            return {key: self._few[key] for key in keys if key in self._few}
        found: dict[str, str] = {}
        with _as_unavailable():
            for part in in_parts(keys):
                marks = ", ".join("?" * len(part))
                rows = self._file.execute(
                    f"SELECT key, text FROM item WHERE key IN ({marks})",  # noqa: S608 - marks only
                    [_bytes(key) for key in part],
                )
                found |= {_text(key): _text(text) for key, text in rows}
        return found

    def pages(self, size: int = PAGE_SIZE) -> Iterator[tuple[str, ...]]:
        """All keys in order (of their characters' code points), so many at a time.

        Keys that are added meanwhile come too, unless they lie before what was given already.
        """
        last: str | None = None
        while page := self._after(last, size):
            last = page[-1]
            yield page

    def _after(self, last: str | None, size: int) -> tuple[str, ...]:
        if self._file is None:
            left = sorted(key for key in self._few if last is None or key > last)
            return tuple(left[:size])
        with _as_unavailable():
            if last is None:
                rows = self._file.execute(_FIRST_PAGE, (size,))
            else:
                rows = self._file.execute(_NEXT_PAGE, (_bytes(last), size))
            return tuple(_text(key) for (key,) in rows)

    def _move_to_file(self) -> None:
        with _as_unavailable():
            made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            weakref.finalize(self, made.close)
            made.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            made.execute("PRAGMA journal_mode = OFF")
            made.execute(_CREATE)
        self._write(made, list(self._few.items()))
        self._file, self._few = made, {}

    @staticmethod
    def _write(file: sqlite3.Connection, items: Iterable[tuple[str, str]]) -> None:
        with _as_unavailable():
            file.execute("BEGIN")
            file.executemany(_PUT, ((_bytes(key), _bytes(text)) for key, text in items))
            file.execute("COMMIT")


class Items(Collection[T]):
    """Models in the order in which they came; to be read as often as one likes."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._few: list[T] = []
        self._texts: Spool | None = None
        self._form: TypeAdapter[T] | None = None
        self.extend(items)

    def __len__(self) -> int:
        return len(self._few) if self._texts is None else len(self._texts)

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self)

    def __iter__(self) -> Iterator[T]:
        if self._texts is None or self._form is None:
            yield from self._few
            return
        for keys in self._texts.pages():
            texts = self._texts.texts(keys)
            yield from (self._form.validate_json(texts[key]) for key in keys)

    def collected(self) -> Collection[T]:
        """What was kept; a tuple, where it is little."""
        return tuple(self._few) if self._texts is None else self

    def extend(self, items: Iterable[T]) -> None:
        """Keep these items, after the others."""
        for part in in_parts(items):
            if self._texts is not None and self._form is not None:
                self._write(self._texts, self._form, part)
                continue
            self._few += part
            if len(self._few) > IN_MEMORY_MAX:
                self._form, self._texts = TypeAdapter(type(self._few[0])), Spool()
                self._write(self._texts, self._form, self._few)
                self._few = []

    @staticmethod
    def _write(texts: Spool, form: TypeAdapter[T], items: list[T]) -> None:
        start = len(texts)
        texts.put(
            (f"{start + n:012}", form.dump_json(item).decode()) for n, item in enumerate(items)
        )


def repeated(parts: Iterable[Iterable[str]]) -> Spool:
    """The keys that come more than once; each part is of a size that memory can hold."""
    seen, found = Spool(), Spool()
    for part in parts:
        counts = Counter(part)
        found.add(key for key, count in counts.items() if count > 1)
        found.add(seen.texts(counts))
        seen.add(counts)
    return found


def in_parts(items: Iterable[T], size: int = PAGE_SIZE) -> Iterator[list[T]]:
    """All items, at most so many at a time."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part


def _bytes(text: str) -> bytes:
    """Any text as others send it, half characters and all; its order is that of the text."""
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SystemUnavailable(
            f"a temporary file of the step cannot be used: {error}",
            system="disk",
            remedy="make room in the folder for temporary files (TMPDIR, else /var/tmp or /tmp)",
        ) from error
