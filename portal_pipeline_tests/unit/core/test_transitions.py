"""The state table is total, and says the same as its rules in words."""

from __future__ import annotations

import itertools

import pytest

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.transitions import OUTCOMES, TRANSITIONS, Event, Refusal, after

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
