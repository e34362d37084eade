"""Suppliers and vendors for the tests of provider_sync."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, TenantKey
from portal_pipeline.core.portal import Address, BankAccount, Contact, PortalProvider
from portal_pipeline.core.providers.matching import ProviderIndex
from portal_pipeline.core.providers.models import ProviderFacts
from portal_pipeline.core.providers.sync import plan_providers
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import Tenant, VendorRules

RFC = "PRO010101AB1"
TODAY = date(2026, 3, 16)
DEFAULTS = VendorRules(
    create_vendors=True, group="NAC", terms="N30", tax_group="IVA16", number_rule="prefix:P"
)
MXN_ACCOUNT = BankAccount(
    bank_name="BANAMEX", clabe="002180001234567891", currency="MXN", status="ACCEPTED"
)


def tenant(**vendors):
    return Tenant(
        key=TenantKey("acme"),
        name="Acme",
        rfc="ACM010101AB1",
        zone=ZoneInfo("America/Mexico_City"),
        vendors=VendorRules.model_validate(vendors, strict=False),  # as settings do
    )


def creating(**changes):
    return tenant(**{**DEFAULTS.model_dump(), **changes})


def provider(id="p1", **fields):
    given = {
        "name": "Aceros del Bajio",
        "rfc": RFC,
        "status": "ENABLED",
        "type": "REGULAR",
        "currency": "MXN",
        "credit_days": 30,
        "dossier_status": "ACCEPTED",
        "dossier_accepted_at": datetime(2026, 3, 16, 3, 0, tzinfo=UTC),
        "addresses": (
            Address(
                street="Calle Uno",
                exterior_number="10",
                suburb="Centro",
                city="Leon",
                state="Guanajuato",
                zip_code="37000",
                country="MEX",
            ),
        ),
        "contacts": (Contact(name="Ana Ruiz", email="ana@aceros.mx", phone="4771234567"),),
        "bank_accounts": (MXN_ACCOUNT,),
        **fields,
    }
    return PortalProvider(id=id, **given)


def vendor(vendor_id="V1", **fields):
    return SageVendor(vendor_id=vendor_id, **{"rfc": RFC, "currency": "MXP", **fields})


def facts(one=None, *vendors, **given):
    return ProviderFacts(provider=one or provider(), vendors=vendors, **given)


def row(operation, status=Status.HELD, **fields):
    return {
        operation: OperationRow(
            kind=DocumentKind.PROVIDER, key="p1", operation=operation, status=status, **fields
        )
    }


def planned(*candidates, tenant=None, others=()):
    """The decisions about the candidates, with other providers read beside them."""
    index = ProviderIndex([*(one.provider for one in candidates), *others])
    return plan_providers(candidates, index, tenant or DEFAULT_TENANT, TODAY)


def told(decisions):
    """(operation, verdict, finding code) of each decision."""
    return [
        (d.operation.value, d.verdict.value, d.finding.code if d.finding else None)
        for d in decisions
    ]


DEFAULT_TENANT = tenant()
