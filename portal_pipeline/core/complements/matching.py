"""Which Sage payments a complement documents, and what becomes of the complement itself.

Source: rules 8; portal API sheet 6.6.
"""

from __future__ import annotations

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.complements.models import CLOSES, DOCUMENTS, ComplementFacts
from portal_pipeline.core.decisions import Decision, Document, done, hold, out_of_scope
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.complements import (
    COMPLEMENT_CANCELLED,
    COMPLEMENT_NOT_APPROVED,
    COMPLEMENT_SEAL_BROKEN,
    COMPLEMENT_WITHOUT_PAYMENT,
    COMPLEMENT_WITHOUT_STAMP_DATE,
    PAYMENT_NOT_IN_SAGE,
    PAYMENT_NOT_OURS,
)
from portal_pipeline.core.findings.payments import PORTAL_PAYMENT_UNREADABLE
from portal_pipeline.core.identity import DocumentKind, Operation, upper_uuid
from portal_pipeline.core.money import cents
from portal_pipeline.core.outcomes import Link

NAMED_MAX = 5
_WRITE = Operation.WRITE_COMPLEMENT


class Matched(Frozen):
    """The payments of a complement: found in Sage, and named but not there."""

    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    source: str = "portal"


def match(facts: ComplementFacts) -> Matched:
    """By every link; without any link by UUID, amount and date, unique matches only."""
    if facts.complement.payment_ids:
        named = {facts.numbers[i] for i in facts.complement.payment_ids if facts.numbers.get(i)}
        return Matched(
            found=tuple(sorted(named & facts.in_sage)), missing=tuple(sorted(named - facts.in_sage))
        )
    found: set[str] = set()
    for paid in facts.complement.paid_documents:
        candidates = {
            line.payment
            for line in facts.paid
            if line.uuid == paid.uuid
            and cents(line.amount) == cents(paid.amount)
            and line.paid_on == paid.paid_on
        }
        if len(candidates) == 1:
            found |= candidates
    return Matched(found=tuple(sorted(found & facts.in_sage)), source="automatic")


def decide_complement(facts: ComplementFacts) -> Decision:
    """Done once every payment that it documents is known; each payment has its own decision."""
    complement, matched = facts.complement, match(facts)
    document = complement.document
    closed = _closed(facts)
    if complement.is_cancelled:
        return _left_out(document, COMPLEMENT_CANCELLED(), closed)
    links = closed + tuple(
        Link(
            relation=DOCUMENTS,
            target_type=DocumentKind.PAYMENT.value,
            target_key=number,
            source=matched.source,
        )
        for number in matched.found
    )
    finding = _waits(facts, matched)
    if finding is not None:
        return hold(document, _WRITE, finding, links=links, reopens=True)
    if matched.found:
        return done(document, _WRITE, links=links)
    not_ours = PAYMENT_NOT_OURS(portal_ids=", ".join(complement.payment_ids[:NAMED_MAX]))
    return _left_out(document, not_ours, closed)


def _closed(facts: ComplementFacts) -> tuple[Link, ...]:
    """The invoices that it names, whosever payment it documents."""
    uuids = dict.fromkeys(upper_uuid(paid.uuid) for paid in facts.complement.paid_documents)
    return tuple(
        Link(
            relation=CLOSES,
            target_type=DocumentKind.INVOICE.value,
            target_key=uuid,
            source="portal",
        )
        for uuid in uuids
        if uuid
    )


def _left_out(document: Document, finding: Finding, links: tuple[Link, ...]) -> Decision:
    left_out = out_of_scope(document, _WRITE, finding)
    return left_out.model_copy(update={"reopens": True, "links": links})


def _waits(facts: ComplementFacts, matched: Matched) -> Finding | None:
    """What the complement waits for, before it can be said whose payment it documents."""
    complement = facts.complement
    if not complement.is_approved:
        return COMPLEMENT_NOT_APPROVED(status=complement.status or "-")
    if complement.has_broken_seal:
        return COMPLEMENT_SEAL_BROKEN()
    if not complement.stamped_on:
        return COMPLEMENT_WITHOUT_STAMP_DATE()
    if facts.unread:
        return PORTAL_PAYMENT_UNREADABLE(detail=", ".join(facts.unread[:NAMED_MAX]))
    if matched.missing:
        return PAYMENT_NOT_IN_SAGE(payments=", ".join(matched.missing[:NAMED_MAX]))
    if matched.found or complement.payment_ids:
        return None
    named = ", ".join(paid.uuid for paid in complement.paid_documents[:NAMED_MAX])
    return COMPLEMENT_WITHOUT_PAYMENT(documents=named or "-")
