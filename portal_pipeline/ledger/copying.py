"""A copy of what the ledger knows of one tenant, for planning without touching it."""

from __future__ import annotations

from sqlalchemy import insert, select

from portal_pipeline.ledger.schema import document, link, listing, operation
from portal_pipeline.ledger.store import Ledger

TABLES = (document, operation, link, listing)
"""What decisions follow from; history, leases and reports stay behind."""
ROWS_PER_FETCH = 1_000


def copy_tenant(source: Ledger, tenant: str, target: Ledger) -> None:
    """Copy what decisions about a tenant follow from, as it is at one moment.

    The source is only read; its writers are not kept waiting.

    Raises:
        LedgerError: one of them cannot be used.
    """
    with source.reading() as read, target.writing() as write:
        for table in TABLES:
            rows = read.execute(
                select(table).where(table.c.tenant == tenant),
                execution_options={"yield_per": ROWS_PER_FETCH},
            ).mappings()
            for part in rows.partitions():
                write.execute(insert(table), [dict(row) for row in part])
