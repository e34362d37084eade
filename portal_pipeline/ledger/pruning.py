"""Old history leaves the ledger, as far as nobody needs it any more.

What goes are old *decisions* of documents with which nothing is open: that one waited, was
rejected or was done at a reading. What stays whatever its age:

- every event of a document that has an open operation
- of each operation the first event, the last one in another status, and all since: why it is as
  it is, and since when
- what concerns a remote write: intents, answers, look-ups, takings up again
- what people did, and what the guard showed them
- the history of imports, from which a trace tells since when an invoice is in Sage

Documents, operations and links always stay. Of the steps' reports the latest one of each controller
stays; the acts of those that go are added up in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from portal_pipeline.core.decisions import OPEN_STATUSES
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.schema import document, event, operation, report
from portal_pipeline.ledger.tenant import TenantLedger
from portal_pipeline.ledger.transitions import KEYS_PER_STATEMENT, chunks

DECISIONS = (Event.HOLD, Event.REJECT, Event.EXCLUDE, Event.CONFIRM_DONE)
"""Events that a rule may cause at every reading; all others stay."""
NEVER_PRUNED = (Operation.IMPORT,)
FOLDED = "(pruned)"
"""Run of the line that holds the sums of reports that are gone."""


def prune_events(tenant: TenantLedger, before: datetime, *, is_dry_run: bool = False) -> int:
    """Delete the decisions nobody needs that are older than a time; how many.

    Args:
        tenant: whose ledger; another run may work on it meanwhile.
        before: aware; business clock.
        is_dry_run: only count.
    """
    count = 0
    for kind in DocumentKind:
        last = ""
        while True:
            with tenant.ledger.writing(tenant.tenant) as connection:
                keys = _next_keys(connection, tenant, kind, last)
                closed = _closed(connection, tenant, kind, keys)
                ids = _prunable(connection, tenant, kind, closed, before)
                if not is_dry_run:
                    for part in chunks(ids):
                        connection.execute(delete(event).where(event.c.id.in_(part)))
            count += len(ids)
            if len(keys) < KEYS_PER_STATEMENT:
                break
            last = keys[-1]
    return count


def _next_keys(
    connection: Connection, tenant: TenantLedger, kind: DocumentKind, last: str
) -> list[str]:
    statement = (
        select(document.c.key)
        .where(
            document.c.tenant == tenant.tenant,
            document.c.kind == kind.value,
            document.c.key > last,
        )
        .order_by(document.c.key)
        .limit(KEYS_PER_STATEMENT)
    )
    return list(connection.execute(statement).scalars())


def _closed(
    connection: Connection, tenant: TenantLedger, kind: DocumentKind, keys: list[str]
) -> list[str]:
    """Those of the documents with which nothing is open."""
    open_ = select(operation.c.key).where(
        operation.c.tenant == tenant.tenant,
        operation.c.kind == kind.value,
        operation.c.key.in_(keys),
        operation.c.status.in_([one.value for one in OPEN_STATUSES]),
    )
    found = set(connection.execute(open_).scalars())
    return [key for key in keys if key not in found]


def _prunable(
    connection: Connection,
    tenant: TenantLedger,
    kind: DocumentKind,
    keys: list[str],
    before: datetime,
) -> list[int]:
    """Ids of the events of these documents that nobody needs."""
    statement = (
        select(
            event.c.id,
            event.c.key,
            event.c.operation,
            event.c.event,
            event.c.status,
            event.c.at,
            event.c.actor,
        )
        .where(
            event.c.tenant == tenant.tenant,
            event.c.kind == kind.value,
            event.c.key.in_(keys),
            event.c.operation.not_in([one.value for one in NEVER_PRUNED]),
        )
        .order_by(event.c.key, event.c.operation, event.c.id)
    )
    found: list[int] = []
    for _, rows in groupby(connection.execute(statement), lambda row: (row.key, row.operation)):
        found += _needless(list(rows), before)
    return found


def _needless(history: Sequence[Any], before: datetime) -> list[int]:
    """Of one operation's events, oldest first, the ids of those that nobody needs.

    The last event in another status than the present one stays, too: without it the operation
    would seem to be as it is since an earlier time.
    """
    others = [n for n, row in enumerate(history) if row.status != history[-1].status]
    last_other = others[-1] if others else 0
    return [
        row.id
        for row in history[1:last_other]
        if row.event in DECISIONS and row.at < before and not row.actor
    ]


def prune_reports(tenant: TenantLedger, before: datetime, *, is_dry_run: bool = False) -> int:
    """Delete step reports older than a time but the latest of each controller; how many.

    Args:
        tenant: whose ledger.
        before: aware; business clock.
        is_dry_run: only count.
    """
    count = 0
    for controller in ControllerName:
        mine = (report.c.tenant == tenant.tenant, report.c.controller == controller.value)
        with tenant.ledger.writing(tenant.tenant) as connection:
            latest = connection.execute(select(func.max(report.c.at)).where(*mine)).scalar()
            if latest is None:
                continue
            old = (*mine, report.c.at < min(before, latest))
            rows = connection.execute(
                select(report.c.run_id, report.c.at, report.c.acted, report.c.seconds).where(*old)
            ).all()
            gone = sum(row.run_id != FOLDED for row in rows)
            count += gone
            if is_dry_run or not gone:
                continue
            acting = select(report.c.body).where(*old, report.c.acted > 0)
            with connection.execute(acting, execution_options={"yield_per": 1}) as bodies:
                above = all(body["above_guard"] for body in bodies.scalars())
            # The guard asks whether any plan within it has acted.
            folded = StepReport(controller=controller, above_guard=above)
            connection.execute(delete(report).where(*old))
            connection.execute(
                insert(report).values(
                    tenant=tenant.tenant,
                    controller=controller.value,
                    run_id=FOLDED,
                    at=max(row.at for row in rows),
                    seconds=sum((row.seconds or Decimal(0) for row in rows), Decimal(0)),
                    acted=sum(row.acted for row in rows),
                    body=folded.model_dump(mode="json"),
                )
            )
    return count
