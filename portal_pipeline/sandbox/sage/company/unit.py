"""One transaction in a Sage company: every row that it writes carries the audit stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.types import SageText, stamp_parts
from portal_pipeline.sandbox.sage.company.entries import OptionalValue, SageRefused
from portal_pipeline.sandbox.sage.company.marker import MARKER

Row = Mapping[str, Any]
USER = "ADMIN"


@lru_cache(maxsize=256)
def text_lengths(table: str) -> Mapping[str, int]:
    """Length of each text column of a table."""
    columns = sage_table(table).columns
    return {c.name: c.type.length for c in columns if isinstance(c.type, SageText)}


class Unit:
    """One transaction: typed rows in, typed rows out, counters that never repeat."""

    def __init__(self, connection: Connection, *, org_id: str, moment: datetime, today: date):
        self.connection = connection
        self.org_id = org_id
        self.today = today
        stamp_date, stamp_time = stamp_parts(moment)
        self._audit = {
            "AUDTDATE": stamp_date,
            "AUDTTIME": stamp_time,
            "AUDTUSER": USER,
            "AUDTORG": org_id,
        }

    # --- Sage's tables -----------------------------------------------------------------------

    def insert(self, table: str, *rows: Row) -> None:
        """Add rows, all with the same columns; what is not named is blank or 0.

        Raises:
            SageRefused: when a text is longer than its column.
        """
        if not rows:
            return
        lengths = text_lengths(table)
        for row in rows:
            for name, value in row.items():
                if isinstance(value, str) and len(value.rstrip(" ")) > lengths[name]:
                    raise SageRefused("text_too_long", f"{table}.{name}: {value!r}")
        self.connection.execute(_insert(table), [{**row, **self._audit} for row in rows])

    def update(self, table: str, key: Row, /, **values: Any) -> None:
        """Change rows named by (part of) their key, and stamp them."""
        changed = {**values, **self._audit}
        statement = _update(table, _forms(key), tuple(changed))
        self.connection.execute(
            statement, _values(key) | {f"new_{name}": value for name, value in changed.items()}
        )

    def delete(self, table: str, key: Row) -> None:
        """Take rows out."""
        self.connection.execute(_delete(table, _forms(key)), _values(key))

    def rows(self, table: str, key: Row, *columns: str) -> list[Row]:
        """Rows named by values of columns (a list means any of), in the order of the key.

        Without columns: all of them.
        """
        found = self.connection.execute(_select(table, _forms(key), columns), _values(key))
        names = tuple(found.keys())  # once; a mapping of each row would look them up again
        return [dict(zip(names, row, strict=True)) for row in found]

    def row(self, table: str, key: Row, *columns: str) -> Row | None:
        """The first such row, or None."""
        return next(iter(self.rows(table, key, *columns)), None)

    def needed(self, table: str, key: Row, *columns: str) -> Row:
        """The row that must be there.

        Raises:
            SageRefused: ``<table>_unknown`` when it is not.
        """
        found = self.row(table, key, *columns)
        if found is None:
            raise SageRefused(f"{table.lower()}_unknown", f"{table} has no {dict(key)}")
        return found

    # --- optional fields ---------------------------------------------------------------------

    def optional_rows(self, key: Row, fields: Sequence[OptionalValue]) -> list[dict[str, Any]]:
        """Rows of an optional-field table (``<parent>O``) for these values.

        Raises:
            SageRefused: for an unknown field, a value too long, or one not in its list.
        """
        return [
            {**key, **self._definition(field), "VALUE": field.value, "SWSET": 1} for field in fields
        ]

    def set_optional(self, parent: str, table: str, key: Row, field: OptionalValue) -> None:
        """Set one optional field of a record, keeping the record's ``VALUES`` right.

        A value that was there already changes its own row alone: the record is not stamped.
        """
        new = self.optional_rows(key, [field])
        named = {**key, "OPTFIELD": field.name}
        if self.row(table, named, "OPTFIELD") is not None:
            self.update(table, named, VALUE=field.value, SWSET=1)
            return
        self.insert(table, *new)
        count = len(self.rows(table, key, "OPTFIELD"))
        self.update(parent, key, VALUES=count)

    def _definition(self, field: OptionalValue) -> dict[str, Any]:
        """The columns that an optional field takes from its definition (CSOPTFH)."""
        columns = ("TYPE", "LENGTH", "DECIMALS", "ALLOWNULL", "VALIDATE")
        found = self.row("CSOPTFH", {"OPTFIELD": field.name}, *columns)
        if found is None:
            raise SageRefused("optional_field_unknown", field.name)
        if len(field.value.strip()) > found["LENGTH"]:
            raise SageRefused("optional_field_too_long", f"{field.name}: {field.value!r}")
        listed = {"OPTFIELD": field.name, "VALUE": field.value}
        if found["VALIDATE"] and self.row("CSOPTFD", listed, "VALUE") is None:
            raise SageRefused("optional_field_value", f"{field.name}: {field.value!r}")
        return {"OPTFIELD": field.name, **found}

    # --- the sandbox's own facts -------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A fact of the sandbox that Sage keeps in tables we do not know, or None."""
        named = MARKER.c.NAME
        query = select(MARKER.c.VALUE).where(named == name)
        return self.connection.execute(query).scalar_one_or_none()

    def facts(self, prefix: str) -> dict[str, str]:
        """Facts whose name begins so, by the rest of their name."""
        query = select(MARKER.c.NAME, MARKER.c.VALUE).where(MARKER.c.NAME.startswith(prefix))
        return {name.removeprefix(prefix): value for name, value in self.connection.execute(query)}

    def set_fact(self, name: str, value: str) -> None:
        """Remember a fact."""
        named = MARKER.c.NAME
        changed = self.connection.execute(update(MARKER).where(named == name).values(VALUE=value))
        if not changed.rowcount:
            self.connection.execute(insert(MARKER), {"NAME": name, "VALUE": value})

    def take(self, counter: str, count: int = 1) -> int:
        """The first of ``count`` new numbers of a series that begins with 1."""
        name = f"counter:{counter}"
        first = int(self.fact(name) or "0") + 1
        self.set_fact(name, str(first + count - 1))
        return first


# Statements by their form, built once: a world's people touch thousands of rows.

Forms = tuple[tuple[str, bool | None], ...]
"""Each column of a key with what it is compared with: a value, a list (any of it), or nothing."""


def _forms(key: Row) -> Forms:
    return tuple(
        (name, None if value is None else isinstance(value, list)) for name, value in key.items()
    )


def _values(key: Row) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in key.items() if value is not None}


def _where(table: Table, forms: Forms) -> list[ColumnElement[bool]]:
    return [
        table.c[name].in_(bindparam(f"key_{name}", expanding=True))
        if form
        else table.c[name] == (None if form is None else bindparam(f"key_{name}"))
        for name, form in forms
    ]


@cache
def _select(table: str, forms: Forms, columns: tuple[str, ...]) -> Select[Any]:
    source = sage_table(table)
    chosen = [source.c[name] for name in columns] if columns else list(source.c)
    return select(*chosen).where(*_where(source, forms)).order_by(*source.primary_key)


@cache
def _insert(table: str) -> Insert:
    return insert(sage_table(table))


@cache
def _update(table: str, forms: Forms, columns: tuple[str, ...]) -> Update:
    target = sage_table(table)
    new = {name: bindparam(f"new_{name}", type_=target.c[name].type) for name in columns}
    return update(target).where(*_where(target, forms)).values(new)


@cache
def _delete(table: str, forms: Forms) -> Delete:
    target = sage_table(table)
    return delete(target).where(*_where(target, forms))
