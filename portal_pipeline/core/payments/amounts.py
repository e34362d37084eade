"""How much cash each invoice of a payment gets, to the cent, in both currencies.

Source: rules 6 "Amounts"; Sage tables sheet 2 (APTCP, APTCR), 1 "Currency".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.payments import (
    NET_PAYMENT_NEEDS_ALLOCATION,
    PAYMENT_RATE_MISSING,
    PAYS_OTHER_DOCUMENTS,
)
from portal_pipeline.core.money import (
    CENT,
    ZERO,
    cents,
    portal_currency,
    same_currency,
    to_functional,
)
from portal_pipeline.core.payments.credit_notes import lowered_by
from portal_pipeline.core.payments.facts import NAMED_MAX, AppliedDocument, Pair
from portal_pipeline.core.sage import SageDocumentType, SagePayment

RATE_STEP = Decimal("0.0000000001")
"""Ten decimals: an amount of ten million is still exact to the cent when multiplied by it."""

_CARRY_CASH = frozenset(
    {SageDocumentType.INVOICE, SageDocumentType.DEBIT_NOTE, SageDocumentType.INTEREST}
)


class Share(Frozen):
    """The cash of one invoice, and what else settles it in Sage with this payment.

    ``amount``, ``credit`` and ``discount`` are in the invoice's currency, ``payment_amount`` in
    the payment's.
    """

    pair: Pair
    amount: Decimal
    payment_amount: Decimal
    credit: Decimal = ZERO
    """Credit notes that this payment applies to it."""
    discount: Decimal = ZERO
    """Discount, adjustment and withholding: settled, but not paid."""


class Allocation(Frozen):
    """A payment spread over its invoices, or why it cannot be.

    Without ``problem`` the ``payment_amount`` of the shares sum up to ``total`` exactly.
    """

    total: Decimal
    currency: str
    """ISO code of the payment."""
    invoice_currency: str
    exchange_rate: Decimal = Decimal(1)
    """Payment currency per unit of invoice currency."""
    shares: tuple[Share, ...] = ()
    """Invoices that get cash, by number; those netted to zero are left out."""
    problem: Finding | None = None


def allocate(payment: SagePayment, documents: Mapping[Pair, AppliedDocument]) -> Allocation:
    """The payment's cash by invoice."""
    empty = Allocation(
        total=cents(payment.amount),
        currency=portal_currency(payment.bank_currency),
        invoice_currency=portal_currency(payment.vendor_currency),
    )
    other = [line.number for line in payment.lines if line.document_type == SageDocumentType.OTHER]
    if other:
        return _with(empty, problem=PAYS_OTHER_DOCUMENTS(documents=", ".join(other[:NAMED_MAX])))
    is_converted = empty.currency != empty.invoice_currency
    if is_converted and min(payment.vendor_rate, payment.bank_rate) <= 0:
        problem = PAYMENT_RATE_MISSING(
            currency=empty.currency, invoice_currency=empty.invoice_currency
        )
        return _with(empty, problem=problem)
    shares = _netted(payment, documents)
    if shares is None or any(share.amount < 0 for share in shares):
        return _unallocated(empty, shares or ())
    paid = tuple(share for share in shares if share.amount > 0)
    rate = _rate(payment)
    in_bank = tuple(
        share.model_copy(update={"payment_amount": cents(share.amount * rate)}) for share in paid
    )
    return _balanced(_with(empty, exchange_rate=rate, shares=in_bank))


def _netted(
    payment: SagePayment, documents: Mapping[Pair, AppliedDocument]
) -> tuple[Share, ...] | None:
    """Invoice lines less their credit notes; None when a credit note has no invoice here."""
    cash: dict[Pair, Decimal] = {}
    discount: dict[Pair, Decimal] = {}
    notes: dict[Pair, Decimal] = {}
    for line in payment.lines:
        pair = (line.vendor_id, line.number)
        if line.document_type in _CARRY_CASH:
            cash[pair] = cash.get(pair, ZERO) + cents(line.amount)
            other = cents(line.discount + line.adjustment)
            discount[pair] = discount.get(pair, ZERO) + other
        else:
            notes[pair] = notes.get(pair, ZERO) + abs(cents(line.amount))
    credit: dict[Pair, Decimal] = {}
    for note, amount in notes.items():
        taken = lowered_by(note, amount, documents, frozenset(cash))
        if amount and not taken:
            return None
        for pair, part in taken.items():
            credit[pair] = credit.get(pair, ZERO) + part
    return tuple(
        Share(
            pair=pair,
            amount=amount - credit.get(pair, ZERO),
            payment_amount=ZERO,
            credit=credit.get(pair, ZERO),
            discount=discount[pair],
        )
        for pair, amount in sorted(cash.items())
    )


def _rate(payment: SagePayment) -> Decimal:
    """Bank currency per unit of vendor currency, by the payment's own rates and operators."""
    if same_currency(payment.vendor_currency, payment.bank_currency):
        return Decimal(1)
    vendor = to_functional(Decimal(1), payment.vendor_rate, payment.vendor_rate_operator)
    bank = to_functional(Decimal(1), payment.bank_rate, payment.bank_rate_operator)
    return (vendor / bank).quantize(RATE_STEP)


def _balanced(allocation: Allocation) -> Allocation:
    """The cents that rounding left over go to the largest share; more than cents is a problem.

    So is an invoice that would be paid with nothing: the portal takes no such line.
    """
    shares = allocation.shares
    left = allocation.total - sum((share.payment_amount for share in shares), ZERO)
    is_converted = allocation.currency != allocation.invoice_currency
    if left and (not is_converted or abs(left) > CENT * len(shares)):
        return _unallocated(allocation, shares)
    if left:
        largest = max(shares, key=lambda share: share.payment_amount)
        raised = largest.model_copy(update={"payment_amount": largest.payment_amount + left})
        shares = tuple(raised if share is largest else share for share in shares)
    if any(share.payment_amount <= 0 for share in shares):
        return _unallocated(allocation, shares)
    return _with(allocation, shares=shares)


def _unallocated(allocation: Allocation, shares: tuple[Share, ...]) -> Allocation:
    allocated = sum((share.payment_amount or share.amount for share in shares), ZERO)
    return _with(
        allocation,
        shares=(),
        problem=NET_PAYMENT_NEEDS_ALLOCATION(
            amount=f"{allocation.total:,.2f}",
            allocated=f"{allocated:,.2f}",
            currency=allocation.currency,
        ),
    )


def _with(allocation: Allocation, **changes: object) -> Allocation:
    return allocation.model_copy(update=changes)


def functional_amount(payment: SagePayment) -> Decimal:
    """The payment in the company's currency, in cents; as it is when its rate is unusable."""
    if payment.bank_rate <= 0:
        return cents(payment.amount)
    return cents(to_functional(payment.amount, payment.bank_rate, payment.bank_rate_operator))


def wire_rate(allocation: Allocation, direction: str) -> Decimal:
    """``exchange_rate`` of the payload in the portal's direction (``rate_direction``)."""
    if direction == "divide" and allocation.exchange_rate != 1:
        return (1 / allocation.exchange_rate).quantize(RATE_STEP)
    return allocation.exchange_rate
