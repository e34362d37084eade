"""People who meddle with purchase orders at the portal's screens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO, cents, portal_currency
from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.sage.company import OrderLineRecord
from portal_pipeline.sandbox.world.deals import Deal, Supplier
from portal_pipeline.sandbox.world.people.deeds import Desk, deed
from portal_pipeline.sandbox.world.people.purchasing import DELIVERY


class OrderScreens(Desk):
    """What somebody does to an order in the portal, past Sage and past the interface."""

    @deed
    def types_order(
        self,
        deal: Deal,
        *,
        supplier: Supplier | None = None,
        company: str = "",
        more: int = 0,
    ) -> None:
        """Somebody types an order of Sage into the portal.

        Values:
            supplier: to another supplier's name.
            company: external id of another company of the portal's tenant.
            more: so many more of the first line than Sage has, and no taxes.
        """
        order = self.sage.purchase_order(deal.po_number)
        first, *rest = order.lines
        lines = [_typed(first, first.ordered + more), *(_typed(one, one.ordered) for one in rest)]
        subtotal = sum((line["subtotal"] for line in lines), ZERO)
        self.portal.create_po_by_person(
            self.tenant,
            {
                "external_id": order.number,
                "num": order.number,
                "status": "OPEN",
                "provider_external_id": (supplier or deal.supplier).vendor,
                "company_external_id": company or self.company.org_id,
                "currency": portal_currency(order.currency),
                "date": _instant(order.ordered_on),
                "delivery_date": _instant(order.ordered_on + DELIVERY),
                "delivery_contact": "Laura",
                "requested_by_contact": "Laura",
                "comments": deal.purpose,
                "reference": deal.requisition,
                "subtotal": subtotal,
                "total": subtotal if more else order.total,
                "addresses": [{"type": "SHIPPING", "street": "Av. Industria 100"}],
                "lines": lines,
            },
        )

    @deed
    def retypes_order(self, deal: Deal, quantity: int) -> None:
        """Somebody changes the quantity of the first line in the portal."""
        order = self.portal.purchase_order(self.tenant, deal.po_number)
        if order is None:
            raise KeyError(deal.po_number)
        first, *rest = load_json(order.request)["lines"]
        changed = {"lines": [first | {"quantity": Decimal(quantity)}, *rest]}
        self.portal.edit_po_by_person(self.tenant, deal.po_number, changed)

    @deed
    def closes_in_portal(self, deal: Deal) -> None:
        """Somebody closes the order in the portal."""
        self.portal.set_po_status_by_person(self.tenant, deal.po_number, "CLOSED")

    @deed
    def cancels_in_portal(self, deal: Deal) -> None:
        """Somebody cancels the order in the portal."""
        self.portal.set_po_status_by_person(self.tenant, deal.po_number, "CANCELLED")

    @deed
    def reopens_in_portal(self, deal: Deal) -> None:
        """Somebody opens a closed order again in the portal."""
        self.portal.set_po_status_by_person(self.tenant, deal.po_number, "OPEN")

    @deed
    def takes_order_out(self, deal: Deal) -> None:
        """The portal's support takes an order out."""
        self.portal.delete_po_by_support(self.tenant, deal.po_number)


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def _typed(line: OrderLineRecord, quantity: Decimal) -> dict[str, Any]:
    net = cents(quantity * line.unit_cost)
    return {
        "external_id": str(line.line),
        "code": line.item,
        "description": line.description,
        "quantity": quantity,
        "price": line.unit_cost,
        "subtotal": net,
        "total": net,
    }
