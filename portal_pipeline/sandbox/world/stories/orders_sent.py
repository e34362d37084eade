"""Orders on their way to the portal, and what stands in it. Source: rules 2 and 7."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.founding import SISTER
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def order_typed_into_the_portal_alike(cast: Cast, people: Office) -> Script:
    """An order of Sage that somebody typed into the portal as it is becomes ours, unwritten."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(8, people.orders(deal)), ago(7, people.types_order(deal))]


@story({"sureste": 1})
def order_typed_into_the_portal_otherwise(cast: Cast, people: Office) -> Script:
    """An order of Sage that somebody typed into the portal with errors becomes ours, and right."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(8, people.orders(deal)), ago(7, people.types_order(deal, more=2))]


@story({"norte": 1})
def order_number_of_another_supplier(cast: Cast, people: Office) -> Script:
    """An order of another supplier that has our number in the portal is never touched."""
    seller, other = cast.supplier(), cast.regular()
    deal = cast.deal(seller, lines=1)
    return [ago(8, people.orders(deal)), ago(7, people.types_order(deal, supplier=other))]


@story({"bajio": 1})
def order_number_of_another_company(cast: Cast, people: Office) -> Script:
    """An order of another company of the portal's tenant that has our number is never touched."""
    deal = cast.deal(cast.regular(), lines=1)
    theirs = people.types_order(deal, company=SISTER, more=5)
    return [ago(8, people.orders(deal)), ago(7, theirs)]


@story({"bajio": 1})
def order_no_longer_authorised(cast: Cast, people: Office) -> Script:
    """An order that waits and loses its authorisation goes when it is authorised again."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(4, people.orders(deal, is_on_hold=True)),
        at(2, people.revokes(deal), people.releases(deal)),
        at(5, people.authorises(deal)),
    ]


@story({"sureste": 1})
def order_that_becomes_a_standing_one(cast: Cast, people: Office) -> Script:
    """Only active orders are sent: one that waited and became a standing one stays out."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(4, people.orders(deal, is_on_hold=True)),
        at(2, people.makes_standing(deal)),
    ]


@story({"norte": 1})
def order_of_a_supplier_shut_out(cast: Cast, people: Office) -> Script:
    """An order that the portal refuses, because it shut the supplier out, is tried again later."""
    seller = cast.supplier()
    return [
        ago(5, people.disables(seller)),
        ago(4, people.orders(cast.deal(seller, lines=1))),
        at(4, people.enables(seller)),
    ]


@story({"bajio": 1})
def order_before_the_dossier_is_accepted(cast: Cast, people: Office) -> Script:
    """A supplier in review has no number in the portal: its order waits until it is accepted."""
    seller = cast.supplier(dossier="SENT", has_external_id=False)
    return [
        ago(4, people.orders(cast.deal(seller, lines=1))),
        at(3, people.accepts_dossier(seller)),
    ]
