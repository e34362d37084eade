"""Purchase orders of Sage, and what the portal has of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.core.money import portal_currency
from portal_pipeline.sandbox.portal import PurchaseOrder
from portal_pipeline.sandbox.sage.company import OrderRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, by_rule, compared

KIND = "purchase_order"
ORDINARY = 1
ENDED = frozenset({"CANCELLED", "CLOSED"})
"""States in which the portal asks nothing more of a supplier."""
SIX_DECIMALS = Decimal("0.000001")


def judged_orders(evidence: Evidence) -> Iterator[Finding]:
    """Every order of Sage, and every order of the portal that Sage does not have."""
    for order in evidence.orders:
        name = f"{evidence.key} purchase order {order.number}"
        found = evidence.portal_orders.get(order.number, [])
        is_told = evidence.ledger.explains(KIND, order.number)
        if rule := _stays(evidence, order):
            is_early = bool(found) and order.number not in evidence.once_authorised
            problem = f"{rule}, but in the portal" if is_early and not is_told else ""
            yield by_rule(KIND, name, rule, problem)
        else:
            difference = _difference(evidence, order, found[0]) if found else "not in the portal"
            yield compared(KIND, name, difference, is_told=is_told)
    known = {order.number for order in evidence.orders}
    for number in evidence.portal_orders.keys() - known:
        is_told = evidence.ledger.explains(KIND, number)
        name = f"{evidence.key} purchase order {number}"
        if all(order.status in ENDED for order in evidence.portal_orders[number]):
            yield by_rule(KIND, name, "ended in the portal, not in Sage")
        else:
            yield compared(KIND, name, "in the portal, not in Sage", is_told=is_told)


def _stays(evidence: Evidence, order: OrderRecord) -> str:
    """Why an order is not the portal's business; empty: it is."""
    needs_authorisation = evidence.office.company.profile.has_authorisations
    if order.order_type != ORDINARY:
        return "no active order"
    if needs_authorisation and order.authorised_on is None:
        return "not authorised"
    day = order.authorised_on if needs_authorisation else order.ordered_on
    return "" if evidence.is_in_scope(KIND, day) else "before the start"


def _difference(evidence: Evidence, order: OrderRecord, shown: PurchaseOrder) -> str:
    """How the portal's order differs from what Sage says now; empty: not at all."""
    if order.is_cancelled:
        is_ended = shown.status in ENDED
        return "" if is_ended else f"cancelled in Sage, {shown.status} in the portal"
    if _is_finished(evidence, order):
        is_ended = shown.status in ENDED
        return "" if is_ended else f"finished in Sage, {shown.status} in the portal"
    if shown.status not in {"OPEN", "GENERATED"}:
        return f"unfinished in Sage, {shown.status} in the portal"
    if shown.provider_id.lower() != evidence.owner_of(order.vendor):
        return "another provider in the portal"
    if shown.currency != portal_currency(order.currency):
        return f"{order.currency} in Sage, {shown.currency} in the portal"
    wanted, given = _wanted_lines(evidence, order), _given_lines(shown)
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


def _wanted_lines(evidence: Evidence, order: OrderRecord) -> list[tuple[str, str]]:
    """Quantity and price of the lines that are left, as texts that compare.

    Lines for a skipped warehouse are left out (rules 7).
    """
    skipped = evidence.office.company.profile.skipped_warehouses
    return sorted(
        (_text(line.ordered - line.cancelled), _text(line.unit_cost))
        for line in order.lines
        if line.ordered > line.cancelled and line.location not in skipped
    )


def _given_lines(shown: PurchaseOrder) -> list[tuple[str, str]]:
    return sorted((_text(line.quantity), _text(line.price)) for line in shown.lines)


def _text(number: Decimal) -> str:
    return format(number.quantize(SIX_DECIMALS).normalize(), "f")
