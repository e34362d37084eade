"""The ways out for a person, one by one or many: events with user and reason (rules 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, update

from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.findings import Exit
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.core.ways_out import Way, offered
from portal_pipeline.ledger.documents import save_links
from portal_pipeline.ledger.schema import document
from portal_pipeline.ledger.transitions import (
    Change,
    apply_changes,
    chunks,
    read_operations,
)

if TYPE_CHECKING:
    from portal_pipeline.ledger.tenant import TenantLedger

IN_DOUBT = "in_doubt"
"""Instruction of what was dismissed while nobody knew whether it had been written."""

Rows = Mapping[tuple[DocumentRef, Operation], OperationRow]


@dataclass(frozen=True)
class Seen:
    """The state of an operation in which it was shown to a person."""

    status: Status
    code: str = ""
    """Of its finding."""
    shown_hash: str | None = None
    """Content of the act that the guard showed."""


@dataclass(frozen=True)
class Wanted:
    """One operation for which a person chose a way out."""

    ref: DocumentRef
    operation: Operation
    seen: Seen | None = None
    """None: in whatever state it is."""
    instruction: Mapping[str, str] = field(default_factory=dict)
    """What the person says with it: ``number``, or ``link`` as VENDOR/NUMBER."""


@dataclass(frozen=True)
class Answer:
    """What became of it."""

    wanted: Wanted
    row: OperationRow | None
    """As it is now; None: the ledger does not know it."""
    problem: str = ""
    """Why it was not done; blank: it was."""


class WaysOut:
    """What a person may do with the documents of a tenant."""

    def __init__(self, tenant: TenantLedger, *, user: str, reason: str) -> None:
        self._tenant = tenant
        self._user = user
        self._reason = reason

    # -- one document --------------------------------------------------------------------------

    def requeue(self, ref: DocumentRef, operation: Operation, *, number: str = "") -> OperationRow:
        """Try again now; ``number`` fixes the Sage document number of an import."""
        instruction = {"number": number} if number else {}
        return self._one(Way.REQUEUE, Wanted(ref, operation, instruction=instruction))

    def dismiss(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Handled elsewhere: ends the operation."""
        return self._one(Way.DISMISS, Wanted(ref, operation))

    def restore(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Take a dismissal back."""
        return self._one(Way.RESTORE, Wanted(ref, operation))

    def link(self, ref: DocumentRef, vendor: str, number: str) -> OperationRow:
        """This CFDI is that Sage document; whether it agrees is read at the next import step."""
        return self._one(Way.LINK, wanted_link(ref, vendor, number))

    def admit(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Treat the document as in scope."""
        return self._one(Way.ADMIT, Wanted(ref, operation))

    def confirm(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Let this act run although the plan was above the guard, with the content shown."""
        return self._one(Way.CONFIRM, Wanted(ref, operation))

    def _one(self, way: Way, wanted: Wanted) -> OperationRow:
        (answer,) = self.do(way, [wanted])
        if answer.problem or answer.row is None:
            raise DocumentError(
                f"{wanted.ref.kind.value} {wanted.ref.key}: {answer.problem}",
                remedy=f"see `portal-pipeline trace {wanted.ref.key}`",
            )
        return answer.row

    # -- many ----------------------------------------------------------------------------------

    def do(self, way: Way, wanted: Sequence[Wanted]) -> Iterator[Answer]:
        """Do it by chunks, each in one transaction; answers in the order asked.

        An operation that is not as it was seen, or for which the state table forbids it, is left
        as it is and named; the others of its chunk are written together or not at all.

        Raises:
            LedgerError: the ledger cannot be written; chunks answered before stay done.
        """
        for part in chunks(list(wanted)):
            yield from self._chunk(way, part)

    def _chunk(self, way: Way, wanted: Sequence[Wanted]) -> list[Answer]:
        author = self._tenant.author("", self._user)
        with self._tenant.ledger.writing(self._tenant.tenant) as connection:
            before = self._rows(connection, wanted)
            problems = {
                position: problem
                for position, one in enumerate(wanted)
                if (problem := _problem(way, one, before.get((one.ref, one.operation))))
            }
            possible = [one for position, one in enumerate(wanted) if position not in problems]
            if way == Way.ADMIT:
                self._admit(connection, possible)
            if way == Way.LINK:
                save_links(connection, author, [(one.ref, _named(one)) for one in possible])
            changes = [self._change(way, one, before[one.ref, one.operation]) for one in possible]
            apply_changes(connection, author, changes)
            now = self._rows(connection, wanted)
        return [
            Answer(one, now.get((one.ref, one.operation)), problems.get(position, ""))
            for position, one in enumerate(wanted)
        ]

    def _rows(self, connection: Connection, wanted: Sequence[Wanted]) -> Rows:
        """The operations, locked until the end of the transaction."""
        keys: dict[DocumentKind, set[str]] = {}
        for one in wanted:
            keys.setdefault(one.ref.kind, set()).add(one.ref.key)
        return {
            (DocumentRef(kind=kind, key=key), operation): row
            for kind, of_kind in keys.items()
            for (key, operation), row in read_operations(
                connection, self._tenant.tenant, kind, sorted(of_kind), locks=True
            ).items()
        }

    def _admit(self, connection: Connection, wanted: Sequence[Wanted]) -> None:
        keys: dict[DocumentKind, set[str]] = {}
        for one in wanted:
            keys.setdefault(one.ref.kind, set()).add(one.ref.key)
        for kind, of_kind in keys.items():
            connection.execute(
                update(document)
                .where(
                    document.c.tenant == self._tenant.tenant,
                    document.c.kind == kind.value,
                    document.c.key.in_(sorted(of_kind)),
                )
                .values(admitted=True, updated_at=self._tenant.clock())
            )

    def _change(self, way: Way, one: Wanted, row: OperationRow) -> Change:
        instruction = {**row.instruction, **one.instruction}
        event = way.event
        if way == Way.DISMISS and row.status == Status.IN_FLIGHT:
            instruction[IN_DOUBT] = "yes"
        elif way == Way.RESTORE and instruction.pop(IN_DOUBT, ""):
            event = Event.RESTORE_IN_DOUBT  # it is looked up before anything is sent again
        values: dict[str, object] = {"instruction": instruction}
        if way == Way.CONFIRM:
            values["approved_hash"] = row.shown_hash
        elif way != Way.DISMISS:
            values["requeued"] = True
        return Change(
            kind=one.ref.kind,
            key=one.ref.key,
            operation=one.operation,
            event=event,
            finding=row.finding,
            detail=self._reason,
            values=values,
        )


def wanted_link(ref: DocumentRef, vendor: str, number: str) -> Wanted:
    """That a CFDI is a Sage document."""
    return Wanted(ref, Operation.IMPORT, instruction={"link": f"{vendor}/{number}"})


def _named(one: Wanted) -> Link:
    return Link(
        relation="is_sage_document",
        target_type="sage_entry",
        target_key=one.instruction["link"],
        source="person",
    )


def _problem(way: Way, one: Wanted, row: OperationRow | None) -> str:
    """Why it cannot be done in the state that the operation has now; blank: it can."""
    if row is None:
        return f"it has no operation {one.operation.value} in the ledger"
    code = row.finding.code if row.finding else ""
    if one.seen is not None and (one.seen.status, one.seen.code) != (row.status, code):
        return f"it changed meanwhile: now {row.status.value} {code}".rstrip()
    following = after(row.status, way.event)
    if isinstance(following, Refusal):
        return f"{way.value} is not possible: {following.value}"
    if way != Way.CONFIRM:
        return ""
    if row.shown_hash is None:
        return "the guard has shown no act of it: confirm what waits as plan_above_guard"
    if one.seen is not None and one.seen.shown_hash != row.shown_hash:
        return "it changed meanwhile: the guard shows another content now"
    return ""


def paid_while_link_offered(tenant: TenantLedger, uuids: Sequence[str]) -> set[str]:
    """Those of the UUIDs that a payment pays whose finding offers ``link`` for its invoices.

    The exit of such a finding concerns another document than the one that waits.
    """
    paid = tenant.links_to("invoice", uuids, "pays")
    keys: dict[DocumentKind, set[str]] = {}
    for ref, _ in paid:
        keys.setdefault(ref.kind, set()).add(ref.key)
    offering = {
        DocumentRef(kind=kind, key=key)
        for kind, of_kind in keys.items()
        for (key, _), row in tenant.operations(kind, sorted(of_kind), [Operation.UPLOAD]).items()
        if Exit.LINK in offered(row.status, row.finding)
    }
    return {link.target_key for ref, link in paid if ref in offering}
