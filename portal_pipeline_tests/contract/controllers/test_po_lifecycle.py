"""The life of an order in the portal: the four steps in one run, each order in one of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.controllers.po_updates import PoUpdates
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Mode
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.portal.records import PoLink
from portal_pipeline.sandbox.sage.company import ReceivedQuantity
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.buyers import PO, Buyers, line

D = Decimal
CREATE, UPDATE, CLOSE, CANCEL, REOPEN = (
    Operation.CREATE,
    Operation.UPDATE,
    Operation.CLOSE,
    Operation.CANCEL,
    Operation.REOPEN,
)
STATUS_PATH = "*/purchase-orders/*/status"


@pytest.fixture
def buyers(bench: Bench) -> Buyers:
    return Buyers(bench)


@pytest.fixture
def sent(buyers: Buyers) -> str:
    """An order of two lines that the portal has."""
    number = buyers.order(line("10", "100"), line("4", "25", item="TUBO"))
    buyers.cycle()
    return number


def quantities(buyers: Buyers, number: str) -> dict[str, Decimal]:
    return {one["external_id"]: one["quantity"] for one in buyers.content(number)["lines"]}


# -- updates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "subtotal"),
    [
        pytest.param({"quantities": {1: D(12)}}, "1300.00", id="more of a line"),
        pytest.param({"unit_costs": {2: D("30.005")}}, "1120.02", id="another price"),
        pytest.param({"add": (line("1", "50", item="NUEVO"),)}, "1150.00", id="a line more"),
        pytest.param({"remove": (2,)}, "1000.00", id="a line less"),
        pytest.param({"description": "Nueva"}, "1100.00", id="only a text"),
    ],
)
def test_an_amended_order_is_updated_once(
    buyers: Buyers, sent: str, change: dict[str, object], subtotal: str
) -> None:
    buyers.amend(sent, **change)
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    content = buyers.content(sent)
    assert content["subtotal"] == D(subtotal)
    assert content["total"] == (D(subtotal) * D("1.16")).quantize(D("0.01"))
    for _ in range(2):
        assert buyers.acts(buyers.cycle()) == []
    assert buyers.changes(sent) == ["CREATE", "MODIFY"]


def test_a_cancelled_quantity_lowers_the_order_and_receipts_never_do(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    buyers.receive(sent, "6")
    assert buyers.acts(buyers.cycle()) == []
    bench.company.cancel_quantity(number=sent, line=1, quantity=D(3))
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert quantities(buyers, sent) == {"1": 7, "2": 4}
    assert buyers.content(sent)["total"] == D("928.00")


def test_an_over_receipt_changes_nothing(buyers: Buyers, sent: str) -> None:
    buyers.receive(sent, "12")
    assert buyers.acts(buyers.cycle()) == []


@pytest.mark.parametrize("how", ["not authorised", "on hold"])
def test_an_amendment_that_may_not_go_waits(
    bench: Bench, buyers: Buyers, sent: str, how: str
) -> None:
    bench.company.amend_purchase_order(number=sent, quantities={1: D(99)})
    if how == "on hold":
        bench.company.set_purchase_order_hold(number=sent, is_on_hold=True)
    else:
        bench.company.revoke_authorisation(number=sent)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE) == ("held", "amended_not_authorised")
    bench.company.set_purchase_order_hold(number=sent, is_on_hold=False)
    bench.company.authorise_purchase_order(number=sent)
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert quantities(buyers, sent)["1"] == 99


def test_an_amendment_taken_back_is_forgotten(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.company.amend_purchase_order(number=sent, quantities={1: D(99)})
    bench.company.revoke_authorisation(number=sent)
    buyers.cycle()
    buyers.amend(sent, quantities={1: D(10)})
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE)[0] == "done"


def test_a_lost_answer_of_an_update_is_settled(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.portal.faults.add(Fault(FaultKind.DROP, "PUT", calls=(1,), after_commit=True))
    buyers.amend(sent, quantities={1: D(20)})
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "unknown")]
    buyers.cycle()
    assert buyers.status(sent, UPDATE) == ("done", "")
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.changes(sent) == ["CREATE", "MODIFY"]


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_update_of_a_text_alone_is_never_lost_with_its_answer(
    bench: Bench, buyers: Buyers, sent: str, *, is_committed: bool
) -> None:
    """The portal's figures do not tell whether it arrived: it is sent again, which does no harm."""
    bench.portal.faults.add(Fault(FaultKind.DROP, "PUT", calls=(1,), after_commit=is_committed))
    buyers.amend(sent, description="Entregar en andén 4")
    buyers.cycle()
    buyers.cycle()
    assert buyers.content(sent)["comments"] == "Entregar en andén 4"
    assert buyers.status(sent, UPDATE) == ("done", "")
    assert buyers.acts(buyers.cycle()) == []


