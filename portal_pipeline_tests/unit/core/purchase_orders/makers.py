"""Orders and facts with usual values, for these tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.portal import PortalPoLine, PortalPurchaseOrder
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    PROVIDER,
    SENT,
    STATE_SET,
    fingerprint_of_payload,
)
from portal_pipeline.core.purchase_orders.documents import built_for
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
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.wire import content_hash
from portal_pipeline_tests.unit.core.invoices.makers import tenant as any_tenant

D = Decimal
PO = DocumentKind.PURCHASE_ORDER
PORTAL_ID = "a" * 24
PROVIDER_ID = "b" * 24
TENANT: Tenant = any_tenant()
PAYEE = Payee(provider_id=PROVIDER_ID, external_id="V001")
ALLOWED = Authorisation(is_authorised=True, on=date(2026, 3, 10))
PLACE = SageLocation(
    code="ALM01",
    street="Av. Industria 100",
    municipality="Apodaca",
    city="Monterrey",
    state="Nuevo Leon",
    country="MEXICO",
    zip_code="66600",
)


def line(**given: Any) -> SagePoLine:
    """10 pieces of 100.00 with 16 % VAT on top; Sage's amounts follow."""
    values: dict[str, Any] = {
        "line_id": 1,
        "item": "TUBO-1",
        "description": "Tubo",
        "location": "ALM01",
        "unit": "PZA",
        "ordered": D(10),
        "unit_cost": D(100),
        **given,
    }
    extended = given.get("extended", values["ordered"] * values["unit_cost"])
    values["extended"] = extended
    net = extended - given.get("discount", D(0))
    values.setdefault("taxes", (LineTax(rate=D(16), base=net),))
    return SagePoLine(**values)


def order(*lines: SagePoLine, **given: Any) -> SagePurchaseOrder:
    """An active peso order; Sage's totals are those of its lines unless given."""
    lines = lines or (line(),)
    net = sum((one.extended - one.discount for one in lines), D(0))
    on_top = sum(
        (t.base * t.rate / 100 for one in lines for t in one.taxes if not t.is_included), D(0)
    )
    values: dict[str, Any] = {
        "number": "OC1",
        "sequence": 1,
        "vendor_id": "V001",
        "ordered_on": date(2026, 3, 10),
        "buyer": "jperez",
        "entered_by": "ADMIN",
        "currency": "MXP",
        "extended": sum((one.extended for one in lines), D(0)),
        "discount": sum((one.discount for one in lines), D(0)),
        "total": net + on_top,
        "lines": lines,
        **given,
    }
    return SagePurchaseOrder(**values)


def receipt(received: str = "10", **given: Any) -> ReceiptLine:
    """A receipt of line 1."""
    return ReceiptLine(receipt="RC1", line_id=1, received=D(received), **given)


def facts(one: SagePurchaseOrder | None, **given: Any) -> PoFacts:
    """Facts of an authorised order that is in no portal yet."""
    values: dict[str, Any] = {
        "number": "OC1",
        "order": one,
        "authorisation": ALLOWED,
        "locations": {"ALM01": PLACE},
        "payee": PAYEE,
        **given,
    }
    return PoFacts(**values)


def row(operation: Operation, status: Status = Status.DONE, **given: Any) -> OperationRow:
    """A row of the ledger."""
    return OperationRow(kind=PO, key="OC1", operation=operation, status=status, **given)


def in_portal(sent: SagePurchaseOrder | None = None, **given: Any) -> PortalPurchaseOrder:
    """The order as the portal holds it after ``sent`` went there."""
    payload = built_for(facts(sent or order()), "V001", TENANT).payload
    assert payload is not None
    values: dict[str, Any] = {
        "id": PORTAL_ID,
        "external_id": "OC1",
        "status": "OPEN",
        "provider_id": PROVIDER_ID,
        "provider_external_id": "V001",
        "currency": payload["currency"],
        "total": payload["total"],
        "lines": tuple(
            PortalPoLine(external_id=x["external_id"], quantity=x["quantity"], price=x["price"])
            for x in payload["lines"]
        ),
        **given,
    }
    return PortalPurchaseOrder(**values)


def known(
    now: SagePurchaseOrder | None,
    *,
    sent: SagePurchaseOrder | None = None,
    state: str = "OPEN",
    state_set: str = "OPEN",
    rows: dict[Operation, OperationRow] | None = None,
    **given: Any,
) -> PoFacts:
    """Facts of an order that we sent as ``sent`` and that Sage has as ``now``."""
    payload = built_for(facts(sent or order()), "V001", TENANT).payload
    assert payload is not None
    mark = fingerprint_of_payload(payload)
    document = DocumentRow(
        kind=PO,
        key="OC1",
        portal_id=PORTAL_ID,
        portal_state=state,
        details={CONFIRMED: mark, SENT: mark, STATE_SET: state_set, PROVIDER: "V001"},
    )
    create = row(Operation.CREATE, content_hash=content_hash(payload), sent_hash="x")
    values: dict[str, Any] = {
        "known": document,
        "rows": {Operation.CREATE: create, **(rows or {})},
        **given,
    }
    return facts(now, **values)


def view(seen: PortalPurchaseOrder | None) -> PortalView:
    """What the portal was seen to hold."""
    return PortalView(order=seen)
