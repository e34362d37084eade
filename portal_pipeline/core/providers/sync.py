"""What provider_sync does with a supplier (rules 2 and 3).

Each provider gets one decision per operation that is its business now: ``update_vendor`` where
Sage knows it, ``create_vendor`` where it does not, ``set_external_id`` where the portal lacks the
vendor number; and one for each operation of it that is still open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    Decision,
    Document,
    OperationRow,
    Verdict,
    act,
    done,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.providers import (
    DOSSIER_INCOMPLETE,
    EXTERNAL_ID_FOLLOWS_VENDOR,
    PROVIDER_DISABLED,
    PROVIDER_GONE,
    PROVIDER_OF_OTHER_COMPANY,
    VENDOR_DEFAULT_MISSING,
    VENDOR_MAY_EXIST,
    VENDOR_NUMBER_NOT_IN_SAGE,
    VENDOR_NUMBER_TAKEN,
    VENDOR_TO_BE_CREATED,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import same_currency
from portal_pipeline.core.portal import Address, Contact, PortalProvider
from portal_pipeline.core.providers.bank_data import bank_details, bank_note
from portal_pipeline.core.providers.by_program import hand_over, program_payload
from portal_pipeline.core.providers.dossier import DOSSIER, kept_dossier
from portal_pipeline.core.providers.matching import (
    ProviderIndex,
    is_related,
    provider_of_vendor,
    vendors_of_provider,
)
from portal_pipeline.core.providers.models import GoneProvider, ProviderFacts
from portal_pipeline.core.providers.vendor_fields import (
    missing_defaults,
    new_vendor,
    terms_note,
    vendor_changes,
    vendor_number,
)
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.scope import was_taken_up
from portal_pipeline.core.tenant import Route, Tenant

ACCEPTED = "ACCEPTED"
TEXT_CHARS_MAX = 120


def plan_providers(
    candidates: Iterable[ProviderFacts], index: ProviderIndex, tenant: Tenant, today: date
) -> list[Decision]:
    """The decisions of every candidate, in order.

    Args:
        candidates: the providers to decide about.
        index: every provider read in this cycle, to see who else claims a vendor.
        tenant: the company and its choices.
        today: day of the cycle in the tenant's zone.
    """
    promised: dict[str, str] = {}
    return [
        decision
        for facts in candidates
        for decision in _decide(facts, index, tenant, today, promised)
    ]


def plan_gone(gone: GoneProvider) -> list[Decision]:
    """What was open for a provider that the portal does not have any more is not ours."""
    finding = PROVIDER_GONE(provider=gone.key)
    return [
        _waiting(Verdict.OUT_OF_SCOPE, gone.document, operation, finding)
        for operation in _open(gone.rows)
    ]


def proposed_number(
    provider: PortalProvider, rows: Mapping[Operation, OperationRow], tenant: Tenant
) -> str:
    """The number that a new vendor would get: a person's, else the rule's."""
    row = rows.get(Operation.CREATE_VENDOR)
    given = row.instruction.get("number", "") if row else ""
    if tenant.vendors.route == Route.EXECUTABLE and provider.external_id:
        return provider.external_id  # the import program numbers the vendor so
    return vendor_number(provider, tenant.vendors, given)


def provider_document(facts: ProviderFacts, today: date, tenant: Tenant) -> Document:
    """The provider as the ledger keeps it for later steps."""
    provider = facts.provider
    mine, _ = vendors_of_provider(provider, facts.vendors)
    accepted = provider.dossier_accepted_at
    return Document(
        kind=DocumentKind.PROVIDER,
        key=provider.id.lower(),
        counterparty=provider.name[:TEXT_CHARS_MAX],
        dated=accepted.astimezone(tenant.zone).date() if accepted else None,
        portal_id=provider.id,
        portal_state=provider.status,
        sage_id=main_vendor(mine, tenant).vendor_id if mine else None,
        details={
            "external_id": provider.external_id,
            "name": provider.name[:TEXT_CHARS_MAX],
            "rfc": provider.rfc,
            "status": provider.status,
            "type": provider.type,
            "company_rfcs": ",".join(provider.company_rfcs),
            "dossier_status": provider.dossier_status,
            "vendors": ",".join(vendor.vendor_id for vendor in mine),
            DOSSIER: kept_dossier(provider, tenant).to_text(),
            **bank_details(provider, facts.known.details if facts.known else {}, today),
        },
    )


def main_vendor(vendors: Sequence[SageVendor], tenant: Tenant) -> SageVendor:
    """The vendor whose number stands for the provider: active, in the company's currency, first."""
    return min(
        vendors,
        key=lambda vendor: (
            not vendor.is_active,
            not same_currency(vendor.currency, tenant.home_currency),
            vendor.vendor_id,
        ),
    )


