"""The four steps of purchase orders together: each order in one, nothing asked in vain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.controllers.po_updates import PoUpdates
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Mode
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.buyers import Buyers, line

D = Decimal
CREATE, UPDATE = Operation.CREATE, Operation.UPDATE


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
    return {one["external_id"]: one["quantity"] for one in buyers.sent(number)["lines"]}


def test_a_cancelled_quantity_lowers_the_order_and_receipts_never_do(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    buyers.receive(sent, "6")
    assert buyers.acts(buyers.cycle()) == []
    bench.company.cancel_quantity(number=sent, line=1, quantity=D(3))
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert quantities(buyers, sent) == {"1": 7, "2": 4}
    assert buyers.sent(sent)["total"] == D("928.00")


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_update_of_a_text_alone_is_never_lost_with_its_answer(
    bench: Bench, buyers: Buyers, sent: str, *, is_committed: bool
) -> None:
    """The portal's figures do not tell whether it arrived: it is sent again, which does no harm."""
    bench.portal.faults.add(Fault(FaultKind.DROP, "PUT", calls=(1,), after_commit=is_committed))
    buyers.amend(sent, description="Entregar en andén 4")
    buyers.cycle()
    buyers.cycle()
    assert buyers.sent(sent)["comments"] == "Entregar en andén 4"
    assert buyers.status(sent, UPDATE) == ("done", "")
    assert buyers.acts(buyers.cycle()) == []


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_update_that_the_portal_does_not_show_is_never_lost_with_its_answer(
    bench: Bench, buyers: Buyers, sent: str, *, is_committed: bool
) -> None:
    """Metadata is not read back by us: whether it arrived cannot be seen, so it is sent again."""
    bench.portal.faults.add(Fault(FaultKind.DROP, "PUT", calls=(1,), after_commit=is_committed))
    bench.company.set_purchase_order_field(number=sent, name="AFE", value="AFE-9")
    buyers.cycle()
    buyers.cycle()
    assert {"key": "AFE", "value": "AFE-9"} in buyers.sent(sent)["metadata"]
    assert buyers.status(sent, UPDATE) == ("done", "")
    assert buyers.acts(buyers.cycle()) == []


def test_a_refused_update_waits_for_its_interval(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=False)
    buyers.amend(sent, quantities={1: D(20)})
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "refused")]
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=True)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.acts(buyers.cycle(minutes=240)) == [(sent, "update", "succeeded")]


def test_an_invoice_captured_months_later_still_closes(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    receipts = [buyers.receive(sent, "10"), buyers.receive(sent, "4", line=2)]
    buyers.cycle()
    bench.advance(days=70)
    buyers.cycle()
    buyers.invoice(*receipts)
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


def test_closed_by_us_and_reopened_in_sage_is_reopened_then_updated(
    buyers: Buyers, sent: str
) -> None:
    buyers.invoice(buyers.receive(sent, "10"), buyers.receive(sent, "4", line=2))
    buyers.cycle()
    buyers.amend(sent, add=(line("3", "10", item="MAS"),))
    assert buyers.acts(buyers.cycle()) == [(sent, "reopen", "succeeded")]
    assert buyers.acts(buyers.cycle()) == [(sent, "update", "succeeded")]
    assert buyers.changes(sent) == ["CREATE", "CLOSED", "OPEN", "MODIFY"]
    buyers.invoice(buyers.receive(sent, "3", line=3))
    assert buyers.acts(buyers.cycle()) == [(sent, "close", "succeeded")]


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


def test_a_quiet_cycle_asks_the_portal_nothing(buyers: Buyers, sent: str) -> None:
    buyers.cycle()
    before = len(buyers.reads())
    buyers.cycle()
    assert len(buyers.reads()) == before


def test_a_dismissed_update_is_left_alone(bench: Bench, buyers: Buyers, sent: str) -> None:
    bench.set(mode=Mode.DRY_RUN)
    buyers.amend(sent, quantities={1: D(20)})
    buyers.cycle()
    buyers.person().dismiss(buyers.ref(sent), UPDATE)
    bench.set(mode=Mode.SANDBOX)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.status(sent, UPDATE)[0] == "dismissed"


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
