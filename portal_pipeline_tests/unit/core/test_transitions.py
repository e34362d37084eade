"""The state table is total, and says the same as its rules in words."""

from __future__ import annotations

import itertools

import pytest

from portal_pipeline.core.decisions import Decision, Document, OperationRow, Status, Verdict
from portal_pipeline.core.findings.general import NEXT_CYCLE
from portal_pipeline.core.findings.payments import REVERSED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.transitions import (
    OUTCOMES,
    TRANSITIONS,
    Event,
    Refusal,
    after,
    events_of,
)

EVERY_PAIR = list(itertools.product([None, *Status], Event))


@pytest.mark.parametrize(("status", "event"), EVERY_PAIR)
def test_every_pair_of_status_and_event_is_decided(status, event):
    assert isinstance(after(status, event), Status | Refusal)


def test_no_status_is_forgotten():
    assert set(TRANSITIONS) == {None, *Status}


@pytest.mark.parametrize("event", [Event.INTEND, Event.HOLD, Event.REJECT, Event.EXCLUDE])
def test_an_attempt_in_doubt_allows_neither_another_attempt_nor_a_new_decision(event):
    assert after(Status.IN_FLIGHT, event) == Refusal.IN_DOUBT


RESTORING = {Event.RESTORE, Event.RESTORE_IN_DOUBT}


@pytest.mark.parametrize("event", sorted(set(Event) - RESTORING - set(OUTCOMES)))
def test_a_dismissed_operation_moves_only_when_it_is_restored(event):
    assert after(Status.DISMISSED, event) == Refusal.DISMISSED


@pytest.mark.parametrize("event", OUTCOMES)
def test_how_a_call_ended_is_kept_although_a_person_ended_its_operation_meanwhile(event):
    assert after(Status.DISMISSED, event) == Status.DISMISSED


def test_what_was_in_doubt_when_it_was_dismissed_is_in_doubt_again_when_it_is_restored():
    assert after(Status.DISMISSED, Event.RESTORE) == Status.HELD
    assert after(Status.DISMISSED, Event.RESTORE_IN_DOUBT) == Status.IN_FLIGHT


@pytest.mark.parametrize("event", [Event.INTEND, Event.HOLD, Event.REQUEUE, Event.REFUSE])
def test_a_finished_operation_is_taken_up_again_only_by_reopening_it(event):
    assert after(Status.DONE, event) == Refusal.FINISHED
    assert after(Status.DONE, Event.REOPEN) == Status.HELD


@pytest.mark.parametrize(
    "event", [Event.SUCCEED, Event.REFUSE, Event.DOUBT, Event.SEE_ABSENT, Event.PROVE_ABSENT]
)
@pytest.mark.parametrize(
    "status", sorted(set(Status) - {Status.IN_FLIGHT, Status.DONE, Status.DISMISSED})
)
def test_an_outcome_needs_an_attempt(status, event):
    assert after(status, event) == Refusal.NEVER_INTENDED


def test_only_an_attempt_that_is_proven_absent_leaves_the_flight_without_an_outcome():
    leaving = {
        event
        for event in Event
        if isinstance(after(Status.IN_FLIGHT, event), Status)
        and after(Status.IN_FLIGHT, event) != Status.IN_FLIGHT
    }
    assert leaving == {
        Event.SUCCEED,
        Event.ACCEPT,
        Event.ADOPT,
        Event.CONFIRM_DONE,
        Event.REFUSE,
        Event.FIND_OTHER,
        Event.PROVE_ABSENT,
        Event.DISMISS,
    }


# Columns: nothing known yet, then each status. A letter is the status that follows, a sign why
# the event is not possible: one mark for each pair, so that no cell changes unseen.
MARKS = {
    "h": Status.HELD,
    "f": Status.IN_FLIGHT,
    "d": Status.DONE,
    "r": Status.REFUSED,
    "j": Status.REJECTED,
    "o": Status.OUT_OF_SCOPE,
    "x": Status.DISMISSED,
    "-": Refusal.NEVER_INTENDED,
    "?": Refusal.IN_DOUBT,
    "!": Refusal.FINISHED,
    "#": Refusal.DISMISSED,
    "~": Refusal.NOT_DISMISSED,
    "0": Refusal.UNKNOWN_OPERATION,
}
COLUMNS = (
    *(None, Status.HELD, Status.REJECTED, Status.REFUSED, Status.OUT_OF_SCOPE),
    *(Status.IN_FLIGHT, Status.DONE, Status.DISMISSED),
)
TABLE = """
    hold              h h h h h ? ! #
    reject            j j j j j ? ! #
    exclude           o o o o o ? ! #
    confirm_done      d d d d d d d #
    reopen            - - - - - ? h #
    intend            f f f f f ? ! #
    succeed           - - - - - d ! x
    accept            h h h h h h ! x
    refuse            - - - - - r ! x
    doubt             - - - - - f ! x
    adopt             d d d d d d ! x
    find_other        h h h h h h ! x
    see_absent        - - - - - f ! x
    prove_absent      - - - - - h ! x
    requeue           0 h h h h f ! #
    dismiss           0 x x x x x ! #
    restore           0 ~ ~ ~ ~ ~ ~ h
    restore_in_doubt  0 ~ ~ ~ ~ ~ ~ f
    admit             h h h r h f ! #
    link              h h h h h f d #
    show              h h h h h ? ! #
    approve           0 h h h h ? ! #
"""
CELLS = [
    (status, row.split()[0], mark)
    for row in TABLE.strip().splitlines()
    for status, mark in zip(COLUMNS, row.split()[1:], strict=True)
]


