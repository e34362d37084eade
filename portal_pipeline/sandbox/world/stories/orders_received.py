"""Goods that go back, come in excess, or come together. Source: rules 7."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story({"bajio": 1})
def order_of_which_goods_went_back(cast: Cast, people: Office) -> Script:
    """Goods that go back lower nothing, and of what stayed the invoice is awaited."""
    deal = cast.deal(lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal)),
        then(people.returns(deal, {1: 2})),
    ]


@story({"norte": 1})
def order_returned_in_full(cast: Cast, people: Office) -> Script:
    """An order of which everything went back has nothing to be invoiced, so it is closed."""
    deal = cast.deal(lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal)),
        then(people.returns(deal)),
    ]


@story({"sureste": 1})
def order_over_received(cast: Cast, people: Office) -> Script:
    """More than was ordered may come: the order stays as it is and is closed once invoiced."""
    deal = cast.deal(lines=1)
    more = int(deal.lines[0].quantity) + 3
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal, {1: more})),
        then(people.captures_order_invoice(deal), after=2),
    ]


@story({"norte": 1})
def receipt_for_two_orders(cast: Cast, people: Office) -> Script:
    """A receipt of two orders counts for each by its own lines: one is closed, one goes on."""
    seller = cast.supplier()
    whole, part = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    return [
        ago(9, people.orders(whole), people.orders(part)),
        once(people.sees.order_in_portal(part), people.receives_together(whole, part, less=1)),
        then(people.captures_order_invoice(whole), after=2),
    ]
