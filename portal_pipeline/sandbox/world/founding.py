"""What stands before the first story: companies, banks, rates, known suppliers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from portal_pipeline.sandbox.world.calendar import SETTLED_DAY, ZONE
from portal_pipeline.sandbox.world.deals import DOLLAR, RATES, Supplier
from portal_pipeline.sandbox.world.people import Office

SISTER = "HERMANA"
"""The portal's external id of the other company of a tenant."""
BANKS = {"BANMXP": "MXN", "BANUSD": "USD"}
SETTLED = datetime.combine(SETTLED_DAY, time(9, 0), tzinfo=ZONE)


def found_company(office: Office, suppliers: Sequence[Supplier]) -> None:
    """Set the company up in both systems, with its suppliers."""
    company, portal, tenant = office.company, office.portal, office.tenant
    portal.add_tenant(
        tenant,
        name=company.name,
        rfc=company.rfc,
        api_key=company.portal_key,
        api_secret=company.portal_secret,
    )
    portal.add_company(tenant, external_id=company.org_id, name=company.name, rfc=company.rfc)
    sister = company.sister
    portal.add_company(tenant, external_id=SISTER, name=sister.name, rfc=sister.rfc)
    for place, (bank, currency) in enumerate(BANKS.items(), start=1):
        account = portal.add_bank_account(
            tenant,
            key=bank,
            external_id=bank,
            name=f"Cuenta en {currency}",
            bank_name="Banco de Prueba",
            account_number=f"000000000{place}",
            currency=currency,
        )
        office.sage.set_bank_portal_account(bank=bank, account=account.id)
    for day, rate in RATES.items():
        office.sage.set_exchange_rate(currency=DOLLAR, rate=rate, on=day)
    for supplier in suppliers:
        if supplier.is_on_portal:
            office.registers(supplier)()
        if supplier.is_vendor:
            office.opens_vendor(supplier)()
