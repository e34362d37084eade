"""Vendors that share a supplier's RFC and are linked to no provider.

Only a hint for a person, never a match (rules 2). Source: Sage tables sheet 2 (APVENO).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select

from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.vendors import KEYS_PER_STATEMENT_MAX
from portal_pipeline.statements import prepared

apveno = sage_table("APVENO")


@prepared
def select_unlinked_by_rfc(rfcs: Sequence[str], rfc: str, provider_id: str) -> Select[Any]:
    """Vendors by RFC whose PROVIDERID is missing or blank.

    Purpose: hint before a vendor is created. Grain: one row per vendor. Tables: APVENO.
    ``rfc`` and ``provider_id`` name the optional fields.
    """
    link = apveno.alias("link")
    return (
        select(apveno.c.VENDORID, apveno.c.VALUE)
        .select_from(
            apveno.outerjoin(
                link,
                and_(link.c.VENDORID == apveno.c.VENDORID, link.c.OPTFIELD == provider_id),
            )
        )
        .where(
            apveno.c.OPTFIELD == rfc,
            apveno.c.VALUE.in_(rfcs),
            or_(link.c.VALUE.is_(None), link.c.VALUE == ""),
        )
        .order_by(apveno.c.VENDORID)
    )


def read_unlinked_by_rfc(
    db: SageDatabase, rfcs: Iterable[str], fields: OptionalFields
) -> dict[str, tuple[str, ...]]:
    """Vendor numbers by RFC (upper case), in order of number."""
    wanted = sorted({rfc.strip().upper() for rfc in rfcs} - {""})
    found: dict[str, list[str]] = defaultdict(list)
    with db.company() as connection:
        for start in range(0, len(wanted), KEYS_PER_STATEMENT_MAX):
            part = wanted[start : start + KEYS_PER_STATEMENT_MAX]
            query = select_unlinked_by_rfc(part, fields.vendor_rfc, fields.provider_id)
            for row in connection.execute(*query):
                found[row.VALUE.strip().upper()].append(row.VENDORID)
    return {rfc: tuple(numbers) for rfc, numbers in found.items()}
