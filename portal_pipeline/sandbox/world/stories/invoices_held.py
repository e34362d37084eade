"""Invoices that wait for an account, a tax, a rate, or for a clerk. Source: rules 5."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from portal_pipeline.sandbox.cfdi import TaxSpec, ieps, iva
from portal_pipeline.sandbox.sage.company.seed import INACTIVE_ACCOUNT
from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.deals import Deal
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at
from portal_pipeline.sandbox.world.stories.base import story

UNMAPPED = "43211500"
"""ClaveProdServ that the settings map to no account."""
LODGING_TAX = Decimal("45.00")
OFF = Decimal("0.40")
"""By so much a supplier's program errs: too much for rounding."""


def _unmapped(cast: Cast, deal: Deal) -> Deal:
    """The deal with goods whose account is the vendor's own."""
    lines = tuple(replace(line, product_key=UNMAPPED) for line in deal.lines)
    return cast.changed(deal, lines=lines)


@story({"norte": 1})
def invoice_of_a_vendor_without_account(cast: Cast, people: Office) -> Script:
    """A line that nothing places waits until somebody gives its vendor an account."""
    seller = cast.supplier(gl_account="")
    deal = _unmapped(cast, cast.deal(seller, lines=1))
    return [ago(4, people.bills(deal, approved=True)), at(3, people.gives_account(seller))]


@story({"bajio": 1})
def invoice_to_an_inactive_account(cast: Cast, people: Office) -> Script:
    """A vendor's account that was closed holds its invoice until the vendor has another one."""
    seller = cast.supplier(gl_account=INACTIVE_ACCOUNT)
    deal = _unmapped(cast, cast.deal(seller, lines=1))
    return [ago(4, people.bills(deal, approved=True)), at(3, people.gives_account(seller))]


@story({"norte": 1})
def invoice_of_a_hotel(cast: Cast, people: Office) -> Script:
    """A local tax waits until the settings name its account."""
    deal = cast.changed(cast.deal(cast.regular(), lines=1), local_tax=LODGING_TAX)
    return [ago(5, people.bills(deal, approved=True))]


@story({"bajio": 1})
def invoice_with_an_excise_tax(cast: Cast, people: Office) -> Script:
    """A tax that no tax group of Sage carries waits for its group."""
    deal = cast.deal(cast.regular(), lines=1, taxes=(iva(16), ieps(Decimal("0.08"))))
    return [ago(5, people.bills(deal, approved=True))]


@story({"norte": 1})
def invoice_at_an_old_rate(cast: Cast, people: Office) -> Script:
    """A rate of VAT that Sage has no tax class for waits for its class."""
    deal = cast.deal(cast.regular(), lines=1, taxes=(iva(11),))
    return [ago(5, people.bills(deal, approved=True))]


@story({"bajio": 1})
def invoice_with_a_tax_that_does_not_exist(cast: Cast, people: Office) -> Script:
    """A tax that is not in the catalogue of the SAT is left to a clerk."""
    deal = cast.deal(cast.regular(), lines=1, taxes=(TaxSpec("009", Decimal("0.16")),))
    return [ago(5, people.bills(deal, approved=True))]


@story({"norte": 1})
def invoice_whose_taxes_do_not_follow_from_its_rate(cast: Cast, people: Office) -> Script:
    """Taxes that Sage would compute otherwise are left to a clerk."""
    deal = cast.deal(cast.regular(), lines=1)
    tax, total = deal.total - deal.net, deal.total
    miswritten = {f'"{tax}"': f'"{tax + OFF}"', f'Total="{total}"': f'Total="{total + OFF}"'}
    return [ago(5, people.uploads(deal, miswritten=miswritten))]


@story({"bajio": 1})
def invoice_whose_lines_do_not_add_up(cast: Cast, people: Office) -> Script:
    """Lines that are not the subtotal are left to the clerk who captures them."""
    deal = cast.deal(lines=2)
    first = deal.invoice(people.local_time()).lines[0].amount
    written = {f' Importe="{first}" Obj': f' Importe="{first - 1}" Obj'}
    return [
        ago(5, people.uploads(deal, miswritten=written)),
        at(3, people.captures(deal)),
    ]


@story({"norte": 1})
def invoice_in_dollars_without_rate(cast: Cast, people: Office) -> Script:
    """A dollar CFDI without exchange rate waits for the clerk, and is confirmed when captured."""
    deal = cast.deal(cast.supplier(dollar_vendor=True), currency=DOLLAR, lines=1)
    deal = cast.changed(deal, has_rate=False)
    return [ago(5, people.bills(deal, approved=True)), at(3, people.captures(deal))]


@story({"norte": 1})
def invoice_of_every_month(cast: Cast, people: Office) -> Script:
    """Sage refuses a vendor's second document of one amount, until its vendor may have them."""
    seller = cast.supplier()
    first = cast.deal(seller, lines=1)
    second = cast.changed(cast.deal(seller, lines=1), lines=first.lines)
    return [
        ago(16, people.bills(first, approved=True)),
        ago(14, people.captures(first), people.checks_amounts(seller)),
        ago(3, people.bills(second, approved=True)),
        at(3, people.checks_amounts(seller, is_on=False)),
    ]


@story({"bajio": 1})
def invoice_of_a_closed_month(cast: Cast, people: Office) -> Script:
    """At month end an invoice of the closed period is posted on the first day that is open."""
    last = cast.company.profile.closed_until
    assert last is not None, "the company closes its months"  # noqa: S101 - our own logic
    deal = cast.deal(lines=1, issued_on=working_day_before(34))
    return [
        ago(26, people.bills(deal)),
        ago(25, people.closes_month(last)),
        ago(20, people.approves(deal.uuid)),
    ]
