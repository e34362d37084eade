"""Uploading payments with eight calls in flight at 80 ms each, in figures.

``python -m portal_pipeline_tests.benchmarks.uploads [--payments 500] [--ms 80] [--json]``

The whole step: Sage read, gate, two ledger commits a payment on disk, threads, HTTP over loopback.
The portal is a process of its own, so that only our work is in the processor time. ``limit_per_s``
is what calls of that length allow; ``uploads_per_s`` counts from the first call to the last commit.
``bare_per_s`` is what this machine makes of calls with nothing around them, just before and after:
where other programs use it, ``of_bare`` says more than ``of_limit``. ``cpu_ms_intent_and_call`` is
the time by which an upload keeps its place for longer than the call takes: a machine of its own
reaches ``ms / (ms + that)`` of the limit.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import event

from portal_pipeline.controllers.execution import ThreadExecutor
from portal_pipeline.controllers.payment_upload import PaymentUpload
from portal_pipeline.controllers.step import StepRun
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.sandbox.http import Handler, Request, Response
from portal_pipeline.sandbox.server import SandboxServer
from portal_pipeline_tests.benchmarks.figures import show
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.treasury import Treasury

AT_ONCE = 8
BARE_CALLS = 160
START_TIMEOUT_S = 30.0


def _serve(handle: Handler, delay_s: float, pipe: Connection) -> None:
    def slow(request: Request) -> Response:
        answer = handle(request)
        return replace(answer, delay_s=delay_s) if request.method == "POST" else answer

    with SandboxServer({"/": slow}) as server:
        pipe.send(server.url)
        pipe.recv()


@contextmanager
def served_apart(handle: Handler, delay_s: float) -> Iterator[str]:
    """The simulator, as it is now, in a process of its own; gives its address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(handle, delay_s, theirs), daemon=True
    )
    process.start()
    try:
        if not ours.poll(START_TIMEOUT_S):
            raise RuntimeError("the portal's process did not start")
        yield ours.recv()
    finally:
        ours.send("end")
        process.join(START_TIMEOUT_S)


class Counts:
    """Commits of the ledger, and when the writes began and ended."""

    def __init__(self, bench: Bench) -> None:
        self.commits = 0
        self.first_call = 0.0
        self.last_commit = 0.0
        self.busy_s = 0.0
        """Processor time between the start of an intent and the end of its call, all threads."""
        self._lock = threading.Lock()
        self._own = threading.local()
        event.listen(bench.ledger_store._engine, "commit", self._note)

    def _note(self, connection: object) -> None:
        if not connection.get_execution_options().get("writes"):  # type: ignore[attr-defined]
            return
        with self._lock:
            self.commits += 1

    def point(self, name: str) -> None:
        """A crash point that only looks at the clock."""
        now, used = time.perf_counter(), time.thread_time()
        if name == "upload.before_intent":
            self._own.used = used
        with self._lock:
            if name == "upload.after_call":
                self.busy_s += used - self._own.used
            if name == "upload.before_intent" and not self.first_call:
                self.first_call = now
            if name == "upload.after_outcome":
                self.last_commit = now


def _prepared(bench: Bench, count: int) -> None:
    treasury = Treasury(bench)
    for number in range(count):
        treasury.invoice(f"F{number}")
        treasury.pay(f"P{number}", (f"F{number}", "116.00"))
        bench.clock.now = bench.clock.now.replace(hour=18, minute=0)
    bench.advance(hours=2)


def _workspace(bench: Bench, url: str, counts: Counts) -> Workspace:
    work = bench.workspace()
    work.portal = PortalClient(
        base_url=url, tenant_id=bench.key, key=SecretStr("key-1"), secret=SecretStr("secret-1")
    )
    work.executor = ThreadExecutor()
    work.point = counts.point
    return work


def bare_per_s(url: str) -> float:
    """Calls a second of as many threads that do nothing else."""

    def call(_: int) -> None:
        client.post(f"{url}/bare", json={})

    with httpx.Client() as client, ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(call, range(AT_ONCE)))  # connections
        start = time.perf_counter()
        list(pool.map(call, range(BARE_CALLS)))
        return BARE_CALLS / (time.perf_counter() - start)


def measured(count: int, ms: float, *, profiles: bool) -> dict[str, object]:
    """The figures of one step over ``count`` payments."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            _prepared(bench, count)
            counts = Counts(bench)
            with served_apart(bench.portal.handle, ms / 1000) as url:
                work = _workspace(bench, url, counts)
                report = ReportBuilder(PaymentUpload.name)
                run = StepRun(work, PaymentUpload(work, report), report)
                bare = [bare_per_s(url)]
                counts.commits = 0
                profile = cProfile.Profile()
                cpu, wall = time.process_time(), time.perf_counter()
                built = profile.runcall(run.run) if profiles else run.run()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                bare.append(bare_per_s(url))
                work.portal.close()
        finally:
            bench.close()
    if profiles:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
    seconds = counts.last_commit - counts.first_call
    limit = AT_ONCE * 1000 / ms
    return {
        "payments": count,
        "uploaded": built.succeeded,
        "in_flight": AT_ONCE,
        "call_ms": ms,
        "limit_per_s": round(limit, 1),
        "uploads_per_s": round(count / seconds, 1),
        "of_limit": round(count / seconds / limit, 3),
        "bare_per_s": round(statistics.mean(bare), 1),
        "of_bare": round(count / seconds / statistics.mean(bare), 3),
        "step_s": round(wall, 2),
        "cpu_ms_intent_and_call": round(counts.busy_s * 1000 / count, 2),
        "cpu_ms_per_upload": round(cpu * 1000 / count, 2),
        "ledger_commits": counts.commits,
        "commits_per_upload": round(counts.commits / count, 2),
    }


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=500)
    parser.add_argument("--ms", type=float, default=80.0)
    parser.add_argument("--profile", action="store_true", help="of the step's main thread")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    show(measured(given.payments, given.ms, profiles=given.profile), write, as_json=given.json)


if __name__ == "__main__":
    main()
