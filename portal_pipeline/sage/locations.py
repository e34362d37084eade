"""Addresses of warehouses. Source: Sage tables sheet 2 (ICLOC)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from portal_pipeline.core.purchase_orders.models import SageLocation
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import prepared

KEYS_PER_STATEMENT_MAX = 400

location = sage_table("ICLOC")


@prepared
def select_locations(codes: Sequence[str]) -> Select[Any]:
    """Addresses of locations.

    Purpose: where goods are to go. Grain: one row per location. Tables: ICLOC.
    """
    return select(
        location.c.LOCATION,
        location.c.ADDRESS1,
        location.c.ADDRESS2,
        location.c.CITY,
        location.c.STATE,
        location.c.COUNTRY,
        location.c.ZIP,
    ).where(location.c.LOCATION.in_(codes))


def read_locations(db: SageDatabase, codes: Iterable[str]) -> dict[str, SageLocation]:
    """Locations by code; an unknown code is missing from the answer."""
    wanted = sorted({code for code in codes if code})
    found: dict[str, SageLocation] = {}
    with db.company() as connection:
        for start in range(0, len(wanted), KEYS_PER_STATEMENT_MAX):
            part = wanted[start : start + KEYS_PER_STATEMENT_MAX]
            for row in connection.execute(*select_locations(part)):
                found[row.LOCATION] = SageLocation(
                    code=row.LOCATION,
                    street=row.ADDRESS1.strip(),
                    municipality=row.ADDRESS2.strip(),
                    city=row.CITY.strip(),
                    state=row.STATE.strip(),
                    country=row.COUNTRY.strip(),
                    zip_code=row.ZIP.strip(),
                )
    return found
