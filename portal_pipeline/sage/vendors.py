"""Vendors, with the optional fields that we use.

Source: Sage tables sheet 2 (APVEN, APVENO, CSOPTFD).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.types import stamp_of
from portal_pipeline.statements import prepared

KEYS_PER_STATEMENT_MAX = 400
ACTIVE = 1

apven, apveno, csoptfd = sage_table("APVEN"), sage_table("APVENO"), sage_table("CSOPTFD")


@prepared
def select_vendors(vendor_ids: Sequence[str]) -> Select[Any]:
    """The columns of a vendor.

    Purpose: vendors to match, compare and pay. Grain: one row per vendor. Tables: APVEN.
    """
    return select(
        apven.c.VENDORID,
        apven.c.VENDNAME,
        apven.c.IDGRP,
        apven.c.SWACTV,
        apven.c.CURNCODE,
        apven.c.TERMSCODE,
        apven.c.CODETAXGRP,
        apven.c.TEXTSTRE1,
        apven.c.NAMECITY,
        apven.c.CODESTTE,
        apven.c.CODEPSTL,
        apven.c.CODECTRY,
        apven.c.NAMECTAC,
        apven.c.EMAIL2,
        apven.c.TEXTPHON1,
        apven.c.DISTCODE,
        apven.c.GLACCNT,
        apven.c.IDACCTSET,
        apven.c.AUDTDATE,
        apven.c.AUDTTIME,
    ).where(apven.c.VENDORID.in_(vendor_ids))


@prepared
def select_vendor_fields(vendor_ids: Sequence[str], fields: Sequence[str]) -> Select[Any]:
    """Optional fields of vendors, with the description of a listed value.

    Purpose: RFC, portal id and payment form. Grain: one row per vendor and field.
    Tables: APVENO, CSOPTFD.
    """
    return (
        select(apveno.c.VENDORID, apveno.c.OPTFIELD, apveno.c.VALUE, csoptfd.c.VDESC)
        .select_from(
            apveno.outerjoin(
                csoptfd,
                and_(csoptfd.c.OPTFIELD == apveno.c.OPTFIELD, csoptfd.c.VALUE == apveno.c.VALUE),
            )
        )
        .where(
            apveno.c.VENDORID.in_(vendor_ids),
            apveno.c.OPTFIELD.in_(fields),
        )
    )


@prepared
def select_vendor_ids_by_field(field: str, values: Sequence[str]) -> Select[Any]:
    """Vendors whose optional field has one of the values.

    Purpose: vendors of a portal provider. Grain: one row per vendor. Tables: APVENO.
    """
    return select(apveno.c.VENDORID).where(apveno.c.OPTFIELD == field, apveno.c.VALUE.in_(values))


@prepared
def select_changed_vendor_ids(since: date, fields: Sequence[str]) -> Select[Any]:
    """Vendors stamped on or after a day, themselves or in an optional field of ours.

    Purpose: what changed since the last reading. Grain: one row per vendor. Tables: APVEN, APVENO.
    """
    stamped = select(apven.c.VENDORID).where(apven.c.AUDTDATE >= since)
    in_field = select(apveno.c.VENDORID).where(
        apveno.c.AUDTDATE >= since, apveno.c.OPTFIELD.in_(fields)
    )
    return (
        select(apven.c.VENDORID)
        .where(or_(apven.c.VENDORID.in_(stamped), apven.c.VENDORID.in_(in_field)))
        .order_by(apven.c.VENDORID)
    )


def read_vendors(
    db: SageDatabase, vendor_ids: Iterable[str], fields: OptionalFields
) -> dict[str, SageVendor]:
    """Vendors by number; an unknown number is missing from the answer."""
    found: dict[str, SageVendor] = {}
    with db.company() as connection:
        for part in _parts(sorted(set(vendor_ids))):
            found |= _vendors(connection, part, fields)
    return found


def read_vendors_by_provider_id(
    db: SageDatabase, provider_ids: Iterable[str], fields: OptionalFields
) -> dict[str, tuple[SageVendor, ...]]:
    """Vendors by the portal id in their optional field (lower case), in order of number."""
    wanted = sorted({one.lower() for one in provider_ids})
    numbers: set[str] = set()
    with db.company() as connection:
        for part in _parts(wanted):
            values = [*part, *(one.upper() for one in part)]
            query = select_vendor_ids_by_field(fields.provider_id, values)
            numbers |= set(connection.execute(*query).scalars())
    grouped: dict[str, list[SageVendor]] = defaultdict(list)
    vendors = read_vendors(db, numbers, fields)
    for number in sorted(vendors):
        grouped[vendors[number].provider_id].append(vendors[number])
    return {one: tuple(grouped[one]) for one in wanted if one in grouped}


def read_changed_vendors(
    db: SageDatabase, since: date, fields: OptionalFields
) -> dict[str, SageVendor]:
    """Vendors stamped on or after a day."""
    with db.company() as connection:
        query = select_changed_vendor_ids(since, _names(fields))
        numbers = list(connection.execute(*query).scalars())
    return read_vendors(db, numbers, fields)


def _vendors(
    connection: Connection, numbers: Sequence[str], fields: OptionalFields
) -> dict[str, SageVendor]:
    texts: dict[tuple[str, str], tuple[str, str]] = {}
    for row in connection.execute(*select_vendor_fields(numbers, _names(fields))):
        texts[row.VENDORID, row.OPTFIELD] = (row.VALUE, row.VDESC or "")
    rows = connection.execute(*select_vendors(numbers))
    return {row.VENDORID: _vendor(row, texts, fields) for row in rows}


def _names(fields: OptionalFields) -> list[str]:
    return [fields.vendor_rfc, fields.provider_id, fields.payment_form]


def _vendor(
    row: Row[Any], texts: dict[tuple[str, str], tuple[str, str]], fields: OptionalFields
) -> SageVendor:
    def text(field: str) -> tuple[str, str]:
        return texts.get((row.VENDORID, field), ("", ""))

    return SageVendor(
        vendor_id=row.VENDORID,
        name=row.VENDNAME,
        group=row.IDGRP,
        is_active=row.SWACTV == ACTIVE,
        currency=row.CURNCODE,
        rfc=text(fields.vendor_rfc)[0].strip().upper(),
        provider_id=text(fields.provider_id)[0].strip().lower(),
        payment_form=text(fields.payment_form)[1],
        terms=row.TERMSCODE,
        tax_group=row.CODETAXGRP,
        address=row.TEXTSTRE1,
        city=row.NAMECITY,
        state=row.CODESTTE,
        zip_code=row.CODEPSTL,
        country=row.CODECTRY,
        contact=row.NAMECTAC,
        email=row.EMAIL2,
        phone=row.TEXTPHON1,
        distribution_code=row.DISTCODE,
        gl_account=row.GLACCNT,
        account_set=row.IDACCTSET,
        stamped_at=stamp_of(row.AUDTDATE, row.AUDTTIME),
    )


def _parts(keys: Sequence[str]) -> list[Sequence[str]]:
    return [
        keys[i : i + KEYS_PER_STATEMENT_MAX] for i in range(0, len(keys), KEYS_PER_STATEMENT_MAX)
    ]
