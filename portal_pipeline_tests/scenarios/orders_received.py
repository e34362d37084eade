"""Goods that come and go back, and the invoices that end an order."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.sandbox.sage.company import ReceivedQuantity
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
PO = DocumentKind.PURCHASE_ORDER
CLOSED = "create done, close done"


def _sent(town: Town) -> str:
    """An order of 10 boxes that the portal has."""
    number = town.buyers.order()
    town.cycle()
    return number


def _waits_for_invoice(town: Town, number: str) -> bool:
    return "receipt_not_invoiced" in town.notes(number, Operation.CREATE, PO)


@scenario
def partly_received(town: Town) -> None:
    """Receipts lower nothing: the portal keeps what was ordered until the order is finished."""
    number = _sent(town)
    town.buyers.receive(number, "6")
    town.cycle()
    assert ends(town, number) == ("open 1160.00: 10 received 6", "OPEN 1160.00: 10", "create done")
    assert town.buyers.changes(number) == ["CREATE"]
    assert not _waits_for_invoice(town, number)


@scenario
def goods_returned(town: Town) -> None:
    """Goods that went back change no quantity, and of what stayed the invoice is awaited."""
    number = _sent(town)
    receipt = town.buyers.receive(number)
    town.company.return_goods(receipt=receipt, quantities={1: D(4)})
    town.cycle()
    sage = "complete 1160.00: 10 received 10"
    assert ends(town, number) == (sage, "OPEN 1160.00: 10", "create done")
    assert _waits_for_invoice(town, number)
    town.buyers.invoice(receipt)
    town.cycle()
    assert ends(town, number) == (sage, "CLOSED 1160.00: 10", CLOSED)


@scenario
def over_received(town: Town) -> None:
    """More than was ordered may come: the order stays as ordered and closes when invoiced."""
    number = _sent(town)
    receipt = town.buyers.receive(number, "13")
    town.cycle()
    sage = "complete 1160.00: 10 received 13"
    assert ends(town, number) == (sage, "OPEN 1160.00: 10", "create done")
    town.buyers.invoice(receipt)
    town.cycle()
    assert ends(town, number) == (sage, "CLOSED 1160.00: 10", CLOSED)


@scenario
def completed_and_invoiced_late(town: Town) -> None:
    """A complete order waits for its invoice without ageing, and closes months later as well."""
    number = _sent(town)
    receipts = [town.buyers.receive(number, "6"), town.buyers.receive(number, "4")]
    town.buyers.invoice(receipts[0])
    town.cycle()
    sage = "complete 1160.00: 10 received 10"
    assert ends(town, number) == (sage, "OPEN 1160.00: 10", "create done")
    assert _waits_for_invoice(town, number)
    town.advance(days=70)
    town.buyers.invoice(receipts[1])
    town.cycle()
    assert ends(town, number) == (sage, "CLOSED 1160.00: 10", CLOSED)
    assert town.buyers.changes(number) == ["CREATE", "CLOSED"]


@scenario
def returned_in_full(town: Town) -> None:
    """An order of which all went back has nothing to be invoiced, so it closes."""
    number = _sent(town)
    town.company.return_goods(receipt=town.buyers.receive(number))
    town.cycle()
    assert ends(town, number) == (
        "complete 1160.00: 10 received 10",
        "CLOSED 1160.00: 10",
        CLOSED,
    )


@scenario
def one_receipt_for_several_orders(town: Town) -> None:
    """A receipt of several orders counts for each by its own lines."""
    whole, part = town.buyers.order(), town.buyers.order(line("8", "50"))
    town.cycle()
    arrived = [ReceivedQuantity(po_number=n, line=1, quantity=D(5)) for n in (whole, part)]
    receipts = [town.company.receive(quantities=arrived), town.buyers.receive(whole, "5")]
    town.buyers.invoice(*receipts)
    town.cycle()
    assert ends(town, whole) == (
        "complete 1160.00: 10 received 10",
        "CLOSED 1160.00: 10",
        CLOSED,
    )
    assert ends(town, part) == ("open 464.00: 8 received 5", "OPEN 464.00: 8", "create done")


@scenario
def received_before_it_was_sent(town: Town) -> None:
    """An order that was received first is sent whole, because the supplier must still invoice."""
    number = town.buyers.order()
    receipt = town.buyers.receive(number)
    town.cycle()
    sage = "complete 1160.00: 10 received 10"
    assert ends(town, number) == (sage, "OPEN 1160.00: 10", "create done")
    town.buyers.invoice(receipt)
    town.cycle()
    assert ends(town, number) == (sage, "CLOSED 1160.00: 10", CLOSED)


@scenario
def finished_before_it_was_sent(town: Town) -> None:
    """An order that was received and invoiced, or sent back, before it could go is never sent."""
    invoiced, returned = town.buyers.order(), town.buyers.order()
    town.buyers.invoice(town.buyers.receive(invoiced))
    town.company.return_goods(receipt=town.buyers.receive(returned))
    town.cycle()
    for number in (invoiced, returned):
        assert ends(town, number) == (
            "complete 1160.00: 10 received 10",
            "",
            "create out_of_scope finished_before_sending",
        )
