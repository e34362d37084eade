"""What is done with every candidate of cfdi_import: a pure function of the loaded facts.

Source: rules 5, in its order: confirm, link, exclude, route, then every reason not to import.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import (
    Decision,
    Document,
    act,
    hold,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.importer_files import DOSSIER_NOT_READ
from portal_pipeline.core.findings.invoices import (
    CANCELLED_BEFORE_IMPORT,
    CREDIT_NOTE_UNAPPLIED,
    LOOKS_LIKE_PO_INVOICE,
    NOT_APPROVED,
    NOT_DOWNLOADED,
    NUMBER_TAKEN,
    ORIGINAL_IN_SAGE,
    PAID_IN_PORTAL_NOT_IN_SAGE,
    PARENT_NOT_POSTED,
    PO_INVOICE_TO_BE_CAPTURED,
    POSSIBLE_DUPLICATE,
    ROUTE_HOLDS,
)
from portal_pipeline.core.findings.providers import VENDOR_FOR_CURRENCY
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.addenda import addenda_of
from portal_pipeline.core.invoices.confirmation import (
    Confirmation,
    confirm,
    difference_of,
    is_failed_copy,
)
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts
from portal_pipeline.core.invoices.handed import decide_handed, file_name, without_file
from portal_pipeline.core.invoices.matching import (
    automatic_match,
    matching_receipt,
    possible_duplicate,
)
from portal_pipeline.core.invoices.models import InvoiceContent
from portal_pipeline.core.invoices.numbers import document_number
from portal_pipeline.core.invoices.payload import Wanted, build_invoice
from portal_pipeline.core.invoices.routing import DocumentClass, class_of, route_of
from portal_pipeline.core.invoices.seen import (
    IS_SAGE_DOCUMENT,
    accepted_of,
    chosen_link,
    confirmation_of,
    confirmed,
    decide_gone,
    decide_seen,
    document_name,
    expected_of,
    pair_of,
)
from portal_pipeline.core.invoices.standing import ROUTE
from portal_pipeline.core.money import MULTIPLY, ZERO, cents, same_currency, to_functional
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.providers.matching import VendorMatch
from portal_pipeline.core.sage import SageDocument, SageVendor
from portal_pipeline.core.scope import before_start
from portal_pipeline.core.tenant import Route, Tenant
from portal_pipeline.core.wire import JsonObject

PARENT_RELATIONS = ("01", "03")
"""Credit note of, return of: the invoice that a credit note lowers."""


def decide_in_sage(candidate: Candidate, facts: ImportFacts) -> Decision | None:
    """The decision where Sage holds the CFDI by its UUID or by a link; None: look further."""
    return decide_seen(candidate, confirmation_of(candidate, facts), facts)


def decide_before_building(
    candidate: Candidate, facts: ImportFacts, tenant: Tenant
) -> Decision | Wanted:
    """The decision for what Sage does not hold by UUID or link, or what is to be built of it."""
    match = facts.vendors[candidate.uuid]
    vendor = match.vendor
    if vendor is not None:
        linked = _linked(candidate, vendor, facts)
        if linked is not None:
            return linked
    early = (
        decide_gone(candidate, facts)
        or _excluded(candidate, facts, tenant)
        or _by_original(candidate, facts)
    )
    if early is not None:
        return without_file(candidate, facts, early)
    route = route_of(class_of(candidate.listed), tenant.imports)
    handed = decide_handed(candidate, facts, route)
    if handed is not None:
        return handed
    if vendor is None:
        return _without_vendor(candidate, match)
    finding = _routed(candidate, route) or _doubtful(candidate, vendor, facts)
    if finding is not None:
        return hold(remembering(candidate), Operation.IMPORT, finding)
    applies_to = ""
    if candidate.listed.kind == DocumentKind.CREDIT_NOTE:
        parent = _parent_to_apply(candidate, vendor, facts)
        if isinstance(parent, Finding):
            return hold(remembering(candidate), Operation.IMPORT, parent)
        applies_to = parent.number if parent else ""
    dossier = facts.dossiers.get(candidate.listed.provider_id.lower())
    fields = dossier.fields if dossier else {}
    return Wanted(
        kind=candidate.listed.kind,
        route=route,
        expense=fields.get(tenant.imports.expense_field.lower(), ""),
        tax_group=fields.get(tenant.imports.tax_group_field.lower(), ""),
        vendor=vendor,
        number=number_of(candidate, tenant),
        applies_to=applies_to,
        po_number=candidate.listed.po_numbers[0] if candidate.listed.po_numbers else "",
    )


def decide_built(
    candidate: Candidate, wanted: Wanted, facts: ImportFacts, tenant: Tenant
) -> Decision:
    """The act, or why the document cannot be built."""
    document = remembering(candidate)
    content = facts.contents.get(candidate.uuid, NOT_DOWNLOADED())
    if not isinstance(content, InvoiceContent):
        return hold(document, Operation.IMPORT, content)
    taken = _number_taken(candidate, wanted, facts)
    if taken is not None:
        return hold(document, Operation.IMPORT, taken)
    if wanted.route == Route.EXECUTABLE:
        body = _file_content(candidate, wanted.vendor, facts, tenant)
    else:
        body = build_invoice(content, wanted, tenant, facts.setup, facts.today)
    if isinstance(body, Finding):
        return hold(document, Operation.IMPORT, body)
    rate = content.exchange_rate
    is_foreign = not same_currency(content.currency, tenant.home_currency)
    amount = cents(to_functional(content.total, rate, MULTIPLY)) if is_foreign and rate else None
    chosen = candidate.document(
        details={
            "accepted": document.details.get("accepted", ""),
            "sage_vendor": wanted.vendor.vendor_id,
            "sage_number": wanted.number,
            ROUTE: wanted.route.value,
        }
    )
    return act(
        chosen,
        Operation.IMPORT,
        body,
        notes=_unapplied(candidate, wanted),
        functional_amount=amount,
        # A refused POST may have left an empty batch behind (Web API sheet 1.5).
        look_up_first=candidate.imported is not None and candidate.imported.attempts > 0,
    )


def _file_content(
    candidate: Candidate, vendor: SageVendor, facts: ImportFacts, tenant: Tenant
) -> JsonObject | Finding:
    """What the import program's copy of the CFDI says beside it, or why there is none.

    The vendor that it names is the provider's own for the document's currency (rules 2).
    """
    provider = candidate.listed.provider_id
    dossier = facts.dossiers.get(provider.lower())
    if dossier is None:
        return DOSSIER_NOT_READ(provider=provider or "-")
    addenda = addenda_of(
        candidate.row,
        dossier.model_copy(update={"external_id": vendor.vendor_id}),
        tenant.program.id_base,
        bank_required=tenant.program.bank_required,
    )
    if isinstance(addenda, Finding):
        return addenda
    return {"file": file_name(candidate.uuid), "addenda": addenda.model_dump(mode="json")}


def number_of(candidate: Candidate, tenant: Tenant) -> str:
    """The document number in Sage: a person's, else the one chosen before, else by the rule."""
    row, listed = candidate.imported, candidate.listed
    given = (row.instruction.get("number") if row else "") or ""
    by_rule = document_number(
        listed.serie, listed.folio, candidate.uuid, tenant.imports.number_length_max
    )
    return given.strip().upper() or listed.sage_number or by_rule


