"""The operations that will not move by themselves any more, as one condition of a statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, not_, or_, type_coerce

from portal_pipeline.core.stuck import (
    ALWAYS_STUCK,
    STUCK_AFTER_A_WHILE,
    STUCK_WHERE_CURED_BY_PEOPLE,
    cured_by_people,
)
from portal_pipeline.ledger.schema import operation
from portal_pipeline.ledger.store import Ledger


def finding_is(code: str) -> ColumnElement[bool]:
    """The finding of an operation has this code."""
    # Stored canonically, a finding begins with its code (``JsonText``, ``finding_json``).
    text = type_coerce(operation.c.finding, Text)
    return text.startswith(f'{{"code":"{code}",', autoescape=True)


def is_stuck(ledger: Ledger, doubt_limits: Mapping[str, timedelta]) -> ColumnElement[bool]:
    """Operations of the given tenants that wait for a person and for nobody else.

    What a person has requeued moves in the next cycle.

    Args:
        ledger: whose clock (real time) measures doubts.
        doubt_limits: by tenant, how long the answer of a write may stay unknown.
    """
    now = ledger.lease_clock()
    tenants_by_time: dict[datetime, list[str]] = {}
    for tenant, limit in doubt_limits.items():
        tenants_by_time.setdefault(now - limit, []).append(tenant)
    in_doubt = [
        and_(
            operation.c.tenant.in_(sorted(tenants)),
            operation.c.status.in_([one.value for one in STUCK_AFTER_A_WHILE]),
            operation.c.called_at <= until,
        )
        for until, tenants in tenants_by_time.items()
    ]
    by_people = [
        and_(
            operation.c.status.in_([one.value for one in STUCK_WHERE_CURED_BY_PEOPLE]),
            or_(*(finding_is(code) for code in cured_by_people())),
        )
    ]
    rejected = operation.c.status.in_([one.value for one in ALWAYS_STUCK])
    return and_(not_(operation.c.requeued), or_(rejected, *by_people, *in_doubt))
