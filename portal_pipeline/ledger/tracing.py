"""What a trace reads of one document: its history and its links, each with a limit.

A fixed number of statements, however many lines or links there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, union

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.rows import finding_of
from portal_pipeline.ledger.schema import event, link
from portal_pipeline.ledger.tenant import TenantLedger

FIRST_LINES = 100
LAST_LINES = 400
LINKS_PER_RELATION = 100

Target = tuple[str, str]
"""(target type, target key) of a link."""


@dataclass(frozen=True)
class HistoryLine:
    """One event of an operation."""

    at: datetime
    operation: str
    event: str
    status: str
    """Of the operation, after the event."""
    attempt: int = 0
    actor: str = ""
    """The person; empty for a run."""
    run_id: str = ""
    finding: Finding | None = None
    detail: str = ""


@dataclass(frozen=True)
class History:
    """A document's events, oldest first."""

    lines: tuple[HistoryLine, ...] = ()
    left_out: int = 0
    """Events between the first and the last ones that were not read."""


@dataclass(frozen=True)
class Edge:
    """One link, with the document that has it."""

    ref: DocumentRef
    link: Link
    at: datetime


@dataclass(frozen=True)
class Edges:
    """Links, oldest first; of each relation the newest ones."""

    found: tuple[Edge, ...] = ()
    left_out: Mapping[str, int] | None = None
    """By relation, how many older links were not read."""

    def of(self, relation: str) -> list[Edge]:
        """The links of one relation."""
        return [one for one in self.found if one.link.relation == relation]

    def missing(self, relation: str) -> int:
        """How many links of a relation were not read."""
        return (self.left_out or {}).get(relation, 0)


def read_history(
    tenant: TenantLedger,
    ref: DocumentRef,
    *,
    first: int = FIRST_LINES,
    last: int = LAST_LINES,
) -> History:
    """The first and the last events of a document; two statements."""
    mine = and_(
        event.c.tenant == tenant.tenant, event.c.kind == ref.kind.value, event.c.key == ref.key
    )
    ids = select(event.c.id).where(mine)
    oldest = ids.order_by(event.c.id).limit(first).subquery()
    newest = ids.order_by(event.c.id.desc()).limit(last).subquery()
    wanted = union(select(oldest.c.id), select(newest.c.id))
    with tenant.ledger.reading() as connection:
        total = int(connection.execute(select(func.count()).where(mine)).scalar() or 0)
        rows = connection.execute(
            select(event).where(event.c.id.in_(wanted)).order_by(event.c.id)
        ).all()
    return History(tuple(_line(row) for row in rows), total - len(rows))


def _line(row: Row[Any]) -> HistoryLine:
    return HistoryLine(
        at=row.at,
        operation=row.operation,
        event=row.event,
        status=row.status,
        attempt=row.attempt,
        actor=row.actor,
        run_id=row.run_id,
        finding=finding_of(row.finding),
        detail=row.detail,
    )


def read_links_of(
    tenant: TenantLedger, ref: DocumentRef, *, limit: int = LINKS_PER_RELATION
) -> Edges:
    """The links that a document has; one statement."""
    return _read(tenant, and_(link.c.kind == ref.kind.value, link.c.key == ref.key), limit)


def read_links_to(
    tenant: TenantLedger, targets: Sequence[Target], *, limit: int = LINKS_PER_RELATION
) -> Edges:
    """The links of other documents that point at any of the targets; one statement."""
    if not targets:
        return Edges()
    wanted = or_(*(and_(link.c.target_type == t, link.c.target_key == k) for t, k in targets))
    return _read(tenant, wanted, limit)


def _read(tenant: TenantLedger, wanted: ColumnElement[bool], limit: int) -> Edges:
    newest_first = (link.c.at.desc(), link.c.kind, link.c.key, link.c.target_key)
    ranked = (
        select(
            link,
            func.row_number()
            .over(partition_by=link.c.relation, order_by=newest_first)
            .label("place"),
            func.count().over(partition_by=link.c.relation).label("total"),
        )
        .where(link.c.tenant == tenant.tenant, wanted)
        .subquery()
    )
    statement = (
        select(ranked)
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.at, ranked.c.relation, ranked.c.key, ranked.c.target_key)
    )
    with tenant.ledger.reading() as connection:
        rows = connection.execute(statement).all()
    left_out = {row.relation: row.total - limit for row in rows if row.total > limit}
    return Edges(tuple(_edge(row) for row in rows), left_out)


def _edge(row: Row[Any]) -> Edge:
    return Edge(
        ref=DocumentRef(kind=DocumentKind(row.kind), key=row.key),
        link=Link(
            relation=row.relation,
            target_type=row.target_type,
            target_key=row.target_key,
            source=row.source,
        ),
        at=row.at,
    )
