"""What is still open, found without reading what is finished (rules 1 "Reading").

The daily sweep looks at everything; between two of them these keys are what a cycle looks at.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, select

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.reading import TenantReading
from portal_pipeline.ledger.schema import document, operation


def unfinished_in_portal(tenant: TenantReading, kind: DocumentKind) -> list[str]:
    """Keys, in order, of the documents with a portal id that the portal is not done with."""
    return _sorted(tenant, _unclosed(tenant, kind).where(document.c.portal_id.is_not(None)))


def done_and_unfinished(
    tenant: TenantReading, kind: DocumentKind, operation_: Operation
) -> list[str]:
    """Keys, in order, of documents whose operation is done and with which the portal is not."""
    is_done = (
        select(operation.c.key)
        .where(
            operation.c.tenant == document.c.tenant,
            operation.c.kind == document.c.kind,
            operation.c.key == document.c.key,
            operation.c.operation == operation_.value,
            operation.c.status == Status.DONE.value,
        )
        .exists()
    )
    return _sorted(tenant, _unclosed(tenant, kind).where(is_done))


def _unclosed(tenant: TenantReading, kind: DocumentKind) -> Select[Any]:
    return select(document.c.key).where(
        document.c.tenant == tenant.tenant,
        document.c.kind == kind.value,
        document.c.is_closed == false(),
    )


def _sorted(tenant: TenantReading, *statements: Select[Any]) -> list[str]:
    """The keys of all of them.

    Put in order here: asked to do it, SQLite walks through all documents in the order of their
    keys. For the same reason the statements say ``EXISTS`` where they could join.
    """
    with tenant.ledger.reading() as connection:
        return sorted({key for one in statements for key in connection.execute(one).scalars()})


@dataclass(frozen=True)
class FollowUp:
    """Two operations of which the second follows the first, and when each has its say."""

    first: Operation
    begun: Collection[Status]
    """Statuses of the first in which the second is due."""
    then: Operation
    ended: Collection[Status]
    """Statuses of the second in which nothing is left to do."""


def not_followed_up(
    tenant: TenantReading, kind: DocumentKind, wanted: FollowUp, since: datetime | None
) -> list[str]:
    """Keys, in order, of documents whose second operation is due and has not ended.

    Args:
        tenant: whose ledger.
        kind: of the documents.
        wanted: the operations.
        since: where the second has no row yet, the first must have changed since then: whoever
            decides gives every document a row, so an older one without any has been decided on.
            None: whenever it changed.
    """
    first, then = operation.alias("first"), operation.alias("then_")
    same = and_(
        then.c.tenant == first.c.tenant, then.c.kind == first.c.kind, then.c.key == first.c.key
    )
    is_due = and_(
        first.c.operation == wanted.first.value,
        first.c.status.in_([one.value for one in wanted.begun]),
    )
    has_row = select(then.c.key).where(same, then.c.operation == wanted.then.value).exists()
    new = select(first.c.key).where(
        first.c.tenant == tenant.tenant, first.c.kind == kind.value, is_due, ~has_row
    )
    if since is not None:
        new = new.where(first.c.updated_at >= since)
    open_ = select(then.c.key).where(
        then.c.tenant == tenant.tenant,
        then.c.kind == kind.value,
        then.c.operation == wanted.then.value,
        then.c.status.in_([one.value for one in Status if one not in wanted.ended]),
        select(first.c.key).where(same, is_due).exists(),
    )
    return _sorted(tenant, new, open_)
