"""Suppliers that are created, doubled, changed or taken out. Source: rules 2 and 3."""

from __future__ import annotations

from dataclasses import replace

from portal_pipeline.sandbox.world.cast import DOLLAR, FOREIGN_RFC, Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, then
from portal_pipeline.sandbox.world.stories.base import story


@story({"norte": 1})
def supplier_that_a_clerk_creates(cast: Cast, people: Office) -> Script:
    """Where people create vendors, an unknown supplier is told, and known once they have."""
    newcomer = cast.newcomer()
    return [
        ago(6, people.registers(replace(newcomer, is_vendor=False))),
        at(3, people.opens_vendor(newcomer)),
    ]


@story({"bajio": 1})
def supplier_from_abroad(cast: Cast, people: Office) -> Script:
    """The settings' one set of defaults fits no supplier from abroad: a clerk creates it."""
    newcomer = cast.newcomer(
        kind="FOREIGN", currency=DOLLAR, rfc=FOREIGN_RFC, tax_group="IVA0", is_vendor=False
    )
    return [ago(6, people.registers(newcomer)), at(4, people.opens_vendor(newcomer))]


@story({"bajio": 1})
def supplier_of_a_known_rfc(cast: Cast, people: Office) -> Script:
    """No vendor is created beside one of the same RFC: a person says which it is."""
    old = cast.supplier(is_on_portal=False)
    newcomer = cast.newcomer(rfc=old.rfc, is_vendor=False)
    return [ago(6, people.registers(newcomer)), at(4, people.links(newcomer, old.vendor))]


@story({"bajio": 1})
def supplier_whose_number_is_taken(cast: Cast, people: Office) -> Script:
    """A second branch of an RFC gets no vendor under the number of the first by itself."""
    first = cast.newcomer(is_vendor=False)
    second = cast.newcomer(rfc=first.rfc, is_vendor=False)
    return [
        ago(6, people.registers(first)),
        at(2, people.registers(second)),
        then(people.opens_vendor(second), after=2),
    ]


@story({"bajio": 1})
def supplier_with_a_number_that_sage_lacks(cast: Cast, people: Office) -> Script:
    """A supplier whose number names no vendor is not created under another one."""
    newcomer = cast.newcomer(is_vendor=False)
    return [
        ago(6, people.registers(newcomer), people.links(newcomer, newcomer.vendor)),
        at(4, people.opens_vendor(newcomer)),
    ]


@story({"norte": 1})
def supplier_that_registered_twice(cast: Cast, people: Office) -> Script:
    """A supplier that the portal's support took out again is not waited for."""
    one = cast.supplier()
    twin = cast.newcomer(rfc=one.rfc, is_vendor=False)
    return [ago(6, people.registers(twin)), at(3, people.takes_supplier_out(twin))]


@story({"sureste": 1})
def supplier_with_a_second_vendor(cast: Cast, people: Office) -> Script:
    """One vendor per currency, one supplier: orders of both go under its one number."""
    seller = cast.supplier()
    both = replace(seller, dollar_vendor=True)
    pesos, dollars = cast.deal(both, lines=1), cast.deal(both, lines=1, currency=DOLLAR)
    return [
        ago(6, people.orders(pesos)),
        at(2, people.opens_dollar_vendor(both)),
        then(people.orders(dollars)),
    ]


@story({"norte": 1})
def supplier_with_another_contact(cast: Cast, people: Office) -> Script:
    """Of a dossier that changed only what the settings name follows in the vendor."""
    seller = cast.supplier()
    return [at(2, people.changes_contact(seller, f"cobranza.{seller.vendor.lower()}@example.com"))]


@story({"norte": 1})
def supplier_with_another_bank_account(cast: Cast, people: Office) -> Script:
    """The account of another bank in a dossier is told to treasury, and Sage stays as it is."""
    return [at(2, people.changes_bank(cast.supplier()))]


@story({"norte": 1})
def supplier_with_credit_days_without_terms(cast: Cast, people: Office) -> Script:
    """Credit days for which the settings name no terms are told, and the terms left alone."""
    seller = cast.supplier(credit_days=45)
    return [ago(4, people.orders(cast.deal(seller, lines=1)))]
