"""How commands speak: tables for people on standard output, or one JSON value and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress and errors go to standard error, so that ``--json`` stays pure."""


def print_json(value: Any) -> None:
    """The value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; numbers are set to the right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for position, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[position], int) for row in rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(plain(value) for value in row))
    console.print(table)


def plain(value: Any) -> str:
    """Text in which square brackets are not read as markup; None is empty."""
    return "" if value is None else str(value).replace("[", "\\[")
