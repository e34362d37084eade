"""Buyers and the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from portal_pipeline.sandbox.sage.company import OptionalValue, OrderLine, ReceivedQuantity
from portal_pipeline.sandbox.world.deals import Deal, dollar_rate
from portal_pipeline.sandbox.world.people.deeds import Desk, deed

Quantities = Mapping[int, int]
"""By line of the order (1, 2, ...), in ordering units."""
DELIVERY = timedelta(days=14)


class Purchasing(Desk):
    """What buyers and the warehouse do in Sage."""

    @deed
    def orders(self, deal: Deal, *, is_on_hold: bool = False, authorised: bool = True) -> None:
        """A buyer raises the order; whoever may, authorises it."""
        self.sage.raise_purchase_order(
            vendor=deal.vendor,
            number=deal.po_number,
            lines=[
                OrderLine(
                    item=line.item,
                    description=line.description,
                    quantity=line.quantity,
                    unit_cost=line.unit_cost,
                    unit=line.unit,
                    conversion=line.conversion,
                    expected_on=self.today + DELIVERY,
                )
                for line in deal.lines
            ],
            rate=dollar_rate(self.today) if deal.currency == "USD" else None,
            tax_group=deal.tax_group,
            optional_fields=(OptionalValue(name="USOCFDI", value="G03"),),
            description=f"Compra {deal.number}",
            reference=f"REQ-{deal.number}",
            buyer="Laura Compras",
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
        authorised: bool = True,
    ) -> None:
        """The buyer changes quantities or prices, and has it approved again, or not."""
        self.sage.amend_purchase_order(
            number=deal.po_number,
            quantities={line: Decimal(value) for line, value in (quantities or {}).items()},
            unit_costs=prices,
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

    def _authorise(self, deal: Deal) -> None:
        if self.company.profile.has_authorisations:
            self.sage.authorise_purchase_order(number=deal.po_number)
