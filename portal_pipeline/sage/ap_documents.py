"""A/P documents as Sage shows them: batch entries, posted documents, PO invoices and PO notes.

One document can appear in all of these tables; its identity is vendor + number, its UUID stands in
an optional field of one of them. Source: Sage tables sheet 2 (APIBC to APOBLO, POINVH1, POCRNH1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.sage import SageDocument, SageDocumentSource
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.ap_document_sources import SOURCES, select_credits
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.statements import Query

KEYS_PER_STATEMENT_MAX = 400
"""Two lists of so many keys stay within SQL Server's 2,100 parameters."""

Pair = tuple[str, str]
"""(vendor, document number)."""


def queries_by_number(vendors: Sequence[str], numbers: Sequence[str], field: str) -> list[Query]:
    """One query per source; finds more pairs than asked, the caller keeps those he wants."""
    return [source.by_number(vendors, numbers, field) for source in SOURCES]


def queries_by_uuid(values: Sequence[str], field: str) -> list[Query]:
    """One query per source; ``values`` are the UUIDs in the forms that may be stored."""
    return [source.by_uuid(values, field) for source in SOURCES]


def queries_by_vendor(vendors: Sequence[str], since: date, field: str) -> list[Query]:
    """One query per source: the vendors' documents dated on or after a day."""
    return [source.by_vendor(vendors, since, field) for source in SOURCES]


def read_documents_by_number(
    db: SageDatabase, pairs: Sequence[Pair], fields: OptionalFields
) -> dict[Pair, tuple[SageDocument, ...]]:
    """Every appearance of the documents with these vendors and numbers; missing ones are absent."""
    wanted = sorted({pair for pair in pairs if all(pair)})
    found: dict[Pair, list[SageDocument]] = {}
    with db.company() as connection:
        for part in parts(wanted):
            asked = set(part)
            queries = queries_by_number(
                sorted({vendor for vendor, _ in part}),
                sorted({number for _, number in part}),
                fields.cfdi_uuid,
            )
            for document in _read(connection, queries):
                pair = (document.vendor_id, document.number)
                if pair in asked:
                    found.setdefault(pair, []).append(document)
    return {pair: _with_reach(documents) for pair, documents in found.items()}


def read_documents_by_uuid(
    db: SageDatabase, uuids: Sequence[str], fields: OptionalFields
) -> dict[str, tuple[SageDocument, ...]]:
    """Every appearance of the documents that carry these UUIDs (upper-case keys).

    A PO invoice carries the UUID where its A/P entry does not: all appearances of the same vendor
    and number are given, but those that carry another UUID.
    """
    wanted = sorted({upper_uuid(uuid) for uuid in uuids if uuid.strip()})
    pairs: dict[str, set[Pair]] = {}
    with db.company() as connection:
        # Case is not normalised in Sage; each UUID takes two parameters.
        for part in parts(wanted, KEYS_PER_STATEMENT_MAX // 2):
            values = [form for uuid in part for form in (uuid, uuid.lower())]
            for document in _read(connection, queries_by_uuid(values, fields.cfdi_uuid)):
                pairs.setdefault(document.uuid, set()).add((document.vendor_id, document.number))
    every = read_documents_by_number(
        db, [pair for of_uuid in pairs.values() for pair in of_uuid], fields
    )
    return {
        uuid: tuple(
            document
            for pair in sorted(of_uuid)
            for document in every.get(pair, ())
            if document.uuid in (uuid, "")
        )
        for uuid, of_uuid in pairs.items()
    }


def read_vendor_documents(
    db: SageDatabase, vendor_ids: Sequence[str], since: date, fields: OptionalFields
) -> dict[str, tuple[SageDocument, ...]]:
    """By vendor, every appearance of its documents dated on or after ``since``."""
    found: dict[str, list[SageDocument]] = {}
    with db.company() as connection:
        for part in parts(sorted(set(vendor_ids))):
            for document in _read(connection, queries_by_vendor(part, since, fields.cfdi_uuid)):
                found.setdefault(document.vendor_id, []).append(document)
    return {vendor: tuple(documents) for vendor, documents in found.items()}


def read_credits(db: SageDatabase, invoices: Sequence[Pair]) -> dict[Pair, Decimal]:
    """What posted credit notes took off these invoices by naming them, in the vendor's currency.

    One that a payment applied is not among them: it stands on the payment's own lines.
    """
    wanted = sorted({pair for pair in invoices if all(pair)})
    found: dict[Pair, Decimal] = {}
    with db.company() as connection:
        for part in parts(wanted):
            asked = set(part)
            query = select_credits(
                sorted({vendor for vendor, _ in part}), sorted({number for _, number in part})
            )
            for row in connection.execute(*query):
                pair = (row.vendor, row.applies_to)
                if pair in asked:
                    found[pair] = found.get(pair, Decimal(0)) + abs(row.total)
    return found


def _read(connection: Connection, queries: Iterable[Query]) -> Iterable[SageDocument]:
    for source, query in zip(SOURCES, queries, strict=True):
        for row in connection.execute(*query):
            yield source.document(row)


def _with_reach(documents: Sequence[SageDocument]) -> tuple[SageDocument, ...]:
    """Appearances of one vendor and number; PO documents marked when A/P has them posted.

    The natural key joins them (99.3 % in a real database; the drill-down link is only inferred).
    """
    types = {document.type for document in documents if _is_ap(document) and document.is_posted}
    return tuple(
        document
        if _is_ap(document)
        else document.model_copy(update={"has_reached_ap": document.type in types})
        for document in documents
    )


def _is_ap(document: SageDocument) -> bool:
    return document.source in (SageDocumentSource.AP_ENTRY, SageDocumentSource.POSTED)


def parts(keys: Sequence[Any], size: int = KEYS_PER_STATEMENT_MAX) -> list[Sequence[Any]]:
    """The keys in lists short enough for one statement."""
    return [keys[start : start + size] for start in range(0, len(keys), size)]