# -- in Sage without our UUID ----------------------------------------------------------------------


def _linked(candidate: Candidate, vendor: SageVendor, facts: ImportFacts) -> Decision | None:
    """A clerk captured it without the UUID, and it is the only one that it can be."""
    match = automatic_match(candidate, vendor, facts)
    if match is None:
        return None
    link = Link(
        relation=IS_SAGE_DOCUMENT,
        target_type="sage_entry",
        target_key=document_name(match),
        source="automatic",
    )
    chain = [
        one
        for one in facts.vendor_documents.get(vendor.vendor_id, ())
        if one.number == match.number
    ]
    return decide_seen(candidate, confirmed(candidate, chain, match, facts), facts, new_link=link)


def _by_original(candidate: Candidate, facts: ImportFacts) -> Decision | None:
    """A substitute whose original is in Sage takes its place there, or waits for a person."""
    for original in candidate.listed.related_by("04"):
        found = _related_in_sage(original, facts)
        if found.document is None:
            continue
        is_same = not difference_of(found.document, expected_of(candidate, found.document, facts))
        if found.is_confirmed and is_same:
            return _in_place_of(candidate, original, found.document, facts)
        name = document_name(found.document)
        finding = ORIGINAL_IN_SAGE(original=original, document=name)
        return hold(candidate.document(), Operation.IMPORT, finding)
    return None


def _in_place_of(
    candidate: Candidate, original: str, document: SageDocument, facts: ImportFacts
) -> Decision | None:
    link = Link(
        relation=IS_SAGE_DOCUMENT,
        target_type="sage_entry",
        target_key=document_name(document),
        source="automatic",
    )
    chain = _appearances(original, facts)
    return decide_seen(
        candidate, confirmed(candidate, chain, document, facts), facts, new_link=link
    )


def _related_in_sage(uuid: str, facts: ImportFacts) -> Confirmation:
    """How far a CFDI that the candidate names is in Sage: by its UUID, else by its link."""
    chain = _appearances(uuid, facts)
    linked = chain[0] if chain and not facts.by_uuid.get(uuid) else None
    return confirm(uuid, chain, linked=linked)


def _appearances(uuid: str, facts: ImportFacts) -> tuple[SageDocument, ...]:
    link = chosen_link(facts.links.get(uuid, ()))
    return facts.by_uuid.get(uuid, ()) or (facts.by_number.get(pair_of(link), ()) if link else ())


# -- not ours to import ----------------------------------------------------------------------------


