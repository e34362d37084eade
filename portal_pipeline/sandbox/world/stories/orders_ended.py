"""Orders that end, or seem to, in Sage or by a person in the portal. Source: rules 7."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story

TOMORROW = 6
"""The sweep of the second morning, at step 5, has seen what people did in the portal."""


@story({"norte": 1})
def order_closed_by_a_person(cast: Cast, people: Office) -> Script:
    """An order that a person closed is not opened again, and is done when Sage ends it too."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.closes_in_portal(deal), step=2),
        at(TOMORROW, people.cancels_the_rest(deal)),
    ]


@story({"bajio": 1})
def order_cancelled_by_a_person(cast: Cast, people: Office) -> Script:
    """An order that a person cancelled waits for a decision while Sage goes on with it."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.cancels_in_portal(deal), step=2),
    ]


@story({"sureste": 1})
def order_reopened_by_a_person(cast: Cast, people: Office) -> Script:
    """An order that was closed and that a person opened again stays open until a person ends it."""
    deal = cast.deal(lines=1)
    return [
        ago(12, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal), people.returns(deal)),
        once(people.sees.order_ended(deal), people.reopens_in_portal(deal)),
        at(TOMORROW, people.closes_in_portal(deal)),
    ]


@story({"bajio": 1})
def order_changed_by_a_person(cast: Cast, people: Office) -> Script:
    """A quantity that a person changed in the portal stays, though Sage says another since."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.retypes_order(deal, 65)),
        then(people.amends(deal, {1: 85})),
    ]


@story({"sureste": 1})
def order_deleted_and_ended_in_the_portal(cast: Cast, people: Office) -> Script:
    """An order that is deleted in Sage stays in the portal until a person cancels it there."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.deletes(deal)),
        at(TOMORROW, people.cancels_in_portal(deal)),
    ]


@story({"bajio": 1})
def order_deleted_and_left_in_the_portal(cast: Cast, people: Office) -> Script:
    """An order of the portal that Sage has no longer is left as it is until a person decides."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.deletes(deal), step=3),
    ]


@story({"norte": 1})
def order_deleted_while_it_waited(cast: Cast, people: Office) -> Script:
    """An order on hold that is deleted in Sage was never the portal's and needs nothing more."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal, is_on_hold=True)), at(3, people.deletes(deal))]


@story({"bajio": 1})
def order_cancelled_and_opened_again(cast: Cast, people: Office) -> Script:
    """An order that the portal cancelled cannot go on there: Sage needs a new one."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.cancels_the_rest(deal)),
        once(people.sees.order_ended(deal), people.amends(deal, {1: 88})),
    ]


@story({"norte": 1})
def order_cancellation_taken_back(cast: Cast, people: Office) -> Script:
    """A cancellation that waited and is taken back ends, and the order goes on as Sage has it."""
    deal = cast.deal(lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.bills(deal, order="link")),
        then(people.cancels_the_rest(deal)),
        then(people.amends(deal, {1: 88}), after=2),
    ]


@story({"sureste": 1})
def order_lost_by_the_portal(cast: Cast, people: Office) -> Script:
    """An order that the portal lost is told when Sage changes it, and not sent a second time."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.takes_order_out(deal)),
        then(people.amends(deal, {1: 85})),
    ]


@story({"bajio": 1})
def order_closed_and_reopened_in_sage(cast: Cast, people: Office) -> Script:
    """An order that was closed and that Sage opens again is reopened, and updated after that."""
    deal = cast.deal(lines=1)
    return [
        ago(12, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.receives(deal), people.returns(deal)),
        once(people.sees.order_ended(deal), people.amends(deal, {1: 90})),
    ]
