"""What a Sage vendor should hold of its provider, in the Web API's names.

Source: Web API sheet 4 (names, lengths); rules 3. An empty value of the portal never overwrites
one of Sage; case and blanks are no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.providers import TERMS_NOT_MAPPED
from portal_pipeline.core.money import same_currency
from portal_pipeline.core.portal import Address, Contact, PortalProvider
from portal_pipeline.core.providers.matching import GENERIC_RFCS
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import OptionalFields, Tenant, VendorField, VendorRules
from portal_pipeline.core.wire import JsonObject

OPTIONAL_FIELDS = "VendorOptionalFieldValues"
NUMBER_CHARS_MAX = 12
SHORT_NAME_CHARS_MAX = 10
RFC_RULE, PREFIX_RULE = "rfc", "prefix:"
PREFIX_DIGITS = 6

_PROPERTIES: Mapping[str, tuple[str, int]] = {
    "VendorName": ("name", 60),
    "AddressLine1": ("address", 60),
    "City": ("city", 30),
    "StateProvince": ("state", 30),
    "ZipPostalCode": ("zip_code", 20),
    "Country": ("country", 30),
    "ContactName": ("contact", 60),
    "PhoneNumber": ("phone", 30),
    "Email": ("email", 50),
    "Terms": ("terms", 6),
}
"""Property -> (attribute of SageVendor, greatest length)."""


def provider_id_field(provider: PortalProvider, fields: OptionalFields) -> dict[str, str]:
    """The optional field that links a vendor to its provider."""
    return {"OptionalField": fields.provider_id, "Value": provider.id}


def vendor_changes(provider: PortalProvider, vendor: SageVendor, tenant: Tenant) -> JsonObject:
    """The body of a PATCH that gives the vendor its PROVIDERID and the fields to keep equal.

    Empty when nothing differs.
    """
    wanted = _values(provider, tenant.vendors, tenant.vendors.vendor_fields)
    changes: dict[str, object] = {
        name: value for name, value in wanted.items() if _differs(vendor, name, value)
    }
    if not vendor.provider_id:
        changes[OPTIONAL_FIELDS] = [provider_id_field(provider, tenant.fields)]
    return changes


def unstored(vendor: SageVendor, changes: JsonObject, fields: OptionalFields) -> tuple[str, ...]:
    """Names of the changes that the vendor does not show."""
    missing = [
        name for name in changes if name in _PROPERTIES and _differs(vendor, name, changes[name])
    ]
    for item in changes.get(OPTIONAL_FIELDS, ()):
        is_link = item["OptionalField"] == fields.provider_id
        if is_link and vendor.provider_id.lower() != item["Value"].lower():
            missing.append(fields.provider_id)
    return tuple(missing)


def terms_note(provider: PortalProvider, rules: VendorRules) -> tuple[Finding, ...]:
    """That terms are to be kept equal, but these credit days have no Sage terms."""
    days = str(provider.credit_days or 0)
    if VendorField.TERMS not in rules.vendor_fields or days in rules.terms_by_credit_days:
        return ()
    return (TERMS_NOT_MAPPED(days=days),)


def new_vendor(provider: PortalProvider, number: str, tenant: Tenant) -> JsonObject:
    """The body of a POST; the group comes first, because it brings defaults (Web API sheet 4)."""
    rules = tenant.vendors
    contents = _values(provider, rules, tuple(VendorField))
    terms = contents.pop("Terms", rules.terms)
    name = contents["VendorName"]
    links = [provider_id_field(provider, tenant.fields)]
    if provider.rfc:
        links.insert(0, {"OptionalField": tenant.fields.vendor_rfc, "Value": provider.rfc})
    return {
        "VendorNumber": number,
        "GroupCode": rules.group,
        "ShortName": name[:SHORT_NAME_CHARS_MAX].strip(),
        "OnHold": "NotOnHold",
        **contents,
        "CurrencyCode": tenant.home_currency,
        **({"AccountSet": rules.account_set} if rules.account_set else {}),
        "TaxGroup": rules.tax_group,
        "Terms": terms,
        OPTIONAL_FIELDS: links,
    }


def missing_defaults(provider: PortalProvider, number: str, tenant: Tenant) -> tuple[str, ...]:
    """What the settings do not say about a new vendor; empty when it can be created."""
    rules = tenant.vendors
    given = {
        "group": rules.group,
        "terms": rules.terms or rules.terms_by_credit_days.get(str(provider.credit_days or 0), ""),
        "tax_group": rules.tax_group,
        "number_rule": number,
    }
    missing = [f"vendors.{name}" for name, value in given.items() if not value]
    if not provider.name.strip():
        missing.append("name")
    # One set of defaults: it fits the national supplier in the company's own currency.
    if provider.currency and not same_currency(provider.currency, tenant.home_currency):
        missing.append(provider.currency)
    if provider.is_foreign:
        missing.append(provider.type)
    return tuple(missing)


def vendor_number(provider: PortalProvider, rules: VendorRules, given: str = "") -> str:
    """The number of a new vendor; empty when neither a person nor the rule gives one.

    ``rfc``: its first 12 characters, for an RFC that is one supplier's own. ``prefix:P``: P and
    six digits of the hash of the portal id.
    """
    if given:
        return given.strip().upper()[:NUMBER_CHARS_MAX]
    if rules.number_rule == RFC_RULE:
        rfc = provider.rfc.strip().upper()
        return "" if rfc in GENERIC_RFCS else rfc[:NUMBER_CHARS_MAX]
    prefix = rules.number_rule.removeprefix(PREFIX_RULE)
    is_prefix = rules.number_rule.startswith(PREFIX_RULE) and prefix.isalnum()
    if not is_prefix or len(prefix) + PREFIX_DIGITS > NUMBER_CHARS_MAX:
        return ""
    digest = int(hashlib.sha256(provider.id.lower().encode()).hexdigest(), 16)
    return f"{prefix.upper()}{digest % 10**PREFIX_DIGITS:0{PREFIX_DIGITS}d}"


def _values(
    provider: PortalProvider, rules: VendorRules, wanted: Sequence[VendorField]
) -> dict[str, str]:
    """Property -> the portal's value, cut to its length; empty values are left out."""
    address = next(iter(provider.addresses), Address())
    contact = next(iter(provider.contacts), Contact())
    street = " ".join(
        filter(None, (address.street, address.exterior_number, address.interior_number))
    )
    by_field: dict[VendorField, dict[str, str]] = {
        VendorField.NAME: {"VendorName": provider.name},
        VendorField.ADDRESS: {
            "AddressLine1": ", ".join(filter(None, (street, address.suburb))),
            "City": address.city or address.municipality,
            "StateProvince": address.state,
            "ZipPostalCode": address.zip_code,
            "Country": address.country,
        },
        VendorField.CONTACT: {"ContactName": contact.name, "PhoneNumber": contact.phone},
        VendorField.EMAIL: {"Email": contact.email},
        VendorField.TERMS: {
            "Terms": rules.terms_by_credit_days.get(str(provider.credit_days or 0), "")
        },
    }
    found = {name: value for field in wanted for name, value in by_field[field].items()}
    cut = {
        name: " ".join(value.split())[: _PROPERTIES[name][1]].strip()
        for name, value in found.items()
    }
    return {name: value for name, value in cut.items() if value}


def _differs(vendor: SageVendor, name: str, value: str) -> bool:
    return _plain(getattr(vendor, _PROPERTIES[name][0])) != _plain(value)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
