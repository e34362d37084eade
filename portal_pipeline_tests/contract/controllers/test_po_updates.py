"""po_updates: what Sage changes after sending reaches the portal; no person's change is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Mode
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import ReceivedQuantity
from portal_pipeline_tests.contract.controllers.purchasing import order_line

D = Decimal
UPDATE = Operation.UPDATE


@pytest.fixture
def sent(buyer):
    """An order of two lines that the portal has."""
    number = buyer.order(order_line(), order_line(item="TUBO-2", quantity=D(4), unit_cost=D(50)))
    buyer.cycle()
    return number


def _quantity(buyer, number):
    buyer.company.amend_purchase_order(number=number, quantities={1: D(20)})


def _price(buyer, number):
    buyer.company.amend_purchase_order(number=number, unit_costs={1: D("100.5")})


def _added(buyer, number):
    buyer.company.amend_purchase_order(number=number, add=[order_line(item="TUBO-3")])


def _removed(buyer, number):
    buyer.company.amend_purchase_order(number=number, remove=[2])


def _partly_cancelled(buyer, number):
    buyer.company.cancel_quantity(number=number, line=1, quantity=D(4))


def _line_cancelled(buyer, number):
    buyer.company.cancel_quantity(number=number, line=1, quantity=D(10))


def _cancelled_after_receipt(buyer, number):
    buyer.receive(number, "6")
    buyer.company.cancel_outstanding(number=number)


@pytest.mark.parametrize(
    ("change", "quantities", "total"),
    [
        pytest.param(_quantity, {"1": 20, "2": 4}, "2552.00", id="quantity"),
        pytest.param(_price, {"1": 10, "2": 4}, "1397.80", id="price"),
        pytest.param(_added, {"1": 10, "2": 4, "3": 10}, "2552.00", id="line added"),
        pytest.param(_removed, {"1": 10}, "1160.00", id="line removed"),
        pytest.param(_partly_cancelled, {"1": 6, "2": 4}, "928.00", id="partly cancelled"),
        pytest.param(_line_cancelled, {"2": 4}, "232.00", id="line cancelled"),
        pytest.param(_cancelled_after_receipt, {"1": 6}, "696.00", id="rest cancelled"),
    ],
)
def test_an_amendment_is_sent_whole_and_once(buyer, sent, change, quantities, total):
    change(buyer, sent)
    buyer.cycle()
    buyer.cycle()
    content = buyer.sent(sent)
    assert {line["external_id"]: line["quantity"] for line in content["lines"]} == quantities
    assert content["total"] == D(total)
    assert content["subtotal"] == sum(line["subtotal"] for line in content["lines"])
    assert buyer.writes() == 2


@pytest.mark.parametrize("quantity", [pytest.param("4", id="part"), pytest.param("13", id="over")])
def test_a_receipt_changes_nothing_in_the_portal(buyer, sent, quantity):
    buyer.receive(sent, quantity)
    report = buyer.cycle()["po_updates"]
    assert buyer.sent(sent)["lines"][0]["quantity"] == 10
    assert (report.acted, report.done) == (0, 1)


def test_goods_that_went_back_change_nothing_in_the_portal(buyer, sent):
    buyer.company.return_goods(receipt=buyer.receive(sent, "4"))
    assert buyer.cycle()["po_updates"].acted == 0


@pytest.mark.parametrize("change", ["revoked", "on hold"])
def test_an_amendment_waits_while_it_is_not_authorised(buyer, sent, change):
    _quantity(buyer, sent)
    if change == "revoked":
        buyer.company.revoke_authorisation(number=sent)
    else:
        buyer.company.set_purchase_order_hold(number=sent, is_on_hold=True)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("held", "amended_not_authorised")
    assert buyer.sent(sent)["lines"][0]["quantity"] == 10
    buyer.company.authorise_purchase_order(number=sent)
    buyer.company.set_purchase_order_hold(number=sent, is_on_hold=False)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")
    assert buyer.sent(sent)["lines"][0]["quantity"] == 20


def test_an_order_put_on_hold_without_an_amendment_is_left_as_it_is(buyer, sent):
    buyer.company.set_purchase_order_hold(number=sent, is_on_hold=True)
    report = buyer.cycle()["po_updates"]
    assert (report.done, report.held) == (1, 0)


def test_an_amendment_taken_back_before_it_went_ends_its_wait(buyer, sent):
    _quantity(buyer, sent)
    buyer.company.revoke_authorisation(number=sent)
    buyer.cycle()
    buyer.company.amend_purchase_order(number=sent, quantities={1: D(10)})
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")
    assert buyer.writes() == 1


def test_what_an_earlier_content_left_out_is_not_told_once_another_one_is_sent(buyer):
    number = buyer.order()
    buyer.company.set_purchase_order_field(number=number, name="USOCFDI", value="S01")
    buyer.cycle()
    assert buyer.notes(number) == ["po_value_left_out"]
    buyer.company.set_purchase_order_field(number=number, name="USOCFDI", value="G03")
    buyer.company.amend_purchase_order(number=number, quantities={1: D(20)})
    buyer.cycle()
    assert (buyer.notes(number), buyer.notes(number, UPDATE)) == ([], [])


def test_an_update_whose_answer_was_lost_is_settled_by_looking(bench, buyer, sent):
    _quantity(buyer, sent)
    lost = Fault(FaultKind.DROP, "PUT", "*/purchase-orders/*", after_commit=True, calls=(1,))
    bench.portal.faults.add(lost)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("in_flight", "outcome_unknown")
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")
    assert buyer.writes() == 2


def test_an_update_in_doubt_is_settled_before_the_order_is_cancelled(bench, buyer, sent):
    _quantity(buyer, sent)
    lost = Fault(FaultKind.DROP, "PUT", "*/purchase-orders/*", after_commit=True, calls=(1,))
    bench.portal.faults.add(lost)
    buyer.cycle()
    buyer.company.cancel_outstanding(number=sent)
    buyer.cycle()
    assert (buyer.state(sent), buyer.status(sent, UPDATE)) == ("OPEN", ("done", ""))
    buyer.cycle()
    assert buyer.state(sent) == "CANCELLED"


def test_an_update_in_doubt_that_sage_took_back_is_undone(bench, buyer, sent):
    _quantity(buyer, sent)
    lost = Fault(FaultKind.DROP, "PUT", "*/purchase-orders/*", after_commit=True, calls=(1,))
    bench.portal.faults.add(lost)
    buyer.cycle()
    buyer.company.amend_purchase_order(number=sent, quantities={1: D(10)})
    buyer.cycle()
    buyer.cycle()
    assert buyer.sent(sent)["lines"][0]["quantity"] == 10
    assert buyer.status(sent, UPDATE) == ("done", "")


# -- people in the portal --------------------------------------------------------------------


def _edit(bench, number, **changes):
    bench.portal.edit_po_by_person(bench.key, number, changes)


def test_content_that_a_person_changed_in_the_portal_is_never_fought(bench, buyer, sent):
    _edit(bench, sent, total=D(999))
    buyer.cycle(days=1)
    assert buyer.status(sent, UPDATE) == ("held", "changed_in_portal")
    _quantity(buyer, sent)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("held", "changed_in_portal")
    assert buyer.writes() == 1


def test_an_amendment_finds_what_a_person_changed_at_once(bench, buyer, sent):
    _edit(bench, sent, total=D(999))
    _quantity(buyer, sent)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("held", "changed_in_portal")


def test_the_hold_ends_when_the_person_puts_it_back(bench, buyer, sent):
    _edit(bench, sent, total=D(999))
    buyer.cycle(days=1)
    _edit(bench, sent, total=D(1392))
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")
    assert buyer.writes() == 1


def test_a_person_who_did_the_same_in_both_systems_is_agreed_with(bench, buyer, sent):
    _quantity(buyer, sent)
    lines = buyer.sent(sent)["lines"]
    lines[0] |= {"quantity": D(20), "subtotal": D(2000), "total": D(2000)}
    _edit(bench, sent, lines=lines, total=D(2552))
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")
    assert buyer.writes() == 1


@pytest.mark.parametrize("state", ["CLOSED", "CANCELLED"])
def test_an_order_that_a_person_ended_in_the_portal_is_held(bench, buyer, sent, state):
    bench.portal.set_po_status_by_person(bench.key, sent, state)
    buyer.cycle(days=1)
    row = buyer.row(sent, UPDATE)
    assert (row.finding.code, row.finding.params["state"]) == ("changed_in_portal", state)
    assert buyer.state(sent) == state


# -- one side lacks it -----------------------------------------------------------------------


def test_an_order_deleted_in_sage_is_held_until_somebody_ends_it(bench, buyer, sent):
    buyer.company.delete_purchase_order(number=sent)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("held", "missing_in_sage")
    bench.portal.set_po_status_by_person(bench.key, sent, "CANCELLED")
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("done", "")


# -- reopened --------------------------------------------------------------------------------


def _closed(buyer):
    number = buyer.order()
    buyer.cycle()
    receipt = buyer.receive(number)
    buyer.company.capture_po_invoice(receipts=[receipt], number="F1", uuid=None)
    buyer.cycle()
    assert buyer.state(number) == "CLOSED"
    return number


def test_an_order_that_we_closed_is_reopened_and_updated_when_sage_goes_on(buyer):
    number = _closed(buyer)
    buyer.company.amend_purchase_order(number=number, quantities={1: D(15)})
    buyer.cycle()
    assert (buyer.state(number), buyer.sent(number)["lines"][0]["quantity"]) == ("OPEN", 10)
    buyer.cycle()
    assert (buyer.state(number), buyer.sent(number)["lines"][0]["quantity"]) == ("OPEN", 15)
    assert buyer.status(number, Operation.REOPEN) == ("done", "")
    arrived = ReceivedQuantity(po_number=number, line=1, quantity=D(5))
    receipt = buyer.company.receive(quantities=(arrived,))
    buyer.company.capture_po_invoice(receipts=[receipt], number="F2", uuid=None)
    buyer.cycle()
    assert buyer.state(number) == "CLOSED"


def test_a_closed_order_that_is_not_authorised_any_more_is_not_reopened(buyer):
    number = _closed(buyer)
    buyer.company.amend_purchase_order(number=number, quantities={1: D(15)})
    buyer.company.revoke_authorisation(number=number)
    buyer.cycle()
    assert buyer.status(number, UPDATE) == ("held", "amended_not_authorised")
    assert buyer.state(number) == "CLOSED"


def test_an_order_acted_on_in_a_run_is_no_candidate_of_its_later_steps(buyer, sent):
    _quantity(buyer, sent)
    reports = buyer.cycle()
    assert reports["po_updates"].acted == 1
    assert reports["po_closure"].seen == reports["po_cancellation"].seen == 0


def test_a_dry_run_updates_nothing(bench, buyer, sent):
    bench.set(mode=Mode.DRY_RUN)
    _quantity(buyer, sent)
    buyer.cycle()
    assert buyer.status(sent, UPDATE) == ("held", "dry_run")
    assert buyer.writes() == 1


def test_invoices_that_the_portal_links_to_an_order_are_kept(bench, buyer, sent):
    cfdi = bench.upload("A1", po_links=(buyer.po_link(sent),))
    buyer.cycle(days=1)
    links = bench.ledger.links_of(DocumentKind.PURCHASE_ORDER, [sent], "has_invoice")
    assert [link.target_key for _, link in links] == [cfdi.id.lower()]
