"""A payment as the portal receives it, and whether one that it holds is the same.

Source: portal API sheet 6.2 (request), 6.3 (what it shows), 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import cents
from portal_pipeline.core.payments.amounts import Allocation, Share, wire_rate
from portal_pipeline.core.payments.facts import PaymentFacts
from portal_pipeline.core.portal import PortalPayment, PortalPaymentLine
from portal_pipeline.core.tenant import PaymentRules
from portal_pipeline.core.wire import JsonObject

DEFAULT_OPERATION_TYPE = "TRANSFER"
PAYMENT_TIME = "T10:00:00.000Z"
"""Ten o'clock UTC is the same day in every Mexican zone."""


def build_payload(
    facts: PaymentFacts,
    allocation: Allocation,
    paid_on: date,
    rules: PaymentRules,
    *,
    ignore_amounts: bool = False,
) -> JsonObject:
    """OnePaymentRequest; empty optional fields are left out, no key is unknown to the portal."""
    payment = facts.payment
    payload: dict[str, Any] = {
        "external_id": payment.number,
        "provider_external_id": facts.payee.external_id,
        "bank_account_id": facts.bank_account_id,
        "currency": allocation.currency,
        "total_amount": allocation.total,
        "payment_date": f"{paid_on.isoformat()}{PAYMENT_TIME}",
        "operation_type": rules.operation_types.get(payment.payment_code, DEFAULT_OPERATION_TYPE),
        "ignore_amounts": ignore_amounts,
        "cfdis": [
            _line(facts, allocation, share, rules.rate_direction) for share in allocation.shares
        ],
    }
    optional = {"reference": payment.reference, "comments": payment.text}
    return payload | {name: text for name, text in optional.items() if text}


def _line(
    facts: PaymentFacts, allocation: Allocation, share: Share, rate_direction: str
) -> dict[str, Any]:
    uuid = facts.documents[share.pair].uuid
    named = (
        {"uuid": uuid, "document_type": "CFDI"}
        if uuid
        else {"identifier": share.pair[1], "document_type": "FOREIGN"}
    )
    return {
        **named,
        "amount": share.amount,
        "currency": allocation.invoice_currency,
        "exchange_rate": wire_rate(allocation, rate_direction),
        "payment_amount": share.payment_amount,
        "payment_currency": allocation.currency,
    }


def differences(payload: JsonObject, held: PortalPayment) -> tuple[str, ...]:
    """What the portal's payment has otherwise than we would send; what it does not show agrees.

    Amounts of lines are not compared where we asked the portal to ignore them.
    """
    found = [
        _differ("total", cents(payload["total_amount"]), _cents(held.total_amount)),
        _differ("currency", payload["currency"], held.currency),
        _differ("provider", payload["provider_external_id"], held.provider_external_id),
    ]
    if held.lines and payload["cfdis"]:
        ignore = bool(payload["ignore_amounts"])
        found.append(_differ_in_lines(payload["cfdis"], held.lines, ignore=ignore))
    return tuple(text for text in found if text)


def _differ(name: str, ours: object, theirs: object) -> str:
    return f"{name} {ours} / {theirs}" if theirs and ours != theirs else ""


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else cents(amount)


def _differ_in_lines(
    lines: Sequence[Mapping[str, Any]], theirs: Sequence[PortalPaymentLine], *, ignore: bool
) -> str:
    ours = {line.get("uuid") or line["identifier"]: cents(line["amount"]) for line in lines}
    # We name a foreign document by its number; the portal shows an id of its own beside that.
    held = {
        one.uuid if one.uuid and one.identifier not in ours else one.identifier: cents(one.amount)
        for one in theirs
    }
    other = sorted(ours.keys() ^ held.keys())
    if other:
        return f"invoices {', '.join(other[:5])}"
    changed = [name for name in sorted(ours) if not ignore and ours[name] != held[name]]
    return f"amounts of {', '.join(changed[:5])}" if changed else ""
