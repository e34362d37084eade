"""Candidates that Sage holds already, whoever captured them.

Source: rules 5 "Confirm first" and the paragraph on batches after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal_pipeline.core.decisions import Decision, done, hold, reject
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    CANCELLED_AFTER_IMPORT,
    ENTRY_REMOVED_IN_SAGE,
    LINKED_DOCUMENT_MISSING,
    POSTING_REFUSED,
    SAGE_DOCUMENT_DIFFERS,
    UUID_ON_TWO_DOCUMENTS,
)
from portal_pipeline.core.handed import handed_file
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.confirmation import (
    Confirmation,
    ConfirmationState,
    Expected,
    Origin,
    confirm,
    is_failed_copy,
    total_in_sage,
)
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts, Pair
from portal_pipeline.core.invoices.standing import standing_of
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.sage import SageDocument, SageDocumentType

IS_SAGE_DOCUMENT = "is_sage_document"
IN_BATCH = "in_batch"
_INVOICE_TYPES = (
    SageDocumentType.INVOICE,
    SageDocumentType.DEBIT_NOTE,
    SageDocumentType.INTEREST,
)
"""A supplier's CFDI of type I may be captured as any of these."""


def pair_of(link: Link) -> Pair:
    """Vendor and number that a link names."""
    vendor, _, number = link.target_key.partition("/")
    return vendor.strip(), number.strip()


def document_name(document: SageDocument) -> str:
    """``VENDOR/NUMBER``."""
    return f"{document.vendor_id}/{document.number}"


def place_of(document: SageDocument) -> str:
    """``BATCH/ENTRY``; empty where the document has none."""
    return f"{document.batch}/{document.entry}" if document.batch else ""


def chosen_link(links: Sequence[Link]) -> Link | None:
    """The link that counts: a person's latest word, else the latest of any source."""
    by_person = [link for link in links if link.source == "person"]
    ranked = by_person or list(links)
    return ranked[-1] if ranked else None


def confirmation_of(candidate: Candidate, facts: ImportFacts) -> Confirmation:
    """How far the candidate is in Sage: by its UUID, else by its link; a person's link decides."""
    by_uuid = facts.by_uuid.get(candidate.uuid, ())
    link = chosen_link(facts.links.get(candidate.uuid, ()))
    linked = facts.by_number.get(pair_of(link), ()) if link else ()
    if link is None or (link.source != "person" and by_uuid):
        return confirmed(candidate, by_uuid, None, facts)
    if not linked:
        return confirmed(candidate, by_uuid, None, facts)
    return confirmed(candidate, (*by_uuid, *linked), linked[0], facts)


def confirmed(
    candidate: Candidate,
    appearances: Sequence[SageDocument],
    linked: SageDocument | None,
    facts: ImportFacts,
) -> Confirmation:
    """The confirmation with vendor, type, currency and total compared."""
    originals = candidate.listed.related_by("04")
    # One document appears in several tables at once; each appearance counts once.
    each = tuple(dict.fromkeys(appearances))
    first = confirm(candidate.uuid, each, linked=linked, substitutes=originals)
    if first.document is None:
        return first
    return confirm(
        candidate.uuid,
        each,
        linked=linked,
        expected=expected_of(candidate, first.document, facts),
        substitutes=originals,
    )


def expected_of(candidate: Candidate, document: SageDocument, facts: ImportFacts) -> Expected:
    """What the document must be: any vendor of the provider, any type of the CFDI's side."""
    listed = candidate.listed
    vendors = facts.vendor_ids.get(candidate.uuid, frozenset())
    vendor = (
        document.vendor_id if document.vendor_id in vendors else next(iter(sorted(vendors)), "")
    )
    if listed.kind == DocumentKind.CREDIT_NOTE:
        kind = SageDocumentType.CREDIT_NOTE
    else:
        kind = document.type if document.type in _INVOICE_TYPES else SageDocumentType.INVOICE
    return Expected(
        vendor_id=vendor or None,
        type=kind,
        currency=listed.currency or None,
        total=total_in_sage(listed.total, listed.withheld, facts.withholdings),
    )


