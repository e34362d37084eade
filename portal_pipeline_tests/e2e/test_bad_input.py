"""Wrong set-ups against a served sandbox: each says tenant, system, cause and remedy."""

from __future__ import annotations

import re
import sqlite3

import pytest

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.leasing import LeaseTimes
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.e2e.conftest import portal_pipeline

pytestmark = [pytest.mark.xdist_group("served"), pytest.mark.timeout(900)]

TENANT = "norte"


@pytest.fixture
def changed(served, tmp_path):
    """A home with the settings of the served world, changed for the first tenant."""

    def change(pattern: str, value: str) -> None:
        text, found = re.subn(pattern, value, served.settings, count=1)
        assert found == 1
        home = tmp_path / ".portal_pipeline"
        home.mkdir()
        (home / "tenants.toml").write_text(text, encoding="utf-8")

    return change


def run(folder, tenant, *steps):
    chosen = [part for step in steps for part in ("--step", step)]
    return portal_pipeline(folder, "run", "--tenant", tenant, *chosen)


def assert_explains(answer, *parts):
    assert answer.code == 1
    for part in parts:
        assert part in answer.out, answer.out
    assert "Traceback" not in answer.out + answer.err


def test_wrong_portal_credentials(changed, tmp_path):
    changed(r'secret = "[0-9a-f]+"', 'secret = "not-the-secret"')
    answer = run(tmp_path, TENANT, "cfdi_download", "cfdi_import")
    assert_explains(
        answer,
        f"tenant {TENANT}",
        "[portal]",
        "refuses our credentials",
        "check the tenant's portal tenant id, key and secret",
        "wait for a step that failed: cfdi_import",
    )
    assert "not-the-secret" not in answer.out + answer.err
    assert run(tmp_path, "bajio", "po_closure").code == 0, "the other tenants go on"


def test_a_tenants_database_is_away(changed, tmp_path):
    changed(r"(sqlite:///).*(/NORDAT\.sqlite)", r"\1/nowhere\2")
    answer = run(tmp_path, TENANT, "provider_sync")
    assert_explains(
        answer, f"tenant {TENANT}", "[sage]", "cannot be read", "check server, network and database"
    )
    assert run(tmp_path, "bajio", "po_closure").code == 0, "the other tenants go on"


def test_a_missing_column(served, changed, tmp_path):
    source = served.facts["tenants"][0]["sage_url"].removeprefix("sqlite:///")
    copy = tmp_path / "NORDAT.sqlite"
    with sqlite3.connect(source) as original, sqlite3.connect(copy) as damaged:
        original.backup(damaged)
        damaged.execute("ALTER TABLE APVEN RENAME COLUMN VENDNAME TO VENDNAME_OLD")
    original.close()
    damaged.close()
    changed(r"sqlite:///.*/NORDAT\.sqlite", f"sqlite:///{copy}")
    answer = run(tmp_path, TENANT, "provider_sync")
    assert_explains(answer, f"tenant {TENANT}", "[sage]", "VENDNAME")


def test_a_portal_address_that_answers_html(changed, served, tmp_path):
    changed(r'(\[tenants\.norte\.portal\]\nurl = ")[^"]+', rf"\g<1>{served.facts['url']}/nothing")
    answer = run(tmp_path, TENANT, "po_creation")
    assert_explains(answer, f"tenant {TENANT}", "[portal]")


def test_a_wrong_web_api_password_stops_only_what_writes_to_sage(changed, tmp_path):
    changed(r'password = "[0-9a-f]+"', 'password = "not-the-password"')
    shown = portal_pipeline(tmp_path, "check", "--tenant", TENANT)
    assert_explains(shown, TENANT, "sage web api", "Sign-on failed")
    assert "not-the-password" not in shown.out + shown.err
    assert run(tmp_path, TENANT, "po_closure").code == 0


def test_a_busy_lease(changed, tmp_path, monkeypatch):
    changed(r"is_on = false", "is_on = false")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTAL_PIPELINE_SETTINGS", raising=False)
    installation = Installation(load_settings())
    try:
        owner = TenantSession(installation, TENANT, "first")
        with pytest.raises(LeaseBusy, match=f"tenant {TENANT} is being worked on by .*first"):
            TenantSession(installation, TENANT, "second", lease_times=LeaseTimes(wait_s=0))
        TenantSession(installation, "bajio", "third", lease_times=LeaseTimes(wait_s=0)).close()
        owner.close()
        TenantSession(installation, TENANT, "second", lease_times=LeaseTimes(wait_s=0)).close()
    finally:
        installation.close()


def test_a_ledger_that_cannot_be_written(changed, tmp_path):
    changed(r"is_on = false", "is_on = false")
    (tmp_path / ".portal_pipeline" / "ledger.sqlite").write_bytes(b"this is no database" * 100)
    answer = run(tmp_path, TENANT, "po_creation")
    assert answer.code in (1, 2)
    assert "ledger" in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err
