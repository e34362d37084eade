"""Payments of Sage, and what the portal has of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.sandbox.portal import Payment
from portal_pipeline.sandbox.sage.company import PaymentRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, by_rule, compared

KIND = "payment"
OF_PORTAL = "portal_payment"
INVOICE = 1


def judged_payments(evidence: Evidence) -> Iterator[Finding]:
    """Every payment entry of Sage, of whatever type and state."""
    for payment in evidence.payments:
        name = f"{evidence.key} payment {payment.number}"
        found = evidence.portal_payments.get(payment.number, [])
        if rule := _stays(evidence, payment):
            yield by_rule(KIND, name, rule, f"{rule}, but in the portal" if found else "")
        else:
            # Whoever made it: a payment under its number is that of Sage, if its content is.
            found = found or evidence.typed_payments.get(payment.number, [])
            is_told = evidence.ledger.explains(KIND, payment.number)
            yield compared(KIND, name, _against(evidence, payment, found), is_told=is_told)


def judged_portal_payments(evidence: Evidence) -> Iterator[Finding]:
    """Payments of the portal that Sage does not have: people's, rejected ones, and inventions."""
    for payment in evidence.other_payments:
        name = f"{evidence.key} portal payment {payment.id}"
        is_persons = payment.by != "api"
        rule = "made by a person in the portal" if is_persons else "rejected in the portal"
        yield by_rule(OF_PORTAL, name, rule)
    known = {payment.number for payment in evidence.payments}
    for number in evidence.portal_payments.keys() - known:
        name = f"{evidence.key} portal payment {number}"
        yield Finding(OF_PORTAL, name, "of the interface, but not in Sage")


def _stays(evidence: Evidence, payment: PaymentRecord) -> str:
    """Why a payment is not the portal's business; empty: it is."""
    if not payment.is_posted:
        return "not posted"
    return "" if evidence.is_in_scope(KIND, payment.posted_on) else "before the start"


def _against(evidence: Evidence, payment: PaymentRecord, found: list[Payment]) -> str:
    if payment.is_reversed:
        if not found and payment.number in evidence.taken_back:
            return ""  # ``on_reversal = reject``: sent, and taken back
        return "reversed in Sage, but not in the portal" if found else "reversed, not said"
    return _difference(evidence, payment, found[0]) if found else "not in the portal"


def _difference(evidence: Evidence, payment: PaymentRecord, shown: Payment) -> str:
    if shown.total_amount != cents(payment.amount):
        return f"{payment.amount} in Sage, {shown.total_amount} in the portal"
    if shown.currency != portal_currency(payment.bank_currency):
        return f"{payment.bank_currency} in Sage, {shown.currency} in the portal"
    if shown.provider_id.lower() != evidence.owner_of(payment.vendor):
        return "another provider in the portal"
    if shown.payment_date[:10] != payment.paid_on.isoformat():
        return f"{payment.paid_on} in Sage, {shown.payment_date[:10]} in the portal"
    account = evidence.accounts.get(payment.bank, "")
    if shown.bank_account_id.casefold() != account.casefold():
        return f"another bank account than {payment.bank}'s in the portal"
    return _spread(payment, shown)


def _spread(payment: PaymentRecord, shown: Payment) -> str:
    """How the amounts of its CFDIs differ from those of its lines in Sage; empty: not at all.

    Line by line where cash is all that Sage applies, in one currency; else by their sum.
    """
    spread = sum((line.payment_amount for line in shown.lines), Decimal(0))
    if spread != shown.total_amount and not shown.ignore_amounts:
        return f"{spread} of {shown.total_amount} spread over its CFDIs"
    is_plain = payment.bank_currency == payment.vendor_currency and all(
        line.document_type == INVOICE and not line.discount for line in payment.lines
    )
    wanted = sorted(cents(line.amount) for line in payment.lines)
    given = sorted(line.amount for line in shown.lines)
    if is_plain and wanted != given:
        told = (" + ".join(map(str, amounts)) for amounts in (wanted, given))
        return "{} in Sage, {} in the portal".format(*told)
    return ""
