"""How the benchmarks print what they measured, and what they measure a process by."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import psutil
from sqlalchemy import Engine, event, func, select

from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import metadata
from portal_pipeline.wiring import TenantSession

MEBIBYTE = 1 << 20


def show(
    figures: Mapping[str, object], write: Callable[[str], object], *, as_json: bool = False
) -> None:
    """One line per figure, or all of them as JSON."""
    if as_json:
        write(json.dumps(figures))
        return
    for name, value in figures.items():
        write(f"{name:32} {value}")


def rss_mb() -> float:
    """Resident memory of this process, in MiB."""
    return float(psutil.Process().memory_info().rss) / MEBIBYTE


def cpu_s() -> float:
    """Processor time of this process so far, all threads, in seconds."""
    return time.process_time()


class Statements:
    """Statements of the cycles that it looks at."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = 0
        self._session: TenantSession | None = None
        event.listen(ledger._engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.ledger += 1

    def look(self, session: TenantSession) -> None:
        """Give it to ``ServedCompany.cycle``."""
        self._session = session

    def sage_reads(self) -> int:
        """Of the last cycle."""
        return self._session.workspace.sage.reads if self._session else 0


def ledger_figures(engine: Engine, file: Path) -> dict[str, int]:
    """Rows of each table, and bytes of the file once nothing is left in its log."""
    with engine.connect() as connection:
        rows = {
            f"{table.name}_rows": int(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
            )
            for table in metadata.sorted_tables
        }
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {**rows, "bytes": file.stat().st_size}


def folder_bytes(folder: Path) -> int:
    """Bytes of every file below a folder."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
