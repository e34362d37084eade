"""Accepted providers of the portal, and their vendors in Sage."""

from __future__ import annotations

from collections.abc import Iterator

from portal_pipeline.sandbox.portal import Provider
from portal_pipeline.sandbox.world.judge.evidence import Evidence, Finding

KIND = "provider"


def judged_providers(evidence: Evidence) -> Iterator[Finding]:
    """Every enabled provider whose dossier is accepted."""
    for provider in evidence.providers:
        dossier = provider.dossier
        is_accepted = dossier is not None and dossier.status == "ACCEPTED"
        is_new = dossier is not None and (dossier.approved_at or evidence.now) >= evidence.now
        if is_accepted and not is_new and provider.status == "ENABLED":
            yield f"{evidence.key} provider {provider.id}", _problem(evidence, provider)


def _problem(evidence: Evidence, provider: Provider) -> str:
    """A match by both ids needs no word; a match by one must be known to the ledger."""
    key = provider.id.lower()
    by_id = {
        vendor.vendor
        for vendor in evidence.vendors
        if vendor.optional_fields.get("PROVIDERID", "").lower() == key
    }
    by_number = {one.vendor for one in evidence.vendors if one.vendor == provider.external_id}
    if evidence.ledger.explains(KIND, key) or (by_id and by_number <= by_id and by_number):
        return ""
    if (by_id or by_number) and evidence.ledger.is_known(KIND, key):
        return ""
    return "no vendor in Sage" if not (by_id or by_number) else "matched, but not noticed"
