"""Whatever the weather of a seed, every invariant holds; the long command plays any range."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.simulation.seeds import play
from portal_pipeline_tests.simulation.shrinking import shrunk

SEEDS = 500
"""Of the default run; the command plays any others."""
TOGETHER = 5
"""Seeds of one test: worlds are made of what the last one left open."""


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_in_no_weather_is_anything_lost_twice_or_silent(first):
    for seed in range(first, first + TOGETHER):
        played = play(seed)
        if played.violations:
            found = shrunk(played).violations[0]
            pytest.fail(f"{found.invariant}: {found.text}\n{found.replay}")


def test_a_seed_shows_the_same_whenever_it_is_played():
    first, second = play(3), play(3)
    assert (first.fired, first.points, first.acts) == (second.fired, second.points, second.acts)
    assert first.fired
