"""Which provider is which vendor: rules 2, row by row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.identity import TenantKey
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.providers.matching import (
    ProviderIndex,
    provider_of_vendor,
    vendor_for_currency,
)
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import Tenant

TENANT = Tenant(key=TenantKey("acme"), name="Acme", rfc="ACM010101AB1", zone=ZoneInfo("UTC"))
RFC = "PRO010101AB1"


def provider(id="p1", external_id="", rfc=RFC, company_rfcs=(), **fields):
    return PortalProvider(
        id=id, external_id=external_id, rfc=rfc, company_rfcs=company_rfcs, name="Pro", **fields
    )


def vendor(vendor_id="V1", provider_id="", rfc=RFC, currency="MXP", is_active=True):
    return SageVendor(
        vendor_id=vendor_id,
        provider_id=provider_id,
        rfc=rfc,
        currency=currency,
        is_active=is_active,
    )


@pytest.mark.parametrize(
    ("one", "providers", "matched", "code"),
    [
        pytest.param(vendor(provider_id="P1"), [provider()], "p1", None, id="by PROVIDERID"),
        pytest.param(vendor(), [provider(external_id="V1")], "p1", None, id="by number"),
        pytest.param(
            vendor(provider_id="p1"),
            [provider(external_id="OTHER")],
            "p1",
            None,
            id="a second vendor of a provider",
        ),
        pytest.param(vendor(), [provider()], None, "vendor_not_on_portal", id="none"),
        pytest.param(
            vendor(provider_id="p1"),
            [provider(), provider(id="p2", external_id="V1")],
            None,
            "provider_conflict",
            id="the two disagree",
        ),
        pytest.param(
            vendor(provider_id="gone"), [provider()], None, "provider_conflict", id="id unknown"
        ),
        pytest.param(
            vendor(),
            [provider(external_id="V1"), provider(id="p2", external_id="V1")],
            None,
            "provider_conflict",
            id="two providers of one number",
        ),
        pytest.param(
            vendor(rfc="OTH010101AB1"), [provider(external_id="V1")], None, "rfc_mismatch", id="RFC"
        ),
        pytest.param(
            vendor(),
            [provider(external_id="V1", company_rfcs=("XXX010101AB1",))],
            None,
            "provider_of_other_company",
            id="of another company",
        ),
        pytest.param(
            vendor(rfc=RFC), [provider(id="p9")], None, "vendor_not_on_portal", id="only RFC"
        ),
    ],
)
def test_a_vendor_is_matched_by_id_then_by_number_and_never_by_rfc(one, providers, matched, code):
    match = provider_of_vendor(one, ProviderIndex(providers), TENANT)
    assert (match.provider.id if match.provider else None) == matched
    assert (match.finding.code if match.finding else None) == code


@pytest.mark.parametrize(
    ("one", "matched"),
    [
        pytest.param(vendor(provider_id="p1"), "p1", id="the vendor names its own"),
        pytest.param(vendor(), "p2", id="one of two with the number is ours"),
    ],
)
def test_a_number_that_another_company_gave_its_own_supplier_is_no_conflict(one, matched):
    """Companies that share a portal tenant number their vendors each for itself."""
    theirs = provider("p3", external_id="V1", company_rfcs=("OTH010101AB1",))
    ours = [provider("p1"), provider("p2", external_id="V1")] if matched == "p2" else [provider()]
    match = provider_of_vendor(one, ProviderIndex([theirs, *ours]), TENANT)
    assert match.provider.id == matched


def test_a_number_that_only_suppliers_of_other_companies_have_is_out_of_scope():
    theirs = [provider(key, "V1", company_rfcs=("OTH010101AB1",)) for key in ("p3", "p4")]
    match = provider_of_vendor(vendor(), ProviderIndex(theirs), TENANT)
    assert (match.is_out_of_scope, match.finding.code) == (True, "provider_of_other_company")


@pytest.mark.parametrize("rfc", ["", "XAXX010101000", "XEXX010101000"])
def test_a_blank_or_generic_rfc_is_only_a_warning(rfc):
    match = provider_of_vendor(vendor(rfc=rfc), ProviderIndex([provider(external_id="V1")]), TENANT)
    assert match.provider.id == "p1"
    assert [note.code for note in match.notes] == ["rfc_not_comparable"]


@pytest.mark.parametrize(
    ("vendors", "currency", "chosen", "code"),
    [
        pytest.param(
            [vendor("V1", "p1"), vendor("V2", "p1", currency="USD")],
            "MXN",
            "V1",
            None,
            id="MXP is MXN",
        ),
        pytest.param(
            [vendor("V1", "p1"), vendor("V2", "p1", currency="USD")], "USD", "V2", None, id="USD"
        ),
        pytest.param([vendor("V1", "p1")], "USD", None, "vendor_for_currency", id="none"),
        pytest.param(
            [vendor("V1", "p1"), vendor("V2", "p1")], "MXN", None, "vendor_for_currency", id="two"
        ),
        pytest.param(
            [vendor("V1", "p1", is_active=False)], "MXN", None, "vendor_for_currency", id="inactive"
        ),
        pytest.param(
            [vendor("EXT", "p9")], "MXN", None, "provider_conflict", id="taken by another"
        ),
        pytest.param([vendor("EXT")], "MXN", "EXT", None, id="by external id"),
    ],
)
def test_a_cfdi_goes_to_the_one_active_vendor_in_its_currency(vendors, currency, chosen, code):
    match = vendor_for_currency(provider(external_id="EXT"), vendors, currency)
    assert (match.vendor.vendor_id if match.vendor else None) == chosen
    assert (match.finding.code if match.finding else None) == code