def test_the_written_table_has_every_pair_once():
    assert sorted((str(status), event) for status, event, _ in CELLS) == sorted(
        (str(status), event.value) for status, event in EVERY_PAIR
    )


def test_every_pair_leads_where_the_written_table_says():
    found = {(status, event): after(status, Event(event)) for status, event, _ in CELLS}
    assert found == {(status, event): MARKS[mark] for status, event, mark in CELLS}


def test_the_outcomes_are_the_ways_in_which_a_call_or_a_look_up_ends():
    names = {"succeed", "accept", "refuse", "doubt", "adopt", "find_other"}
    assert sorted(OUTCOMES) == sorted(names | {"see_absent", "prove_absent"})


def decision_of(verdict: Verdict, finding=None, *, reopens: bool = False) -> Decision:
    return Decision(
        document=Document(kind=DocumentKind.PAYMENT, key="PY1"),
        operation=Operation.UPLOAD,
        verdict=verdict,
        finding=finding,
        reopens=reopens,
    )


def operation_row(status: Status, finding=None) -> OperationRow:
    return OperationRow(
        kind=DocumentKind.PAYMENT,
        key="PY1",
        operation=Operation.UPLOAD,
        status=status,
        finding=finding,
    )


RECORDED = [
    (Verdict.DONE, Event.CONFIRM_DONE),
    (Verdict.HOLD, Event.HOLD),
    (Verdict.REJECT, Event.REJECT),
    (Verdict.OUT_OF_SCOPE, Event.EXCLUDE),
]


@pytest.mark.parametrize(("verdict", "event"), RECORDED)
@pytest.mark.parametrize(
    "row",
    [
        None,
        *(
            operation_row(status)
            for status in (Status.HELD, Status.REJECTED, Status.OUT_OF_SCOPE, Status.DONE)
        ),
    ],
)
def test_each_verdict_is_recorded_as_its_event(row, verdict, event):
    assert events_of(decision_of(verdict, NEXT_CYCLE()), row) == (event,)


@pytest.mark.parametrize(("verdict", "event"), RECORDED)
def test_only_what_is_finished_is_reopened_and_only_where_the_decision_says_so(verdict, event):
    again = decision_of(verdict, reopens=True)
    assert events_of(again, operation_row(Status.DONE)) == (Event.REOPEN, event)
    assert events_of(again, operation_row(Status.HELD)) == (event,)
    assert events_of(again, None) == (event,)


@pytest.mark.parametrize(("verdict", "event"), RECORDED)
def test_no_verdict_moves_a_dismissed_operation_and_only_done_settles_one_in_doubt(verdict, event):
    assert events_of(decision_of(verdict), operation_row(Status.DISMISSED)) == ()
    settled = (event,) if verdict == Verdict.DONE else ()
    assert events_of(decision_of(verdict), operation_row(Status.IN_FLIGHT)) == settled


@pytest.mark.parametrize(("verdict", "event"), RECORDED)
def test_a_refusal_stands_until_there_is_another_reason(verdict, event):
    refused = operation_row(Status.REFUSED, NEXT_CYCLE())
    assert events_of(decision_of(verdict, NEXT_CYCLE()), refused) == ()
    assert events_of(decision_of(verdict, REVERSED()), refused) == (event,)
    held = operation_row(Status.HELD, NEXT_CYCLE())
    assert events_of(decision_of(verdict, NEXT_CYCLE()), held) == (event,)


@pytest.mark.parametrize("row", [None, operation_row(Status.DISMISSED)])
def test_an_act_is_carried_out_and_never_recorded_as_a_decision(row):
    with pytest.raises(ValueError, match="an act is carried out"):
        events_of(decision_of(Verdict.ACT), row)
