"""Findings that any controller can have."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

DRY_RUN = declare(
    "dry_run",
    "In dry run everything is read, planned and reported, and nothing is written to Sage or "
    "the portal.",
    Severity.INFO,
    "operation",
    exits=(Exit.DISMISS,),
    ages=False,
    waits_for=WaitsFor.DECISION,
)
OUTCOME_UNKNOWN = declare(
    "outcome_unknown",
    "A write whose answer was lost is looked up in the target first and made again only "
    "when it is proven absent.",
    Severity.WARNING,
    "operation",
    "detail",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)
REFUSED_BY_REMOTE = declare(
    "refused_by_remote",
    "A document that the other system refused is tried again at the tenant's interval, and "
    "at once when it changes or a person asks for it.",
    Severity.ERROR,
    "system",
    "answer_code",
    "answer",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SOURCE,
)
ATTEMPTS_USED_UP = declare(
    "attempts_used_up",
    "After the most attempts that the settings allow, a refused document is tried again "
    "only when it changes or a person asks for it.",
    Severity.ERROR,
    "system",
    "answer",
    "attempts",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
    waits_for=WaitsFor.SOURCE,
)
NEXT_CYCLE = declare(
    "next_cycle",
    "What a step had no time for, or could not send because the target stopped answering, "
    "is left to the next cycle.",
    Severity.INFO,
    exits=(Exit.DISMISS,),
    waits_for=WaitsFor.NEXT_CYCLE,
)
PLAN_ABOVE_GUARD = declare(
    "plan_above_guard",
    "A plan with more acts or more money than the guard allows does nothing until a person "
    "confirms what it shows.",
    Severity.ERROR,
    "count",
    "limit",
    "amount",
    exits=(Exit.CONFIRM, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
BEFORE_START = declare(
    "before_start",
    "A document from before the tenant's start date is not treated unless a person admits it.",
    Severity.INFO,
    "date",
    "start_date",
    exits=(Exit.ADMIT,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
BEFORE_START_NOT_IN_TARGET = declare(
    "before_start_not_in_target",
    "A document from before the start date that the former system may have lost is not sent "
    "until a person decides about it.",
    Severity.WARNING,
    "date",
    "start_date",
    exits=(Exit.ADMIT, Exit.LINK, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
UNEXPECTED_ERROR = declare(
    "unexpected_error",
    "An error with one document stops that document alone; it is told and tried again in "
    "the next cycle.",
    Severity.ERROR,
    "detail",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)
LISTING_INCOMPLETE = declare(
    "listing_incomplete",
    "Nothing is concluded about a document from a list that was not read to its end.",
    Severity.ERROR,
    "listing",
    "detail",
    exits=(Exit.REQUEUE,),
    waits_for=WaitsFor.NEXT_CYCLE,
)
