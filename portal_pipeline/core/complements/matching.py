"""Which Sage payments a complement documents, and what becomes of the complement itself.

Source: rules 8; portal API sheet 6.6.
"""

from __future__ import annotations

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.complements.models import DOCUMENTS, ComplementFacts
from portal_pipeline.core.decisions import Decision, done, hold, out_of_scope
from portal_pipeline.core.findings.complements import (
    COMPLEMENT_CANCELLED,
    COMPLEMENT_NOT_APPROVED,
    COMPLEMENT_WITHOUT_PAYMENT,
    COMPLEMENT_WITHOUT_STAMP_DATE,
    PAYMENT_NOT_IN_SAGE,
    PAYMENT_NOT_OURS,
)
from portal_pipeline.core.findings.payments import PORTAL_PAYMENT_UNREADABLE
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import cents
from portal_pipeline.core.outcomes import Link

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
    links = tuple(
        Link(
            relation=DOCUMENTS,
            target_type=DocumentKind.PAYMENT.value,
            target_key=number,
            source=matched.source,
        )
        for number in matched.found
    )
    if complement.is_cancelled:
        return out_of_scope(document, _WRITE, COMPLEMENT_CANCELLED()).model_copy(
            update={"links": links}
        )
    if not complement.is_approved:
        finding = COMPLEMENT_NOT_APPROVED(status=complement.status or "-")
        return hold(document, _WRITE, finding, links=links)
    if not complement.stamped_on:
        return hold(document, _WRITE, COMPLEMENT_WITHOUT_STAMP_DATE(), links=links)
    if facts.unread:
        finding = PORTAL_PAYMENT_UNREADABLE(detail=", ".join(facts.unread[:5]))
        return hold(document, _WRITE, finding, links=links)
    if matched.missing:
        finding = PAYMENT_NOT_IN_SAGE(payments=", ".join(matched.missing[:5]))
        return hold(document, _WRITE, finding, links=links)
    if matched.found:
        return done(document, _WRITE, links=links)
    if complement.payment_ids:
        ours_not = PAYMENT_NOT_OURS(portal_ids=", ".join(complement.payment_ids[:5]))
        return out_of_scope(document, _WRITE, ours_not)
    named = ", ".join(paid.uuid for paid in complement.paid_documents[:5])
    return hold(document, _WRITE, COMPLEMENT_WITHOUT_PAYMENT(documents=named or "-"))
