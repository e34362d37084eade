"""The gate: the conditions under which a payment goes to the portal.

One pure function gives every condition that fails, so that a person sees all of them at once.
Source: rules 6, table a to h and the paragraph below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding, FindingKind
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.findings.payments import (
    BALANCE_TOO_SMALL,
    CFDI_CURRENCY_DIFFERS,
    CREDIT_NOTE_NOT_APPLIED_IN_PORTAL,
    IN_PORTAL_PAYMENT_ORDER,
    INVOICE_CANCELLED,
    INVOICE_NOT_CONFIRMED,
    INVOICE_NOT_IN_PORTAL,
    INVOICE_WITHOUT_UUID,
    PROVIDER_DIFFERS,
    PUE_PAID_IN_PART,
)
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.payments.amounts import Share
from portal_pipeline.core.payments.facts import NAMED_MAX, AppliedDocument, PayeeFacts
from portal_pipeline.core.portal import PortalCfdi


class GateLine(Frozen):
    """One invoice of a payment at the gate."""

    invoice: AppliedDocument
    share: Share
    currency: str
    """Of the invoice in Sage, ISO code."""
    spoken_for: Decimal = ZERO
    """Cash that earlier acts of the same plan take from the portal's balance."""


class GateResult(Frozen):
    """What the gate says: nothing failed, or the findings in the order of the rules."""

    failed: tuple[Finding, ...] = ()
    ignore_amounts: bool = False
    """Open, on condition that the portal settles the invoices fully whatever the amounts."""

    @property
    def is_open(self) -> bool:
        """Whether the payment may go."""
        return not self.failed


def pass_gate(
    lines: Sequence[GateLine], payee: PayeeFacts, *, allow_ignore_amounts: bool
) -> GateResult:
    """Every condition that fails for any invoice, one finding per condition."""
    by_condition: dict[str, list[GateLine]] = {}
    for line in lines:
        for code in _failed(line, payee):
            by_condition.setdefault(code, []).append(line)
    left = by_condition.pop(_LEFT_IN_PORTAL, [])
    can_ignore = allow_ignore_amounts and all(_is_settled_whole(line) for line in lines)
    if left and not can_ignore:
        by_condition[PUE_PAID_IN_PART.code] = [
            *by_condition.get(PUE_PAID_IN_PART.code, []),
            *left,
        ]
    failed = tuple(
        _finding(kind, by_condition[kind.code], describe)
        for kind, describe in _CONDITIONS.items()
        if kind.code in by_condition
    )
    return GateResult(failed=failed, ignore_amounts=bool(left) and not failed)


_LEFT_IN_PORTAL = "left_in_portal"
"""Not a finding: what is left of a PUE invoice, which the tenant may allow to be a discount."""


def _failed(line: GateLine, payee: PayeeFacts) -> list[str]:
    """Codes of the conditions that fail for one invoice; without a CFDI only a, b and c exist."""
    invoice = line.invoice
    failed = [] if invoice.is_confirmed else [INVOICE_NOT_CONFIRMED.code]
    if payee.is_foreign and not invoice.uuid:
        return failed  # no CFDI exists; the portal knows it by its identifier
    if not invoice.uuid:
        return [*failed, INVOICE_WITHOUT_UUID.code]
    if invoice.cfdi is None:
        is_known = invoice.is_listing_complete
        return [*failed, INVOICE_NOT_IN_PORTAL.code if is_known else LISTING_INCOMPLETE.code]
    return failed + _failed_in_portal(line, invoice.cfdi, payee)


def _failed_in_portal(line: GateLine, cfdi: PortalCfdi, payee: PayeeFacts) -> list[str]:
    failed: list[str] = []
    if cfdi.is_cancelled:
        failed.append(INVOICE_CANCELLED.code)
    if not _is_of(cfdi, payee):
        failed.append(PROVIDER_DIFFERS.code)
    if cfdi.currency != line.currency:
        failed.append(CFDI_CURRENCY_DIFFERS.code)
    balance = _balance(line)
    if balance < line.share.amount:
        failed.append(BALANCE_TOO_SMALL.code)
    if cfdi.payment_method == "PUE":
        failed += _failed_pue(line, balance)
    if cfdi.is_in_payment_order:
        failed.append(IN_PORTAL_PAYMENT_ORDER.code)
    return failed


def _failed_pue(line: GateLine, balance: Decimal) -> list[str]:
    """Condition g: paid at once in Sage, and nothing left of it in the portal either."""
    if line.invoice.amount_due:
        return [PUE_PAID_IN_PART.code]
    if balance <= line.share.amount:
        return []
    if line.share.credit or _is_credited_in_sage_alone(line, balance):
        return [CREDIT_NOTE_NOT_APPLIED_IN_PORTAL.code]
    return [_LEFT_IN_PORTAL]


def _is_credited_in_sage_alone(line: GateLine, balance: Decimal) -> bool:
    """Whether what the portal would still see is what Sage's credit notes took off, or less."""
    left = balance - line.share.amount - max(line.share.discount, ZERO)
    return ZERO < left <= line.invoice.credited


def _is_of(cfdi: PortalCfdi, payee: PayeeFacts) -> bool:
    if cfdi.provider_id:
        return cfdi.provider_id == payee.provider_id
    return bool(payee.external_id) and cfdi.provider_external_id == payee.external_id


def _balance(line: GateLine) -> Decimal:
    """In cents: the portal computes with binary fractions, and may show 115.99999999999999."""
    balance = line.invoice.cfdi.balance if line.invoice.cfdi else None
    return cents(balance or ZERO) - line.spoken_for


def _is_settled_whole(line: GateLine) -> bool:
    """Whether a payment that ignores amounts would settle just what this one settles in Sage."""
    left = _balance(line) - line.share.amount
    is_paid = not line.invoice.amount_due and not line.share.credit
    return is_paid and left <= max(line.share.discount, ZERO)


# -- findings ------------------------------------------------------------------------------------


def _name(line: GateLine) -> str:
    uuid = line.invoice.uuid
    return f"{line.invoice.number} ({uuid})" if uuid else line.invoice.number


def _with_state(line: GateLine) -> str:
    state = line.invoice.confirmation
    return f"{_name(line)}: {state}" if state else _name(line)


def _with_balance(line: GateLine) -> str:
    return f"{_name(line)}: {line.share.amount:,.2f} / {_balance(line):,.2f} {line.currency}"


_CONDITIONS: Mapping[FindingKind, Callable[[GateLine], str]] = {
    INVOICE_NOT_CONFIRMED: _with_state,
    INVOICE_WITHOUT_UUID: _name,
    LISTING_INCOMPLETE: _name,
    INVOICE_NOT_IN_PORTAL: _name,
    INVOICE_CANCELLED: _name,
    PROVIDER_DIFFERS: _name,
    CFDI_CURRENCY_DIFFERS: _name,
    BALANCE_TOO_SMALL: _with_balance,
    PUE_PAID_IN_PART: _with_balance,
    CREDIT_NOTE_NOT_APPLIED_IN_PORTAL: _with_balance,
    IN_PORTAL_PAYMENT_ORDER: _name,
}
"""In the order of the rules, with what each finding says of an invoice."""


def _finding(
    kind: FindingKind, lines: Sequence[GateLine], describe: Callable[[GateLine], str]
) -> Finding:
    named = "; ".join(describe(line) for line in lines[:NAMED_MAX])
    shown = named if len(lines) <= NAMED_MAX else f"{named}; ..."
    if kind is LISTING_INCOMPLETE:
        return kind(listing="CFDIs by UUID", detail=shown)
    return kind(count=len(lines), invoices=shown)
