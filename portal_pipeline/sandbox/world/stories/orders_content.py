"""What of an order is sent: its lines, taxes, prices and addresses. Source: rules 7."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Script, ago, at, once
from portal_pipeline.sandbox.world.stories.base import story

SKIPPED = "ALM02"
"""A warehouse whose goods one of the companies keeps out of the portal."""
BLANK = "SERV"
"""A location without an address."""


@story({"sureste": 1})
def order_with_lines_left_out(cast: Cast, people: Office) -> Script:
    """Lines for a skipped warehouse, and such as are cancelled whole, stay out and are told."""
    seller = cast.regular()
    deal = cast.deal(seller, of=(cast.line(), cast.line(location=SKIPPED), cast.line()))
    nothing = int(deal.lines[2].quantity)
    return [ago(8, people.orders(deal)), ago(7, people.cancels(deal, {3: nothing}))]


@story({"sureste": 1})
def order_for_a_skipped_warehouse(cast: Cast, people: Office) -> Script:
    """An order of which nothing is left to send stays out of the portal."""
    deal = cast.deal(cast.regular(), of=(cast.line(location=SKIPPED),))
    return [ago(8, people.orders(deal))]


@story({"norte": 1})
def order_without_contact(cast: Cast, people: Office) -> Script:
    """An order that lacks what the portal asks for is rejected, and goes once Sage has it."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal, buyer="")), at(3, people.names_contact(deal))]


@story({"bajio": 1})
def order_still_without_contact(cast: Cast, people: Office) -> Script:
    """An order that lacks what the portal asks for stays out while nobody mends it in Sage."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal, buyer=""))]


@story({"bajio": 1})
def order_to_a_place_without_address(cast: Cast, people: Office) -> Script:
    """Blank address columns of a location are filled with the company's own address."""
    deal = cast.deal(cast.regular(), of=(cast.line(location=BLANK),))
    return [ago(4, people.orders(deal))]


@story({"sureste": 1})
def order_with_empty_fields(cast: Cast, people: Office) -> Script:
    """Empty fields are left out of what is sent, and reach the portal once they are filled in."""
    deal = cast.deal(cast.regular(), lines=1)
    return [
        ago(8, people.orders(deal, cfdi_use="", is_bare=True)),
        once(
            people.sees.order_in_portal(deal),
            people.fills_in(deal, "USOCFDI", "G01"),
            people.fills_in(deal, "AFE", f"AF-{deal.number}"),
            people.amends(deal, description="Entregar en el anden 4"),
        ),
    ]


@story({"norte": 1})
def order_with_a_value_that_the_portal_lacks(cast: Cast, people: Office) -> Script:
    """A use of the CFDI that the portal does not list is left out and told; the order goes."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal, cfdi_use="S01"))]


@story({"bajio": 1})
def order_whose_tax_was_typed(cast: Cast, people: Office) -> Script:
    """The amounts sent follow from the lines; a difference from Sage's total is told."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal), people.types_tax(deal, Decimal("0.55")))]


@story({"sureste": 1})
def order_with_tax_inside_the_price(cast: Cast, people: Office) -> Script:
    """A tax that the price includes stays in the line and is not added again."""
    deal = cast.deal(cast.regular(), lines=1)
    return [ago(4, people.orders(deal), people.includes_tax(deal))]


@story({"bajio": 1})
def order_with_withholdings(cast: Cast, people: Office) -> Script:
    """Withheld taxes lower an order's total and are told apart from the VAT."""
    deal = cast.deal(cast.supplier(tax_group="IVA16HON"), lines=1)
    return [ago(4, people.orders(deal))]


@story({"norte": 1})
def order_with_discount_and_six_decimals(cast: Cast, people: Office) -> Script:
    """A discount lowers the line, and a price keeps its decimals, up to six."""
    cheap = cast.line(discount_percent=Decimal(5))
    fine = cast.line(unit_cost=Decimal("33.333333"))
    return [ago(4, people.orders(cast.deal(cast.regular(), of=(cheap, fine))))]
