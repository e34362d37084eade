"""The four readable parts of every controller: load, plan, execute, record (design 4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from portal_pipeline.controllers.ownership import check_owns
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.protocol import Protocol as WriteProtocol
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, OperationRow, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.guard import (
    Weight,
    finding_above,
    hold_above,
    is_in_doubt,
    is_weighed,
    weigh,
)
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import ReportBuilder, Reported, StepReport
from portal_pipeline.core.settling import settle
from portal_pipeline.core.tenant import Mode, Tenant
from portal_pipeline.ledger.reports import has_run_live, save_report
from portal_pipeline.ledger.transitions import IllegalTransition

CHUNK_SIZE = 1000
"""Candidates that are loaded, planned and executed together."""

C = TypeVar("C")
Rows = Mapping[tuple[str, Operation], OperationRow]
Plan = tuple[list[Decision], Rows]
"""What is decided about a chunk, and what the ledger knew of it."""


class Step(ABC, Generic[C]):
    """What a controller provides; one object serves one step of one run.

    ``C`` is its chunk: up to ``CHUNK_SIZE`` candidates, as keys or as what a listing gave.
    """

    name: ControllerName
    is_guarded: bool = True
    """Whether the guard weighs its plan."""

    @abstractmethod
    def chunks(self) -> Iterable[C]:
        """Candidates in key order, read lazily.

        Called twice when the guard is on. A later slice may be read after an earlier one was
        executed, and then sees its effects.
        """

    @abstractmethod
    def plan(self, chunk: C) -> Sequence[Decision]:
        """Load what the chunk needs (set-based) and decide: one decision per operation."""

    @abstractmethod
    def handlers(self) -> Mapping[Operation, Handler]:
        """How its operations are written and looked up."""

    def complete(self) -> None:
        """After every chunk: keep watermarks."""
        return


class StepRun(Generic[C]):
    """Runs one step for one tenant."""

    def __init__(
        self,
        work: Workspace,
        step: Step[C],
        report: ReportBuilder,
        *,
        acting: Tenant | None = None,
    ) -> None:
        """Run a step; ``acting`` decides what may act now, where not the workspace's tenant."""
        self._work = work
        self._acting = acting or work.tenant
        self._step = step
        self._report = report
        self._weighed: tuple[C, Plan] | None = None
        self._started = work.monotonic()
        self._protocol = WriteProtocol(
            ledger=work.ledger,
            lease=work.lease,
            tenant=work.tenant,
            controller=step.name,
            executor=work.executor,
            point=work.point,
            is_out_of_time=self._is_out_of_time,
        )

    def _is_out_of_time(self) -> bool:
        return self._work.monotonic() - self._started > self._work.tenant.step_budget_s

    def run(self) -> StepReport:
        """Do the step and keep its report.

        Raises:
            PipelineError: the step could not do its work (a system away, credentials refused,
                ledger unwritable); what was done before is recorded.
        """
        above = self._report.guard = self._above_guard()
        for chunk in self._step.chunks():
            decisions, rows = self._plan_of(chunk)
            if above is not None:
                decisions = self._held_above(decisions, rows, above)
            self._execute(decisions, rows)
        self._step.complete()
        if self._protocol.is_stopped:
            self._report.add_problem(
                f"{self._step.name.value}: the target gave no answers any more; "
                "the rest waits for the next cycle"
            )
        built = self._report.build()
        seconds = Decimal(str(round(self._work.monotonic() - self._started, 3)))
        save_report(self._work.ledger, self._work.run_id, built, seconds)
        return built

    def _plan_of(self, chunk: C) -> Plan:
        """The plan that the guard weighed, where that chunk was all; else made now."""
        weighed, self._weighed = self._weighed, None
        return weighed[1] if weighed and weighed[0] == chunk else self._settled(chunk)

    def _settled(self, chunk: C) -> Plan:
        planned = self._step.plan(chunk)
        rows = self._rows(planned)
        now = self._work.clock()
        return [settle(d, rows.get((d.key, d.operation)), self._acting, now) for d in planned], rows

    def _rows(self, decisions: Sequence[Decision]) -> Rows:
        by_kind: dict[DocumentKind, list[str]] = {}
        for decision in decisions:
            by_kind.setdefault(decision.document.kind, []).append(decision.key)
        rows: dict[tuple[str, Operation], OperationRow] = {}
        for kind, keys in by_kind.items():
            rows |= self._work.ledger.operations(kind, keys)
        return rows

    # -- the guard ---------------------------------------------------------------------------

    def _above_guard(self) -> Finding | None:
        """A first pass over all chunks that plans, counts and sums; None when below the guard."""
        tenant = self._work.tenant
        if not (self._step.is_guarded and is_guard_on(tenant)):
            return None
        total = Weight()
        for count, chunk in enumerate(self._step.chunks()):
            plan = self._settled(chunk)
            total = total.plus(weigh(*plan))
            # Of several chunks the first has aged meanwhile, and what follows depends on its acts.
            self._weighed = (chunk, plan) if not count else None
        if not total.acts:
            return None
        has_run = has_run_live(self._work.ledger, self._step.name)
        return finding_above(total, tenant, has_run_before=has_run)

    def _held_above(
        self, decisions: Sequence[Decision], rows: Rows, above: Finding
    ) -> list[Decision]:
        held_back, shown = [], []
        for decision in decisions:
            row = rows.get((decision.key, decision.operation))
            held_back.append(hold_above(decision, row, above))
            if is_weighed(decision, row) and not is_in_doubt(row):
                shown.append(decision.model_copy(update={"finding": above}))
        self._work.ledger.show(shown, self._work.run_id)
        return held_back

    # -- execute and record --------------------------------------------------------------------

    def _execute(self, decisions: Sequence[Decision], rows: Rows) -> None:
        acts = [d for d in decisions if d.verdict == Verdict.ACT]
        rest = [d for d in decisions if d.verdict != Verdict.ACT]
        self._record(rest)
        now = self._work.clock()
        for decision in rest:
            self._report.add(Reported(decision, before=_row(decision, rows), at=now))
        if not acts:
            return
        ended = self._protocol.carry_out(acts, rows, self._step.handlers())
        waiting = [one.decision for one in ended if one.decision.verdict != Verdict.ACT]
        self._record(waiting)
        for one in ended:
            before = _row(one.decision, rows)
            self._report.add(Reported(one.decision, one.ending, one.remote_id, before, now))

    def _record(self, decisions: Sequence[Decision]) -> None:
        """Write what was decided; a run that was overtaken stops, as its facts are stale."""
        try:
            self._work.ledger.record(decisions, self._work.run_id)
        except IllegalTransition:
            check_owns(self._work.ledger, self._work.lease)
            raise


def _row(decision: Decision, rows: Rows) -> OperationRow | None:
    return rows.get((decision.key, decision.operation))


def is_guard_on(tenant: Tenant) -> bool:
    """Whether the guard weighs this tenant's plans: generated sandbox tenants switch it off."""
    return tenant.guard.is_on and tenant.mode != Mode.DRY_RUN


StepFactory = Callable[[Workspace, ReportBuilder], Step[Any]]
"""Builds a controller's step for one run."""
