"""Purchase orders: create, replace, change of status, and their endpoints.

Source: portal API sheet 5 and 11.5.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from portal_pipeline.core.wire import dump_json
from portal_pipeline.sandbox.http import Response
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.paging import page_response, page_window
from portal_pipeline.sandbox.portal.purchase_order_rules import (
    PO_STATES,
    check_purchase_order,
    order_lines,
)
from portal_pipeline.sandbox.portal.purchase_order_views import purchase_order_text
from portal_pipeline.sandbox.portal.query import choice_param, is_external_id
from portal_pipeline.sandbox.portal.records import Actor, PurchaseOrder, PurchaseOrderLog
from portal_pipeline.sandbox.portal.state import Call, Portal

_ALLOWED_CHANGES = frozenset(
    {
        ("OPEN", "CLOSED"),
        ("CLOSED", "OPEN"),
        ("OPEN", "GENERATED"),
        ("GENERATED", "OPEN"),
        ("GENERATED", "CLOSED"),
        ("OPEN", "CANCELLED"),
        ("GENERATED", "CANCELLED"),
    }
)


def list_purchase_orders(call: Call) -> Response:
    """One page of orders, newest first, by the ERP's numbers, status or provider."""
    portal, request, tenant = call.portal, call.request, call.tenant_id
    switches, store = portal.switches, portal.store
    window = page_window(
        request, switches, error_name="PURCHASE_ORDERS__WRONG_PAGINATION", is_master=True
    )
    status = choice_param(request, "status", PO_STATES)
    ids = {value.lower() for value in request.params("ids")}
    numbers = request.params("external_ids")
    providers: set[str] | None = None
    if (value := request.param("provider_id")) is not None:
        providers = {value.lower()}
    if (value := request.param("providerExternalId")) is not None:
        providers = {p.id.lower() for p in store.providers.find(tenant, value)}
    is_prefix_match = switches.po_external_ids_match == "prefix"

    def is_match(order: PurchaseOrder) -> bool:
        return (
            (status is None or order.status == status)
            and (not ids or order.id.lower() in ids)
            and (providers is None or order.provider_id.lower() in providers)
            and (not is_prefix_match or not numbers or order.external_id.startswith(numbers))
        )

    candidates = store.purchase_orders.newest(tenant)
    if numbers and not is_prefix_match:
        wanted = frozenset(numbers)
        candidates = [order for order in candidates if order.external_id in wanted]
    matches = [order for order in candidates if is_match(order)]
    return page_response(
        matches, window, switches, lambda order: purchase_order_text(portal, order)
    )


def get_purchase_order(call: Call) -> Response:
    """One order by id, or by the ERP's number with ``id_type=EXTERNAL``."""
    return _answer(call.portal, _named(call))


def post_purchase_order(call: Call) -> Response:
    """Creates an order; 409 with code 2602 when the number is taken."""
    order = create_purchase_order(call.portal, call.tenant_id, call.body(), by="api")
    return _answer(call.portal, order)


def put_purchase_order(call: Call) -> Response:
    """Replaces an order's content and keeps its id."""
    order, body = _named(call), call.body()
    return _answer(call.portal, replace_purchase_order(call.portal, order, body, by="api"))


def put_purchase_order_status(call: Call) -> Response:
    """Changes an order's status; a refusal is told inside a 200 (shape C) unless switched."""
    order = _named(call)
    status = call.body().choice("status", PO_STATES, required=True)
    errors: list[dict[str, str]] = []
    try:
        order = change_status(call.portal, order, status, by="api")
    except PortalError as error:
        if error.status == 409:
            raise
        errors = [{"error_code": error.name, "error_message": error.text, "error_source": "CORE"}]
    return Response.json(
        {"external_id": order.external_id, "internal_id": order.id, "status": order.status}
        | {"errors": errors}
    )


def create_purchase_order(
    portal: Portal, tenant: str, body: JsonFields, *, by: Actor
) -> PurchaseOrder:
    """The new order, stored.

    Raises:
        PortalError: 400 for the schema, 404 for provider or company, 409 for a taken number.
    """
    check_purchase_order(body, portal.switches)
    number = body.text("external_id")
    if portal.store.purchase_orders.find(tenant, number):
        raise PortalError(409, "PURCHASE_ORDERS__DUPLICATED", f"external_id {number} is duplicated")
    now = portal.now()
    order = PurchaseOrder(
        tenant=tenant,
        id=portal.id_for(tenant, "purchase_order", number),
        external_id=number,
        provider_id="",
        company_external_id="",
        status="OPEN",
        acceptance_status="ACCEPTED",
        currency="",
        exchange_rate=None,
        subtotal=body.required_number("subtotal"),
        total=body.required_number("total"),
        lines=(),
        request="",
        created_at=now,
        updated_at=now,
    )
    created = _with_content(portal, order, body, now, "CREATE", by)
    portal.store.put(created)
    return created


