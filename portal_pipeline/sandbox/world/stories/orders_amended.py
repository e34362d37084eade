"""Orders that buyers change after the supplier has them. Source: rules 7."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def order_amended_after_a_receipt(cast: Cast, people: Office) -> Script:
    """Quantity and price are amended although goods came: the portal gets what is ordered now."""
    deal = cast.deal(lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal, {1: 3})),
        then(people.amends(deal, {1: 70}, prices={1: Decimal("99.333333")})),
    ]


@story({"bajio": 1})
def order_with_a_line_added(cast: Cast, people: Office) -> Script:
    """A line that is added, before goods came or after, reaches the portal beside the others."""
    seller = cast.supplier()
    fresh, received = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    return [
        ago(9, people.orders(fresh), people.orders(received)),
        ago(8, people.receives(received, {1: 2})),
        once(
            people.sees.order_in_portal(received),
            people.amends(fresh, add=(cast.line(),)),
            people.amends(received, add=(cast.line(),)),
            step=2,
        ),
    ]


@story({"sureste": 1})
def order_with_a_line_removed(cast: Cast, people: Office) -> Script:
    """A line that is taken out, before goods came or after, leaves the portal's order too."""
    seller = cast.supplier()
    fresh, received = cast.deal(seller, lines=2), cast.deal(seller, lines=2)
    return [
        ago(9, people.orders(fresh), people.orders(received)),
        ago(8, people.receives(received, {1: 2})),
        once(
            people.sees.order_in_portal(received),
            people.amends(fresh, remove=(1,)),
            people.amends(received, remove=(2,)),
            step=2,
        ),
    ]


@story({"norte": 1})
def order_amended_while_on_hold(cast: Cast, people: Office) -> Script:
    """A change of an order on hold waits, and goes when the order is released."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.puts_on_hold(deal)),
        then(people.amends(deal, {1: 90})),
        then(people.releases(deal), after=2),
    ]


@story({"bajio": 1})
def order_amendment_taken_back(cast: Cast, people: Office) -> Script:
    """A change that waited for its authorisation and was taken back ends without a write."""
    deal = cast.deal(cast.regular(), lines=1)
    first = int(deal.lines[0].quantity)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.amends(deal, {1: 95}, authorised=False)),
        at(4, people.amends(deal, {1: first}, authorised=False)),
    ]
