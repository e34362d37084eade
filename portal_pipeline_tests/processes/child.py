"""A process that does one company's cycle, and the warm one that it is forked from.

``python -m portal_pipeline_tests.processes.child`` reads orders from standard input, one JSON value
a line, and answers each with one: ``start`` forks a process for a job, ``wait`` waits for it to end
or to stop. It has no threads and no open database, so a fork of it is as good as a fresh process
and costs no imports.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from portal_pipeline.controllers.execution import SerialExecutor, ThreadExecutor
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.leasing import LeaseTimes
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.scenarios.town import Town

POINT, DISK = "point", "disk"
"""Passages of a process: crash points; statements, commits and renames."""


@dataclass(frozen=True)
class Strike:
    """A signal that the process sends itself at the ``at``-th passage of a kind."""

    kind: str
    at: int
    signal: int = signal.SIGKILL
    name: str = ""
    """Count only crash points of this name."""


@dataclass(frozen=True)
class Job:
    """One run of a company."""

    settings: str
    tenant: str
    run_id: str
    out: str
    """File for its outcome, written at its end; absent when it was killed."""
    lease_clock: str
    """File that says by how many seconds its lease clock is ahead of the machine's."""
    ttl_s: float = 60.0
    heartbeat_s: float = 15.0
    wait_s: float = 0.0
    poll_s: float = 0.05
    steps: tuple[str, ...] = tuple(ControllerName)
    dagster_home: str = ""
    """Where given, Dagster runs the job in the instance of this home; lease times are usual."""
    is_threaded: bool = False
    strike: Strike | None = None


@dataclass
class Outcome:
    """How a run ended by itself."""

    acted: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    """By step, or ``lease`` when it was not got."""
    passages: dict[str, int] = field(default_factory=dict)


class Passages:
    """Counts what the process passes, and strikes where it was told to."""

    def __init__(self, strike: Strike | None) -> None:
        self.counts: Counter[str] = Counter()
        self._strike = strike
        self._named = 0
        self._lock = threading.Lock()

    def watch(self) -> None:
        """Count statements and commits of every database, and renames of files."""
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, lambda *_: self.passed(DISK))
        sys.addaudithook(lambda name, _: self.passed(DISK) if name == "os.rename" else None)

    def point(self, name: str) -> None:
        """A crash point."""
        self.passed(POINT, name)

    def passed(self, kind: str, name: str = "") -> None:
        """One passage."""
        with self._lock:
            self.counts[kind] += 1
            strike = self._strike
            if strike is None or strike.kind != kind or (strike.name and strike.name != name):
                return
            self._named += 1
            if self._named == strike.at:
                os.kill(os.getpid(), strike.signal)


def live(job: Job) -> Outcome:
    """Every step of the job in one session; a step that fails stops no other."""
    passages = Passages(job.strike)
    passages.watch()
    if job.dagster_home:
        return live_in_dagster(job)
    ahead = Path(job.lease_clock)
    installation = Installation(
        load_settings(Path(job.settings)),
        lease_clock=lambda: datetime.now(UTC) + timedelta(seconds=float(ahead.read_text("ascii"))),
    )
    outcome = Outcome()
    try:
        session = TenantSession(
            installation,
            job.tenant,
            job.run_id,
            executor=ThreadExecutor() if job.is_threaded else SerialExecutor(),
            point=passages.point,
            lease_times=LeaseTimes(
                timedelta(seconds=job.ttl_s), job.heartbeat_s, job.wait_s, job.poll_s
            ),
        )
    except PipelineError as error:
        outcome.failures["lease"] = str(error)
        return outcome
    try:
        for step in job.steps:
            try:
                outcome.acted += session.run_step(ControllerName(step)).acted
            except PipelineError as error:
                outcome.failures[step] = str(error)
    finally:
        session.close()
        installation.close()
    outcome.passages = dict(passages.counts)
    return outcome


def live_in_dagster(job: Job) -> Outcome:
    """The job as Dagster runs it, kept in its instance on disk."""
    # Dagster takes half a second to load: only those pay it who need it.
    from portal_pipeline.orchestration.instance import dagster_instance  # noqa: PLC0415
    from portal_pipeline_tests.processes.dagster_runs import run_job  # noqa: PLC0415

    os.environ["PORTAL_PIPELINE_SETTINGS"] = job.settings
    with dagster_instance(Path(job.dagster_home)) as instance:
        shown = run_job(instance, job.tenant)
    return Outcome(failures={step: one.text for step, one in shown.failed.items()})


def job_of(values: dict[str, Any]) -> Job:
    """A job from JSON."""
    strike = values.pop("strike")
    return Job(**values, strike=Strike(**strike) if strike else None)


def start(values: dict[str, Any]) -> int:
    """Fork a process for a job; its number."""
    number = os.fork()
    if number:
        return number
    job = job_of(values)
    try:
        # What it says goes beside its outcome: standard output belongs to the orders' answers.
        said = os.open(f"{job.out}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(said, 1)
        os.dup2(said, 2)
        outcome = live(job)
        partial = Path(f"{job.out}.part")
        partial.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
        os.link(partial, job.out)  # no rename: those are counted
    except BaseException:  # noqa: BLE001 - told to whoever waits for the process
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def waited(number: int) -> dict[str, Any]:
    """Wait until the process ends or stops."""
    _, status = os.waitpid(number, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"stopped": True, "signal": os.WSTOPSIG(status), "code": None}
    if os.WIFSIGNALED(status):
        return {"stopped": False, "signal": os.WTERMSIG(status), "code": None}
    return {"stopped": False, "signal": None, "code": os.WEXITSTATUS(status)}


def warm_up() -> None:
    """Load and compile what every cycle needs, and leave nothing open."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        town = Town(Path(folder))
        town.buyers.order()
        town.treasury.upload("1")
        town.cycle()
        town.close()
    gc.collect()
    gc.freeze()


ORDERS: dict[str, Callable[[Any], Any]] = {"start": start, "wait": waited}


def main() -> None:
    """Answer orders until standard input ends."""
    warm_up()
    print(json.dumps("ready"), flush=True)  # noqa: T201 - the answers of this process
    for text in sys.stdin:
        order = json.loads(text)
        answer = ORDERS[order["do"]](order["with"])
        print(json.dumps(answer), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
