"""Payments as Sage has posted them: entries of payment batches, what they apply, reversals.

Source: Sage tables sheet 2 (APBTA, APTCR, APTCRO, APTCP, APPYM, BKACCT) and 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.sage import (
    AppliedLine,
    BatchStatus,
    SageDocumentType,
    SagePayment,
)
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.ap_document_sources import DOCUMENT_TYPES
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.types import stamp_of
from portal_pipeline.statements import Query, prepared

apbta, aptcr, aptcro = sage_table("APBTA"), sage_table("APTCR"), sage_table("APTCRO")
aptcp, appym, bkacct = sage_table("APTCP"), sage_table("APPYM"), sage_table("BKACCT")
batch_day, entry_day, posting_day = apbta.c.AUDTDATE, aptcr.c.AUDTDATE, aptcr.c.DATEBUS
posted_day, reversal_day = appym.c.AUDTDATE, appym.c.DATERVRSD

PAYMENTS = "PY"
"""PAYMTYPE of payment batches; adjustments (AD) number theirs anew."""
POSTED_BATCH = 3
REVERSED = 2
"""APPYM.SWCHKCLRD."""
KEYS_PER_STATEMENT_MAX = 400


@dataclass(frozen=True, order=True)
class PaymentKey:
    """A payment entry, in the order in which payments go."""

    paid_on: date
    number: str
    batch: int
    entry: int


# -- statements ----------------------------------------------------------------------------------


def _posted_keys() -> Select[Any]:
    """Entries of posted payment batches that posting accepted.

    Purpose: candidates of payment_upload. Grain: one row per entry. Tables: APTCR, APBTA.
    """
    return (
        select(
            aptcr.c.DOCNBR.label("number"),
            aptcr.c.CNTBTCH.label("batch"),
            aptcr.c.CNTENTR.label("entry"),
            aptcr.c.DATERMIT.label("paid_on"),
        )
        .join_from(
            aptcr,
            apbta,
            and_(apbta.c.PAYMTYPE == aptcr.c.BTCHTYPE, apbta.c.CNTBTCH == aptcr.c.CNTBTCH),
        )
        .where(
            apbta.c.PAYMTYPE == PAYMENTS, apbta.c.BATCHSTAT == POSTED_BATCH, aptcr.c.ERRENTRY == 0
        )
    )


@prepared
def select_changed_keys(since: date) -> Select[Any]:
    """Posted entries whose own stamp, or that of their batch, is on or after a day (UTC)."""
    return _posted_keys().where(or_(batch_day >= since, entry_day >= since))


@prepared
def select_scope_keys(start: date | None) -> Select[Any]:
    """Posted entries in scope: posting date, or a stamp, on or after the start; all without one."""
    statement = _posted_keys()
    if start is None:
        return statement
    return statement.where(or_(posting_day >= start, batch_day >= start, entry_day >= start))


@prepared
def select_numbered_keys(numbers: Sequence[str]) -> Select[Any]:
    """Posted entries with these payment numbers (DOCNBR has no index: a scan of the payments)."""
    return _posted_keys().where(aptcr.c.DOCNBR.in_(numbers))


@prepared
def select_paying_keys(vendors: Sequence[str], documents: Sequence[str]) -> Select[Any]:
    """Posted entries that apply documents of these vendors with these numbers (more than asked).

    Grain: one row per applied line. Tables: APTCR, APBTA, APTCP.
    """
    return (
        _posted_keys()
        .join(
            aptcp,
            and_(
                aptcp.c.BATCHTYPE == aptcr.c.BTCHTYPE,
                aptcp.c.CNTBTCH == aptcr.c.CNTBTCH,
                aptcp.c.CNTRMIT == aptcr.c.CNTENTR,
            ),
        )
        .where(aptcp.c.IDVEND.in_(vendors), aptcp.c.IDINVC.in_(documents))
    )


@prepared
def select_headers(batches: Sequence[int]) -> Select[Any]:
    """Entries of payment batches with batch status and bank.

    Grain: one row per entry. Tables: APTCR, APBTA, BKACCT.
    """
    return (
        select(
            aptcr.c.CNTBTCH.label("batch"),
            aptcr.c.CNTENTR.label("entry"),
            aptcr.c.DOCNBR.label("number"),
            aptcr.c.RMITTYPE.label("remit_type"),
            aptcr.c.IDVEND.label("vendor"),
            aptcr.c.IDBANK.label("bank"),
            aptcr.c.CODECURNBC.label("bank_currency"),
            aptcr.c.CODECURN.label("vendor_currency"),
            aptcr.c.AMTRMIT.label("amount"),
            aptcr.c.AMTRMITTC.label("vendor_amount"),
            aptcr.c.RATEEXCHHC.label("bank_rate"),
            aptcr.c.OPERBANK.label("bank_operator"),
            aptcr.c.RATEEXCHTC.label("vendor_rate"),
            aptcr.c.OPERVEND.label("vendor_operator"),
            aptcr.c.DATERMIT.label("paid_on"),
            aptcr.c.DATEBUS.label("posted_on"),
            aptcr.c.PAYMCODE.label("payment_code"),
            aptcr.c.TEXTRMIT.label("text"),
            aptcr.c.TXTRMITREF.label("reference"),
            aptcr.c.ERRENTRY.label("error_entry"),
            aptcr.c.AUDTDATE.label("entry_day"),
            aptcr.c.AUDTTIME.label("entry_time"),
            apbta.c.AUDTDATE.label("batch_day"),
            apbta.c.AUDTTIME.label("batch_time"),
            apbta.c.BATCHSTAT.label("status"),
            bkacct.c.ADDR1.label("portal_account"),
            bkacct.c.CURNSTMT.label("statement_currency"),
        )
        .join_from(
            aptcr,
            apbta,
            and_(apbta.c.PAYMTYPE == aptcr.c.BTCHTYPE, apbta.c.CNTBTCH == aptcr.c.CNTBTCH),
        )
        .outerjoin(bkacct, bkacct.c.BANK == aptcr.c.IDBANK)
        .where(aptcr.c.BTCHTYPE == PAYMENTS, aptcr.c.CNTBTCH.in_(batches))
    )


@prepared
def select_lines(batches: Sequence[int]) -> Select[Any]:
    """Documents that the entries apply. Grain: one row per applied schedule. Table: APTCP."""
    return (
        select(
            aptcp.c.CNTBTCH.label("batch"),
            aptcp.c.CNTRMIT.label("entry"),
            aptcp.c.IDVEND.label("vendor"),
            aptcp.c.IDINVC.label("number"),
            aptcp.c.DOCTYPE.label("type"),
            aptcp.c.AMTPAYM.label("amount"),
            aptcp.c.AMTERNDISC.label("discount"),
            aptcp.c.AMTADJTOT.label("adjustment"),
        )
        .where(aptcp.c.BATCHTYPE == PAYMENTS, aptcp.c.CNTBTCH.in_(batches))
        .order_by(aptcp.c.CNTBTCH, aptcp.c.CNTRMIT, aptcp.c.CNTLINE)
    )


@prepared
def select_reversed_entries(batches: Sequence[int], banks: Sequence[str]) -> Select[Any]:
    """Posted payments of these batches that are reversed. Grain: one row per payment. APPYM."""
    return select(appym.c.CNTBTCH.label("batch"), appym.c.CNTITEM.label("entry")).where(
        appym.c.IDBANK.in_(banks), appym.c.CNTBTCH.in_(batches), appym.c.SWCHKCLRD == REVERSED
    )


@prepared
def select_reversals(since: date | None) -> Select[Any]:
    """Payments reversed, or stamped after their reversal, on or after a day; all without one.

    Grain: one row per posted payment. Table: APPYM.
    """
    statement = select(appym.c.IDINVC.label("number")).where(
        appym.c.SWCHKCLRD == REVERSED, appym.c.IDINVC != ""
    )
    if since is None:
        return statement
    return statement.where(or_(posted_day >= since, reversal_day >= since))


@prepared
def select_complement_fields(batches: Sequence[int], fields: Sequence[str]) -> Select[Any]:
    """The complement's optional fields of these batches. Grain: one row per field. APTCRO."""
    return select(
        aptcro.c.CNTBTCH.label("batch"),
        aptcro.c.CNTENTR.label("entry"),
        aptcro.c.OPTFIELD.label("field"),
        aptcro.c.VALUE.label("value"),
    ).where(
        aptcro.c.OPTFIELD.in_(fields),
        aptcro.c.BTCHTYPE == PAYMENTS,
        aptcro.c.CNTBTCH.in_(batches),
    )


