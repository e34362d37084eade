"""The classification's small questions, each with its whole table of answers."""

from __future__ import annotations

import itertools

import pytest

from portal_pipeline.core.decisions import (
    Act,
    Decision,
    Document,
    Status,
    Verdict,
)
from portal_pipeline.core.findings.base import CATALOGUE, Finding
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE, NEXT_CYCLE
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.purchase_orders.classification import (
    classify,
    decisions_of,
    in_doubt,
    needs_payee,
    needs_portal,
)
from portal_pipeline.core.purchase_orders.models import PortalView
from portal_pipeline.core.purchase_orders.routing import Routed
from portal_pipeline_tests.unit.core.purchase_orders.makers import (
    PAYEE,
    PO,
    TENANT,
    facts,
    in_portal,
    known,
    order,
    row,
    view,
)
from portal_pipeline_tests.unit.core.purchase_orders.test_classification import (
    AMENDED,
    CANCELLATION,
    CANCELLED,
    CLOSURE,
    CREATION,
    UPDATES,
    said,
)
from portal_pipeline_tests.unit.core.purchase_orders.test_classification import DONE as FINISHED

ABOUT_THE_PORTAL = {
    "before_start_not_in_target",
    "listing_incomplete",
    "po_cancelled_for_good",
    "changed_in_portal",
    "po_missing_in_portal",
    "missing_in_sage",
    "po_number_taken",
}
OF_ORDERS = (Operation.CREATE, *(Operation.REOPEN, Operation.UPDATE), Operation.CLOSE)


def decided(operation: Operation, verdict: Verdict, finding: Finding | None = None) -> Routed:
    decision = Decision(
        document=Document(kind=PO, key="OC1"),
        operation=operation,
        verdict=verdict,
        finding=finding,
        act=Act(payload={}) if verdict == Verdict.ACT else None,
    )
    return Routed(UPDATES, decision)


def doubts(*operations: Operation):
    return {op: row(op, Status.IN_FLIGHT, sent_hash="y") for op in operations}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_portal_is_asked_again_for_exactly_what_it_alone_can_end(code):
    finding, expected = Finding(code=code), code in ABOUT_THE_PORTAL
    assert needs_portal(facts(order()), decided(Operation.CREATE, Verdict.HOLD, finding)) == (
        expected
    )
    waits = known(
        order(), rows={Operation.UPDATE: row(Operation.UPDATE, Status.HELD, finding=finding)}
    )
    assert needs_portal(waits, decided(Operation.UPDATE, Verdict.DONE)) == expected


@pytest.mark.parametrize("status", list(Status))
def test_only_what_is_still_open_makes_the_portal_be_asked(status):
    finding = Finding(code="changed_in_portal")
    rows = {Operation.UPDATE: row(Operation.UPDATE, status, finding=finding)}
    is_open = status in {Status.HELD, Status.IN_FLIGHT, Status.REFUSED, Status.REJECTED}
    assert needs_portal(facts(order(), rows=rows), decided(Operation.UPDATE, Verdict.DONE)) == (
        is_open
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_without_a_finding_only_an_act_needs_the_portal(verdict):
    bare = facts(order(), rows={Operation.UPDATE: row(Operation.UPDATE, Status.HELD)})
    assert needs_portal(bare, decided(Operation.UPDATE, verdict)) == (verdict == Verdict.ACT)


@pytest.mark.parametrize(
    ("operation", "verdict", "is_seen"),
    list(itertools.product((*OF_ORDERS, Operation.CANCEL), Verdict, (False, True))),
)
def test_the_provider_is_needed_where_content_goes_or_an_order_is_adopted(
    operation, verdict, is_seen
):
    looked = view(in_portal()) if is_seen else None
    unknown = facts(order(), payee=None, view=looked)
    adopts = is_seen and operation == Operation.CREATE and verdict == Verdict.DONE
    has_content = operation in {Operation.CREATE, Operation.UPDATE}
    expected = adopts or (has_content and verdict in {Verdict.ACT, Verdict.REJECT})
    assert needs_payee(unknown, decided(operation, verdict)) is expected
    assert not needs_payee(facts(order(), payee=PAYEE, view=looked), decided(operation, verdict))
    assert not needs_payee(facts(None, payee=None, view=looked), decided(operation, verdict))


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(facts(order(), rows=doubts(Operation.CREATE), view=view(in_portal())),
                     (CREATION, Operation.CREATE, "done", ""),
                     id="a creation is settled by seeing the order"),
        pytest.param(known(AMENDED, rows=doubts(Operation.UPDATE), view=view(in_portal(AMENDED))),
                     (UPDATES, Operation.UPDATE, "out_of_scope", "po_step_not_needed"),
                     id="an update only by comparing what it sent"),
        pytest.param(known(AMENDED, rows=doubts(Operation.REOPEN, Operation.UPDATE),
                           view=view(in_portal(AMENDED))),
                     (UPDATES, Operation.UPDATE, "out_of_scope", "po_step_not_needed"),
                     id="of several, the one that the order asks for now"),
        pytest.param(known(CANCELLED, rows=doubts(Operation.CLOSE, Operation.UPDATE)),
                     (UPDATES, Operation.UPDATE, "out_of_scope", "po_step_not_needed"),
                     id="of several others, the earliest step"),
        pytest.param(known(CANCELLED, rows=doubts(Operation.CANCEL)),
                     (CANCELLATION, Operation.CANCEL, "act", ""), id="a cancellation"),
        pytest.param(known(CANCELLED, rows=doubts(Operation.CANCEL), state="CANCELLED"),
                     (CANCELLATION, Operation.CANCEL, "out_of_scope", "po_step_not_needed"),
                     id="a cancellation that the portal shows"),
    ],
)  # fmt: skip
def test_several_writes_in_doubt_are_settled_one_a_cycle(given_, expected):
    assert said(classify(given_, TENANT)) == expected


