"""Which portal provider is which Sage vendor (rules 2).

The vendor's optional field PROVIDERID decides, else the provider's ``external_id``; the RFC is
only a cross-check. Never by name, never by RFC alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.providers import (
    PROVIDER_CONFLICT,
    PROVIDER_OF_OTHER_COMPANY,
    RFC_MISMATCH,
    RFC_NOT_COMPARABLE,
    VENDOR_FOR_CURRENCY,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.money import same_currency
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import Tenant

GENERIC_RFCS = frozenset({"XAXX010101000", "XEXX010101000"})
"""National public and foreign: shared by many, so they compare with nothing (CFDI sheet 3)."""


class ProviderIndex:
    """The portal's providers by id and by external id."""

    def __init__(self, providers: Iterable[PortalProvider]) -> None:
        self.by_id: dict[str, PortalProvider] = {}
        self.by_external_id: dict[str, list[PortalProvider]] = defaultdict(list)
        for provider in providers:
            self.by_id[provider.id.lower()] = provider
            if provider.external_id:
                self.by_external_id[provider.external_id].append(provider)


class Match(Frozen):
    """The provider of a vendor, or why there is none; notes never stop anything."""

    provider: PortalProvider | None = None
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()
    is_out_of_scope: bool = False
    """The finding is a reason to leave the document out, not to wait or reject."""
    is_conflict: bool = False
    """The finding is a reason to reject: someone must mend portal or Sage."""


class VendorMatch(Frozen):
    """The vendor of a provider in one currency, or why there is none."""

    vendor: SageVendor | None = None
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()
    is_conflict: bool = False


def provider_of_vendor(vendor: SageVendor, index: ProviderIndex, tenant: Tenant) -> Match:
    """The provider of a vendor (outwards: purchase orders, payments)."""
    named = index.by_id.get(vendor.provider_id.lower()) if vendor.provider_id else None
    numbered = _numbered(vendor, index, tenant)
    others = [one for one in numbered if named is None or one.id != named.id]
    if vendor.provider_id:
        if named is None or others:
            return Match(
                finding=PROVIDER_CONFLICT(
                    vendor=vendor.vendor_id,
                    provider=vendor.provider_id,
                    other=", ".join(one.id for one in others) or "-",
                ),
                is_conflict=True,
            )
        return _checked(vendor, named, tenant)
    if not numbered:
        return Match(finding=VENDOR_NOT_ON_PORTAL(vendor=vendor.vendor_id), is_out_of_scope=True)
    if len(numbered) > 1:
        return Match(
            finding=PROVIDER_CONFLICT(
                vendor=vendor.vendor_id, provider=numbered[0].id, other=numbered[1].id
            ),
            is_conflict=True,
        )
    return _checked(vendor, numbered[0], tenant)


def _numbered(vendor: SageVendor, index: ProviderIndex, tenant: Tenant) -> list[PortalProvider]:
    """The providers with the vendor's number.

    Those of the tenant's own company: others of a shared portal tenant number their vendors each
    for itself. Where only they have the number, one of them, so that it can be told.
    """
    found = index.by_external_id.get(vendor.vendor_id, [])
    ours = [provider for provider in found if is_related(provider, tenant)]
    return ours if ours or vendor.provider_id else found[:1]


def _checked(vendor: SageVendor, provider: PortalProvider, tenant: Tenant) -> Match:
    if not is_related(provider, tenant):
        return Match(
            finding=PROVIDER_OF_OTHER_COMPANY(provider=provider.id, rfc=tenant.rfc),
            is_out_of_scope=True,
        )
    conflict, notes = compare_rfcs(vendor, provider)
    if conflict is not None:
        return Match(finding=conflict, is_conflict=True)
    return Match(provider=provider, notes=notes)


def is_related(provider: PortalProvider, tenant: Tenant) -> bool:
    """Whether the provider may bill the tenant's company; no list given forbids nothing."""
    return not provider.company_rfcs or tenant.rfc in provider.company_rfcs


def compare_rfcs(
    vendor: SageVendor, provider: PortalProvider
) -> tuple[Finding | None, tuple[Finding, ...]]:
    """(reject, notes): different RFCs are a reject, a blank or generic one is a note."""
    ours, theirs = vendor.rfc.strip().upper(), provider.rfc.strip().upper()
    if not _is_comparable(ours) or not _is_comparable(theirs):
        note = RFC_NOT_COMPARABLE(
            vendor=vendor.vendor_id, vendor_rfc=ours or "-", provider_rfc=theirs or "-"
        )
        return None, (note,)
    if ours != theirs:
        return (
            RFC_MISMATCH(vendor=vendor.vendor_id, vendor_rfc=ours, provider_rfc=theirs),
            (),
        )
    return None, ()


def _is_comparable(rfc: str) -> bool:
    return bool(rfc) and rfc not in GENERIC_RFCS


def vendors_of_provider(
    provider: PortalProvider, vendors: Sequence[SageVendor]
) -> tuple[tuple[SageVendor, ...], Finding | None]:
    """(vendors of the provider, conflict): by PROVIDERID, else by number.

    A vendor whose number is the provider's external id, but whose PROVIDERID names another
    provider, is a conflict.
    """
    mine: list[SageVendor] = []
    for vendor in vendors:
        is_named = vendor.provider_id.lower() == provider.id.lower()
        is_numbered = bool(provider.external_id) and vendor.vendor_id == provider.external_id
        if is_numbered and vendor.provider_id and not is_named:
            return (), PROVIDER_CONFLICT(
                vendor=vendor.vendor_id, provider=vendor.provider_id, other=provider.id
            )
        if is_named or is_numbered:
            mine.append(vendor)
    return tuple(mine), None


def vendor_for_currency(
    provider: PortalProvider, vendors: Sequence[SageVendor], currency: str
) -> VendorMatch:
    """The active vendor of a provider in a currency (inwards: CFDIs), exactly one."""
    mine, conflict = vendors_of_provider(provider, vendors)
    if conflict is not None:
        return VendorMatch(finding=conflict, is_conflict=True)
    fitting = [v for v in mine if v.is_active and same_currency(v.currency, currency)]
    if len(fitting) != 1:
        return VendorMatch(
            finding=VENDOR_FOR_CURRENCY(
                provider=provider.id,
                name=provider.name,
                currency=currency,
                found=", ".join(v.vendor_id for v in fitting) or "-",
            )
        )
    mismatch, notes = compare_rfcs(fitting[0], provider)
    if mismatch is not None:
        return VendorMatch(finding=mismatch, is_conflict=True)
    return VendorMatch(vendor=fitting[0], notes=notes)
