"""What the asset checks judge: the latest report of a tenant, and what the ledger counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from portal_pipeline.core.counted import Counted
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
    """What the checks of one controller see of one tenant."""

    tenant: str
    report: StepReport | None = None
    """The latest."""
    refused: Counted = field(default_factory=Counted)
    """Refused by the target system, or rejected by our rules."""
    stuck: Counted = field(default_factory=Counted)
    """What will not move by itself any more."""
    too_long: Counted = field(default_factory=Counted)
    in_doubt: Counted = field(default_factory=Counted)
    unaccounted: Counted = field(default_factory=Counted)
    """Downloaded before the latest import step, and unknown to the import."""
    hours: int = 0
    """The tenant's limit of waiting."""


Judge = Callable[[TenantHealth], str]
"""Empty when all is well, else what is wrong."""


def nothing_refused(health: TenantHealth) -> str:
    """No document that its target refused, or that someone must mend."""
    wrong = health.refused
    return f"{wrong.count} refused or rejected: {wrong.named}" if wrong.count else ""


def nothing_stuck(health: TenantHealth) -> str:
    """No document that will not move by itself any more: ``portal-pipeline held --stuck``."""
    stuck = health.stuck
    return f"{stuck.count} will not move by themselves: {stuck.named}" if stuck.count else ""


def nothing_waiting_too_long(health: TenantHealth) -> str:
    """No document waits for more hours than the tenant's limit; some findings do not age."""
    old = health.too_long
    return (
        f"{old.count} waiting for more than {health.hours} hours: {old.named}" if old.count else ""
    )


def every_download_accounted_for(health: TenantHealth) -> str:
    """Every downloaded invoice and credit note has an import in the ledger, in some status."""
    lost = health.unaccounted
    return f"{lost.count} downloaded without an import: {lost.named}" if lost.count else ""


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
    doubt = health.in_doubt
    return f"{doubt.count} with unknown outcome: {doubt.named}" if doubt.count else ""


JUDGES: dict[str, Judge] = {
    "nothing_refused": nothing_refused,
    "nothing_stuck": nothing_stuck,
    "nothing_waiting_too_long": nothing_waiting_too_long,
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
    if name == ControllerName.CFDI_IMPORT:
        chosen["every_download_accounted_for"] = every_download_accounted_for
    return chosen
