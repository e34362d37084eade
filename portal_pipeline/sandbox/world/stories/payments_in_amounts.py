"""What of a payment is cash, to the cent. Source: rules 6 "Amounts" and the gate's condition g."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once
from portal_pipeline.sandbox.world.stories.base import story
from portal_pipeline.sandbox.world.stories.openings import captured

CENT = Decimal("0.01")


@story({"sureste": 1})
def payment_in_three_parts(cast: Cast, people: Office) -> Script:
    """Three instalments go, though the portal gives the invoice back after each of them."""
    deal = cast.deal(cast.regular(), lines=1)
    first, second = ((deal.total * part / 10).quantize(CENT) for part in (2, 3))
    rest = deal.total - first - second
    return [
        *captured(people, deal),
        ago(5, people.pays(Paid(deal=deal, amount=first))),
        ago(4, people.pays(Paid(deal=deal, amount=second), number=2)),
        once(
            people.sees.payment_in_portal(deal, 2),
            people.pays(Paid(deal=deal, amount=rest), number=3),
        ),
    ]


@story({"bajio": 1})
def payment_less_a_discount(cast: Cast, people: Office) -> Script:
    """A discount is not paid: the portal keeps it as the rest of a PPD invoice."""
    deal = cast.deal(cast.regular(), lines=1)
    discount = (deal.total * 2 / 100).quantize(CENT)
    return [*captured(people, deal), at(2, people.pays(Paid(deal=deal, discount=discount)))]


@story({"sureste": 1})
def payment_of_pue_less_a_discount(cast: Cast, people: Office) -> Script:
    """A PUE invoice less a discount goes where the company lets the portal ignore amounts."""
    deal = cast.deal(cast.regular(), lines=1, method="PUE")
    discount = (deal.total * 2 / 100).quantize(CENT)
    return [*captured(people, deal), at(2, people.pays(Paid(deal=deal, discount=discount)))]


@story({"norte": 1})
def payment_less_a_withholding(cast: Cast, people: Office) -> Script:
    """A tax that is withheld by an adjustment in Sage is not paid, and not told as paid."""
    deal = cast.deal(cast.regular(), lines=1)
    withheld = (deal.net / 10).quantize(CENT)
    return [
        *captured(people, deal),
        ago(6, people.adjusts(deal, withheld)),
        ago(4, people.pays(Paid(deal=deal, amount=deal.total - withheld))),
    ]


@story({"bajio": 1})
def payment_less_several_credit_notes(cast: Cast, people: Office) -> Script:
    """Each credit note of a payment lowers its own invoice, and no other."""
    seller = cast.regular()
    one, other = (cast.deal(seller, lines=1) for _ in range(2))
    notes = (cast.credit_note(one, "0.3"), cast.credit_note(other, "0.15"))
    parts = [Paid(deal=note.deal, notes=(note,)) for note in notes]
    return [
        *captured(people, one, other, days_ago=14),
        ago(9, *(people.credits(note, approved=True) for note in notes)),
        ago(8, *(people.captures_note(note) for note in notes)),
        ago(7, *(people.applies_credit(note) for note in notes)),
        at(1, people.pays(*parts)),
    ]
