"""Payments on their way from Sage to the portal, and the gate. Source: rules 6."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.people.treasury import UNMAPPED_BANK
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story
from portal_pipeline.sandbox.world.stories.openings import captured

MANY = 12
"""Invoices of the one payment."""


@story()
def payment_of_earlier_days(cast: Cast, people: Office) -> Script:
    """Payments posted days before the service looked are sent all the same."""
    deal = cast.deal()
    return [
        *captured(people, deal, days_ago=20),
        ago(6, people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(deal.payment()), step=3),
        then(people.accepts_complement(people.complement_uuid(deal.payment()))),
    ]


@story()
def payment_of_an_older_invoice(cast: Cast, people: Office) -> Script:
    """The gate does not ask when an invoice came, or who captured it."""
    deal = cast.deal(issued_on=working_day_before(48))
    return [
        ago(46, people.bills(deal, approved=True)),
        ago(44, people.captures(deal)),
        at(1, people.pays(deal)),
    ]


@story()
def payment_in_two_parts(cast: Cast, people: Office) -> Script:
    """Both instalments go, though the portal gives the invoice back to the supplier between."""
    deal = cast.deal()
    first = (deal.total / 3).quantize(Decimal("0.01"))
    return [
        *captured(people, deal),
        ago(4, people.pays(Paid(deal=deal, amount=first))),
        once(
            people.sees.payment_in_portal(deal),
            people.pays(Paid(deal=deal, amount=deal.total - first), number=2),
            step=3,
        ),
    ]


@story()
def payment_for_many_invoices(cast: Cast, people: Office) -> Script:
    """One payment for a dozen invoices goes whole."""
    seller = cast.supplier()
    deals = [cast.deal(seller, lines=1) for _ in range(MANY)]
    return [*captured(people, *deals), ago(1, people.pays(*deals))]


@story()
def payment_for_invoices_of_which_one_is_missing(cast: Cast, people: Office) -> Script:
    """One invoice that is not in the portal holds its own payment whole, and no other."""
    seller = cast.supplier()
    ready, other = (cast.deal(seller, lines=1) for _ in range(2))
    missing = cast.deal(seller, lines=1, issued_on=working_day_before(8))
    return [
        *captured(people, ready, other),
        ago(7, people.captures(missing)),
        ago(3, people.pays(ready, missing)),
        ago(2, people.pays(other)),
        at(5, people.bills(missing, approved=True)),
    ]


@story()
def payment_of_invoice_captured_without_uuid(cast: Cast, people: Office) -> Script:
    """Held until the CFDI arrives: number, total and currency make the link certain then."""
    deal = cast.deal(issued_on=working_day_before(10))
    return [
        ago(9, people.captures(deal, with_uuid=False)),
        ago(5, people.pays(deal)),
        at(3, people.bills(deal, approved=True)),
    ]


@story()
def payment_of_invoice_with_order_captured_late(cast: Cast, people: Office) -> Script:
    """A payment cannot precede its invoice: it is posted, sent, and the order closed."""
    deal = cast.deal(lines=1)
    return [
        ago(14, people.orders(deal)),
        ago(8, people.receives(deal)),
        ago(7, people.bills(deal, order="name", approved=True)),
        at(2, people.captures_order_invoice(deal)),
        then(people.pays(deal)),
    ]


@story()
def payment_from_unmapped_bank(cast: Cast, people: Office) -> Script:
    """Never the portal's first account: an unknown bank holds the payment."""
    deal = cast.deal()
    return [
        *captured(people, deal),
        ago(3, people.opens_unmapped_bank(), people.pays(deal, bank=UNMAPPED_BANK)),
    ]


@story()
def payment_of_vendor_not_on_portal(cast: Cast, people: Office) -> Script:
    """Rent: no provider, nothing to send."""
    deal = cast.deal(cast.supplier(is_on_portal=False))
    return [ago(9, people.captures(deal, with_uuid=False)), ago(4, people.pays(deal))]


@story()
def payment_in_advance(cast: Cast, people: Office) -> Script:
    """A prepayment applies nothing: out of scope."""
    seller = cast.supplier()
    number = cast.deal(seller).payment()
    return [ago(4, people.pays_ahead(seller, number, Decimal("15000.00")))]


@story()
def payment_reversed_before_upload(cast: Cast, people: Office) -> Script:
    """What the bank sent back before it was sent is left out; the next payment goes."""
    deal = cast.deal()
    return [
        *captured(people, deal),
        ago(6, people.pays(deal)),
        ago(5, people.reverses(deal)),
        at(2, people.pays(deal, number=2)),
    ]


@story()
def payment_reversed_after_upload(cast: Cast, people: Office) -> Script:
    """Reversed after it was sent: reported, or rejected by setting; its replacement waits."""
    deal = cast.deal()
    return [
        *captured(people, deal),
        ago(4, people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.reverses(deal), step=3),
        then(people.pays(deal, number=2)),
    ]


@story()
def payment_of_pue_in_part(cast: Cast, people: Office) -> Script:
    """A PUE invoice is paid in one go or not sent."""
    deal = cast.deal(method="PUE")
    half = (deal.total / 2).quantize(Decimal("0.01"))
    return [*captured(people, deal), ago(3, people.pays(Paid(deal=deal, amount=half)))]


@story()
def payment_of_pue_completed(cast: Cast, people: Office) -> Script:
    """A PUE invoice paid in one go is sent."""
    deal = cast.deal(method="PUE")
    return [*captured(people, deal), at(2, people.pays(deal))]


@story()
def payment_of_invoice_in_payment_order(cast: Cast, people: Office) -> Script:
    """An invoice in a payment order of the portal holds its payment until it is out."""
    deal = cast.deal()
    return [
        *captured(people, deal),
        ago(3, people.plans_payment(deal), people.pays(deal)),
        at(5, people.drops_planned_payment(deal)),
    ]


@story()
def payment_made_by_a_person_in_portal(cast: Cast, people: Office) -> Script:
    """Paid by hand in the portal and paid in Sage: a person says what is right."""
    deal = cast.deal()
    return [
        *captured(people, deal),
        ago(5, people.pays_in_portal(deal)),
        ago(4, people.pays(deal)),
        at(2, people.complements_persons_payment(deal)),
        then(people.accepts_complement(people.complement_uuid(deal.uuid))),
    ]


@story()
def payment_in_dollars(cast: Cast, people: Office) -> Script:
    """A dollar invoice paid from the dollar account."""
    deal = cast.deal(cast.supplier(dollar_vendor=True), currency=DOLLAR)
    return [*captured(people, deal), ago(2, people.pays(deal))]


@story()
def payment_of_dollars_in_pesos(cast: Cast, people: Office) -> Script:
    """A dollar invoice paid in pesos, by the payment's own rate."""
    deal = cast.deal(cast.supplier(dollar_vendor=True), currency=DOLLAR)
    return [*captured(people, deal), at(1, people.pays(deal, bank="BANMXP"))]


@story()
def payment_of_foreign_supplier(cast: Cast, people: Office) -> Script:
    """A supplier abroad has no CFDI: its payments are out of scope by default."""
    deal = cast.deal(cast.foreign_supplier(), lines=1)
    return [
        ago(15, people.orders(deal)),
        ago(9, people.captures(deal, with_uuid=False)),
        ago(4, people.pays(deal)),
    ]
