"""Whatever moment a process is killed at, its restart loses nothing and does nothing twice."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.processes.child import POINT, Strike
from portal_pipeline_tests.processes.kills import RESTART_LATER_S, Runner, killed
from portal_pipeline_tests.processes.ledger_rules import unfinished

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(900)]

KILLS = 25
KILLS_ON_POSTGRES = 6


def test_killed_and_restarted_processes_leave_what_undisturbed_ones_leave(nursery, calm):
    figures = killed(Runner(nursery, calm=calm), KILLS)
    assert figures.violated == []
    assert figures.total == KILLS
    assert len(figures.kills) == 4, "every kind of moment is among them"


def test_the_same_holds_where_the_ledger_lies_on_postgresql(nursery, calm, postgres):
    runner = Runner(nursery, ledger_url=postgres.fresh_database, calm=calm)
    figures = killed(runner, KILLS_ON_POSTGRES, first_seed=500)
    assert (figures.total, figures.violated) == (KILLS_ON_POSTGRES, [])


def test_a_killed_run_keeps_its_tenant_until_its_lease_runs_out_and_no_longer(nursery, plant):
    """On the machine's own time, with a short lease."""
    ttl_s, poll_s = 1.5, 0.02
    plant.play(1)
    strike = Strike(POINT, 1, name="import.after_intent")
    job = plant.job("first", strike, ttl_s=ttl_s, heartbeat_s=0.2)
    assert nursery.run(job).is_killed
    refused = nursery.run(plant.job("second", wait_s=0.0))
    assert "is being worked on by" in refused.outcome.failures["lease"]
    assert "run first" in refused.outcome.failures["lease"]
    third = nursery.run(plant.job("third", wait_s=ttl_s + 1, poll_s=poll_s))
    assert third.outcome.failures == {}
    plant.advance_leases(RESTART_LATER_S)
    for number in range(2):
        plant.advance(hours=5)
        assert nursery.run(plant.job(f"quiet-{number}")).outcome.failures == {}
    assert [*plant.verdict(), *unfinished(plant.memory, plant.called), *plant.without_intent] == []


def test_no_process_is_left_behind(nursery):
    assert nursery.children() == []
