"""Old runs leave Dagster's storage; what its assets show now stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from portal_pipeline.orchestration.pruning import prune_runs

LATER = timedelta(days=1)
PARTITIONS = dg.StaticPartitionsDefinition(["acme", "beta"])


@dg.asset(partitions_def=PARTITIONS)
def upload(context):
    """Like a controller."""
    if "fails" in context.run.tags:
        raise RuntimeError("Sage is away")


@dg.asset(partitions_def=PARTITIONS)
def check() -> None:
    """Another one."""


def done(instance, partition: str, *assets, fails: bool = False) -> str:
    tags = {"dagster/partition": partition} | ({"fails": "yes"} if fails else {})
    result = dg.materialize(
        list(assets),
        instance=instance,
        partition_key=partition,
        raise_on_error=False,
        tags=tags,
    )
    return result.run_id


def runs_of(instance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def latest(instance, asset) -> dict[str, str]:
    """Run of the latest materialization by partition."""
    found = {}
    for partition in PARTITIONS.get_partition_keys():
        wanted = dg.AssetRecordsFilter(asset_key=asset.key, asset_partitions=[partition])
        for record in instance.fetch_materializations(wanted, limit=1).records:
            found[partition] = record.run_id
    return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A storage on disk with a short history, pruned; what was there, and what is."""
    folder = tmp_path_factory.mktemp("dagster")
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        names = {
            "both": done(instance, "acme", upload, check),
            "other tenant": done(instance, "beta", upload, check),
            "superseded": done(instance, "acme", upload),
            "failed before": done(instance, "acme", upload, fails=True),
            "latest upload": done(instance, "acme", upload),
            "failed last": done(instance, "acme", upload, fails=True),
        }
        definitions = dg.Definitions(assets=[check], jobs=[dg.define_asset_job("j", [check])])
        running = instance.create_run_for_job(
            definitions.resolve_job_def("j"),
            status=dg.DagsterRunStatus.STARTED,
            tags={"dagster/partition": "acme"},
        )
        names["running"] = running.run_id
        before = {asset: latest(instance, asset) for asset in (upload, check)}
        now = datetime.now(UTC)
        counts = {
            "too young": prune_runs(instance, now - LATER),
            "dry": prune_runs(instance, now + LATER, is_dry_run=True),
        }
        whole = runs_of(instance)
        counts["pruned"] = prune_runs(instance, now + LATER)
        counts["again"] = prune_runs(instance, now + LATER)
        yield names, instance, whole, before, counts, folder


def test_young_runs_stay_and_a_dry_run_deletes_nothing(lived):
    names, _, whole, _, counts, _ = lived
    assert counts == {"too young": 0, "dry": 2, "pruned": 2, "again": 0}
    assert whole == set(names.values())


def test_what_goes_is_superseded_and_finished(lived):
    names, instance, *_ = lived
    gone = {name for name, run_id in names.items() if run_id not in runs_of(instance)}
    assert gone == {"superseded", "failed before"}


def test_every_partition_has_the_latest_materialization_that_it_had(lived):
    _, instance, _, before, *_ = lived
    assert {asset: latest(instance, asset) for asset in (upload, check)} == before
    assert {asset.key.to_user_string(): set(found) for asset, found in before.items()} == {
        "upload": {"acme", "beta"},
        "check": {"acme", "beta"},
    }


def test_nothing_of_a_deleted_run_is_left_on_the_disk(lived):
    names, instance, _, _, _, folder = lived
    gone = {names["superseded"], names["failed before"]}
    assert [p for p in Path(folder).rglob("*") if any(run_id in str(p) for run_id in gone)] == []
    kept = names["latest upload"]
    assert any(kept in str(p) for p in Path(folder).rglob("*"))
    assert instance.all_logs(kept)
