"""What stands twice in a target."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from portal_pipeline.sandbox.portal import Payment
from portal_pipeline.sandbox.world.judge.evidence import Evidence

TYPED_TWICE = "uuid_on_two_documents"


def duplicates(evidence: Evidence) -> Iterator[str]:
    """Names of what the portal or Sage holds more than once."""
    key = evidence.key
    for number, orders in evidence.portal_orders.items():
        if len(orders) > 1:
            yield f"{key} purchase order {number}: {len(orders)} times in the portal"
    for number, payments in evidence.portal_payments.items():
        if len(payments) > 1:
            yield f"{key} payment {number}: {len(payments)} times in the portal"
    yield from _same_money(evidence)
    yield from _same_uuid(evidence)
    yield from _same_provider(evidence)


def _same_money(evidence: Evidence) -> Iterator[str]:
    """One Sage payment sent under two numbers: same day, same CFDIs, same amounts."""
    sent: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for number, payments in evidence.portal_payments.items():
        for payment in payments:
            sent[_content(payment)].add(number)
    entries = {one.number for one in evidence.payments if one.is_posted and not one.is_reversed}
    for numbers in sent.values():
        if len(numbers) > 1 and not numbers <= entries:
            yield f"{evidence.key} payment {', '.join(sorted(numbers))}: one payment, sent twice"


def _content(payment: Payment) -> tuple[str, ...]:
    lines = sorted(f"{line.uuid} {line.amount}" for line in payment.lines)
    return (payment.payment_date, str(payment.total_amount), *lines)


def _same_uuid(evidence: Evidence) -> Iterator[str]:
    owners: dict[str, set[str]] = defaultdict(set)
    entries: Counter[str] = Counter()
    for one in evidence.invoices:
        if one.uuid:
            owners[one.uuid].add(f"{one.vendor}/{one.number}")
            entries[one.uuid] += 1
    for uuid, names in owners.items():
        if (len(names) > 1 or entries[uuid] > 1) and not _is_typed_twice(evidence, uuid):
            yield (
                f"{evidence.key} CFDI {uuid}: {entries[uuid]} entries in Sage"
                f" ({', '.join(sorted(names))})"
            )


def _is_typed_twice(evidence: Evidence, uuid: str) -> bool:
    """Whether clerks typed it twice: the product wrote none of them, and says so (rules 5)."""
    ledger = evidence.ledger
    return any(
        ledger.tells(kind, uuid, TYPED_TWICE) and not ledger.tried(kind, uuid, "import")
        for kind in ("invoice", "credit_note")
    )


def _same_provider(evidence: Evidence) -> Iterator[str]:
    """A provider has one active vendor in a currency."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for vendor in evidence.vendors:
        provider = vendor.optional_fields.get("PROVIDERID", "").strip().lower()
        if provider and vendor.is_active:
            owners[provider, vendor.currency].append(vendor.vendor)
    for (provider, currency), vendors in owners.items():
        if len(vendors) > 1:
            yield f"{evidence.key} provider {provider}: {', '.join(vendors)} in {currency}"
