"""Between two sweeps no downloaded document is overlooked, whatever steps and clocks have done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.tenant import Guard
from portal_pipeline_tests.contract.controllers.bench import HandClock
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom
from portal_pipeline_tests.contract.controllers.test_payment_check import COMPLEMENT, WRITE, Desk
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

IMPORT = Operation.IMPORT
HOUR = timedelta(hours=1)


@pytest.fixture
def swept(room: Mailroom) -> Mailroom:
    """The day's sweep has been made; what comes now is found without it.

    Leases go by a clock of their own: only the business clock is set back here.
    """
    room.ledger_store.lease_clock = room.ledger_store.leases._clock = HandClock()
    room.upload("0")
    room.run(CfdiDownload)
    assert room.run(CfdiImport).succeeded == 1
    return room


def is_decided(room: Mailroom, name: str) -> bool:
    return bool(room.finding(uuid_of(name), IMPORT))


def crash_at(room: Mailroom, wanted: str, *, times: int = 1) -> None:
    """Die at the n-th passing of a crash point."""
    left = times

    def point(name: str) -> None:
        nonlocal left
        left -= name == wanted
        if name == wanted and left == 0:
            raise Crash(name)

    room.point = point


def died(room: Mailroom, step) -> None:
    with pytest.raises(Crash):
        room.run(step)
    room.point = lambda _: None


def test_an_import_step_that_fails_half_way_leaves_the_rest_to_the_next_cycle(swept):
    for name in "123":
        swept.upload(name)
    swept.run(CfdiDownload)
    crash_at(swept, "import.before_intent", times=2)
    died(swept, CfdiImport)
    assert [is_decided(swept, name) for name in "123"].count(True) == 1
    swept.run(CfdiImport)
    assert all(is_decided(swept, name) for name in "123")


def test_a_sweep_that_fails_half_way_is_made_again_whatever_its_age(swept):
    """What was downloaded long before has no decision yet: the watermark must not pass it."""
    for name in "12":
        swept.upload(name)
    swept.run(CfdiDownload)
    swept.advance(days=3)
    crash_at(swept, "import.before_intent", times=2)
    died(swept, CfdiImport)
    swept.run(CfdiImport)
    assert all(is_decided(swept, name) for name in "12")


def test_a_download_step_that_fails_half_way_leaves_nothing_behind(swept):
    for name in "123":
        swept.upload(name)
    crash_at(swept, "download.after_outcome", times=2)
    died(swept, CfdiDownload)
    swept.run(CfdiImport)
    assert [is_decided(swept, name) for name in "123"].count(True) == 2
    swept.advance(minutes=15)
    swept.run(CfdiDownload)
    swept.run(CfdiImport)
    assert all(is_decided(swept, name) for name in "123")


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(3 * HOUR, id="within the day"),
        pytest.param(23 * HOUR, id="to the day before"),
    ],
)
def test_a_clock_that_is_set_back_hides_nothing(swept, back):
    """What is downloaded then is older than the sweep that did not see it."""
    swept.clock.now -= back
    swept.upload("1")
    swept.run(CfdiDownload)
    swept.run(CfdiImport)
    assert is_decided(swept, "1")


def test_a_clock_that_jumped_ahead_and_came_back_hides_nothing(swept):
    swept.advance(days=400)
    swept.run(CfdiDownload)
    swept.run(CfdiImport)
    swept.clock.now -= timedelta(days=400)
    swept.upload("1")
    swept.run(CfdiDownload)
    swept.run(CfdiImport)
    assert is_decided(swept, "1")


def test_days_without_an_import_step_hide_nothing(swept):
    swept.upload("1")
    swept.run(CfdiDownload)
    swept.advance(days=5)
    swept.upload("2")
    swept.run(CfdiDownload)
    swept.run(CfdiImport)
    assert is_decided(swept, "1")
    assert is_decided(swept, "2")


def test_what_was_left_for_lack_of_time_in_a_sweep_goes_in_the_next_cycle(swept):
    for name in "12":
        swept.upload(name)
    swept.run(CfdiDownload)
    swept.advance(days=3)
    swept.set(step_budget_s=-1)
    swept.run(CfdiImport)
    assert {swept.finding(uuid_of(name), IMPORT) for name in "12"} == {"next_cycle"}
    swept.set(step_budget_s=600)
    assert swept.run(CfdiImport).succeeded == 2


def test_what_the_guard_held_in_a_sweep_goes_once_the_guard_is_wider(swept):
    for name in "12":
        swept.upload(name)
    swept.run(CfdiDownload)
    swept.advance(days=3)
    swept.set(guard=Guard(is_on=True, max_acts_per_cycle=1))
    swept.run(CfdiImport)
    assert {swept.finding(uuid_of(name), IMPORT) for name in "12"} == {"plan_above_guard"}
    swept.set(guard=Guard(is_on=False))
    assert swept.run(CfdiImport).succeeded == 2


@pytest.mark.parametrize("back", [3 * HOUR, 23 * HOUR])
def test_a_clock_that_is_set_back_hides_no_complement(bench, back):
    bench.ledger_store.lease_clock = bench.ledger_store.leases._clock = HandClock()
    desk = Desk(bench)
    desk.check()
    bench.clock.now -= back
    uuid = desk.complement("C1", desk.paid("PY1", "F1"), approve=False)
    desk.check()
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("held", "complement_not_approved")
