"""Invoices that stand in for others, or apply an advance. Source: rules 5."""

from __future__ import annotations

from dataclasses import replace

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story

APPLIES_ADVANCE = "07"


@story({"bajio": 1})
def invoice_substituted_before_its_import(cast: Cast, people: Office) -> Script:
    """A substitute (04) of what never came to Sage is imported like any other."""
    first = cast.deal(lines=1)
    second = cast.substitute(first)
    return [
        ago(9, people.bills(first)),
        ago(7, people.cancels_cfdi(first.uuid), people.bills(second, approved=True)),
    ]


@story({"norte": 1})
def invoice_substituted_by_another_total(cast: Cast, people: Office) -> Script:
    """A substitute (04) with another total than the posted original waits for a person."""
    first = cast.deal(lines=1)
    dearer = replace(first.lines[0], unit_cost=first.lines[0].unit_cost + 10)
    second = cast.changed(cast.substitute(first), lines=(dearer,))
    return [
        ago(9, people.bills(first, approved=True)),
        ago(7, people.captures(first)),
        at(2, people.cancels_cfdi(first.uuid), people.bills(second, approved=True)),
    ]


@story({"bajio": 1})
def invoice_that_applies_an_advance(cast: Cast, people: Office) -> Script:
    """An advance, its invoice and the note that applies it (07) wait for the clerk, all three."""
    seller = cast.supplier()
    advance = cast.deal(seller, lines=1)
    applies = ((APPLIES_ADVANCE, (advance.uuid,)),)
    final = cast.deal(seller, lines=1, relations=applies)
    note = cast.credit_note(final, "0.3", relations=applies)
    return [
        ago(9, people.bills(advance, is_advance=True, approved=True)),
        ago(5, people.bills(final, approved=True), people.credits(note, approved=True)),
        at(3, people.captures(advance), people.captures(final), people.captures_note(note)),
    ]
