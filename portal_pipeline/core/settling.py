"""What the history of an operation makes of a planner's decision.

Rules look at the world; this looks at what we already did: in doubt, refused and not yet due,
dismissed, approved. Source: rules 1 and 9.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from portal_pipeline.core.decisions import Act, Decision, OperationRow, Status, Verdict, done, held
from portal_pipeline.core.findings import RetryClass
from portal_pipeline.core.findings.general import DRY_RUN, NEXT_CYCLE, OUTCOME_UNKNOWN
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.tenant import Mode, Tenant


def settle(decision: Decision, row: OperationRow | None, tenant: Tenant, now: datetime) -> Decision:
    """The decision that may be carried out now, given the operation's row.

    - dismissed: done; nothing is asked of the target
    - in doubt: whatever the rules say, the target is looked up first; a new write follows only
      when the rules still say ``act``
    - refused and not due, or only a person can cure it: held with the remote system's answer
    - dry run: nothing acts but downloads, which write nothing remote
    """
    if row is not None and row.status == Status.DISMISSED:
        return done(decision.document, decision.operation)
    if row is not None and row.status == Status.IN_FLIGHT and decision.verdict != Verdict.DONE:
        return _look_up(decision, row, tenant)
    if decision.verdict != Verdict.ACT or decision.act is None:
        return decision
    if row is not None and row.status == Status.REFUSED and not is_due(row, decision.act, now):
        return held(decision, row.finding or NEXT_CYCLE())
    if tenant.mode == Mode.DRY_RUN and decision.operation != Operation.DOWNLOAD:
        return held(decision, DRY_RUN(operation=decision.operation.value))
    return decision


def _look_up(decision: Decision, row: OperationRow, tenant: Tenant) -> Decision:
    if tenant.mode == Mode.DRY_RUN and decision.operation != Operation.DOWNLOAD:
        return held(
            decision, OUTCOME_UNKNOWN(operation=row.operation.value, detail=tenant.mode.value)
        )
    if decision.verdict == Verdict.ACT:
        return decision
    return decision.model_copy(
        update={
            "verdict": Verdict.ACT,
            "act": Act(payload={}, look_up_only=True, fallback=decision.verdict),
        }
    )


def is_due(row: OperationRow, act: Act, now: datetime) -> bool:
    """Whether a refused operation may be tried again: requeued, changed, or its time has come."""
    if row.requeued or row.sent_hash != act.content_hash:
        return True
    if row.finding is not None and row.finding.kind.retry == RetryClass.ON_CHANGE:
        return False
    return row.next_attempt_at is None or now >= row.next_attempt_at


def next_attempt(now: datetime, interval: timedelta) -> datetime:
    """When a refused operation is due again: a fixed interval, which never grows (rules 9)."""
    return now + interval
