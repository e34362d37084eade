"""Findings that any controller can have."""

from portal_pipeline.core.findings.base import Exit, RetryClass, Severity, declare

DRY_RUN = declare("dry_run", Severity.INFO, "operation", exits=(Exit.DISMISS,), ages=False)
OUTCOME_UNKNOWN = declare(
    "outcome_unknown",
    Severity.WARNING,
    "operation",
    "detail",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
REFUSED_BY_REMOTE = declare(
    "refused_by_remote",
    Severity.ERROR,
    "system",
    "answer_code",
    "answer",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
ATTEMPTS_USED_UP = declare(
    "attempts_used_up",
    Severity.ERROR,
    "system",
    "answer",
    "attempts",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
)
NEXT_CYCLE = declare("next_cycle", Severity.INFO, exits=(Exit.DISMISS,))
PLAN_ABOVE_GUARD = declare(
    "plan_above_guard",
    Severity.ERROR,
    "count",
    "limit",
    "amount",
    exits=(Exit.CONFIRM, Exit.DISMISS),
)
CASE_NOT_SUPPORTED = declare(
    "case_not_supported", Severity.ERROR, "case", exits=(Exit.REQUEUE, Exit.DISMISS)
)
BEFORE_START = declare(
    "before_start", Severity.INFO, "date", "start_date", exits=(Exit.ADMIT,), ages=False
)
BEFORE_START_NOT_IN_TARGET = declare(
    "before_start_not_in_target",
    Severity.WARNING,
    "date",
    "start_date",
    exits=(Exit.ADMIT, Exit.LINK, Exit.DISMISS),
)
UNEXPECTED_ERROR = declare(
    "unexpected_error", Severity.ERROR, "detail", exits=(Exit.REQUEUE, Exit.DISMISS)
)
LISTING_INCOMPLETE = declare(
    "listing_incomplete", Severity.ERROR, "listing", "detail", exits=(Exit.REQUEUE,)
)
FOLLOWS_UNSETTLED = declare(
    "follows_unsettled", Severity.INFO, "other", exits=(Exit.REQUEUE, Exit.DISMISS)
)
