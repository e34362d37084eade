"""The Sage tables that we use, as SQLAlchemy tables, from the column lists in ``schema.txt``.

``schema.txt`` holds every column in physical order (Sage tables sheet 5). Its grammar::

    TABLE = PK(KEY, ...) [n columns] :
      COLUMN type; ...
      IX KEY_n [U] (COLUMN, ...)

Types: ``Cn`` CHAR(n), ``Dp.s`` DECIMAL(p,s), ``S`` SMALLINT, ``I`` INT, ``L`` BIGINT, ``X(n)``
BINARY(n). ``AUDT*`` is the four audit columns, ``NAME{1..5}`` five columns. ``PORCPL`` is a subset
of the real columns, confirmed by a public Entity Framework scaffold (sheet 0, mark E); the others
are complete for the release of the sheet. Never select a column that a query does not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import (
    BINARY,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    text,
)
from sqlalchemy.types import TypeEngine

from portal_pipeline.sage.types import ExactNumber, SageDate, SageText, WholeNumber

AUDIT_COLUMNS = {"AUDTDATE": "D9.0", "AUDTTIME": "D9.0", "AUDTUSER": "C8", "AUDTORG": "C6"}

_WIDER = {"IDRMIT": "C18", "LONGSERIAL": "L", "CNTDEPSSEQ": "L"}
"""Columns that newer releases have wider than the lists; the wider is safe for both (sheet 5)."""

_DATES = """
    AUDTDATE BILLDATE CREATEDATE DATE DATEACTV DATEACTVPP DATEASOF DATEBALHI DATEBALHIL DATEBATCH
    DATEBTCH DATEBUS DATECLRD DATEDISC DATEDUE DATEFRSTBK DATEINAC DATEINACTV DATEINVC DATEINVCDU
    DATEINVCHI DATEINVHIL DATELASTAC DATELASTCR DATELASTDI DATELASTDR DATELASTIV DATELASTMN
    DATELASTPA DATELSTACT DATELSTADJ DATELSTEDT DATELSTRVL DATELSTSTM DATEPAID DATEPRCS DATEPYSTTS
    DATERATE DATERATEHC DATERATETC DATERMIT DATERVRSD DATESTART DTCOMPLETE DTELSTEDIT DTLASTRVAL
    DTPYMTASOF EXPARRIVAL INACTDATE INVDATE LASTMAINT LSTMNTND LSTPOSTDAT ORATEDATE ORDEREDON
    POSTDATE RATEDATE RATEDATERC RCPDATE RECDATE RECLSMDATE RECLSTDATE RECSTMTDAT RETDATE RTGDATEDUE
"""

DATE_COLUMNS = frozenset(_DATES.split())
"""``D9.0`` columns that hold a date; the other ``D9.0`` are counters."""


class IndexSpec(NamedTuple):
    """An index of a table: its Sage name (``KEY_1``), whether it is unique, its columns."""

    name: str
    is_unique: bool
    columns: tuple[str, ...]


class TableSpec(NamedTuple):
    """One table as the lists give it: columns in order with their type codes."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    indexes: tuple[IndexSpec, ...]


_HEAD = re.compile(r"^(\w+) = PK\(([^)]*)\) \[(\d+) columns] :$")
_INDEX = re.compile(r"^IX (\w+)( U)? \(([^)]*)\)$")
_REPEAT = re.compile(r"^(\w*)\{(\d+)\.\.(\d+)}(\w*)$")


def _expanded(name: str, code: str) -> Iterator[tuple[str, str]]:
    """The columns that one entry of a list stands for."""
    repeat = _REPEAT.match(name)
    if repeat is None:
        yield name, _WIDER.get(name, code)
        return
    before, first, last, after = repeat.groups()
    for number in range(int(first), int(last) + 1):
        yield f"{before}{number}{after}", code


def _columns(entries: str) -> dict[str, str]:
    """Columns in order with their type codes."""
    columns: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in entries.split(";"))):
        if entry == "AUDT*":
            columns.update(AUDIT_COLUMNS)
            continue
        name, code = entry.split()
        columns.update(_expanded(name, code))
    return columns


