"""What the asset checks judge: the latest report of every tenant, and what waits in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import StepReport

OPERATIONS_OF: dict[ControllerName, tuple[tuple[DocumentKind, ...], tuple[Operation, ...]]] = {
    ControllerName.PROVIDER_SYNC: (
        (DocumentKind.PROVIDER,),
        (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR, Operation.SET_EXTERNAL_ID),
    ),
    ControllerName.CFDI_DOWNLOAD: (
        (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.PAYMENT_COMPLEMENT),
        (Operation.DOWNLOAD,),
    ),
    ControllerName.CFDI_IMPORT: (
        (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE),
        (Operation.IMPORT, Operation.MARK_READY, Operation.POST),
    ),
    ControllerName.PAYMENT_CHECK: (
        (DocumentKind.PAYMENT, DocumentKind.PAYMENT_COMPLEMENT),
        (Operation.WRITE_COMPLEMENT,),
    ),
    ControllerName.PAYMENT_UPLOAD: (
        (DocumentKind.PAYMENT,),
        (Operation.UPLOAD, Operation.REVERSE),
    ),
    ControllerName.PO_CREATION: ((DocumentKind.PURCHASE_ORDER,), (Operation.CREATE,)),
    ControllerName.PO_UPDATES: (
        (DocumentKind.PURCHASE_ORDER,),
        (Operation.UPDATE, Operation.REOPEN),
    ),
    ControllerName.PO_CLOSURE: ((DocumentKind.PURCHASE_ORDER,), (Operation.CLOSE,)),
    ControllerName.PO_CANCELLATION: ((DocumentKind.PURCHASE_ORDER,), (Operation.CANCEL,)),
}
"""Whose business an operation is."""


@dataclass(frozen=True)
class TenantHealth:
    """What a check sees of one tenant."""

    tenant: str
    report: StepReport | None
    waiting: Sequence[OperationRow]
    now: datetime
    held_too_long: timedelta


Judge = Callable[[TenantHealth], str]
"""Empty when all is well, else what is wrong."""


def nothing_rejected(health: TenantHealth) -> str:
    """No document that someone must mend."""
    rejected = [row for row in health.waiting if row.status in (Status.REJECTED, Status.REFUSED)]
    return f"{len(rejected)} rejected or refused" if rejected else ""


def nothing_waits_too_long(health: TenantHealth) -> str:
    """No document older than the tenant's limit; findings that do not age are left out."""
    old = [
        row
        for row in health.waiting
        if row.waiting_since is not None
        and health.now - row.waiting_since > health.held_too_long
        and (row.finding is None or row.finding.kind.ages)
    ]
    return f"{len(old)} waiting for more than {health.held_too_long.days} days" if old else ""


def listings_complete(health: TenantHealth) -> str:
    """Every listing of the latest report was read to its end."""
    if health.report is None:
        return ""
    short = [
        f"{one.name} {one.received} of {'?' if one.total is None else one.total}"
        for one in health.report.listings
        if not one.is_complete
    ]
    return f"incomplete: {', '.join(short)}" if short else ""


def everything_reachable(health: TenantHealth) -> str:
    """No part of the latest step was left out because a system was away."""
    return "; ".join(health.report.problems) if health.report else ""


def plan_below_guard(health: TenantHealth) -> str:
    """The plan did not wait for a confirmation."""
    above = health.report is not None and health.report.above_guard
    return "the plan is above the guard; confirm it" if above else ""


def totals_agree(health: TenantHealth) -> str:
    """Everything seen was decided, and every act ended."""
    report = health.report
    if report is None or report.acted == report.succeeded + report.refused + report.unknown:
        return ""
    return "acts without an ending"


def nothing_in_doubt(health: TenantHealth) -> str:
    """No write whose outcome is unknown."""
    doubt = [row for row in health.waiting if row.status == Status.IN_FLIGHT]
    return f"{len(doubt)} with unknown outcome" if doubt else ""


JUDGES: dict[str, Judge] = {
    "nothing_rejected": nothing_rejected,
    "nothing_waits_too_long": nothing_waits_too_long,
    "nothing_in_doubt": nothing_in_doubt,
    "listings_complete": listings_complete,
    "systems_reachable": everything_reachable,
    "plan_below_guard": plan_below_guard,
    "totals_agree": totals_agree,
}


def judges_of(name: ControllerName) -> dict[str, Judge]:
    """The checks of one controller's asset."""
    chosen = dict(JUDGES)
    if name == ControllerName.CFDI_DOWNLOAD:
        del chosen["plan_below_guard"]
    return chosen


def belongs_to(row: OperationRow, name: ControllerName) -> bool:
    """Whether an operation is the controller's business."""
    kinds, operations = OPERATIONS_OF[name]
    return row.kind in kinds and row.operation in operations
