"""Everything is killed at once, as by a power cut: the company goes on within the stated time."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from portal_pipeline.leasing import LEASE_TIMES
from portal_pipeline.ledger import Ledger
from portal_pipeline.orchestration.sensors import GONE_AFTER
from portal_pipeline_tests.e2e.conftest import dagster, printed_json, running, wait_until
from portal_pipeline_tests.processes.ledger_rules import pass_time

pytestmark = [
    pytest.mark.xdist_group("served"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX"),
]

TENANT = "norte"
STATED = timedelta(minutes=2)
"""After so long nothing holds the company any more (docs/operations.md)."""


def runs(folder):
    """Status of every run of the job, by run id, from the instance's own store."""
    engine = create_engine(f"sqlite:///{folder}/.portal_pipeline/dagster/history/runs.db")
    query = text("SELECT run_id, status FROM runs WHERE pipeline_name = 'tenant_sync'")
    with engine.connect() as connection:
        found = dict(connection.execute(query).all())
    engine.dispose()
    return found


def kill_tree(process):
    """The process and all that came from it, whatever group they are in, at once."""
    tree = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in tree:
        one.suspend()
    for one in tree:
        one.kill()
    psutil.wait_procs(tree, timeout=30)
    return len(tree)


def test_a_tree_of_processes_killed_at_once_blocks_its_company_no_longer_than_stated(tmp_path):
    """The world stands still while the run does its first step: it is there to be killed."""
    assert LEASE_TIMES.ttl + GONE_AFTER <= STATED
    arguments = ("sandbox", "serve", "--size", "small", "--tenants", "1", "--json")
    with running(tmp_path, *arguments) as world:
        world_folder = Path(printed_json(world)["settings"]).parent
        ledger = Ledger(f"sqlite:///{world_folder / 'ledger.sqlite'}")
        world.send_signal(signal.SIGSTOP)
        try:
            with running(tmp_path, "up", "--background-only") as tree:
                asked = dagster(
                    tmp_path, "job", "backfill", "-j", "tenant_sync", "--all", "--noprompt"
                )
                assert asked.code == 0, asked.err[-2000:]
                wait_until(lambda: ledger.leases.owner_of(TENANT), "the run has its company")
                assert kill_tree(tree) >= 4, "supervisor, daemon, code server, run"
        finally:
            world.send_signal(signal.SIGCONT)
        (dead,) = runs(tmp_path)
        assert runs(tmp_path)[dead] == "STARTED"
        pass_time(ledger, TENANT, STATED)
        with running(tmp_path, "up", "--background-only"):
            wait_until(lambda: runs(tmp_path)[dead] == "FAILURE", "the dead run is failed")
            wait_until(lambda: "SUCCESS" in runs(tmp_path).values(), "the company's next cycle")
        ledger.close()