# -- readers -------------------------------------------------------------------------------------


def read_changed_keys(db: SageDatabase, since: date) -> Iterator[PaymentKey]:
    """Keys of the posted payments that changed on or after a day, in no order."""
    return _read_keys(db, [select_changed_keys(since)])


def read_scope_keys(db: SageDatabase, start: date | None) -> Iterator[PaymentKey]:
    """Keys of all posted payments in scope, in no order."""
    return _read_keys(db, [select_scope_keys(start)])


def read_numbered_keys(db: SageDatabase, numbers: Sequence[str]) -> list[PaymentKey]:
    """Keys of the posted payments with these numbers, in order."""
    wanted = sorted({number for number in numbers if number})
    return sorted(set(_read_keys(db, [select_numbered_keys(part) for part in _parts(wanted)])))


def read_paying_keys(db: SageDatabase, pairs: Sequence[tuple[str, str]]) -> list[PaymentKey]:
    """Keys of the posted payments that apply these documents (perhaps a few more), in order."""
    wanted = sorted(set(pairs))
    queries = [
        select_paying_keys(
            sorted({vendor for vendor, _ in part}), sorted({number for _, number in part})
        )
        for part in _parts(wanted)
    ]
    return sorted(set(_read_keys(db, queries)))


def _read_keys(db: SageDatabase, queries: Iterable[Query]) -> Iterator[PaymentKey]:
    with db.company() as connection:
        for query in queries:
            for row in connection.execute(*query):
                yield PaymentKey(row.paid_on or date.min, row.number, row.batch, row.entry)


