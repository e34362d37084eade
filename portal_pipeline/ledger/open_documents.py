"""What is still open, found without reading what is finished (rules 1 "Reading").

The daily sweep looks at everything; between two of them these keys are what a cycle looks at. They
are given as ``TenantReading.keys_of`` gives them; the statements say ``EXISTS`` where they could
join, which SQLite would do by walking through all documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, select

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.reading import TenantReading
from portal_pipeline.ledger.schema import document, operation
from portal_pipeline.statements import prepared


def unfinished_in_portal(tenant: TenantReading, kind: DocumentKind) -> Iterator[str]:
    """Keys of the documents with a portal id that the portal is not done with."""
    return tenant.keys_of(_select_with_portal_id(tenant.tenant, kind.value))


def done_and_unfinished(
    tenant: TenantReading, kind: DocumentKind, operation_: Operation
) -> Iterator[str]:
    """Keys of documents whose operation is done and with which the portal is not."""
    return tenant.keys_of(_select_done(tenant.tenant, kind.value, operation_.value))


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
) -> Iterator[str]:
    """Keys of documents whose second operation is due and has not ended.

    Args:
        tenant: whose ledger.
        kind: of the documents.
        wanted: the operations.
        since: where the second has no row yet, the first must have changed since then: whoever
            decides gives every document a row, so an older one without any has been decided on.
            None: whenever it changed.
    """
    given = (tenant.tenant, kind.value, wanted.first.value, wanted.then.value)
    begun = [one.value for one in wanted.begun]
    unended = [one.value for one in Status if one not in wanted.ended]
    yield from tenant.keys_of(_select_not_begun(*given, begun, since))
    yield from tenant.keys_of(_select_not_ended(*given, begun, unended))


# -- statements ----------------------------------------------------------------------------------


def _unclosed(tenant: str, kind: str) -> Select[Any]:
    return select(document.c.key).where(
        document.c.tenant == tenant, document.c.kind == kind, document.c.is_closed == false()
    )


@prepared
def _select_with_portal_id(tenant: str, kind: str) -> Select[Any]:
    return _unclosed(tenant, kind).where(document.c.portal_id.is_not(None))


@prepared
def _select_done(tenant: str, kind: str, operation_: str) -> Select[Any]:
    is_done = (
        select(operation.c.key)
        .where(
            operation.c.tenant == document.c.tenant,
            operation.c.kind == document.c.kind,
            operation.c.key == document.c.key,
            operation.c.operation == operation_,
            operation.c.status == Status.DONE.value,
        )
        .exists()
    )
    return _unclosed(tenant, kind).where(is_done)


_FIRST, _THEN = operation.alias("first"), operation.alias("then_")
_SAME = and_(
    _THEN.c.tenant == _FIRST.c.tenant,
    _THEN.c.kind == _FIRST.c.kind,
    _THEN.c.key == _FIRST.c.key,
)


@prepared
def _select_not_begun(
    tenant: str, kind: str, first: str, then: str, begun: list[str], since: datetime | None
) -> Select[Any]:
    has_row = select(_THEN.c.key).where(_SAME, _THEN.c.operation == then).exists()
    statement = select(_FIRST.c.key).where(
        _FIRST.c.tenant == tenant,
        _FIRST.c.kind == kind,
        _FIRST.c.operation == first,
        _FIRST.c.status.in_(begun),
        ~has_row,
    )
    return statement if since is None else statement.where(_FIRST.c.updated_at >= since)


@prepared
def _select_not_ended(
    tenant: str, kind: str, first: str, then: str, begun: list[str], unended: list[str]
) -> Select[Any]:
    is_due = (
        select(_FIRST.c.key)
        .where(_SAME, _FIRST.c.operation == first, _FIRST.c.status.in_(begun))
        .exists()
    )
    return select(_THEN.c.key).where(
        _THEN.c.tenant == tenant,
        _THEN.c.kind == kind,
        _THEN.c.operation == then,
        _THEN.c.status.in_(unended),
        is_due,
    )
