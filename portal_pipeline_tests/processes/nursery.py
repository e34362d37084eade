"""Starts real processes that do a company's cycle, and waits for them; see ``child``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from portal_pipeline_tests.processes.child import Job, Outcome

STOP_TIMEOUT_S = 30


@dataclass(frozen=True)
class Ended:
    """How a process ended, or that it stopped."""

    code: int | None
    signal: int | None
    is_stopped: bool
    outcome: Outcome | None
    """None: it did not come to its end."""

    @property
    def is_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.signal == signal.SIGKILL and not self.is_stopped


@dataclass(frozen=True)
class Running:
    """A started process."""

    pid: int
    job: Job

    def send(self, what: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, what)


class Nursery:
    """One warm process and those forked from it; none of them outlives it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "portal_pipeline_tests.processes.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def start(self, job: Job) -> Running:
        """A process that does the job."""
        return Running(self._ask("start", asdict(job)), job)

    def wait(self, running: Running) -> Ended:
        """Wait until it ends or stops."""
        how = self._ask("wait", running.pid)
        out = Path(running.job.out)
        outcome = None
        if how["code"] == 0:
            outcome = Outcome(**json.loads(out.read_text(encoding="utf-8")))
        elif how["code"] is not None:
            said = Path(f"{out}.log").read_text(encoding="utf-8")
            raise AssertionError(f"{running.job.run_id} ended with {how['code']}: {said[-3000:]}")
        return Ended(how["code"], how["signal"], how["stopped"], outcome)

    def run(self, job: Job) -> Ended:
        """Start and wait."""
        return self.wait(self.start(job))

    def children(self) -> list[int]:
        """Processes forked from it that are still there."""
        return [one.pid for one in psutil.Process(self._process.pid).children(recursive=True)]

    def cpu_s(self) -> float:
        """CPU seconds of itself and of every process that it waited for."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)

    def close(self) -> None:
        """End it, and what was forked from it."""
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=STOP_TIMEOUT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, what: str, given: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, "with": given}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        assert text, f"the warm process ended with {self._process.wait(timeout=STOP_TIMEOUT_S)}"
        return json.loads(text)