def decide_seen(
    candidate: Candidate,
    found: Confirmation,
    facts: ImportFacts,
    *,
    new_link: Link | None = None,
) -> Decision | None:
    """The decision for a candidate that Sage holds; None when it does not."""
    links = (new_link,) if new_link else ()
    if found.document is None:
        return None
    link = new_link or chosen_link(facts.links.get(candidate.uuid, ()))
    by_uuid = facts.by_uuid.get(candidate.uuid, ())
    document = candidate.document(
        sage_id=document_name(found.document),
        sage_state=found.state.value,
        details=standing_of(found, place_of(found.document), by_uuid, link),
    )
    if found.state == ConfirmationState.CONFIRMED:
        known = (*links, *_known_links(found))
        return done(document, Operation.IMPORT, notes=_cancelled(candidate, found), links=known)
    if found.state == ConfirmationState.ON_TWO_DOCUMENTS:
        names = sorted(
            {
                document_name(one)
                for one in facts.by_uuid.get(candidate.uuid, ())
                if one.uuid == candidate.uuid and not is_failed_copy(one)
            }
        )
        finding = UUID_ON_TWO_DOCUMENTS(documents=", ".join(names))
        return hold(document, Operation.IMPORT, finding, reopens=True)
    if found.state == ConfirmationState.DIFFERS:
        return reject(document, Operation.IMPORT, _differs(found), links=links, reopens=True)
    notes = (*((_differs(found),) if found.difference else ()), *_cancelled(candidate, found))
    if found.state == ConfirmationState.IN_ERROR_BATCH:
        refused = posting_refused(found.document, facts)
        return reject(document, Operation.IMPORT, refused, notes=notes, links=links, reopens=True)
    # Reopens: after Sage was restored from a backup, what was posted may be in its batch again.
    finding = waits(found.document)
    return hold(document, Operation.IMPORT, finding, notes=notes, links=links, reopens=True)


def waits(document: SageDocument) -> Finding:
    """That a document is captured and not posted."""
    return BATCH_WAITS_FOR_POSTING(document=document_name(document), batch=document.batch or "-")


def posting_refused(document: SageDocument, facts: ImportFacts) -> Finding:
    """That posting refused an entry, with Sage's own text."""
    return POSTING_REFUSED(
        document=document_name(document),
        batch=document.batch,
        error=facts.posting_errors.get((document.batch, document.entry)) or "-",
    )


def _differs(found: Confirmation) -> Finding:
    name = document_name(found.document) if found.document else "-"
    return SAGE_DOCUMENT_DIFFERS(document=name, difference=found.difference)


def _cancelled(candidate: Candidate, found: Confirmation) -> tuple[Finding, ...]:
    if not candidate.listed.is_cancelled or found.document is None:
        return ()
    return (CANCELLED_AFTER_IMPORT(document=document_name(found.document)),)


def _known_links(found: Confirmation) -> tuple[Link, ...]:
    """What Sage itself says of the document, for whoever traces it."""
    document = found.document
    links: list[Link] = []
    if document is not None and found.origin == Origin.UUID:
        links.append(
            Link(
                relation=IS_SAGE_DOCUMENT,
                target_type="sage_entry",
                target_key=document_name(document),
                source="sage",
            )
        )
    if document is not None and place_of(document):
        links.append(
            Link(
                relation=IN_BATCH,
                target_type="sage_batch",
                target_key=place_of(document),
                source="sage",
            )
        )
    return tuple(links)


def decide_gone(candidate: Candidate, facts: ImportFacts) -> Decision | None:
    """The decision for what was in Sage by our own hand or a person's word, and is not there."""
    if candidate.is_done:
        # Sage clears old batches and documents; what was confirmed stays confirmed.
        return done(candidate.document(), Operation.IMPORT)
    link = chosen_link(facts.links.get(candidate.uuid, ()))
    if link is not None and link.source == "person" and not facts.by_number.get(pair_of(link)):
        finding = LINKED_DOCUMENT_MISSING(document=link.target_key)
        return reject(candidate.document(), Operation.IMPORT, finding)
    entry = _place_in_sage(candidate)
    if not entry or removed_token(entry) in accepted_of(candidate):
        return None
    finding = ENTRY_REMOVED_IN_SAGE(entry=entry)
    return hold(candidate.document(), Operation.IMPORT, finding)


def _place_in_sage(candidate: Candidate) -> str:
    """Where our import was seen in Sage before; empty: nowhere.

    What the import program made of a file is known when Sage has shown it once.
    """
    row = candidate.imported
    if handed_file(row):
        return candidate.row.sage_id or ""
    return row.remote_id if row else ""


OVERRULABLE = frozenset({"possible_duplicate", "looks_like_po_invoice", "parent_not_posted"})
"""Findings that ``requeue`` overrules for good."""


def removed_token(entry: str) -> str:
    """The word by which a person lets an entry be imported anew."""
    return f"{ENTRY_REMOVED_IN_SAGE.code}:{entry}"


def accepted_of(candidate: Candidate) -> frozenset[str]:
    """Findings that a person has overruled, just now or before."""
    row = candidate.imported
    accepted = candidate.listed.accepted
    if row is None or not row.requeued or row.finding is None:
        return accepted
    if row.finding.code in OVERRULABLE:
        return accepted | {row.finding.code}
    if row.finding.code == ENTRY_REMOVED_IN_SAGE.code:
        return accepted | {removed_token(row.finding.params["entry"])}
    return accepted
