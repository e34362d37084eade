"""Two deaths in one business: every pair of named points, at first, middle and last passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from portal_pipeline_tests.simulation.crash_points import Death, pairs_of, played
from portal_pipeline_tests.simulation.figures import Figures
from portal_pipeline_tests.simulation.parades import PARADES
from portal_pipeline_tests.simulation.seeds import Violation

SLICE = 50
Part = tuple[str, int]
"""(parade, number of its first pair)."""


def parts() -> Iterator[Part]:
    """All pairs of all parades, in slices."""
    for parade in PARADES:
        count = sum(1 for _ in pairs_of(parade))
        yield from ((parade, first) for first in range(0, count, SLICE))


def play_part(part: Part) -> Figures:
    """The pairs of a slice."""
    parade, first = part
    figures = Figures()
    for number, pair in enumerate(islice(pairs_of(parade), first, first + SLICE), first):
        figures.join(play_deaths(parade, pair, number))
    return figures


def play_deaths(parade: str, deaths: Sequence[Death], number: int = 0) -> Figures:
    """One parade in which the process dies at these passages."""
    end = played(parade, deaths)
    replay = f"python -m portal_pipeline_tests.simulation --deaths {named(parade, deaths)}"
    return Figures(
        seeds=1,
        faults=len(deaths),
        crash_points=sum(end.passed.values()),
        acts=end.acts,
        violations=[Violation(number, invariant, text, replay) for invariant, text in end.wrong],
    )


def named(parade: str, deaths: Sequence[Death]) -> str:
    """``payments:upload.after_call@1,upload.after_intent@2``."""
    return f"{parade}:" + ",".join(f"{point}@{passage}" for point, passage in deaths)


def deaths_named(text: str) -> tuple[str, tuple[Death, ...]]:
    """The parade and the deaths of such a text.

    Raises:
        ValueError: it is none.
    """
    parade, _, rest = text.partition(":")
    if parade not in PARADES:
        raise ValueError(f"{parade!r} is none of {', '.join(PARADES)}")
    deaths = []
    for one in rest.split(","):
        point, _, passage = one.partition("@")
        deaths.append((point, int(passage)))
    return parade, tuple(deaths)
