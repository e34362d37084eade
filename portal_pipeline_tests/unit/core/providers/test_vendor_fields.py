"""What goes into a Sage vendor: names, lengths, numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.portal import Address, Contact
from portal_pipeline.core.providers.vendor_fields import (
    NUMBER_CHARS_MAX,
    new_vendor,
    unstored,
    vendor_changes,
    vendor_number,
)
from portal_pipeline.core.tenant import OptionalFields, VendorRules
from portal_pipeline_tests.unit.core.providers.suppliers import RFC, creating, provider, vendor

FIELDS = OptionalFields()
LENGTHS = {
    "VendorNumber": 12,
    "ShortName": 10,
    "VendorName": 60,
    "AddressLine1": 60,
    "City": 30,
    "StateProvince": 30,
    "ZipPostalCode": 20,
    "Country": 30,
    "ContactName": 60,
    "PhoneNumber": 30,
    "Email": 50,
    "Terms": 6,
}


def test_a_new_vendor_has_the_tenant_s_defaults_and_its_link():
    rules = creating(account_set="NAC", terms_by_credit_days={"30": "N30D"})
    assert new_vendor(provider(), "P000001", rules) == {
        "VendorNumber": "P000001",
        "GroupCode": "NAC",
        "ShortName": "Aceros del",
        "OnHold": "NotOnHold",
        "VendorName": "Aceros del Bajio",
        "AddressLine1": "Calle Uno 10, Centro",
        "City": "Leon",
        "StateProvince": "Guanajuato",
        "ZipPostalCode": "37000",
        "Country": "MEX",
        "ContactName": "Ana Ruiz",
        "PhoneNumber": "4771234567",
        "Email": "ana@aceros.mx",
        "CurrencyCode": "MXP",
        "AccountSet": "NAC",
        "TaxGroup": "IVA16",
        "Terms": "N30D",
        "VendorOptionalFieldValues": [
            {"OptionalField": "RFC", "Value": RFC},
            {"OptionalField": "PROVIDERID", "Value": "p1"},
        ],
    }


@given(text=st.text(min_size=61, max_size=200, alphabet=st.characters(codec="latin-1")))
def test_no_value_is_longer_than_sage_takes(text):
    one = provider(
        name=f"A{text}",
        addresses=(Address(street=text, city=text, state=text, zip_code=text, country=text),),
        contacts=(Contact(name=text, email=text, phone=text),),
    )
    payload = new_vendor(one, "P000001", creating())
    assert all(len(payload[name]) <= most for name, most in LENGTHS.items() if name in payload)


@pytest.mark.parametrize(
    ("rule", "one", "given", "number"),
    [
        ("rfc", provider(), "", RFC),
        ("rfc", provider(rfc="PERS010101AB1"), "", "PERS010101AB"),
        ("rfc", provider(rfc="XEXX010101000"), "", ""),
        ("rfc", provider(rfc=""), "", ""),
        ("", provider(), "", ""),
        ("prefix:", provider(), "", ""),
        ("prefix:PR-", provider(), "", ""),
        ("", provider(), " abc ", "ABC"),
    ],
)
def test_the_number_comes_from_a_person_or_the_rule(rule, one, given, number):
    assert vendor_number(one, VendorRules(number_rule=rule), given) == number


def test_a_prefixed_number_depends_on_the_provider_alone():
    rules = VendorRules(number_rule="prefix:pr")
    number = vendor_number(provider(), rules)
    assert number == vendor_number(provider(name="Other", rfc=""), rules)
    assert number != vendor_number(provider(id="p2"), rules)
    assert number.startswith("PR")
    assert len(number) == 8
    assert number[2:].isdecimal()
    assert len(number) <= NUMBER_CHARS_MAX


def test_what_sage_shows_after_a_patch_leaves_nothing_to_change():
    """The comparison that plans a change and the one that confirms it agree."""
    rules = creating(vendor_fields=("name", "address", "contact", "email"))
    changes = vendor_changes(provider(), vendor(), rules)
    assert "PROVIDERID" in unstored(vendor(), changes, FIELDS)
    written = vendor(
        provider_id="P1",
        name="Aceros del Bajio",
        address="Calle Uno 10, Centro",
        city="Leon",
        state="Guanajuato",
        zip_code="37000",
        country="MEX",
        contact="Ana Ruiz",
        phone="4771234567",
        email="ana@aceros.mx",
    )
    assert unstored(written, changes, FIELDS) == ()
    assert vendor_changes(provider(), written, rules) == {}
