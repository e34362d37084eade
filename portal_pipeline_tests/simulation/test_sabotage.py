"""The simulation is not blind: it sees each rule of the product that is broken on purpose."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from portal_pipeline_tests.simulation.invariants import problems
from portal_pipeline_tests.simulation.sabotage import SABOTAGES, Sabotage
from portal_pipeline_tests.simulation.seeds import CALM, calm_down, opened, pass_time
from portal_pipeline_tests.simulation.watch import Watch


def violated(sabotage: Sabotage) -> set[str]:
    """The invariants that do not hold after the sabotage's days and the calm."""
    watch = Watch()
    with opened(sabotage.keys, Random(0), watch) as towns:  # noqa: S311 - nothing secret
        towns[0].weather.begin(sabotage.strikes)
        for town in towns:
            town.portal.switches = replace(
                town.portal.switches,
                page_size_cap=sabotage.page_size,
                accept_duplicate_payments=True,
            )
        for day in sabotage.days:
            for town in towns:
                day(town)
                town.cycle(minutes=15)
        calm_down(towns)
        pass_time(towns, watch, CALM)
        return {invariant for invariant, _ in (*watch.violations, *problems(towns))}


@pytest.mark.parametrize("name", SABOTAGES)
def test_without_the_sabotage_nothing_is_wrong(name):
    assert violated(SABOTAGES[name]) == set()


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_broken_rule_is_seen(name, monkeypatch):
    SABOTAGES[name].breaks(monkeypatch)
    assert SABOTAGES[name].violates in violated(SABOTAGES[name])
