"""The states of a CFDI: stages, groups, statuses, and the changes between them.

Source: portal API sheet 4.1, 4.2 (stage to group) and 11.4 (lifecycle).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from portal_pipeline.sandbox.portal.records import Cfdi, StatusChange
from portal_pipeline.sandbox.portal.switches import PortalSwitches

INVOICE_KINDS = frozenset({"INVOICE", "ADVANCED"})
KIND_OF_TIPO = {
    "I": "INVOICE",
    "E": "CREDIT_NOTE",
    "P": "PAYMENT_CFDI",
    "T": "TRASLADO",
    "N": "NOMINA",
}
KIND_FILTER = {
    "INVOICE": "INVOICE",
    "CREDIT_NOTE": "CREDIT_NOTE",
    "PAYMENT_CFDI": "PAYMENT_CFDI",
    "ADVANCE": "ADVANCED",  # the filter and the value differ (sheet 4.2)
}
DOCUMENT_TYPES = frozenset(
    [
        "CFDI",
        "EXPENSES_ACCOUNT",
        "HONORARIUM",
        "FOREIGN",
        "FOREIGN_CREDIT_NOTE",
        "REFUND",
        "ADVANCE_PAYMENT",
    ]
)
_OPEN_STAGES = {
    "PENDING_TO_SEND": "SENDING",
    "PENDING_TO_AUTHORIZE": "IN_PROCESS",
    "PENDING_TO_VALIDATE": "VALIDATION",
    "PENDING_TO_PAY": "RECEIVED",
    "DELIVERED_ERP": "DELIVERED_ERP",
    "INCLUDED_IN_PAYMENT_ORDER": "PAYMENT_ORDER",
}
STAGES = frozenset({*_OPEN_STAGES, "PAYMENT_COMPLETED", "FINISHED"})


def is_in_stage(cfdi: Cfdi, stage: str) -> bool:
    """Whether the stage filter gives this document; FINISHED is paid or cancelled."""
    if stage == "FINISHED":
        return cfdi.group == "ARCHIVED" or cfdi.is_cancelled
    if stage == "PAYMENT_COMPLETED":
        return cfdi.group == "ARCHIVED" and not cfdi.is_cancelled
    return cfdi.group == _OPEN_STAGES[stage]


def moved(cfdi: Cfdi, group: str, status: str, at: datetime, comment: str = "") -> Cfdi:
    """The document in another group and status, with the change in its history."""
    change = StatusChange(status=status, previous_status=cfdi.status, at=at, comment=comment)
    return replace(cfdi, group=group, status=status, history=(*cfdi.history, change))


def settled(cfdi: Cfdi, at: datetime, switches: PortalSwitches) -> Cfdi:
    """The invoice after a payment has lowered its balance.

    Source: portal API sheet 11.6, effect; 6.5 (a part payment goes back to the supplier).
    """
    if cfdi.balance > Decimal(0):
        part = replace(cfdi, partially_paid=True)
        if switches.partial_payment_returns_to_supplier:
            return moved(part, "SENDING", "TO_SEND", at)
        return moved(part, "RECEIVED", "PENDING_PAYMENT", at)
    is_deferred = cfdi.facts.metodo_pago == "PPD"
    status = "PENDING_ATTACH_PAYMENT_CFDI" if is_deferred else "NO_NEED_ATTACH_PAYMENT_CFDI"
    return moved(replace(cfdi, partially_paid=False), "ARCHIVED", status, at)


def reopened(cfdi: Cfdi, at: datetime) -> Cfdi:
    """The invoice after a payment of it was taken back."""
    open_again = replace(cfdi, partially_paid=bool(cfdi.payment_ids))
    if cfdi.is_cancelled:
        return open_again
    return moved(open_again, "RECEIVED", "PENDING_PAYMENT", at)
