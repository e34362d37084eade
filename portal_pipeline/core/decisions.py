"""What a controller decides about one document, and the report of a whole plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Effects, Link
from portal_pipeline.core.wire import JsonObject, content_hash


class Verdict(StrEnum):
    """The five decisions (rules 1)."""

    ACT = "act"
    DONE = "done"
    HOLD = "hold"
    REJECT = "reject"
    OUT_OF_SCOPE = "out_of_scope"


class Document(Frozen):
    """Identity and the few values by which people recognise a document.

    ``amount`` is in ``currency`` (ISO code, 2 decimals); ``details`` holds short texts that later
    steps need. Remote ids and states are what is known now; None changes nothing in the ledger.
    """

    kind: DocumentKind
    key: str
    counterparty: str = ""
    amount: Decimal | None = None
    currency: str = ""
    dated: date | None = None
    portal_id: str | None = None
    portal_state: str | None = None
    sage_id: str | None = None
    sage_state: str | None = None
    details: Mapping[str, str] = Field(default_factory=dict)

    @property
    def ref(self) -> DocumentRef:
        """The name of the document."""
        return DocumentRef(kind=self.kind, key=self.key)


class Act(Frozen):
    """A remote write to make: ``payload`` is exactly what its adapter function receives."""

    payload: JsonObject
    look_up_only: bool = False
    """Settle what is in doubt, but send nothing new."""
    settle_first: bool = False
    """It was handed over another way: taken back, then looked up like a write in doubt."""
    look_up_first: bool = False
    """The document may exist in the target although we never sent it: probe before creating."""
    fallback: Verdict | None = None
    """With ``look_up_only``: what the rules had decided, for when the target does not have it."""
    functional_amount: Decimal | None = None
    """The document's amount in the company's currency, where that differs from its own."""
    after: tuple[str, ...] = ()
    """Keys of acts of the same plan that must end before this one starts."""

    @cached_property
    def content_hash(self) -> str:
        """Identity of the content."""
        return content_hash(self.payload)


class Decision(Frozen):
    """One document, one operation, one verdict, and its reason."""

    document: Document
    operation: Operation
    verdict: Verdict
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()
    act: Act | None = None
    links: tuple[Link, ...] = ()
    confirms: str | None = None
    """Content hash that the target was seen to hold (verdict ``done``)."""
    reopens: bool = False
    """A finished operation is taken up again (content changed, payment reversed, entry gone)."""

    @property
    def key(self) -> str:
        """The document's key."""
        return self.document.key


def act(
    document: Document, operation: Operation, payload: JsonObject, **changes: object
) -> Decision:
    """Decision to write ``payload``; keyword arguments are fields of ``Act`` or ``Decision``."""
    act_fields = {k: v for k, v in changes.items() if k in Act.model_fields}
    rest = {k: v for k, v in changes.items() if k not in Act.model_fields}
    return Decision(
        document=document,
        operation=operation,
        verdict=Verdict.ACT,
        act=Act(payload=payload, **act_fields),  # type: ignore[arg-type]
        **rest,  # type: ignore[arg-type]
    )


def done(
    document: Document,
    operation: Operation,
    *,
    confirms: str | None = None,
    notes: tuple[Finding, ...] = (),
    links: tuple[Link, ...] = (),
) -> Decision:
    """Decision that the target already holds the document."""
    return Decision(
        document=document,
        operation=operation,
        verdict=Verdict.DONE,
        confirms=confirms,
        notes=notes,
        links=links,
    )


def _waiting(
    verdict: Verdict,
    document: Document,
    operation: Operation,
    finding: Finding,
    notes: tuple[Finding, ...],
    links: tuple[Link, ...],
    reopens: bool,
) -> Decision:
    return Decision(
        document=document,
        operation=operation,
        verdict=verdict,
        finding=finding,
        notes=notes,
        links=links,
        reopens=reopens,
    )


def hold(
    document: Document,
    operation: Operation,
    finding: Finding,
    *,
    notes: tuple[Finding, ...] = (),
    links: tuple[Link, ...] = (),
    reopens: bool = False,
) -> Decision:
    """Decision to wait for what the finding names."""
    return _waiting(Verdict.HOLD, document, operation, finding, notes, links, reopens)


def held(decision: Decision, finding: Finding) -> Decision:
    """The same decision, waiting instead of acting.

    An act may follow a finished operation (its content changed); waiting for it takes that up too.
    """
    reopens = decision.reopens or decision.verdict == Verdict.ACT
    waits = {"verdict": Verdict.HOLD, "finding": finding, "act": None, "reopens": reopens}
    return decision.model_copy(update=waits)


def reject(
    document: Document,
    operation: Operation,
    finding: Finding,
    *,
    notes: tuple[Finding, ...] = (),
    links: tuple[Link, ...] = (),
    reopens: bool = False,
) -> Decision:
    """Decision that it cannot go as it is; someone must mend the source."""
    return _waiting(Verdict.REJECT, document, operation, finding, notes, links, reopens)


def out_of_scope(
    document: Document, operation: Operation, finding: Finding, *, reopens: bool = False
) -> Decision:
    """Decision that the document is not ours."""
    return _waiting(Verdict.OUT_OF_SCOPE, document, operation, finding, (), (), reopens)


class Status(StrEnum):
    """Where an operation stands in the ledger."""

    HELD = "held"
    IN_FLIGHT = "in_flight"
    DONE = "done"
    REFUSED = "refused"
    REJECTED = "rejected"
    OUT_OF_SCOPE = "out_of_scope"
    DISMISSED = "dismissed"


OPEN_STATUSES = (Status.HELD, Status.IN_FLIGHT, Status.REFUSED, Status.REJECTED)


class OperationRow(Frozen):
    """What the ledger knows about one operation.

    Times are UTC; ``called_at``, ``call_ended_at`` and ``absent_seen_at`` are on the lease clock
    (real time), the others on the business clock.
    """

    kind: DocumentKind
    key: str
    operation: Operation
    status: Status
    content_hash: str | None = None
    """Content that the target confirmed."""
    sent_hash: str | None = None
    """Content of the last attempt."""
    approved_hash: str | None = None
    """Content that a person confirmed past the guard."""
    shown_hash: str | None = None
    """Content that the guard showed."""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()
    waiting_since: datetime | None = None
    remote_id: str = ""
    run_id: str = ""
    """Run of the last attempt."""
    called_at: datetime | None = None
    call_ended_at: datetime | None = None
    absent_seen_at: datetime | None = None
    requeued: bool = False
    """A person asked for an attempt now."""
    instruction: Mapping[str, str] = Field(default_factory=dict)
    """What a person said with it, for example ``number`` or ``link``."""


class DocumentRow(Document):
    """A document as the ledger holds it."""

    admitted: bool = False
    """A person treats it as in scope."""
    first_seen_at: datetime | None = None


class Effect(Frozen):
    """Effects on a document, by name (used when a success concerns another document too)."""

    ref: DocumentRef
    effects: Effects
