"""``check`` on both systems: what it foretells of the next cycle, and that it leaves no trace."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from portal_pipeline.cli.main import app
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import metadata
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.server import SandboxServer
from portal_pipeline_tests.contract.controllers.bench import ORG, RFC
from portal_pipeline_tests.scenarios.town import Town

SETTINGS = """
[installation]
language = "en"
ledger = "sqlite:///{folder}/own/ledger.sqlite"
archive = "{folder}/own/archive"

[tenants.acme]
name = "acme"
rfc = "{rfc}"
mode = "{mode}"
start_date = 2026-01-01
zone = "America/Mexico_City"
[tenants.acme.guard]
max_amount_per_cycle = 3000
[tenants.acme.sage]
url = "sqlite:///{town}/sage.db"
authorisation_url = "sqlite:///{town}/authorisations.db"
org_id = "{org}"
[tenants.acme.sage_web_api]
url = "{url}/Sage300WebApi"
user = "PIPE"
password = {{env = "TEST_WEB_API_SECRET"}}
[tenants.acme.portal]
url = "{url}"
tenant_id = "acme"
key = {{env = "TEST_PORTAL_KEY"}}
secret = {{env = "TEST_PORTAL_SECRET"}}
[tenants.acme.cfdi]
seal = "off"
schema_check = "off"
[tenants.acme.imports]
default_account = "5100100"
tax_group_by_taxes = {{IVA16 = "IVA16"}}
tax_class_by_rate = {{IVA16 = 1}}
"""
SECRETS = {
    "TEST_WEB_API_SECRET": "secret",
    "TEST_PORTAL_KEY": "key-1",
    "TEST_PORTAL_SECRET": "secret-1",
}


@dataclass
class Checked:
    """A company behind its web server, and what ``check`` says of it."""

    town: Town
    folder: Path
    url: str

    def check(self, *arguments: str, mode: str = "dry_run", code: int = 0) -> Any:
        """Standard output of ``check``."""
        path = self.folder / "tenants.toml"
        places = {"folder": self.folder, "town": self.town.folder, "url": self.url}
        path.write_text(SETTINGS.format(rfc=RFC, org=ORG, mode=mode, **places))
        done = CliRunner().invoke(app, ["check", *arguments, "--settings", str(path)])
        assert done.exit_code == code, done.output
        for secret in SECRETS.values():
            assert f'"{secret}"' not in done.output
        assert "Traceback" not in done.output
        return done

    def json(self, *arguments: str, **more: Any) -> Any:
        return json.loads(self.check("--json", *arguments, **more).stdout)


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PORTAL_PIPELINE_SETTINGS", "")  # put back after ``--settings`` set it
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    town = Town(tmp_path)
    handlers = {
        "/": town.portal.handle,
        "/Sage300WebApi": town.web_api.handle,
    }
    try:
        with SandboxServer(handlers) as server:
            yield Checked(town, tmp_path, server.url)
    finally:
        town.close()


def plans_of(answer: Any) -> dict[str, Any]:
    (company,) = answer["plans"]
    return {one["controller"]: one for one in company["controllers"]}


def test_it_tells_acts_money_guard_and_what_waits_per_controller(checked: Checked) -> None:
    town = checked.town
    for _ in range(3):
        town.buyers.order()
    town.buyers.order(is_on_hold=True)
    town.upload("1")
    plans = plans_of(checked.json())
    assert len(plans) == 9
    orders = plans["po_creation"]
    assert orders["acts"] == {"create": {"count": 3, "amounts": {"MXN": "3480.00"}}}
    assert orders["guard"] == {
        "above": True,
        "exceeds": "3,000.00 MXN",
        "acts": 3,
        "limit_acts": 50,
        "amount": "3480.00",
        "limit_amount": "3000.00",
    }
    assert (orders["held"], orders["reasons"]) == (1, {"po_on_hold": 1})
    assert plans["cfdi_download"]["acts"]["download"]["count"] == 1
    assert plans["cfdi_download"]["guard"] is None
    assert plans["cfdi_import"]["acts"] == {"import": {"count": 1, "amounts": {"MXN": "116.00"}}}


def test_people_read_it_in_a_table_and_nothing_is_written_anywhere(checked: Checked) -> None:
    town = checked.town
    town.buyers.order()
    town.buyers.order(is_on_hold=True)
    town.upload("1")
    text = checked.check().output
    for part in (
        "2 acts, 1,276.00 MXN; 1 downloads",
        "create 1",
        "within: 1 of 50",
        "po_creation: 1 po_on_hold",
        "acme: planning payment_upload",
        "all is well",
    ):
        assert part in text
    asked = [*town.portal.requests, *town.web_api.requests]
    assert asked
    assert {request.method for request in asked} == {"GET"}
    assert not list((checked.folder / "own" / "archive").rglob("*"))
    assert not list((checked.folder / "passing").iterdir())
    ledger = Ledger(f"sqlite:///{checked.folder}/own/ledger.sqlite")
    with ledger.reading() as connection:
        tables = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar()
            for table in metadata.sorted_tables
        }
    ledger.close()
    assert set(tables.values()) == {0}


def test_a_list_that_fails_while_planning_is_one_line_with_what_to_do(checked: Checked) -> None:
    town = checked.town
    town.portal.faults.add(Fault(FaultKind.STATUS, "GET", "*/cfdis*", status=500))
    answer = checked.json(code=1)
    failed = [one for one in answer["checks"] if one["result"] == "failed"]
    assert failed
    assert all(one["what"].startswith("plan") and one["text"] for one in failed)
    assert "po_creation" in plans_of(answer)


def test_a_system_that_is_away_is_told_once_and_nothing_is_planned(checked: Checked) -> None:
    checked.town.portal.faults.add(Fault(FaultKind.STATUS, "GET", "*", status=401))
    answer = checked.json(code=1)
    assert [one["what"] for one in answer["checks"] if one["result"] == "failed"] == ["portal"]
    assert [one["result"] for one in answer["checks"] if one["what"] == "plan"] == ["none"]
    assert answer["plans"] == []


def test_a_plan_that_runs_out_of_time_says_so(checked: Checked) -> None:
    checked.town.buyers.order()
    answer = checked.json("--plan-seconds", "0", code=1)
    late = [one for one in answer["checks"] if "no time" in one["text"]]
    assert {one["result"] for one in late} == {"failed"}
    assert all("--plan-seconds" in one["remedy"] for one in late)
    assert plans_of(answer)["po_creation"]["acts"] == {}


def test_a_sandbox_is_planned_only_when_asked(checked: Checked) -> None:
    checked.town.buyers.order()
    assert checked.json(mode="sandbox")["plans"] == []
    assert plans_of(checked.json("--plan", mode="sandbox"))["po_creation"]["acts"]
