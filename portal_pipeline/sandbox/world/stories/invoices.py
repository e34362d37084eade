"""Invoices on their way from the portal into Sage. Source: rules 4 and 5."""

from __future__ import annotations

from portal_pipeline.sandbox.cfdi import isr_withheld, iva, iva_withheld
from portal_pipeline.sandbox.world.calendar import working_day_before
from portal_pipeline.sandbox.world.cast import DOLLAR, Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.people.suppliers import NOT_XML
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once, then
from portal_pipeline.sandbox.world.stories.base import story


@story()
def invoice_without_order(cast: Cast, people: Office) -> Script:
    """An invoice without purchase order is imported."""
    deal = cast.deal()
    return [ago(6, people.bills(deal)), ago(3, people.approves(deal.uuid))]


@story()
def invoice_of_version_33(cast: Cast, people: Office) -> Script:
    """A CFDI 3.3 is imported like a 4.0."""
    deal = cast.deal(version="3.3")
    return [ago(6, people.bills(deal)), ago(2, people.approves(deal.uuid))]


@story()
def invoice_authorised_weeks_after_issue(cast: Cast, people: Office) -> Script:
    """The day of approval counts, not that of the CFDI: nothing is lost at month end."""
    deal = cast.deal(issued_on=working_day_before(38))
    return [ago(30, people.bills(deal)), at(2, people.approves(deal.uuid))]


@story()
def invoice_approved_late(cast: Cast, people: Office) -> Script:
    """What nobody has approved is not imported."""
    deal = cast.deal()
    return [ago(5, people.bills(deal)), at(4, people.approves(deal.uuid))]


@story()
def invoice_in_dollars(cast: Cast, people: Office) -> Script:
    """The vendor of the CFDI's currency gets the invoice."""
    deal = cast.deal(cast.supplier(dollar_vendor=True), currency=DOLLAR)
    return [ago(6, people.bills(deal)), ago(4, people.approves(deal.uuid))]


@story()
def invoice_in_a_currency_without_vendor(cast: Cast, people: Office) -> Script:
    """A dollar invoice of a provider with a peso vendor alone waits."""
    deal = cast.deal(currency=DOLLAR)
    return [ago(6, people.bills(deal)), ago(4, people.approves(deal.uuid))]


@story()
def invoice_with_withholdings(cast: Cast, people: Office) -> Script:
    """Fees: charged and withheld taxes are reproduced."""
    seller = cast.supplier(tax_group="IVA16HON")
    deal = cast.deal(seller, lines=1, taxes=(iva(16), isr_withheld(), iva_withheld()))
    return [ago(5, people.bills(deal)), ago(3, people.approves(deal.uuid))]


@story()
def invoice_captured_by_hand(cast: Cast, people: Office) -> Script:
    """What a clerk captured with its UUID is confirmed, not imported again."""
    deal = cast.deal()
    return [
        ago(8, people.bills(deal)),
        ago(7, people.approves(deal.uuid)),
        ago(5, people.captures(deal)),
    ]


@story()
def invoice_in_an_open_batch(cast: Cast, people: Office) -> Script:
    """A captured invoice is confirmed once its batch is posted."""
    deal = cast.deal()
    return [
        ago(8, people.bills(deal)),
        ago(7, people.approves(deal.uuid)),
        ago(2, people.captures(deal, is_waiting=True)),
        at(4, people.posts_waiting_batches(deal)),
    ]


@story()
def invoice_in_an_error_batch(cast: Cast, people: Office) -> Script:
    """Sage's posting error is shown; nothing is imported beside it."""
    deal = cast.deal()
    return [
        ago(8, people.bills(deal)),
        ago(7, people.approves(deal.uuid)),
        ago(2, people.captures(deal, is_wrong=True)),
    ]


@story()
def invoice_captured_under_another_number(cast: Cast, people: Office) -> Script:
    """Same vendor, same total, another number, no UUID: perhaps the same one, so it waits."""
    deal = cast.deal()
    return [
        ago(9, people.bills(deal)),
        ago(7, people.captures(deal, with_uuid=False, number=f"REM-{deal.number}")),
        ago(6, people.approves(deal.uuid)),
    ]


@story()
def invoice_with_order_not_captured(cast: Cast, people: Office) -> Script:
    """An invoice with a purchase order waits for the clerk who matches it with the receipt."""
    deal = cast.deal()
    return [
        ago(16, people.orders(deal)),
        ago(6, people.receives(deal)),
        ago(5, people.bills(deal, order="name")),
        ago(4, people.approves(deal.uuid)),
    ]


@story()
def invoice_that_looks_like_an_order_invoice(cast: Cast, people: Office) -> Script:
    """No order is named, but a receipt of the same total waits for its invoice."""
    deal = cast.deal()
    return [
        ago(16, people.orders(deal)),
        ago(6, people.receives(deal)),
        ago(5, people.bills(deal)),
        ago(4, people.approves(deal.uuid)),
    ]


@story()
def invoice_that_is_html(cast: Cast, people: Office) -> Script:
    """A login page instead of the XML is said so, and nothing is imported."""
    deal = cast.deal()
    return [
        ago(4, people.bills(deal, served_body=NOT_XML)),
        ago(3, people.approves(deal.uuid)),
    ]


@story()
def invoice_of_another_company(cast: Cast, people: Office) -> Script:
    """A CFDI for another receiver is not ours."""
    deal = cast.deal(receiver=cast.company.sister)
    return [ago(4, people.bills(deal)), ago(3, people.approves(deal.uuid))]


@story()
def invoice_cancelled_before_import(cast: Cast, people: Office) -> Script:
    """A CFDI that was cancelled is never imported."""
    deal = cast.deal()
    return [
        ago(8, people.bills(deal)),
        ago(7, people.approves(deal.uuid)),
        ago(1, people.cancels_cfdi(deal.uuid)),
    ]


@story()
def invoice_cancelled_after_import(cast: Cast, people: Office) -> Script:
    """A CFDI cancelled after its import is reported, and its payment does not go."""
    deal = cast.deal()
    return [
        ago(8, people.bills(deal)),
        ago(7, people.approves(deal.uuid)),
        ago(5, people.captures(deal)),
        at(3, people.cancels_cfdi(deal.uuid)),
        then(people.pays(deal)),
    ]


@story()
def invoice_substituted(cast: Cast, people: Office) -> Script:
    """A substitute (04) of a posted original takes its place."""
    seller = cast.supplier()
    first = cast.deal(seller)
    second = cast.substitute(first)
    return [
        ago(9, people.bills(first)),
        ago(8, people.approves(first.uuid)),
        ago(6, people.captures(first)),
        at(2, people.bills(second, approved=True), people.cancels_cfdi(first.uuid)),
    ]


@story()
def invoice_of_an_advance(cast: Cast, people: Office) -> Script:
    """An advance is not imported by default: a person books it."""
    deal = cast.deal(lines=1)
    return [
        ago(6, people.bills(deal, is_advance=True)),
        ago(4, people.approves(deal.uuid)),
    ]


@story()
def invoice_paid_at_once_after_import(cast: Cast, people: Office) -> Script:
    """Imported by the product, posted, paid in one go (PUE)."""
    deal = cast.deal(method="PUE")
    return [
        ago(6, people.bills(deal)),
        ago(4, people.approves(deal.uuid)),
        once(people.sees.posted_in_sage(deal), people.pays(deal)),
    ]
