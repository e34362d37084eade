"""The job itself, run by Dagster in this process on a plant; nothing waits for real time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import dagster as dg

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.leasing import LeaseTimes
from portal_pipeline.orchestration.jobs import tenant_sync
from portal_pipeline.orchestration.ops import controller_assets
from portal_pipeline.orchestration.partitions import JOB_NAME, TENANT_PARTITIONS
from portal_pipeline.orchestration.resources import RunSession
from portal_pipeline_tests.processes.plant import Plant


@dg.resource
def hasty_session(context: dg.InitResourceContext) -> Iterator[RunSession]:
    """The product's session, which waits neither for a busy tenant nor between reads."""
    assert context.run is not None
    times = LeaseTimes(wait_s=0)
    session = RunSession(context.run.run_id, lease_times=times, read_wait_s=0.0)
    try:
        yield session
    finally:
        session.close()


JOB = dg.Definitions(
    assets=controller_assets(retry_delay_s=0),
    jobs=[tenant_sync],
    resources={"run_session": hasty_session},
    executor=dg.in_process_executor,
).resolve_job_def(JOB_NAME)
"""The product's job, without the pause before a step is tried again."""


@dataclass(frozen=True)
class Failed:
    """What Dagster shows about a step that failed."""

    text: str
    system: str
    remedy: str


@dataclass
class RunShown:
    """What Dagster shows about one run."""

    status: dg.DagsterRunStatus
    failed: dict[str, Failed] = field(default_factory=dict)
    """By step."""
    failures: Counter[str] = field(default_factory=Counter)
    """How often each step was said to have failed."""
    retried: Counter[str] = field(default_factory=Counter)
    skipped: set[str] = field(default_factory=set)
    """Steps that wait for one that failed."""
    succeeded: set[str] = field(default_factory=set)
    events: int = 0
    """Events of Dagster's own."""
    lines: list[str] = field(default_factory=list)
    """Log lines that are no events of Dagster, those of the libraries included."""


def run_job(
    instance: dg.DagsterInstance, tenant: str, steps: Sequence[ControllerName] = ()
) -> RunShown:
    """One run in this process: the whole cycle, or some of its steps."""
    instance.add_dynamic_partitions(TENANT_PARTITIONS, [tenant])
    listener = _Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        result = JOB.execute_in_process(
            instance=instance,
            partition_key=tenant,
            asset_selection=[dg.AssetKey(step.value) for step in steps] or None,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    finally:
        root.removeHandler(listener)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    shown = read(result.all_events, run.status)
    logged = [one for one in instance.all_logs(run.run_id) if not one.is_dagster_event]
    shown.lines = [one.user_message for one in logged] + listener.lines
    return shown


@dataclass(frozen=True)
class DagsterRuns:
    """Runs a plant's cycles; every run is kept in one instance, as in a real one."""

    plant: Plant
    instance: dg.DagsterInstance

    def run(self, *steps: ControllerName) -> RunShown:
        """One run, now."""
        return run_job(self.instance, self.plant.called, steps)

    def later(self, *steps: ControllerName, **delta: float) -> RunShown:
        """Time passes (business time); then one run."""
        self.plant.advance(**delta)
        return self.run(*steps)


class _Listener(logging.Handler):
    """Collects what anybody logs at INFO or above, but for Dagster's own events."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("dagster"):
            self.lines.append(record.getMessage())


def read(events: Sequence[dg.DagsterEvent], status: dg.DagsterRunStatus) -> RunShown:
    """The events of a run."""
    shown = RunShown(status, events=len(events))
    for event in events:
        step = event.step_key or ""
        if event.is_step_failure:
            shown.failures[step] += 1
            shown.failed[step] = _failed(event)
        elif event.is_step_up_for_retry:
            shown.retried[step] += 1
        elif event.is_step_skipped:
            shown.skipped.add(step)
        elif event.is_step_success:
            shown.succeeded.add(step)
    return shown


def _failed(event: dg.DagsterEvent) -> Failed:
    given = event.step_failure_data.user_failure_data
    if given is None:
        error = event.step_failure_data.error
        return Failed(error.to_string() if error else "", "", "")
    said = {name: str(value.value) for name, value in given.metadata.items()}
    return Failed(given.description or "", said.get("system", ""), said.get("remedy", ""))
