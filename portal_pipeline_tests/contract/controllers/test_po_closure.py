"""po_closure: an order closes when every receipt line of it is invoiced or went back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.core.identity import Operation
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind
from portal_pipeline.sandbox.portal.switches import PortalSwitches
from portal_pipeline.sandbox.sage.company import ReceivedQuantity
from portal_pipeline_tests.contract.controllers.purchasing import order_line

D = Decimal
CLOSE = Operation.CLOSE


@pytest.fixture
def sent(buyer):
    number = buyer.order()
    buyer.cycle()
    return number


def _invoice(buyer, receipt, number="F1"):
    buyer.company.capture_po_invoice(receipts=[receipt], number=number, uuid=None)


def test_a_complete_order_waits_for_its_invoice_and_then_closes_once(buyer, sent):
    receipt = buyer.receive(sent)
    report = buyer.cycle()["po_closure"]
    assert (report.done, buyer.state(sent)) == (1, "OPEN")
    assert buyer.notes(sent) == ["receipt_not_invoiced"]
    _invoice(buyer, receipt)
    assert buyer.cycle()["po_closure"].succeeded == 1
    assert buyer.state(sent) == "CLOSED"
    assert buyer.cycle()["po_closure"].acted == 0
    assert buyer.writes() == 2


def test_what_a_complete_order_waited_for_is_not_told_any_more_once_it_is_closed(buyer, sent):
    receipt = buyer.receive(sent)
    buyer.cycle()
    assert buyer.notes(sent) == ["receipt_not_invoiced"]
    _invoice(buyer, receipt)
    buyer.cycle()
    assert (buyer.state(sent), buyer.notes(sent)) == ("CLOSED", [])


@pytest.mark.parametrize(
    ("received", "returned", "rest_cancelled", "state"),
    [
        pytest.param("10", "0", False, "OPEN", id="complete, not invoiced"),
        pytest.param("10", "10", False, "CLOSED", id="all went back"),
        pytest.param("10", "4", False, "OPEN", id="part went back"),
        pytest.param("13", "0", False, "OPEN", id="over-received"),
        pytest.param("6", "6", True, "CLOSED", id="rest cancelled, all back"),
        pytest.param("6", "0", False, "OPEN", id="partly received"),
    ],
)
def test_what_came_and_was_not_invoiced_keeps_an_order_open(
    buyer, sent, received, returned, rest_cancelled, state
):
    receipt = buyer.receive(sent, received)
    if D(returned):
        buyer.company.return_goods(receipt=receipt, quantities={1: D(returned)})
    if rest_cancelled:
        buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    buyer.cycle()
    assert buyer.state(sent) == state


def test_every_receipt_must_be_invoiced(buyer, sent):
    first, second = buyer.receive(sent, "6"), buyer.receive(sent, "4")
    _invoice(buyer, first)
    buyer.cycle()
    assert buyer.state(sent) == "OPEN"
    _invoice(buyer, second, "F2")
    buyer.cycle()
    assert buyer.state(sent) == "CLOSED"


def test_a_receipt_of_several_orders_counts_for_each_by_its_lines(buyer):
    one, other = buyer.order(), buyer.order(order_line(item="TUBO-2"))
    buyer.cycle()
    receipt = buyer.company.receive(
        quantities=[
            ReceivedQuantity(po_number=number, line=1, quantity=D(10)) for number in (one, other)
        ]
    )
    buyer.cycle()
    assert (buyer.state(one), buyer.state(other)) == ("OPEN", "OPEN")
    _invoice(buyer, receipt)
    buyer.cycle()
    assert (buyer.state(one), buyer.state(other)) == ("CLOSED", "CLOSED")


def test_an_order_that_a_person_closed_already_is_done(bench, buyer, sent):
    bench.portal.set_po_status_by_person(bench.key, sent, "CLOSED")
    _invoice(buyer, buyer.receive(sent))
    report = buyer.cycle()["po_closure"]
    assert (report.done, report.acted) == (1, 0)
    assert buyer.status(sent, CLOSE) == ("done", "")


def test_an_order_that_a_person_cancelled_but_sage_received_is_held(bench, buyer, sent):
    bench.portal.set_po_status_by_person(bench.key, sent, "CANCELLED")
    _invoice(buyer, buyer.receive(sent))
    buyer.cycle()
    assert buyer.status(sent, CLOSE) == ("held", "changed_in_portal")


def test_an_order_that_a_person_reopened_in_the_portal_is_not_closed_again(bench, buyer, sent):
    _invoice(buyer, buyer.receive(sent))
    buyer.cycle()
    bench.portal.set_po_status_by_person(bench.key, sent, "OPEN")
    for _ in range(2):
        buyer.cycle(days=1)
    assert buyer.state(sent) == "OPEN"
    assert buyer.status(sent, CLOSE) == ("held", "changed_in_portal")


@pytest.mark.parametrize("answer", ["errors", "409"])
def test_a_refusal_of_what_is_so_already_counts_after_reading_back(bench, buyer, sent, answer):
    _invoice(buyer, buyer.receive(sent))
    bench.portal.switches = PortalSwitches(po_same_status=answer)
    bench.portal.faults.before(
        "PUT",
        "*/status",
        lambda: bench.portal.set_po_status_by_person(bench.key, sent, "CLOSED"),
    )
    buyer.cycle()
    assert buyer.status(sent, CLOSE) == ("done", "")


@pytest.mark.parametrize("after_commit", [True, False])
def test_a_closure_whose_answer_was_lost_is_settled_by_looking(bench, buyer, sent, after_commit):
    _invoice(buyer, buyer.receive(sent))
    bench.portal.faults.add(
        Fault(FaultKind.DROP, "PUT", "*/status", after_commit=after_commit, calls=(1,))
    )
    buyer.cycle()
    buyer.cycle()
    assert buyer.state(sent) == "CLOSED"
    assert buyer.status(sent, CLOSE) == ("done", "")
    assert buyer.writes() == (2 if after_commit else 3)


def test_a_closure_that_waited_ends_when_sage_goes_on_with_the_order(bench, buyer, sent):
    _invoice(buyer, buyer.receive(sent))
    bench.portal.faults.add(Fault(FaultKind.STATUS, "PUT", "*/status", status=400))
    buyer.cycle()
    assert buyer.status(sent, CLOSE)[0] == "refused"
    bench.portal.faults.clear()
    buyer.company.amend_purchase_order(number=sent, quantities={1: D(15)})
    buyer.cycle()
    buyer.cycle()
    assert buyer.status(sent, CLOSE) == ("out_of_scope", "po_step_not_needed")
    assert buyer.sent(sent)["lines"][0]["quantity"] == 15