@pytest.mark.parametrize("status", list(Status))
def test_in_doubt_is_what_is_in_flight_and_nothing_else(status):
    found = in_doubt(facts(order(), rows={Operation.UPDATE: row(Operation.UPDATE, status)}))
    assert found == ([Operation.UPDATE] if status == Status.IN_FLIGHT else [])


def test_what_is_held_for_a_list_that_is_not_whole_is_taken_up_again_when_it_is():
    problem = LISTING_INCOMPLETE(listing="purchase orders", detail="short")
    unread = known(AMENDED).model_copy(update={"view": PortalView(problem=problem)})
    decision = classify(unread, TENANT).decision
    assert (decision.finding, decision.reopens) == (problem, True)
    quiet = known(order()).model_copy(update={"view": PortalView(problem=problem)})
    assert classify(quiet, TENANT) == classify(known(order()), TENANT)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("step", [CREATION, UPDATES, CLOSURE, CANCELLATION])
def test_only_open_operations_of_the_step_are_ended_as_not_needed(step, status):
    waiting = row(Operation.CLOSE, status, finding=NEXT_CYCLE())
    found = decisions_of(
        step, [known(AMENDED, rows={Operation.CLOSE: waiting})], TENANT, frozenset()
    )
    ended = [one for one in found if one.operation == Operation.CLOSE]
    is_ended = step == CLOSURE and status in {
        *(Status.HELD, Status.REFUSED, Status.REJECTED, Status.IN_FLIGHT)
    }
    assert [(d.verdict, d.finding and d.finding.params) for d in ended] == (
        [(Verdict.OUT_OF_SCOPE, {"operation": "close"})] if is_ended else []
    )


def test_an_operation_that_the_order_asks_for_is_decided_once():
    held = row(Operation.UPDATE, Status.HELD, finding=NEXT_CYCLE())
    (one,) = decisions_of(UPDATES, [known(AMENDED, rows={Operation.UPDATE: held})], TENANT, set())
    assert (one.operation, one.verdict) == (Operation.UPDATE, Verdict.ACT)


def test_orders_before_and_after_one_that_was_acted_on_are_decided():
    orders = [known(AMENDED).model_copy(update={"number": f"OC{n}"}) for n in range(3)]
    assert len(decisions_of(UPDATES, orders, TENANT, {"OC1"})) == 2


@pytest.mark.parametrize("status", [None, *Status])
def test_an_order_is_ours_in_the_portal_only_when_its_creation_is_done(status):
    rows = {} if status is None else {Operation.CREATE: row(Operation.CREATE, status)}
    routed = classify(known(AMENDED).model_copy(update={"rows": rows}), TENANT)
    expected = UPDATES if status == Status.DONE else CREATION
    assert routed.controller == expected
    if status == Status.DISMISSED:
        assert routed.decision.verdict == Verdict.DONE


def test_the_steps_are_four():
    assert {CREATION, UPDATES, CLOSURE, CANCELLATION} == {
        name for name in ControllerName if name.value.startswith("po_")
    }


def test_nothing_is_ended_as_not_needed_while_a_write_of_the_order_is_in_doubt():
    waiting = {Operation.CANCEL: row(Operation.CANCEL, Status.HELD, finding=NEXT_CYCLE())}
    quiet = known(AMENDED, rows=waiting)
    assert len(decisions_of(CANCELLATION, [quiet], TENANT, set())) == 1
    doubtful = known(AMENDED, rows=waiting | doubts(Operation.CLOSE))
    assert decisions_of(CANCELLATION, [doubtful], TENANT, set()) == []


NOTE = NEXT_CYCLE()


@pytest.mark.parametrize(
    ("earlier", "now", "ended"),
    [
        pytest.param(row(Operation.REOPEN, notes=(NOTE,), content_hash="h"), AMENDED, True,
                     id="act"),
        pytest.param(row(Operation.REOPEN), AMENDED, False, id="without notes"),
        pytest.param(row(Operation.REOPEN, Status.DISMISSED, notes=(NOTE,)), AMENDED, False,
                     id="ended otherwise"),
        pytest.param(row(Operation.REOPEN, notes=(NOTE,)), order(is_on_hold=True, description="N"),
                     False, id="a step that waits"),
        pytest.param(row(Operation.UPDATE, notes=(NOTE,), content_hash="h"), AMENDED, False,
                     id="the step's own"),
    ],
)  # fmt: skip
def test_what_earlier_steps_told_ends_with_a_step_that_is_taken_or_confirmed(earlier, now, ended):
    found = decisions_of(UPDATES, [known(now, rows={earlier.operation: earlier})], TENANT, set())
    cleared = [one for one in found if one.verdict == Verdict.DONE and not one.notes]
    told = [(one.operation, one.confirms) for one in cleared]
    assert told == ([(earlier.operation, earlier.content_hash)] if ended else [])


def test_what_earlier_steps_told_ends_with_a_closure_that_the_portal_confirms():
    told = {Operation.CREATE: row(Operation.CREATE, notes=(NOTE,), content_hash="h")}
    closed = known(FINISHED, state="CLOSED", rows=told)
    closure, creation = decisions_of(CLOSURE, [closed], TENANT, set())
    assert (closure.operation, closure.verdict) == (Operation.CLOSE, Verdict.DONE)
    assert (creation.operation, creation.confirms) == (Operation.CREATE, "h")