def replace_purchase_order(
    portal: Portal, order: PurchaseOrder, body: JsonFields, *, by: Actor
) -> PurchaseOrder:
    """The order with its content replaced, stored.

    Raises:
        PortalError: 400 for the schema or another number, 409 when the order is not open.
    """
    check_purchase_order(body, portal.switches)
    if body.text("external_id") != order.external_id:
        raise PortalError(
            400,
            "PURCHASE_ORDERS__EXTERNAL_AND_INTERNAL_IDS_MISMATCH",
            f"external_id is {order.external_id}",
        )
    if portal.switches.po_update_needs_open and order.status not in {"OPEN", "GENERATED"}:
        raise PortalError(409, "PURCHASE_ORDERS__NOT_OPEN", f"order is {order.status}")
    replaced = _with_content(portal, order, body, portal.now(), "MODIFY", by)
    portal.store.put(replaced)
    return replaced


def change_status(portal: Portal, order: PurchaseOrder, status: str, *, by: Actor) -> PurchaseOrder:
    """The order in its new status, stored; the same status again follows the switch.

    Raises:
        PortalError: 200 (told in ``errors``) or 409, by switch, when the change is not allowed.
    """
    switches = portal.switches
    if order.status == status:
        if switches.po_same_status == "ok":
            return order
        http_status = 409 if switches.po_same_status == "409" else 200
        raise PortalError(http_status, "PURCHASE_ORDER_CHANGE_STATUS_FAIL", f"already {status}")
    http_status = 409 if switches.po_status_refusal == "409" else 200
    if order.status == "CANCELLED":
        raise PortalError(
            http_status, "PURCHASE_ORDER_ALREADY_CANCELLED_CLOSED", "order is cancelled"
        )
    if (order.status, status) not in _ALLOWED_CHANGES:
        raise PortalError(
            http_status, "PURCHASE_ORDER_CANNOT_CANCELLED", f"{order.status} to {status}"
        )
    if status == "CANCELLED" and _has_invoice(portal, order):
        raise PortalError(
            http_status, "PURCHASE_ORDER_ALREADY_RELATED_INVOICE", "invoices are linked"
        )
    now = portal.now()
    log = PurchaseOrderLog(change=status, at=now, by=by)
    changed = replace(order, status=status, updated_at=now, logs=(*order.logs, log))
    portal.store.put(changed)
    return changed


def _has_invoice(portal: Portal, order: PurchaseOrder) -> bool:
    linked = (portal.store.cfdis.get(order.tenant, cfdi_id) for cfdi_id in order.cfdi_ids)
    return any(cfdi is not None and not cfdi.is_cancelled for cfdi in linked)


def _with_content(
    portal: Portal, order: PurchaseOrder, body: JsonFields, now: datetime, change: str, by: Actor
) -> PurchaseOrder:
    vendor = body.text("provider_external_id")
    providers = portal.store.providers.find(order.tenant, vendor)
    if not providers:
        raise PortalError(404, "PROVIDERS__NOT_FOUND", f"no provider {vendor}")
    if providers[0].status != "ENABLED":
        raise PortalError(404, "PROVIDERS__IS_DISABLE", f"provider {vendor} is disabled")
    company = body.text("company_external_id")
    if company and not portal.store.companies.find(order.tenant, company):
        raise PortalError(404, "COMPANIES__NOT_FOUND", f"no company {company}")
    return replace(
        order,
        provider_id=providers[0].id,
        company_external_id=company,
        status=body.text("status"),
        acceptance_status=body.text("acceptance_status") or "ACCEPTED",
        currency=body.text("currency"),
        exchange_rate=body.number("exchange_rate"),
        subtotal=body.required_number("subtotal"),
        total=body.required_number("total"),
        lines=order_lines(body),
        request=dump_json(body.value),
        updated_at=now,
        logs=(*order.logs, PurchaseOrderLog(change=change, at=now, by=by)),
    )


def find_purchase_order(portal: Portal, tenant: str, number: str) -> PurchaseOrder:
    """The order with the ERP's number; 404 when there is none."""
    found = portal.store.purchase_orders.find(tenant, number)
    if not found:
        raise PortalError(404, "PURCHASE_ORDERS__NOT_FOUND", f"no purchase order {number}")
    return found[0]


def _named(call: Call) -> PurchaseOrder:
    wanted = call.path_values["id"]
    if is_external_id(call.request):
        return find_purchase_order(call.portal, call.tenant_id, wanted)
    order = call.portal.store.purchase_orders.get(call.tenant_id, wanted)
    if order is None:
        raise PortalError(404, "PURCHASE_ORDERS__NOT_FOUND", f"no purchase order {wanted}")
    return order


def _answer(portal: Portal, order: PurchaseOrder) -> Response:
    text = purchase_order_text(portal, order)
    return Response(200, text.encode(), {"content-type": "application/json"})
