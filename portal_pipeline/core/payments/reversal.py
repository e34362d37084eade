"""What becomes of a payment that Sage reverses after it went to the portal.

Source: rules 6 "After upload"; portal API sheet 6.5 (reject).
"""

from __future__ import annotations

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Decision, DocumentRow, act, done, hold
from portal_pipeline.core.findings.payments import (
    CANCEL_COMPLEMENT_FIRST,
    PORTAL_PAYMENT_UNREADABLE,
    REVERSED_AFTER_UPLOAD,
)
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.portal import PortalPayment
from portal_pipeline.core.tenant import PaymentRules

REJECT = "reject"
COMMENT = "Pago {number} revertido en Sage 300"
"""What the supplier reads in the portal."""
_WITH_COMPLEMENT = frozenset({"IN_REVIEW_PAYMENT_CFDI", "PAYMENT_CFDI_ATTACHED", "DELIVERED_ERP"})


class ReversalFacts(Frozen):
    """An uploaded payment that is reversed in Sage; ``held`` None: gone from the portal."""

    known: DocumentRow
    held: PortalPayment | None = None
    problem: str = ""
    """Why the portal could not be asked."""


def plan_reversal(facts: ReversalFacts, rules: PaymentRules) -> Decision:
    """Done once the portal no longer counts it; until then reported, or rejected by setting."""
    document, held = facts.known, facts.held
    if facts.problem:
        finding = PORTAL_PAYMENT_UNREADABLE(detail=facts.problem)
        return hold(document, Operation.REVERSE, finding, reopens=True)
    if held is None or held.is_rejected:
        return done(document, Operation.REVERSE)
    if rules.on_reversal != REJECT:
        finding = REVERSED_AFTER_UPLOAD(portal_id=held.id)
        return hold(document, Operation.REVERSE, finding, reopens=True)
    if held.complement_id or held.status in _WITH_COMPLEMENT:
        finding = CANCEL_COMPLEMENT_FIRST(portal_id=held.id)
        return hold(document, Operation.REVERSE, finding, reopens=True)
    payload = {"payment_id": held.id, "comments": COMMENT.format(number=document.key)}
    return act(document, Operation.REVERSE, payload)
