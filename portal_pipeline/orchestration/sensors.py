"""Sensors: tenants as partitions, when a cycle is due, and runs that died.

Nothing set up yet, and a sandbox that does not run, are reasons to skip. Wrong settings and a
ledger that does not answer are failures: the tick turns red in Dagster.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from portal_pipeline.core.errors import NoSettings, SystemUnavailable
from portal_pipeline.orchestration.jobs import tenant_health, tenant_sync
from portal_pipeline.orchestration.partitions import (
    JOB_NAME,
    PARTITION_TAG,
    TENANT_PARTITIONS,
    TENANTS,
)

if TYPE_CHECKING:
    from portal_pipeline.settings import Settings, TenantSettings

PARTITION_INTERVAL_S = 15
CYCLE_INTERVAL_S = 30
HEALTH_INTERVAL_S = 60
REAPER_INTERVAL_S = 30
GONE_AFTER = timedelta(seconds=60)
"""So long after its lease has ended a run is dead; a living one that gave it back has ended."""
UNSEEN_FOR = timedelta(minutes=5)
"""A run that never had its tenant's lease is dead when Dagster has heard nothing of it for so long:
a living one waits three minutes for a busy tenant and then fails."""
RUNS_MAX = 500

ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def _settings() -> Settings:
    from portal_pipeline.settings import load_settings  # noqa: PLC0415 - not with the location

    return load_settings()


@dg.sensor(
    name="tenant_partitions",
    minimum_interval_seconds=PARTITION_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Keeps the partitions equal to the tenants of the settings.",
)
def tenant_partitions(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Add new tenants; remove keys that no settings name (made up in the UI, or gone)."""
    try:
        wanted = {tenant.key for tenant in _settings().tenants}
    except NoSettings as error:
        return dg.SensorResult(skip_reason=str(error))
    known = set(context.instance.get_dynamic_partitions(TENANT_PARTITIONS))
    new, gone = sorted(wanted - known), sorted(known - wanted)
    if not new and not gone:
        return dg.SensorResult(skip_reason=f"{len(wanted)} tenant(s), nothing to change")
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if new:
        requests.append(TENANTS.build_add_request(new))
    if gone:
        requests.append(TENANTS.build_delete_request(gone))
    return dg.SensorResult(
        dynamic_partitions_requests=requests,
        skip_reason=f"added: {', '.join(new) or 'none'}; removed: {', '.join(gone) or 'none'}",
    )


