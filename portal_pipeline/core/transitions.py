"""The state table of an operation: total, so that nothing happens that nobody thought of.

Source: design 5. A test enumerates every (status, event) pair.
"""

from __future__ import annotations

from enum import StrEnum

from portal_pipeline.core.decisions import Decision, OperationRow, Status, Verdict


class Event(StrEnum):
    """What can happen to an operation; each is one line of its history."""

    HOLD = "hold"
    REJECT = "reject"
    EXCLUDE = "exclude"
    CONFIRM_DONE = "confirm_done"
    """A reading showed that the target holds it."""
    REOPEN = "reopen"
    """Content changed, payment reversed, entry gone: a finished operation is taken up again."""
    INTEND = "intend"
    """Committed before the call."""
    SUCCEED = "succeed"
    ACCEPT = "accept"
    """Written, but finished only when something else has happened (posting of a batch)."""
    REFUSE = "refuse"
    DOUBT = "doubt"
    """The answer is unknown, or the look-up gave none."""
    ADOPT = "adopt"
    """The look-up found it."""
    FIND_OTHER = "find_other"
    """The look-up found something under our identity that is not what we sent."""
    SEE_ABSENT = "see_absent"
    """First of two looks: not there yet."""
    PROVE_ABSENT = "prove_absent"
    """Not there, and it cannot appear any more: another write is allowed."""
    REQUEUE = "requeue"
    DISMISS = "dismiss"
    RESTORE = "restore"
    """A dismissal is taken back."""
    RESTORE_IN_DOUBT = "restore_in_doubt"
    """As ``restore``, of what was dismissed while an attempt was in doubt."""
    ADMIT = "admit"
    LINK = "link"
    SHOW = "show"
    """The guard showed the act to people."""
    APPROVE = "approve"
    """A person confirmed the shown act."""


class Refusal(StrEnum):
    """Why an event is not possible in a status."""

    NEVER_INTENDED = "there is no attempt that could have an outcome"
    IN_DOUBT = "an attempt is in doubt: it is looked up before anything else"
    FINISHED = "the operation is finished; it must be reopened first"
    DISMISSED = "a person ended the operation; restore it first"
    NOT_DISMISSED = "the operation is not dismissed"
    UNKNOWN_OPERATION = "the operation is not known"


OUTCOMES = (
    *(Event.SUCCEED, Event.ACCEPT, Event.REFUSE, Event.DOUBT, Event.ADOPT, Event.FIND_OTHER),
    *(Event.SEE_ABSENT, Event.PROVE_ABSENT),
)
"""How a call or a look-up ends."""

_WAITING: dict[Event, Status | Refusal] = {
    Event.HOLD: Status.HELD,
    Event.REJECT: Status.REJECTED,
    Event.EXCLUDE: Status.OUT_OF_SCOPE,
    Event.CONFIRM_DONE: Status.DONE,
    Event.REOPEN: Refusal.NEVER_INTENDED,
    Event.INTEND: Status.IN_FLIGHT,
    Event.SUCCEED: Refusal.NEVER_INTENDED,
    Event.ACCEPT: Status.HELD,
    Event.REFUSE: Refusal.NEVER_INTENDED,
    Event.DOUBT: Refusal.NEVER_INTENDED,
    Event.ADOPT: Status.DONE,
    Event.FIND_OTHER: Status.HELD,
    Event.SEE_ABSENT: Refusal.NEVER_INTENDED,
    Event.PROVE_ABSENT: Refusal.NEVER_INTENDED,
    Event.REQUEUE: Status.HELD,
    Event.DISMISS: Status.DISMISSED,
    Event.RESTORE: Refusal.NOT_DISMISSED,
    Event.RESTORE_IN_DOUBT: Refusal.NOT_DISMISSED,
    Event.ADMIT: Status.HELD,
    Event.LINK: Status.HELD,
    Event.SHOW: Status.HELD,
    Event.APPROVE: Status.HELD,
}


