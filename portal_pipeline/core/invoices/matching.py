"""Sage documents without UUID that are, or may be, a CFDI.

Source: rules 5 "Links", ``possible_duplicate``, ``looks_like_po_invoice``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.confirmation import is_failed_copy, total_in_sage
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts, fingerprints
from portal_pipeline.core.invoices.models import UninvoicedReceipt
from portal_pipeline.core.invoices.numbers import normalised, number_forms
from portal_pipeline.core.money import cents, same_currency
from portal_pipeline.core.sage import SageDocument, SageDocumentType, SageVendor

NEAR = timedelta(days=30)
"""How far apart a possible duplicate may be dated."""
RECEIPT_TOLERANCE = Decimal("0.01")
"""Share of the total within which a receipt matches."""


def without_uuid(appearances: Sequence[SageDocument]) -> list[list[SageDocument]]:
    """The documents (their appearances) none of whose appearances carries a UUID."""
    chains: dict[tuple[str, str], list[SageDocument]] = {}
    for one in appearances:
        chains.setdefault((one.vendor_id, one.number), []).append(one)
    return [
        alive
        for chain in chains.values()
        if not any(one.uuid for one in chain)
        and (alive := [one for one in chain if not is_failed_copy(one) and not one.is_reversed])
    ]


def _same_sum(candidate: Candidate, vendor: SageVendor, facts: ImportFacts) -> list[SageDocument]:
    """One appearance of each free document of the vendor with the CFDI's side, currency, total."""
    listed = candidate.listed
    is_credit = listed.kind == DocumentKind.CREDIT_NOTE
    total = total_in_sage(listed.total, listed.withheld, facts.withholdings)
    if total is None:
        return []
    found = []
    for chain in without_uuid(facts.vendor_documents.get(vendor.vendor_id, ())):
        one = chain[0]
        owners = facts.link_owners.get((one.vendor_id, one.number), frozenset())
        if owners - {candidate.uuid}:
            continue
        if (one.type == SageDocumentType.CREDIT_NOTE) != is_credit:
            continue
        if same_currency(one.currency, listed.currency) and cents(one.total) == total:
            found.append(one)
    return found


def automatic_match(
    candidate: Candidate, vendor: SageVendor, facts: ImportFacts
) -> SageDocument | None:
    """The one document that is the CFDI beyond doubt: vendor, number, total and currency match.

    One-to-one on both sides: no other document matches the CFDI, no other CFDI the document.
    """
    listed = candidate.listed
    if listed.is_cancelled:
        return None
    forms = number_forms(listed.serie, listed.folio)
    matches = [
        one for one in _same_sum(candidate, vendor, facts) if normalised(one.number) in forms
    ]
    if len(matches) != 1:
        return None
    mark = fingerprints(listed).get(normalised(matches[0].number))
    return matches[0] if mark not in facts.twins else None


def possible_duplicate(
    candidate: Candidate, vendor: SageVendor, facts: ImportFacts
) -> SageDocument | None:
    """A document of that vendor without UUID, same currency and total, within 30 days."""
    dated = candidate.listed.dated
    for one in _same_sum(candidate, vendor, facts):
        is_near = dated is None or one.document_date is None
        if is_near or (dated and one.document_date and abs(dated - one.document_date) <= NEAR):
            return one
    return None


def matching_receipt(
    candidate: Candidate, vendor: SageVendor, facts: ImportFacts
) -> UninvoicedReceipt | None:
    """An uninvoiced receipt of the vendor whose total matches within 1 %."""
    total = candidate.listed.total
    if total is None:
        return None
    for receipt in facts.receipts.get(vendor.vendor_id, ()):
        if not same_currency(receipt.currency, candidate.listed.currency):
            continue
        if abs(receipt.total - total) <= total * RECEIPT_TOLERANCE:
            return receipt
    return None
