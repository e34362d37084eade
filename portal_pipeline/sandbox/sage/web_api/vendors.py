"""Writes to ``APVendors``. Source: Web API sheet 4, rules 9, 10, 14, 17 and 18."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal_pipeline.sandbox.sage.company.entries import OptionalValue
from portal_pipeline.sandbox.sage.company.unit import Unit
from portal_pipeline.sandbox.sage.web_api.ap_shapes import VENDOR, VENDOR_OPTIONAL_FIELD
from portal_pipeline.sandbox.sage.web_api.changes import Change, changes
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError

_FIELDS = "VendorOptionalFieldValues"
_GROUPS: Mapping[str, Mapping[str, Any]] = {
    "NAC": {"CurrencyCode": "MXP", "AccountSet": "NAC", "TaxGroup": "IVA16"},
    "EXT": {"CurrencyCode": "USD", "AccountSet": "EXT", "TaxGroup": "IVA0"},
}
_GROUP_DEFAULTS: Mapping[str, Any] = {
    "RateType": "SP",
    "Terms": "N30",
    "BankCode": "",
    "PaymentCode": "",
    "DistributionCode": "",
    "GLAccount": "",
    "DuplicateAmountCode": 0,
    "DuplicateDateCode": 0,
}
_SET_UP = (
    ("CurrencyCode", "CSCCD", "CURID"),
    ("AccountSet", "APRAS", "ACCTSET"),
    ("TaxGroup", "TXGRP", "GROUPID"),
    ("GLAccount", "GLAMF", "ACCTID"),
    ("DistributionCode", "APRDC", "DISTID"),
    ("BankCode", "BKACCT", "BANK"),
)
"""Codes that must exist where they are given. (Terms and groups are not in the tables we have.)"""


def create_vendor(unit: Unit, payload: Mapping[str, Any]) -> str:
    """Insert a vendor; gives back its number.

    Raises:
        WebApiError: RecordDuplicate, RecordInvalid or InvalidPayload.
    """
    values = VENDOR.accepted(payload)
    vendor = values.get("VendorNumber", "")
    if not vendor:
        raise WebApiError("RecordInvalid", "VendorNumber is required")
    if unit.row("APVEN", {"VENDORID": vendor}, "VENDORID") is not None:
        raise WebApiError("RecordDuplicate", f"Vendor {vendor} exists already")
    _insert(unit, vendor, values)
    return str(vendor)


def replace_vendor(unit: Unit, vendor: str, payload: Mapping[str, Any]) -> None:
    """PUT: delete and insert; what the payload leaves out, optional fields too, is gone."""
    values = VENDOR.accepted(payload)
    for table in ("APVENO", "APVEN"):
        unit.delete(table, {"VENDORID": vendor})
    _insert(unit, vendor, values)


def change_vendor(unit: Unit, vendor: str, payload: Mapping[str, Any]) -> None:
    """PATCH: only what is named changes, optional fields by their UpdateOperation."""
    values = VENDOR.accepted(payload)
    _check_set_up(unit, values)
    columns = {**_columns(values), "DATELASTMN": unit.today}
    columns.pop("VENDORID", None)
    unit.update("APVEN", {"VENDORID": vendor}, **columns)
    rows = unit.rows("APVENO", {"VENDORID": vendor}, "OPTFIELD")
    existing = [row["OPTFIELD"] for row in rows]
    for item in changes(VENDOR_OPTIONAL_FIELD, values.get(_FIELDS, ()), "OptionalField", existing):
        if item.change is Change.DELETE:
            unit.delete("APVENO", {"VENDORID": vendor, "OPTFIELD": item.key})
        else:
            field = _optional_value(item.values)
            # Written as new, so that the value is checked against the field's definition.
            unit.delete("APVENO", {"VENDORID": vendor, "OPTFIELD": item.key})
            unit.insert("APVENO", *unit.optional_rows({"VENDORID": vendor}, [field]))
    count = len(unit.rows("APVENO", {"VENDORID": vendor}, "OPTFIELD"))
    unit.update("APVEN", {"VENDORID": vendor}, VALUES=count)


def delete_vendor(unit: Unit, vendor: str) -> None:
    """DELETE: only a vendor without documents.

    Raises:
        WebApiError: RecordInvalid.
    """
    for table in ("APIBH", "APOBL"):
        if unit.row(table, {"IDVEND": vendor}, "IDVEND") is not None:
            raise WebApiError("RecordInvalid", f"Vendor {vendor} has documents")
    for table in ("APVENO", "APVEN"):
        unit.delete(table, {"VENDORID": vendor})


def _insert(unit: Unit, vendor: str, values: Mapping[str, Any]) -> None:
    applied = _applied({**values, "VendorNumber": vendor})
    _check_set_up(unit, applied)
    fields = _optional_values(applied.get(_FIELDS, ()))
    row = {**_columns(applied), "DATELASTMN": unit.today, "VALUES": len(fields)}
    unit.insert("APVEN", row)
    unit.insert("APVENO", *unit.optional_rows({"VENDORID": vendor}, fields))


def _applied(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in their order; the group's defaults overwrite what came before it."""
    applied: dict[str, Any] = {"Status": 1, "OnHold": 0}
    for name, value in values.items():
        applied[name] = value
        if name == "GroupCode":
            if value not in _GROUPS:
                raise WebApiError("RecordInvalid", f"Vendor group {value} does not exist")
            applied |= {**_GROUP_DEFAULTS, **_GROUPS[value]}
    if not applied.get("GroupCode"):
        raise WebApiError("RecordInvalid", "GroupCode is required")
    return applied


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {VENDOR[name].column: value for name, value in values.items() if VENDOR[name].column}


def _check_set_up(unit: Unit, values: Mapping[str, Any]) -> None:
    for name, table, column in _SET_UP:
        code = values.get(name)
        if code and unit.row(table, {column: code}, column) is None:
            raise WebApiError("RecordInvalid", f"{name} {code} does not exist")


def _optional_values(payloads: Sequence[Mapping[str, Any]]) -> list[OptionalValue]:
    by_name: dict[str, OptionalValue] = {}
    for item in changes(VENDOR_OPTIONAL_FIELD, payloads, "OptionalField", ()):
        by_name[item.key] = _optional_value(item.values)
    return list(by_name.values())


def _optional_value(values: Mapping[str, Any]) -> OptionalValue:
    return OptionalValue(name=values.get("OptionalField", ""), value=values.get("Value", ""))