@dg.sensor(
    name="tenant_cycle",
    job=tenant_sync,
    minimum_interval_seconds=CYCLE_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a tenant's cycle when its interval has passed.",
)
def tenant_cycle(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One run for each tenant that is due, the longest waiting first, a bounded number a tick.

    The cursor holds, per tenant, the business time of the last request.
    """
    try:
        settings = _settings()
    except NoSettings as error:
        return dg.SensorResult(skip_reason=str(error))
    cursor: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    known = set(context.instance.get_dynamic_partitions(TENANT_PARTITIONS))
    busy = _busy_tenants(context.instance)
    reasons: list[str] = []
    due: list[tuple[datetime, TenantSettings, datetime]] = []
    for tenant in settings.tenants:
        if tenant.key not in known:
            reasons.append(f"{tenant.key}: not a partition yet")
        elif tenant.key in busy:
            reasons.append(f"{tenant.key}: a run is queued or running")
        else:
            _judge_due(tenant, cursor, due, reasons)
    due.sort(key=lambda one: (one[0], one[1].key))
    chosen = due[: settings.installation.cycle_sensor_runs_per_tick]
    requests = []
    for _, tenant, now in chosen:
        cursor[tenant.key] = now.isoformat()
        # Without run_key: a fresh sandbox lives through the same times again, and a cycle asked for
        # twice is harmless, one that Dagster takes for known is not.
        requests.append(dg.RunRequest(partition_key=tenant.key))
    kept = {t.key: cursor[t.key] for t in settings.tenants if t.key in cursor}
    if not requests:
        return dg.SensorResult(
            skip_reason="; ".join(reasons)[:1000] or "no tenants", cursor=json.dumps(kept)
        )
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(kept))


def _judge_due(
    tenant: TenantSettings,
    cursor: dict[str, str],
    due: list[tuple[datetime, TenantSettings, datetime]],
    reasons: list[str],
) -> None:
    from portal_pipeline.wiring import business_clock  # noqa: PLC0415 - not with the location

    try:
        now = business_clock(tenant)()
    except SystemUnavailable as error:
        reasons.append(f"{tenant.key}: {error}")
        return
    last = (
        datetime.fromisoformat(cursor[tenant.key])
        if tenant.key in cursor
        else datetime.min.replace(tzinfo=UTC)
    )
    interval = timedelta(minutes=tenant.timing.cycle_minutes)
    # A clock that was set back must not stop a tenant for ever.
    if last > now or now - last >= interval:
        due.append((min(last, now), tenant, now))
    else:
        reasons.append(f"{tenant.key}: next cycle at {last + interval:%Y-%m-%d %H:%M} UTC")


def _busy_tenants(instance: dg.DagsterInstance) -> set[str]:
    runs = instance.get_runs(
        filters=dg.RunsFilter(job_name=JOB_NAME, statuses=ACTIVE), limit=RUNS_MAX
    )
    return {run.tags[PARTITION_TAG] for run in runs if PARTITION_TAG in run.tags}


@dg.sensor(
    name="health_check",
    job=tenant_health,
    minimum_interval_seconds=HEALTH_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Evaluates the asset checks when any tenant has a newer report.",
)
def health_check(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One run of the checks for everything reported since the last one."""
    from portal_pipeline.ledger.reports import newest_report_at  # noqa: PLC0415 - see above
    from portal_pipeline.wiring import Installation  # noqa: PLC0415

    try:
        installation = Installation(_settings())
    except NoSettings as error:
        return dg.SensorResult(skip_reason=str(error))
    try:
        mark = newest_report_at(installation.ledger)
    finally:
        installation.close()
    if mark is None or mark == context.cursor:
        return dg.SensorResult(skip_reason="nothing was reported since the last checks")
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=mark)


@dg.sensor(
    name="dead_run_reaper",
    minimum_interval_seconds=REAPER_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Fails runs whose process is gone, so that they do not block their tenant.",
)
def dead_run_reaper(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Fail a started run that has shown no sign of life for minutes.

    A living run renews its lease every 15 seconds; a run that was killed with everything around
    it stays STARTED for ever otherwise and blocks its tenant.
    """
    from portal_pipeline.wiring import Installation  # noqa: PLC0415 - not with the location

    records = context.instance.get_run_records(
        filters=dg.RunsFilter(
            job_name=JOB_NAME,
            statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING],
        ),
        limit=RUNS_MAX,
    )
    if not records:
        return dg.SensorResult(skip_reason="no run is active")
    try:
        installation = Installation(_settings())
    except NoSettings as error:
        return dg.SensorResult(skip_reason=str(error))
    now = datetime.now(UTC)
    failed = []
    try:
        for record in records:
            run = record.dagster_run
            heard_at = datetime.fromtimestamp(record.update_timestamp.timestamp(), UTC)
            tenant = run.tags.get(PARTITION_TAG, "")
            if is_dead(heard_at, installation.ledger.leases.end_of(tenant, run.run_id), now):
                context.instance.report_run_failed(run, GONE)
                failed.append(run.run_id)
    finally:
        installation.close()
    return dg.SensorResult(
        skip_reason=f"failed: {', '.join(failed)}" if failed else "every active run is alive"
    )


GONE = (
    "the process of this run is gone (its lease was not renewed); what was in doubt is looked up "
    "by the next run"
)


def is_dead(heard_at: datetime, lease_end: datetime | None, now: datetime) -> bool:
    """Whether a run that Dagster takes for active has no process any more.

    Args:
        heard_at: when Dagster last heard of it: a run may have been queued for hours before.
        lease_end: when its hold on its tenant ends or ended; None: it never had it.
        now: the time, aware as the others.
    """
    if lease_end is not None:
        return now >= lease_end + GONE_AFTER
    return now >= heard_at + UNSEEN_FOR
