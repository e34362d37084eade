"""The daily business: many ordinary deals of the regular suppliers."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story

SLOW_AGE, QUICK_AGE = 24, 5
"""Days before the beginning within which the pile's invoices came."""


@story(copies={"norte": 206, "bajio": 10, "sureste": 10})
def routine_pending_invoice(cast: Cast, people: Office) -> Script:
    """An invoice that is approved, captured, and waits for its payment day."""
    deal = cast.deal(cast.regular())
    days = cast.chance.number(QUICK_AGE, SLOW_AGE)
    return [
        ago(days, people.bills(deal, approved=True)),
        ago(days - 1, people.captures(deal, is_routine=True)),
    ]


@story(copies={"norte": 6, "bajio": 6, "sureste": 6})
def routine_paid_invoice(cast: Cast, people: Office) -> Script:
    """An invoice that is paid one of these days, and gets its complement."""
    deal = cast.deal(cast.regular())
    number = deal.payment()
    days = cast.chance.number(QUICK_AGE, SLOW_AGE)
    return [
        ago(days, people.bills(deal, approved=True)),
        ago(days - 1, people.captures(deal, is_routine=True)),
        at(cast.chance.number(1, 4), people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(number)),
        then(people.accepts_complement(people.complement_uuid(number))),
    ]


@story(copies={"norte": 6, "bajio": 6, "sureste": 6})
def routine_new_invoice(cast: Cast, people: Office) -> Script:
    """An invoice without order that arrives now, is imported and paid."""
    deal = cast.deal(cast.regular())
    return [
        at(cast.chance.number(1, 4), people.bills(deal)),
        then(people.approves(deal.uuid)),
        once(people.sees.posted_in_sage(deal), people.pays(deal)),
    ]


@story(copies={"norte": 6, "bajio": 6, "sureste": 6})
def routine_order(cast: Cast, people: Office) -> Script:
    """An order that is raised, received, invoiced and captured, one step after the other."""
    deal = cast.deal(cast.regular())
    return [
        ago(cast.chance.number(1, 12), people.orders(deal)),
        once(
            people.sees.order_in_portal(deal),
            people.receives(deal),
            people.bills(deal, order="link"),
            step=cast.chance.number(2, 5),
        ),
        then(people.approves(deal.uuid)),
        then(people.captures_order_invoice(deal)),
    ]


@story(copies={"norte": 1, "bajio": 0, "sureste": 0})
def invoice_that_arrives_while_the_list_is_read(cast: Cast, people: Office) -> Script:
    """An invoice inserted between two pages is found in the next cycle at the latest."""
    deal = cast.deal(cast.regular())
    cast.interruption = (deal.uuid, people.bills(deal, approved=True))
    return []
