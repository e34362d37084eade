"""The Dagster UI in a real browser, on a served sandbox: what people see and click."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from portal_pipeline.core.identity import ControllerName
from portal_pipeline_tests.e2e.conftest import (
    answers,
    free_port,
    portal_pipeline,
    running,
    wait_until,
)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE_MS = 120_000
pytestmark = [
    pytest.mark.xdist_group("served"),
    pytest.mark.timeout(900),
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no browser: install chromium, or name one in CHROMIUM"
    ),
]


@dataclass(frozen=True)
class Site:
    """A running ``up`` and the folder of its home."""

    url: str
    folder: object

    def runs(self):
        """Status and tags of every run, newest first."""
        query = "{runsOrError{...on Runs{results{status jobName tags{key value}}}}}"
        found = httpx.post(f"{self.url}/graphql", json={"query": query}, timeout=30).json()
        return [
            {"status": run["status"], "job": run["jobName"]}
            | {tag["key"]: tag["value"] for tag in run["tags"]}
            for run in found["data"]["runsOrError"]["results"]
        ]


@pytest.fixture(scope="module")
def site(served):
    port = free_port()
    answer = portal_pipeline(served.folder, "run", "--tenant", "norte")
    assert answer.code == 0, answer.err
    with running(served.folder, "up", "--port", str(port)):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/server_info"), "the UI")
        yield Site(url, served.folder)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chosen = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chosen
        chosen.close()


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    opened.close()


def launch(page, *, tenant=None):
    """In the dialog that asks for partitions: one tenant, or all; then start."""
    dialog = page.get_by_role("dialog")
    if tenant is None:
        dialog.get_by_role("button", name="All", exact=True).click()
    else:
        dialog.get_by_text("Select a partition or create one").click()
        page.get_by_role("menuitem").filter(has_text=tenant).first.click()
        page.keyboard.press("Escape")
    dialog.get_by_role("button", name=re.compile("Launch")).click()


def test_the_lineage_shows_the_nine_controllers(site, page):
    page.goto(f"{site.url}/asset-groups")
    for controller in ControllerName:
        expect(page.get_by_text(controller.value, exact=True).first).to_be_visible()


def test_runs_are_listed_with_their_tenant(site, page):
    page.goto(f"{site.url}/runs")
    expect(page.get_by_text("partition: norte").first).to_be_visible()
    expect(page.get_by_text("tenant_sync").first).to_be_visible()


def test_an_asset_shows_the_counts_of_its_latest_cycle(site, page):
    page.goto(f"{site.url}/assets/cfdi_download?partition=norte")
    for name in ("seen", "acted", "held", "out_of_scope"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()


def test_one_step_is_materialized_for_one_tenant(site, page):
    before = len(site.runs())
    page.goto(f"{site.url}/assets/po_updates")
    page.get_by_role("button", name="Materialize").first.click()
    launch(page, tenant="bajio")

    def alone():
        return [
            run
            for run in site.runs()[: len(site.runs()) - before]
            if run.get("dagster/partition") == "bajio" and run["job"] != "tenant_sync"
        ]

    wait_until(alone, "the run")
    wait_until(lambda: {run["status"] for run in alone()} == {"SUCCESS"}, "its success")


def test_a_backfill_over_all_tenants_is_launched_from_the_job(site, page):
    page.goto(f"{site.url}/locations/portal_pipeline.definitions/jobs/tenant_sync")
    page.get_by_role("button", name="Materialize").first.click()
    launch(page)

    def backfilled():
        newest = [run for run in site.runs() if "dagster/backfill" in run]
        return {run["dagster/partition"]: run["status"] for run in newest}

    everyone = dict.fromkeys(("norte", "bajio", "sureste"), "SUCCESS")
    wait_until(lambda: everyone.items() <= backfilled().items(), "the backfill")


def test_the_sensors_are_on(site, page):
    page.goto(f"{site.url}/automation")
    for name in ("tenant_cycle", "tenant_partitions", "health_check", "dead_run_reaper"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    expect(page.locator("input[type=checkbox]:checked")).to_have_count(4)
