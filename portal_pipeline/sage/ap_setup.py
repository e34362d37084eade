"""What an invoice meets in Sage besides documents: receipts, set-up, posting errors.

Source: Sage tables sheet 2 (PORCPH1, TXGRP, TXRATE, GLAMF, APRDC, CSOPTFH, APPTER).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select

from portal_pipeline.core.invoices.lines import Place
from portal_pipeline.core.invoices.models import SageTaxGroup, UninvoicedReceipt
from portal_pipeline.sage.ap_documents import parts
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import prepared

porcph1 = sage_table("PORCPH1")
txgrp, txrate = sage_table("TXGRP"), sage_table("TXRATE")
appter = sage_table("APPTER")
glamf, aprdc, csoptfh = sage_table("GLAMF"), sage_table("APRDC"), sage_table("CSOPTFH")

PURCHASES = 2
"""TTYPE of purchase tax groups and rates."""
VENDOR_CLASS = 1
"""BUYERCLASS: the vendor's class of an authority; the usual one."""
ITEM_CLASSES = range(1, 11)
AUTHORITIES = range(1, 6)


@prepared
def select_uninvoiced_receipts(vendor_ids: Sequence[str]) -> Select[Any]:
    """Receipts of vendors that are not invoiced. Grain: one row per receipt. Table: PORCPH1."""
    return select(
        porcph1.c.VDCODE.label("vendor"),
        porcph1.c.RCPNUMBER.label("number"),
        porcph1.c.PONUMBER.label("po_number"),
        porcph1.c.CURRENCY.label("currency"),
        porcph1.c.DOCTOTAL.label("total"),
        porcph1.c.DATE.label("dated"),
    ).where(porcph1.c.VDCODE.in_(vendor_ids), porcph1.c.ISINVOICED == 0, porcph1.c.ISCOMPLETE == 0)


@prepared
def select_tax_groups(names: Sequence[str]) -> Select[Any]:
    """Purchase tax groups. Grain: one row per group. Table: TXGRP."""
    columns = [txgrp.c[f"AUTHORITY{n}"] for n in AUTHORITIES]
    return select(txgrp.c.GROUPID, *columns).where(
        txgrp.c.GROUPID.in_(names), txgrp.c.TTYPE == PURCHASES
    )


@prepared
def select_tax_rates(authorities: Sequence[str]) -> Select[Any]:
    """Percentages by item class. Grain: one row per authority. Table: TXRATE."""
    columns = [txrate.c[f"ITEMRATE{n}"] for n in ITEM_CLASSES]
    return select(txrate.c.AUTHORITY, *columns).where(
        txrate.c.AUTHORITY.in_(authorities),
        txrate.c.TTYPE == PURCHASES,
        txrate.c.BUYERCLASS == VENDOR_CLASS,
    )


@prepared
def select_posting_errors(batches: Sequence[int]) -> Select[Any]:
    """Texts of posting errors by posted batch and entry. Grain: one row per message. Table: APPTER.

    ``CODEBATCH`` is not searched: its value for invoice batches is not known.
    """
    return (
        select(
            appter.c.CNTERRBTCH.label("error_batch"),
            appter.c.CNTERRITEM.label("error_entry"),
            appter.c.ERRDESC.label("text"),
        )
        .where(appter.c.CNTERRBTCH.in_(batches))
        .order_by(appter.c.POSTINGSEQ, appter.c.CNTERROR, appter.c.CNTSEQ)
    )


def read_uninvoiced_receipts(
    db: SageDatabase, vendor_ids: Sequence[str]
) -> dict[str, tuple[UninvoicedReceipt, ...]]:
    """By vendor, the receipts that no invoice has been captured for."""
    found: dict[str, list[UninvoicedReceipt]] = {}
    with db.company() as connection:
        for part in parts(sorted(set(vendor_ids))):
            for row in connection.execute(*select_uninvoiced_receipts(part)):
                receipt = UninvoicedReceipt(
                    vendor_id=row.vendor,
                    number=row.number,
                    po_number=row.po_number,
                    currency=row.currency,
                    total=row.total,
                    received_on=row.dated,
                )
                found.setdefault(receipt.vendor_id, []).append(receipt)
    return {vendor: tuple(receipts) for vendor, receipts in found.items()}


def read_tax_groups(db: SageDatabase, names: Sequence[str]) -> dict[str, SageTaxGroup]:
    """By name, the purchase tax groups with their rates; unknown names are absent."""
    with db.company() as connection:
        groups = {
            row.GROUPID: tuple(name for name in row[1:] if name)
            for part in parts(sorted(set(names)))
            for row in connection.execute(*select_tax_groups(part))
        }
        authorities = sorted({name for members in groups.values() for name in members})
        rates: dict[str, dict[int, Decimal]] = {
            row.AUTHORITY: dict(zip(ITEM_CLASSES, row[1:], strict=True))
            for part in parts(authorities)
            for row in connection.execute(*select_tax_rates(part))
        }
    return {
        group: SageTaxGroup(
            name=group,
            authorities=members,
            rates=tuple(rates.get(member, {}) for member in members),
        )
        for group, members in groups.items()
    }


@prepared
def select_active_accounts(accounts: Sequence[str]) -> Select[Any]:
    """Active G/L accounts. Grain: one row per account. Table: GLAMF."""
    return select(glamf.c.ACCTID).where(glamf.c.ACCTID.in_(accounts), glamf.c.ACTIVESW == 1)


@prepared
def select_active_codes(codes: Sequence[str]) -> Select[Any]:
    """Active distribution codes. Grain: one row per code. Table: APRDC."""
    return select(aprdc.c.DISTID, aprdc.c.IDGLACCT).where(
        aprdc.c.DISTID.in_(codes), aprdc.c.SWACTV == 1
    )


@prepared
def select_field_length(field: str) -> Select[Any]:
    """Length of an optional field. Grain: one row. Table: CSOPTFH."""
    return select(csoptfh.c.LENGTH).where(csoptfh.c.OPTFIELD == field)


def read_usable_places(db: SageDatabase, places: Collection[Place]) -> frozenset[Place]:
    """Those of the places that are active; of a distribution code its account, too."""
    codes: dict[str, str] = {}
    accounts = {place.account for place in places} - {""}
    with db.company() as connection:
        for part in parts(sorted({place.code for place in places} - {""})):
            codes |= {row[0]: row[1] for row in connection.execute(*select_active_codes(part))}
        wanted = sorted(accounts | set(codes.values()) - {""})
        active = {
            account
            for part in parts(wanted)
            for account in connection.execute(*select_active_accounts(part)).scalars()
        }
    return frozenset(
        place
        for place in places
        if (codes.get(place.code, "") if place.code else place.account) in active
    )


def read_field_length(db: SageDatabase, field: str) -> int | None:
    """Length of an optional field, or None when Common Services does not define it."""
    with db.company() as connection:
        length: int | None = connection.execute(*select_field_length(field)).scalar()
    return length


def read_posting_errors(db: SageDatabase, batches: Sequence[int]) -> dict[tuple[int, int], str]:
    """Sage's text by (error batch, error entry), for the given error batches."""
    found: dict[tuple[int, int], list[str]] = {}
    with db.company() as connection:
        for part in parts(sorted({batch for batch in batches if batch})):
            for row in connection.execute(*select_posting_errors(part)):
                found.setdefault((row.error_batch, row.error_entry), []).append(row.text)
    return {place: "; ".join(dict.fromkeys(texts)) for place, texts in found.items()}