def _all(refusal: Refusal) -> dict[Event, Status | Refusal]:
    return dict.fromkeys(Event, refusal)


TRANSITIONS: dict[Status | None, dict[Event, Status | Refusal]] = {
    None: {
        **_WAITING,
        Event.REQUEUE: Refusal.UNKNOWN_OPERATION,
        Event.DISMISS: Refusal.UNKNOWN_OPERATION,
        Event.RESTORE: Refusal.UNKNOWN_OPERATION,
        Event.RESTORE_IN_DOUBT: Refusal.UNKNOWN_OPERATION,
        Event.APPROVE: Refusal.UNKNOWN_OPERATION,
    },
    Status.HELD: _WAITING,
    Status.REJECTED: _WAITING,
    Status.REFUSED: {
        **_WAITING,
        Event.ADMIT: Status.REFUSED,
    },
    Status.OUT_OF_SCOPE: _WAITING,
    Status.IN_FLIGHT: {
        **_all(Refusal.IN_DOUBT),
        Event.CONFIRM_DONE: Status.DONE,
        Event.SUCCEED: Status.DONE,
        Event.ACCEPT: Status.HELD,
        Event.REFUSE: Status.REFUSED,
        Event.DOUBT: Status.IN_FLIGHT,
        Event.ADOPT: Status.DONE,
        Event.FIND_OTHER: Status.HELD,
        Event.SEE_ABSENT: Status.IN_FLIGHT,
        Event.PROVE_ABSENT: Status.HELD,
        Event.REQUEUE: Status.IN_FLIGHT,
        Event.DISMISS: Status.DISMISSED,
        Event.RESTORE: Refusal.NOT_DISMISSED,
        Event.RESTORE_IN_DOUBT: Refusal.NOT_DISMISSED,
        Event.ADMIT: Status.IN_FLIGHT,
        Event.LINK: Status.IN_FLIGHT,
    },
    Status.DONE: {
        **_all(Refusal.FINISHED),
        Event.CONFIRM_DONE: Status.DONE,
        Event.REOPEN: Status.HELD,
        Event.RESTORE: Refusal.NOT_DISMISSED,
        Event.RESTORE_IN_DOUBT: Refusal.NOT_DISMISSED,
        Event.LINK: Status.DONE,
    },
    Status.DISMISSED: {
        **_all(Refusal.DISMISSED),
        # A call that was under way when a person ended the operation still ends: that is kept.
        **dict.fromkeys(OUTCOMES, Status.DISMISSED),
        Event.RESTORE: Status.HELD,
        Event.RESTORE_IN_DOUBT: Status.IN_FLIGHT,
    },
}


def after(status: Status | None, event: Event) -> Status | Refusal:
    """The status that follows, or why the event is not possible there."""
    return TRANSITIONS[status][event]


_EVENT_OF = {
    Verdict.DONE: Event.CONFIRM_DONE,
    Verdict.HOLD: Event.HOLD,
    Verdict.REJECT: Event.REJECT,
    Verdict.OUT_OF_SCOPE: Event.EXCLUDE,
}


def events_of(decision: Decision, row: OperationRow | None) -> tuple[Event, ...]:
    """What a settled decision without a write does to its operation; none: all stays as it is.

    A finished operation is reopened only when the decision says so. What is in doubt is settled by
    a look-up or by seeing it in the target alone, and a dismissal by a person alone.

    Raises:
        ValueError: the decision is an act, whose events are those of the write protocol.
    """
    if decision.verdict == Verdict.ACT:
        raise ValueError(f"{decision.key}: an act is carried out, not recorded")
    if row is None:
        return (_EVENT_OF[decision.verdict],)
    if row.status == Status.DISMISSED:
        return ()
    if row.status == Status.IN_FLIGHT and decision.verdict != Verdict.DONE:
        return ()
    if row.status == Status.REFUSED and decision.finding == row.finding:
        return ()
    reopened = (Event.REOPEN,) if row.status == Status.DONE and decision.reopens else ()
    return (*reopened, _EVENT_OF[decision.verdict])
