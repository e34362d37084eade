"""Planning a step as the next cycle would carry it out, for ``check`` (design 9).

The workspace is that of a dry run on a copy of the ledger: nothing remote is written. Documents are
read, and what one step would record, a later one sees, as in a cycle. What depends on an act of the
same cycle (an order on its provider's new number, the posting of an entry on its import) is not
foreseen: it counts as held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from portal_pipeline.controllers.step import Rows, Step, StepRun, is_guard_on
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, Verdict, held
from portal_pipeline.core.findings.general import DRY_RUN
from portal_pipeline.core.guard import Weight, acts_limit, finding_above, weigh
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.plans import ControllerPlan, GuardVerdict, PlannedActs
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.core.tenant import Tenant

C = TypeVar("C")

OUT_OF_TIME = "there was no time to plan the rest"


class _OutOfTime(Exception):
    """The rest of the candidates is not planned."""


class StepPlanning(StepRun[C]):
    """Plans one step; only downloads are made, for what is imported is known by them alone."""

    def __init__(
        self,
        work: Workspace,
        step: Step[C],
        report: ReportBuilder,
        *,
        live: Tenant,
        has_run_live: bool,
        is_out_of_time: Callable[[], bool],
    ) -> None:
        """Plan a step.

        Args:
            work: a dry run's workspace; its ledger and archive receive what the step records.
            step: what is planned.
            report: of the step.
            live: the tenant in the mode in which it would act.
            has_run_live: a plan of this controller has acted within the guard before.
            is_out_of_time: looked at before each chunk is planned and before each download.
        """
        super().__init__(work, step, report, acting=live)
        self._has_run_live = has_run_live
        self._is_late = is_out_of_time
        self._counts: Counter[Verdict] = Counter()
        self._reasons: Counter[str] = Counter()
        self._acts: Counter[Operation] = Counter()
        self._money: dict[Operation, dict[str, Decimal]] = {}
        self._look_ups = 0
        self._weight = Weight()
        self._was_late = False

    def plan(self) -> ControllerPlan:
        """What the step would do.

        Raises:
            PipelineError: it could not do its work.
        """
        problems: tuple[str, ...] = ()
        try:
            report = self.run()
        except _OutOfTime:
            pass
        else:
            short = [one for one in report.listings if not one.is_complete]
            lists = tuple(f"list {one.name} is not complete: {one.problem}" for one in short)
            problems = (*report.problems, *lists)
        if self._was_late:
            problems = (*problems, OUT_OF_TIME)
        return ControllerPlan(
            controller=self._step.name,
            acts={name: self._planned(name) for name in sorted(self._acts)},
            look_ups=self._look_ups,
            done=self._counts[Verdict.DONE],
            held=self._counts[Verdict.HOLD],
            rejected=self._counts[Verdict.REJECT],
            out_of_scope=self._counts[Verdict.OUT_OF_SCOPE],
            reasons=dict(self._reasons),
            guard=self._guard(),
            problems=problems,
        )

    def _planned(self, name: Operation) -> PlannedActs:
        return PlannedActs(count=self._acts[name], amounts=self._money[name])

    def _guard(self) -> GuardVerdict | None:
        tenant = self._acting
        if not (self._step.is_guarded and is_guard_on(tenant)):
            return None
        return GuardVerdict(
            weight=self._weight,
            limit_acts=acts_limit(tenant.guard, has_run_before=self._has_run_live),
            limit_amount=tenant.guard.max_amount_per_cycle,
            finding=finding_above(self._weight, tenant, has_run_before=self._has_run_live),
        )

    # -- in place of carrying it out ---------------------------------------------------------------

    def _is_out_of_time(self) -> bool:
        self._was_late = self._was_late or self._is_late()
        return self._was_late

    def _settled(self, chunk: C) -> tuple[list[Decision], Rows]:
        if self._is_out_of_time():
            raise _OutOfTime
        return super()._settled(chunk)

    def _execute(self, decisions: Sequence[Decision], rows: Rows) -> None:
        self._weight = self._weight.plus(weigh(decisions, rows))
        for decision in decisions:
            self._count(decision)
        super()._execute([_without_write(one) for one in decisions], rows)

    def _count(self, decision: Decision) -> None:
        if decision.verdict != Verdict.ACT or decision.act is None:
            self._counts[decision.verdict] += 1
            if decision.finding is not None:
                self._reasons[decision.finding.code] += 1
            return
        if decision.act.look_up_only:
            self._look_ups += 1
            return
        name, document = decision.operation, decision.document
        self._acts[name] += 1
        sums = self._money.setdefault(name, {})
        if document.amount is not None and document.currency:
            sums[document.currency] = sums.get(document.currency, ZERO) + document.amount


def _without_write(decision: Decision) -> Decision:
    """The decision as a dry run records it: acts wait, downloads are made."""
    if decision.verdict != Verdict.ACT or decision.operation == Operation.DOWNLOAD:
        return decision
    return held(decision, DRY_RUN(operation=decision.operation.value))