def _decide(
    facts: ProviderFacts,
    index: ProviderIndex,
    tenant: Tenant,
    today: date,
    promised: dict[str, str],
) -> list[Decision]:
    document = provider_document(facts, today, tenant)
    mine, conflict = vendors_of_provider(facts.provider, facts.vendors)
    verdict, finding = _not_now(facts.provider, tenant)
    notes = bank_note(document.details, today)
    if finding is None and conflict is not None:
        verdict, finding = Verdict.REJECT, conflict
    for match in (provider_of_vendor(vendor, index, tenant) for vendor in mine):
        notes += match.notes
        if finding is None and match.finding is not None:
            verdict, finding = Verdict.REJECT, match.finding
    if finding is not None:
        main = Operation.UPDATE_VENDOR if facts.vendors else Operation.CREATE_VENDOR
        concerned = dict.fromkeys((main, *_open(facts.rows)))
        return [_waiting(verdict, document, operation, finding, notes) for operation in concerned]
    if mine:
        return _known(facts, mine, document, notes, tenant)
    return _unknown(facts, document, notes, tenant, promised)


def _not_now(provider: PortalProvider, tenant: Tenant) -> tuple[Verdict, Finding | None]:
    """Why nothing is done for the provider, whatever Sage holds."""
    if not provider.is_enabled:
        finding = PROVIDER_DISABLED(provider=provider.id, status=provider.status or "-")
        return Verdict.OUT_OF_SCOPE, finding
    if not is_related(provider, tenant):
        finding = PROVIDER_OF_OTHER_COMPANY(provider=provider.id, rfc=tenant.rfc)
        return Verdict.OUT_OF_SCOPE, finding
    if provider.dossier_status.upper() != ACCEPTED:
        status = provider.dossier_status or "NO_EXPEDIENT"
        return Verdict.HOLD, DOSSIER_INCOMPLETE(name=provider.name, status=status)
    return Verdict.ACT, None


# -- Sage knows it ---------------------------------------------------------------------------------


def _known(
    facts: ProviderFacts,
    mine: Sequence[SageVendor],
    document: Document,
    notes: tuple[Finding, ...],
    tenant: Tenant,
) -> list[Decision]:
    provider = facts.provider
    notes += terms_note(provider, tenant.vendors)
    number = provider.external_id
    if number and all(vendor.vendor_id != number for vendor in mine):
        notes += (VENDOR_NUMBER_NOT_IN_SAGE(provider=provider.id, number=number),)
    changes = {
        vendor.vendor_id: changed
        for vendor in mine
        if (changed := vendor_changes(provider, vendor, tenant))
    }
    if not changes:
        decisions = [done(document, Operation.UPDATE_VENDOR, notes=notes)]
    elif tenant.vendors.route == Route.EXECUTABLE:
        payload = program_payload(provider, main_vendor(mine, tenant).vendor_id, changes, tenant)
        decisions = [hand_over(facts, document, Operation.UPDATE_VENDOR, payload, notes)]
    else:
        decisions = [act(document, Operation.UPDATE_VENDOR, changes, notes=notes, reopens=True)]
    still_open = _open(facts.rows)
    if Operation.CREATE_VENDOR in still_open:
        decisions.append(done(document, Operation.CREATE_VENDOR))
    if not number:
        payload = {"external_id": main_vendor(mine, tenant).vendor_id}
        decisions.append(act(document, Operation.SET_EXTERNAL_ID, payload, reopens=True))
    elif Operation.SET_EXTERNAL_ID in still_open:
        decisions.append(done(document, Operation.SET_EXTERNAL_ID))
    return decisions


# -- Sage does not know it -------------------------------------------------------------------------


