"""The main job: several companies kept in step from one command, judged from outside."""

from __future__ import annotations

import json
from decimal import Decimal

import dagster as dg
import pytest

from portal_pipeline.cli.demo import DEFAULT_CYCLES, tell
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.orchestration.instance import dagster_instance
from portal_pipeline_tests.e2e.conftest import dagster, portal_pipeline
from portal_pipeline_tests.scenarios.stories import ARGUMENTS, told_stories

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

COUNTS = ("acted", "done", "held", "rejected", "out_of_scope")


def without_time(result):
    return {name: value for name, value in result.items() if name != "seconds"}


def controllers(result):
    return [(t["tenant"], c) for t in result["tenants"] for c in t["controllers"]]


def test_nothing_is_lost_nothing_doubled_and_no_payment_goes_early(demo):
    assert demo.answer.code == 0, demo.answer.err
    documents = demo.result["documents"]
    assert documents["explained"] > 100
    assert (documents["lost"], documents["duplicated"], documents["early_payments"]) == (0, 0, 0)


def test_documents_of_every_kind_are_compared(demo):
    """And each of them counts once: in its target, by a finding, or by a rule."""
    documents = demo.result["documents"]
    kinds = documents["kinds"]
    both = {"provider", "purchase_order", "invoice", "credit_note", "payment", "payment_complement"}
    assert kinds.keys() >= both | {"vendor", "sage_document", "portal_payment"}
    assert all(kinds[kind]["in_target"] for kind in both)
    assert sum(sum(tally.values()) for tally in kinds.values()) == documents["explained"]
    by_rule = sum(tally["by_rule"] for tally in kinds.values())
    assert sum(documents["rules"].values()) == by_rule


def test_the_json_has_exactly_the_documented_shape(demo):
    result = demo.result
    assert set(result) == {
        "seed", "cycles", "seconds", "tenants", "documents", "open", "story",
    }  # fmt: skip
    assert len(result["tenants"]) == 3
    for _, controller in controllers(result):
        assert set(controller) == {
            "controller", "seen", *COUNTS, "succeeded", "refused", "unknown", "acted_total",
            "amounts",
        }  # fmt: skip
        for sums in controller["amounts"].values():
            assert set(sums) == set(COUNTS)
            assert all(
                isinstance(text, str) and Decimal(text).is_finite() for text in sums.values()
            )
    for entry in result["open"]:
        assert set(entry) == {
            "tenant", "kind", "key", "operation", "status", "finding", "text", "next_step",
        }  # fmt: skip
        assert entry["text"]
        assert entry["next_step"]
    assert all(set(line) == {"time", "system", "text"} for line in result["story"])


def test_every_candidate_is_counted_once(demo):
    for tenant, c in controllers(demo.result):
        assert c["seen"] == sum(c[name] for name in COUNTS), (tenant, c["controller"])
        assert c["acted"] == c["succeeded"] + c["refused"] + c["unknown"]


def test_every_controller_of_every_tenant_ran_and_each_has_acted_somewhere(demo):
    ran = {(tenant, c["controller"]) for tenant, c in controllers(demo.result)}
    tenants = {tenant for tenant, _ in ran}
    assert ran == {(tenant, name.value) for tenant in tenants for name in ControllerName}
    acted = {c["controller"] for _, c in controllers(demo.result) if c["acted_total"]}
    assert acted == {name.value for name in ControllerName}


def test_no_case_is_left_undecided_and_nothing_is_in_doubt(demo):
    assert {e["status"] for e in demo.result["open"]} <= {"held", "rejected", "refused"}
    findings = {e["finding"] for e in demo.result["open"]}
    assert not findings & {"unexpected_error", "outcome_unknown"}


def test_the_open_list_is_sorted(demo):
    keys = [(e["tenant"], e["kind"], e["key"], e["operation"]) for e in demo.result["open"]]
    assert keys == sorted(keys)


def test_the_story_goes_from_the_order_to_the_complement(demo):
    assert {line["system"] for line in demo.result["story"]} == {"Sage 300", "Portal"}
    assert len(demo.result["story"]) >= 6
    times = [line["time"] for line in demo.result["story"]]
    assert times == sorted(times)


def test_the_same_arguments_give_the_same_counts_and_the_same_open_list(demo):
    """Even when no Dagster runs the steps: it decides nothing."""
    assert (ARGUMENTS.seed, DEFAULT_CYCLES) == (demo.result["seed"], demo.result["cycles"])
    assert as_json(told_stories().outcome["result"]) == without_time(demo.result)


def as_json(result):
    return json.loads(json.dumps(result, default=str))


def test_the_runs_stay_visible_in_dagster(demo):
    with dagster_instance(demo.folder / ".portal_pipeline") as instance:
        succeeded = dg.RunsFilter(job_name="tenant_sync", statuses=[dg.DagsterRunStatus.SUCCESS])
        runs = instance.get_runs(filters=succeeded)  # other tests add runs that fail
        assert len(runs) == 3 * 8
        tenants = {t["tenant"] for t in demo.result["tenants"]}
        assert set(instance.get_dynamic_partitions("tenant")) == tenants
        for name in ControllerName:
            materialized = instance.get_materialized_partitions(dg.AssetKey(name.value))
            assert materialized == tenants


def test_people_read_a_table_a_story_and_a_last_line(capsys):
    tell(told_stories().outcome | {"seconds": 45.0})
    shown = capsys.readouterr().out
    for text in (
        "provider_sync",
        "The story of one",
        "Every document of both",
        "45 s. See the runs",
    ):
        assert text in shown
    assert shown.strip().endswith("0 lost, 0 duplicated, 0 payments went early")


def test_progress_is_told_beside_the_result(demo):
    """A line a cycle and company, on standard error: standard output is JSON alone."""
    assert demo.answer.err.count("cycle 8/8") == len(demo.result["tenants"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--size", "huge"), "use one of: small, default, large"),
        (("--sage-url", "sqlite:///x.db"), "{database}"),
    ],
)
def test_a_wrong_argument_is_told_with_what_to_do(tmp_path, arguments, expected):
    answer = portal_pipeline(tmp_path, "demo", *arguments)
    assert answer.code == 2
    assert expected in answer.err


def test_afterwards_the_sensors_say_that_the_sandbox_does_not_run(demo):
    tick = dagster(demo.folder, "sensor", "preview", "tenant_cycle")
    assert tick.code == 0, tick.err
    assert "the sandbox is not running" in tick.out
    assert "portal-pipeline sandbox serve" in tick.out
