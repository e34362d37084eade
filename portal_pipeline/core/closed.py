"""Which documents the portal is done with: only the daily sweep looks at them again.

Kept as a mark beside each document in the ledger, so that a cycle finds the open ones without
reading the finished ones. A change here needs a migration that sets the mark anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.purchase_orders.models import FINISHED_STATES

ARCHIVED = "ARCHIVED"
"""Group of the portal's final stages: paid, cancelled, discarded (portal API sheet 4.1)."""


def is_closed_in_portal(
    kind: DocumentKind, portal_state: str | None, details: Mapping[str, str]
) -> bool:
    """Whether nothing more is expected to change there.

    Orders: closed or cancelled. Invoices and credit notes: archived or cancelled (rules 4: asked
    for by UUID while they are unpaid). Of other documents nothing is concluded.
    """
    match kind:
        case DocumentKind.PURCHASE_ORDER:
            return portal_state in FINISHED_STATES
        case DocumentKind.INVOICE | DocumentKind.CREDIT_NOTE:
            return details.get("is_cancelled") == "yes" or details.get("status_group") == ARCHIVED
        case _:
            return False
