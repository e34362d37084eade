"""payment_check: UUID and stamping date of payment complements go back into Sage.

Source: rules 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from portal_pipeline.controllers.complement_facts import ComplementFactsLoader
from portal_pipeline.controllers.payment_reading import DailySweep
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.complements.matching import decide_complement, match
from portal_pipeline.core.complements.models import DOCUMENTS
from portal_pipeline.core.complements.planner import plan_write
from portal_pipeline.core.decisions import Decision, Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.outcomes import Absent, LookUp, Outcome
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.ledger.open_documents import FollowUp, not_followed_up
from portal_pipeline.sage.complement_writer import look_up_complement, write_complement
from portal_pipeline.spool import Spool

_COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT
_WRITE = (Operation.WRITE_COMPLEMENT,)
_LISTED = (
    Status.DONE,
    Status.HELD,
    Status.IN_FLIGHT,
    Status.REFUSED,
    Status.REJECTED,
)
"""Download statuses of complements that are ours."""
_DECIDED = FollowUp(
    first=Operation.DOWNLOAD,
    begun=_LISTED,
    then=Operation.WRITE_COMPLEMENT,
    ended=tuple(Status),
)
"""A complement is new while no decision about it is kept."""


class PaymentCheck(Step[tuple[str, ...]]):
    """Finds the payments of each complement, and writes into Sage what it may."""

    name = ControllerName.PAYMENT_CHECK

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._sweep = DailySweep(work, "ledger.payment_complements")
        self._loader = ComplementFactsLoader(work)

    @cached_property
    def _keys(self) -> Spool:
        """Complements that are new or open, or of an open payment; in the sweep all of ours."""
        ledger = self._work.ledger
        if self._sweep.is_due:
            return Spool(ledger.keys_where(_COMPLEMENT, [Operation.DOWNLOAD], _LISTED))
        since = self._sweep.changed_since
        found = Spool(not_followed_up(ledger, _COMPLEMENT, _DECIDED, since))
        found.add(ledger.keys_where(_COMPLEMENT, _WRITE))
        for payments in Spool(ledger.keys_where(DocumentKind.PAYMENT, _WRITE)).pages():
            links = ledger.links_to(DocumentKind.PAYMENT.value, payments, DOCUMENTS)
            found.add(ref.key for ref, _ in links)
        return found

    def chunks(self) -> Iterator[tuple[str, ...]]:
        """Complements by UUID."""
        return self._keys.pages(CHUNK_SIZE)

    def plan(self, chunk: tuple[str, ...]) -> Sequence[Decision]:
        """One decision per complement, and one per payment that has a valid one."""
        loaded = self._loader.load(chunk)
        decisions = [decide_complement(facts) for facts in loaded.complements]
        new_links = {
            (number, facts.complement.uuid): facts.complement
            for facts in loaded.complements
            for number in match(facts).found
        }
        numbers = {number for number, _ in new_links}
        for payment in self._loader.load_payments(numbers, loaded):
            linked = {one.uuid: one for one in payment.linked}
            number = payment.payment.number
            linked |= {uuid: one for (of, uuid), one in new_links.items() if of == number}
            whole = payment.model_copy(update={"linked": tuple(linked.values())})
            written = plan_write(whole, self._work.tenant.payments)
            if written is not None:
                decisions.append(written)
        return decisions

    def handlers(self) -> Mapping[Operation, Handler]:
        """One writer; compare-and-set makes a repeated write harmless, so one look is proof."""
        return {
            Operation.WRITE_COMPLEMENT: Handler(
                system="sage", call=self._write, look_up=self._look_up, looks=1, at_once=1
            )
        }

    def complete(self) -> None:
        """Keep when all complements were last looked at."""
        self._sweep.save(self._report, len(self._keys))

    def _write(self, decision: Decision) -> Outcome:
        work = self._work
        return write_complement(work.sage, _payload(decision), work.tenant.fields, work.clock())

    def _look_up(self, decision: Decision) -> LookUp:
        if not _payload(decision):
            return Absent()  # nothing is wanted any more, and the plan has just read the fields
        return look_up_complement(self._work.sage, _payload(decision), self._work.tenant.fields)


def _payload(decision: Decision) -> JsonObject:
    return decision.act.payload if decision.act else {}
