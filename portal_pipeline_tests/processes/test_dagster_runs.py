"""Runs through Dagster under faults: each failure is said once with its remedy, and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import dagster as dg
import pytest
from sqlalchemy import func, select

from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.definitions import defs
from portal_pipeline.ledger.schema import event
from portal_pipeline.orchestration.instance import dagster_instance
from portal_pipeline.orchestration.ops import RETRIES, RETRY_DELAY_S
from portal_pipeline.orchestration.partitions import JOB_NAME
from portal_pipeline.orchestration.sensors import GONE, dead_run_reaper
from portal_pipeline.sandbox.http import ConnectionDropped, Handler, Request, Response
from portal_pipeline_tests.processes.child import DISK, Strike
from portal_pipeline_tests.processes.dagster_runs import DagsterRuns, RunShown, run_job
from portal_pipeline_tests.processes.kills import AFTER, Requests
from portal_pipeline_tests.processes.ledger_rules import contradictions, pass_time, unfinished
from portal_pipeline_tests.processes.plant import ATTEMPTS_MAX, Plant

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(300)]

ROOTS = {"provider_sync", "cfdi_download", "po_creation"}
"""Steps that wait for no other one."""
STEPS = {name.value for name in ControllerName}
SECRETS = ("key-1", "secret-1")
WEB_API = "/Sage300WebApi"

Around = Callable[[Request, Handler], Response]


# -- what goes wrong ------------------------------------------------------------------------------


def is_portal(request: Request) -> bool:
    return not request.path.startswith(WEB_API)


def answering(given: Response, wanted: Callable[[Request], bool] = is_portal) -> Around:
    """Every wanted request is answered like this, without any effect."""
    return lambda request, answer: given if wanted(request) else answer(request)


def dropping(request: Request, answer: Handler) -> Response:
    """The portal closes every connection without an answer."""
    if is_portal(request):
        raise ConnectionDropped
    return answer(request)


def losing_answers(request: Request, answer: Handler) -> Response:
    """Every write of either system takes effect, and its answer is lost."""
    given = answer(request)
    if request.method in ("POST", "PUT", "PATCH"):
        raise ConnectionDropped
    return given


@contextmanager
def remote(plant: Plant, around: Around) -> Iterator[None]:
    before = plant.around
    plant.around = around
    yield
    plant.around = before


@contextmanager
def sage_away(plant: Plant) -> Iterator[None]:
    plant.sage_goes_away()
    yield
    plant.sage_comes_back()


@contextmanager
def ledger_full(plant: Plant) -> Iterator[None]:
    """Neither what happens nor a step's report can be written."""
    full = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    with plant.memory.writing(plant.called) as connection:
        for table in ("event", "report"):
            connection.exec_driver_sql(f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} {full}")
    yield
    with plant.memory.writing(plant.called) as connection:
        for table in ("event", "report"):
            connection.exec_driver_sql(f"DROP TRIGGER no_{table}")


@contextmanager
def busy(plant: Plant) -> Iterator[None]:
    """Another machine works on the company."""
    minutes = timedelta(minutes=5)
    lease = plant.memory.leases.acquire(plant.called, "other", "elsewhere", minutes)
    yield
    plant.memory.leases.release(lease)


@contextmanager
def settings_wrong(plant: Plant) -> Iterator[None]:
    text = plant.settings.read_text("utf-8")
    plant.settings.write_text(text + "\nnonsense = 3\n", "utf-8")
    yield
    plant.settings.write_text(text, "utf-8")


@dataclass(frozen=True)
class Trouble:
    """Something that no step can do its work with, and what Dagster must say about it."""

    caused: Callable[[Plant], AbstractContextManager[None]]
    system: str
    says: str
    is_retried: bool


def of_portal(around: Around) -> Callable[[Plant], AbstractContextManager[None]]:
    return lambda plant: remote(plant, around)


