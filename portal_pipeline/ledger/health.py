"""What the asset checks count: one statement each, whatever the number of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from portal_pipeline.core.counted import Counted
from portal_pipeline.core.decisions import OPEN_STATUSES, Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.schema import operation
from portal_pipeline.ledger.stuck import finding_is, is_stuck
from portal_pipeline.ledger.tenant import TenantLedger

EXAMPLES = 3


@dataclass(frozen=True)
class Business:
    """Whose operations are counted."""

    kinds: Sequence[DocumentKind]
    operations: Sequence[Operation]

    def rows(self, tenant: TenantLedger, statuses: Sequence[Status]) -> ColumnElement[bool]:
        """Its operations in one of the statuses."""
        return and_(
            operation.c.tenant == tenant.tenant,
            operation.c.status.in_([status.value for status in statuses]),
            operation.c.kind.in_([kind.value for kind in self.kinds]),
            operation.c.operation.in_([one.value for one in self.operations]),
        )


def count_in(tenant: TenantLedger, business: Business, statuses: Sequence[Status]) -> Counted:
    """Operations in one of the statuses."""
    return _counted(tenant, business.rows(tenant, statuses))


def count_waiting(
    tenant: TenantLedger, business: Business, since: datetime, ageless: Sequence[str]
) -> Counted:
    """Open operations that wait since before a time, without those whose finding never ages.

    Args:
        tenant: whose ledger.
        business: whose operations.
        since: aware; business clock.
        ageless: codes of the findings that are left out.
    """
    begins = [finding_is(code) for code in ageless]
    ages = or_(operation.c.finding.is_(None), not_(or_(*begins))) if begins else None
    wanted = [business.rows(tenant, OPEN_STATUSES), operation.c.waiting_since < since]
    return _counted(tenant, and_(*wanted, *(() if ages is None else (ages,))))


def count_stuck(tenant: TenantLedger, business: Business, doubt_limit: timedelta) -> Counted:
    """Open operations that will not move by themselves any more."""
    stuck = is_stuck(tenant.ledger, {tenant.tenant: doubt_limit})
    return _counted(tenant, and_(business.rows(tenant, OPEN_STATUSES), stuck))


def count_unaccounted(
    tenant: TenantLedger, kinds: Sequence[DocumentKind], until: datetime
) -> Counted:
    """Documents downloaded until a time that have no import in the ledger, in whatever status."""
    imported = operation.alias("imported")
    has_import = (
        select(imported.c.key)
        .where(
            imported.c.tenant == operation.c.tenant,
            imported.c.kind == operation.c.kind,
            imported.c.key == operation.c.key,
            imported.c.operation == Operation.IMPORT.value,
        )
        .exists()
    )
    downloaded = Business(kinds, (Operation.DOWNLOAD,)).rows(tenant, (Status.DONE,))
    return _counted(tenant, and_(downloaded, operation.c.updated_at <= until, not_(has_import)))


def _counted(tenant: TenantLedger, wanted: ColumnElement[bool]) -> Counted:
    """One statement: the first rows, each with the number of all."""
    statement = (
        select(operation.c.kind, operation.c.key, func.count().over().label("total"))
        .where(wanted)
        .order_by(operation.c.waiting_since, operation.c.kind, operation.c.key)
        .limit(EXAMPLES)
    )
    with tenant.ledger.reading() as connection:
        rows = connection.execute(statement).all()
    if not rows:
        return Counted()
    return Counted(rows[0].total, tuple(f"{row.kind} {row.key}" for row in rows))
