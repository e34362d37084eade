"""The marker that tells a sandbox's database from a real one, and what only the sandbox knows."""

from __future__ import annotations

from sqlalchemy import Column, Engine, MetaData, String, Table, insert, inspect, select

from portal_pipeline.sandbox.sage.company.engine import WRITES
from portal_pipeline.sandbox.sage.company.entries import SageRefused

MARKER_METADATA = MetaData()

MARKER = Table(
    "PORTAL_PIPELINE_SANDBOX",
    MARKER_METADATA,
    Column("NAME", String(60), primary_key=True),
    Column("VALUE", String(200), nullable=False),
)
"""Name and value: whose database it is, counters, and what Sage keeps in tables whose columns we
do not know (closed periods, exchange rates, required optional fields)."""


def claim(engine: Engine, metadata: MetaData, owner: str) -> bool:
    """Make a database ours: True when it was new, False when this owner had it already.

    Creates the marker and every missing table of ``metadata``. Running it again is harmless.

    Raises:
        SageRefused: ``not_a_sandbox`` when it has such tables but no marker, or the marker of
            another owner. Nothing is changed then.
    """
    inspector = inspect(engine)
    is_marked = inspector.has_table(MARKER.name)
    if not is_marked:
        present = [
            table.name for table in metadata.sorted_tables if inspector.has_table(table.name)
        ]
        if present:
            raise SageRefused(
                "not_a_sandbox",
                f"the database has the table {present[0]} but not {MARKER.name}: it may be a real"
                " one; give the sandbox an empty database",
            )
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        MARKER_METADATA.create_all(connection)
        found = connection.execute(select(MARKER.c.VALUE).where(MARKER.c.NAME == "owner")).scalar()
        if found is not None and found != owner:
            raise SageRefused(
                "not_a_sandbox", f"the database is the sandbox's of {found}, not of {owner}"
            )
        if found is None:
            metadata.create_all(connection)
            connection.execute(insert(MARKER), {"NAME": "owner", "VALUE": owner})
    return found is None
