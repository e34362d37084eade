"""Two real processes on one ledger: one company goes to one of them; two companies go at once."""

from __future__ import annotations

import signal

import pytest

from portal_pipeline_tests.processes.child import POINT, Strike
from portal_pipeline_tests.processes.ledger_rules import contradictions, unfinished
from portal_pipeline_tests.processes.plant import Plant

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(300)]

ORDERS = {"steps": ("po_creation",)}
ORDER_COUNT = 3


def stopping(at: int, name: str) -> Strike:
    """The process stops itself, as a frozen machine would."""
    return Strike(POINT, at, signal=signal.SIGSTOP, name=name)


def problems(plant: Plant) -> list[str]:
    """What is wrong with the plant's orders and its ledger, and with how they came about."""
    kept = [line for line in plant.verdict() if "purchase order" in line]
    found = [*contradictions(plant.memory), *unfinished(plant.memory, plant.called)]
    return [*kept, *found, *plant.without_intent]


def created(plant: Plant) -> list[str]:
    """Orders that the portal was asked to create, in order."""
    return [
        request.path
        for request in plant.portal.requests
        if request.method == "POST" and request.path.endswith("/purchase-orders")
    ]


@pytest.fixture
def orders(plant):
    """A plant whose buyers have raised three orders."""
    plant.play(1)
    return plant


def test_a_second_process_fails_naming_the_owner_or_waits_for_it(orders, nursery):
    first = nursery.start(orders.job("first", stopping(2, "create.after_call"), **ORDERS))
    assert nursery.wait(first).is_stopped
    hasty = nursery.run(orders.job("hasty", wait_s=0, **ORDERS))
    assert "is being worked on by" in hasty.outcome.failures["lease"]
    assert "run first" in hasty.outcome.failures["lease"]
    assert hasty.outcome.acted == 0
    patient = nursery.start(orders.job("patient", wait_s=60, **ORDERS))
    first.send(signal.SIGCONT)
    assert nursery.wait(first).outcome.failures == {}
    assert nursery.wait(patient).outcome.failures == {}
    assert len(created(orders)) == ORDER_COUNT
    assert problems(orders) == []


@pytest.mark.parametrize("moment", ["create.before_intent", "create.after_intent"])
def test_an_owner_that_stood_still_writes_nothing_once_its_tenant_was_taken_over(
    orders, nursery, moment
):
    """Stopped for longer than its lease, it is continued when the new owner has ended."""
    old = nursery.start(orders.job("old", stopping(2, moment), **ORDERS))
    assert nursery.wait(old).is_stopped
    assert len(created(orders)) == 1
    orders.advance_leases(61)
    new = nursery.run(orders.job("new", **ORDERS))
    assert new.outcome.failures == {}
    assert len(created(orders)) == ORDER_COUNT
    old.send(signal.SIGCONT)
    told = nursery.wait(old).outcome.failures["po_creation"]
    assert "no longer owns tenant acme" in told
    assert "nothing was sent" in told
    assert len(created(orders)) == ORDER_COUNT
    assert problems(orders) == []


def test_companies_on_one_ledger_do_not_wait_for_each_other(nursery, tmp_path, ledger_url):
    plants = []
    for called in ("acme", "beta"):
        (tmp_path / called).mkdir()
        plants.append(Plant(tmp_path / called, ledger_url=ledger_url, called=called))
        plants[-1].play(1)
    acme, beta = plants
    try:
        slow = nursery.start(acme.job("slow", stopping(2, "create.after_intent"), **ORDERS))
        assert nursery.wait(slow).is_stopped
        quick = nursery.run(beta.job("quick", wait_s=0, **ORDERS))
        assert (quick.outcome.failures, len(created(beta))) == ({}, ORDER_COUNT)
        slow.send(signal.SIGCONT)
        both = [slow, nursery.start(beta.job("again", wait_s=0))]
        assert [nursery.wait(one).outcome.failures for one in both] == [{}, {}]
        assert [problems(plant) for plant in plants] == [[], []]
    finally:
        for plant in plants:
            plant.close()
