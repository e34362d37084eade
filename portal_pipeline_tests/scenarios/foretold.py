"""What ``check`` would say of a town's next cycle, and what a cycle then did, to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from portal_pipeline.archive import LocalArchive, OverlayArchive
from portal_pipeline.controllers.planning import StepPlanning
from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.plans import ControllerPlan
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.core.tenant import Mode
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.copying import copy_tenant
from portal_pipeline.ledger.reports import has_run_live
from portal_pipeline_tests.scenarios.town import Town


def foretold(town: Town) -> Mapping[ControllerName, ControllerPlan]:
    """The plans of the next cycle, made as ``wiring.rehearsal`` does: on a copy of the ledger."""
    folder = Path(mkdtemp(dir=town.folder))
    work = town.workspace("check")
    town.ledger_store.leases.release(work.lease)
    copy = Ledger(f"sqlite:///{folder}/copy.db", lease_clock=town.clock)
    copy_tenant(town.ledger_store, town.key, copy)
    apart = replace(
        work,
        tenant=town.tenant.model_copy(update={"mode": Mode.DRY_RUN}),
        ledger=copy.tenant(town.key, town.clock),
        lease=copy.leases.acquire(town.key, "check", "check", timedelta(hours=1)),
        archive=OverlayArchive(town.archive, LocalArchive(folder / "archive")),
    )
    plans = {}
    for name in ControllerName:
        report = ReportBuilder(name)
        plans[name] = StepPlanning(
            apart,
            step_factory(name)(apart, report),
            report,
            live=town.tenant,
            has_run_live=has_run_live(town.ledger, name),
            is_out_of_time=lambda: False,
        ).plan()
    copy.close()
    return plans


class Told(NamedTuple):
    """What is compared of a plan and of a cycle."""

    acted: int
    money: Mapping[str, Decimal]
    held: int
    rejected: int
    out_of_scope: int
    done: int


def of_plans(plans: Mapping[ControllerName, ControllerPlan]) -> dict[ControllerName, Told]:
    """Of a plan that is within the guard."""
    return {
        name: Told(
            one.act_count + one.look_ups,
            one.amounts,
            *(one.held, one.rejected, one.out_of_scope, one.done),
        )
        for name, one in plans.items()
    }


def of_reports(reports: Mapping[ControllerName, StepReport]) -> dict[ControllerName, Told]:
    """Of a cycle."""
    return {
        name: Told(
            one.acted,
            {code: sums["acted"] for code, sums in one.amounts.items() if sums["acted"] != ZERO},
            *(one.held, one.rejected, one.out_of_scope, one.done),
        )
        for name, one in reports.items()
    }
