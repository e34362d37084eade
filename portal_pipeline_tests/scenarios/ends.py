"""How a scenario of an order or a supplier ends: what Sage, portal and ledger hold, as texts."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.sandbox.portal import Provider
from portal_pipeline.sandbox.sage.company.records import OrderLineRecord
from portal_pipeline_tests.scenarios.town import Town

ORDER = {operation: place for place, operation in enumerate(Operation)}
"""Of operations: create, reopen, update, close, cancel; vendor first, then its number."""


class Ends(NamedTuple):
    """One order or supplier in the three places; blank where it is not."""

    sage: str
    """Order: ``open 1392.00: 10, 4 less 4`` (total, then of each line ordered, cancelled and
    received). Supplier: the vendors that name it in PROVIDERID."""
    portal: str
    """Order: ``OPEN 1160.00: 10`` (state, total, then each line's quantity). Supplier: its vendor
    number."""
    ledger: str
    """``create done, update held changed_in_portal``: operations with status and finding."""


def ends(town: Town, number: str) -> Ends:
    """What is held of an order now."""
    told = _in_ledger(town, DocumentKind.PURCHASE_ORDER, number)
    return Ends(_in_sage(town, number), _in_portal(town, number), told)


def supplier_ends(town: Town, provider: Provider) -> Ends:
    """What is held of a supplier now."""
    told = _in_ledger(town, DocumentKind.PROVIDER, provider.id)
    return Ends(", ".join(town.vendors_of(provider)), town.external_id(provider), told)


def _in_sage(town: Town, number: str) -> str:
    found = town.company.purchase_orders(number)
    if not found:
        return ""
    (order,) = found
    lines = ", ".join(_line(one) for one in order.lines)
    state = "complete" if order.is_complete else "open"
    return f"{state} {order.total:.2f}: {lines}"


def _line(line: OrderLineRecord) -> str:
    parts = [_plain(line.ordered)]
    if line.cancelled:
        parts.append(f"less {_plain(line.cancelled)}")
    if line.received:
        parts.append(f"received {_plain(line.received)}")
    return " ".join(parts)


def _in_portal(town: Town, number: str) -> str:
    order = town.buyers.in_portal(number)
    if order is None:
        return ""
    lines = ", ".join(_plain(one.quantity) for one in order.lines)
    return f"{order.status} {order.total:.2f}: {lines}"


def _in_ledger(town: Town, kind: DocumentKind, key: str) -> str:
    rows = town.ledger.operations(kind, [key])
    told = [
        " ".join((operation.value, row.status.value, *([row.finding.code] if row.finding else [])))
        for (_, operation), row in sorted(rows.items(), key=lambda item: ORDER[item[0][1]])
    ]
    return ", ".join(told)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
