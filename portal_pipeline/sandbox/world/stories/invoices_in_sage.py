"""Invoices that Sage holds already, however they came there. Source: rules 5 "Confirm first"."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def invoice_captured_with_its_number_otherwise(cast: Cast, people: Office) -> Script:
    """Captured without UUID and its number written otherwise, it is still the same invoice."""
    deal = cast.deal(lines=1)
    return [
        ago(8, people.bills(deal, approved=True)),
        ago(6, people.captures(deal, with_uuid=False, number=f"a-{deal.folio}")),
    ]


@story({"bajio": 1})
def invoice_of_a_cleared_batch(cast: Cast, people: Office) -> Script:
    """Once its batch is cleared an invoice is confirmed by its posted document."""
    deal = cast.deal(lines=1)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(4, people.clears_batch(deal)),
    ]


@story({"norte": 1})
def invoice_of_an_order_with_its_uuid_in_payables(cast: Cast, people: Office) -> Script:
    """A UUID on the order's invoice and on its A/P document, too, is on one document."""
    deal = cast.deal(lines=1)
    return [
        ago(16, people.orders(deal)),
        ago(9, people.receives(deal)),
        ago(8, people.bills(deal, order="name", approved=True)),
        at(2, people.captures_order_invoice(deal, reaches_payables=True)),
    ]


@story({"bajio": 1})
def invoice_captured_twice(cast: Cast, people: Office) -> Script:
    """A UUID that clerks typed on two documents confirms neither until a person says which."""
    deal = cast.deal(lines=1)
    return [
        ago(9, people.bills(deal, approved=True)),
        ago(7, people.captures(deal)),
        ago(5, people.captures(deal, number=f"{deal.invoice_number}-B")),
    ]


@story({"norte": 1})
def invoice_captured_with_a_wrong_total(cast: Cast, people: Office) -> Script:
    """A document with the UUID and another total than the CFDI confirms nothing."""
    deal = cast.deal(lines=1)
    typed = replace(deal, lines=(replace(deal.lines[0], unit_cost=deal.lines[0].unit_cost + 1),))
    return [
        ago(9, people.bills(deal, approved=True)),
        ago(7, people.captures(typed)),
    ]


@story({"bajio": 1})
def invoice_taken_out_by_a_clerk(cast: Cast, people: Office) -> Script:
    """What was imported and a clerk took out again is not imported a second time by itself."""
    deal = cast.deal(lines=1)
    people.looks_at(deal.supplier)
    return [
        ago(4, people.bills(deal, approved=True)),
        once(people.sees.entered_in_sage(deal), people.takes_out(deal)),
    ]


@story({"bajio": 1})
def invoice_in_a_batch_that_somebody_added_to(cast: Cast, people: Office) -> Script:
    """A batch that is not as it was left is not made ready again; the clerk posts it."""
    deal = cast.deal(lines=1)
    people.looks_at(deal.supplier)
    return [
        ago(4, people.bills(deal, approved=True)),
        once(
            people.sees.entered_in_sage(deal),
            people.adds_beside(deal, f"FLETE{deal.folio}", Decimal(350)),
        ),
        then(people.posts_batch(deal), after=3),
    ]
