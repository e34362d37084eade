"""Fewer faults that show the same violation."""

from __future__ import annotations

from portal_pipeline_tests.simulation.seeds import Played, play


def shrunk(played: Played) -> Played:
    """Leave out faults one by one while the first invariant is still violated."""
    wanted = played.violations[0].invariant
    best = played
    for strike in played.strikes:
        numbers = [one.number for one in best.strikes if one != strike]
        again = play(played.seed, only=numbers, scenario=played.scenario)
        if any(one.invariant == wanted for one in again.violations):
            best = again
    return best
