"""Old runs leave Dagster's storage, with their events and logs; no setting of Dagster does it.

Deleting a run deletes its asset events. So a run stays, whatever its age, while it holds the latest
materialization or observation of a partition, while no newer run of its job and tenant exists, and
while it is not finished. Source: Dagster sheet, "Retention".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg

from portal_pipeline.orchestration.partitions import PARTITION_TAG

RUNS_PER_READ = 500
RECORDS_PER_READ = 500
FINISHED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
ASSET_EVENTS = (
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_OBSERVATION,
)


def prune_runs(instance: dg.DagsterInstance, before: datetime, *, is_dry_run: bool = False) -> int:
    """Delete the finished runs that were created before a time and that nothing needs; how many.

    Args:
        instance: its storage.
        before: aware; real time.
        is_dry_run: only count.
    """
    needed = _runs_of_latest_asset_events(instance)
    newest: dict[tuple[str, str], str] = {}
    gone = [
        run.run_id
        for run in _finished_before(instance, before)
        if run.run_id not in needed and run.run_id != _newest(instance, run, newest)
    ]
    if not is_dry_run:
        for run_id in gone:
            _delete(instance, run_id)
    return len(gone)


def _finished_before(instance: dg.DagsterInstance, before: datetime) -> Iterator[dg.DagsterRun]:
    filters = dg.RunsFilter(statuses=FINISHED, created_before=before)
    cursor: str | None = None
    while runs := instance.get_runs(filters=filters, cursor=cursor, limit=RUNS_PER_READ):
        yield from runs
        cursor = runs[-1].run_id


def _runs_of_latest_asset_events(instance: dg.DagsterInstance) -> set[str]:
    """The runs by which each asset and partition is what it is now."""
    storage = instance.event_log_storage
    needed: set[str] = set()
    for asset in instance.all_asset_keys():
        for kind in ASSET_EVENTS:
            latest = storage.get_latest_storage_id_by_partition(asset, kind)
            ids = sorted(latest.values())
            for start in range(0, len(ids), RECORDS_PER_READ):
                part = ids[start : start + RECORDS_PER_READ]
                wanted = dg.AssetRecordsFilter(asset_key=asset, storage_ids=part)
                if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
                    found = instance.fetch_materializations(wanted, limit=len(part))
                else:
                    found = instance.fetch_observations(wanted, limit=len(part))
                needed |= {record.run_id for record in found.records}
    return needed


def _newest(
    instance: dg.DagsterInstance, run: dg.DagsterRun, known: dict[tuple[str, str], str]
) -> str:
    """The newest run of the same job and tenant."""
    tenant = run.tags.get(PARTITION_TAG, "")
    name = (run.job_name, tenant)
    if name not in known:
        tags = {PARTITION_TAG: tenant} if tenant else {}
        (latest,) = instance.get_runs(
            filters=dg.RunsFilter(job_name=run.job_name, tags=tags), limit=1
        )
        known[name] = latest.run_id
    return known[name]


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    """The run, its events, and the files that Dagster leaves behind."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    place = getattr(instance.event_log_storage, "path_for_shard", None)
    if place is None:
        return  # all in one database
    shard = Path(place(run_id))
    for end in ("", "-wal", "-shm"):
        shard.with_name(shard.name + end).unlink(missing_ok=True)
