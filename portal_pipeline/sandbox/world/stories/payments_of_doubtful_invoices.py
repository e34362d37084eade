"""Payments whose invoices are not what they seem, and what releases them. Source: rules 5, 6."""

from __future__ import annotations

from dataclasses import replace

from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.deals import PESO
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story


@story({"bajio": 1})
def payment_of_dollars_captured_as_pesos(cast: Cast, people: Office) -> Script:
    """A dollar CFDI that a clerk captured in pesos is not confirmed, and not paid."""
    deal = cast.deal(cast.regular(), lines=1, currency=DOLLAR)
    as_pesos = replace(deal, currency=PESO)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(as_pesos)),
        ago(4, people.pays(as_pesos)),
    ]


@story({"sureste": 1})
def payment_of_a_uuid_copied_to_two_documents(cast: Cast, people: Office) -> Script:
    """A payment waits while its invoice's UUID stands on a second document of Sage."""
    seller = cast.regular()
    deal = cast.deal(seller, lines=1)
    remission = cast.deal(seller, lines=1)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal), people.captures(remission, uuid=deal.uuid)),
        ago(4, people.pays(deal)),
        at(3, people.takes_uuid_off(remission)),
    ]


@story({"norte": 1})
def payment_of_an_invoice_in_a_sister_account(cast: Cast, people: Office) -> Script:
    """A payment waits while its invoice lies in the account of another supplier."""
    seller, sister = cast.supplier(), cast.regular()
    deal = cast.deal(seller, lines=1, issued_on=working_day_before(12))
    return [
        ago(11, people.bills(deal, account=sister)),
        ago(10, people.captures(deal)),
        ago(4, people.pays(deal)),
        at(3, people.withdraws(deal.uuid), people.bills(deal, approved=True)),
    ]


@story({"bajio": 1})
def payment_of_a_substituted_invoice(cast: Cast, people: Office) -> Script:
    """A payment of a cancelled invoice waits for its substitute (04), and pays that one."""
    deal = cast.deal(cast.regular(), lines=1)
    substitute = cast.substitute(deal)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(10, people.captures(deal)),
        ago(5, people.pays(deal)),
        ago(4, people.cancels_cfdi(deal.uuid)),
        at(3, people.bills(substitute, approved=True)),
    ]


@story({"bajio": 1})
def payment_of_a_supplier_that_joins_later(cast: Cast, people: Office) -> Script:
    """Not ours while its supplier is not on the portal; sent after the sweep once it has joined."""
    seller = cast.supplier(is_on_portal=False)
    deal = cast.deal(seller, lines=1, issued_on=working_day_before(12))
    return [
        ago(10, people.captures(deal, with_uuid=False)),
        ago(4, people.pays(deal)),
        at(2, people.registers(seller), people.bills(deal, approved=True)),
    ]


@story({"sureste": 1})
def payment_in_portal_of_an_unknown_invoice(cast: Cast, people: Office) -> Script:
    """Paid by hand in the portal and not in Sage: told, until a clerk has captured the invoice."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(12, people.bills(deal, approved=True)),
        ago(8, people.pays_in_portal(deal)),
        at(3, people.captures(deal)),
    ]
