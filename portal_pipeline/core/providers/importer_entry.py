"""A supplier as the importer program's provider file tells of it. Source: sync rules sheet 2."""

from __future__ import annotations

import re
from datetime import UTC

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.importer_files import PAYMENT_FORM_NOT_SAT
from portal_pipeline.core.importer_elements import Attributes, DomicilioProv
from portal_pipeline.core.portal import BankAccount, Contact
from portal_pipeline.core.providers.dossier import (
    EXPENSE_ACCOUNT,
    GROUP,
    PAYMENT_FORM,
    PAYMENT_METHOD,
    TAX_GROUP,
    SupplierDossier,
)
from portal_pipeline.core.wire import JsonObject

SAT_FORMS = frozenset(
    f"{number:02}" for number in (*range(1, 7), 8, *range(12, 16), 17, *range(23, 32), 99)
)
"""SAT c_FormaPago; portal API sheet 6."""
_PORTAL_FORM = re.compile(r"F?(\d\d)", re.ASCII)
DEFAULT_METHOD = "PPD"
DEFAULT_CURRENCY = "MXN"


class CompanyOfImporter(Frozen):
    """The company whose importer program reads the file."""

    rfc: str
    name: str
    regime: str = ""
    """RegimenFiscal of the company."""
    id_base: str = ""
    """The company's id in the importer."""
    provider_regime_text: str = ""
    """What RegimenFiscalReceptor says of a supplier; its meaning is not known (sheet 14)."""


class Emisor(Attributes):
    """The company."""

    NAME = "Emisor"

    Rfc: str = ""
    Nombre: str = ""
    RegimenFiscal: str = ""
    IdBase: str = ""


class Proveedor(Attributes):
    """The supplier."""

    NAME = "Proveedor"

    external_id: str = ""
    Nombre: str = ""
    Rfc: str = ""
    TipoProveedor: str = ""
    grupo_prov: str = ""
    RegimenFiscalReceptor: str = ""
    MetodoPago: str = ""
    FormaPago: str = ""
    provider_id: str = ""
    grupo_fiscal: str = ""
    Terminos: str = ""
    CuentaContable: str = ""
    Moneda: str = ""
    NumRegIdTrib: str = ""
    FechaActualizacion: str = ""


class Contacto(Attributes):
    """A contact; its element is Contacto1Prov or Contacto2Prov."""

    NAME = "Contacto1Prov"

    contact: str = ""
    contact_email: str = ""
    contact_tel: str = ""


class SegundoContacto(Contacto):
    """The second contact."""

    NAME = "Contacto2Prov"


class CuentaBancariaProv(Attributes):
    """A bank account."""

    NAME = "CuentaBancariaProv"

    bank: str = ""
    clabe: str = ""
    account: str = ""
    Sucursal: str = ""
    SWIFT: str = ""
    REFDO: str = ""


CHILDREN: tuple[type[Attributes], ...] = (
    *(DomicilioProv, Contacto, SegundoContacto, CuentaBancariaProv),
)
"""What stands inside Proveedor, in order."""


def provider_entry(dossier: SupplierDossier, company: CompanyOfImporter) -> JsonObject:
    """Element name -> its attributes: the content whose hash tells whether a file is due again."""
    account = dossier.bank_account or BankAccount()
    first, second, *_ = (*dossier.contacts, Contact(), Contact())
    parts: tuple[Attributes, ...] = (
        Emisor(
            Rfc=company.rfc,
            Nombre=company.name,
            RegimenFiscal=company.regime,
            IdBase=company.id_base,
        ),
        _proveedor(dossier, company, account.currency),
        DomicilioProv.of(dossier.address),
        Contacto(**_contact(first)),
        SegundoContacto(**_contact(second)),
        CuentaBancariaProv(
            bank=account.bank_name,
            clabe=account.clabe,
            account=account.account,
            Sucursal=account.branch,
            SWIFT=account.swift,
            REFDO=account.reference,
        ),
    )
    return {part.NAME: part.model_dump() for part in parts}


def entry_notes(dossier: SupplierDossier) -> tuple[Finding, ...]:
    """What the entry leaves out and a person should know."""
    given = dossier.fields.get(PAYMENT_FORM, "")
    if not given or _form(given):
        return ()
    return (PAYMENT_FORM_NOT_SAT(name=dossier.name or dossier.provider_id, value=given),)


def _proveedor(dossier: SupplierDossier, company: CompanyOfImporter, currency: str) -> Proveedor:
    fields = dossier.fields
    return Proveedor(
        external_id=dossier.external_id,
        Nombre=dossier.name,
        Rfc=dossier.rfc,
        TipoProveedor=dossier.type,
        grupo_prov=fields.get(GROUP, ""),
        RegimenFiscalReceptor=company.provider_regime_text,
        MetodoPago=fields.get(PAYMENT_METHOD, "") or DEFAULT_METHOD,
        FormaPago=_form(fields.get(PAYMENT_FORM, "")),
        provider_id=dossier.provider_id,
        grupo_fiscal=fields.get(TAX_GROUP, ""),
        Terminos=str(dossier.credit_days or 0),
        CuentaContable=fields.get(EXPENSE_ACCOUNT, ""),
        Moneda=currency or DEFAULT_CURRENCY,
        NumRegIdTrib=dossier.tax_id,
        FechaActualizacion=_updated(dossier),
    )


def _form(given: str) -> str:
    """The two-digit SAT code, also where it is written as the portal does (``F03``); else empty."""
    match = _PORTAL_FORM.fullmatch(given.strip().upper())
    return match.group(1) if match and match.group(1) in SAT_FORMS else ""


def _updated(dossier: SupplierDossier) -> str:
    """``dd-MM-yyyyTHH:mm:ss:SSSZ``, in UTC as the Z says; empty where no approval is known.

    Today's time in its place would make the content another at every cycle.
    """
    if dossier.approved is None:
        return ""
    at = dossier.approved.astimezone(UTC)
    return f"{at:%d-%m-%YT%H:%M:%S}:{at.microsecond // 1000:03}Z"


def _contact(contact: Contact) -> dict[str, str]:
    return {
        "contact": contact.name,
        "contact_email": contact.email,
        "contact_tel": contact.phone,
    }
