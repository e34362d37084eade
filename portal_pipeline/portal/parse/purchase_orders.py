"""Purchase orders, whose response names differ from the request's. Source: portal API sheet 5.3."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.portal import PortalPoLine, PortalPurchaseOrder
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.parse.fields import (
    child,
    children,
    code,
    day,
    first_text,
    identifier,
    identifiers,
    number,
    portal_id,
    required_id,
    required_text,
    text,
)


def purchase_order(node: JsonObject) -> PortalPurchaseOrder:
    """One order with its lines, in ordering units."""
    provider = child(node, "provider")
    return PortalPurchaseOrder(
        id=required_id(node),
        external_id=identifier(node, "external_id"),
        status=required_text(node, "status").upper(),
        provider_id=portal_id(node, "provider_id") or portal_id(provider, "id"),
        provider_external_id=first_text(node, "provider_external_id")
        or identifier(provider, "external_id"),
        currency=code(node, "currency"),
        exchange_rate=number(node, "exchange_rate"),
        ordered_on=day(node, "date"),
        delivery_on=day(node, "delivery_date"),
        subtotal=number(node, "subtotal"),
        total=number(node, "total"),
        vat_sum=number(node, "vat_sum"),
        withhold_tax_sum=number(node, "withhold_tax_sum"),
        reference=text(node, "reference"),
        comments=text(node, "comments"),
        company_external_id=identifier(node, "company_external_id"),
        lines=tuple(_line(line) for line in children(node, "lines")),
        invoice_ids=_invoice_ids(node),
    )


def _line(node: JsonObject) -> PortalPoLine:
    total = number(node, "line_total")
    return PortalPoLine(
        external_id=first_text(node, "external_id", "external_id_line"),
        code=first_text(node, "item_code", "code"),
        description=text(node, "description"),
        quantity=number(node, "quantity") or Decimal(0),
        price=number(node, "price") or Decimal(0),
        subtotal=number(node, "subtotal"),
        total=number(node, "total") if total is None else total,
        unit_of_measure=text(node, "unit_of_measure"),
    )


def _invoice_ids(node: JsonObject) -> tuple[str, ...]:
    ids = [value.lower() for value in identifiers(node, "cfdi_ids")]
    ids += [portal_id(linked, "id") for linked in children(node, "cfdis")]
    return tuple(dict.fromkeys(value for value in ids if value))
