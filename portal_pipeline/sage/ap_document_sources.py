"""The four places where Sage shows an A/P document: statements, and rows as core models.

Batch entries, posted documents, PO invoices, PO notes. Source: Sage tables sheet 2 (APIBC to
APOBLO, POINVH1, POCRNH1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, select

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.sage import (
    BatchStatus,
    SageDocument,
    SageDocumentSource,
    SageDocumentType,
)
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import prepared

apibc, apibh, apibho = sage_table("APIBC"), sage_table("APIBH"), sage_table("APIBHO")
apobl, apoblo = sage_table("APOBL"), sage_table("APOBLO")
poinvh1, poinvho = sage_table("POINVH1"), sage_table("POINVHO")
pocrnh1, pocrnho = sage_table("POCRNH1"), sage_table("POCRNHO")

DELETED_BATCH = 4
POSTED_BATCH = 3
CREDIT_NOTE = 3
"""APIBH.TEXTTRX."""
PO_CREDIT_NOTE = 6
"""POCRNH1.TRANSTYPE; 7 is a debit note."""

BATCH_STATUSES: Mapping[int, BatchStatus] = {
    1: BatchStatus.OPEN,
    POSTED_BATCH: BatchStatus.POSTED,
    DELETED_BATCH: BatchStatus.DELETED,
    5: BatchStatus.POSTING,
    7: BatchStatus.READY,
}
DOCUMENT_TYPES: Mapping[int, SageDocumentType] = {
    1: SageDocumentType.INVOICE,
    2: SageDocumentType.DEBIT_NOTE,
    CREDIT_NOTE: SageDocumentType.CREDIT_NOTE,
    4: SageDocumentType.INTEREST,
}
"""TEXTTRX and TXTTRXTYPE; posted payments and prepayments (10, 11) are not documents."""


def _is_field(options: Table, field: str) -> ColumnElement[bool]:
    """Whether an optional-field row is of the given field."""
    code = options.c["OPTFIELD"]
    return code == field


# -- statements ----------------------------------------------------------------------------------


def select_entries(field: str) -> Select[Any]:
    """Entries of A/P invoice batches with batch status, error entry and UUID.

    Grain: one row per batch and entry, deleted batches left out. Tables: APIBH, APIBC, APIBHO.
    """
    return (
        select(
            apibh.c.IDVEND.label("vendor"),
            apibh.c.IDINVC.label("number"),
            apibh.c.TEXTTRX.label("type"),
            apibh.c.CODECURN.label("currency"),
            apibh.c.AMTGROSDST.label("total"),
            apibh.c.DATEINVC.label("dated"),
            apibh.c.CNTBTCH.label("batch"),
            apibh.c.CNTITEM.label("entry"),
            apibh.c.ERRBATCH.label("error_batch"),
            apibh.c.ERRENTRY.label("error_entry"),
            apibh.c.PONBR.label("po_number"),
            apibh.c.INVCAPPLTO.label("applies_to"),
            apibh.c.INVCDESC.label("description"),
            apibc.c.BTCHSTTS.label("status"),
            apibc.c.POSTSEQNBR.label("sequence"),
            apibho.c.VALUE.label("uuid"),
        )
        .join_from(apibh, apibc, apibc.c.CNTBTCH == apibh.c.CNTBTCH)
        .outerjoin(
            apibho,
            and_(
                apibho.c.CNTBTCH == apibh.c.CNTBTCH,
                apibho.c.CNTITEM == apibh.c.CNTITEM,
                _is_field(apibho, field),
            ),
        )
        .where(apibc.c.BTCHSTTS != DELETED_BATCH)
    )


def select_posted(field: str) -> Select[Any]:
    """Posted documents with what is still owed and UUID; payments and prepayments left out.

    Grain: one row per vendor and number. Tables: APOBL, APOBLO.
    """
    return (
        select(
            apobl.c.IDVEND.label("vendor"),
            apobl.c.IDINVC.label("number"),
            apobl.c.TXTTRXTYPE.label("type"),
            apobl.c.CODECURN.label("currency"),
            apobl.c.AMTINVCTC.label("total"),
            apobl.c.AMTDUETC.label("due"),
            apobl.c.SWPAID.label("is_paid"),
            apobl.c.DATEINVC.label("dated"),
            apobl.c.CNTBTCH.label("batch"),
            apobl.c.CNTITEM.label("entry"),
            apobl.c.IDPONBR.label("po_number"),
            apobl.c.DESCINVC.label("description"),
            apobl.c.POSTSEQNCE.label("sequence"),
            apoblo.c.VALUE.label("uuid"),
        )
        .join_from(
            apobl,
            apoblo,
            and_(
                apoblo.c.IDVEND == apobl.c.IDVEND,
                apoblo.c.IDINVC == apobl.c.IDINVC,
                _is_field(apoblo, field),
            ),
            isouter=True,
        )
        .where(apobl.c.TXTTRXTYPE.in_(sorted(DOCUMENT_TYPES)))
    )


def select_po_invoices(field: str) -> Select[Any]:
    """PO invoices with UUID. Grain: one row per PO invoice. Tables: POINVH1, POINVHO."""
    return select(
        poinvh1.c.VDCODE.label("vendor"),
        poinvh1.c.INVNUMBER.label("number"),
        poinvh1.c.CURRENCY.label("currency"),
        poinvh1.c.DOCTOTAL.label("total"),
        poinvh1.c.DATE.label("dated"),
        poinvh1.c.PONUMBER.label("po_number"),
        poinvh1.c.DESCRIPTIO.label("description"),
        poinvho.c.VALUE.label("uuid"),
    ).join_from(
        poinvh1,
        poinvho,
        and_(poinvho.c.INVHSEQ == poinvh1.c.INVHSEQ, _is_field(poinvho, field)),
        isouter=True,
    )


def select_po_notes(field: str) -> Select[Any]:
    """PO credit and debit notes with UUID. Grain: one row per note. Tables: POCRNH1, POCRNHO."""
    return select(
        pocrnh1.c.VDCODE.label("vendor"),
        pocrnh1.c.CRNNUMBER.label("number"),
        pocrnh1.c.TRANSTYPE.label("type"),
        pocrnh1.c.CURRENCY.label("currency"),
        pocrnh1.c.DOCTOTAL.label("total"),
        pocrnh1.c.DATE.label("dated"),
        pocrnh1.c.PONUMBER.label("po_number"),
        pocrnh1.c.INVNUMBER.label("applies_to"),
        pocrnh1.c.DESCRIPTIO.label("description"),
        pocrnho.c.VALUE.label("uuid"),
    ).join_from(
        pocrnh1,
        pocrnho,
        and_(pocrnho.c.CRNHSEQ == pocrnh1.c.CRNHSEQ, _is_field(pocrnho, field)),
        isouter=True,
    )


@prepared
def select_credits(vendors: Sequence[str], invoices: Sequence[str]) -> Select[Any]:
    """Posted credit notes that name an invoice (INVCAPPLTO), and have lowered it by posting.

    Grain: one row per credit note; finds more pairs than asked. Tables: APIBH, APIBC.
    """
    return (
        select(
            apibh.c.IDVEND.label("vendor"),
            apibh.c.INVCAPPLTO.label("applies_to"),
            apibh.c.AMTGROSDST.label("total"),
        )
        .join_from(apibh, apibc, apibc.c.CNTBTCH == apibh.c.CNTBTCH)
        .where(
            apibc.c.BTCHSTTS == POSTED_BATCH,
            apibh.c.ERRENTRY == 0,
            apibh.c.TEXTTRX == CREDIT_NOTE,
            apibh.c.IDVEND.in_(vendors),
            apibh.c.INVCAPPLTO.in_(invoices),
        )
    )


# -- rows to documents ---------------------------------------------------------------------------


def _entry(row: Row[Any]) -> SageDocument:
    return SageDocument(
        source=SageDocumentSource.AP_ENTRY,
        vendor_id=row.vendor,
        number=row.number,
        type=DOCUMENT_TYPES.get(row.type, SageDocumentType.OTHER),
        currency=row.currency,
        total=row.total,
        uuid=upper_uuid(row.uuid or ""),
        document_date=row.dated,
        batch=row.batch,
        entry=row.entry,
        batch_status=BATCH_STATUSES.get(row.status, BatchStatus.OTHER),
        error_batch=row.error_batch,
        error_entry=row.error_entry,
        po_number=row.po_number,
        applies_to=row.applies_to,
        posting_sequence=row.sequence,
        description=row.description,
    )


def _posted(row: Row[Any]) -> SageDocument:
    # A credit note's amounts may be kept negative there; a document's total never is.
    return SageDocument(
        source=SageDocumentSource.POSTED,
        vendor_id=row.vendor,
        number=row.number,
        type=DOCUMENT_TYPES[row.type],
        currency=row.currency,
        total=abs(row.total),
        uuid=upper_uuid(row.uuid or ""),
        document_date=row.dated,
        batch=row.batch,
        entry=row.entry,
        batch_status=BatchStatus.POSTED,
        po_number=row.po_number,
        amount_due=row.due,
        is_paid=bool(row.is_paid),
        posting_sequence=row.sequence,
        description=row.description,
    )


def _po_invoice(row: Row[Any]) -> SageDocument:
    return SageDocument(
        source=SageDocumentSource.PO_INVOICE,
        vendor_id=row.vendor,
        number=row.number,
        type=SageDocumentType.INVOICE,
        currency=row.currency,
        total=row.total,
        uuid=upper_uuid(row.uuid or ""),
        document_date=row.dated,
        po_number=row.po_number,
        description=row.description,
    )


def _po_note(row: Row[Any]) -> SageDocument:
    is_credit = row.type == PO_CREDIT_NOTE
    return SageDocument(
        source=SageDocumentSource.PO_CREDIT_NOTE,
        vendor_id=row.vendor,
        number=row.number,
        type=SageDocumentType.CREDIT_NOTE if is_credit else SageDocumentType.DEBIT_NOTE,
        currency=row.currency,
        total=row.total,
        uuid=upper_uuid(row.uuid or ""),
        document_date=row.dated,
        po_number=row.po_number,
        applies_to=row.applies_to,
        description=row.description,
    )


class Source:
    """One of the four places: its statements, and the model of a row."""

    def __init__(
        self,
        select_from: Callable[[str], Select[Any]],
        document: Callable[[Row[Any]], SageDocument],
        table: Table,
        options: Table,
        columns: tuple[str, str, str],
    ) -> None:
        self.document = document
        vendor, number, dated = (table.c[name] for name in columns)

        @prepared
        def by_number(vendors: Sequence[str], numbers: Sequence[str], field: str) -> Select[Any]:
            return select_from(field).where(vendor.in_(vendors), number.in_(numbers))

        @prepared
        def by_uuid(values: Sequence[str], field: str) -> Select[Any]:
            is_theirs = (options.c.OPTFIELD == field, options.c.VALUE.in_(values))
            return select_from(field).where(*is_theirs)

        @prepared
        def by_vendor(vendors: Sequence[str], since: date, field: str) -> Select[Any]:
            return select_from(field).where(vendor.in_(vendors), dated >= since)

        self.by_number, self.by_uuid, self.by_vendor = by_number, by_uuid, by_vendor


SOURCES = (
    Source(select_entries, _entry, apibh, apibho, ("IDVEND", "IDINVC", "DATEINVC")),
    Source(select_posted, _posted, apobl, apoblo, ("IDVEND", "IDINVC", "DATEINVC")),
    Source(select_po_invoices, _po_invoice, poinvh1, poinvho, ("VDCODE", "INVNUMBER", "DATE")),
    Source(select_po_notes, _po_note, pocrnh1, pocrnho, ("VDCODE", "CRNNUMBER", "DATE")),
)
