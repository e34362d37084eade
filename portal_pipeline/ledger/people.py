"""The ways out for a person: each is an event with user and reason (rules 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import update

from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.schema import document
from portal_pipeline.ledger.transitions import (
    Change,
    IllegalTransition,
    apply_changes,
    read_operations,
    save_links,
)

if TYPE_CHECKING:
    from portal_pipeline.ledger.tenant import TenantLedger


class WaysOut:
    """What a person may do with one document of a tenant."""

    def __init__(self, tenant: TenantLedger, *, user: str, reason: str) -> None:
        self._tenant = tenant
        self._user = user
        self._reason = reason

    def requeue(self, ref: DocumentRef, operation: Operation, *, number: str = "") -> OperationRow:
        """Try again now; ``number`` fixes the Sage document number of an import."""
        instruction = {"number": number} if number else {}
        return self._event(ref, operation, Event.REQUEUE, {"requeued": True}, instruction)

    def dismiss(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Handled elsewhere: ends the operation."""
        return self._event(ref, operation, Event.DISMISS, {})

    def restore(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Take a dismissal back."""
        return self._event(ref, operation, Event.RESTORE, {"requeued": True})

    def link(self, ref: DocumentRef, vendor: str, number: str) -> OperationRow:
        """This CFDI is that Sage document; whether it agrees is read at the next import step."""
        named = Link(
            relation="is_sage_document",
            target_type="sage_entry",
            target_key=f"{vendor}/{number}",
            source="person",
        )
        with self._tenant.ledger.writing() as connection:
            save_links(connection, self._tenant.author("", self._user), [(ref, named)])
        instruction = {"link": named.target_key}
        return self._event(ref, Operation.IMPORT, Event.LINK, {"requeued": True}, instruction)

    def admit(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Treat the document as in scope."""
        with self._tenant.ledger.writing() as connection:
            connection.execute(
                update(document)
                .where(
                    document.c.tenant == self._tenant.tenant,
                    document.c.kind == ref.kind.value,
                    document.c.key == ref.key,
                )
                .values(admitted=True, updated_at=self._tenant.clock())
            )
        return self._event(ref, operation, Event.ADMIT, {"requeued": True})

    def confirm(self, ref: DocumentRef, operation: Operation) -> OperationRow:
        """Let this act run although the plan was above the guard, with the content shown."""
        row = self._row(ref, operation)
        if row is None or row.shown_hash is None:
            raise DocumentError(
                f"{ref.kind.value} {ref.key}: the guard has shown no act of it",
                remedy="confirm what `status` lists as plan_above_guard",
            )
        return self._event(ref, operation, Event.APPROVE, {"approved_hash": row.shown_hash})

    def _row(self, ref: DocumentRef, operation: Operation) -> OperationRow | None:
        return self._tenant.operations(ref.kind, [ref.key], [operation]).get((ref.key, operation))

    def _event(
        self,
        ref: DocumentRef,
        operation: Operation,
        what: Event,
        values: Mapping[str, object],
        instruction: Mapping[str, str] | None = None,
    ) -> OperationRow:
        row = self._row(ref, operation)
        if row is None:
            raise DocumentError(
                f"{ref.kind.value} {ref.key} has no operation {operation.value} in the ledger",
                remedy="check the key with `trace`",
            )
        kept = {**row.instruction, **(instruction or {})}
        change = Change(
            kind=ref.kind,
            key=ref.key,
            operation=operation,
            event=what,
            finding=row.finding,
            detail=self._reason,
            values={**values, "instruction": kept},
        )
        with self._tenant.ledger.writing() as connection:
            try:
                apply_changes(connection, self._tenant.author("", self._user), [change])
            except IllegalTransition as refused:
                raise DocumentError(
                    f"{ref.kind.value} {ref.key}: {what.value} is not possible: {refused.why.value}"
                ) from refused
            now = read_operations(connection, self._tenant.tenant, ref.kind, [ref.key], [operation])
        return now[ref.key, operation]


def open_operations_of(tenant: TenantLedger, kind: DocumentKind, key: str) -> list[OperationRow]:
    """The operations of a document that a person can act on: waiting, out of scope, dismissed."""
    return [row for row in tenant.operations(kind, [key]).values() if row.status != Status.DONE]
