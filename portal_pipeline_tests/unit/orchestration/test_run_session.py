"""The run-scoped session: a run that found its tenant busy has found out once for all its steps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.leasing import LeaseTimes
from portal_pipeline.orchestration.resources import RunSession
from portal_pipeline_tests.unit.orchestration.test_sensors import TENANT


def test_the_steps_after_the_one_that_waited_for_a_busy_tenant_do_not_wait_again(
    tmp_path, monkeypatch
):
    """Otherwise a run would stand for as many waits as it has steps."""
    settings = tmp_path / "tenants.toml"
    settings.write_text(TENANT.format(key="acme"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_PIPELINE_SETTINGS", str(settings))
    session = RunSession("ours", lease_times=LeaseTimes(wait_s=0))
    leases = session.installation.ledger.leases
    other = leases.acquire("acme", "other", "elsewhere", timedelta(minutes=1))
    with pytest.raises(LeaseBusy, match="elsewhere"):
        session.run_step("acme", ControllerName.PROVIDER_SYNC)
    leases.release(other)
    with pytest.raises(LeaseBusy, match="elsewhere"):
        session.run_step("acme", ControllerName.PO_CREATION)
    session.close()
