"""What the ledger would do with a planner's decision, without a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from portal_pipeline.core.decisions import Decision, OperationRow, Status, Verdict, held
from portal_pipeline.core.findings.general import NEXT_CYCLE, PLAN_ABOVE_GUARD, UNEXPECTED_ERROR
from portal_pipeline.core.guard import hold_above, is_weighed
from portal_pipeline.core.settling import settle
from portal_pipeline.core.tenant import Mode, Tenant
from portal_pipeline.core.transitions import Event, Refusal, after, events_of

NOW = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
_ABOVE = PLAN_ABOVE_GUARD(count=9, limit="1", amount="1.00 MXN")


def refusals(decision: Decision, row: OperationRow | None, tenant: Tenant) -> list[str]:
    """The illegal transitions of a decision, however its step goes on; empty when there is none.

    It is settled live and in a dry run; an act is then carried out, left for the next cycle,
    stopped by an error, or held by the guard.
    """
    found: list[str] = []
    for mode in (Mode.SANDBOX, Mode.DRY_RUN):
        settled = settle(decision, row, tenant.model_copy(update={"mode": mode}), NOW)
        for way, events in _ways(settled, row):
            status = row.status if row else None
            for event in events:
                follows = after(status, event)
                if isinstance(follows, Refusal):
                    found.append(f"{mode.value}, {way}: {event.value} on {status}: {follows.value}")
                    break
                status = follows
    return found


def _ways(settled: Decision, row: OperationRow | None) -> Iterator[tuple[str, tuple[Event, ...]]]:
    if settled.verdict != Verdict.ACT:
        yield "recorded", events_of(settled, row)
        return
    yield "carried out", _carried_out(settled, row)
    for finding in (NEXT_CYCLE(), UNEXPECTED_ERROR(detail="x")):
        yield finding.code, events_of(held(settled, finding), row)
    if not is_weighed(settled, row):
        return
    guarded = hold_above(settled, row, _ABOVE)
    if guarded.verdict == Verdict.ACT:
        yield "guard", _carried_out(guarded, row)
    else:
        yield "guard", (*_reopened(row), Event.SHOW, *events_of(guarded, _waiting(row)))


def _carried_out(decision: Decision, row: OperationRow | None) -> tuple[Event, ...]:
    """What the write protocol does where the target does not have it yet."""
    sent = (Event.INTEND, Event.SUCCEED)
    if row is None or row.status != Status.IN_FLIGHT:
        return (*_reopened(row), *sent)
    if decision.act is None or not decision.act.look_up_only:
        return (Event.PROVE_ABSENT, *sent)
    decided = decision.model_copy(update={"verdict": decision.act.fallback, "act": None})
    return (Event.PROVE_ABSENT, *events_of(decided, _waiting(row)))


def _reopened(row: OperationRow | None) -> tuple[Event, ...]:
    return (Event.REOPEN,) if row is not None and row.status == Status.DONE else ()


def _waiting(row: OperationRow | None) -> OperationRow | None:
    return row.model_copy(update={"status": Status.HELD}) if row else None
