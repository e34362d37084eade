"""Orders on their way to the portal for the first time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline_tests.contract.controllers.bench import ORG
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
SAGE, PORTAL = "open 1160.00: 10", "OPEN 1160.00: 10"


@scenario
def authorised_late(town: Town) -> None:
    """The day of the authorisation counts: an order authorised weeks later is sent then."""
    town.set(start_date=date(2026, 3, 20))
    number = town.buyers.order(authorise=False, on=date(2026, 3, 10))
    town.cycle()
    assert ends(town, number) == (SAGE, "", "")
    town.advance(days=20)
    town.company.authorise_purchase_order(number=number)
    town.cycle()
    assert ends(town, number) == (SAGE, PORTAL, "create done")
    assert town.buyers.changes(number) == ["CREATE"]


@scenario
def released_from_hold(town: Town) -> None:
    """An order on hold waits and goes once it is released, with what it holds then."""
    number = town.buyers.order(is_on_hold=True)
    town.cycle()
    assert ends(town, number) == (SAGE, "", "create held po_on_hold")
    town.buyers.amend(number, quantities={1: D(12)})
    town.company.set_purchase_order_hold(number=number, is_on_hold=False)
    town.cycle()
    assert ends(town, number) == ("open 1392.00: 12", "OPEN 1392.00: 12", "create done")
    assert town.buyers.changes(number) == ["CREATE"]


def _typed_in(town: Town, **changes: Any) -> str:
    """An order that somebody else brought to the portal before we could."""
    sample = town.buyers.order()
    town.cycle()
    number = town.buyers.order()
    content = town.buyers.sent(sample) | {"external_id": number, "num": number} | changes
    town.portal.create_po_by_person(town.key, content)
    return number


@scenario
def created_by_somebody_else_with_the_same_content(town: Town) -> None:
    """An order of ours that is in the portal already is adopted, and nothing is written."""
    number = _typed_in(town)
    for _ in range(2):
        town.cycle()
    assert ends(town, number) == (SAGE, PORTAL, "create done")
    assert town.buyers.changes(number) == ["CREATE"]


@scenario
def created_by_somebody_else_with_other_content(town: Town) -> None:
    """An order of ours that is in the portal with other content is adopted and then updated."""
    number = _typed_in(town, total=D(999), reference="a mano")
    assert ends(town, number) == (SAGE, "OPEN 999.00: 10", "")
    town.cycle()
    assert ends(town, number) == (SAGE, PORTAL, "create done, update done")
    assert town.buyers.changes(number) == ["CREATE", "MODIFY"]
    assert "reference" not in town.buyers.sent(number)


@scenario
def created_by_somebody_else_just_before_us(town: Town) -> None:
    """The portal's answer that a number exists is verified: ours is adopted, not made twice."""
    sample = town.buyers.order()
    town.cycle()
    number = town.buyers.order()
    content = town.buyers.sent(sample) | {"external_id": number, "num": number, "total": D(999)}
    town.portal.faults.before(
        "POST", "*/purchase-orders", lambda: town.portal.create_po_by_person(town.key, content)
    )
    town.cycle()
    assert ends(town, number) == (SAGE, "OPEN 999.00: 10", "create done")
    town.cycle()
    assert ends(town, number) == (SAGE, PORTAL, "create done, update done")
    assert town.buyers.changes(number) == ["CREATE", "MODIFY"]


@scenario
def number_taken_by_another_company(town: Town) -> None:
    """An order of another company that shares the portal's tenant is never touched."""
    rules = town.tenant.purchase_orders.model_copy(update={"company_external_id": ORG})
    town.set(purchase_orders=rules)
    town.portal.add_company(town.key, external_id="SUR", name="Del Sur", rfc="SUR010101AB1")
    number = _typed_in(town, company_external_id="SUR")
    town.cycle()
    assert ends(town, number) == (SAGE, PORTAL, "create held po_number_taken")
    assert town.buyers.there(number).company_external_id == "SUR"
    assert town.buyers.changes(number) == ["CREATE"]


@scenario
def closed_by_somebody_before_it_was_ours(town: Town) -> None:
    """An order that somebody created and closed in the portal is adopted and not fought."""
    number = _typed_in(town, total=D(999))
    town.portal.set_po_status_by_person(town.key, number, "CLOSED")
    for _ in range(2):
        town.cycle()
    assert ends(town, number) == (
        SAGE,
        "CLOSED 999.00: 10",
        "create done, update held changed_in_portal",
    )
