"""Payments. Source: portal API sheet 6.3."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.portal import PortalPayment, PortalPaymentLine
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.parse.fields import (
    child,
    children,
    code,
    day,
    first_text,
    identifier,
    number,
    portal_id,
    required_id,
    uuid,
)


def payment(node: JsonObject) -> PortalPayment:
    """One payment with the invoices that it pays."""
    provider = child(node, "provider")
    return PortalPayment(
        id=required_id(node),
        external_id=identifier(node, "external_id"),
        status=code(node, "status"),
        currency=code(node, "currency"),
        total_amount=number(node, "total_amount"),
        paid_on=day(node, "payment_date"),
        provider_id=portal_id(node, "provider_id") or portal_id(provider, "id"),
        provider_external_id=first_text(node, "provider_external_id")
        or identifier(provider, "external_id"),
        # ``cfdis`` tells more; ``lines`` is the same in short.
        lines=tuple(_line(line) for line in children(node, "cfdis") or children(node, "lines")),
        complement_id=portal_id(child(node, "payment_cfdi"), "id")
        or portal_id(node, "payment_cfdi_id"),
    )


def _line(node: JsonObject) -> PortalPaymentLine:
    return PortalPaymentLine(
        uuid=uuid(node, "uuid"),
        identifier=first_text(node, "identificador", "identifier", "invoice_number"),
        currency=code(node, "currency"),
        amount=number(node, "amount") or Decimal(0),
        payment_amount=number(node, "payment_amount"),
    )
