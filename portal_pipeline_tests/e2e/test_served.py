"""The sandbox served like the real systems, and every way to run steps against it."""

from __future__ import annotations

import base64
import json
import signal
import subprocess

import httpx
import pytest
from sqlalchemy import create_engine, text

from portal_pipeline.core.identity import ControllerName
from portal_pipeline_tests.e2e.conftest import (
    answers,
    called,
    dagster,
    free_port,
    portal_pipeline,
    printed_json,
    running,
    wait_until,
)

pytestmark = [pytest.mark.xdist_group("served"), pytest.mark.timeout(900)]


def acted_ever(served, tenant):
    """How often each controller has written, over all cycles."""
    shown = called(served.folder, "status", "--tenant", tenant, "--json").json
    return {c["controller"]: c["acted_total"] for c in shown["tenants"][0]["controllers"]}


def test_the_two_systems_can_be_used_from_outside_with_what_was_printed(served):
    tenant = served.facts["tenants"][0]
    listed = httpx.get(
        f"{served.facts['portal_url']}/api/1.0/extern/tenants/{tenant['portal_tenant_id']}/providers",
        headers={
            "PDPTenantKey": tenant["portal_key"],
            "PDPTenantSecret": tenant["portal_secret"],
        },
        params={"offset": 0, "pageSize": 5},
    )
    assert listed.status_code == 200
    assert listed.json()["total"] > 5
    user = f"{tenant['sage_web_api_user']}:{tenant['sage_web_api_password']}"
    batches = httpx.get(
        f"{served.facts['sage_web_api_url']}/v1.0/-/{tenant['sage_company']}/AP/APInvoiceBatches",
        headers={"Authorization": "Basic " + base64.b64encode(user.encode()).decode()},
        timeout=60,
    )
    assert batches.status_code == 200
    assert "value" in batches.json()
    engine = create_engine(tenant["sage_url"])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM APVEN")).scalar_one() > 5
    engine.dispose()


def test_its_time_stands_still_until_it_is_moved_on(served):
    first = httpx.get(served.facts["clock_url"]).json()
    assert httpx.get(served.facts["clock_url"]).json() == first
    moved = served.advance()
    assert moved["step"] == first["step"] + 1
    assert httpx.get(served.facts["clock_url"]).json()["now"] == moved["now"] > first["now"]


def test_a_dry_run_writes_nothing_and_shows_what_would_be_done(tmp_path):
    arguments = ("sandbox", "serve", "--size", "small", "--tenants", "1", "--json")
    with running(tmp_path, *arguments) as process:
        facts = printed_json(process)
        httpx.post(facts["advance_url"], timeout=60).raise_for_status()
        answer = portal_pipeline(tmp_path, "run", "-t", "norte", "--dry-run", "--json")
        assert answer.code == 0, answer.err
        acted = {c["controller"] for c in answer.json["controllers"] if c["acted"]}
        assert acted == {"cfdi_download"}, "a download writes nothing remote"
        waiting = called(tmp_path, "status", "-t", "norte", "--json").json["open"]
        planned = {e["operation"] for e in waiting if e["finding"] == "dry_run"}
        assert planned >= {"create", "upload", "import"}
        real = portal_pipeline(tmp_path, "run", "-t", "norte", "--json")
        acted = {c["controller"] for c in real.json["controllers"] if c["acted"]}
        assert acted >= {"cfdi_import", "payment_upload", "po_creation"}


def test_one_step_of_one_tenant_is_materialized_from_the_command_line(served):
    before, others = acted_ever(served, "norte"), acted_ever(served, "bajio")
    answer = dagster(
        served.folder, "asset", "materialize", "--select", "po_creation", "--partition", "norte"
    )
    assert answer.code == 0, answer.err[-2000:]
    after = acted_ever(served, "norte")
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"po_creation"}
    assert after["po_creation"] > 0
    assert acted_ever(served, "bajio") == others


