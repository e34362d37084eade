"""Whether a decision can be carried out: the events that may follow, by the state table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hypothesis import strategies as st

from portal_pipeline.core.decisions import Decision, OperationRow, Status, Verdict, held
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    NEXT_CYCLE,
    OUTCOME_UNKNOWN,
    PLAN_ABOVE_GUARD,
    REFUSED_BY_REMOTE,
)
from portal_pipeline.core.guard import hold_above, is_weighed
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.settling import settle
from portal_pipeline.core.tenant import Mode, Tenant
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.ledger.tenant import changes_of

FINDINGS = (
    None,
    NEXT_CYCLE(),
    OUTCOME_UNKNOWN(operation="upload", detail="timeout"),
    REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="no"),
    ATTEMPTS_USED_UP(system="portal", answer="1 no", attempts=20),
)
_ABOVE = PLAN_ABOVE_GUARD(count=9, limit="1", amount="1.00 MXN")
_STATUSES = (*Status, Status.DONE, Status.DONE)
"""Finished ones more often: what is taken up again must say so."""
_OF_A_CALL = (Event.SUCCEED, Event.ACCEPT, Event.REFUSE, Event.DOUBT, Event.ADOPT, Event.FIND_OTHER)


def rows(
    kind: DocumentKind, key: str, operation: Operation, now: datetime
) -> st.SearchStrategy[OperationRow | None]:
    """What the ledger may hold of an operation, in every status."""
    known = st.builds(
        OperationRow,
        kind=st.just(kind),
        key=st.just(key),
        operation=st.just(operation),
        status=st.sampled_from(_STATUSES),
        finding=st.sampled_from(FINDINGS),
        sent_hash=st.sampled_from([None, "sent"]),
        attempts=st.integers(0, 21),
        requeued=st.booleans(),
        next_attempt_at=st.sampled_from([None, now - timedelta(hours=1), now + timedelta(hours=1)]),
    )
    return st.none() | known


def illegal(planned: Decision, row: OperationRow | None, tenant: Tenant, now: datetime) -> set[str]:
    """Events that the state table forbids, of all that the protocol may do with a decision.

    It is settled where writing is on and in a dry run, whatever the tenant's own mode.
    """
    modes = (Mode.SANDBOX, Mode.DRY_RUN)
    tenants = [tenant.model_copy(update={"mode": mode}) for mode in modes]
    status = row.status if row else None
    return {
        f"{decision.verdict.value} on {status}: {why.value}"
        for decision in (settle(planned, row, one, now) for one in tenants)
        for events in _courses(decision, row)
        if isinstance(why := _end(status, events), Refusal)
    }


def _end(status: Status | None, events: Iterable[Event]) -> Status | Refusal | None:
    for event in events:
        result = after(status, event)
        if isinstance(result, Refusal):
            return result
        status = result
    return status


def _recorded(decision: Decision, row: OperationRow | None) -> list[Event]:
    return [change.event for change in changes_of(decision, row)]


def _courses(decision: Decision, row: OperationRow | None) -> Iterator[list[Event]]:
    """As ``controllers.protocol`` and ``TenantLedger`` do it, whatever the target answers."""
    act = decision.act
    if decision.verdict != Verdict.ACT or act is None:
        yield _recorded(decision, row)
        return
    yield _recorded(held(decision, NEXT_CYCLE()), row)  # the step's time was up
    is_in_doubt = row is not None and row.status == Status.IN_FLIGHT
    is_finished = row is not None and row.status == Status.DONE
    reopened = [Event.REOPEN] if is_finished else []
    if is_weighed(decision, row) and not is_in_doubt:  # the plan is above the guard
        shown = row.model_copy(update={"status": Status.HELD}) if row else None
        waits = hold_above(decision, row, _ABOVE)
        yield [*reopened, Event.SHOW, *_recorded(waits, shown)]
    begun: list[Event] = []
    if is_in_doubt:
        for event in (Event.ADOPT, Event.FIND_OTHER, Event.DOUBT, Event.SEE_ABSENT):
            yield [event]
        begun = [Event.PROVE_ABSENT]
        if act.look_up_only:
            left = row.model_copy(update={"status": Status.HELD}) if row else None
            changes = {"verdict": act.fallback or Verdict.HOLD, "act": None}
            yield [*begun, *_recorded(decision.model_copy(update=changes), left)]
            return
    elif act.look_up_first:
        yield [Event.ADOPT]
        yield [Event.FIND_OTHER]
    intent = [*begun, *reopened, Event.INTEND]
    for event in _OF_A_CALL:
        yield [*intent, event]
