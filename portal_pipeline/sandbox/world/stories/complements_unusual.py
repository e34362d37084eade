"""Payment complements that ask for a second look. Source: rules 8."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.deals import Paid
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story
from portal_pipeline.sandbox.world.stories.openings import captured


@story({"norte": 1})
def complement_that_fits_two_payments(cast: Cast, people: Office) -> Script:
    """Without a link a complement that fits two equal payments is written to neither."""
    deal = cast.deal(cast.regular(), lines=1, is_round=True)
    half = Paid(deal=deal, amount=deal.total / 2)
    return [
        *captured(people, deal),
        ago(4, people.pays(half), people.pays(half, number=2)),
        once(
            people.sees.payment_in_portal(deal, 2),
            people.complements(deal.payment(), linked=False),
            people.accepts_complement(people.complement_uuid(deal.payment())),
        ),
    ]


@story({"bajio": 1})
def complement_ahead_of_its_payment(cast: Cast, people: Office) -> Script:
    """A complement of a payment that Sage has not posted yet waits, and is written then."""
    deal = cast.deal(cast.regular(), lines=1)
    number = deal.payment()
    return [
        *captured(people, deal),
        at(1, people.pays_in_portal(deal, number=number), people.complements(number)),
        then(people.accepts_complement(people.complement_uuid(number))),
        then(people.pays(deal)),
    ]


@story({"norte": 1})
def complement_sent_twice_for_a_payment(cast: Cast, people: Office) -> Script:
    """Of two valid complements of a payment the first stays in Sage; both are linked to it."""
    deal = cast.deal(cast.regular(), lines=1)
    number = deal.payment()
    return [
        *captured(people, deal),
        ago(4, people.pays(deal)),
        once(
            people.sees.payment_in_portal(deal),
            people.complements(number),
            people.accepts_complement(people.complement_uuid(number)),
        ),
        then(
            people.complements(number, version=2),
            people.accepts_complement(people.complement_uuid(number, version=2)),
            after=2,
        ),
    ]
