"""Credit notes that are imported without being applied. Source: rules 5."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def credit_note_of_settled_invoice(cast: Cast, people: Office) -> Script:
    """A credit note of an invoice that is paid stands beside it, and is told."""
    deal = cast.deal(lines=1)
    note = cast.credit_note(deal)
    return [
        ago(14, people.bills(deal, approved=True)),
        ago(12, people.captures(deal)),
        ago(8, people.pays(deal)),
        at(2, people.credits(note, approved=True)),
    ]


@story({"bajio": 1})
def credit_note_above_its_invoice(cast: Cast, people: Office) -> Script:
    """A credit note over more than its invoice owes is not applied to it."""
    deal = cast.deal(lines=1)
    note = cast.credit_note(deal, "1.5")
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(4, people.credits(note, approved=True)),
    ]


@story({"norte": 1})
def credit_note_of_two_invoices(cast: Cast, people: Office) -> Script:
    """A credit note of several invoices is applied to none of them."""
    seller = cast.supplier()
    one, other = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    note = cast.credit_note(one, relations=(("01", (one.uuid, other.uuid)),))
    return [
        ago(12, people.bills(one, approved=True), people.bills(other, approved=True)),
        ago(10, people.captures(one), people.captures(other)),
        ago(4, people.credits(note, approved=True)),
    ]


@story({"bajio": 1})
def credit_note_that_names_no_invoice(cast: Cast, people: Office) -> Script:
    """A bonus that names no invoice is imported for itself."""
    note = cast.credit_note(cast.deal(lines=1), relations=())
    return [ago(4, people.credits(note, approved=True))]