def test_our_own_command_runs_one_step_the_same_way(served):
    answer = portal_pipeline(
        served.folder, "run", "--tenant", "bajio", "--step", "po_creation", "--json"
    )
    assert answer.code == 0
    assert [c["controller"] for c in answer.json["controllers"]] == ["po_creation"]
    assert answer.json["controllers"][0]["acted_total"] > 0


def test_the_job_runs_for_a_partition_from_the_command_line(served):
    answer = dagster(
        served.folder,
        "job",
        "execute",
        "-j",
        "tenant_sync",
        "--tags",
        json.dumps({"dagster/partition": "bajio"}),
    )
    assert answer.code == 0, answer.err[-2000:]
    assert "RUN_SUCCESS" in answer.err
    assert acted_ever(served, "bajio")["cfdi_download"] > 0


def test_a_backfill_over_all_tenants_is_done_by_the_background_mode(served):
    served.advance()
    with running(served.folder, "up", "--background-only"):
        asked = dagster(
            served.folder, "job", "backfill", "-j", "tenant_sync", "--all", "--noprompt"
        )
        assert asked.code == 0, asked.err[-2000:]
        wait_until(lambda: set(backfilled(served)) == {"norte", "bajio", "sureste"}, "backfill")
        wait_until(lambda: set(backfilled(served).values()) == {"SUCCESS"}, "all runs")
    for tenant in ("norte", "bajio", "sureste"):
        shown = called(served.folder, "status", "-t", tenant, "--json").json
        seen = {c["controller"] for c in shown["tenants"][0]["controllers"] if c["seen"]}
        assert seen >= {ControllerName.PROVIDER_SYNC, ControllerName.CFDI_DOWNLOAD}


def backfilled(served):
    """Status of the backfill's runs, by tenant, from the instance's own store."""
    engine = create_engine(f"sqlite:///{served.folder}/.portal_pipeline/dagster/history/runs.db")
    query = text(
        "SELECT p.value, r.status FROM runs r"
        " JOIN run_tags p ON p.run_id = r.run_id AND p.key = 'dagster/partition'"
        " JOIN run_tags b ON b.run_id = r.run_id AND b.key = 'dagster/backfill'"
    )
    with engine.connect() as connection:
        found = dict(connection.execute(query).all())
    engine.dispose()
    return found


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_up_starts_everything_and_leaves_nothing_behind_when_stopped(sent, tmp_path):
    port = free_port()
    with running(tmp_path, "up", "--demo", "--every", "5", "--port", str(port)) as process:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/server_info"), "the UI")
        wait_until((tmp_path / ".portal_pipeline/demo/latest").exists, "the sandbox")
        process.send_signal(sent)
        assert process.wait(timeout=60) == 0
    assert not answers(f"http://127.0.0.1:{port}/server_info")
    alive = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout  # their folders are in their environment, their port in the arguments
    assert f"-p {port}" not in alive
    sandbox_port = (tmp_path / ".portal_pipeline/demo/0001/port").read_text()
    assert not answers(f"http://127.0.0.1:{sandbox_port}/sandbox/clock")


def test_up_refuses_a_taken_port_and_says_what_to_do(served):
    taken = served.facts["url"].rsplit(":", 1)[1]
    answer = portal_pipeline(served.folder, "up", "--port", taken)
    assert answer.code == 2
    assert f"port {taken} on 127.0.0.1 is taken" in answer.err
    assert "--port" in answer.err


def test_a_sandbox_that_was_killed_goes_on_where_it_was(tmp_path):
    arguments = ("sandbox", "serve", "--size", "small", "--tenants", "1", "--json")
    with running(tmp_path, *arguments) as process:
        facts = printed_json(process)
        moved = httpx.post(facts["advance_url"], timeout=60).json()
        process.kill()
        process.wait(timeout=30)
    with running(tmp_path, *arguments) as process:
        again = printed_json(process)
        assert again["now"] == moved["now"]
        assert again["step"] == moved["step"]
        assert again["url"] == facts["url"]
        assert again["tenants"] == facts["tenants"]
