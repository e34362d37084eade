"""Sensors: partitions follow the settings, cycles are asked for when due, dead runs are failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import text

from portal_pipeline import leasing, wiring
from portal_pipeline.core.errors import ConfigError, SystemUnavailable
from portal_pipeline.definitions import defs
from portal_pipeline.ledger import Ledger
from portal_pipeline.orchestration import sensors
from portal_pipeline.orchestration.partitions import JOB_NAME, PARTITION_TAG, TENANT_PARTITIONS

TENANT = """
[tenants.{key}]
name = "{key}"
rfc = "ACM010101AB1"
mode = "sandbox"
clock_url = "http://127.0.0.1:9/sandbox/clock"
sage = {{ url = "sqlite:///{key}.db", org_id = "X", authorisation_url = "sqlite:///a.db" }}
portal = {{ url = "http://127.0.0.1:9", tenant_id = "{key}", key = "k", secret = "s" }}
"""


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def write_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTAL_PIPELINE_SETTINGS", raising=False)
    monkeypatch.delenv("PORTAL_PIPELINE_TENANTS", raising=False)

    def write(*keys: str, head: str = "") -> None:
        text = head + "".join(TENANT.format(key=key) for key in keys)
        (tmp_path / "tenants.toml").write_text(text)

    return write


@pytest.fixture
def business_time(monkeypatch):
    """The sandbox's clock by tenant; an absent tenant has a sandbox that does not run."""
    times: dict[str, datetime] = {}

    def clock_of(settings):
        def clock():
            if settings.key not in times:
                raise SystemUnavailable("the sandbox is not running", system="sandbox")
            return times[settings.key]

        return clock

    monkeypatch.setattr(wiring, "business_clock", clock_of)
    return times


def tick(sensor, instance, cursor=None):
    context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs)
    with dg.partition_loading_context(dynamic_partitions_store=instance):
        return sensor.evaluate_tick(context)


def keys_of(instance):
    return set(instance.get_dynamic_partitions(TENANT_PARTITIONS))


def test_partitions_become_the_tenants_of_the_settings_and_made_up_keys_go_away(
    instance, write_settings
):
    write_settings("acme", "beta")
    instance.add_dynamic_partitions(TENANT_PARTITIONS, ["acme", "made_up"])
    answer = tick(sensors.tenant_partitions, instance)
    added = [r for r in answer.dynamic_partitions_requests if type(r).__name__.startswith("Add")]
    gone = [r for r in answer.dynamic_partitions_requests if type(r).__name__.startswith("Del")]
    assert [list(r.partition_keys) for r in added] == [["beta"]]
    assert [list(r.partition_keys) for r in gone] == [["made_up"]]


EVERY_SENSOR = [
    sensors.tenant_partitions,
    sensors.tenant_cycle,
    sensors.health_check,
    sensors.dead_run_reaper,
]


@pytest.fixture
def active_run(instance):
    """The reaper looks no further when nothing runs."""
    return instance.create_run_for_job(
        defs.resolve_job_def(JOB_NAME),
        tags={PARTITION_TAG: "acme"},
        status=dg.DagsterRunStatus.STARTED,
    )


@pytest.mark.usefixtures("active_run")
@pytest.mark.parametrize("sensor", EVERY_SENSOR, ids=lambda sensor: sensor.name)
def test_broken_settings_fail_the_tick_and_change_nothing(
    sensor, instance, write_settings, tmp_path
):
    write_settings("acme")
    instance.add_dynamic_partitions(TENANT_PARTITIONS, ["acme"])
    (tmp_path / "tenants.toml").write_text("[tenants")
    with pytest.raises(ConfigError, match="not valid TOML"):
        tick(sensor, instance)
    assert keys_of(instance) == {"acme"}


@pytest.mark.usefixtures("active_run", "write_settings")
@pytest.mark.parametrize("sensor", EVERY_SENSOR, ids=lambda sensor: sensor.name)
def test_without_any_settings_nothing_fails_and_the_reason_says_what_to_do(sensor, instance):
    answer = tick(sensor, instance)
    assert answer.run_requests == []
    assert "no settings found" in answer.skip_message
    assert "write a tenants.toml" in answer.skip_message


NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


@pytest.fixture
def two_tenants(instance, write_settings, business_time):
    write_settings("acme", "beta")
    instance.add_dynamic_partitions(TENANT_PARTITIONS, ["acme", "beta"])
    business_time |= {"acme": NOW, "beta": NOW}
    return business_time


def test_a_cycle_is_asked_for_when_its_interval_has_passed_and_not_before(instance, two_tenants):
    first = tick(sensors.tenant_cycle, instance)
    assert {r.partition_key for r in first.run_requests} == {"acme", "beta"}
    two_tenants["acme"] = NOW + timedelta(minutes=14)
    second = tick(sensors.tenant_cycle, instance, first.cursor)
    assert second.run_requests == []
    assert "acme: next cycle at 2026-03-02 14:15 UTC" in second.skip_message
    two_tenants["acme"] = NOW + timedelta(minutes=15)
    third = tick(sensors.tenant_cycle, instance, second.cursor)
    assert [r.partition_key for r in third.run_requests] == ["acme"]


def test_a_fresh_world_that_lives_through_the_same_times_gets_its_cycles_again(
    instance, two_tenants
):
    lived = tick(sensors.tenant_cycle, instance)
    two_tenants["acme"] = NOW - timedelta(days=1)
    again = tick(sensors.tenant_cycle, instance, lived.cursor)
    assert [r.partition_key for r in again.run_requests] == ["acme"]
    assert {r.run_key for r in (*lived.run_requests, *again.run_requests)} == {None}, (
        "Dagster drops a request whose key it has seen"
    )


