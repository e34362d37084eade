"""Invoices and credit notes: the portal's CFDIs, and the A/P documents of Sage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.sandbox.portal import Cfdi
from portal_pipeline.sandbox.sage.company import InvoiceRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, by_rule, compared

CREDIT_NOTE = 3
KINDS = {
    "INVOICE": "invoice",
    "ADVANCED": "invoice",
    "CREDIT_NOTE": "credit_note",
}
COMPLEMENT = "PAYMENT_CFDI"
OTHER = "other_cfdi"
CAPTURED = "sage_document"
IMPORT = "import"


def judged_cfdis(evidence: Evidence) -> Iterator[Finding]:
    """Every CFDI of the portal but complements, whatever its state."""
    by_uuid, by_number = _documents(evidence)
    for cfdi in evidence.cfdis:
        if cfdi.kind == COMPLEMENT:
            continue
        kind = KINDS.get(cfdi.kind)
        name = f"{evidence.key} {kind or OTHER} {cfdi.uuid}"
        if kind is None:
            yield by_rule(OTHER, name, "of a kind that Sage does not take")
        elif rule := _not_yet(evidence, kind, cfdi):
            is_early = cfdi.authorized_at is None and evidence.ledger.wrote(kind, cfdi.uuid, IMPORT)
            yield by_rule(kind, name, rule, f"{rule}, but imported" if is_early else "")
        else:
            linked = [
                by_number[number]
                for number in evidence.ledger.sage_documents(cfdi.uuid)
                if number in by_number
            ]
            difference = _difference(evidence, cfdi, by_uuid.get(cfdi.uuid, []), linked)
            is_told = evidence.ledger.explains(kind, cfdi.uuid) or _is_stampless(
                evidence, kind, cfdi
            )
            yield compared(kind, name, difference, is_told=is_told)


def judged_captures(evidence: Evidence) -> Iterator[Finding]:
    """A/P documents of Sage that no CFDI of the portal stands for; others are judged with it."""
    listed = {cfdi.uuid for cfdi in evidence.cfdis}
    linked = evidence.ledger.linked_documents
    for one in evidence.invoices:
        if one.uuid in listed or f"{one.vendor}/{one.number}" in linked:
            continue
        name = f"{evidence.key} Sage document {one.vendor}/{one.number}"
        kind = "credit_note" if one.document_type == CREDIT_NOTE else "invoice"
        is_invented = bool(one.uuid) and evidence.ledger.wrote(kind, one.uuid, IMPORT)
        problem = f"imported, but the portal has no CFDI {one.uuid}" if is_invented else ""
        yield by_rule(CAPTURED, name, "captured in Sage; the portal has no CFDI of it", problem)


def _is_stampless(evidence: Evidence, kind: str, cfdi: Cfdi) -> bool:
    """Whether the ledger waits for the UUID, under the portal's id, until the list has it."""
    return evidence.ledger.tells(kind, f"PORTAL:{cfdi.id}", "listed_without_uuid")


def _not_yet(evidence: Evidence, kind: str, cfdi: Cfdi) -> str:
    """Why a CFDI is not Sage's business; empty: it is."""
    if cfdi.authorized_at is None:
        return "not approved"
    if cfdi.status == "REJECTED" and not evidence.ledger.is_known(kind, cfdi.uuid):
        return "its approval was taken back before it was read"
    if cfdi.authorized_at >= evidence.now:
        return "approved after the last cycle began"
    return "" if evidence.is_due("invoice", cfdi.authorized_at) else "approved before the start"


def _documents(
    evidence: Evidence,
) -> tuple[Mapping[str, list[InvoiceRecord]], Mapping[str, InvoiceRecord]]:
    """A/P documents by UUID, and by vendor and number."""
    by_uuid: dict[str, list[InvoiceRecord]] = defaultdict(list)
    for one in evidence.invoices:
        if one.uuid:
            by_uuid[one.uuid].append(one)
    return by_uuid, {f"{one.vendor}/{one.number}": one for one in evidence.invoices}


def _difference(
    evidence: Evidence, cfdi: Cfdi, named: list[InvoiceRecord], linked: list[InvoiceRecord]
) -> str:
    """How Sage differs from the portal; empty: not at all.

    Values:
        named: documents that carry the UUID.
        linked: documents that the ledger links, where none does; a substitute's is the original's
            and has its date.
    """
    posted = [one for one in named or linked if one.is_posted]
    if not posted:
        return "in Sage, but not posted" if named or linked else "not in Sage"
    is_credit = cfdi.kind == "CREDIT_NOTE"
    for one in posted:
        if cents(one.total) != cfdi.facts.total:
            return f"{cfdi.facts.total} in the portal, {one.total} in Sage"
        if portal_currency(one.currency) != cfdi.facts.currency:
            return f"{cfdi.facts.currency} in the portal, {one.currency} in Sage"
        if (one.document_type == CREDIT_NOTE) is not is_credit:
            return "an invoice here, a credit note there"
        if evidence.owner_of(one.vendor) != cfdi.provider_id.lower():
            return f"another supplier in Sage: {one.vendor}"
        if named and one.document_date != cfdi.facts.issued_on:
            return f"{cfdi.facts.issued_on} in the portal, {one.document_date} in Sage"
    return ""
