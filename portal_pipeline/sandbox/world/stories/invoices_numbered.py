"""The number of an invoice in Sage. Source: rules 5 "Document number"."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story

LONG = "SUCURSAL-MONTERREY-"


@story({"norte": 1})
def invoice_without_a_number(cast: Cast, people: Office) -> Script:
    """Without serie and folio the end of the UUID is the document's number."""
    deal = cast.changed(cast.deal(lines=1), serie="", own_folio="")
    return [ago(5, people.bills(deal, approved=True))]


@story({"bajio": 1})
def invoice_with_a_long_number(cast: Cast, people: Office) -> Script:
    """A number that is too long for Sage gives way to the end of the UUID; blanks fall out."""
    seller = cast.supplier()
    long, spaced = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    long = cast.changed(long, own_folio=f"{LONG}{long.number}")
    spaced = cast.changed(spaced, serie="m t y")
    return [ago(5, people.bills(long, approved=True), people.bills(spaced, approved=True))]


@story({"norte": 1})
def invoice_under_a_number_used_before(cast: Cast, people: Office) -> Script:
    """A number that another document of the vendor has waits for a person to name another one."""
    seller = cast.supplier()
    first = cast.deal(seller, lines=1)
    second = cast.changed(cast.deal(seller, lines=1), own_folio=first.folio)
    return [
        ago(12, people.bills(first, approved=True)),
        ago(10, people.captures(first)),
        ago(3, people.bills(second, approved=True)),
    ]


@story({"bajio": 1})
def invoices_under_one_number(cast: Cast, people: Office) -> Script:
    """Of two invoices under one number one is imported, and a clerk captures the other."""
    seller = cast.supplier()
    first = cast.deal(seller, lines=1)
    second = cast.changed(cast.deal(seller, lines=1), own_folio=first.folio)
    return [
        ago(4, people.bills(first, approved=True), people.bills(second, approved=True)),
        at(4, people.captures_what_is_missing(first, second)),
    ]
