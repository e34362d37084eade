"""What the program does with a provider XML: it creates vendors, or updates them."""

from __future__ import annotations

from portal_pipeline.sandbox.importer_program.documents import NotImported, Supplier
from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused

TAX_GROUP = "IVA16"
"""Of a vendor whose provider names none that Sage has."""
EXPENSES = "5100100"


def import_supplier(company: SageCompany, supplier: Supplier) -> str:
    """Create or update the vendor; what was done, for the log.

    Raises:
        NotImported: the provider has no vendor number.
        SageRefused: Sage does not take it.
    """
    if not supplier.vendor:
        raise NotImported(f"{supplier.name or 'proveedor'}: sin external_id")
    with company.reading() as unit:
        known = unit.row("APVEN", {"VENDORID": supplier.vendor}, "VENDORID")
        has_account = unit.row("GLAMF", {"ACCTID": supplier.account}, "ACCTID") is not None
    if known is None:
        company.add_vendor(
            vendor=supplier.vendor,
            name=supplier.name,
            rfc=supplier.rfc,
            provider_id=supplier.provider_id,
            currency=supplier.currency,
            tax_group=known_tax_group(company, supplier.tax_group) or TAX_GROUP,
            gl_account=supplier.account if has_account else EXPENSES,
        )
        return f"{supplier.vendor}: alta"
    for name, value in (("RFC", supplier.rfc), ("PROVIDERID", supplier.provider_id)):
        if value:
            company.set_vendor_optional_field(vendor=supplier.vendor, name=name, value=value)
    with company.writing() as unit:
        unit.update("APVEN", {"VENDORID": supplier.vendor}, VENDNAME=supplier.name[:60])
    return f"{supplier.vendor}: actualizado"


def known_tax_group(company: SageCompany, name: str) -> str:
    """The name, when Sage has such a tax group; else empty."""
    if not name:
        return ""
    try:
        return company.tax_group(name).name
    except SageRefused:
        return ""