PATIENCE = "the next cycle tries again"
HTML = Response(200, b"<html>login</html>", {"content-type": "text/html"})
SLOWLY = Response(429, b"", {"retry-after": "120"})
KEYS = "check the tenant's portal tenant id, key and secret"
TROUBLES = {
    "portal 503": Trouble(of_portal(answering(Response(503))), "portal", PATIENCE, True),
    "portal closes": Trouble(of_portal(dropping), "portal", PATIENCE, True),
    "portal 429": Trouble(of_portal(answering(SLOWLY)), "portal", PATIENCE, True),
    "portal html": Trouble(of_portal(answering(HTML)), "portal", "ask the portal's support", True),
    "portal 401": Trouble(of_portal(answering(Response(401))), "portal", KEYS, False),
    "database away": Trouble(sage_away, "sage", "check server, network and database name", True),
    "ledger full": Trouble(ledger_full, "ledger", "check that the disk has room", False),
    "tenant busy": Trouble(busy, "ledger", "wait for that run to end", False),
    "settings wrong": Trouble(settings_wrong, "settings", "mend what the description", False),
}


# -- where it goes wrong --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[DagsterRuns]:
    """One company for all tests that leave it as it was."""
    plant = Plant(tmp_path_factory.mktemp("plant"))
    plant.play(1)
    with dg.DagsterInstance.ephemeral() as instance:
        yield DagsterRuns(plant, instance)
    plant.close()


@pytest.fixture
def runs(tmp_path) -> Iterator[DagsterRuns]:
    """A company after its first morning, of which nothing has been done."""
    plant = Plant(tmp_path)
    plant.play(1)
    with dg.DagsterInstance.ephemeral() as instance:
        yield DagsterRuns(plant, instance)
    plant.close()


@pytest.fixture(autouse=True)
def of_settings(request, monkeypatch) -> None:
    """The session of a run finds the settings of its test's plant."""
    monkeypatch.delenv("PORTAL_PIPELINE_TENANTS", raising=False)
    for name in ("shared", "runs"):
        if name in request.fixturenames:
            plant = request.getfixturevalue(name).plant
            monkeypatch.setenv("PORTAL_PIPELINE_SETTINGS", str(plant.settings))


def problems(plant: Plant) -> list[str]:
    """What is lost, twice, early, in doubt, or told wrongly by the ledger."""
    left = [*contradictions(plant.memory), *unfinished(plant.memory, plant.called)]
    return [*plant.verdict(), *left, *plant.without_intent]


def settled(runs: DagsterRuns, cycles: int = 2) -> Plant:
    """The plant after some cycles in which everything works."""
    for _ in range(cycles):
        assert runs.later(minutes=15).status == dg.DagsterRunStatus.SUCCESS
    return runs.plant


# -- a step that cannot do its work ---------------------------------------------------------------


@pytest.mark.parametrize("name", TROUBLES)
def test_a_step_that_fails_says_so_once_with_the_remedy_and_its_retries_stop(shared, name):
    trouble = TROUBLES[name]
    with trouble.caused(shared.plant):
        shown = shared.run()
    assert shown.status == dg.DagsterRunStatus.FAILURE
    assert shown.failures == Counter(ROOTS)
    assert shown.retried == (Counter(dict.fromkeys(ROOTS, RETRIES)) if trouble.is_retried else {})
    assert shown.succeeded == set(), "what waits for a step that failed does not run"
    for failed in shown.failed.values():
        assert failed.system == trouble.system
        assert trouble.says in failed.remedy
        assert "tenant acme" in failed.text
        assert not [secret for secret in SECRETS if secret in failed.text]
    assert len(shown.lines) <= len(STEPS)


def test_a_key_made_up_in_the_ui_fails_and_names_those_that_exist(shared):
    shown = run_job(shared.instance, "made_up")
    assert (shown.failures, shown.retried) == (Counter(ROOTS), {})
    assert {failed.remedy for failed in shown.failed.values()} == {"use one of: acme"}


