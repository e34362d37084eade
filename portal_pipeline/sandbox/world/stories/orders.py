"""Purchase orders: raised, sent, amended, cancelled, completed. Source: rules 7."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story()
def order_to_complement(cast: Cast, people: Office) -> Script:
    """One purchase from its authorisation in Sage to the complement written back to Sage."""
    deal = cast.deal(lines=2)
    payment = deal.payment()
    return [
        at(1, people.orders(deal)),
        once(
            people.sees.order_in_portal(deal),
            people.receives(deal),
            people.bills(deal, order="link"),
        ),
        then(people.approves(deal.uuid)),
        then(people.captures_order_invoice(deal)),
        then(people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(payment)),
        then(people.accepts_complement(people.complement_uuid(payment))),
    ]


@story()
def order_authorised_last_week(cast: Cast, people: Office) -> Script:
    """An order that was authorised before the service looked is created all the same."""
    deal = cast.deal()
    return [ago(7, people.orders(deal, authorised=False)), ago(4, people.authorises(deal))]


@story()
def order_authorised_late(cast: Cast, people: Office) -> Script:
    """An order is not sent before somebody authorises it."""
    deal = cast.deal()
    return [ago(9, people.orders(deal, authorised=False)), at(3, people.authorises(deal))]


@story()
def order_in_boxes(cast: Cast, people: Office) -> Script:
    """Quantity and price go in ordering units, whatever the stocking unit is."""
    deal = cast.deal(boxes_of=12)
    return [ago(3, people.orders(deal))]


@story()
def order_in_dollars(cast: Cast, people: Office) -> Script:
    """A dollar order goes with its rate."""
    deal = cast.deal(cast.supplier(currency=DOLLAR))
    return [ago(5, people.orders(deal))]


@story()
def order_amended_after_sending(cast: Cast, people: Office) -> Script:
    """An amendment that is authorised becomes an update."""
    deal = cast.deal(lines=2)
    return [
        ago(6, people.orders(deal)),
        once(
            people.sees.order_in_portal(deal),
            people.amends(deal, {1: 75}, prices={2: Decimal("99.50")}),
        ),
    ]


@story()
def order_amended_and_not_authorised(cast: Cast, people: Office) -> Script:
    """An amendment that nobody authorised stays out of the portal."""
    deal = cast.deal()
    return [
        ago(6, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.amends(deal, {1: 80}, authorised=False)),
    ]


@story()
def order_partly_received(cast: Cast, people: Office) -> Script:
    """A receipt lowers nothing in the portal: the quantity is what was ordered."""
    deal = cast.deal(lines=2)
    return [
        ago(12, people.orders(deal)),
        ago(2, people.receives(deal, {1: 3})),
        at(4, people.receives(deal, {2: 2}, number=2)),
    ]


@story()
def order_partly_cancelled(cast: Cast, people: Office) -> Script:
    """A cancelled quantity becomes an update."""
    deal = cast.deal(lines=2)
    return [
        ago(8, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.cancels(deal, {1: 2}), step=2),
    ]


@story()
def order_partly_cancelled_before_sending(cast: Cast, people: Office) -> Script:
    """What was cancelled before is not sent at all."""
    deal = cast.deal(lines=2)
    return [
        ago(8, people.orders(deal, authorised=False)),
        ago(7, people.cancels(deal, {2: 3})),
        ago(6, people.authorises(deal)),
    ]


@story()
def order_cancelled_after_sending(cast: Cast, people: Office) -> Script:
    """An order that is cancelled whole is cancelled in the portal."""
    deal = cast.deal()
    return [
        ago(10, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.cancels_the_rest(deal), step=3),
    ]


@story()
def order_cancelled_before_sending(cast: Cast, people: Office) -> Script:
    """An order that is cancelled whole before it was sent is none of the portal's business."""
    deal = cast.deal()
    return [ago(10, people.orders(deal)), ago(9, people.cancels_the_rest(deal))]


@story()
def order_cancelled_with_invoice_linked(cast: Cast, people: Office) -> Script:
    """The portal keeps an order that has an invoice: the cancellation waits for a person."""
    deal = cast.deal()
    return [
        ago(11, people.orders(deal)),
        once(people.sees.order_in_portal(deal), people.bills(deal, order="link")),
        then(people.cancels_the_rest(deal)),
    ]


@story()
def order_completed_and_invoiced(cast: Cast, people: Office) -> Script:
    """An order whose receipts are all invoiced is closed."""
    deal = cast.deal(lines=2)
    return [
        ago(14, people.orders(deal)),
        once(
            people.sees.order_in_portal(deal),
            people.receives(deal),
            people.bills(deal, order="link", approved=True),
        ),
        then(people.captures_order_invoice(deal), after=2),
    ]


@story()
def order_completed_in_two_receipts(cast: Cast, people: Office) -> Script:
    """Receipts of different days, one invoice: closed once it is captured."""
    deal = cast.deal(lines=2, is_round=True)
    return [
        ago(13, people.orders(deal)),
        ago(5, people.receives(deal, {1: 2})),
        once(
            people.sees.order_in_portal(deal),
            people.receives(deal, number=2),
            people.bills(deal, order="link", approved=True),
        ),
        then(people.captures_order_invoice(deal, receipts=2)),
    ]


@story()
def order_completed_and_not_invoiced(cast: Cast, people: Office) -> Script:
    """Everything is received and nothing invoiced: the order stays open."""
    deal = cast.deal()
    return [ago(15, people.orders(deal)), ago(3, people.receives(deal))]


@story()
def order_finished_before_sending(cast: Cast, people: Office) -> Script:
    """An order that was received and invoiced before it was ever sent is left out."""
    deal = cast.deal()
    return [
        ago(20, people.orders(deal)),
        ago(15, people.receives(deal)),
        ago(13, people.bills(deal, order="name", approved=True)),
        ago(12, people.captures_order_invoice(deal)),
    ]


@story()
def order_on_hold(cast: Cast, people: Office) -> Script:
    """An order on hold waits."""
    deal = cast.deal()
    return [ago(4, people.orders(deal, is_on_hold=True))]


@story()
def order_released(cast: Cast, people: Office) -> Script:
    """An order that is on hold no more is sent."""
    deal = cast.deal()
    return [ago(4, people.orders(deal, is_on_hold=True)), at(4, people.releases(deal))]


@story()
def order_of_vendor_not_on_portal(cast: Cast, people: Office) -> Script:
    """Rent and the like: the vendor has no provider, and the order stays out of scope."""
    deal = cast.deal(cast.supplier(is_on_portal=False))
    return [ago(4, people.orders(deal))]


@story()
def order_waits_for_external_id(cast: Cast, people: Office) -> Script:
    """A provider without external id gets the vendor number first; then its order goes."""
    deal = cast.deal(cast.supplier(has_external_id=False))
    return [ago(4, people.orders(deal))]
