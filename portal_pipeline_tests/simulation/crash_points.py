"""The process dies at every named point, for the first, a middle and the last document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from random import Random
from typing import NamedTuple

from portal_pipeline_tests.simulation.invariants import problems
from portal_pipeline_tests.simulation.parades import PARADES
from portal_pipeline_tests.simulation.seeds import calm_down, opened, pass_time
from portal_pipeline_tests.simulation.watch import Watch

AFTERWARDS = ({"minutes": 61}, {"minutes": 122}, {"hours": 5})
"""The look, the second look, and beyond every retry interval."""
Death = tuple[str, int]
"""(point, passage)."""


class End(NamedTuple):
    """What is wrong afterwards, how often each point was passed in the parade, writes sent."""

    wrong: list[tuple[str, str]]
    passed: Mapping[str, int]
    acts: int


def played(parade: str, deaths: Sequence[Death]) -> End:
    """A parade in which the process dies at these passages, and the calm after it."""
    watch = Watch()
    with opened(("acme",), Random(0), watch) as (town,):  # noqa: S311 - nothing secret
        town.weather.crashes = frozenset(deaths)
        town.steps = PARADES[parade].steps
        for day in PARADES[parade].days:
            day(town)
            town.cycle(minutes=61)
        passed = dict(town.weather.points)
        calm_down([town])
        pass_time([town], watch, AFTERWARDS)
        wrong = [*watch.violations, *problems([town])]
        return End(wrong, passed, sum(watch.writes.values()))


@cache
def passages(parade: str) -> Mapping[str, int]:
    """Named points of a parade in which nobody dies."""
    end = played(parade, ())
    assert not end.wrong, end.wrong
    return end.passed


def deaths_of(parade: str) -> Iterator[Death]:
    """Every point, at its first, middle and last passage."""
    for point, count in sorted(passages(parade).items()):
        for passage in sorted({1, (count + 1) // 2, count}):
            yield point, passage


def pairs_of(parade: str) -> Iterator[tuple[Death, Death]]:
    """Every two deaths."""
    yield from combinations(deaths_of(parade), 2)
