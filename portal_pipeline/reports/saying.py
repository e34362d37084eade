"""What the milestones of every kind of document have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.tracing import Edge, Edges, HistoryLine
from portal_pipeline.reports.story import Neighbour, Speech, Story


@dataclass(frozen=True)
class Milestone:
    """One step of a story."""

    what: str
    """A name of ``messages.story.LABELS``."""
    at: datetime | None = None
    text: str = ""


REFUSING = (Status.REFUSED, Status.REJECTED)


def done(story: Story, what: str, operation: Operation, speech: Speech) -> Milestone:
    """When an operation was finished, and how."""
    row, line = story.row(operation), story.finished(operation)
    if row is None or row.status != Status.DONE:
        return Milestone(what)
    text = joined(row.remote_id, ended(line, speech), by=": ")
    return Milestone(what, line.at if line else None, text)


def ended(line: HistoryLine | None, speech: Speech) -> str:
    """Whether we did it, or it was found or seen to be so."""
    known = (Event.SUCCEED.value, Event.ADOPT.value, Event.CONFIRM_DONE.value)
    is_known = line is not None and line.event in known
    return speech.say(f"ended_{line.event}" if line and is_known else "is_done")


def sent(story: Story, operation: Operation, speech: Speech, *details: str) -> Milestone:
    """The latest attempt to write, counted."""
    attempts = story.intents(operation)
    if not attempts:
        return Milestone("sent")
    number = speech.say("attempt", number=len(attempts))
    return Milestone("sent", attempts[-1].at, joined(number, *details))


def refused(story: Story, speech: Speech, *operations: Operation) -> Milestone | None:
    """That the target refused, or our rules rejected, with their text."""
    for operation in operations:
        row = story.row(operation)
        if row is not None and row.status in REFUSING:
            line = story.last(operation, row.status)
            return Milestone("refused", line.at if line else None, speech.reasons(row))
    return None


def each(
    what: str,
    edges: Edges,
    relation: str,
    speech: Speech,
    text: Callable[[Edge], str],
) -> list[Milestone]:
    """A milestone for each link of a relation, and one that says how many are not shown."""
    found = [Milestone(what, edge.at, text(edge)) for edge in edges.of(relation)]
    left_out = edges.missing(relation)
    if left_out:
        found.append(Milestone(what, None, speech.say("and_more", count=left_out)))
    return found or [Milestone(what)]


def standing(row: OperationRow | None, speech: Speech, finished: str) -> str:
    """How an operation of a neighbour stands; ``finished`` is what a done one says."""
    if row is None:
        return speech.say("unknown_to_ledger")
    match row.status:
        case Status.DONE:
            return finished
        case Status.DISMISSED:
            return speech.say("is_dismissed")
        case status:
            return speech.say(_STANDINGS[status], text=speech.reasons(row))


_STANDINGS = {
    Status.HELD: "waits",
    Status.IN_FLIGHT: "is_in_doubt",
    Status.REFUSED: "is_refused",
    Status.REJECTED: "is_refused",
    Status.OUT_OF_SCOPE: "is_left_out",
}


def payment_text(neighbour: Neighbour | None, key: str, speech: Speech) -> str:
    """A payment: number, amount, day, and how its upload stands."""
    if neighbour is None:
        return f"{key}: {speech.say('unknown_to_ledger')}"
    one = neighbour.document
    state = speech.say("portal_payment", state=one.portal_state or one.portal_id or "-")
    return joined(
        key,
        speech.say(
            "of_amount", amount=speech.money(one.amount, one.currency), day=speech.day(one.dated)
        ),
        standing(neighbour.operations.get(Operation.UPLOAD), speech, state),
    )


def invoice_text(neighbour: Neighbour | None, key: str, speech: Speech) -> str:
    """An invoice or credit note: UUID, amount, and how its import stands."""
    if neighbour is None:
        return f"{key}: {speech.say('unknown_to_ledger')}"
    one = neighbour.document
    imported = neighbour.operations.get(Operation.IMPORT)
    state = standing(imported, speech, speech.say("is_confirmed"))
    return joined(key, speech.money(one.amount, one.currency), state)


def now(story: Story, speech: Speech, *, told: Iterable[Operation] = ()) -> list[Milestone]:
    """What waits, and what was ended without being done; of a refusal told above, the next step."""
    found: list[Milestone] = []
    for operation in sorted(story.operations, key=lambda one: one.value):
        row = story.operations[operation]
        if row.status in REFUSING and operation in told:
            text = speech.say("now_noted", operation=operation.value, text=speech.next_step(row))
            found.append(Milestone("now", row.waiting_since, _with_asked(story, row, text, speech)))
        else:
            found += _now(story, row, speech)
    return found or [Milestone("now", None, speech.say("nothing_waits"))]


def _now(story: Story, row: OperationRow, speech: Speech) -> list[Milestone]:
    name, line = row.operation.value, story.last(row.operation, row.status)
    at = row.waiting_since or (line.at if line else None)
    text = speech.reasons(row)
    match row.status:
        case Status.DONE:
            if not text:
                return []
            said = speech.say("now_noted", operation=name, text=text)
        case Status.DISMISSED:
            actor, reason = (line.actor, line.detail) if line else ("-", "-")
            said = speech.say("now_dismissed", operation=name, actor=actor, reason=reason)
        case status:
            said = speech.say(_NOW[status], operation=name, text=text)
            said = _with_asked(story, row, said, speech)
    return [Milestone("now", at, said)]


def _with_asked(story: Story, row: OperationRow, text: str, speech: Speech) -> str:
    """The text with what a person has asked for since anything else happened, and why."""
    line = next(iter(story.lines(row.operation)[-1:]), None)
    if line is None or not line.actor:
        return text
    return speech.say(
        "now_asked", text=text, event=line.event, actor=line.actor, reason=line.detail or "-"
    )


_NOW = {
    Status.HELD: "now_waits",
    Status.IN_FLIGHT: "now_in_doubt",
    Status.REFUSED: "now_refused",
    Status.REJECTED: "now_refused",
    Status.OUT_OF_SCOPE: "now_left_out",
}


def joined(*parts: str, by: str = ", ") -> str:
    """The parts that are not empty."""
    return by.join(part for part in parts if part)
