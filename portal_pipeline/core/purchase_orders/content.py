"""The content of an order that we and the portal can compare.

A fingerprint covers currency, total, and each line's id, quantity and price. Prices are compared to
the cent, because it is not known how many decimals the portal keeps (portal API sheet 12).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.core.portal import PortalPurchaseOrder
from portal_pipeline.core.wire import JsonObject

CONFIRMED = "confirmed_content"
"""Ledger detail: fingerprint of the content that the portal confirmed."""
SENT = "sent_content"
"""Ledger detail: fingerprint of the content of the last attempt."""
STATE_SET = "state_set"
"""Ledger detail: the state that we last gave the order in the portal."""
PROVIDER = "provider_external_id"
"""Ledger detail: the provider that the order was built for."""

QUANTITY_STEP = Decimal("0.0001")


def fingerprint_of_payload(payload: JsonObject) -> str:
    """Fingerprint of what we send."""
    lines = [(line["external_id"], line["quantity"], line["price"]) for line in payload["lines"]]
    return _fingerprint(payload["currency"], payload["total"], lines)


def fingerprint_of_portal(order: PortalPurchaseOrder) -> str:
    """Fingerprint of what the portal holds."""
    lines = [(line.external_id, line.quantity, line.price) for line in order.lines]
    return _fingerprint(order.currency, order.total, lines)


def shows_content(order: PortalPurchaseOrder, payload: JsonObject) -> bool:
    """Whether everything that the portal shows of an order is as in a payload.

    What it does not show (addresses, metadata) cannot be compared.
    """
    if fingerprint_of_portal(order) != fingerprint_of_payload(payload):
        return False
    texts = (("comments", order.comments), ("reference", order.reference))
    if any(shown.strip() != payload.get(name, "") for name, shown in texts):
        return False
    day = order.delivery_on
    return day is None or payload["delivery_date"].startswith(day.isoformat())


def _fingerprint(
    currency: str, total: Decimal | None, lines: Iterable[tuple[str, Decimal, Decimal]]
) -> str:
    parts = [portal_currency(currency), format(cents(total), "f") if total is not None else "-"]
    parts += sorted(
        f"{line_id}:{quantity.quantize(QUANTITY_STEP, rounding=ROUND_HALF_UP)}:{cents(price)}"
        for line_id, quantity, price in lines
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
