"""Whatever happened to an order before: what is decided now is possible, and one step does it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
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
from portal_pipeline_tests.unit.core.walked import NOW, refusals

_LATER_ONES = (Operation.UPDATE, Operation.REOPEN, Operation.CLOSE, Operation.CANCEL)
_LATER = st.sampled_from([None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)])
_ANSWERS = st.sampled_from(
    [
        None,
        REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="x"),
        ATTEMPTS_USED_UP(system="portal", answer="x", attempts=20),
    ]
)
_NOTHING_LEFT = order(line(cancelled=D(10)), line(line_id=2, ordered=D(0), received=D(1)))
_ORDERS = st.sampled_from(
    [None, order(), AMENDED, CANCELLED, DONE, UNINVOICED, _NOTHING_LEFT]
    + [order(line(ordered=D(12)), **changes) for changes in ({"is_on_hold": True}, {"buyer": ""})]
)
_PAYEES = st.sampled_from(
    [
        PAYEE,
        None,
        Payee(verdict=Verdict.OUT_OF_SCOPE, finding=VENDOR_NOT_ON_PORTAL(vendor="V")),
        Payee(verdict=Verdict.HOLD, finding=LISTING_INCOMPLETE(listing="x", detail="y")),
    ]
)
_UNREAD = PortalView(problem=LISTING_INCOMPLETE(listing="x", detail="y"))
_VIEWS = st.sampled_from(
    [None, view(None), view(in_portal()), view(in_portal(total=D(5))), _UNREAD]
)


@st.composite
def any_history(draw: st.DrawFn) -> PoFacts:
    """Facts of usual orders whose operations ended in any way, at any time."""
    created = draw(st.sampled_from([Status.DONE, Status.DONE, None, *Status]))
    state = st.sampled_from(["OPEN", "OPEN", "CLOSED", "CANCELLED"])
    made = known(
        draw(_ORDERS),
        state=draw(state),
        state_set=draw(state),
        view=draw(_VIEWS),
        payee=draw(_PAYEES),
        authorisation=draw(st.sampled_from([ALLOWED, Authorisation()])),
    )
    ended = draw(st.dictionaries(st.sampled_from(_LATER_ONES), st.sampled_from(Status)))
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


@settings(max_examples=300)
@given(any_history())
def test_no_decision_about_an_order_makes_an_illegal_transition(facts: PoFacts) -> None:
    for step in STEPS:
        for decision in decisions_of(step, [facts], TENANT, set()):
            assert refusals(decision, facts.rows.get(decision.operation), TENANT) == []


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


@given(any_history(), st.sampled_from(STEPS))
def test_an_order_acted_on_in_a_run_is_nobodys_candidate_in_it(facts: PoFacts, step) -> None:
    assert decisions_of(step, [facts], TENANT, {facts.number}) == []
