"""po_cancellation: an order cancelled to the last unit, of which nothing came, is cancelled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.core.identity import Operation
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind
from portal_pipeline.sandbox.portal.switches import PortalSwitches
from portal_pipeline_tests.contract.controllers.purchasing import order_line

D = Decimal
CANCEL = Operation.CANCEL


@pytest.fixture
def sent(buyer):
    number = buyer.order(order_line(), order_line(item="TUBO-2"))
    buyer.cycle()
    return number


def test_a_fully_cancelled_order_is_cancelled_once(buyer, sent):
    buyer.company.cancel_outstanding(number=sent)
    reports = buyer.cycle()
    assert buyer.state(sent) == "CANCELLED"
    assert reports["po_cancellation"].succeeded == 1
    assert reports["po_updates"].acted == reports["po_closure"].acted == 0
    buyer.cycle()
    assert buyer.writes() == 2


def test_cancelling_waits_for_no_authorisation(buyer, sent):
    buyer.company.cancel_outstanding(number=sent)
    buyer.company.revoke_authorisation(number=sent)
    buyer.cycle()
    assert buyer.state(sent) == "CANCELLED"


def test_an_order_of_which_something_came_is_not_cancelled(buyer, sent):
    buyer.receive(sent, "1")
    buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    assert buyer.state(sent) == "OPEN"
    assert buyer.status(sent, CANCEL) == ("", "")


@pytest.mark.parametrize("state", ["CLOSED", "CANCELLED"])
def test_an_order_that_a_person_ended_already_is_done(bench, buyer, sent, state):
    bench.portal.set_po_status_by_person(bench.key, sent, state)
    buyer.company.cancel_outstanding(number=sent)
    report = buyer.cycle()["po_cancellation"]
    assert (report.done, report.acted) == (1, 0)
    assert buyer.state(sent) == state


@pytest.mark.parametrize("answer", ["errors", "409"])
def test_an_order_with_invoices_is_held_and_tried_again_at_the_interval(bench, buyer, sent, answer):
    bench.portal.switches = PortalSwitches(po_status_refusal=answer)
    cfdi = bench.upload("A1", approve=False, po_links=(buyer.po_link(sent),))
    buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    assert buyer.status(sent, CANCEL) == ("refused", "invoices_linked")
    report = buyer.cycle()["po_cancellation"]
    assert (report.held, report.acted) == (1, 0)
    assert buyer.writes() == 2
    bench.portal.delete_cfdi(bench.key, cfdi.id)
    buyer.cycle(minutes=240)
    assert buyer.state(sent) == "CANCELLED"


def test_a_cancellation_taken_back_before_it_went_ends_its_wait(bench, buyer, sent):
    bench.upload("A1", po_links=(buyer.po_link(sent),))
    buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    buyer.company.amend_purchase_order(number=sent, quantities={1: D(12)})
    buyer.cycle()
    buyer.cycle()
    assert buyer.status(sent, CANCEL) == ("out_of_scope", "po_step_not_needed")
    assert [line["quantity"] for line in buyer.sent(sent)["lines"]] == [2]


def test_an_order_that_we_cancelled_and_sage_opened_again_is_held(buyer, sent):
    buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    buyer.company.amend_purchase_order(number=sent, quantities={1: D(12)})
    buyer.cycle()
    assert buyer.status(sent, Operation.UPDATE) == ("held", "po_cancelled_for_good")


@pytest.mark.parametrize("after_commit", [True, False])
def test_a_cancellation_whose_answer_was_lost_is_settled_by_looking(
    bench, buyer, sent, after_commit
):
    buyer.company.cancel_outstanding(number=sent)
    bench.portal.faults.add(
        Fault(FaultKind.DROP, "PUT", "*/status", after_commit=after_commit, calls=(1,))
    )
    buyer.cycle()
    buyer.cycle()
    assert buyer.state(sent) == "CANCELLED"
    assert buyer.status(sent, CANCEL) == ("done", "")


def test_an_order_cancelled_before_it_was_sent_is_never_sent(buyer):
    number = buyer.order()
    buyer.company.cancel_outstanding(number=number)
    buyer.cycle()
    assert buyer.in_portal(number) is None
    assert buyer.status(number) == ("out_of_scope", "finished_before_sending")
