"""What an import program needs beside the CFDI, and what it does not take. Source: rules 5."""

from __future__ import annotations

from portal_pipeline.sandbox.cfdi import isr_withheld, iva
from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story

END = "</cfdi:Comprobante>"
TWO_ADDENDAS = {END: f"<cfdi:Addenda/><cfdi:Addenda/>{END}"}


@story({"sureste": 1})
def program_and_a_supplier_of_today(cast: Cast, people: Office) -> Script:
    """No file is written before the dossier of a supplier who came today is read."""
    seller = cast.newcomer(dossier="SENT")
    deal = cast.deal(seller, lines=1)
    return [
        at(2, people.registers(seller), people.opens_vendor(seller)),
        then(people.bills(deal, approved=True)),
        then(people.accepts_dossier(seller)),
    ]


@story({"sureste": 1})
def program_and_a_supplier_without_bank(cast: Cast, people: Office) -> Script:
    """A supplier whose dossier names no bank account keeps its invoice back until it does."""
    seller = cast.supplier(has_bank=False)
    deal = cast.deal(seller, lines=1)
    return [ago(4, people.bills(deal, approved=True)), at(3, people.sends_bank_account(seller))]


@story({"sureste": 1})
def program_and_another_issuer(cast: Cast, people: Office) -> Script:
    """An invoice that another company issued than the supplier's own is not handed over."""
    deal = cast.deal(cast.supplier(issuer_rfc="FIL010101FI1", rfc_in_sage=""), lines=1)
    return [ago(4, people.bills(deal, approved=True))]


@story({"sureste": 1})
def program_and_two_addendas(cast: Cast, people: Office) -> Script:
    """A CFDI with two addendas of its own gets no third, and is left to a clerk."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.uploads(deal, miswritten=TWO_ADDENDAS))]


@story({"sureste": 1})
def program_and_two_orders(cast: Cast, people: Office) -> Script:
    """A credit note linked to two orders is not handed over: the program takes one."""
    seller = cast.supplier()
    one, other = cast.deal(seller, lines=1), cast.deal(seller, lines=1)
    note = cast.credit_note(one, relations=())
    return [
        ago(6, people.orders(one), people.orders(other)),
        once(people.sees.order_in_portal(other), people.credits_orders(note, one, other)),
    ]


@story({"sureste": 1})
def program_and_a_payment_form_of_its_own(cast: Cast, people: Office) -> Script:
    """A payment form that is no code of the SAT is left out of the supplier's file, and told."""
    newcomer = cast.newcomer(is_vendor=False, payment_form="TRANSFERENCIA")
    return [ago(3, people.registers(newcomer))]


@story({"sureste": 1})
def program_that_does_not_take_a_tax(cast: Cast, people: Office) -> Script:
    """What the program put aside is said so, and is not handed over again by itself."""
    deal = cast.deal(lines=1, taxes=(iva(16), isr_withheld()))
    return [ago(4, people.bills(deal, approved=True))]
