"""Running the job in this process: the same job as the daemon's, under the same lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.orchestration.instance import add_missing_partitions
from portal_pipeline.orchestration.partitions import (
    DRY_RUN_TAG,
    HEALTH_JOB_NAME,
    JOB_NAME,
)


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its id, and the description of each step that failed."""

    run_id: str
    failures: dict[str, str]

    @property
    def is_success(self) -> bool:
        """Whether every step did its work."""
        return not self.failures


def run_tenant(
    instance: dg.DagsterInstance,
    tenant: str,
    *,
    steps: Sequence[ControllerName] = (),
    is_dry_run: bool = False,
) -> RunResult:
    """Run the tenant's cycle, or some of its steps, in this process.

    The caller has checked that the tenant exists.
    """
    from portal_pipeline.definitions import defs  # noqa: PLC0415 - loads the code location

    add_missing_partitions(instance, [tenant])
    selection = [dg.AssetKey(step.value) for step in steps] or None
    result = defs.resolve_job_def(JOB_NAME).execute_in_process(
        instance=instance,
        partition_key=tenant,
        asset_selection=selection,
        run_config=QUIET,
        tags={DRY_RUN_TAG: "true"} if is_dry_run else {},
        raise_on_error=False,
    )
    return RunResult(result.run_id, _failures(result))


def _failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    failures: dict[str, str] = {}
    for event in result.all_events:
        if event.is_step_failure and event.step_key is not None:
            failures[event.step_key] = _description(event)
    if not result.success and not failures:
        failures["run"] = "the run failed outside its steps; see its event log"
    return failures


def _description(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    return data.error.to_string().strip().splitlines()[-1] if data.error else "failed"


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's lines stay in its event log; the console is the command's."""


def run_checks(instance: dg.DagsterInstance) -> None:
    """Evaluate the asset checks of all tenants in this process."""
    from portal_pipeline.definitions import defs  # noqa: PLC0415 - loads the code location

    defs.resolve_job_def(HEALTH_JOB_NAME).execute_in_process(
        instance=instance, run_config=QUIET, raise_on_error=False
    )
