"""Payment complements on their way back to Sage. Source: rules 8."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.cfdi import deterministic_uuid
from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story()
def complement_for_two_payments(cast: Cast, people: Office) -> Script:
    """One complement proves two payments: its UUID goes to both."""
    seller = cast.supplier()
    one, other = cast.deal(seller), cast.deal(seller)
    numbers = (one.payment(), other.payment())
    return [
        ago(12, people.bills(one, approved=True), people.bills(other, approved=True)),
        ago(10, people.captures(one), people.captures(other)),
        ago(5, people.pays(one)),
        ago(4, people.pays(other)),
        once(people.sees.payment_in_portal(other), people.complements(*numbers)),
        then(people.accepts_complement(people.complement_uuid(*numbers))),
    ]


@story()
def complement_without_a_link(cast: Cast, people: Office) -> Script:
    """Without a link the paid UUID, the amount and the date find the payment."""
    deal = cast.deal()
    number = deal.payment()
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(5, people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(number, linked=False)),
        then(people.accepts_complement(people.complement_uuid(number))),
    ]


@story()
def complement_not_accepted(cast: Cast, people: Office) -> Script:
    """A complement that nobody accepted is not written."""
    deal = cast.deal()
    number = deal.payment()
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(5, people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(number)),
    ]


@story()
def complement_substituted(cast: Cast, people: Office) -> Script:
    """A complement that substitutes another (04) takes its place in Sage."""
    deal = cast.deal()
    number = deal.payment()
    first, second = (people.complement_uuid(number, version=version) for version in (1, 2))
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(6, people.pays(deal)),
        once(people.sees.payment_in_portal(deal), people.complements(number)),
        then(people.accepts_complement(first)),
        then(
            people.cancels_cfdi(first),
            people.complements(number, version=2, replaces=1),
            people.accepts_complement(second),
            after=2,
        ),
    ]


@story()
def complement_of_the_second_part(cast: Cast, people: Office) -> Script:
    """Each instalment has a complement of its own."""
    deal = cast.deal()
    half = (deal.total / 2).quantize(Decimal("0.01"))
    first, second = deal.payment(1), deal.payment(2)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(6, people.pays(Paid(deal=deal, amount=half))),
        once(
            people.sees.payment_in_portal(deal),
            people.complements(first),
            people.accepts_complement(people.complement_uuid(first)),
            people.pays(Paid(deal=deal, amount=deal.total - half), number=2),
        ),
        once(
            people.sees.payment_in_portal(deal, 2),
            people.complements(second),
            people.accepts_complement(people.complement_uuid(second)),
        ),
    ]


@story()
def complement_and_another_uuid_in_sage(cast: Cast, people: Office) -> Script:
    """A UUID that somebody typed is never overwritten."""
    deal = cast.deal()
    number = deal.payment()
    typed = deterministic_uuid(cast.seed, cast.company.key, "typed by hand")
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(5, people.pays(deal)),
        ago(4, people.types_uuid(deal, typed)),
        once(people.sees.payment_in_portal(deal), people.complements(number)),
        then(people.accepts_complement(people.complement_uuid(number))),
    ]
