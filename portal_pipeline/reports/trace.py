"""What happened to one document, from its first sight to its last link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import DocumentRow
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.providers.dossier import DOSSIER
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.ledger.tracing import (
    Edge,
    Edges,
    HistoryLine,
    Target,
    read_history,
    read_links_of,
    read_links_to,
)
from portal_pipeline.reports.documents import open_entry
from portal_pipeline.reports.milestones import as_json, milestones_of
from portal_pipeline.reports.story import CFDI_KINDS, Neighbour, Speech, Story

_BY_PORTAL_ID = {
    "portal_cfdi": DocumentKind.INVOICE,
    "portal_order": DocumentKind.PURCHASE_ORDER,
}
"""Targets of links that name a document by the portal's id."""


def trace(ledger: TenantLedger, key: str, zone: ZoneInfo, language: str) -> list[dict[str, Any]]:
    """Every document with this key: its milestones, operations, history and links.

    Times are in ``zone``. A fixed number of statements for each document; what is beyond the
    limits of history and links is counted in ``left_out``.
    """
    speech = Speech(language, zone)
    return [
        _shown(ledger.tenant, read_story(ledger, document), speech)
        for document in ledger.find_documents(key)
    ]


# -- reading ---------------------------------------------------------------------------------------


def read_story(ledger: TenantLedger, document: DocumentRow) -> Story:
    """The document with everything that its milestones need."""
    ref = document.ref
    outgoing = read_links_of(ledger, ref)
    incoming = read_links_to(ledger, _targets(document))
    by_portal_id = _by_portal_id(ledger, outgoing)
    refs = {one.ref for one in by_portal_id.values()}
    refs |= {edge.ref for edge in incoming.found} | set(_named(outgoing.found))
    neighbours = _neighbours(ledger, refs - {ref})
    own = ledger.operations(ref.kind, [ref.key])
    return Story(
        document=document,
        operations={operation: row for (_, operation), row in own.items()},
        history=read_history(ledger, ref),
        outgoing=outgoing,
        incoming=incoming,
        neighbours=neighbours,
        by_portal_id={
            portal_id: neighbours[one.ref]
            for portal_id, one in by_portal_id.items()
            if one.ref in neighbours
        },
    )


def _targets(document: DocumentRow) -> list[Target]:
    """Under which names other documents link to this one."""
    kinds = {document.kind.value}
    if document.kind in CFDI_KINDS:
        kinds |= {kind.value for kind in CFDI_KINDS}  # a link by UUID does not tell them apart
    targets = [(kind, document.key) for kind in sorted(kinds)]
    for name, kind in _BY_PORTAL_ID.items():
        is_named = document.kind == kind or (name == "portal_cfdi" and document.kind in CFDI_KINDS)
        if is_named and document.portal_id:
            targets.append((name, document.portal_id))
    return targets


def _by_portal_id(ledger: TenantLedger, outgoing: Edges) -> dict[str, DocumentRow]:
    """Documents that links name by the portal's id."""
    found: dict[str, DocumentRow] = {}
    for name, kind in _BY_PORTAL_ID.items():
        ids = sorted({e.link.target_key for e in outgoing.found if e.link.target_type == name})
        if ids:
            found |= ledger.documents_by_portal_id(kind, ids)
    return found


def _named(edges: Iterable[Edge]) -> Iterable[DocumentRef]:
    """The documents that links name; a UUID may be an invoice's or a credit note's."""
    for edge in edges:
        target, key = edge.link.target_type, edge.link.target_key
        if target == DocumentKind.INVOICE.value:
            yield from (DocumentRef(kind=kind, key=key) for kind in CFDI_KINDS)
        elif target in {kind.value for kind in DocumentKind}:
            yield DocumentRef(kind=DocumentKind(target), key=key)


def _neighbours(ledger: TenantLedger, refs: set[DocumentRef]) -> dict[DocumentRef, Neighbour]:
    """The documents with their operations; two statements for each kind."""
    found: dict[DocumentRef, Neighbour] = {}
    for kind in DocumentKind:
        keys = sorted(ref.key for ref in refs if ref.kind == kind)
        if not keys:
            continue
        operations: dict[str, dict[Operation, Any]] = {}
        for (key, operation), row in ledger.operations(kind, keys).items():
            operations.setdefault(key, {})[operation] = row
        for key, document in ledger.documents(kind, keys).items():
            found[document.ref] = Neighbour(document, operations.get(key, {}))
    return found


# -- showing ---------------------------------------------------------------------------------------


def _shown(tenant: str, story: Story, speech: Speech) -> dict[str, Any]:
    document = story.document
    operations = sorted(story.operations.values(), key=lambda row: row.operation.value)
    return {
        "tenant": tenant,
        "kind": document.kind.value,
        "key": document.key,
        "counterparty": document.counterparty,
        "amount": None if document.amount is None else f"{document.amount:.2f}",
        "currency": document.currency,
        "date": document.dated.isoformat() if document.dated else None,
        "portal_id": document.portal_id,
        "portal_state": document.portal_state,
        "sage_id": document.sage_id,
        "sage_state": document.sage_state,
        "admitted": document.admitted,
        "details": {name: text for name, text in document.details.items() if name != DOSSIER},
        "milestones": as_json(milestones_of(story, speech), speech),
        "operations": [
            {
                **open_entry(tenant, row, speech.language),
                "remote_id": row.remote_id,
                "attempts": row.attempts,
                "next_attempt": speech.time(row.next_attempt_at) if row.next_attempt_at else None,
                "waiting_since": speech.time(row.waiting_since) if row.waiting_since else None,
                "notes": [speech.findings([note]) for note in row.notes],
            }
            for row in operations
        ],
        "history": [_event(line, speech) for line in story.history.lines],
        "links": [
            *(_link("to", edge) for edge in story.outgoing.found),
            *(_link("from", edge) for edge in story.incoming.found if edge.ref != document.ref),
        ],
        "left_out": _left_out(story, speech),
    }


def _event(line: HistoryLine, speech: Speech) -> dict[str, Any]:
    finding: Finding | None = line.finding
    return {
        "at": speech.time(line.at),
        "operation": line.operation,
        "event": line.event,
        "status": line.status,
        "attempt": line.attempt,
        "actor": line.actor,
        "run_id": line.run_id,
        "text": speech.findings([finding]),
        "detail": line.detail,
    }


def _link(direction: str, edge: Edge) -> dict[str, Any]:
    """The link with what stands at its other end."""
    is_outgoing = direction == "to"
    return {
        "direction": direction,
        "relation": edge.link.relation,
        "target_type": edge.link.target_type if is_outgoing else edge.ref.kind.value,
        "target_key": edge.link.target_key if is_outgoing else edge.ref.key,
        "source": edge.link.source,
    }


def _left_out(story: Story, speech: Speech) -> list[str]:
    """What the limits cut off, in words."""
    notes = []
    if story.history.left_out:
        notes.append(speech.say("history_cut", count=story.history.left_out))
    for edges in (story.outgoing, story.incoming):
        notes += [
            speech.say("links_cut", count=count, relation=relation)
            for relation, count in sorted((edges.left_out or {}).items())
        ]
    return notes
