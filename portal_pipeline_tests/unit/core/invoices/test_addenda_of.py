"""The addenda of a document holds the data of its own supplier, or there is none."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import Document
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.addenda import Addenda, addenda_of
from portal_pipeline.core.invoices.listed import document_of
from portal_pipeline.core.portal import (
    AdditionalAmount,
    Address,
    BankAccount,
    Contact,
    PoLink,
    PortalCfdi,
)
from portal_pipeline.core.providers.dossier import SupplierDossier

ZONE = ZoneInfo("America/Mexico_City")
UUID = "AAAAAAAA-0000-4000-8000-000000000001"
DOSSIER = SupplierDossier(
    provider_id="64b0ff",
    external_id="V001",
    name="Aceros",
    rfc="PRO010101AB1",
    type="REGULAR",
    credit_days=30,
    fields={
        "grupo_de_proveedores": "NAC",
        "grupo_de_impuestos": "IVA16",
        "cuenta_de_gastos": "5100",
        "metodopago": "PPD",
    },
    bank_account=BankAccount(bank_name="BANAMEX", clabe="0021", account="77"),
    address=Address(
        street="Calle Uno",
        exterior_number="10",
        interior_number="B",
        suburb="Centro",
        city="Monterrey",
        municipality="San Pedro",
        state="NL",
        country="MEX",
        zip_code="64000",
    ),
    contacts=(Contact(name="Ana Paz", email="a@x.mx", phone="81"), Contact(name="Otro")),
)


def listed(**fields) -> Document:
    given = {
        "id": "c1",
        "uuid": UUID,
        "provider_id": "64b0ff",
        "issuer_rfc": "PRO010101AB1",
        "cfdi_type": "I",
    }
    return document_of(PortalCfdi(**(given | fields)), ZONE)


def code_of(result: Addenda | Finding) -> str | None:
    return result.code if isinstance(result, Finding) else None


def test_every_attribute_comes_from_where_the_importer_expects_it():
    """Source: sync rules 3.3 (right rules: Municipio is the municipality)."""
    document = listed(
        additional={"oc": " PO1 ", "orden_de_compra": "PO2", "afe": "A-7"},
        additional_amount=AdditionalAmount(name="Flete", amount=Decimal("1500.50")),
    )
    addenda = addenda_of(document, DOSSIER, " ACM ")
    assert isinstance(addenda, Addenda)
    assert addenda.uuid == UUID
    assert addenda.document.model_dump() == {
        "OrdenCompra": "PO1",
        "AFE": "A-7",
        "DescriGastosAdi": "Flete",
        "MtoGastosAdi": "1500.50",
    }
    supplier = addenda.supplier.model_dump()
    assert supplier.pop("domicilio") == {
        "Calle": "Calle Uno",
        "NumeroExterior": "10",
        "NumeroInterior": "B",
        "Colonia": "Centro",
        "Localidad": "Monterrey",
        "Municipio": "San Pedro",
        "Estado": "NL",
        "Pais": "MEX",
        "CodigoPostal": "64000",
    }
    assert list(supplier.items()) == [
        ("IdBase", "ACM"),
        ("provider_id", "64b0ff"),
        ("external_id", "V001"),
        ("bank", "BANAMEX"),
        ("clabe", "0021"),
        ("account", "77"),
        ("grupo_prov", "NAC"),
        ("grupo_fiscal", "IVA16"),
        ("contact", "Ana Paz"),
        ("contact_email", "a@x.mx"),
        ("contact_phone", "81"),
        ("Terminos", "30"),
        ("CuentaContable", "5100"),
        ("TipoProveedor", "REGULAR"),
    ]


def test_what_nobody_gave_is_empty():
    bare = SupplierDossier(provider_id="64b0ff", credit_days=0)
    addenda = addenda_of(listed(), bare, "ACM")
    assert isinstance(addenda, Addenda)
    filled = {
        value
        for element in (addenda.document, addenda.supplier, addenda.supplier.domicilio)
        for value in element.model_dump().values()
        if value and isinstance(value, str)
    }
    assert filled == {"ACM", "64b0ff"}


@pytest.mark.parametrize(
    ("document", "dossier", "code"),
    [
        pytest.param({"provider_id": "64B0FF "}, {}, None, id="case and blanks are no difference"),
        pytest.param({"provider_id": "64b0fe"}, {}, "addenda_of_other_supplier", id="another"),
        pytest.param({"provider_id": ""}, {}, "addenda_of_other_supplier", id="not known"),
        pytest.param(
            {"provider_id": ""}, {"provider_id": ""}, "addenda_of_other_supplier", id="both blank"
        ),
        pytest.param(
            {}, {"rfc": "OTR010101AB1"}, "addenda_rfc_differs", id="the issuer is another"
        ),
        pytest.param({}, {"rfc": " pro010101ab1 "}, None, id="RFC in lower case"),
        pytest.param({}, {"rfc": ""}, None, id="supplier without RFC"),
        pytest.param({"issuer_rfc": ""}, {}, None, id="issuer not listed"),
        pytest.param({}, {"rfc": "XEXX010101000"}, None, id="generic foreign RFC"),
        pytest.param({"issuer_rfc": "XAXX010101000"}, {}, None, id="generic national RFC"),
        pytest.param({}, {"bank_account": None}, None, id="no bank account"),
        pytest.param({"additional": {"oc": "PO1"}}, {}, None, id="one order"),
        pytest.param(
            {"additional": {"oc": "PO1, PO2"}}, {}, "addenda_order_unclear", id="two in the field"
        ),
        pytest.param(
            {"po_links": (PoLink(po_number="PO1"), PoLink(po_number="PO2"))},
            {},
            "addenda_order_unclear",
            id="two linked orders",
        ),
        pytest.param(
            {"po_links": (PoLink(po_number="", po_id="a"),)},
            {},
            "addenda_order_unclear",
            id="a linked order without its number",
        ),
    ],
)
def test_a_document_is_refused_only_for_a_reason(document, dossier, code):
    result = addenda_of(listed(**document), DOSSIER.model_copy(update=dossier), "ACM")
    assert code_of(result) == code


@pytest.mark.parametrize("id_base", ["", "  "])
def test_without_the_importers_id_of_the_company_nothing_is_written(id_base):
    assert code_of(addenda_of(listed(), DOSSIER, id_base)) == "importer_company_unknown"


@pytest.mark.parametrize("account", [None, BankAccount(bank_name="BANAMEX")])
def test_bank_data_are_demanded_only_by_the_setting(account):
    bare = DOSSIER.model_copy(update={"bank_account": account})
    result = addenda_of(listed(), bare, "ACM", bank_required=True)
    assert code_of(result) == "supplier_bank_missing"
    assert code_of(addenda_of(listed(), DOSSIER, "ACM", bank_required=True)) is None


def test_the_order_that_the_portal_links_goes_before_the_suppliers_own_words():
    document = listed(po_links=(PoLink(po_number="PO9"),), additional={"oc": "orden 9"})
    addenda = addenda_of(document, DOSSIER, "ACM")
    assert isinstance(addenda, Addenda)
    assert addenda.document.OrdenCompra == "PO9"


def test_the_details_of_the_list_are_bounded():
    document = listed(
        additional={"afe": "x" * 999},
        additional_amount=AdditionalAmount(name="y" * 999, amount=Decimal("1E+3")),
    )
    assert document.details["afe"] == "x" * 200
    assert document.details["additional_amount_name"] == "y" * 200
    assert document.details["additional_amount"] == "1000"


IDS = st.sampled_from(["", "a1", "A1", "b2", " a1"])
RFCS = st.sampled_from(["", "AAA010101AA1", "BBB010101BB1", "XEXX010101000", "aaa010101aa1"])
TEXTS = st.text(max_size=5)


@given(
    st.builds(
        SupplierDossier,
        provider_id=IDS,
        rfc=RFCS,
        external_id=TEXTS,
        name=TEXTS,
        bank_account=st.none() | st.builds(BankAccount, clabe=TEXTS, bank_name=TEXTS),
    ),
    IDS,
    RFCS,
    st.sampled_from(list(DocumentKind)),
    st.booleans(),
)
def test_no_document_gets_data_of_a_supplier_that_is_not_its_own(
    dossier, provider_id, issuer, kind, bank_required
):
    details = {"provider_id": provider_id, "issuer_rfc": issuer}
    document = Document(kind=kind, key=UUID, details=details)
    result = addenda_of(document, dossier, "ACM", bank_required=bank_required)
    is_own = (
        provider_id.strip() and provider_id.strip().lower() == dossier.provider_id.strip().lower()
    )
    known = {issuer.upper(), dossier.rfc.upper()} - {"", "XEXX010101000"}
    if isinstance(result, Finding):
        if is_own and len(known) < 2:
            assert result.code == "supplier_bank_missing"
        return
    assert is_own
    assert len(known) < 2
    assert result.uuid == UUID
    assert result.supplier.provider_id == dossier.provider_id