def _unknown(
    facts: ProviderFacts,
    document: Document,
    notes: tuple[Finding, ...],
    tenant: Tenant,
    promised: dict[str, str],
) -> list[Decision]:
    number = proposed_number(facts.provider, facts.rows, tenant)
    finding = _no_creation(facts, number, tenant, promised)
    others = [one for one in _open(facts.rows) if one != Operation.CREATE_VENDOR]
    if finding is not None:
        concerned = (Operation.CREATE_VENDOR, *others)
        return [_waiting(Verdict.HOLD, document, one, finding, notes) for one in concerned]
    promised[number] = facts.provider.name
    if tenant.vendors.route == Route.EXECUTABLE:
        payload = program_payload(facts.provider, number, {}, tenant)
        creation = hand_over(facts, document, Operation.CREATE_VENDOR, payload, notes)
    else:
        payload = new_vendor(facts.provider, number, tenant)
        creation = act(document, Operation.CREATE_VENDOR, payload, notes=notes, reopens=True)
    follows = EXTERNAL_ID_FOLLOWS_VENDOR(vendor=number)
    waiting = dict.fromkeys((*others, Operation.SET_EXTERNAL_ID))
    return [creation, *(_waiting(Verdict.HOLD, document, one, follows) for one in waiting)]


def _no_creation(
    facts: ProviderFacts, number: str, tenant: Tenant, promised: Mapping[str, str]
) -> Finding | None:
    """Why the vendor is not created by us; None when it is."""
    provider = facts.provider
    if not tenant.vendors.create_vendors:
        return _to_be_created(facts)
    if tenant.vendors.route == Route.EXECUTABLE:
        if not number:
            wanted = "external_id, vendors.number_rule"
            return VENDOR_DEFAULT_MISSING(name=provider.name or "-", missing=wanted)
    elif provider.external_id:
        # A person linked it to a number; a vendor of that number is a person's to create.
        return VENDOR_NUMBER_NOT_IN_SAGE(provider=provider.id, number=provider.external_id)
    elif missing := missing_defaults(provider, number, tenant):
        return VENDOR_DEFAULT_MISSING(name=provider.name or "-", missing=", ".join(missing))
    holder = facts.number_holder or promised.get(number, "")
    if holder:
        return VENDOR_NUMBER_TAKEN(name=provider.name, number=number, holder=holder)
    row = facts.rows.get(Operation.CREATE_VENDOR)
    if facts.namesakes and not was_taken_up(row) and not (row and row.requeued):
        return VENDOR_MAY_EXIST(
            name=provider.name,
            rfc=provider.rfc,
            vendors=", ".join(facts.namesakes),
            provider=provider.id,
        )
    return None


def _to_be_created(facts: ProviderFacts) -> Finding:
    """All that a person needs to create the vendor in Sage."""
    provider = facts.provider
    address = next(iter(provider.addresses), Address())
    contact = next(iter(provider.contacts), Contact())
    street = " ".join((address.street, address.exterior_number, address.interior_number)).split()
    parts = (
        " ".join(street),
        address.suburb,
        address.city or address.municipality,
        address.state,
        address.zip_code,
        address.country,
    )
    return VENDOR_TO_BE_CREATED(
        provider=provider.id,
        name=provider.name or "-",
        rfc=provider.rfc or provider.tax_id or "-",
        type=provider.type or "-",
        currency=provider.currency or "-",
        credit_days="-" if provider.credit_days is None else provider.credit_days,
        address=", ".join(filter(None, parts)) or "-",
        contact=", ".join(filter(None, (contact.name, contact.email, contact.phone))) or "-",
        number=provider.external_id or "-",
        namesakes=", ".join(facts.namesakes) or "-",
    )


# -- common ----------------------------------------------------------------------------------------


def _open(rows: Mapping[Operation, OperationRow]) -> list[Operation]:
    """Operations that wait, in a fixed order."""
    return [one for one in Operation if one in rows and rows[one].status in OPEN_STATUSES]


def _waiting(
    verdict: Verdict,
    document: Document,
    operation: Operation,
    finding: Finding,
    notes: tuple[Finding, ...] = (),
) -> Decision:
    """A decision without a write; an operation that was finished is taken up again."""
    return Decision(
        document=document,
        operation=operation,
        verdict=verdict,
        finding=finding,
        notes=notes,
        reopens=True,
    )
