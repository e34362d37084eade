"""One seed: a storm, the calm after it, and what was found wrong."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random

from portal_pipeline.core.tenant import Posting
from portal_pipeline.sandbox.world.gate_watch import FILE as GATE_FILE
from portal_pipeline_tests.contract.controllers.bench import START, HandClock
from portal_pipeline_tests.simulation.company import Company, Stores
from portal_pipeline_tests.simulation.invariants import (
    BY_PEOPLE,
    events_so_far,
    gate_watch,
    problems,
)
from portal_pipeline_tests.simulation.people import IMPOSSIBLE, routine, tried, ways_out
from portal_pipeline_tests.simulation.plays import deeds_of, names
from portal_pipeline_tests.simulation.strikes import Strike, drawn, kept
from portal_pipeline_tests.simulation.watch import Watch
from portal_pipeline_tests.simulation.weather import Weather

HOUR = timedelta(hours=1)
SETTLING = {"minutes": 61}
CALM = (SETTLING, {"hours": 25})
"""Beyond every settle time and interval, and a daily sweep."""
SWEEPS = (25 * HOUR, *[HOUR / 4] * 3)
"""Another daily sweep, then ordinary cycles, until one of them writes nothing."""
READS_MAX = 400
"""Requests and statements of a cycle that has nothing to do."""
TOWNS = ("acme", "bravo")
NEIGHBOUR_EVERY = 6
"""One in so many seeds has a second company on the same portal and ledger."""
FAST = Path("/dev/shm")  # noqa: S108 - where it exists; a random folder is made below it


@dataclass(frozen=True)
class Violation:
    """What must not be, and how to see it again."""

    seed: int
    invariant: str
    text: str
    replay: str


@dataclass
class Played:
    """What a seed showed."""

    seed: int
    scenario: str
    strikes: tuple[Strike, ...]
    fired: list[Strike] = field(default_factory=list)
    points: int = 0
    acts: int = 0
    failed: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


def play(
    seed: int,
    *,
    only: Sequence[int] | None = None,
    scenario: str | None = None,
    strikes: Sequence[Strike] | None = None,
) -> Played:
    """Play a seed.

    Values:
        only: numbers of the faults to keep; None: all.
        scenario: its name; None: the seed's turn.
        strikes: faults in place of the seed's own.
    """
    chance = Random(seed)  # noqa: S311 - reproducible, not secret
    plan = kept(drawn(chance), only) if strikes is None else tuple(strikes)
    name = scenario or names()[seed % len(names())]
    result = Played(seed, name, plan)
    _played(result, chance)
    return result


@cache
def _stores() -> tuple[Path, Stores]:
    """The folder and the open databases of this process's worlds."""
    folder = Path(tempfile.mkdtemp(prefix="worlds-", dir=FAST if FAST.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    clock = HandClock()
    return folder, Stores(clock, Weather(clock))


@contextmanager
def opened(keys: Sequence[str], chance: Random, watch: Watch) -> Iterator[list[Company]]:
    """Fresh companies of those keys, in weather without faults, with the gate watched."""
    folder, stores = _stores()
    stores.clock.now = START
    stores.weather.begin(())
    for key in TOWNS:
        for left in (folder / key).glob("*/"):
            shutil.rmtree(left)
    (folder / GATE_FILE).unlink(missing_ok=True)
    stores.restore()
    towns: list[Company] = []
    try:
        for key in keys:
            beside = towns[0] if towns else None
            towns.append(Company(folder, stores, watch, chance, key=key, beside=beside))
        watch.ledger = towns[0].ledger_store
        gate = gate_watch(folder, towns)
        for town in towns:
            town.portal_handler = gate.handle
            town.gate = gate
        yield towns
    finally:
        for town in reversed(towns):
            town.close()


def _played(result: Played, chance: Random) -> None:
    watch = Watch()
    keys = TOWNS[: 1 + (result.seed % NEIGHBOUR_EVERY == 0)]
    with opened(keys, chance, watch) as towns:
        weather = towns[0].weather
        weather.begin(result.strikes)
        try:
            with redirect_stdout(io.StringIO()):  # of the import program
                _story(result, chance, towns, watch)
        except IMPOSSIBLE as error:
            where = traceback.format_exc(limit=-3)
            text = f"the simulation itself: {type(error).__name__}: {error} {where}"
            watch.violate("errors", text)
    result.fired, result.points = weather.fired, sum(weather.points.values())
    result.acts = sum(watch.writes.values())
    result.failed = [text for town in towns for text in town.failed]
    result.violations = [
        Violation(result.seed, invariant, text, replay_of(result))
        for invariant, text in dict.fromkeys(watch.violations)
    ]


def _story(
    result: Played,
    chance: Random,
    towns: Sequence[Company],
    watch: Watch,
) -> None:
    main, *neighbours = towns
    for town in towns:
        town.people = lambda town=town: ways_out(town)  # type: ignore[misc]
        town.world = routine(town, chance)
        _set_up(town, chance)
    _storm(result.scenario, chance, main, neighbours)
    calm_down(towns)
    pass_time(towns, watch, CALM)
    by_people, _ = BY_PEOPLE.get(result.scenario, ("", ""))
    found = (*watch.violations, *problems(towns))
    watch.violations = [one for one in found if one[0] not in by_people.split()]


def _set_up(town: Company, chance: Random) -> None:
    """Settings and ways of the portal that the scenario may change again."""
    town.set_posting(chance.choice(tuple(Posting)))
    town.set(step_budget_s=chance.choice((600, 4 * 3600)))  # shorter and longer than any sleep
    town.set_payments(
        allow_sage_sql_writes=chance.random() < 0.8,
        on_reversal=chance.choice(("report", "reject")),
    )
    town.portal.switches = replace(
        town.portal.switches,
        accept_duplicate_payments=chance.random() < 0.8,
        page_size_cap=chance.choice((200, 200, 3)),
        po_same_status=chance.choice(("ok", "errors", "409")),
    )


def _storm(scenario: str, chance: Random, main: Company, neighbours: Sequence[Company]) -> None:
    """The scenario, then the rest of what people do, in whatever weather."""
    for _ in range(chance.randint(1, 4)):
        main.next_deed()
    tried(lambda: deeds_of(scenario)(main))()
    for neighbour in neighbours:
        while neighbour.world:
            neighbour.next_deed()
        neighbour.cycle()
    while main.world:
        for _ in range(chance.randint(4, 9)):
            main.next_deed()
        main.cycle(minutes=chance.choice((5, 15, 61, 300)))


def calm_down(towns: Sequence[Company]) -> None:
    """No fault strikes any more."""
    towns[0].weather.calm()
    for town in towns:
        town.portal.faults.clear()
        town.web_api.faults.clear()


def pass_time(towns: Sequence[Company], watch: Watch, times: Sequence[Mapping[str, float]]) -> None:
    """Time passes on fine days, with a run after each, until nothing is left to do."""
    for delta in times:
        if delta == SETTLING and not any(town.in_flight() for town in towns):
            continue  # the first look at what is in doubt
        towns[0].advance(**delta)
        for town in towns:
            town.one_run()
    before = _traces(towns, watch)
    for time in SWEEPS:
        towns[0].advance(seconds=time.total_seconds())
        watch.reads.clear()
        for town in towns:
            statements = town.sage.reads
            town.one_run()
            reads = watch.reads[town.key] + town.sage.reads - statements
            if reads > READS_MAX:
                watch.violate("rest", f"{town.key}: {reads} reads with nothing to do")
        now = _traces(towns, watch)
        if now == before:
            return
        before = now
    watch.violate("rest", "the last of many quiet cycles still wrote something")


def _traces(towns: Sequence[Company], watch: Watch) -> tuple[int, int]:
    """Remote writes and lines of history so far."""
    return sum(watch.writes.values()), events_so_far(towns[0].ledger_store)


def replay_of(played: Played) -> str:
    """The command that plays it again, with the faults that it has."""
    only = ",".join(str(one.number) for one in played.strikes) or "none"
    return f"python -m portal_pipeline_tests.simulation --seeds {played.seed} --only {only}"
