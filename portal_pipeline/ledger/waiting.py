"""What waits, oldest first, over many tenants: one statement, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from portal_pipeline.core.decisions import OPEN_STATUSES, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.ways_out import Way, not_offered
from portal_pipeline.ledger.health import Business
from portal_pipeline.ledger.rows import finding_of
from portal_pipeline.ledger.schema import document, operation
from portal_pipeline.ledger.store import Ledger
from portal_pipeline.ledger.stuck import finding_is, is_stuck

ROWS_PER_FETCH = 1_000
EXAMPLES = 3
BULK_MAX = 10_000
"""Operations that a person may release at once."""


@dataclass(frozen=True)
class Selection:
    """Which operations; all conditions that are given must hold."""

    tenants: Sequence[str]
    statuses: Sequence[Status] = OPEN_STATUSES
    finding: str = ""
    """A code."""
    operation: Operation | None = None
    business: Business | None = None
    """Of one controller."""
    since_until: Mapping[str, datetime] | None = None
    """By tenant: it waits since this time or longer (aware; business clock)."""
    stuck: Mapping[str, timedelta] | None = None
    """Only what will not move by itself; by tenant, how long an answer may stay unknown."""


@dataclass(frozen=True)
class Waiting:
    """One operation as a person sees it, with what its document is known by."""

    tenant: str
    ref: DocumentRef
    operation: Operation
    status: Status
    finding: Finding | None
    since: datetime
    """Waiting since; for what does not wait, when it last changed. UTC, business clock."""
    counterparty: str
    amount: Decimal | None
    """In ``currency`` (ISO code)."""
    currency: str
    shown_hash: str | None
    """Content of the act that the guard showed."""
    is_confirmed: bool
    """A person has released that act already."""
    is_requeued: bool
    is_first: bool
    """First line of its document in the selection: the one that counts the amount."""

    @property
    def name(self) -> str:
        """``tenant kind key``."""
        return f"{self.tenant} {self.ref.kind.value} {self.ref.key}"


@dataclass
class Total:
    """Documents of one currency, and the sum of their amounts."""

    documents: int = 0
    amount: Decimal = ZERO


@dataclass
class Group:
    """Operations that are alike, by number and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Selected:
    """What a selection found, folded while it was read: memory grows with ``rows`` alone."""

    rows: list[Waiting] = field(default_factory=list)
    """Oldest first, as many as asked for."""
    beyond: int = 0
    """Further operations that the limit left out."""
    documents: int = 0
    totals: dict[str, Total] = field(default_factory=dict)
    """By currency; blank: documents whose amount is not known."""
    refused: dict[str, Group] = field(default_factory=dict)
    """By reason, the operations for which the way out is not possible."""

    def count_in(self, one: Waiting) -> None:
        """Add a document to the sums."""
        self.documents += 1
        currency = one.currency if one.amount is not None else ""
        total = self.totals.setdefault(currency, Total())
        total.documents += 1
        total.amount += one.amount or ZERO

    def refuse(self, one: Waiting, reason: str) -> None:
        """Leave an operation out, and say why."""
        group = self.refused.setdefault(reason, Group())
        group.count += 1
        if len(group.examples) < EXAMPLES:
            group.examples.append(one.name)


def read_held(ledger: Ledger, selection: Selection, limit: int) -> Selected:
    """What waits: the oldest ``limit`` operations, and the sums of all of them."""
    found = Selected()
    for one in stream(ledger, selection):
        if one.is_first:
            found.count_in(one)
        if len(found.rows) < limit:
            found.rows.append(one)
        else:
            found.beyond += 1
    return found


def read_for(ledger: Ledger, selection: Selection, way: Way, most: int) -> Selected:
    """The oldest operations that a way out can release, and their sums; why others cannot."""
    found = Selected()
    counted: set[tuple[str, DocumentRef]] = set()
    for one in stream(ledger, selection):
        reason = why_not(way, one)
        if reason:
            found.refuse(one, reason)
        elif len(found.rows) >= most:
            found.beyond += 1
        else:
            found.rows.append(one)
            if (one.tenant, one.ref) not in counted:
                counted.add((one.tenant, one.ref))
                found.count_in(one)
    return found


def why_not(way: Way, one: Waiting) -> str:
    """Why a way out is not possible for an operation; blank: it is."""
    reason = not_offered(way, one.status, one.finding)
    if not reason and way == Way.CONFIRM and one.is_confirmed:
        return "confirmed already: it goes in the next cycle"
    return reason


def stream(ledger: Ledger, selection: Selection) -> Iterator[Waiting]:
    """The operations of a selection, oldest first; one statement, never all rows in memory."""
    if not selection.tenants:
        return
    with ledger.reading() as connection:
        statement = _statement(selection)
        if selection.stuck is not None:
            statement = statement.where(is_stuck(ledger, selection.stuck))
        rows = connection.execute(statement, execution_options={"yield_per": ROWS_PER_FETCH})
        for row in rows:
            yield _waiting(row)


def _since() -> ColumnElement[datetime]:
    return func.coalesce(operation.c.waiting_since, operation.c.updated_at)


def _statement(selection: Selection) -> Select[Any]:
    """One row per operation with its document, oldest first."""
    of_document = (operation.c.tenant, operation.c.kind, operation.c.key)
    its_document = and_(
        document.c.tenant == operation.c.tenant,
        document.c.kind == operation.c.kind,
        document.c.key == operation.c.key,
    )
    place = func.row_number().over(
        partition_by=of_document, order_by=(_since(), operation.c.operation)
    )
    return (
        select(
            *of_document,
            operation.c.operation,
            operation.c.status,
            operation.c.finding,
            operation.c.shown_hash,
            operation.c.approved_hash,
            operation.c.requeued,
            _since().label("since"),
            document.c.counterparty,
            document.c.amount,
            document.c.currency,
            place.label("place"),
        )
        .select_from(operation.outerjoin(document, its_document))
        .where(*_wanted(selection))
        .order_by(_since(), *of_document, operation.c.operation)
    )


def _wanted(selection: Selection) -> Iterator[ColumnElement[bool]]:
    yield operation.c.tenant.in_(sorted(set(selection.tenants)))
    yield operation.c.status.in_([one.value for one in selection.statuses])
    if selection.operation is not None:
        yield operation.c.operation == selection.operation.value
    if selection.business is not None:
        yield operation.c.kind.in_([one.value for one in selection.business.kinds])
        yield operation.c.operation.in_([one.value for one in selection.business.operations])
    if selection.finding:
        yield finding_is(selection.finding)
    if selection.since_until is not None:
        tenants_by_time: dict[datetime, list[str]] = {}
        for tenant, until in selection.since_until.items():
            tenants_by_time.setdefault(until, []).append(tenant)
        yield or_(
            *(
                and_(operation.c.tenant.in_(tenants), _since() <= until)
                for until, tenants in tenants_by_time.items()
            )
        )


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        tenant=row.tenant,
        ref=DocumentRef(kind=DocumentKind(row.kind), key=row.key),
        operation=Operation(row.operation),
        status=Status(row.status),
        finding=finding_of(row.finding),
        since=row.since,
        counterparty=row.counterparty or "",
        amount=row.amount,
        currency=row.currency or "",
        shown_hash=row.shown_hash,
        is_confirmed=row.shown_hash is not None and row.approved_hash == row.shown_hash,
        is_requeued=row.requeued,
        is_first=row.place == 1,
    )
