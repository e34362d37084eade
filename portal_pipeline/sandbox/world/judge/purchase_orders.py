"""Authorised purchase orders of Sage, and what the portal has of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.core.money import portal_currency
from portal_pipeline.sandbox.portal import PurchaseOrder
from portal_pipeline.sandbox.sage.company import OrderRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence, Finding

KIND = "purchase_order"
ORDINARY = 1
SIX_DECIMALS = Decimal("0.000001")


def judged_orders(evidence: Evidence) -> Iterator[Finding]:
    """Every order that is authorised (or needs no authorisation) and in scope."""
    needs_authorisation = evidence.office.company.profile.has_authorisations
    for order in evidence.orders:
        day = order.authorised_on if needs_authorisation else order.ordered_on
        if order.order_type == ORDINARY and evidence.is_in_scope(day):
            name = f"{evidence.key} purchase order {order.number}"
            yield name, _problem(evidence, order)


def _problem(evidence: Evidence, order: OrderRecord) -> str:
    found = evidence.portal_orders.get(order.number, [])
    difference = _difference(evidence, order, found[0]) if found else "not in the portal"
    if not difference or evidence.ledger.explains(KIND, order.number):
        return ""
    return difference


def _difference(evidence: Evidence, order: OrderRecord, shown: PurchaseOrder) -> str:
    """How the portal's order differs from what Sage says now; empty: not at all."""
    if order.is_cancelled:
        is_ended = shown.status in {"CANCELLED", "CLOSED"}
        return "" if is_ended else f"cancelled in Sage, {shown.status} in the portal"
    if _is_finished(evidence, order):
        is_ended = shown.status in {"CLOSED", "CANCELLED"}
        return "" if is_ended else f"finished in Sage, {shown.status} in the portal"
    if shown.status not in {"OPEN", "GENERATED"}:
        return f"unfinished in Sage, {shown.status} in the portal"
    if shown.provider_id.lower() != evidence.owner_of(order.vendor):
        return "another provider in the portal"
    if shown.currency != portal_currency(order.currency):
        return f"{order.currency} in Sage, {shown.currency} in the portal"
    wanted, given = _wanted_lines(order), _given_lines(shown)
    return "" if wanted == given else f"lines {given} in the portal, {wanted} in Sage"


def _is_finished(evidence: Evidence, order: OrderRecord) -> bool:
    """Complete, received, and every receipt line invoiced or returned."""
    lines = [
        line
        for receipt in evidence.receipts.get(order.number, [])
        for line in receipt.lines
        if line.po_number == order.number
    ]
    settled = all(line.is_invoiced or line.returned >= line.received for line in lines)
    return order.is_complete and bool(lines) and settled


def _wanted_lines(order: OrderRecord) -> list[tuple[str, str]]:
    """Quantity and price of the lines that are left, as texts that compare."""
    return sorted(
        (_text(line.ordered - line.cancelled), _text(line.unit_cost))
        for line in order.lines
        if line.ordered > line.cancelled
    )


def _given_lines(shown: PurchaseOrder) -> list[tuple[str, str]]:
    return sorted((_text(line.quantity), _text(line.price)) for line in shown.lines)


def _text(number: Decimal) -> str:
    return format(number.quantize(SIX_DECIMALS).normalize(), "f")