def parse_schema(source: str) -> Iterator[TableSpec]:
    """The tables of a text in the grammar above.

    Raises:
        ValueError: when a block does not follow it, or counts its columns wrong.
    """
    for block in filter(None, (part.strip() for part in source.split("\n\n"))):
        lines = [line.strip() for line in block.splitlines()]
        head = _HEAD.match(lines[0])
        if head is None:
            raise ValueError(f"not a table head: {lines[0]!r}")
        name, key, count = head.group(1), head.group(2), int(head.group(3))
        found = [_INDEX.match(line) for line in lines[1:] if line.startswith("IX ")]
        columns = _columns(" ".join(line for line in lines[1:] if not line.startswith("IX ")))
        if len(columns) != count or None in found:
            raise ValueError(f"{name}: {len(columns)} columns, {count} announced, or a bad index")
        indexes = tuple(
            IndexSpec(index.group(1), index.group(2) is not None, _names(index.group(3)))
            for index in found
            if index is not None
        )
        yield TableSpec(name, _names(key), MappingProxyType(columns), indexes)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(","))


def _type_of(name: str, code: str) -> TypeEngine[Any]:
    """The column type of a type code."""
    simple: dict[str, TypeEngine[Any]] = {
        "S": SmallInteger(),
        "I": Integer(),
        "L": BigInteger(),
    }
    if code in simple:
        return simple[code]
    if code.startswith("C"):
        return SageText(int(code[1:]))
    if code.startswith("X"):
        size = int(code[2:-1])
        return LargeBinary(size).with_variant(BINARY(size), "mssql")
    precision, scale = (int(part) for part in code[1:].split("."))
    if scale:
        return ExactNumber(precision, scale)
    return SageDate() if name in DATE_COLUMNS else WholeNumber(precision)


def _default_of(column_type: TypeEngine[Any]) -> Any:
    """What "empty" is in a column: blank or zero; a binary column has no default."""
    if isinstance(column_type, LargeBinary):
        return None
    if isinstance(column_type, SageText):
        return ""
    if isinstance(column_type, ExactNumber):
        return format(column_type.rounded(Decimal(0)), "f")
    return text("0")


@lru_cache(maxsize=1)
def table_specs() -> Mapping[str, TableSpec]:
    """Every table that we know, by name."""
    source = files("portal_pipeline.sage").joinpath("schema.txt").read_text(encoding="utf-8")
    return MappingProxyType({spec.name: spec for spec in parse_schema(source)})


@lru_cache(maxsize=8)
def sage_metadata(schema: str | None = None, *, empty_defaults: bool = False) -> MetaData:
    """All Sage tables; every column NOT NULL.

    Args:
        schema: of the tables, such as ``dbo``; None: the connection's own.
        empty_defaults: give every column the default blank or 0, as a sandbox needs it to be
            created; real Sage has no defaults (sheet 1).
    """
    metadata = MetaData(schema=schema)
    for spec in table_specs().values():
        _declare(spec, metadata, empty_defaults=empty_defaults)
    return metadata


def _declare(spec: TableSpec, metadata: MetaData, *, empty_defaults: bool) -> None:
    """Add one table to the metadata."""
    columns: list[Column[Any]] = []
    for name, code in spec.columns.items():
        column_type = _type_of(name, code)
        default = _default_of(column_type) if empty_defaults else None
        columns.append(
            Column(name, column_type, nullable=False, autoincrement=False, server_default=default)
        )
    table = Table(
        spec.name, metadata, *columns, PrimaryKeyConstraint(*spec.key, name=f"{spec.name}_KEY_0")
    )
    for index in spec.indexes:
        Index(
            f"{spec.name}_{index.name}",
            *(table.c[name] for name in index.columns),
            unique=index.is_unique,
        )


def sage_table(name: str, schema: str | None = None) -> Table:
    """One Sage table by its name, such as ``POPORH1``.

    Raises:
        KeyError: for a table that is not in the lists.
    """
    return sage_metadata(schema).tables[f"{schema}.{name}" if schema else name]
