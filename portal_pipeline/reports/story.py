"""One document with all that its ledger knows of it and of its neighbours; frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.tracing import Edge, Edges, History, HistoryLine
from portal_pipeline.messages import text_of
from portal_pipeline.messages.story import DAY_FORMAT, TIME_FORMAT, say

CFDI_KINDS = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)


@dataclass(frozen=True)
class Neighbour:
    """A document that is linked with the traced one."""

    document: DocumentRow
    operations: Mapping[Operation, OperationRow] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """What a trace has read."""

    document: DocumentRow
    operations: Mapping[Operation, OperationRow] = field(default_factory=dict)
    history: History = field(default_factory=History)
    outgoing: Edges = field(default_factory=Edges)
    """Links that the document has."""
    incoming: Edges = field(default_factory=Edges)
    """Links of other documents that point at it."""
    neighbours: Mapping[DocumentRef, Neighbour] = field(default_factory=dict)
    by_portal_id: Mapping[str, Neighbour] = field(default_factory=dict)
    """Neighbours that a link names by the portal's id."""

    def row(self, operation: Operation) -> OperationRow | None:
        """An operation of the document."""
        return self.operations.get(operation)

    def is_done(self, operation: Operation) -> bool:
        """Whether an operation is finished."""
        row = self.row(operation)
        return row is not None and row.status == Status.DONE

    def lines(self, *operations: Operation) -> list[HistoryLine]:
        """The history of some operations, oldest first."""
        names = {one.value for one in operations}
        return [line for line in self.history.lines if line.operation in names]

    def finished(self, operation: Operation) -> HistoryLine | None:
        """The event by which an operation became done, when it still is."""
        found: HistoryLine | None = None
        for line in self.lines(operation):
            if line.status != Status.DONE.value:
                found = None
            elif found is None:
                found = line
        return found

    def intents(self, operation: Operation) -> list[HistoryLine]:
        """The attempts to write."""
        return [one for one in self.lines(operation) if one.event == Event.INTEND.value]

    def last(self, operation: Operation, status: Status) -> HistoryLine | None:
        """The event since which an operation is in a status."""
        found: HistoryLine | None = None
        for line in self.lines(operation):
            if line.status != status.value:
                found = None
            elif found is None or _code(found) != _code(line):
                found = line
        return found

    def neighbour_of(self, edge: Edge, *, outgoing: bool) -> Neighbour | None:
        """The document at the other end of a link."""
        if not outgoing:
            return self.neighbours.get(edge.ref)
        target, key = edge.link.target_type, edge.link.target_key
        if target == DocumentKind.INVOICE.value:
            # What pays or is paid may be a credit note: its key is a UUID alike.
            refs = [DocumentRef(kind=kind, key=key) for kind in CFDI_KINDS]
            return next((self.neighbours[ref] for ref in refs if ref in self.neighbours), None)
        if target in {kind.value for kind in DocumentKind}:
            return self.neighbours.get(DocumentRef(kind=DocumentKind(target), key=key))
        return self.by_portal_id.get(key)


def _code(line: HistoryLine) -> str:
    return line.finding.code if line.finding else ""


@dataclass(frozen=True)
class Speech:
    """The language of the installation, and the company's zone."""

    language: str
    zone: tzinfo

    def say(self, name: str, /, **values: object) -> str:
        """A phrase."""
        return say(name, self.language, **values)

    def time(self, at: datetime) -> str:
        """``dd/mm/yyyy hh:mm``."""
        return at.astimezone(self.zone).strftime(TIME_FORMAT)

    def day(self, on: date | None) -> str:
        """``dd/mm/yyyy``."""
        return on.strftime(DAY_FORMAT) if on else "-"

    def money(self, amount: Decimal | None, currency: str) -> str:
        """Two decimals with the currency."""
        return "-" if amount is None else f"{amount:,.2f} {currency}".strip()

    def reasons(self, row: OperationRow) -> str:
        """The finding of an operation with its notes."""
        return self.findings((row.finding, *row.notes))

    def next_step(self, row: OperationRow) -> str:
        """What people can do about an operation's finding."""
        return text_of(row.finding, self.language)[1] if row.finding else ""

    def findings(self, findings: Iterable[Finding | None]) -> str:
        """Their texts, each once."""
        texts = (text_of(one, self.language)[0] for one in findings if one is not None)
        return " ".join(dict.fromkeys(texts))
