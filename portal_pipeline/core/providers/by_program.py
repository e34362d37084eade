"""Suppliers that enter Sage through the import program: a provider XML instead of the Web API.

Source: rules 3 and 5; sync rules sheet 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.core.decisions import Decision, Document, Status, act, hold
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.handed import file_finding, handed_file
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.providers.dossier import dossier_of
from portal_pipeline.core.providers.importer_entry import (
    CompanyOfImporter,
    entry_notes,
    provider_entry,
)
from portal_pipeline.core.providers.models import ProviderFacts
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.wire import JsonObject, content_hash

ENTRY = "entry"
"""Key of a payload that marks a provider XML."""


def provider_file(provider_id: str) -> str:
    """The supplier's own file in the program's folder; a later one takes its place."""
    return f"providers-{provider_id.lower()}.xml"


def program_payload(
    provider: PortalProvider, number: str, vendors: Mapping[str, JsonObject], tenant: Tenant
) -> JsonObject:
    """What the file says, and what Sage's vendors shall show of it afterwards.

    Args:
        provider: with its dossier.
        number: of the vendor, where the portal names none.
        vendors: by vendor, the changes that are wanted; empty for a new one.
        tenant: the company.
    """
    dossier = dossier_of(provider)
    if not dossier.external_id:
        dossier = dossier.model_copy(update={"external_id": number})
    rules = tenant.program
    company = CompanyOfImporter(
        rfc=tenant.rfc,
        name=tenant.name,
        regime=rules.regime,
        id_base=rules.id_base,
        provider_regime_text=rules.provider_regime,
    )
    return {
        "file": provider_file(provider.id),
        ENTRY: provider_entry(dossier, company),
        "vendors": dict(vendors),
    }


def hand_over(
    facts: ProviderFacts,
    document: Document,
    operation: Operation,
    payload: JsonObject,
    notes: tuple[Finding, ...],
) -> Decision:
    """The act, unless this very content was handed over and Sage does not show it yet.

    What Sage has shown since, and shows no more, is handed over again.
    """
    row = facts.rows.get(operation)
    name = "" if row is not None and row.status == Status.DONE else handed_file(row)
    notes += entry_notes(dossier_of(facts.provider))
    is_handed = row is not None and name and row.content_hash == content_hash(payload)
    if row is not None and is_handed and not row.requeued:
        return hold(document, operation, file_finding(name, is_there=facts.file_waits), notes=notes)
    return act(document, operation, payload, notes=notes, reopens=True)