def test_a_broken_branch_hides_no_other(runs):
    cfdis = answering(Response(503), lambda request: "/cfdis" in request.path)
    with remote(runs.plant, cfdis):
        shown = runs.run()
    assert shown.failures == {"cfdi_download": 1}
    assert shown.retried == {"cfdi_download": RETRIES}
    orders = {"po_creation", "po_updates", "po_closure", "po_cancellation"}
    assert shown.succeeded == {"provider_sync", *orders}
    assert len(runs.plant.portal.purchase_orders(runs.plant.key)) == 3
    assert problems(settled(runs)) == []


def test_what_passes_by_itself_is_tried_again_and_is_no_failure(shared):
    """Away for as long as the reads of one attempt last."""
    answers = iter([Response(503)] * 3)

    def around(request: Request, answer: Handler) -> Response:
        return next(answers, None) or answer(request)

    with remote(shared.plant, around):
        shown = shared.run(ControllerName.PROVIDER_SYNC)
    assert (shown.status, shown.failures) == (dg.DagsterRunStatus.SUCCESS, {})
    assert shown.retried == {"provider_sync": 1}


def test_in_production_there_is_a_pause_before_a_step_is_tried_again():
    policies = {
        node.name: node.definition.retry_policy for node in defs.resolve_job_def(JOB_NAME).nodes
    }
    assert policies.keys() == STEPS
    assert set(policies.values()) == {dg.RetryPolicy(max_retries=RETRIES, delay=RETRY_DELAY_S)}
    assert RETRY_DELAY_S > 0


# -- a part that cannot be done, and answers that are lost ----------------------------------------


@pytest.mark.parametrize("status", [503, 401])
def test_a_web_api_that_is_away_fails_no_step_and_holds_what_needs_it(runs, status):
    plant = runs.plant
    down = answering(Response(status), lambda request: not is_portal(request))
    with remote(plant, down):
        shown = runs.run()
        assert (shown.failures, shown.succeeded) == ({}, STEPS)
        assert [plant.invoice(number) for number in "12"] == ["web_api_unreachable"] * 2
        assert plant.payment("PY3") == "done", "what is in Sage already releases its payment"
    assert problems(settled(runs)) == []


def test_writes_whose_answers_are_lost_are_looked_up_and_done_once(runs):
    with remote(runs.plant, losing_answers):
        shown = runs.run()
    assert (shown.failures, shown.lines) == ({}, [])
    assert unfinished(runs.plant.memory, runs.plant.called) != []
    assert problems(settled(runs)) == []


# -- a process that dies in the middle ------------------------------------------------------------


def reap(instance: dg.DagsterInstance) -> None:
    """One tick of the sensor that fails dead runs."""
    dead_run_reaper.evaluate_tick(dg.build_sensor_context(instance=instance, definitions=defs))


@pytest.mark.parametrize("moment", ["a write has arrived", "the disk is written"])
def test_a_run_killed_in_the_middle_is_failed_once_its_lease_has_ended_and_the_next_goes_on(
    nursery, tmp_path, monkeypatch, moment
):
    """Real time of the dead: a minute of its lease, a minute more, then the next tick."""
    plant = Plant(tmp_path)
    plant.play(1)
    monkeypatch.setenv("PORTAL_PIPELINE_SETTINGS", str(plant.settings))
    monkeypatch.delenv("PORTAL_PIPELINE_TENANTS", raising=False)
    strike = Strike(DISK, 400) if moment == "the disk is written" else None
    plant.around = requests = Requests(kill_at=0 if strike else 25, kind=AFTER)
    running = nursery.start(plant.job("by Dagster", strike, dagster_home=str(tmp_path / "home")))
    requests.pid = running.pid
    assert nursery.wait(running).is_killed
    plant.around = lambda request, answer: answer(request)
    with dagster_instance(tmp_path / "home") as instance:
        runs = DagsterRuns(plant, instance)
        (dead,) = [run.run_id for run in instance.get_runs()]
        reap(instance)
        assert instance.get_run_by_id(dead).status == dg.DagsterRunStatus.STARTED, "may be alive"
        assert runs.run().failed["provider_sync"].text.startswith("[ledger] tenant acme is being")
        pass_time(plant.memory, plant.called, timedelta(minutes=2))
        reap(instance)
        assert instance.get_run_by_id(dead).status == dg.DagsterRunStatus.FAILURE
        said = [one.dagster_event.message for one in instance.all_logs(dead) if one.dagster_event]
        assert [text for text in said if text and GONE in text] == [GONE]
        assert problems(settled(runs)) == []
    plant.close()


