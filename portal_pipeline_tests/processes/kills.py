"""Real SIGKILL of a running process at moments drawn from a seed, and its restart.

A moment is the n-th passage of the process (a crash point; a statement, commit or rename) or the
n-th request that reaches a remote system, before it is carried out or between its commit and its
answer. n is drawn from what the same cycle passes undisturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal_pipeline.sandbox.http import Handler, Request, Response
from portal_pipeline_tests.processes.child import DISK, POINT, Strike
from portal_pipeline_tests.processes.ledger_rules import contradictions, unfinished
from portal_pipeline_tests.processes.nursery import Ended, Nursery
from portal_pipeline_tests.processes.plant import QUIET_CYCLES, SCENES, Plant

BEFORE, AFTER = "before_commit", "before_answer"
KINDS = (POINT, DISK, BEFORE, AFTER)
KILLS_PER_CYCLE = 4
SETTLING_MAX = 3
RESTART_LATER_S = 301.0
"""The lease clock moves on by so much before a restart: past the lease, and past the time after
which an absence counts (300 s, the longest call of a write to Sage)."""

Totals = Mapping[tuple[int, str], int]
"""Passages of an undisturbed life, by cycle and kind."""


@dataclass
class Requests:
    """Counts what reaches the remote systems, and kills the process that asked."""

    count: int = 0
    kill_at: int = 0
    kind: str = ""
    pid: int = 0

    def __call__(self, request: Request, answer: Handler) -> Response:
        """See ``Plant.around``."""
        self.count += 1
        is_hit = self.count == self.kill_at and self.pid != 0
        if is_hit and self.kind == BEFORE:
            os.kill(self.pid, signal.SIGKILL)
            return Response(503)
        given = answer(request)
        if is_hit:
            os.kill(self.pid, signal.SIGKILL)
        return given


@dataclass
class Life:
    """What became of one company whose processes were killed."""

    seed: int
    kills: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    holdings: dict[str, Any] = field(default_factory=dict, repr=False)
    passages: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)

    @property
    def replay(self) -> str:
        """The command that lives this life again."""
        kills = max(1, len(self.kills))
        return f"python -m portal_pipeline_tests.processes --first {self.seed} --kills {kills}"


class Runner:
    """Lives with kills, and the same life without."""

    def __init__(
        self,
        nursery: Nursery,
        *,
        ledger_url: Callable[[], str] = str,
        is_threaded: bool = False,
        calm: Life | None = None,
    ) -> None:
        """``ledger_url`` names a fresh ledger for each life; blank: SQLite in its folder.

        ``calm`` is the undisturbed life where somebody has lived it: it is the same whatever the
        database.
        """
        self._nursery = nursery
        self._ledger_url = ledger_url
        self._is_threaded = is_threaded
        self._calm = calm

    @property
    def calm(self) -> Life:
        """The life that nobody disturbs: what others are measured by."""
        if self._calm is None:
            self._calm = self._lived(0, kills_max=0, totals={})
        return self._calm

    def life(self, seed: int, kills_max: int = SCENES * KILLS_PER_CYCLE) -> Life:
        """A life with at most so many kills; its problems are violations."""
        calm = self.calm
        life = self._lived(seed, kills_max, calm.passages)
        if life.holdings != calm.holdings:
            life.problems += [
                f"{name}: {life.holdings[name]} instead of {calm.holdings[name]}"
                for name in calm.holdings
                if life.holdings[name] != calm.holdings[name]
            ]
        return life

    def _lived(self, seed: int, kills_max: int, totals: Totals) -> Life:
        life = Life(seed)
        draw = random.Random(seed)  # noqa: S311 - a plan, not a secret
        folder = Path(tempfile.mkdtemp(prefix=f"life-{seed}-"))
        plant = Plant(folder, ledger_url=self._ledger_url())
        try:
            for cycle in range(1, SCENES + QUIET_CYCLES + 1):
                plant.play(cycle)
                self._cycle(plant, life, cycle, draw, kills_max, totals)
                self._settle(plant, life, cycle)
            life.problems += plant.verdict()
            life.problems += contradictions(plant.memory)
            life.problems += unfinished(plant.memory, plant.called)
            life.problems += plant.without_intent
            life.holdings = plant.holdings()
        finally:
            plant.close()
        shutil.rmtree(folder)
        return life

    def _cycle(
        self,
        plant: Plant,
        life: Life,
        cycle: int,
        draw: random.Random,
        kills_max: int,
        totals: Totals,
    ) -> None:
        """Start it until it comes to its end."""
        for attempt in range(1, KILLS_PER_CYCLE + 2):
            wanted = cycle <= SCENES and attempt <= KILLS_PER_CYCLE
            kind, at = "", 0
            if wanted and len(life.kills) < kills_max:
                kind = draw.choice(KINDS)
                # A restart has less to do: an earlier moment is likelier to come.
                at = draw.randint(1, max(1, totals[cycle, _counted(kind)] // attempt))
            ended = self._run(plant, life, f"run-{cycle}-{attempt}", kind, at)
            plant.advance_leases(RESTART_LATER_S)
            if ended.is_killed:
                life.kills.append(f"cycle {cycle} attempt {attempt}: {kind} {at}")
                continue
            assert ended.outcome is not None
            life.passages |= {
                (cycle, name): count for name, count in ended.outcome.passages.items()
            }
            life.problems += [
                f"run-{cycle}-{attempt} {name}: {text}"
                for name, text in ended.outcome.failures.items()
            ]
            return
        raise AssertionError("the last attempt is not killed")

    def _settle(self, plant: Plant, life: Life, cycle: int) -> None:
        """Quiet cycles until nothing is in doubt: people go on with what they see posted."""
        for extra in range(SETTLING_MAX):
            if not unfinished(plant.memory, plant.called):
                return
            plant.advance(hours=5)
            ended = self._run(plant, life, f"settle-{cycle}-{extra}", "", 0)
            assert ended.outcome is not None
            plant.advance_leases(RESTART_LATER_S)

    def _run(self, plant: Plant, life: Life, run_id: str, kind: str, at: int) -> Ended:
        requests = Requests(kill_at=at if kind in (BEFORE, AFTER) else 0, kind=kind)
        plant.around = requests
        strike = Strike(kind, at) if kind in (POINT, DISK) else None
        running = self._nursery.start(plant.job(run_id, strike, is_threaded=self._is_threaded))
        requests.pid = running.pid
        ended = self._nursery.wait(running)
        life.passages.setdefault((int(run_id.split("-")[1]), BEFORE), requests.count)
        return ended


def _counted(kind: str) -> str:
    """Requests are counted once, whether the kill comes before or after their commit."""
    return BEFORE if kind == AFTER else kind


@dataclass
class Figures:
    """What many lives came to."""

    lives: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    violated: list[Life] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Processes killed."""
        return sum(self.kills.values())


def killed(runner: Runner, count: int, first_seed: int = 1) -> Figures:
    """Lives from a seed on, until so many processes were killed."""
    figures = Figures()
    seed = first_seed
    while figures.total < count:
        life = runner.life(seed, min(SCENES * KILLS_PER_CYCLE, count - figures.total))
        figures.lives += 1
        figures.kills.update(text.split(": ")[1].split()[0] for text in life.kills)
        if life.problems:
            figures.violated.append(life)
        seed += 1
    return figures
