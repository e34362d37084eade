"""What the next cycle of a company would do, for ``check``: planned on a copy, thrown away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal_pipeline.cli.output import console, plain, print_table, progress
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.plans import ControllerPlan
from portal_pipeline.core.tenant import Mode
from portal_pipeline.orchestration.graph import UPSTREAM

if TYPE_CHECKING:
    from portal_pipeline.wiring import Installation, TenantSession

MORE_TIME = "give it more with --plan-seconds, or look at `portal-pipeline run --dry-run`"


@dataclass
class Foretold:
    """The plans of one company, and the lines that they add to the table of checks."""

    tenant: str
    plans: list[ControllerPlan] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    def note(self, result: str, text: str, remedy: str = "", what: str = "plan") -> None:
        """A line of the table of checks."""
        entry = {"tenant": self.tenant, "what": what, "result": result, "text": text}
        self.checks.append(entry | {"remedy": remedy})


def is_wanted(mode: Mode, asked: bool | None) -> bool:
    """Whether to plan: as asked, else for every company but those of a sandbox."""
    return mode != Mode.SANDBOX if asked is None else asked


def foretell(installation: Installation, key: str, seconds: float) -> Foretold:
    """Plan every controller within some seconds; what cannot be planned is a failed line."""
    from portal_pipeline.reports.plans import summary  # noqa: PLC0415 - quick --help
    from portal_pipeline.wiring import rehearsal  # noqa: PLC0415

    told = Foretold(key)
    try:
        with rehearsal(installation, key) as session:
            _plan_all(installation, session, told, time.monotonic() + seconds)
    except PipelineError as error:
        told.note("failed", error.message, error.remedy)
    if not told.checks:
        told.note("ok", f"the next cycle would do: {summary(told.plans)}")
    return told


def _plan_all(
    installation: Installation, session: TenantSession, told: Foretold, until: float
) -> None:
    from portal_pipeline.ledger.reports import has_run_live  # noqa: PLC0415 - quick --help

    ledger = installation.tenant_ledger(installation.tenant_settings(told.tenant))
    errors: dict[tuple[str, str], list[str]] = {}
    missing: set[ControllerName] = set()
    for name in ControllerName:
        if missing & set(UPSTREAM[name]):
            missing.add(name)
            continue
        progress.print(f"{plain(told.tenant)}: planning {name.value}")
        try:
            plan = session.plan_step(
                name,
                has_run_live=has_run_live(ledger, name),
                is_out_of_time=lambda: time.monotonic() >= until,
            )
        except PipelineError as error:
            errors.setdefault((error.message, error.remedy), []).append(name.value)
            missing.add(name)
            continue
        told.plans.append(plan)
    for (message, remedy), names in errors.items():
        told.note("failed", message, remedy, _of(names))
    _tell_what_is_missing(told, missing, {one for names in errors.values() for one in names})


def _tell_what_is_missing(told: Foretold, missing: set[ControllerName], failed: set[str]) -> None:
    waiting = [one.value for one in ControllerName if one in missing and one.value not in failed]
    if waiting:
        told.note("failed", "not planned, because it follows what could not be", "", _of(waiting))
    for plan in told.plans:
        if plan.problems:
            text = "not whole: " + "; ".join(plan.problems)
            told.note("failed", text, MORE_TIME, _of([plan.controller.value]))


def _of(names: list[str]) -> str:
    return f"plan of {', '.join(names)}"


def entry(told: Foretold) -> dict[str, Any]:
    """The company's plans as JSON."""
    from portal_pipeline.reports.plans import plan_entry  # noqa: PLC0415 - quick --help

    return {"tenant": told.tenant, "controllers": [plan_entry(one) for one in told.plans]}


def print_plans(every: Sequence[Foretold]) -> None:
    """A table per company, then what would wait, by reason."""
    from portal_pipeline.reports.plans import (  # noqa: PLC0415 - quick --help
        COLUMNS,
        plan_row,
        reasons_text,
    )

    for told in every:
        title = f"{told.tenant}: what the next cycle would do"
        print_table(title, COLUMNS, [plan_row(plan) for plan in told.plans])
        for text in reasons_text(told.plans):
            console.print(plain(text))
        console.print()
