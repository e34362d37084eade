"""Payments that the portal has already, refuses, or has to take back. Source: rules 6, 9."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story
from portal_pipeline.sandbox.world.stories.openings import captured


@story({"norte": 1})
def payment_typed_into_the_portal_with_another_amount(cast: Cast, people: Office) -> Script:
    """The portal has our number with another amount: neither adopted nor overwritten."""
    deal = cast.deal(cast.regular(), lines=1)
    typed, paid = (Decimal("10.00"), deal.total - Decimal("10.00"))
    return [
        *captured(people, deal),
        ago(5, people.pays_in_portal(deal, number=deal.payment(), amount=typed)),
        ago(4, people.pays(Paid(deal=deal, amount=paid))),
    ]


@story({"sureste": 1})
def payment_rejected_under_its_number(cast: Cast, people: Office) -> Script:
    """A number that the portal has rejected is used up: the payment goes under another one."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        *captured(people, deal),
        ago(6, people.pays_in_portal(deal, number=deal.payment())),
        ago(5, people.rejects_payment(deal)),
        ago(4, people.pays(deal)),
        at(4, people.reverses(deal), people.pays(deal, number=2)),
    ]


@story({"sureste": 1})
def payment_a_cent_above_the_balance(cast: Cast, people: Office) -> Script:
    """A cent that somebody paid in the portal holds the payment until it is taken back there."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        *captured(people, deal),
        ago(5, people.pays_in_portal(deal, number=deal.payment(9), amount=Decimal("0.01"))),
        ago(4, people.pays(deal)),
        at(3, people.rejects_payment(deal, 9)),
    ]


@story({"norte": 1})
def payment_of_a_rest_that_the_portal_refuses(cast: Cast, people: Office) -> Script:
    """A refused second instalment goes when the supplier has sent the invoice again."""
    deal = cast.deal(cast.regular(), lines=1)
    first = (deal.total / 3).quantize(Decimal("0.01"))
    return [
        *captured(people, deal),
        ago(4, people.pays(Paid(deal=deal, amount=first))),
        once(
            people.sees.payment_in_portal(deal),
            people.sends_again(deal.uuid),
            people.rejects(deal.uuid, "El saldo no coincide"),
            people.pays(Paid(deal=deal, amount=deal.total - first), number=2),
        ),
        then(people.sends_again(deal.uuid), people.approves(deal.uuid), after=2),
    ]


@story({"bajio": 1})
def payment_reversed_with_its_complement(cast: Cast, people: Office) -> Script:
    """A reversed payment is rejected, and paid again, once its complement is cancelled."""
    deal = cast.deal(cast.regular(), lines=1)
    proof = people.complement_uuid(deal.payment())
    return [
        *captured(people, deal),
        ago(4, people.pays(deal)),
        once(
            people.sees.payment_in_portal(deal),
            people.complements(deal.payment()),
            people.accepts_complement(proof),
        ),
        then(people.reverses(deal), people.pays(deal, number=2)),
        then(people.cancels_cfdi(proof), after=2),
    ]
