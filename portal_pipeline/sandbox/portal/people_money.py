"""People who change orders and payments at the portal's screens, past the interface."""

from __future__ import annotations

from portal_pipeline.core.wire import JsonObject, load_json
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.payments import create_payment, find_payment, reject_payment
from portal_pipeline.sandbox.portal.purchase_orders import (
    change_status,
    create_purchase_order,
    find_purchase_order,
    replace_purchase_order,
)
from portal_pipeline.sandbox.portal.records import Payment, PurchaseOrder
from portal_pipeline.sandbox.portal.state import Desk


class MoneyDesk(Desk):
    """What buyers and treasurers do at the portal's screens; the same rules bind them."""

    def create_po_by_person(self, tenant: str, request: JsonObject) -> PurchaseOrder:
        """An order that was not sent by this product: typed in, or left by an earlier system."""
        with self._portal.lock:
            body = JsonFields(dict(request))
            return create_purchase_order(self._portal, tenant, body, by="person")

    def edit_po_by_person(
        self, tenant: str, external_id: str, changes: JsonObject
    ) -> PurchaseOrder:
        """The order with some fields of its last content replaced."""
        with self._portal.lock:
            order = find_purchase_order(self._portal, tenant, external_id)
            body = JsonFields(load_json(order.request) | dict(changes))
            return replace_purchase_order(self._portal, order, body, by="person")

    def set_po_status_by_person(self, tenant: str, external_id: str, status: str) -> PurchaseOrder:
        """The order in another status."""
        with self._portal.lock:
            order = find_purchase_order(self._portal, tenant, external_id)
            return change_status(self._portal, order, status, by="person")

    def delete_po_by_support(self, tenant: str, external_id: str) -> None:
        """The portal's support takes an order out: its interface has no such call (sheet 5)."""
        with self._portal.lock:
            self._portal.store.delete(find_purchase_order(self._portal, tenant, external_id))

    def create_payment_by_person(self, tenant: str, request: JsonObject) -> Payment:
        """A payment registered by hand; the request is that of the interface."""
        with self._portal.lock:
            return create_payment(self._portal, tenant, JsonFields(dict(request)), by="person")

    def reject_payment_by_person(self, tenant: str, payment_id: str, *, comments: str) -> Payment:
        """A payment taken back by hand."""
        with self._portal.lock:
            payment = find_payment(self._portal, tenant, payment_id)
            return reject_payment(self._portal, payment, comments)
