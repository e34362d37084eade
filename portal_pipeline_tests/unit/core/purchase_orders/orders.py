"""Orders and what is known of them, for the tests of the rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.portal import PortalPoLine, PortalPurchaseOrder
from portal_pipeline.core.purchase_orders.builder import Built, build
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    STATE_SET,
    fingerprint_of_payload,
)
from portal_pipeline.core.purchase_orders.models import (
    Authorisation,
    LineTax,
    Payee,
    PoFacts,
    PortalView,
    ReceiptLine,
    SageLocation,
    SagePoLine,
    SagePurchaseOrder,
)
from portal_pipeline.core.tenant import PurchaseOrderRules, Tenant
from portal_pipeline.core.wire import content_hash

D = Decimal
NUMBER = "OC000001"
PROVIDER_ID = "a" * 24
PLACES = {
    "ALM01": SageLocation(
        code="ALM01", street="Av. 1", city="Monterrey", country="MEXICO", zip_code="66600"
    )
}
PAYEE = Payee(provider_id=PROVIDER_ID, external_id="V001")
TENANT = Tenant(
    key=TenantKey("acme"), name="Acme", rfc="AAA010101AAA", zone=ZoneInfo("America/Mexico_City")
)


def po_line(line_id: int = 1, ordered: str = "10", cost: str = "100", **more: Any) -> SagePoLine:
    """A line with 16 % on top; Sage's amount follows from what was ordered unless given."""
    extended = (D(ordered) * D(cost)).quantize(D("0.01"))
    values = {
        "line_id": line_id,
        "item": f"ITEM{line_id}",
        "description": f"Item {line_id}",
        "location": "ALM01",
        "unit": "PZA",
        "ordered": D(ordered),
        "unit_cost": D(cost),
        "extended": extended,
        "taxes": (LineTax(rate=D(16), base=extended),),
    }
    return SagePoLine(**(values | more))


def receipt(line_id: int = 1, received: str = "10", **more: Any) -> ReceiptLine:
    """A receipt line."""
    return ReceiptLine(**({"receipt": "RC1", "line_id": line_id, "received": D(received)} | more))


def po(*lines: SagePoLine, **more: Any) -> SagePurchaseOrder:
    """An order whose header agrees with its lines."""
    lines = lines or (po_line(),)
    extended = sum((line.extended for line in lines), D(0))
    discount = sum((line.discount for line in lines), D(0))
    tax = sum(
        (
            (tax.base * tax.rate / 100).quantize(D("0.01"))
            for line in lines
            for tax in line.taxes
            if not tax.is_included
        ),
        D(0),
    )
    values = {
        "number": NUMBER,
        "sequence": 1,
        "vendor_id": "V001",
        "ordered_on": date(2026, 3, 1),
        "buyer": "Laura",
        "entered_by": "ADMIN",
        "currency": "MXP",
        "extended": extended,
        "discount": discount,
        "total": extended - discount + tax,
        "lines": lines,
    }
    return SagePurchaseOrder(**(values | more))


def built(
    order: SagePurchaseOrder, rules: PurchaseOrderRules | None = None, form: str = ""
) -> Built:
    """The order's content for provider V001."""
    return build(order, "V001", form, PLACES, rules or PurchaseOrderRules())


def payload(order: SagePurchaseOrder, rules: PurchaseOrderRules | None = None) -> dict[str, Any]:
    """The order's content, which must be sendable."""
    content = built(order, rules).payload
    assert content is not None
    return dict(content)


def row(operation: Operation, status: Status = Status.DONE, **more: Any) -> OperationRow:
    """A row of the ledger."""
    return OperationRow(
        kind=DocumentKind.PURCHASE_ORDER, key=NUMBER, operation=operation, status=status, **more
    )


def portal_order(content: dict[str, Any], status: str = "OPEN", **more: Any) -> PortalPurchaseOrder:
    """The portal's side of a content."""
    values = {
        "id": "f" * 24,
        "external_id": NUMBER,
        "status": status,
        "provider_id": PROVIDER_ID,
        "provider_external_id": "V001",
        "currency": content["currency"],
        "total": content["total"],
        "comments": content.get("comments", ""),
        "reference": content.get("reference", ""),
        "lines": tuple(
            PortalPoLine(
                external_id=one["external_id"], quantity=one["quantity"], price=one["price"]
            )
            for one in content["lines"]
        ),
    }
    return PortalPurchaseOrder(**(values | more))


def new(order: SagePurchaseOrder | None, **more: Any) -> PoFacts:
    """An authorised order of which the ledger knows nothing, and that the portal does not have."""
    values = {
        "number": NUMBER,
        "order": order,
        "authorisation": Authorisation(is_authorised=True, on=date(2026, 3, 2)),
        "locations": PLACES,
        "payee": PAYEE,
        "view": PortalView(),
    }
    return PoFacts(**(values | more))


def known(
    order: SagePurchaseOrder | None,
    *,
    sent: SagePurchaseOrder | None = None,
    state: str = "OPEN",
    set_by_us: str = "OPEN",
    **more: Any,
) -> PoFacts:
    """An order that the portal has from us: created with the content of ``sent``."""
    content = payload(sent or order or po())
    details = {CONFIRMED: fingerprint_of_payload(content), STATE_SET: set_by_us}
    values = {
        "view": PortalView(order=portal_order(content, state)),
        "rows": {Operation.CREATE: row(Operation.CREATE, content_hash=content_hash(content))},
        "known": DocumentRow(
            kind=DocumentKind.PURCHASE_ORDER,
            key=NUMBER,
            portal_id="f" * 24,
            portal_state=state,
            details=details,
        ),
    }
    return new(order, **(values | more))
