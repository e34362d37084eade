"""The dossier in the ledger: what the files need, no more, and the same when read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.portal import Address, BankAccount, Contact, PortalProvider
from portal_pipeline.core.providers.dossier import (
    FIELDS,
    TEXT_CHARS_MAX,
    SupplierDossier,
    dossier_of,
)

TEXT = st.text(max_size=TEXT_CHARS_MAX + 20)


DOSSIER_WITH_ACCOUNT = SupplierDossier(
    provider_id="a", bank_account=BankAccount(clabe="002180001234567891")
)


def parts(model):
    return st.builds(model, **dict.fromkeys(model.model_fields, TEXT))


PROVIDERS = st.builds(
    PortalProvider,
    id=TEXT,
    external_id=TEXT,
    name=TEXT,
    rfc=TEXT,
    type=TEXT,
    tax_id=TEXT,
    credit_days=st.none() | st.integers(-1, 10**6),
    dossier_accepted_at=st.none()
    | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6))])),
    fields=st.dictionaries(st.sampled_from([*FIELDS, "giro", "acta"]), TEXT),
    bank_accounts=st.lists(parts(BankAccount), max_size=3).map(tuple),
    addresses=st.lists(parts(Address), max_size=2).map(tuple),
    contacts=st.lists(parts(Contact), max_size=4).map(tuple),
    received=TEXT,
)


def leaves(value):
    match value:
        case dict():
            return [leaf for item in value.values() for leaf in leaves(item)]
        case list():
            return [leaf for item in value for leaf in leaves(item)]
        case _:
            return [value]


@given(PROVIDERS)
def test_the_text_gives_the_same_dossier_back_and_is_bounded(provider):
    dossier = dossier_of(provider)
    text = dossier.to_text()
    assert SupplierDossier.from_text(text) == dossier
    assert all(
        len(leaf) <= TEXT_CHARS_MAX for leaf in leaves(json.loads(text)) if isinstance(leaf, str)
    )
    assert set(dossier.fields) <= set(FIELDS)
    assert len(dossier.contacts) <= 2


def test_it_holds_the_first_account_and_address_and_two_contacts_in_the_portals_order():
    dossier = dossier_of(
        PortalProvider(
            id="64B0FF",
            external_id="V1",
            name="x" * 300,
            rfc="pro010101ab1",
            credit_days=30,
            dossier_accepted_at=datetime(2026, 3, 15, 21, 0, tzinfo=timezone(timedelta(hours=-6))),
            fields={"grupo_de_proveedores": "NAC", "giro": "Acero", "formapago": " "},
            bank_accounts=(
                BankAccount(clabe="1", swift="S", status="ACCEPTED"),
                BankAccount(clabe="2", status="EXPIRED"),
            ),
            addresses=(Address(street="Uno", status="ACCEPTED"), Address(street="Dos")),
            contacts=tuple(Contact(name=name) for name in "ABC"),
            received="everything",
        )
    )
    assert dossier == SupplierDossier(
        provider_id="64b0ff",
        external_id="V1",
        name="x" * 200,
        rfc="PRO010101AB1",
        credit_days=30,
        approved=datetime(2026, 3, 16, 3, 0, tzinfo=UTC),
        fields={"grupo_de_proveedores": "NAC"},
        bank_account=BankAccount(clabe="1", swift="S"),
        address=Address(street="Uno"),
        contacts=(Contact(name="A"), Contact(name="B")),
    )
    assert "Acero" not in dossier.to_text()
    assert '"2"' not in dossier.to_text()


def test_a_dossier_without_anything_is_a_short_text():
    assert dossier_of(PortalProvider(id="a")).to_text() == '{"provider_id":"a"}'


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"provider_id":1}', '{"x":1}', "x"])
def test_a_text_that_is_no_dossier_is_an_error(text):
    with pytest.raises(ValueError, match="SupplierDossier"):
        SupplierDossier.from_text(text)


def test_an_error_about_a_text_does_not_show_what_is_in_it():
    text = DOSSIER_WITH_ACCOUNT.to_text().replace('"clabe"', '"clave"')
    with pytest.raises(ValueError, match="clave") as error:
        SupplierDossier.from_text(text)
    assert "002180001234567891" not in str(error.value)


@pytest.mark.parametrize(
    ("account", "has"),
    [
        (None, False),
        (BankAccount(bank_name="BANAMEX"), False),
        (BankAccount(clabe="1"), True),
        (BankAccount(account="1"), True),
    ],
)
def test_bank_data_are_there_when_there_is_a_number(account, has):
    assert SupplierDossier(provider_id="a", bank_account=account).has_bank_data is has
