"""Money of an order from its lines: every amount is computed here, none is taken over.

A tax inside the price stays inside the line's amount, as Sage's EXTENDED and DOCTOTAL have it; only
taxes on top of the price are summed, positive ones as VAT and negative ones as withholding (what
the old system sends and the portal accepts). Source: rules 7; sync rules sheet 7.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.purchase_orders.models import SagePoLine

HUNDRED = Decimal(100)


class LineAmounts(Frozen):
    """Money of one line, in cents of the order's currency."""

    net: Decimal
    """Quantity times price, less discount."""
    added: tuple[Decimal, ...] = ()
    """Each tax on top; withholdings are negative."""


class OrderAmounts(Frozen):
    """Money of an order, in cents of its currency."""

    subtotal: Decimal
    vat: Decimal
    withheld: Decimal
    """Zero or negative."""

    @property
    def total(self) -> Decimal:
        """What the supplier is to be paid."""
        return self.subtotal + self.vat + self.withheld


def line_amounts(line: SagePoLine) -> LineAmounts:
    """Amounts of what is left of a line after cancellations."""
    gross = cents(line.quantity * line.unit_cost)
    net = gross - _discount(line, gross)
    in_sage = line.extended - line.discount
    added = tuple(
        cents(_base(net, tax.base, in_sage) * tax.rate / HUNDRED)
        for tax in line.taxes
        if not tax.is_included
    )
    return LineAmounts(net=net, added=added)


def _discount(line: SagePoLine, gross: Decimal) -> Decimal:
    """Sage's own amount while the line stands as ordered; else the percentage of what is left.

    The percentage has five decimals: of a discount typed as an amount it can be cents off.
    """
    if gross == cents(line.extended):
        return cents(line.discount)
    return cents(gross * line.discount_percent / HUNDRED)


def _base(net: Decimal, base_in_sage: Decimal, net_in_sage: Decimal) -> Decimal:
    """What is taxed: Sage's own base in proportion to what is left of its amount.

    The base can differ from the amount (tax on tax, a tax inside the price). Where Sage shows no
    amount any more, the whole of ours is taxed.
    """
    if not net_in_sage:
        return net
    return base_in_sage if net == net_in_sage else base_in_sage * net / net_in_sage


def order_amounts(lines: Iterable[LineAmounts]) -> OrderAmounts:
    """Sums of lines."""
    found = list(lines)
    taxes = [tax for line in found for tax in line.added]
    return OrderAmounts(
        subtotal=sum((line.net for line in found), ZERO),
        vat=sum((tax for tax in taxes if tax > 0), ZERO),
        withheld=sum((tax for tax in taxes if tax < 0), ZERO),
    )
