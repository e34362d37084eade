"""Suppliers: who is who in both systems. Source: rules 2 and 3."""

from __future__ import annotations

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story


@story()
def supplier_new(cast: Cast, people: Office) -> Script:
    """Accepted in the portal, unknown in Sage: created, or shown to the person who creates it."""
    newcomer = cast.newcomer(is_vendor=False)
    return [ago(3, people.registers(newcomer))]


@story()
def supplier_known_by_number(cast: Cast, people: Office) -> Script:
    """A vendor matched by its number gets its PROVIDERID."""
    seller = cast.supplier(has_provider_id=False)
    return [ago(5, people.orders(cast.deal(seller)))]


@story()
def supplier_known_by_provider_id(cast: Cast, people: Office) -> Script:
    """A provider matched by PROVIDERID gets its external id."""
    seller = cast.supplier(has_external_id=False)
    return [ago(5, people.bills(cast.deal(seller), approved=True))]


@story()
def supplier_with_repeated_rfc(cast: Cast, people: Office) -> Script:
    """Two branches share an RFC and are two suppliers."""
    one = cast.supplier()
    other = cast.supplier(rfc=one.rfc)
    deal = cast.deal(other)
    return [ago(5, people.bills(deal, approved=True))]


@story()
def supplier_with_another_rfc(cast: Cast, people: Office) -> Script:
    """Another RFC in Sage than in the portal: somebody must look."""
    seller = cast.supplier(rfc_in_sage="ZZZ010101ZZ9")
    return [ago(5, people.bills(cast.deal(seller), approved=True))]


@story()
def supplier_in_conflict(cast: Cast, people: Office) -> Script:
    """PROVIDERID says one provider, the number another: nothing goes until it is mended."""
    vendor = cast.supplier(has_external_id=False)
    rival = cast.newcomer(is_vendor=False)
    deal = cast.deal(vendor)
    return [
        ago(20, people.registers(rival), people.links(rival, vendor.vendor)),
        ago(4, people.orders(deal)),
    ]


@story()
def supplier_with_incomplete_dossier(cast: Cast, people: Office) -> Script:
    """A dossier in review waits; accepted, the supplier is known at once."""
    newcomer = cast.newcomer(dossier="SENT")
    return [
        ago(6, people.registers(newcomer), people.opens_vendor(newcomer)),
        at(3, people.accepts_dossier(newcomer)),
    ]


@story()
def supplier_disabled(cast: Cast, people: Office) -> Script:
    """A disabled supplier is out of scope."""
    newcomer = cast.newcomer(is_vendor=False)
    return [ago(5, people.registers(newcomer)), ago(4, people.disables(newcomer))]


@story()
def supplier_of_another_company(cast: Cast, people: Office) -> Script:
    """A provider that is not related to the company is not ours."""
    newcomer = cast.newcomer(is_vendor=False, is_related=False)
    return [ago(5, people.registers(newcomer))]
