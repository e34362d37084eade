"""What the portal lists and gives beside proper CFDIs. Source: rules 4."""

from __future__ import annotations

from dataclasses import replace

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story

PAYROLL = {'TipoDeComprobante="I"': 'TipoDeComprobante="N"'}


@story({"bajio": 1})
def document_whose_file_is_missing(cast: Cast, people: Office) -> Script:
    """A document of which the portal gives no file is asked for again until it does."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.uploads(deal, has_xml=False)), at(3, people.mends_file(deal))]


@story({"norte": 1})
def document_whose_file_is_another(cast: Cast, people: Office) -> Script:
    """Another CFDI than the listed one is not kept; the right one is imported."""
    seller = cast.regular()
    deal, other = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    return [ago(4, people.uploads(deal, served=other)), at(3, people.mends_file(deal))]


@story({"sureste": 1})
def document_whose_file_is_for_somebody_else(cast: Cast, people: Office) -> Script:
    """A file whose receiver is another company than the list says is not kept."""
    deal = cast.deal(cast.regular(), lines=1)
    other = replace(deal, receiver=cast.company.sister)
    return [ago(4, people.uploads(deal, served=other))]


@story({"bajio": 1})
def document_listed_without_its_stamp(cast: Cast, people: Office) -> Script:
    """A document that the portal lists without UUID waits until the list has it."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(4, people.bills(deal, approved=True), people.loses_stamp(deal)),
        at(3, people.finds_stamp(deal)),
    ]


@story({"norte": 1})
def document_of_a_foreign_supplier(cast: Cast, people: Office) -> Script:
    """What a supplier abroad uploads is no CFDI, and is left to the clerk."""
    deal = cast.deal(cast.foreign_supplier(), lines=1)
    return [
        ago(9, people.uploads(deal, document_type="FOREIGN")),
        ago(7, people.captures(deal, with_uuid=False)),
    ]


@story({"norte": 1})
def payroll_paid_like_an_invoice(cast: Cast, people: Office) -> Script:
    """A payroll CFDI that somebody captured and paid is not an invoice: nothing is sent."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(9, people.uploads(deal, miswritten=PAYROLL)),
        ago(7, people.captures(deal)),
        ago(3, people.pays(deal)),
    ]
