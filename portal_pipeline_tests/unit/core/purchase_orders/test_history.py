"""Whatever happened to an order before: what is decided now is possible, and one step does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import Status, Verdict
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    LISTING_INCOMPLETE,
    REFUSED_BY_REMOTE,
)
from portal_pipeline.core.findings.providers import VENDOR_NOT_ON_PORTAL
from portal_pipeline.core.findings.purchase_orders import STEP_NOT_NEEDED
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.purchase_orders.classification import classify, decisions_of
from portal_pipeline.core.purchase_orders.models import Authorisation, Payee, PoFacts, PortalView
from portal_pipeline.core.purchase_orders.routing import OWNER
from portal_pipeline_tests.unit.core.legality import illegal
from portal_pipeline_tests.unit.core.purchase_orders.makers import (
    ALLOWED,
    PAYEE,
    TENANT,
    D,
    in_portal,
    known,
    line,
    order,
    row,
    view,
)
from portal_pipeline_tests.unit.core.purchase_orders.test_classification import (
    AMENDED,
    CANCELLED,
    DONE,
    STEPS,
    UNINVOICED,
)

T = TypeVar("T")
NOW = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
_LATER_ONES = (Operation.UPDATE, Operation.REOPEN, Operation.CLOSE, Operation.CANCEL)
_LATER = st.sampled_from([None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)])
_ANSWER = REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="x")
_ANSWERS = st.sampled_from(
    [
        None,
        _ANSWER,
        ATTEMPTS_USED_UP(system="portal", answer="x", attempts=20),
    ]
)
_NOTHING_LEFT = order(line(cancelled=D(10)), line(line_id=2, ordered=D(0), received=D(1)))
ORDERS = (
    *(None, order(), AMENDED, CANCELLED, DONE, UNINVOICED, _NOTHING_LEFT),
    *(order(line(ordered=D(12)), **changes) for changes in ({"is_on_hold": True}, {"buyer": ""})),
)
_PAYEES = (
    None,
    Payee(verdict=Verdict.OUT_OF_SCOPE, finding=VENDOR_NOT_ON_PORTAL(vendor="V")),
    Payee(verdict=Verdict.HOLD, finding=LISTING_INCOMPLETE(listing="x", detail="y")),
)
_UNREAD = PortalView(problem=LISTING_INCOMPLETE(listing="x", detail="y"))
_VIEWS = (view(None), view(in_portal()), view(in_portal(total=D(5))), _UNREAD)


def _mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    return st.sampled_from([*[usual] * 2 * len(others), *others])


@st.composite
def any_history(draw: st.DrawFn) -> PoFacts:
    """Facts of usual orders whose operations ended in any way, at any time.

    Mostly orders that the portal has and that nothing keeps back: their acts meet every status.
    """
    created = draw(_mostly(Status.DONE, None, *Status))
    state = _mostly("OPEN", "CLOSED", "CANCELLED")
    made = known(
        draw(st.sampled_from(ORDERS)),
        state=draw(state),
        state_set=draw(state),
        view=draw(_mostly(None, *_VIEWS)),
        payee=draw(_mostly(PAYEE, *_PAYEES)),
        authorisation=draw(_mostly(ALLOWED, Authorisation())),
    )
    statuses = st.sampled_from(Status)
    ended = draw(st.dictionaries(st.sampled_from(_LATER_ONES), statuses, max_size=2))
    rows = {Operation.CREATE: created, **ended}
    confirmed = made.rows[Operation.CREATE].content_hash
    found = {
        operation: row(
            operation,
            status,
            content_hash=draw(st.sampled_from([None, "z", confirmed])),
            finding=draw(_ANSWERS) if status == Status.REFUSED else None,
            next_attempt_at=draw(_LATER),
            sent_hash=draw(st.sampled_from([None, "y"])),
            requeued=draw(st.booleans()),
        )
        for operation, status in rows.items()
        if status is not None
    }
    return made.model_copy(update={"rows": found})


def _one_of_each_decision() -> list[PoFacts]:
    """Orders that the portal has: one for every decision that can follow, and why."""
    states = [("OPEN", "OPEN"), ("OPEN", "CLOSED"), ("CLOSED", "CLOSED"), ("CANCELLED", "CLOSED")]
    every = product(ORDERS, states, (None, *_VIEWS), (PAYEE, *_PAYEES), (ALLOWED, Authorisation()))
    found: dict[tuple[object, ...], PoFacts] = {}
    for one, (state, state_set), seen, payee, allowed in every:
        given_ = {"view": seen, "payee": payee, "authorisation": allowed}
        facts = known(one, state=state, state_set=state_set, **given_)
        decision = classify(facts, TENANT).decision
        code = decision.finding.code if decision.finding else ""
        found.setdefault((decision.operation, decision.verdict, code), facts)
    return list(found.values())


def test_no_decision_about_an_order_makes_an_illegal_transition() -> None:
    """Every decision, after any of the order's operations ended in any way."""
    found: set[str] = set()
    bases = _one_of_each_decision()
    for facts, operation, status in product(bases, OWNER, Status):
        before = row(operation, status, sent_hash="x", content_hash="z")
        if status == Status.REFUSED:
            before = before.model_copy(update={"finding": _ANSWER})
        now = facts.model_copy(update={"rows": {**facts.rows, operation: before}})
        for step in STEPS:
            for decision in decisions_of(step, [now], TENANT, set()):
                found |= illegal(decision, now.rows.get(decision.operation), TENANT, NOW)
    assert len(bases) > 15
    assert found == set()


@given(any_history())
def test_one_step_decides_and_any_other_only_ends_its_own_wait(facts: PoFacts) -> None:
    routed = classify(facts, TENANT)
    for step in STEPS:
        for decision in decisions_of(step, [facts], TENANT, set()):
            if (step, decision) == (routed.controller, routed.decision):
                continue
            assert OWNER[decision.operation] == step
            assert decision.finding is not None
            assert decision.finding.code == STEP_NOT_NEEDED.code


def test_an_order_acted_on_in_a_run_is_nobodys_candidate_in_it() -> None:
    waiting = row(Operation.CANCEL, Status.HELD)
    facts = known(AMENDED, rows={Operation.CANCEL: waiting})
    assert [decisions_of(step, [facts], TENANT, {facts.number}) for step in STEPS] == [[]] * 4
    assert sum(len(decisions_of(step, [facts], TENANT, set())) for step in STEPS) == 2
