"""Suppliers and their dossiers. Source: portal API sheet 3.3 and 3.4."""

from __future__ import annotations

import re

from portal_pipeline.core.portal import Address, BankAccount, Contact, PortalProvider
from portal_pipeline.core.redaction import without_query
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.portal.parse.fields import (
    child,
    children,
    code,
    entries,
    first_text,
    flag,
    identifier,
    identifiers,
    moment,
    required_id,
    text,
    whole,
)

_IS_LINK = re.compile(r"https?://", re.IGNORECASE)


def provider(node: JsonObject) -> PortalProvider:
    """One supplier; of its dossier everything is optional."""
    dossier = child(node, "expedient")
    return PortalProvider(
        id=required_id(node),
        external_id=identifier(node, "external_id"),
        name=text(node, "name"),
        rfc=code(node, "rfc"),
        tax_id=text(node, "tax_id"),
        country=text(node, "country"),
        status=code(node, "status"),
        type=code(node, "type"),
        credit_days=whole(node, "credit_days"),
        currency=code(node, "currency_str"),
        company_rfcs=_company_rfcs(node),
        dossier_status=first_text(dossier, "status") or identifier(node, "expedient_status"),
        dossier_accepted_at=moment(dossier, "approved"),
        fields=_fields(dossier),
        bank_accounts=tuple(_bank_account(entry) for entry in _ordered(dossier, "bank_accounts")),
        addresses=tuple(_address(entry) for entry in _ordered(dossier, "addresses")),
        contacts=tuple(_contact(entry) for entry in _ordered(dossier, "contacts")),
        received=dump_json(_without_signed_links(dossier), sort_keys=True),
    )


def _company_rfcs(node: JsonObject) -> tuple[str, ...]:
    """RFCs of the companies that the provider may bill; a list of bare ids names none."""
    found: dict[str, None] = {}
    for name in ("companies", "company_objects"):
        value = node.get(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            continue
        for company in children(node, name):
            if flag(company, "related", default=True) and code(company, "rfc"):
                found[code(company, "rfc")] = None
    if found:
        return tuple(found)
    return tuple(dict.fromkeys(rfc.upper() for rfc in identifiers(node, "rfcs_companies")))


def _ordered(dossier: JsonObject, name: str) -> list[JsonObject]:
    """The entries of a dossier map: accepted first, then by configuration name, then by id.

    The map's own order means nothing (sheet 3.4).
    """

    def rank(entry: tuple[str, JsonObject]) -> tuple[bool, str, str, str]:
        key, node = entry
        configuration = child(node, "configuration")
        is_accepted = code(node, "status") == "ACCEPTED"
        return (not is_accepted, text(configuration, "name"), text(configuration, "id"), key)

    return [node for _, node in sorted(entries(dossier, name), key=rank)]


def _fields(dossier: JsonObject) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _ordered(dossier, "fields"):
        name = text(entry, "field_external_id") or text(
            child(entry, "configuration"), "external_id"
        )
        if name:
            found.setdefault(name.lower(), _field_value(entry))
    return found


def _field_value(entry: JsonObject) -> str:
    """The value's external id, else the value; a file's signed link loses its query."""
    if external := text(entry, "value_external_id"):
        return external
    value = entry.get("value")
    if isinstance(value, bool):
        return "true" if value else "false"
    return without_query(text(entry, "value"))


def _bank_account(entry: JsonObject) -> BankAccount:
    value = child(entry, "value")
    return BankAccount(
        bank_name=first_text(value, "bank_name", "bank"),
        account=text(value, "account"),
        clabe=text(value, "clabe"),
        currency=code(value, "currency"),
        branch=first_text(value, "subsidiary_number", "subsidiary"),
        swift=text(value, "code"),
        reference=text(value, "reference"),
        status=code(entry, "status"),
    )


def _address(entry: JsonObject) -> Address:
    value = child(entry, "value")
    return Address(
        street=text(value, "street"),
        exterior_number=text(value, "exterior_number"),
        interior_number=text(value, "interior_number"),
        suburb=text(value, "suburb"),
        city=text(value, "city"),
        municipality=text(value, "municipality"),
        state=text(value, "state"),
        country=text(value, "country"),
        zip_code=text(value, "zip_code"),
        status=code(entry, "status"),
    )


def _contact(entry: JsonObject) -> Contact:
    value = child(entry, "value")
    return Contact(
        name=f"{text(value, 'first_name')} {text(value, 'last_name')}".strip(),
        email=text(value, "email"),
        phone=text(value, "phone"),
        status=code(entry, "status"),
    )


def _without_signed_links(value: object) -> object:
    """The value with the query of every link left out.

    Signed links change with every answer and open a file to whoever holds them: with them the same
    dossier would be archived anew each time.
    """
    match value:
        case dict():
            return {key: _without_signed_links(item) for key, item in value.items()}
        case list():
            return [_without_signed_links(item) for item in value]
        case str() if _IS_LINK.search(value):
            return without_query(value)
        case _:
            return value
