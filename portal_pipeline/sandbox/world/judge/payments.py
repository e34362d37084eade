"""Posted payments of Sage, and what the portal has of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.sandbox.portal import Payment
from portal_pipeline.sandbox.sage.company import PaymentRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence, Finding

KIND = "payment"


def judged_payments(evidence: Evidence) -> Iterator[Finding]:
    """Every payment entry that is posted and in scope, of whatever type."""
    for payment in evidence.payments:
        if payment.is_posted and evidence.is_in_scope(payment.posted_on):
            yield f"{evidence.key} payment {payment.number}", _problem(evidence, payment)


def _problem(evidence: Evidence, payment: PaymentRecord) -> str:
    found = evidence.portal_payments.get(payment.number, [])
    if payment.is_reversed and not found and payment.number in evidence.taken_back:
        return ""
    if payment.is_reversed:
        difference = "reversed in Sage, but not in the portal" if found else "reversed, not said"
    else:
        difference = _difference(evidence, payment, found[0]) if found else "not in the portal"
    if not difference or evidence.ledger.explains(KIND, payment.number):
        return ""
    return difference


def _difference(evidence: Evidence, payment: PaymentRecord, shown: Payment) -> str:
    if shown.total_amount != cents(payment.amount):
        return f"{payment.amount} in Sage, {shown.total_amount} in the portal"
    if shown.currency != portal_currency(payment.bank_currency):
        return f"{payment.bank_currency} in Sage, {shown.currency} in the portal"
    if shown.provider_id.lower() != evidence.owner_of(payment.vendor):
        return "another provider in the portal"
    spread = sum((line.payment_amount for line in shown.lines), Decimal(0))
    if spread != shown.total_amount and not shown.ignore_amounts:
        return f"{spread} of {shown.total_amount} spread over its CFDIs"
    return ""
