"""Sending payments to the portal, taking them back, and looking both up.

Source: portal API sheet 6.5; rules 6 and 9.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.payments import (
    PAID_IN_PORTAL,
    PORTAL_PAYMENT_DIFFERS,
    PORTAL_PAYMENT_REJECTED,
    WAITING_FOR_SUPPLIER,
)
from portal_pipeline.core.money import cents
from portal_pipeline.core.outcomes import (
    Absent,
    Effects,
    Found,
    FoundOther,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
)
from portal_pipeline.core.payments.payload import differences
from portal_pipeline.core.payments.planner import INSTALMENTS, portal_link
from portal_pipeline.core.portal import PortalPayment
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.client import PortalClient

ALREADY_PAID = "1827"
NOT_ABOUT_THE_STAGE = frozenset({ALREADY_PAID, "1800", "2390"})
"""Known codes that say nothing about a supplier who must send his invoice again."""


class PaymentWrites:
    """The two writes of payment_upload with their look-ups."""

    def __init__(self, portal: PortalClient) -> None:
        self._portal = portal

    def upload(self, decision: Decision) -> Outcome:
        """Create the payment; a refusal says what it means for this payment."""
        outcome = self._portal.create_payment(_payload(decision))
        match outcome:
            case Succeeded(remote_id=portal_id, effects=effects):
                linked = effects.model_copy(update={"links": (portal_link(portal_id),)})
                return outcome.model_copy(update={"effects": linked})
            case Refused(code=code) if code == ALREADY_PAID:
                # Two glosses are known, "CFDI paid" and "payment exists": ours is looked for.
                return outcome.model_copy(
                    update={"is_duplicate": True, "finding": self._paid(decision)}
                )
            case Refused(is_attempt=True, is_duplicate=False):
                return self._refused(decision, outcome)
            case _:
                return outcome

    @staticmethod
    def _refused(decision: Decision, refused: Refused) -> Refused:
        """A refused later instalment waits for the supplier, who may have to send it again."""
        instalments = decision.document.details.get(INSTALMENTS, "")
        if not instalments or refused.code in NOT_ABOUT_THE_STAGE:
            return refused
        finding = WAITING_FOR_SUPPLIER(invoices=instalments, answer=refused.detail[:200])
        return refused.model_copy(update={"finding": finding})

    def _paid(self, decision: Decision) -> Finding:
        """Which invoices the portal has as paid, and by which of its payments."""
        uuids = [line["uuid"] for line in _payload(decision)["cfdis"] if "uuid" in line]
        try:
            listed = self._portal.cfdis_by_uuid(uuids).items
        except PipelineError:
            listed = ()  # the names are for the reader only; the refusal itself is certain
        paid = [cfdi for cfdi in listed if cfdi.balance is not None and cfdi.balance <= 0]
        payments = sorted({portal_id for cfdi in paid for portal_id in cfdi.paid_by})
        return PAID_IN_PORTAL(
            count=len(paid) or len(uuids),
            invoices="; ".join(cfdi.uuid for cfdi in paid[:5]) or "-",
            payments=", ".join(payments[:5]) or "-",
        )

    def look_up_upload(self, decision: Decision) -> LookUp:
        """Whether the portal has our number, and with our content."""
        seen = self._portal.look_up_payment(decision.key)
        if isinstance(seen, Absent | Unclear):
            return seen
        held = seen.item
        effects = Effects(
            portal_id=held.id, portal_state=held.status or None, links=(portal_link(held.id),)
        )
        if held.is_rejected:
            return FoundOther(finding=PORTAL_PAYMENT_REJECTED(portal_id=held.id))
        other = _differences(decision, held)
        if other:
            finding = PORTAL_PAYMENT_DIFFERS(portal_id=held.id, differences="; ".join(other))
            return FoundOther(finding=finding)
        return Found(remote_id=held.id, effects=effects)

    def reject(self, decision: Decision) -> Outcome:
        """Invalidate the payment; a refusal is verified, for it may be invalid already."""
        payload = _payload(decision)
        outcome = self._portal.reject_payment(payload["payment_id"], payload["comments"])
        if isinstance(outcome, Refused) and outcome.is_attempt:
            return outcome.model_copy(update={"is_duplicate": True})
        return outcome

    def look_up_reject(self, decision: Decision) -> LookUp:
        """Whether the portal no longer counts the payment."""
        seen = self._portal.look_up_payment(decision.key)
        if isinstance(seen, Unclear):
            return seen
        if isinstance(seen, Absent):
            return Found()
        if not seen.item.is_rejected:
            return Absent()
        state = Effects(portal_state=seen.item.status)
        return Found(remote_id=seen.item.id, effects=state)


def _payload(decision: Decision) -> JsonObject:
    return decision.act.payload if decision.act else {}


def _differences(decision: Decision, held: PortalPayment) -> tuple[str, ...]:
    """Against what we would send; where nothing is to be sent any more, against the document."""
    payload = _payload(decision)
    if payload:
        return differences(payload, held)
    document = decision.document
    if held.total_amount is None or document.amount is None:
        return ()
    if cents(held.total_amount) == cents(document.amount):
        return ()
    return (f"total {document.amount} / {held.total_amount}",)
