"""Payments that the portal is not told of. Source: rules 6 "Candidates" and 1 "Scope"."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def payment_entries_that_pay_nobody(cast: Cast, people: Office) -> Script:
    """Adjustments, documents applied to each other, and miscellaneous payments stay in Sage."""
    deal = cast.deal(cast.regular(), lines=1)
    note = cast.credit_note(deal)
    seller = deal.supplier
    return [
        ago(12, people.bills(deal, approved=True), people.credits(note, approved=True)),
        ago(10, people.captures(deal), people.captures_note(note)),
        ago(6, people.applies_in_sage(note)),
        ago(5, people.enters_adjustment(seller, deal.payment(2), Decimal("12.50"))),
        ago(4, people.pays_without_vendor(deal.payment(3), Decimal("800.00"))),
    ]


@story({"bajio": 1})
def payment_on_account_of_a_supplier(cast: Cast, people: Office) -> Script:
    """Money on account, which nobody applied to a document yet, stays in Sage."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.pays_on_account(deal.supplier, deal.payment(), Decimal("25000.00")))]


@story({"sureste": 1})
def payment_settled_by_a_credit_note(cast: Cast, people: Office) -> Script:
    """A credit note over the whole invoice settles it: no money leaves, nothing is sent."""
    deal = cast.deal(cast.regular(), lines=1)
    note = cast.credit_note(deal, "1")
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(9, people.credits(note, approved=True)),
        ago(8, people.captures_note(note), people.applies_credit(note)),
        ago(3, people.pays(Paid(deal=deal, notes=(note,)))),
    ]


@story({"bajio": 1})
def payments_dated_before_the_start(cast: Cast, people: Office) -> Script:
    """Posted late and dated before the start: the old system sent one; the other may be lost."""
    seller = cast.regular()
    sent, lost = (cast.deal(seller, lines=1) for _ in range(2))
    day = working_day_before(33)
    return [
        ago(41, *(people.bills(deal, approved=True) for deal in (sent, lost))),
        ago(39, *(people.captures(deal) for deal in (sent, lost))),
        ago(26, people.pays(sent, on=day), people.pays(lost, on=day)),
        ago(25, people.pays_in_portal(sent, number=sent.payment())),
    ]
