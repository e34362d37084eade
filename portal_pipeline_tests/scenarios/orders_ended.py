"""Orders that are cancelled, closed and reopened, in Sage or by a person in the portal."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import Operation
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
CLOSE = Operation.CLOSE


def _sent(town: Town) -> str:
    """An order of 10 and 4 that the portal has."""
    number = town.buyers.order(line("10", "100"), line("4", "25"))
    town.cycle()
    return number


@scenario
def cancelled_before_sending(town: Town) -> None:
    """What is cancelled before an order goes is never sent: neither the rest nor the whole."""
    part = town.buyers.order(line("10", "100"), line("4", "25"))
    town.company.cancel_quantity(number=part, line=1, quantity=D(3))
    town.company.cancel_quantity(number=part, line=2, quantity=D(4))
    whole = town.buyers.order()
    town.company.cancel_outstanding(number=whole)
    town.cycle()
    assert ends(town, part) == (
        "open 1276.00: 10 less 3, 4 less 4",
        "OPEN 812.00: 7",
        "create done",
    )
    assert ends(town, whole) == (
        "complete 1160.00: 10 less 10",
        "",
        "create out_of_scope finished_before_sending",
    )


@scenario
def partly_cancelled_after_sending(town: Town) -> None:
    """A cancelled part lowers the order in the portal, and a cancelled line leaves it."""
    number = _sent(town)
    town.company.cancel_quantity(number=number, line=1, quantity=D(3))
    town.company.cancel_quantity(number=number, line=2, quantity=D(4))
    town.cycle()
    assert ends(town, number) == (
        "open 1276.00: 10 less 3, 4 less 4",
        "OPEN 812.00: 7",
        "create done, update done",
    )


@scenario
def fully_cancelled_after_sending(town: Town) -> None:
    """An order cancelled to the last unit is cancelled in the portal, authorised or not."""
    number = _sent(town)
    town.company.cancel_outstanding(number=number)
    town.company.revoke_authorisation(number=number)
    town.cycle()
    assert ends(town, number) == (
        "complete 1276.00: 10 less 10, 4 less 4",
        "CANCELLED 1276.00: 10, 4",
        "create done, cancel done",
    )
    assert town.buyers.changes(number) == ["CREATE", "CANCELLED"]


@scenario
def rest_cancelled_after_a_receipt(town: Town) -> None:
    """An order of which something came is never cancelled: it shrinks to that and then closes."""
    number = _sent(town)
    receipt = town.buyers.receive(number, "6")
    town.company.cancel_outstanding(number=number)
    town.cycle()
    sage = "complete 1276.00: 10 less 4 received 6, 4 less 4"
    assert ends(town, number) == (sage, "OPEN 696.00: 6", "create done, update done")
    town.buyers.invoice(receipt)
    town.cycle()
    closed = "create done, update done, close done"
    assert ends(town, number) == (sage, "CLOSED 696.00: 6", closed)


@scenario
def cancelled_while_invoices_are_linked(town: Town) -> None:
    """A cancellation waits while invoices are linked in the portal, and then goes by itself."""
    number = _sent(town)
    cfdi = town.upload("A1", approve=False, po_links=(town.buyers.po_link(number),))
    town.company.cancel_outstanding(number=number)
    town.cycle()
    sage = "complete 1276.00: 10 less 10, 4 less 4"
    waits = "create done, cancel refused invoices_linked"
    assert ends(town, number) == (sage, "OPEN 1276.00: 10, 4", waits)
    town.portal.delete_cfdi(town.key, cfdi.id)
    town.cycle(minutes=240)
    assert ends(town, number) == (sage, "CANCELLED 1276.00: 10, 4", "create done, cancel done")


@scenario
def closed_and_reopened_in_sage(town: Town) -> None:
    """An order that we closed and that Sage opens again is reopened, then updated, then closed."""
    number = town.buyers.order()
    town.cycle()
    town.buyers.invoice(town.buyers.receive(number))
    town.cycle()
    assert town.buyers.state(number) == "CLOSED"
    town.buyers.amend(number, quantities={1: D(15)})
    town.cycle()
    town.cycle()
    assert ends(town, number) == (
        "open 1740.00: 15 received 10",
        "OPEN 1740.00: 15",
        "create done, reopen done, update done, close done",
    )
    town.buyers.invoice(town.buyers.receive(number, "5"))
    town.cycle()
    assert town.buyers.changes(number) == ["CREATE", "CLOSED", "OPEN", "MODIFY", "CLOSED"]
    assert town.order(number, CLOSE) == "done"


@scenario
def closed_by_a_person_in_the_portal(town: Town) -> None:
    """An order that a person closed is not reopened: it waits, and is done when Sage ends it."""
    number = town.buyers.order()
    town.cycle()
    town.portal.set_po_status_by_person(town.key, number, "CLOSED")
    town.cycle(days=1)
    held = "create done, update held changed_in_portal"
    assert ends(town, number) == ("open 1160.00: 10", "CLOSED 1160.00: 10", held)
    town.buyers.invoice(town.buyers.receive(number))
    town.cycle()
    town.cycle()
    assert ends(town, number) == (
        "complete 1160.00: 10 received 10",
        "CLOSED 1160.00: 10",
        "create done, update out_of_scope po_step_not_needed, close done",
    )
    assert town.buyers.changes(number) == ["CREATE", "CLOSED"]


@scenario
def cancelled_by_a_person_in_the_portal(town: Town) -> None:
    """A person's cancellation is not fought while Sage goes on, and done when Sage cancels too."""
    dropped, received = town.buyers.order(), town.buyers.order()
    town.cycle()
    for number in (dropped, received):
        town.portal.set_po_status_by_person(town.key, number, "CANCELLED")
    town.company.cancel_outstanding(number=dropped)
    town.buyers.invoice(town.buyers.receive(received))
    town.cycle()
    assert ends(town, dropped) == (
        "complete 1160.00: 10 less 10",
        "CANCELLED 1160.00: 10",
        "create done, cancel done",
    )
    assert ends(town, received) == (
        "complete 1160.00: 10 received 10",
        "CANCELLED 1160.00: 10",
        "create done, close held changed_in_portal",
    )


