"""Orders that buyers change in Sage after the supplier has them in the portal."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
DONE = "create done, update done"


def _pair(town: Town) -> tuple[str, str]:
    """Two orders of 10 and 4 that the portal has; of the second one's first line 6 came."""
    fresh, received = (town.buyers.order(line("10", "100"), line("4", "25")) for _ in range(2))
    town.cycle()
    town.buyers.receive(received, "6")
    return fresh, received


@scenario
def quantity_amended(town: Town) -> None:
    """An amended quantity replaces the one in the portal, whatever was received before."""
    fresh, received = _pair(town)
    town.buyers.amend(fresh, quantities={1: D(20)})
    town.buyers.amend(received, quantities={1: D(8)})
    town.cycle()
    assert ends(town, fresh) == ("open 2436.00: 20, 4", "OPEN 2436.00: 20, 4", DONE)
    assert ends(town, received) == ("open 1044.00: 8 received 6, 4", "OPEN 1044.00: 8, 4", DONE)


@scenario
def price_amended(town: Town) -> None:
    """An amended price replaces the one in the portal, with all amounts that follow from it."""
    fresh, received = _pair(town)
    for number in (fresh, received):
        town.buyers.amend(number, unit_costs={1: D("100.333333")})
    town.cycle()
    assert ends(town, fresh) == ("open 1279.86: 10, 4", "OPEN 1279.86: 10, 4", DONE)
    assert ends(town, received) == ("open 1279.86: 10 received 6, 4", "OPEN 1279.86: 10, 4", DONE)
    assert town.buyers.sent(received)["lines"][0]["price"] == D("100.333333")
    assert town.buyers.sent(received)["subtotal"] == D("1103.33")


@scenario
def line_added(town: Town) -> None:
    """A line added to an order reaches the portal beside the others, which keep their ids."""
    fresh, received = _pair(town)
    for number in (fresh, received):
        town.buyers.amend(number, add=(line("3", "10"),))
    town.cycle()
    assert ends(town, fresh) == ("open 1310.80: 10, 4, 3", "OPEN 1310.80: 10, 4, 3", DONE)
    sage = "open 1310.80: 10 received 6, 4, 3"
    assert ends(town, received) == (sage, "OPEN 1310.80: 10, 4, 3", DONE)
    assert [one["external_id"] for one in town.buyers.sent(received)["lines"]] == ["1", "2", "3"]


@scenario
def line_removed(town: Town) -> None:
    """A line taken out in Sage leaves the portal's order, and the others keep their ids."""
    fresh, received = _pair(town)
    town.buyers.amend(fresh, remove=(1,))
    town.buyers.amend(received, remove=(2,))
    town.cycle()
    assert ends(town, fresh) == ("open 116.00: 4", "OPEN 116.00: 4", DONE)
    assert [one["external_id"] for one in town.buyers.sent(fresh)["lines"]] == ["2"]
    assert ends(town, received) == ("open 1160.00: 10 received 6", "OPEN 1160.00: 10", DONE)


@scenario
def amended_and_no_longer_authorised(town: Town) -> None:
    """A change waits while the order is not authorised, and goes as it is when it is again."""
    number = town.buyers.order()
    town.cycle()
    town.company.amend_purchase_order(number=number, quantities={1: D(20)})
    town.company.revoke_authorisation(number=number)
    town.cycle()
    waits = "create done, update held amended_not_authorised"
    assert ends(town, number) == ("open 2320.00: 20", "OPEN 1160.00: 10", waits)
    town.buyers.amend(number, quantities={1: D(30)})
    town.cycle()
    assert ends(town, number) == ("open 3480.00: 30", "OPEN 3480.00: 30", DONE)
    assert town.buyers.changes(number) == ["CREATE", "MODIFY"]


@scenario
def amended_while_on_hold(town: Town) -> None:
    """A hold changes nothing by itself, but a change waits until the order is released."""
    number = town.buyers.order()
    town.cycle()
    town.company.set_purchase_order_hold(number=number, is_on_hold=True)
    town.cycle()
    assert ends(town, number) == ("open 1160.00: 10", "OPEN 1160.00: 10", "create done")
    town.buyers.amend(number, quantities={1: D(20)})
    town.cycle()
    waits = "create done, update held amended_not_authorised"
    assert ends(town, number) == ("open 2320.00: 20", "OPEN 1160.00: 10", waits)
    town.company.set_purchase_order_hold(number=number, is_on_hold=False)
    town.cycle()
    assert ends(town, number) == ("open 2320.00: 20", "OPEN 2320.00: 20", DONE)


@scenario
def amendment_taken_back(town: Town) -> None:
    """A change that waited and was taken back in Sage ends without a write."""
    number = town.buyers.order()
    town.cycle()
    town.company.amend_purchase_order(number=number, quantities={1: D(20)})
    town.company.revoke_authorisation(number=number)
    town.cycle()
    town.company.amend_purchase_order(number=number, quantities={1: D(10)})
    town.cycle()
    assert ends(town, number) == ("open 1160.00: 10", "OPEN 1160.00: 10", DONE)
    assert town.buyers.changes(number) == ["CREATE"]


@scenario
def optional_fields_filled_in_later(town: Town) -> None:
    """Empty fields stay out of what is sent, and filled in later they reach the portal."""
    number = town.buyers.order()
    town.cycle()
    sent = town.buyers.sent(number)
    assert not {"comments", "reference", "cfdi_use", "cfdi_payment_form"} & set(sent)
    assert {pair["key"] for pair in sent["metadata"]} == {"CONDICIONES", "USUARIO_DE_COMPRA"}
    town.company.set_purchase_order_field(number=number, name="AFE", value="AF-7")
    town.company.set_purchase_order_field(number=number, name="USOCFDI", value="G03")
    town.buyers.amend(number, description="Entregar en andén 4")
    town.cycle()
    sent = town.buyers.sent(number)
    assert (sent["comments"], sent["cfdi_use"]) == ("Entregar en andén 4", "G03")
    assert {"key": "AFE", "value": "AF-7"} in sent["metadata"]
    assert ends(town, number) == ("open 1160.00: 10", "OPEN 1160.00: 10", DONE)
