"""Writing the ledger of one tenant: what was decided, what was attempted, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from portal_pipeline.core.decisions import (
    Decision,
    Document,
    OperationRow,
    Status,
    Verdict,
)
from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Effects, Found, Link, Refused, Succeeded
from portal_pipeline.core.transitions import Event, events_of
from portal_pipeline.ledger.documents import save_documents, save_links, save_with_effects
from portal_pipeline.ledger.leases import HeldLease
from portal_pipeline.ledger.reading import TenantReading
from portal_pipeline.ledger.transitions import (
    Author,
    Change,
    apply_changes,
    read_operations,
)


class TenantLedger(TenantReading):
    """Reads and writes of one tenant."""

    # -- recording decisions and knowledge -------------------------------------------------

    def record(self, decisions: Iterable[Decision], run_id: str) -> None:
        """Write decisions that need no remote write, with their documents and links, at once.

        A decision that changes nothing leaves no line of history. Acts only save their document;
        their operation is written by the protocol.
        """
        wanted = list(decisions)
        author = self.author(run_id)
        with self.ledger.writing(self.tenant) as connection:
            save_documents(connection, author, [d.document for d in wanted])
            save_links(
                connection, author, [(d.document.ref, one) for d in wanted for one in d.links]
            )
            apply_changes(connection, author, self._changes(connection, wanted))

    def _changes(self, connection: Connection, decisions: Sequence[Decision]) -> list[Change]:
        by_kind: dict[DocumentKind, list[str]] = {}
        for decision in decisions:
            by_kind.setdefault(decision.document.kind, []).append(decision.key)
        rows: dict[tuple[DocumentKind, str, Operation], OperationRow] = {}
        for kind, keys in by_kind.items():
            found = read_operations(connection, self.tenant, kind, sorted(set(keys)))
            rows |= {(kind, *name): row for name, row in found.items()}
        changes: list[Change] = []
        for decision in decisions:
            if decision.verdict == Verdict.ACT:
                continue
            row = rows.get((decision.document.kind, decision.key, decision.operation))
            changes += changes_of(decision, row)
        return changes

    def save_documents(self, documents: Sequence[Document], run_id: str) -> None:
        """Keep documents without deciding anything about them."""
        with self.ledger.writing(self.tenant) as connection:
            save_documents(connection, self.author(run_id), documents)

    def save_links(self, links: Sequence[tuple[DocumentRef, Link]], run_id: str) -> None:
        """Keep links."""
        with self.ledger.writing(self.tenant) as connection:
            save_links(connection, self.author(run_id), links)

    # -- the protocol's verbs (called by controllers/protocol only) ------------------------

    def intend(self, decision: Decision, held: HeldLease) -> None:
        """Commit the intent to write, if this run still owns the tenant.

        Raises:
            LeaseBusy: the lease was lost; nothing is written and nothing may be sent.
        """
        if decision.act is None:
            raise ValueError("an intent needs an act")
        author = self.author(held.run_id)
        with self.ledger.writing(self.tenant) as connection:
            self._check_owner(connection, held)
            save_documents(connection, author, [decision.document])
            save_links(connection, author, [(decision.document.ref, x) for x in decision.links])
            row = self._row(connection, decision)
            changes = []
            if row is not None and row.status == Status.DONE:
                changes.append(self._change(decision, Event.REOPEN))
            changes.append(
                self._change(
                    decision,
                    Event.INTEND,
                    values={
                        "sent_hash": decision.act.content_hash,
                        "run_id": held.run_id,
                        "called_at": self.ledger.lease_clock(),
                        "call_ended_at": None,
                        "absent_seen_at": None,
                        "requeued": False,
                        "next_attempt_at": None,
                    },
                )
            )
            name = (decision.document.kind, decision.key, decision.operation)
            apply_changes(connection, author, changes, {name: row} if row is not None else {})

    def renew_intent(self, decision: Decision, held: HeldLease) -> bool:
        """The call goes only now: its time counts from here. False: a person dismissed it.

        Raises:
            LeaseBusy: the lease was lost; nothing may be sent.
        """
        with self.ledger.writing(self.tenant) as connection:
            self._check_owner(connection, held)
            row = self._row(connection, decision)
            if row is None or row.status == Status.DISMISSED:
                return False
            values = {"called_at": self.ledger.lease_clock()}
            change = self._change(
                decision, Event.DOUBT, finding=row.finding, values=values, is_quiet=True
            )
            apply_changes(connection, self.author(held.run_id), [change])
        return True

    def withdraw_intent(self, decision: Decision, held: HeldLease) -> None:
        """The call did not begin, and does not: nothing is in doubt.

        Raises:
            LeaseBusy: the lease was lost; the run that has it settles what is in flight.
        """
        with self.ledger.writing(self.tenant) as connection:
            self._check_owner(connection, held)
            change = self._change(decision, Event.PROVE_ABSENT, detail="not sent", is_quiet=True)
            apply_changes(connection, self.author(held.run_id), [change])

    def _check_owner(self, connection: Connection, held: HeldLease) -> None:
        if not self.ledger.leases.owns(connection, held):
            raise LeaseBusy(
                f"run {held.run_id} no longer owns tenant {self.tenant}",
                system="ledger",
                remedy="nothing was sent; the run that owns the tenant goes on",
            )

    def succeed(self, decision: Decision, run_id: str, succeeded: Succeeded) -> None:
        """The write is confirmed: done (or waiting), with everything that depends on it."""
        what = Event.SUCCEED if succeeded.pending is None else Event.ACCEPT
        self._finish(decision, run_id, what, succeeded, self._sent(decision))

    def adopt(self, decision: Decision, run_id: str, found: Found) -> None:
        """The look-up found it: done; its content counts as confirmed only when it is ours."""
        what = Event.ADOPT if found.pending is None else Event.ACCEPT
        content = self._sent(decision) if found.has_sent_content else None
        self._finish(decision, run_id, what, found, content)

    def _sent(self, decision: Decision) -> str | None:
        if decision.act is None or decision.act.look_up_only:
            with self.ledger.reading() as connection:
                row = self._row(connection, decision)
            return row.sent_hash if row else None
        return decision.act.content_hash

    def _finish(
        self,
        decision: Decision,
        run_id: str,
        what: Event,
        result: Succeeded | Found,
        content: str | None,
    ) -> None:
        author = self.author(run_id)
        with self.ledger.writing(self.tenant) as connection:
            change = self._change(
                decision,
                what,
                finding=result.pending,
                values={
                    "content_hash": content,
                    "remote_id": result.remote_id,
                    "run_id": run_id,
                    "call_ended_at": self.ledger.lease_clock(),
                    "absent_seen_at": None,
                    "attempts": 0,
                    "next_attempt_at": None,
                    "requeued": False,
                    "notes": decision.notes,
                },
            )
            apply_changes(connection, author, [change])
            save_with_effects(connection, author, decision.document, result.effects)

    def refuse(
        self,
        decision: Decision,
        run_id: str,
        refused: Refused,
        finding: Finding,
        next_attempt_at: datetime | None,
    ) -> None:
        """The remote system said no; only an answer about the document is an attempt."""
        with self.ledger.writing(self.tenant) as connection:
            row = self._row(connection, decision)
            attempts = (row.attempts if row else 0) + (1 if refused.is_attempt else 0)
            change = self._change(
                decision,
                Event.REFUSE,
                finding=finding,
                detail=f"{refused.code}: {refused.detail}",
                values={
                    "attempts": attempts,
                    "next_attempt_at": next_attempt_at,
                    "call_ended_at": self.ledger.lease_clock(),
                    "requeued": False,
                },
            )
            apply_changes(connection, self.author(run_id), [change])

    def doubt(self, decision: Decision, run_id: str, finding: Finding, *, call_ended: bool) -> None:
        """The answer is unknown: the operation stays in flight until a look-up settles it."""
        values = {"call_ended_at": self.ledger.lease_clock()} if call_ended else {}
        self._note(decision, run_id, Event.DOUBT, finding, values)

    def see_absent(
        self, decision: Decision, run_id: str, finding: Finding, first: datetime
    ) -> None:
        """Not there; a later look than the ``first`` (real time) must confirm it."""
        values = {"absent_seen_at": first}
        self._note(decision, run_id, Event.SEE_ABSENT, finding, values)

    def prove_absent(self, decision: Decision, run_id: str) -> None:
        """It is not there and cannot appear any more: another write is allowed."""
        values = {"absent_seen_at": None, "remote_id": ""}
        self._note(decision, run_id, Event.PROVE_ABSENT, None, values)

    def find_other(
        self, decision: Decision, run_id: str, finding: Finding, effects: Effects
    ) -> None:
        """Something else stands under our identity in the target."""
        author = self.author(run_id)
        with self.ledger.writing(self.tenant) as connection:
            apply_changes(
                connection,
                author,
                [self._change(decision, Event.FIND_OTHER, finding=finding, is_quiet=True)],
            )
            save_with_effects(connection, author, decision.document, effects)

    def show(self, decisions: Sequence[Decision], run_id: str) -> None:
        """The guard showed these acts to people: a confirmation will release just this content."""
        author = self.author(run_id)
        with self.ledger.writing(self.tenant) as connection:
            save_documents(connection, author, [d.document for d in decisions])
            rows = {(d.key, d.operation): self._row(connection, d) for d in decisions}
            changes: list[Change] = []
            for decision in decisions:
                row = rows[decision.key, decision.operation]
                if row is not None and row.status == Status.DONE:
                    changes.append(self._change(decision, Event.REOPEN))
                changes.append(
                    self._change(
                        decision,
                        Event.SHOW,
                        finding=decision.finding,
                        values={"shown_hash": decision.act.content_hash if decision.act else None},
                        is_quiet=True,
                    )
                )
            apply_changes(connection, author, changes)

    def _note(
        self,
        decision: Decision,
        run_id: str,
        what: Event,
        finding: Finding | None,
        values: Mapping[str, Any],
    ) -> None:
        with self.ledger.writing(self.tenant) as connection:
            change = self._change(decision, what, finding=finding, values=values, is_quiet=True)
            apply_changes(connection, self.author(run_id), [change])

    def author(self, run_id: str, actor: str = "") -> Author:
        """The signature of a write."""
        return Author(tenant=self.tenant, run_id=run_id, at=self.clock(), actor=actor)

    def _row(self, connection: Connection, decision: Decision) -> OperationRow | None:
        rows = read_operations(
            connection, self.tenant, decision.document.kind, [decision.key], [decision.operation]
        )
        return rows.get((decision.key, decision.operation))

    @staticmethod
    def _change(
        decision: Decision,
        what: Event,
        *,
        finding: Finding | None = None,
        detail: str = "",
        values: Mapping[str, Any] | None = None,
        is_quiet: bool = False,
    ) -> Change:
        return Change(
            kind=decision.document.kind,
            key=decision.key,
            operation=decision.operation,
            event=what,
            finding=finding,
            detail=detail,
            values=values or {},
            is_quiet=is_quiet,
        )


def changes_of(decision: Decision, row: OperationRow | None) -> list[Change]:
    """The changes of a decision that needs no write."""
    events = events_of(decision, row)
    if not events:
        return []
    values: dict[str, Any] = {"notes": decision.notes, "requeued": False}
    if decision.verdict == Verdict.DONE and decision.confirms is not None:
        values["content_hash"] = decision.confirms
    last = TenantLedger._change(
        decision, events[-1], finding=decision.finding, values=values, is_quiet=True
    )
    return [*(TenantLedger._change(decision, event) for event in events[:-1]), last]