def read_reversed_numbers(db: SageDatabase, since: date | None) -> Iterator[str]:
    """Numbers of reversed payments, in no order, and one perhaps more than once."""
    with db.company() as connection:
        yield from connection.execute(*select_reversals(since)).scalars()


def read_payments(
    db: SageDatabase, keys: Sequence[PaymentKey], fields: OptionalFields
) -> tuple[SagePayment, ...]:
    """The payments of these keys in order, with lines, reversal and complement fields."""
    asked = {(key.batch, key.entry): key for key in keys}
    rows: dict[tuple[int, int], Row[Any]] = {}
    lines: dict[tuple[int, int], list[AppliedLine]] = defaultdict(list)
    reversed_entries: set[tuple[int, int]] = set()
    values: dict[tuple[int, int, str], str] = {}
    names = [fields.complement_uuid, fields.complement_date]
    with db.company() as connection:
        for batches in _parts(sorted({batch for batch, _ in asked})):
            headers = connection.execute(*select_headers(batches))
            found = {(r.batch, r.entry): r for r in headers if (r.batch, r.entry) in asked}
            rows |= found
            for row in connection.execute(*select_lines(batches)):
                lines[row.batch, row.entry].append(_line(row))
            banks = sorted({row.bank for row in found.values()})
            reversed_entries |= _reversed_entries(connection, batches, banks)
            for row in connection.execute(*select_complement_fields(batches, names)):
                values[row.batch, row.entry, row.field] = row.value
    return tuple(
        _payment(
            rows[place],
            tuple(lines[place]),
            is_reversed=place in reversed_entries,
            uuid=values.get((*place, fields.complement_uuid), ""),
            stamped=values.get((*place, fields.complement_date), ""),
        )
        for place, _ in sorted(asked.items(), key=lambda item: item[1])
        if place in rows
    )


def _reversed_entries(
    connection: Connection, batches: Sequence[int], banks: Sequence[str]
) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for part in _parts(banks):
        rows = connection.execute(*select_reversed_entries(batches, part))
        found |= {(row.batch, row.entry) for row in rows}
    return found


def _line(row: Row[Any]) -> AppliedLine:
    return AppliedLine(
        vendor_id=row.vendor,
        number=row.number,
        document_type=DOCUMENT_TYPES.get(row.type, SageDocumentType.OTHER),
        amount=row.amount,
        discount=row.discount,
        adjustment=row.adjustment,
    )


def _payment(
    row: Row[Any],
    lines: tuple[AppliedLine, ...],
    *,
    is_reversed: bool,
    uuid: str,
    stamped: str,
) -> SagePayment:
    return SagePayment(
        number=row.number,
        batch=row.batch,
        entry=row.entry,
        batch_status=BatchStatus.POSTED if row.status == POSTED_BATCH else BatchStatus.OTHER,
        error_entry=row.error_entry,
        remit_type=row.remit_type,
        vendor_id=row.vendor,
        bank=row.bank,
        bank_currency=row.bank_currency or row.statement_currency or "",
        bank_portal_account=(row.portal_account or "").strip(),
        vendor_currency=row.vendor_currency,
        amount=row.amount,
        vendor_amount=row.vendor_amount,
        bank_rate=row.bank_rate,
        bank_rate_operator=row.bank_operator,
        vendor_rate=row.vendor_rate,
        vendor_rate_operator=row.vendor_operator,
        paid_on=row.paid_on,
        posted_on=row.posted_on,
        payment_code=row.payment_code,
        text=row.text,
        reference=row.reference,
        is_reversed=is_reversed,
        stamped_at=_later(
            stamp_of(row.entry_day, row.entry_time), stamp_of(row.batch_day, row.batch_time)
        ),
        lines=lines,
        complement_uuid=upper_uuid(uuid),
        complement_date=stamped.strip(),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return max(known, default=None)


def _parts(keys: Sequence[Any]) -> list[Sequence[Any]]:
    size = KEYS_PER_STATEMENT_MAX
    return [keys[start : start + size] for start in range(0, len(keys), size)]