def test_a_refused_update_waits_for_its_interval(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=False)
    buyers.amend(sent, quantities={1: D(20)})
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "refused")]
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=True)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.acts(buyers.cycle(minutes=240)) == [(sent, "update", "succeeded")]


# -- closure -----------------------------------------------------------------------------------


def test_an_order_is_closed_when_all_that_came_is_invoiced(buyers: Buyers, sent: str) -> None:
    first, second = buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2)
    buyers.invoice(first)
    assert buyers.acts(buyers.cycle()) == []
    operation = UPDATE if buyers.status(sent, UPDATE)[0] else CREATE
    assert "receipt_not_invoiced" in buyers.notes(sent, operation)
    assert buyers.there(sent).status == "OPEN"
    buyers.invoice(second)
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]
    assert buyers.there(sent).status == "CLOSED"
    for delta in ({"minutes": 15}, {"days": 1}):
        assert buyers.acts(buyers.cycle(**delta)) == []
    assert buyers.changes(sent) == ["CREATE", "CLOSED"]


def test_an_invoice_captured_months_later_still_closes(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    receipts = [buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2)]
    buyers.cycle()
    bench.advance(days=70)
    buyers.cycle()
    buyers.invoice(*receipts)
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]


def test_returned_goods_are_settled(bench: Bench, buyers: Buyers, sent: str) -> None:
    receipt = buyers.receive(sent, "10")
    buyers.invoice(buyers.receive(sent, "4", on_line=2))
    bench.company.return_goods(receipt=receipt)
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]


def test_a_rest_cancelled_after_a_receipt_is_closed_not_cancelled(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    receipt = buyers.receive(sent, "6")
    bench.company.cancel_outstanding(number=sent)
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert quantities(buyers, sent) == {"1": 6}
    buyers.invoice(receipt)
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]


def test_a_receipt_of_several_orders_counts_by_its_lines(bench: Bench, buyers: Buyers) -> None:
    one, other = buyers.order(line("10")), buyers.order(line("5"), line("2", item="TUBO"))
    buyers.cycle()
    receipt = bench.company.receive(
        quantities=[
            ReceivedQuantity(po_number=one, line=1, quantity=D(10)),
            ReceivedQuantity(po_number=other, line=1, quantity=D(5)),
        ]
    )
    assert buyers.acts(buyers.cycle()) == []
    buyers.invoice(receipt)
    assert buyers.acts(buyers.cycle()) == [(one, "close", "succeeded")]
    assert buyers.there(other).status == "OPEN"


@pytest.mark.parametrize("same_status", ["ok", "errors", "409"])
def test_closed_already_by_whomever_is_done(
    bench: Bench, buyers: Buyers, sent: str, same_status: str
) -> None:
    bench.portal.switches = type(bench.portal.switches)(po_same_status=same_status)  # type: ignore[arg-type]
    buyers.invoice(buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2))
    bench.portal.set_po_status_by_person(bench.key, sent, "CLOSED")
    buyers.cycle()
    assert buyers.status(sent, CLOSE) == ("done", "")
    assert buyers.changes(sent) == ["CREATE", "CLOSED"]


def test_a_lost_answer_of_a_closure_is_adopted(bench: Bench, buyers: Buyers, sent: str) -> None:
    buyers.invoice(buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2))
    bench.portal.faults.add(
        Fault(FaultKind.DROP, "PUT", STATUS_PATH, calls=(1,), after_commit=True)
    )
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "unknown")]
    buyers.cycle()
    assert buyers.status(sent, CLOSE) == ("done", "")
    assert buyers.changes(sent) == ["CREATE", "CLOSED"]


