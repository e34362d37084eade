"""Providers of the portal and vendors of Sage: who is who."""

from __future__ import annotations

from collections.abc import Iterator

from portal_pipeline.sandbox.portal import Provider
from portal_pipeline.sandbox.sage.company import VendorRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, by_rule, compared

KIND = "provider"
VENDOR = "vendor"
CREATE = "create_vendor"
ANYBODY = frozenset({"", "XAXX010101000", "XEXX010101000"})
"""RFCs that name nobody."""


def judged_providers(evidence: Evidence) -> Iterator[Finding]:
    """Every provider, whatever its state."""
    for provider in evidence.providers:
        name = f"{evidence.key} provider {provider.id}"
        key = provider.id.lower()
        if rule := _not_yet(evidence, provider):
            is_early = provider.dossier is None or provider.dossier.approved_at is None
            wrote = is_early and evidence.ledger.wrote(KIND, key, CREATE)
            yield by_rule(KIND, name, rule, f"{rule}, but a vendor was created" if wrote else "")
        else:
            is_told = evidence.ledger.explains(KIND, key)
            yield compared(KIND, name, _difference(evidence, provider), is_told=is_told)


def judged_vendors(evidence: Evidence) -> Iterator[Finding]:
    """Vendors without provider; one that has a provider was judged with it."""
    providers = {one.id.lower() for one in evidence.providers}
    numbers = {one.external_id for one in evidence.providers if one.external_id}
    for vendor in evidence.vendors:
        name = f"{evidence.key} vendor {vendor.vendor}"
        named = _provider_id(vendor)
        if named and named not in providers:
            yield Finding(VENDOR, name, f"PROVIDERID {named} names no provider")
        elif not named and vendor.vendor not in numbers:
            yield by_rule(VENDOR, name, "not on the portal")


def _not_yet(evidence: Evidence, provider: Provider) -> str:
    """Why a provider needs no vendor; empty: it needs one."""
    dossier = provider.dossier
    if provider.status != "ENABLED":
        return "disabled"
    if dossier is None or dossier.status != "ACCEPTED":
        return "dossier not accepted"
    if (dossier.approved_at or evidence.now) >= evidence.now:
        return "accepted after the last cycle began"
    return ""


def _difference(evidence: Evidence, provider: Provider) -> str:
    """A match by both ids needs no word; a match by one must be known to the ledger."""
    key = provider.id.lower()
    by_id = {one.vendor: one for one in evidence.vendors if _provider_id(one) == key}
    by_number = {one.vendor: one for one in evidence.vendors if one.vendor == provider.external_id}
    if not (by_id or by_number):
        return "no vendor in Sage"
    for vendor in {**by_number, **by_id}.values():
        rfc = vendor.optional_fields.get("RFC", "").strip().upper()
        if provider.rfc != rfc and not ANYBODY & {provider.rfc, rfc}:
            return f"RFC {provider.rfc} in the portal, {rfc} in Sage"
    is_mutual = bool(by_number) and by_number.keys() <= by_id.keys()
    return "" if is_mutual or evidence.ledger.is_known(KIND, key) else "matched, but not noticed"


def _provider_id(vendor: VendorRecord) -> str:
    return vendor.optional_fields.get("PROVIDERID", "").strip().lower()