# -- a system that is away for a day --------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, object]:
    """What the company holds after its first day when everything works."""
    plant = Plant(tmp_path_factory.mktemp("undisturbed"))
    plant.play(1)
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_PIPELINE_SETTINGS", str(plant.settings))
        held = settled(DagsterRuns(plant, instance)).holdings()
    plant.close()
    return held


AWAY = {
    "portal": of_portal(answering(Response(503))),
    "sage": sage_away,
    "web_api": of_portal(answering(Response(503), lambda request: not is_portal(request))),
}


@pytest.mark.parametrize("system", AWAY)
def test_a_tenant_whose_system_was_away_for_a_day_catches_up_by_itself(runs, undisturbed, system):
    plant = runs.plant
    with AWAY[system](plant):
        for _ in range(3):
            runs.later(hours=8)
    assert problems(settled(runs)) == []
    assert plant.holdings() == undisturbed


# -- a document that is refused -------------------------------------------------------------------


def lines_about(plant: Plant, number: str) -> int:
    """Events of a purchase order's creation."""
    counted = select(func.count()).where(
        event.c.tenant == plant.called, event.c.key == number, event.c.operation == "create"
    )
    with plant.memory.reading() as connection:
        return int(connection.execute(counted).scalar_one())


def test_a_document_that_is_refused_is_tried_at_its_interval_then_waits_and_never_floods(runs):
    plant = runs.plant
    refused = plant.orders[1]
    asked = 0

    def around(request: Request, answer: Handler) -> Response:
        nonlocal asked
        if request.method == "POST" and refused.encode() in request.body:
            asked += 1
            return Response.json({"code": 2999, "description": "unknown unit"}, 400)
        return answer(request)

    def create(**delta: float) -> RunShown:
        shown = runs.later(ControllerName.PO_CREATION, **delta)
        assert (shown.status, shown.lines) == (dg.DagsterRunStatus.SUCCESS, [])
        return shown

    plant.around = around
    sizes = {create(minutes=1).events}
    assert asked == 1
    for attempt in range(2, ATTEMPTS_MAX + 1):
        sizes |= {create(minutes=200).events}
        assert asked == attempt - 1, "not before its interval"
        sizes |= {create(minutes=41).events}
        assert asked == attempt, "at its interval, which does not grow"
    row = plant.row(refused, Operation.CREATE, DocumentKind.PURCHASE_ORDER)
    assert (row.attempts, row.finding.code) == (ATTEMPTS_MAX, "attempts_used_up")
    written = lines_about(plant, refused)
    assert written <= 2 * ATTEMPTS_MAX
    for _ in range(3):
        sizes |= {create(hours=30).events}
    assert (asked, lines_about(plant, refused)) == (ATTEMPTS_MAX, written), "it waits for a change"
    assert len(sizes) == 1, "no run says more than another"
    plant.buyers.amend(refused, unit_costs={1: Decimal(120)})
    create(minutes=1)
    assert asked == ATTEMPTS_MAX + 1, "a change is tried at once"
    plant.around = lambda request, answer: answer(request)
    plant.buyers.amend(refused, unit_costs={1: Decimal(121)})
    create(minutes=1)
    assert len(plant.portal.purchase_orders(plant.key)) == 3