def test_closed_by_us_and_reopened_in_sage_is_reopened_then_updated(
    buyers: Buyers, sent: str
) -> None:
    buyers.invoice(buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2))
    buyers.cycle()
    buyers.amend(sent, add=(line("3", "10", item="MAS"),))
    assert buyers.acts(buyers.cycle()) == [(sent, "reopen", "succeeded")]
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert buyers.changes(sent) == ["CREATE", "CLOSED", "OPEN", "MODIFY"]
    buyers.invoice(buyers.receive(sent, "3", on_line=3))
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]


# -- cancellation ------------------------------------------------------------------------------


def test_a_fully_cancelled_order_is_cancelled(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.company.cancel_outstanding(number=sent)
    assert buyers.acts(buyers.cycle()) == [(sent, "cancel", "succeeded")]
    assert buyers.there(sent).status == "CANCELLED"
    for delta in ({"minutes": 15}, {"days": 1}):
        assert buyers.acts(buyers.cycle(**delta)) == []


@pytest.mark.parametrize("state", ["CANCELLED", "CLOSED"])
def test_cancelled_or_closed_already_is_done(
    bench: Bench, buyers: Buyers, sent: str, state: str
) -> None:
    bench.portal.set_po_status_by_person(bench.key, sent, state)
    bench.company.cancel_outstanding(number=sent)
    buyers.cycle()
    assert buyers.status(sent, CANCEL) == ("done", "")
    assert buyers.changes(sent) == ["CREATE", state]


@pytest.mark.parametrize("refusal", ["errors", "409"])
def test_linked_invoices_hold_the_cancellation_until_they_are_gone(
    bench: Bench, buyers: Buyers, sent: str, refusal: str
) -> None:
    bench.portal.switches = type(bench.portal.switches)(po_status_refusal=refusal)  # type: ignore[arg-type]
    invoice = bench.upload("1", approve=False, po_links=(PoLink(sent),))
    bench.company.cancel_outstanding(number=sent)
    buyers.cycle()
    report = buyers.cycle()["po_cancellation"]
    assert (report.held, report.acted) == (1, 0)
    assert buyers.status(sent, CANCEL)[1] == "invoices_linked"
    assert buyers.there(sent).status == "OPEN"
    bench.portal.delete_cfdi(bench.key, invoice.id)
    assert buyers.acts(buyers.cycle(minutes=240)) == [(sent, "cancel", "succeeded")]


def test_cancelled_by_us_and_alive_again_in_sage_is_held(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    bench.company.cancel_outstanding(number=sent)
    buyers.cycle()
    buyers.amend(sent, quantities={1: D(20)})
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE) == ("held", "po_cancelled_for_good")


# -- people and accidents ------------------------------------------------------------------------


def test_a_change_by_a_person_is_never_fought(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.portal.edit_po_by_person(bench.key, sent, {"total": D("1.00")})
    buyers.amend(sent, quantities={1: D(20)})
    buyers.cycle()
    assert buyers.status(sent, UPDATE) == ("held", "changed_in_portal")
    assert buyers.content(sent)["total"] == D("1.00")
    bench.portal.edit_po_by_person(bench.key, sent, {"total": D("1276.00")})
    buyers.cycle()
    assert quantities(buyers, sent)["1"] == 20


def test_the_daily_sweep_sees_a_change_by_a_person(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.portal.edit_po_by_person(bench.key, sent, {"total": D("1.00")})
    buyers.cycle(days=1)
    assert buyers.status(sent, UPDATE) == ("held", "changed_in_portal")


def test_closed_by_a_person_while_sage_goes_on_is_held(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    bench.portal.set_po_status_by_person(bench.key, sent, "CLOSED")
    buyers.amend(sent, quantities={1: D(20)})
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE) == ("held", "changed_in_portal")
    assert buyers.there(sent).status == "CLOSED"


def test_reopened_by_a_person_after_we_closed_is_not_closed_again(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    buyers.invoice(buyers.receive(sent, "10"), buyers.receive(sent, "4", on_line=2))
    buyers.cycle()
    bench.portal.set_po_status_by_person(bench.key, sent, "OPEN")
    buyers.cycle(days=1)
    buyers.cycle()
    assert buyers.there(sent).status == "OPEN"
    findings = {buyers.status(sent, one)[1] for one in (UPDATE, CLOSE)}
    assert "changed_in_portal" in findings


def test_an_order_deleted_in_sage_is_held(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.company.delete_purchase_order(number=sent)
    buyers.cycle()
    assert buyers.status(sent, UPDATE) == ("held", "missing_in_sage")
    assert buyers.there(sent).status == "OPEN"


def test_an_incomplete_list_of_orders_decides_nothing(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    bench.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, "GET", "*/purchase-orders"))
    ghost = buyers.order()
    before = buyers.writes()
    buyers.cycle()
    assert buyers.writes() == before
    assert buyers.status(ghost, CREATE) == ("held", "listing_incomplete")
    bench.portal.faults.clear()
    assert buyers.acts(buyers.cycle()) == [(ghost, "create", "succeeded")]
    assert buyers.status(sent, CREATE) == ("done", "")


def test_each_order_belongs_to_one_step_a_cycle(bench: Bench, buyers: Buyers, sent: str) -> None:
    amended, closing, cancelled = (buyers.order() for _ in range(3))
    buyers.cycle()
    buyers.amend(amended, quantities={1: D(11)})
    buyers.invoice(buyers.receive(closing, "10"))
    bench.company.cancel_outstanding(number=cancelled)
    fresh = buyers.order()
    done = buyers.acts(buyers.cycle())
    assert sorted(done) == sorted(
        [
            (fresh, "create", "succeeded"),
            (amended, "update", "succeeded"),
            (closing, "close", "succeeded"),
            (cancelled, "cancel", "succeeded"),
        ]
    )
    assert buyers.acts(buyers.cycle()) == []
    assert sent


def test_an_order_acted_on_waits_for_the_next_cycle(bench: Bench, buyers: Buyers) -> None:
    """What changes in Sage between two steps of a run is seen by the next run."""
    number = buyers.order()
    bench.portal.faults.before(
        "POST", "*/purchase-orders", lambda: buyers.amend(number, quantities={1: D(77)})
    )
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]
    assert buyers.acts(buyers.cycle()) == [(number, "update", "succeeded")]


def test_a_quiet_cycle_asks_the_portal_nothing(buyers: Buyers, sent: str) -> None:
    buyers.cycle()
    before = len(buyers.reads())
    buyers.cycle()
    assert len(buyers.reads()) == before


def test_a_dry_run_changes_no_order(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.set(mode=Mode.DRY_RUN)
    buyers.amend(sent, quantities={1: D(20)})
    before = buyers.writes()
    buyers.cycle()
    assert buyers.writes() == before
    assert buyers.status(sent, UPDATE) == ("held", "dry_run")


def test_a_dismissed_update_is_left_alone(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.set(mode=Mode.DRY_RUN)
    buyers.amend(sent, quantities={1: D(20)})
    buyers.cycle()
    buyers.person().dismiss(buyers.ref(sent), UPDATE)
    bench.set(mode=Mode.SANDBOX)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE)[0] == "dismissed"


def test_linked_invoices_are_kept_with_the_order(bench: Bench, buyers: Buyers, sent: str) -> None:
    invoice = bench.upload("1", approve=False, po_links=(PoLink(sent),))
    buyers.cycle(days=1)
    links = [link.target_key for _, link in bench.ledger.links_of(PO, [sent], "has_invoice")]
    assert links == [invoice.id]


def test_the_portal_is_asked_for_many_orders_at_once(bench: Bench, buyers: Buyers) -> None:
    numbers = [buyers.order() for _ in range(12)]
    buyers.cycle()
    for number in numbers:
        buyers.amend(number, quantities={1: D(11)})
    bench.advance(minutes=15)
    before = len(buyers.reads())
    report = bench.run(PoUpdates)
    assert report.succeeded == 12
    assert len(buyers.reads()) - before <= 2
    assert bench.ledger.documents(DocumentKind.PURCHASE_ORDER, numbers)
