"""The provider entry says what the importer program expects; unknown values stay empty."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal_pipeline.core.portal import Address, BankAccount, Contact
from portal_pipeline.core.providers.dossier import SupplierDossier
from portal_pipeline.core.providers.importer_entry import (
    CompanyOfImporter,
    entry_notes,
    provider_entry,
)
from portal_pipeline.core.wire import content_hash

COMPANY = CompanyOfImporter(rfc="ACM010101AB1", name="Acme", regime="601", id_base="ACM")
DOSSIER = SupplierDossier(
    provider_id="64b0ff",
    external_id="V001",
    name="Aceros",
    rfc="PRO010101AB1",
    type="FOREIGN",
    tax_id="99-1",
    credit_days=30,
    approved=datetime(2026, 3, 6, 3, 4, 5, 67_890, tzinfo=UTC),
    fields={
        "grupo_de_proveedores": "NAC",
        "grupo_de_impuestos": "IVA16",
        "cuenta_de_gastos": "5100",
        "metodopago": "PUE",
        "formapago": "03",
    },
    bank_account=BankAccount(
        bank_name="BANAMEX",
        clabe="0021",
        account="77",
        currency="USD",
        branch="12",
        swift="BNMX",
        reference="R1",
    ),
    address=Address(street="Calle Uno", city="Monterrey", municipality="San Pedro"),
    contacts=(Contact(name="Ana", email="a@x.mx", phone="81"), Contact(name="Beto", phone="82")),
)
BARE = SupplierDossier(provider_id="64b0ff")


def test_every_attribute_comes_from_where_the_importer_expects_it():
    """Source: sync rules 2."""
    entry = provider_entry(DOSSIER, COMPANY)
    assert list(entry) == [
        *("Emisor", "Proveedor", "DomicilioProv"),
        *("Contacto1Prov", "Contacto2Prov", "CuentaBancariaProv"),
    ]
    assert entry["Emisor"] == {
        "Rfc": "ACM010101AB1",
        "Nombre": "Acme",
        "RegimenFiscal": "601",
        "IdBase": "ACM",
    }
    assert entry["Proveedor"] == {
        "external_id": "V001",
        "Nombre": "Aceros",
        "Rfc": "PRO010101AB1",
        "TipoProveedor": "FOREIGN",
        "grupo_prov": "NAC",
        "RegimenFiscalReceptor": "",
        "MetodoPago": "PUE",
        "FormaPago": "03",
        "provider_id": "64b0ff",
        "grupo_fiscal": "IVA16",
        "Terminos": "30",
        "CuentaContable": "5100",
        "Moneda": "USD",
        "NumRegIdTrib": "99-1",
        "FechaActualizacion": "06-03-2026T03:04:05:067Z",
    }
    assert entry["DomicilioProv"]["Localidad"] == "Monterrey"
    assert entry["DomicilioProv"]["Municipio"] == "San Pedro"
    assert entry["Contacto1Prov"] == {
        "contact": "Ana",
        "contact_email": "a@x.mx",
        "contact_tel": "81",
    }
    assert entry["Contacto2Prov"] == {"contact": "Beto", "contact_email": "", "contact_tel": "82"}
    assert entry["CuentaBancariaProv"] == {
        "bank": "BANAMEX",
        "clabe": "0021",
        "account": "77",
        "Sucursal": "12",
        "SWIFT": "BNMX",
        "REFDO": "R1",
    }


def test_defaults_are_the_documented_ones_and_the_rest_is_empty():
    entry = provider_entry(BARE, COMPANY)
    filled = {name: value for name, value in entry["Proveedor"].items() if value}
    assert filled == {
        "MetodoPago": "PPD",
        "provider_id": "64b0ff",
        "Terminos": "0",
        "Moneda": "MXN",
    }
    for name in ("DomicilioProv", "Contacto1Prov", "Contacto2Prov", "CuentaBancariaProv"):
        assert not any(entry[name].values())


def test_the_suppliers_regime_is_only_what_the_setting_says():
    company = COMPANY.model_copy(update={"provider_regime_text": "612"})
    assert provider_entry(BARE, company)["Proveedor"]["RegimenFiscalReceptor"] == "612"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        *((f"{form:02}", f"{form:02}") for form in (1, 6, 8, 12, 15, 17, 23, 31, 99)),
        ("F03", "03"),
        (" f28 ", "28"),
        *((wrong, "") for wrong in ("2", "3", "003", "07", "00", "32", "PPD", "Transferencia")),
        ("٠٣", ""),
        ("", ""),
    ],
)
def test_the_payment_form_is_a_sat_code_or_empty_and_then_it_is_said(given, written):
    dossier = BARE.model_copy(update={"fields": {"formapago": given}})
    assert provider_entry(dossier, COMPANY)["Proveedor"]["FormaPago"] == written
    told = [(note.code, note.params["value"]) for note in entry_notes(dossier)]
    assert told == ([("payment_form_not_sat", given)] if given and not written else [])


def test_the_same_dossier_has_the_same_content_and_another_approval_another():
    now = content_hash(provider_entry(DOSSIER, COMPANY))
    again = SupplierDossier.from_text(DOSSIER.to_text())
    assert content_hash(provider_entry(again, COMPANY)) == now
    later = DOSSIER.model_copy(update={"approved": datetime(2026, 3, 7, tzinfo=UTC)})
    assert content_hash(provider_entry(later, COMPANY)) != now
