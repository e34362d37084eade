"""A quiet cycle over a ledger of 500 and of 50,000 finished documents, and their ratio.

``python -m portal_pipeline_tests.benchmarks.ledger_scale [--small 500] [--large 50000] [--json]``

A few documents live their whole life; the ledger's rows about them are then copied, dated back,
until there are so many. What is measured are cycles with nothing new, after the day's full sweep:
processor time, and statements to Sage and to the ledger. Sage and the portal stay small, so that
the figures are ours and not the simulators'.
"""

from __future__ import annotations

import argparse
import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from portal_pipeline_tests.benchmarks.company import Trickle, served_company
from portal_pipeline_tests.benchmarks.figures import Statements, cpu_s, ledger_figures, show

LIVES = 12
"""Cycles of the documents that are copied."""
QUIET = 7
COPIED = ("invoice", "payment", "payment_complement", "purchase_order")
BACK = "-90 days"

_SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies) "
_NAMED = {
    "document": ("key", "portal_id", "sage_id"),
    "operation": ("key", "remote_id"),
    "link": ("key", "target_key"),
    "event": ("key",),
}
_DATED = {
    "document": ("first_seen_at", "updated_at"),
    "operation": ("updated_at",),
    "link": ("at",),
    "event": ("at",),
}


@dataclass(frozen=True)
class Quiet:
    """One size."""

    documents: int
    cpu_s: float
    sage_reads: int
    ledger_statements: int
    ledger_bytes: int


def filled(connection: Connection, documents: int) -> None:
    """Copies the ledger's rows of some documents, under other names, until there are enough."""
    chosen = {
        kind: connection.execute(
            text("SELECT min(key) FROM document WHERE kind = :kind"), {"kind": kind}
        ).scalar_one()
        for kind in COPIED
    }
    for table, named in _NAMED.items():
        columns = [row[1] for row in connection.execute(text(f"PRAGMA table_info({table})"))]
        columns = [name for name in columns if (table, name) != ("event", "id")]
        made = ", ".join(_copied(name, named, _DATED[table]) for name in columns)
        for kind, key in chosen.items():
            connection.execute(
                text(
                    f"{_SERIES} INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - own names
                    f"SELECT {made} FROM n, {table} WHERE kind = :kind AND key = :key"
                ),
                {"copies": documents // len(COPIED), "kind": kind, "key": key},
            )


def _copied(name: str, named: tuple[str, ...], dated: tuple[str, ...]) -> str:
    if name in named:
        return f"{name} || '-' || n.i"
    if name == "details":  # a copied complement names the copied payment
        portal_id = "json_extract(details, '$.payment_ids')"
        named_copy = f"json_set(details, '$.payment_ids', {portal_id} || '-' || n.i)"
        return f"CASE WHEN {portal_id} > '' THEN {named_copy} ELSE details END"
    if name in dated:
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', {name}, '{BACK}')"
    return name


def quiet(documents: int) -> Quiet:
    """The median of some quiet cycles."""
    with served_company() as company:
        trickle = Trickle(company)
        for cycle in range(LIVES):
            trickle.before(cycle)
            company.cycle()
        for _ in range(4):
            company.cycle()
        with company.installation.ledger.writing(company.town.key) as connection:
            filled(connection, documents)
        company.cycle()
        counts = Statements(company.installation.ledger)
        cpu = []
        for _ in range(QUIET):
            gc.collect()
            before = cpu_s()
            company.cycle(counts.look)
            cpu.append(cpu_s() - before)
        ledger = ledger_figures(company.installation.ledger._engine, company.ledger_file)
    return Quiet(
        documents=ledger["document_rows"],
        cpu_s=round(statistics.median(cpu), 4),
        sage_reads=counts.sage_reads(),
        ledger_statements=counts.ledger // QUIET,
        ledger_bytes=ledger["bytes"],
    )


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=500)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    small, large = quiet(given.small), quiet(given.large)
    figures = {
        f"{name}_{size.documents}": getattr(size, name)
        for size in (small, large)
        for name in ("cpu_s", "sage_reads", "ledger_statements", "ledger_bytes")
    }
    figures["cpu_ratio"] = round(large.cpu_s / small.cpu_s, 2)
    figures["ledger_bytes_per_document"] = round(
        (large.ledger_bytes - small.ledger_bytes) / (large.documents - small.documents)
    )
    show(figures, write, as_json=given.json)


if __name__ == "__main__":
    main()
