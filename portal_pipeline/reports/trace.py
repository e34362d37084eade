"""What happened to one document, from its first sight to its last link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import DocumentRow
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.ledger.rows import finding_of
from portal_pipeline.messages import text_of
from portal_pipeline.reports.documents import open_entry

NEIGHBOURS_MAX = 100


def trace(ledger: TenantLedger, key: str, zone: ZoneInfo, language: str) -> list[dict[str, Any]]:
    """Every document with this key: what is known, its operations, its history, its links."""

    def shown(at: datetime) -> str:
        return at.astimezone(zone).strftime("%d/%m/%Y %H:%M")

    return [_document(ledger, document, shown, language) for document in ledger.find_documents(key)]


def _document(
    ledger: TenantLedger, document: DocumentRow, shown: Callable[[datetime], str], language: str
) -> dict[str, Any]:
    kind, key = document.kind, document.key
    operations = sorted(ledger.operations(kind, [key]).values(), key=lambda r: r.operation.value)
    return {
        "tenant": ledger.tenant,
        "kind": kind.value,
        "key": key,
        "counterparty": document.counterparty,
        "amount": None if document.amount is None else f"{document.amount:.2f}",
        "currency": document.currency,
        "date": document.dated.isoformat() if document.dated else None,
        "portal_id": document.portal_id,
        "portal_state": document.portal_state,
        "sage_id": document.sage_id,
        "sage_state": document.sage_state,
        "admitted": document.admitted,
        "details": dict(document.details),
        "operations": [
            {
                **open_entry(ledger.tenant, row, language),
                "remote_id": row.remote_id,
                "attempts": row.attempts,
                "next_attempt": shown(row.next_attempt_at) if row.next_attempt_at else None,
                "waiting_since": shown(row.waiting_since) if row.waiting_since else None,
                "notes": [text_of(note, language)[0] for note in row.notes],
            }
            for row in operations
        ],
        "history": [_event(line, shown, language) for line in ledger.events_of(kind, key)],
        "links": _links(ledger, kind, key),
    }


def _event(line: dict[str, Any], shown: Callable[[datetime], str], language: str) -> dict[str, Any]:
    finding = finding_of(line["finding"])
    return {
        "at": shown(line["at"]),
        "operation": line["operation"],
        "event": line["event"],
        "status": line["status"],
        "attempt": line["attempt"],
        "actor": line["actor"],
        "run_id": line["run_id"],
        "text": text_of(finding, language)[0] if finding else "",
        "detail": line["detail"],
    }


def _links(ledger: TenantLedger, kind: DocumentKind, key: str) -> list[dict[str, Any]]:
    outgoing = [_link("to", link) for _, link in ledger.links_of(kind, [key])]
    incoming = [
        {**_link("from", link), "target_type": ref.kind.value, "target_key": ref.key}
        for ref, link in ledger.links_to(kind.value, [key])[:NEIGHBOURS_MAX]
    ]
    return outgoing + incoming


def _link(direction: str, link: Link) -> dict[str, Any]:
    return {
        "direction": direction,
        "relation": link.relation,
        "target_type": link.target_type,
        "target_key": link.target_key,
        "source": link.source,
    }
