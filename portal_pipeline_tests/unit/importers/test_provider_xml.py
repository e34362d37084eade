"""The provider file has the importer's elements and order, whatever texts a dossier holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portal_pipeline.core.portal import Address, BankAccount, Contact
from portal_pipeline.core.providers.dossier import SupplierDossier
from portal_pipeline.core.providers.importer_entry import CompanyOfImporter, provider_entry
from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.importers.provider_xml import provider_xml
from portal_pipeline_tests.unit.core.providers.test_importer_entry import COMPANY, DOSSIER


def test_the_file_of_a_supplier():
    """Source: sync rules 2."""
    assert provider_xml(provider_entry(DOSSIER, COMPANY)).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<Proveedores>\n"
        '  <Emisor Rfc="ACM010101AB1" Nombre="Acme" RegimenFiscal="601" IdBase="ACM"/>\n'
        '  <Proveedor external_id="V001" Nombre="Aceros" Rfc="PRO010101AB1" '
        'TipoProveedor="FOREIGN" grupo_prov="NAC" RegimenFiscalReceptor="" MetodoPago="PUE" '
        'FormaPago="03" provider_id="64b0ff" grupo_fiscal="IVA16" Terminos="30" '
        'CuentaContable="5100" Moneda="USD" NumRegIdTrib="99-1" '
        'FechaActualizacion="06-03-2026T03:04:05:067Z">\n'
        '    <DomicilioProv Calle="Calle Uno" NumeroExterior="" NumeroInterior="" Colonia="" '
        'Localidad="Monterrey" Municipio="San Pedro" Estado="" Pais="" CodigoPostal=""/>\n'
        '    <Contacto1Prov contact="Ana" contact_email="a@x.mx" contact_tel="81"/>\n'
        '    <Contacto2Prov contact="Beto" contact_email="" contact_tel="82"/>\n'
        '    <CuentaBancariaProv bank="BANAMEX" clabe="0021" account="77" Sucursal="12" '
        'SWIFT="BNMX" REFDO="R1"/>\n'
        "  </Proveedor>\n"
        "</Proveedores>\n"
    )


def test_a_payload_that_was_kept_gives_the_same_bytes_whatever_its_order():
    entry = provider_entry(DOSSIER, COMPANY)
    kept = load_json(dump_json(entry, sort_keys=True))
    assert provider_xml(kept) == provider_xml(entry)


TEXT = st.text(alphabet=st.sampled_from("aÑ&<>\"'\t\n\r\x00\x0b\ufffe€😀 "), max_size=8)


def parts(model):
    return st.builds(model, **dict.fromkeys(model.model_fields, TEXT))


@given(
    st.builds(
        SupplierDossier,
        provider_id=TEXT,
        name=TEXT,
        bank_account=st.none() | parts(BankAccount),
        address=parts(Address),
        contacts=st.lists(parts(Contact), max_size=2).map(tuple),
    ),
    parts(CompanyOfImporter),
)
def test_any_texts_can_be_read_again(dossier, company):
    entry = provider_entry(dossier, company)
    root = etree.fromstring(provider_xml(entry))
    read = {str(node.tag): dict(node.attrib) for node in root.iter() if node.attrib}
    plain = str.maketrans("", "", "\x00\x0b\ufffe")
    assert read == {
        element: {name: value.translate(plain) for name, value in attributes.items()}
        for element, attributes in entry.items()
    }
    assert [node.tag for node in root] == ["Emisor", "Proveedor"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Emisor": {}},
        {**provider_entry(DOSSIER, COMPANY), "Proveedor": {"Nombre": 1}},
        {**provider_entry(DOSSIER, COMPANY), "Contacto2Prov": {"other": ""}},
    ],
)
def test_a_payload_that_is_none_of_ours_is_an_error(payload):
    with pytest.raises(ValueError, match="validation error"):
        provider_xml(payload)
