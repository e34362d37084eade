"""Credit notes. Source: rules 5 and 6 "Amounts"."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, then
from portal_pipeline.sandbox.world.stories.base import story


@story()
def credit_note_of_posted_invoice(cast: Cast, people: Office) -> Script:
    """A credit note is imported and applied to its posted invoice."""
    deal = cast.deal()
    note = cast.credit_note(deal)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(5, people.credits(note)),
        ago(3, people.approves(note.uuid)),
    ]


@story()
def credit_note_before_its_invoice(cast: Cast, people: Office) -> Script:
    """A credit note waits until its invoice is posted."""
    deal = cast.deal()
    note = cast.credit_note(deal, "0.1")
    return [
        ago(14, people.orders(deal)),
        ago(7, people.receives(deal)),
        ago(6, people.bills(deal, order="name", approved=True)),
        ago(4, people.credits(note, approved=True)),
        at(4, people.captures_order_invoice(deal)),
    ]


@story()
def credit_note_not_approved(cast: Cast, people: Office) -> Script:
    """A credit note that nobody approved is not imported."""
    deal = cast.deal()
    note = cast.credit_note(deal)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(2, people.credits(note)),
    ]


@story()
def credit_note_netted_in_a_payment(cast: Cast, people: Office) -> Script:
    """The payment carries what is left of the invoice after its credit note."""
    deal = cast.deal()
    note = cast.credit_note(deal, "0.25")
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(11, people.captures(deal)),
        ago(9, people.credits(note, approved=True)),
        ago(8, people.captures_note(note), people.applies_credit(note)),
        at(2, people.pays(Paid(deal=deal, notes=(note,)))),
    ]


@story()
def credit_note_netted_but_not_applied_in_portal(cast: Cast, people: Office) -> Script:
    """A PUE invoice less a credit note waits until the portal has applied it as well."""
    deal = cast.deal(method="PUE")
    note = cast.credit_note(deal, "0.25")
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(11, people.captures(deal)),
        ago(9, people.credits(note, approved=True)),
        ago(8, people.captures_note(note)),
        at(1, people.pays(Paid(deal=deal, notes=(note,)))),
        then(people.applies_credit(note), after=4),
    ]
