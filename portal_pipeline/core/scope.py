"""What is in scope: everything since the tenant's start, and whatever we or a person took up.

Source: rules 1 "Scope".
"""

from __future__ import annotations

from datetime import date

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import BEFORE_START, BEFORE_START_NOT_IN_TARGET
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.tenant import Tenant


def was_taken_up(row: OperationRow | None) -> bool:
    """Whether this product has acted on the document itself."""
    return row is not None and (
        row.status == Status.IN_FLIGHT or row.attempts > 0 or bool(row.sent_hash)
    )


def before_start(
    tenant: Tenant,
    kind: DocumentKind,
    on: date | None,
    document: DocumentRow | None,
    row: OperationRow | None,
    *,
    may_be_lost: bool,
) -> Finding | None:
    """None when in scope; else why not.

    ``on`` is the date that counts for the kind (authorisation, posting, approval);
    ``may_be_lost`` says that an older document is one that the old system may have lost: it is
    then held for a person instead of being left out.
    """
    start = tenant.start_of(kind)
    if start is None or (on is not None and on >= start):
        return None
    if was_taken_up(row) or (document is not None and document.admitted):
        return None
    shown = on.isoformat() if on else "-"
    kind_of = BEFORE_START_NOT_IN_TARGET if may_be_lost else BEFORE_START
    return kind_of(date=shown, start_date=start.isoformat())