def test_a_sandbox_that_does_not_run_stops_its_own_tenant_only_and_says_so(instance, two_tenants):
    del two_tenants["acme"]
    answer = tick(sensors.tenant_cycle, instance)
    assert [r.partition_key for r in answer.run_requests] == ["beta"]
    del two_tenants["beta"]
    idle = tick(sensors.tenant_cycle, instance, answer.cursor)
    assert "acme: [sandbox] the sandbox is not running" in idle.skip_message


def test_no_run_is_asked_for_while_one_of_the_tenant_is_queued_or_running(instance, two_tenants):
    for status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
        run = instance.create_run_for_job(
            defs.resolve_job_def(JOB_NAME), tags={PARTITION_TAG: "acme"}, status=status
        )
        answer = tick(sensors.tenant_cycle, instance)
        assert [r.partition_key for r in answer.run_requests] == ["beta"]
        instance.delete_run(run.run_id)


def test_a_tick_asks_for_a_bounded_number_of_runs_and_the_rest_comes_next(
    instance, write_settings, business_time
):
    keys = [f"t{n}" for n in range(5)]
    write_settings(*keys, head="[installation]\ncycle_sensor_runs_per_tick = 2\n")
    instance.add_dynamic_partitions(TENANT_PARTITIONS, keys)
    business_time |= dict.fromkeys(keys, NOW)
    asked, cursor = [], None
    for _ in range(3):
        answer = tick(sensors.tenant_cycle, instance, cursor)
        asked.append([r.partition_key for r in answer.run_requests])
        cursor = answer.cursor
    assert [len(one) for one in asked] == [2, 2, 1]
    assert sorted(key for one in asked for key in one) == keys


def test_a_clock_that_was_set_back_does_not_stop_a_tenant(instance, two_tenants):
    first = tick(sensors.tenant_cycle, instance)
    two_tenants["acme"] = NOW - timedelta(days=30)
    answer = tick(sensors.tenant_cycle, instance, first.cursor)
    assert [r.partition_key for r in answer.run_requests] == ["acme"]


def test_the_cursor_forgets_tenants_that_are_gone(instance, two_tenants, write_settings):
    first = tick(sensors.tenant_cycle, instance)
    write_settings("beta")
    answer = tick(sensors.tenant_cycle, instance, first.cursor)
    assert set(json.loads(answer.cursor)) == {"beta"}


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("heard", "lease_end", "is_dead"),
    [
        pytest.param(-timedelta(days=1), SECOND, False, id="holds its tenant"),
        pytest.param(-timedelta(days=1), -sensors.GONE_AFTER + SECOND, False, id="gave it back"),
        pytest.param(-timedelta(days=1), -sensors.GONE_AFTER, True, id="lease ended long ago"),
        pytest.param(-SECOND, -sensors.GONE_AFTER, True, id="killed just after its start"),
        pytest.param(-sensors.UNSEEN_FOR + SECOND, None, False, id="waits for a busy tenant"),
        pytest.param(-sensors.UNSEEN_FOR, None, True, id="never came so far"),
    ],
)
def test_a_run_is_dead_when_its_lease_ended_or_when_it_never_got_one(heard, lease_end, is_dead):
    ended_at = None if lease_end is None else NOW + lease_end
    assert sensors.is_dead(NOW + heard, ended_at, NOW) is is_dead


def test_a_living_run_has_failed_by_itself_before_it_is_taken_for_dead():
    """It waits for a busy tenant so long, and its process starts in a minute."""
    waits = timedelta(seconds=leasing.LEASE_TIMES.wait_s)
    assert waits + timedelta(minutes=1) <= sensors.UNSEEN_FOR


@pytest.fixture
def run_of(instance, write_settings):
    """A run of the tenant in Dagster, which heard of it now and made it an hour ago."""
    write_settings("acme")

    def made(status=dg.DagsterRunStatus.STARTED):
        run = instance.create_run_for_job(
            defs.resolve_job_def(JOB_NAME), tags={PARTITION_TAG: "acme"}, status=status
        )
        with instance.run_storage.connect() as connection:
            made_at = "datetime(create_timestamp, '-1 hour')"
            connection.execute(text(f"UPDATE runs SET create_timestamp = {made_at}"))  # noqa: S608
        return run.run_id

    return made


@pytest.fixture
def lease_since(tmp_path):
    """Takes the tenant's lease for a run as it was so long ago, for a minute."""

    def taken(run_id, ago):
        at = datetime.now(UTC) - ago
        url = f"sqlite:///{tmp_path / '.portal_pipeline' / 'ledger.sqlite'}"
        ledger = Ledger(url, lease_clock=lambda: at)
        ledger.leases.acquire("acme", run_id, "here", timedelta(minutes=1))
        ledger.close()

    return taken


def after_reaping(instance, run_id):
    tick(sensors.dead_run_reaper, instance)
    return instance.get_run_by_id(run_id).status


def test_a_run_whose_lease_has_ended_is_failed(instance, run_of, lease_since):
    run_id = run_of()
    lease_since(run_id, timedelta(minutes=2))
    assert after_reaping(instance, run_id) == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=100)], ids=["held", "given back"])
def test_a_run_that_works_or_has_just_ended_is_left_alone(instance, run_of, lease_since, ago):
    run_id = run_of()
    lease_since(run_id, ago)
    assert after_reaping(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_that_starts_after_long_in_the_queue_is_left_alone(instance, run_of, lease_since):
    """Another run had the tenant until now."""
    run_id = run_of(dg.DagsterRunStatus.STARTING)
    lease_since("before", timedelta(minutes=2))
    assert after_reaping(instance, run_id) == dg.DagsterRunStatus.STARTING


def test_every_sensor_runs_by_default():
    for sensor in (sensors.tenant_partitions, sensors.tenant_cycle, sensors.dead_run_reaper):
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
