"""Statements as SQL Server would get them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import mssql
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

DIALECT = mssql.dialect(paramstyle="qmark")


def sent(statement: Executable, values: Mapping[str, Any] | None = None) -> ExpandedState:
    """Text and parameters of a statement, its lists written out."""
    columns = list(values) if values and getattr(statement, "is_insert", False) else None
    compiled = statement.compile(dialect=DIALECT, column_keys=columns)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    return compiled.construct_expanded_state(values)
