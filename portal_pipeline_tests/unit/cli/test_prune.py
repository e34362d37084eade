"""``prune`` deletes by the settings, and counts first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import StepReport
from portal_pipeline.ledger.reports import acted_total, save_report

UPLOADS = ControllerName.PAYMENT_UPLOAD


@pytest.fixture
def reported(office):
    """Reports of acme: two old ones, one of today."""
    for days in (40, 20, 0):
        ledger = office.ledger(ago=timedelta(days=days))
        save_report(ledger, f"r{days}", StepReport(controller=UPLOADS, acted=1), Decimal(1))
    return office


def keep(office, text: str) -> None:
    settings = office.settings.read_text()
    language = 'language = "en"\n'
    office.settings.write_text(
        settings.replace(language, f"{language}[installation.keep]\n{text}\n")
    )


@pytest.mark.parametrize(("days", "gone"), [(7, 2), (30, 1), (90, 0)])
def test_the_setting_says_how_old(reported, days, gone):
    keep(reported, f"runs_days = {days}")
    said = reported.say("prune", "--json")
    assert said.code == 0
    assert said.json == {
        "dry_run": False,
        "tenants": [
            {"tenant": "acme", "events": 0, "reports": gone, "problem": ""},
            {"tenant": "beta", "events": 0, "reports": 0, "problem": ""},
        ],
        "dagster_runs": 0,
    }
    assert acted_total(reported.ledger(), UPLOADS) == 3


def test_a_dry_run_only_counts(reported):
    keep(reported, "runs_days = 7")
    for _ in range(2):
        assert reported.say("prune", "--dry-run", "--json").json["tenants"][0]["reports"] == 2
    assert "Would be deleted" in reported.say("prune", "--dry-run").out


def test_a_setting_that_keeps_too_little_is_refused(reported):
    keep(reported, "runs_days = 1")
    said = reported.say("prune")
    assert said.error is not None
    assert "runs_days" in str(said.error)
