"""The purchase orders that the portal names on a CFDI, as links of the ledger.

Source: portal API sheet 4.2 (``purchase_orders``, ``references``); rules 5 (portal links, OC
field).
"""

from __future__ import annotations

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.listed import ORDER_WITHOUT_NUMBER, order_numbers
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.portal import PortalCfdi

OF_ORDER = "of_order"
"""A CFDI is of a purchase order, named by Sage's number or by the portal's own id."""
OF_ORDER_LINE = "of_order_line"
"""A CFDI is of an order's line, named ``ORDER/LINE``."""
TARGET_CHARS_MAX = 80
"""Of a link's target; a longer line stays in the document's details alone."""


def order_links(cfdi: PortalCfdi) -> tuple[Link, ...]:
    """Each order, and each order line, once."""
    orders = [
        (OF_ORDER, DocumentKind.PURCHASE_ORDER.value, number)
        for number in order_numbers(cfdi)
        if number != ORDER_WITHOUT_NUMBER
    ]
    unnamed = [
        (OF_ORDER, "portal_order", link.po_id)
        for link in cfdi.po_links
        if link.po_id and not link.po_number.strip()
    ]
    lines = [
        (
            OF_ORDER_LINE,
            "purchase_order_line",
            f"{link.po_number.strip()}/{reference.line_external_id}",
        )
        for link in cfdi.po_links
        for reference in link.references
        if link.po_number.strip() and reference.line_external_id
    ]
    return tuple(
        Link(relation=relation, target_type=target, target_key=key, source="portal")
        for relation, target, key in dict.fromkeys((*orders, *unnamed, *lines))
        if len(key) <= TARGET_CHARS_MAX
    )