def _excluded(candidate: Candidate, facts: ImportFacts, tenant: Tenant) -> Decision | None:
    """Cancelled, out of scope, not approved, or paid in the portal already."""
    listed, row = candidate.listed, candidate.imported
    document = candidate.document()
    if listed.is_cancelled:
        cancelled = CANCELLED_BEFORE_IMPORT(date=facts.today.isoformat())
        if row is not None and row.finding is not None and row.finding.code == cancelled.code:
            cancelled = row.finding  # the day on which it was first seen
        return out_of_scope(document, Operation.IMPORT, cancelled)
    may_be_lost = listed.is_approved and not listed.is_paid_in_portal
    older = before_start(
        tenant, listed.kind, listed.in_scope_on, candidate.row, row, may_be_lost=may_be_lost
    )
    if older is not None:
        if may_be_lost:
            return hold(document, Operation.IMPORT, older)
        return out_of_scope(document, Operation.IMPORT, older)
    if not listed.is_approved:
        return hold(document, Operation.IMPORT, NOT_APPROVED(status=listed.status or "-"))
    if listed.is_paid_in_portal and not candidate.row.admitted:
        finding = PAID_IN_PORTAL_NOT_IN_SAGE(status=listed.status or "-")
        return hold(document, Operation.IMPORT, finding)
    return None


def _without_vendor(candidate: Candidate, match: VendorMatch) -> Decision:
    """A conflict of provider and vendor must be mended; a missing vendor is waited for."""
    listed = candidate.listed
    finding = match.finding or VENDOR_FOR_CURRENCY(
        provider=listed.provider_id or "-", name="-", currency=listed.currency, found="-"
    )
    decide = reject if match.is_conflict else hold
    return decide(candidate.document(), Operation.IMPORT, finding)


def _routed(candidate: Candidate, route: Route) -> Finding | None:
    if route != Route.HOLD:
        return None
    document_class = class_of(candidate.listed)
    if document_class == DocumentClass.PO_INVOICE:
        return PO_INVOICE_TO_BE_CAPTURED(po_numbers=", ".join(candidate.listed.po_numbers))
    return ROUTE_HOLDS(document_class=document_class.value)


def _doubtful(candidate: Candidate, vendor: SageVendor, facts: ImportFacts) -> Finding | None:
    """It may be in Sage, or belong to a receipt; a person's ``requeue`` overrules."""
    accepted = accepted_of(candidate)
    if POSSIBLE_DUPLICATE.code not in accepted:
        twin = possible_duplicate(candidate, vendor, facts)
        if twin is not None:
            dated = twin.document_date.isoformat() if twin.document_date else "-"
            return POSSIBLE_DUPLICATE(document=document_name(twin), dated=dated)
    is_plain = class_of(candidate.listed) == DocumentClass.INVOICE
    if is_plain and LOOKS_LIKE_PO_INVOICE.code not in accepted:
        receipt = matching_receipt(candidate, vendor, facts)
        if receipt is not None:
            return LOOKS_LIKE_PO_INVOICE(receipt=receipt.number, po_number=receipt.po_number or "-")
    return None


def _number_taken(candidate: Candidate, wanted: Wanted, facts: ImportFacts) -> Finding | None:
    """Whether another document has the vendor and number; a copy that failed to post has not."""
    for one in facts.by_number.get((wanted.vendor.vendor_id, wanted.number), ()):
        if one.uuid != candidate.uuid and not is_failed_copy(one):
            return NUMBER_TAKEN(document=document_name(one))
    return None


def remembering(candidate: Candidate) -> Document:
    """The document, with the findings that a person has overruled kept for good."""
    accepted = ",".join(sorted(accepted_of(candidate)))
    return candidate.document(details={"accepted": accepted} if accepted else {})


# -- credit notes ----------------------------------------------------------------------------------


def _parent_to_apply(
    candidate: Candidate, vendor: SageVendor, facts: ImportFacts
) -> SageDocument | Finding | None:
    """The posted invoice that the credit note is applied to, or why it must wait.

    None: it is imported unapplied, because the invoice is settled, owes less, is of another vendor,
    or is not one.
    """
    parents = candidate.listed.related_by(*PARENT_RELATIONS)
    if len(parents) != 1:
        return None
    found = _related_in_sage(parents[0], facts)
    if not found.is_confirmed or found.document is None:
        if PARENT_NOT_POSTED.code in accepted_of(candidate):
            return None
        return PARENT_NOT_POSTED(parent=parents[0])
    document, total = found.document, candidate.listed.total or ZERO
    owes_enough = document.amount_due is not None and document.amount_due >= total
    is_same_vendor = document.vendor_id == vendor.vendor_id
    return document if is_same_vendor and owes_enough and not document.is_paid else None


def _unapplied(candidate: Candidate, wanted: Wanted) -> tuple[Finding, ...]:
    """The warning on a credit note that is imported without applying it."""
    if wanted.kind != DocumentKind.CREDIT_NOTE or wanted.applies_to:
        return ()
    parents = candidate.listed.related_by(*PARENT_RELATIONS)
    return (CREDIT_NOTE_UNAPPLIED(parents=", ".join(parents) or "-"),)
