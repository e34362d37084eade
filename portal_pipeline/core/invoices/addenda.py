"""The addenda by which the importer program learns what the CFDI does not say.

Elements and attributes have the importer's own names and order. Source: CFDI sheet 9; sync rules
sheet 3.3.
"""

from __future__ import annotations

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Document
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.importer_files import (
    ADDENDA_OF_OTHER_SUPPLIER,
    ADDENDA_ORDER_UNCLEAR,
    ADDENDA_RFC_DIFFERS,
    IMPORTER_COMPANY_UNKNOWN,
    SUPPLIER_BANK_MISSING,
)
from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.importer_elements import Attributes, DomicilioProv, ImporterElement
from portal_pipeline.core.invoices.listed import (
    AFE,
    EXTRA_AMOUNT,
    EXTRA_NAME,
    ORDER_WITHOUT_NUMBER,
    listed_of,
)
from portal_pipeline.core.portal import BankAccount, Contact
from portal_pipeline.core.providers.dossier import (
    EXPENSE_ACCOUNT,
    GROUP,
    TAX_GROUP,
    SupplierDossier,
)
from portal_pipeline.core.providers.matching import GENERIC_RFCS


class DoctoDatosAdi(Attributes):
    """What the portal knows of the document; empty where nothing was given."""

    NAME = "DoctoDatosAdi"

    OrdenCompra: str = ""
    AFE: str = ""
    DescriGastosAdi: str = ""
    MtoGastosAdi: str = ""


class Proveedor(Attributes):
    """The supplier; ``IdBase`` is the importer's id of the company that receives."""

    NAME = "Proveedor"

    IdBase: str = ""
    provider_id: str = ""
    external_id: str = ""
    bank: str = ""
    clabe: str = ""
    account: str = ""
    grupo_prov: str = ""
    grupo_fiscal: str = ""
    contact: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    Terminos: str = ""
    CuentaContable: str = ""
    TipoProveedor: str = ""
    domicilio: DomicilioProv = DomicilioProv()


class Addenda(Frozen):
    """Everything that is written for one document, and which document that is."""

    document: DoctoDatosAdi = DoctoDatosAdi()
    supplier: Proveedor = Proveedor()
    uuid: str = ""
    """The only CFDI that may carry it (upper case); not written. Empty: bound to none."""

    def element(self) -> ImporterElement:
        """The element AddendaEmisor."""
        supplier = self.supplier.element(self.supplier.domicilio.element())
        return ImporterElement("AddendaEmisor", (), (self.document.element(), supplier))


def addenda_of(
    document: Document, dossier: SupplierDossier, id_base: str, *, bank_required: bool = False
) -> Addenda | Finding:
    """The addenda of a document, or why it gets none; never with another supplier's data.

    Args:
        document: with the details that the portal's list gave (``listed.document_of``).
        dossier: of the document's own provider; any other is refused.
        id_base: the importer's id of the company.
        bank_required: refuse where the dossier has no bank account; otherwise it stays empty.
    """
    listed = listed_of(document)
    name = dossier.name or dossier.provider_id or "-"
    wanted, given = listed.provider_id.strip().lower(), dossier.provider_id.strip().lower()
    if not wanted or wanted != given:
        return ADDENDA_OF_OTHER_SUPPLIER(wanted=wanted or "-", provider=given or "-", name=name)
    issuer, theirs = listed.issuer_rfc.strip().upper(), dossier.rfc.strip().upper()
    if issuer != theirs and _is_comparable(issuer) and _is_comparable(theirs):
        return ADDENDA_RFC_DIFFERS(issuer_rfc=issuer, provider_rfc=theirs, name=name)
    if not id_base.strip():
        return IMPORTER_COMPANY_UNKNOWN()
    if bank_required and not dossier.has_bank_data:
        return SUPPLIER_BANK_MISSING(name=name)
    orders = [number.strip() for number in listed.po_numbers if number.strip()]
    if len(orders) > 1 or ORDER_WITHOUT_NUMBER in orders:
        return ADDENDA_ORDER_UNCLEAR(po_numbers=", ".join(orders))
    details = document.details
    return Addenda(
        document=DoctoDatosAdi(
            OrdenCompra=orders[0] if orders else "",
            AFE=details.get(AFE, ""),
            DescriGastosAdi=details.get(EXTRA_NAME, ""),
            MtoGastosAdi=details.get(EXTRA_AMOUNT, ""),
        ),
        supplier=_supplier(dossier, id_base.strip()),
        uuid=upper_uuid(document.key),
    )


def _is_comparable(rfc: str) -> bool:
    return bool(rfc) and rfc not in GENERIC_RFCS


def _supplier(dossier: SupplierDossier, id_base: str) -> Proveedor:
    account = dossier.bank_account or BankAccount()
    contact = next(iter(dossier.contacts), Contact())
    return Proveedor(
        IdBase=id_base,
        provider_id=dossier.provider_id,
        external_id=dossier.external_id,
        bank=account.bank_name,
        clabe=account.clabe,
        account=account.account,
        grupo_prov=dossier.fields.get(GROUP, ""),
        grupo_fiscal=dossier.fields.get(TAX_GROUP, ""),
        contact=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        Terminos=str(dossier.credit_days or ""),
        CuentaContable=dossier.fields.get(EXPENSE_ACCOUNT, ""),
        TipoProveedor=dossier.type,
        domicilio=DomicilioProv.of(dossier.address),
    )
