"""payment_upload: payments that Sage has posted go to the portal once the gate is open.

Source: rules 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal_pipeline.controllers.payment_facts import PaymentFactsLoader
from portal_pipeline.controllers.payment_reading import PaymentReading, read_several
from portal_pipeline.controllers.payment_writes import PaymentWrites
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, hold
from portal_pipeline.core.findings.payments import PAYMENT_MISSING_IN_SAGE
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.outcomes import Unclear
from portal_pipeline.core.payments.planner import plan_uploads
from portal_pipeline.core.payments.reversal import ReversalFacts, plan_reversal
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.portal.look_up import Seen
from portal_pipeline.sage.payments import PaymentKey

SYSTEM = "portal"


@dataclass(frozen=True)
class PaymentChunk:
    """A slice of the candidates; reversals come first, for replacements wait for them."""

    keys: tuple[PaymentKey, ...] = ()
    gone: tuple[str, ...] = ()
    reversals: tuple[str, ...] = ()


class PaymentUpload(Step[PaymentChunk]):
    """Loads, decides at the gate, sends, and follows reversals."""

    name = ControllerName.PAYMENT_UPLOAD

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._reading = PaymentReading(work)
        self._loader = PaymentFactsLoader(work)
        self._writes = PaymentWrites(work.portal)

    def chunks(self) -> Iterator[PaymentChunk]:
        """Reversals, then payments by date and number, then what Sage no longer shows."""
        found = self._reading.candidates
        for part in found.reversals.pages(CHUNK_SIZE):
            yield PaymentChunk(reversals=part)
        for keys in found.keys(CHUNK_SIZE):
            yield PaymentChunk(keys=keys)
        for part in found.gone.pages(CHUNK_SIZE):
            yield PaymentChunk(gone=part)

    def plan(self, chunk: PaymentChunk) -> Sequence[Decision]:
        """One decision per payment."""
        if chunk.reversals:
            return self._plan_reversals(chunk.reversals)
        if chunk.gone:
            return self._plan_gone(chunk.gone)
        facts = self._loader.load(chunk.keys, self._reading.repeated(chunk.keys))
        return plan_uploads(facts, self._work.tenant, self._work.clock())

    def _plan_reversals(self, numbers: Sequence[str]) -> list[Decision]:
        known = self._work.ledger.documents(DocumentKind.PAYMENT, numbers)
        looked_up = read_several(self._work, self._work.portal.look_up_payment, sorted(known))
        decisions = []
        for number, document in sorted(known.items()):
            seen = looked_up[number]
            facts = ReversalFacts(
                known=document,
                held=seen.item if isinstance(seen, Seen) else None,
                problem=seen.detail if isinstance(seen, Unclear) else "",
            )
            decisions.append(plan_reversal(facts, self._work.tenant.payments))
        return decisions

    def _plan_gone(self, numbers: Sequence[str]) -> list[Decision]:
        known = self._work.ledger.documents(DocumentKind.PAYMENT, numbers)
        return [
            hold(document, Operation.UPLOAD, PAYMENT_MISSING_IN_SAGE())
            for _, document in sorted(known.items())
        ]

    def handlers(self) -> Mapping[Operation, Handler]:
        """A payment is proven absent by two looks; taking one back twice changes nothing."""
        return {
            Operation.UPLOAD: Handler(
                system=SYSTEM,
                call=self._writes.upload,
                look_up=self._writes.look_up_upload,
            ),
            Operation.REVERSE: Handler(
                system=SYSTEM,
                call=self._writes.reject,
                look_up=self._writes.look_up_reject,
                looks=1,
            ),
        }

    def complete(self) -> None:
        """Keep how far Sage was read."""
        self._reading.sweep.save(self._report, len(self._reading.candidates.payments))
