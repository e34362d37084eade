"""Small builders of ledger rows and of the stories that they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import load_all
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    POSTING_REFUSED,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.tracing import Edge, Edges, History, HistoryLine
from portal_pipeline.reports.milestones import milestones_of
from portal_pipeline.reports.saying import Milestone
from portal_pipeline.reports.story import Speech, Story

load_all()
UUID, PARENT, COMPLEMENT = "AAAA-1", "BBBB-2", "CCCC-3"
START = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
ENGLISH = Speech("en", ZoneInfo("America/Mexico_City"))
IMPORT, POST, DOWNLOAD = Operation.IMPORT, Operation.POST, Operation.DOWNLOAD
WAITS = BATCH_WAITS_FOR_POSTING(document="V1/A1", batch=7)
REFUSED = POSTING_REFUSED(document="V1/A1", batch=9, error="Account 5100 is inactive")
LISTED = {"is_cancelled": "no", "approved_on": "2026-03-05", "status": "PENDING_PAYMENT"}
IN_SAGE = {"sage_batch": "7/1", "known_by": "uuid", "uuid_on": "ap_entry,posted"}
SENT = {"sage_vendor": "V1", "sage_number": "A1", "route": "web_api"}


def document(kind: DocumentKind = DocumentKind.INVOICE, key: str = UUID, **given: Any) -> Any:
    return DocumentRow(
        **{
            "kind": kind,
            "key": key,
            "amount": Decimal("1116.00"),
            "currency": "MXN",
            "dated": date(2026, 3, 10),
            "portal_state": "PENDING_PAYMENT",
            "first_seen_at": START,
            **given,
            "details": {**LISTED, **given.get("details", {})},
        }
    )


def row(operation: Operation = IMPORT, status: Status = Status.DONE, **given: Any) -> OperationRow:
    return OperationRow(
        kind=given.pop("kind", DocumentKind.INVOICE),
        key=given.pop("key", UUID),
        operation=operation,
        status=status,
        **given,
    )


def history(*lines: tuple[Any, ...], left_out: int = 0) -> History:
    """(operation, event, status[, finding[, actor, detail]]) a minute after each other."""
    told = []
    for minute, (operation, event, status, *more) in enumerate(lines):
        finding, actor, detail = (*more, None, "", "")[:3] if len(more) < 3 else more
        told.append(
            HistoryLine(
                at=START + timedelta(minutes=minute),
                operation=operation.value,
                event=event,
                status=status.value,
                finding=finding,
                actor=actor or "",
                detail=detail or "",
            )
        )
    return History(tuple(told), left_out)


GOT = (
    (DOWNLOAD, "intend", Status.IN_FLIGHT),
    (DOWNLOAD, "succeed", Status.DONE),
)
CREATED = (*GOT, (IMPORT, "intend", Status.IN_FLIGHT), (IMPORT, "accept", Status.HELD, WAITS))


def edge(relation: str, target: str, key: str, source: str = "sage", of: Any = None) -> Edge:
    ref = (of or document()).ref
    link = Link(relation=relation, target_type=target, target_key=key, source=source)
    return Edge(ref, link, START)


def is_entry(source: str) -> Edges:
    return Edges((edge("is_sage_document", "sage_entry", "V1/A1", source),))


def story(
    lines: Sequence[tuple[Any, ...]],
    *rows: OperationRow,
    details: Mapping[str, str] | None = None,
    **given: Any,
) -> Story:
    own = given.pop("document", None) or document(
        sage_id=given.pop("sage_id", "V1/A1"), details=details or {}
    )
    every = (row(DOWNLOAD, remote_id="5e" * 32), *rows)
    return Story(
        document=own,
        operations={one.operation: one for one in every},
        history=history(*lines),
        **given,
    )


def told(of: Story) -> dict[str, list[Milestone]]:
    found: dict[str, list[Milestone]] = {}
    for one in milestones_of(of, ENGLISH):
        found.setdefault(one.what, []).append(one)
    return found


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)
