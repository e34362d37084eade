"""Payments that wait for treasury, and go by themselves once Sage is right. Source: rules 6."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.deals import Paid, dollar_rate
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.people.treasury import WRONG_BANK
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story
from portal_pipeline.sandbox.world.stories.openings import captured

CENT = Decimal("0.01")


@story({"sureste": 1})
def payment_from_a_bank_with_a_wrong_account(cast: Cast, people: Office) -> Script:
    """A bank names an account that the portal lacks: its payment goes once the id is right."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        *captured(people, deal),
        ago(4, people.opens_bank_with_wrong_account(), people.pays(deal, bank=WRONG_BANK)),
        at(4, people.corrects_account()),
    ]


@story({"bajio": 1})
def payment_number_typed_twice(cast: Cast, people: Office) -> Script:
    """Two payments of one number wait until one of them has a number of its own."""
    seller = cast.regular()
    first, second = (cast.deal(seller, lines=1) for _ in range(2))
    return [
        *captured(people, first, second),
        ago(4, people.pays(first), people.pays(second)),
        ago(3, people.types_number(second, first.payment())),
        at(4, people.types_number(second, second.payment())),
    ]


@story({"norte": 1})
def payment_less_an_advance(cast: Cast, people: Office) -> Script:
    """A payment less an earlier advance waits: nobody guesses what the portal is to be told."""
    seller = cast.regular()
    deal = cast.deal(seller, lines=1)
    advance = (deal.total / 4).quantize(CENT)
    return [
        ago(14, people.pays_ahead(seller, deal.payment(), advance)),
        *captured(people, deal),
        ago(3, people.pays(deal, number=2, less_advance=advance)),
    ]


@story({"norte": 1})
def payment_of_dollars_without_a_rate(cast: Cast, people: Office) -> Script:
    """Dollars paid in pesos go once the payment has its exchange rate."""
    deal = cast.deal(cast.supplier(dollar_vendor=True), lines=1, currency=DOLLAR)
    rate = dollar_rate(working_day_before(4))
    return [
        *captured(people, deal),
        ago(4, people.pays(deal, bank="BANMXP"), people.types_rate(deal, Decimal(0))),
        at(3, people.types_rate(deal, rate)),
    ]


@story({"sureste": 1})
def payment_a_cent_above_its_invoice(cast: Cast, people: Office) -> Script:
    """A payment that is not the sum of its lines, to the cent, goes once treasury mends it."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        *captured(people, deal),
        ago(4, people.pays(deal), people.types_amount(deal, deal.total + CENT)),
        at(3, people.types_amount(deal, deal.total)),
    ]


@story({"norte": 1})
def payment_cleared_while_it_waits(cast: Cast, people: Office) -> Script:
    """A payment that waited when its batch was cleared is told, and not sent."""
    deal = cast.deal(cast.regular(), lines=1, issued_on=working_day_before(12))
    return [
        ago(10, people.captures(deal)),
        ago(4, people.pays(deal)),
        at(3, people.clears_payment_batch(deal)),
    ]


@story({"bajio": 1})
def payment_of_pue_made_again_in_one_go(cast: Cast, people: Office) -> Script:
    """Half of a PUE invoice is not sent; reversed and paid again in one go, the whole is."""
    deal = cast.deal(cast.regular(), lines=1, method="PUE")
    half = (deal.total / 2).quantize(CENT)
    return [
        *captured(people, deal),
        ago(4, people.pays(Paid(deal=deal, amount=half))),
        at(3, people.reverses(deal), people.pays(deal, number=2)),
    ]