@scenario
def reopened_by_a_person_in_the_portal(town: Town) -> None:
    """An order that we closed and a person reopened stays open until a person ends it."""
    number = town.buyers.order()
    town.cycle()
    town.buyers.invoice(town.buyers.receive(number))
    town.cycle()
    town.portal.set_po_status_by_person(town.key, number, "OPEN")
    town.cycle(days=1)
    sage = "complete 1160.00: 10 received 10"
    held = "create done, close held changed_in_portal"
    assert ends(town, number) == (sage, "OPEN 1160.00: 10", held)
    town.portal.set_po_status_by_person(town.key, number, "CLOSED")
    town.cycle()
    assert ends(town, number) == (sage, "CLOSED 1160.00: 10", "create done, close done")


@scenario
def changed_by_a_person_as_sage_has_it(town: Town) -> None:
    """A change that a person made in both systems alike is agreed with and not sent again."""
    number = _sent(town)
    town.buyers.amend(number, quantities={1: D(20)})
    lines = town.buyers.sent(number)["lines"]
    lines[0] |= {"quantity": D(20), "subtotal": D(2000), "total": D(2000)}
    changes = {"lines": lines, "subtotal": D(2100), "vat_sum": D(336), "total": D(2436)}
    town.portal.edit_po_by_person(town.key, number, changes)
    town.cycle()
    assert ends(town, number) == (
        "open 2436.00: 20, 4",
        "OPEN 2436.00: 20, 4",
        "create done, update done",
    )
    assert town.buyers.changes(number) == ["CREATE", "MODIFY"]
