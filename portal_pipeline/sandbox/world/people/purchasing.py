"""Buyers and the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.sandbox.sage.company import OptionalValue, OrderLine, ReceivedQuantity
from portal_pipeline.sandbox.world.deals import Deal, DealLine, dollar_rate
from portal_pipeline.sandbox.world.people.deeds import Desk, deed

Quantities = Mapping[int, int]
"""By line of the order (1, 2, ...), in ordering units."""
DELIVERY = timedelta(days=14)
BUYER = "Laura Compras"
STANDING = 2
"""PORTYPE of an order of which others are made."""


class Purchasing(Desk):
    """What buyers and the warehouse do in Sage."""

    @deed
    def orders(
        self,
        deal: Deal,
        *,
        is_on_hold: bool = False,
        authorised: bool = True,
        buyer: str = BUYER,
        cfdi_use: str = "G03",
        is_bare: bool = False,
    ) -> None:
        """A buyer raises the order; whoever may, authorises it.

        Values:
            buyer: the delivery contact.
            cfdi_use: what the CFDI is to be used for; empty: left open.
            is_bare: without description and reference.
        """
        self.sage.raise_purchase_order(
            vendor=deal.vendor,
            number=deal.po_number,
            lines=[self._order_line(line) for line in deal.lines],
            rate=dollar_rate(self.today) if deal.currency == "USD" else None,
            tax_group=deal.tax_group,
            optional_fields=(OptionalValue(name="USOCFDI", value=cfdi_use),) if cfdi_use else (),
            description="" if is_bare else deal.purpose,
            reference="" if is_bare else deal.requisition,
            buyer=buyer,
            expected_on=self.today + DELIVERY,
            is_on_hold=is_on_hold,
        )
        if authorised:
            self._authorise(deal)

    @deed
    def authorises(self, deal: Deal) -> None:
        """The order is approved; a later time again, after an amendment."""
        self._authorise(deal)

    @deed
    def amends(
        self,
        deal: Deal,
        quantities: Quantities | None = None,
        *,
        prices: Mapping[int, Decimal] | None = None,
        add: Sequence[DealLine] = (),
        remove: Sequence[int] = (),
        description: str | None = None,
        authorised: bool = True,
    ) -> None:
        """The buyer changes quantities, prices or lines, and has it approved again, or not."""
        self.sage.amend_purchase_order(
            number=deal.po_number,
            quantities={line: Decimal(value) for line, value in (quantities or {}).items()},
            unit_costs=prices,
            add=[self._order_line(line) for line in add],
            remove=remove,
            description=description,
        )
        if authorised:
            self._authorise(deal)
        elif self.company.profile.has_authorisations:
            self.sage.revoke_authorisation(number=deal.po_number)

    @deed
    def cancels(self, deal: Deal, quantities: Quantities) -> None:
        """The buyer cancels part of what is outstanding."""
        for line, quantity in quantities.items():
            self.sage.cancel_quantity(number=deal.po_number, line=line, quantity=Decimal(quantity))

    @deed
    def cancels_the_rest(self, deal: Deal) -> None:
        """The buyer cancels whatever is outstanding."""
        self.sage.cancel_outstanding(number=deal.po_number)

    @deed
    def releases(self, deal: Deal) -> None:
        """The order is on hold no more."""
        self.sage.set_purchase_order_hold(number=deal.po_number, is_on_hold=False)

    @deed
    def receives(self, deal: Deal, quantities: Quantities | None = None, number: int = 1) -> None:
        """Goods arrive: all that is outstanding, unless told."""
        order = self.sage.purchase_order(deal.po_number)
        chosen = (
            {line.line: line.outstanding for line in order.lines if line.outstanding}
            if quantities is None
            else {line: Decimal(quantity) for line, quantity in quantities.items()}
        )
        self.sage.receive(
            quantities=[
                ReceivedQuantity(po_number=deal.po_number, line=line, quantity=quantity)
                for line, quantity in chosen.items()
            ],
            number=deal.receipt(number),
        )

    @deed
    def receives_together(self, *deals: Deal, less: int = 0) -> None:
        """One receipt, named after the first, for all that is outstanding of several orders.

        Values:
            less: of the last order's first line so many are missing.
        """
        orders = [self.sage.purchase_order(deal.po_number) for deal in deals]
        short = (orders[-1].number, 1)
        self.sage.receive(
            quantities=[
                ReceivedQuantity(
                    po_number=order.number,
                    line=line.line,
                    quantity=line.outstanding - (less if (order.number, line.line) == short else 0),
                )
                for order in orders
                for line in order.lines
            ],
            number=deals[0].receipt(),
        )

    @deed
    def returns(self, deal: Deal, quantities: Quantities | None = None, number: int = 1) -> None:
        """Goods of a receipt go back, by the receipt's lines: all, unless told."""
        back = {line: Decimal(quantity) for line, quantity in (quantities or {}).items()}
        self.sage.return_goods(receipt=deal.receipt(number), quantities=back or None)

    @deed
    def puts_on_hold(self, deal: Deal) -> None:
        """The order is on hold from now on."""
        self.sage.set_purchase_order_hold(number=deal.po_number, is_on_hold=True)

    @deed
    def revokes(self, deal: Deal) -> None:
        """Whoever authorised the order takes that back."""
        self.sage.revoke_authorisation(number=deal.po_number)

    @deed
    def deletes(self, deal: Deal) -> None:
        """The buyer deletes the order in Sage."""
        self.sage.delete_purchase_order(number=deal.po_number)

    @deed
    def makes_standing(self, deal: Deal) -> None:
        """The order becomes a standing one, of which others will be made; it is on hold no more."""
        self._retype_order(deal, PORTYPE=STANDING, ONHOLD=0)

    @deed
    def names_contact(self, deal: Deal) -> None:
        """Somebody types the delivery contact that was missing."""
        self._retype_order(deal, FOBPOINT=BUYER)

    @deed
    def fills_in(self, deal: Deal, name: str, value: str) -> None:
        """Somebody fills in an optional field of the order."""
        self.sage.set_purchase_order_field(number=deal.po_number, name=name, value=value)

    @deed
    def types_tax(self, deal: Deal, more: Decimal) -> None:
        """The buyer types the order's tax in place of Sage's: so much more."""
        order = self.sage.purchase_order(deal.po_number)
        tax, total = order.tax + more, order.total + more
        self._retype_order(deal, TAXAUTOCAL=0, TAXAMOUNT=tax, TXEXCLUDED=tax, DOCTOTAL=total)

    @deed
    def includes_tax(self, deal: Deal) -> None:
        """The buyer says that the prices of an order of one line include the tax."""
        order = self.sage.purchase_order(deal.po_number)
        [line] = order.lines
        net = line.extended - line.discount
        base = cents(net / (1 + sum(line.tax_rates, ZERO) / 100))
        tax = net - base
        with self.sage.writing() as unit:
            key = {"PORHSEQ": order.sequence}
            inside = {"TAXINCLUD1": 1, "TAXBASE1": base, "TAXAMOUNT1": tax, "TXEXCLUDED": ZERO}
            unit.update("POPORL", key, **inside, TAXAMOUNT=tax)
            unit.update("POPORH1", key, TXEXCLUDED=ZERO, TAXAMOUNT=tax, DOCTOTAL=net)

    def _retype_order(self, deal: Deal, **columns: Any) -> None:
        with self.sage.writing() as unit:
            unit.update("POPORH1", {"PONUMBER": deal.po_number}, **columns)

    def _order_line(self, line: DealLine) -> OrderLine:
        return OrderLine(
            item=line.item,
            description=line.description,
            location=line.location,
            quantity=line.quantity,
            unit_cost=line.unit_cost,
            discount_percent=line.discount_percent,
            unit=line.unit,
            conversion=line.conversion,
            expected_on=self.today + DELIVERY,
        )

    def _authorise(self, deal: Deal) -> None:
        if self.company.profile.has_authorisations:
            self.sage.authorise_purchase_order(number=deal.po_number)
