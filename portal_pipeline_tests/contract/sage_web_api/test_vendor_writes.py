"""Simulator rules 9, 10, 14, 17 and 18 for vendors."""

from __future__ import annotations

from typing import Any

import pytest

from portal_pipeline.core.wire import load_json
from portal_pipeline_tests.contract.sage_web_api.desk import Desk, code, invoice

NEW = {
    "VendorNumber": "P000123",
    "GroupCode": "NAC",
    "ShortName": "ACEROS",
    "VendorName": "Aceros del Bajio SA de CV",
    "OnHold": "NotOnHold",
    "TaxGroup": "IVA8",
    "VendorOptionalFieldValues": [
        {"OptionalField": "RFC", "Value": "ABA010203XY1"},
        {"OptionalField": "PROVIDERID", "Value": "abc"},
    ],
}


def record(desk: Desk, vendor: str) -> Any:
    return load_json(desk.send("GET", f"AP/APVendors('{vendor}')").body)


def fields(desk: Desk, vendor: str) -> dict[str, str]:
    shown = record(desk, vendor)["VendorOptionalFieldValues"]
    return {item["OptionalField"]: item["Value"] for item in shown}


def test_a_vendor_takes_its_group_s_defaults_and_its_own_values(desk: Desk) -> None:
    answer = desk.send("POST", "AP/APVendors", NEW)
    assert answer.status == 201
    shown = load_json(answer.body)
    assert shown["CurrencyCode"] == "MXP"
    assert (shown["TaxGroup"], shown["Terms"], shown["AccountSet"]) == ("IVA8", "N30", "NAC")
    assert (shown["Status"], shown["OnHold"]) == ("Active", "NotOnHold")
    assert fields(desk, "P000123") == {"PROVIDERID": "abc", "RFC": "ABA010203XY1"}
    assert desk.rows("APVEN", VENDORID="P000123")[0]["VALUES"] == 2


def test_the_group_overwrites_what_came_before_it(desk: Desk) -> None:
    values = {"TaxGroup": "IVA8", **NEW}
    del values["GroupCode"]
    assert desk.send("POST", "AP/APVendors", {**values, "GroupCode": "NAC"}).status == 201
    assert record(desk, "P000123")["TaxGroup"] == "IVA16"


def test_an_existing_vendor_is_a_duplicate(desk: Desk) -> None:
    desk.send("POST", "AP/APVendors", NEW)
    answer = desk.send("POST", "AP/APVendors", NEW)
    assert (answer.status, code(answer)) == (409, "RecordDuplicate")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"VendorNumber": ""}, "RecordInvalid"),
        ({"VendorNumber": "X" * 13}, "RecordInvalid"),
        ({"GroupCode": "NOPE"}, "RecordInvalid"),
        ({"GroupCode": ""}, "RecordInvalid"),
        ({"TaxGroup": "NOPE"}, "RecordInvalid"),
        ({"GLAccount": "NOPE"}, "RecordInvalid"),
        ({"Status": "Dormant"}, "InvalidPayload"),
        ({"Nombre": "x"}, "InvalidPayload"),
        (
            {"VendorOptionalFieldValues": [{"OptionalField": "NOPE", "Value": "x"}]},
            "RecordInvalid",
        ),
        (
            {"VendorOptionalFieldValues": [{"OptionalField": "RFC", "Value": 1}]},
            "InvalidPayload",
        ),
    ],
)
def test_what_a_vendor_cannot_be(desk: Desk, changes: dict[str, Any], expected: str) -> None:
    assert code(desk.send("POST", "AP/APVendors", {**NEW, **changes})) == expected
    assert desk.rows("APVEN", VENDORID="P000123") == []


def test_patch_changes_only_what_it_names(desk: Desk) -> None:
    desk.send("POST", "AP/APVendors", NEW)
    before = record(desk, "P000123")
    change = {
        "VendorName": "Nuevo",
        "VendorOptionalFieldValues": [
            {"OptionalField": "RFC", "Value": "NEW010203XY1"},
            {"OptionalField": "METODOPAGO", "Value": "03"},
            {"OptionalField": "PROVIDERID", "UpdateOperation": "Delete"},
        ],
    }
    assert desk.send("PATCH", "AP/APVendors('P000123')", change).status == 204
    after = record(desk, "P000123")
    assert after["VendorName"] == "Nuevo"
    assert fields(desk, "P000123") == {"METODOPAGO": "03", "RFC": "NEW010203XY1"}
    same = set(before) - {"VendorName", "VendorOptionalFieldValues", "@odata.context"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert code(desk.send("PATCH", "AP/APVendors('NONE')", change)) == "RecordNotFound"


def test_put_drops_the_optional_fields_that_it_does_not_name(desk: Desk) -> None:
    desk.send("POST", "AP/APVendors", NEW)
    whole = {**NEW, "VendorOptionalFieldValues": NEW["VendorOptionalFieldValues"][:1]}
    assert desk.send("PUT", "AP/APVendors('P000123')", whole).status == 204
    assert fields(desk, "P000123") == {"RFC": "ABA010203XY1"}


def test_only_a_vendor_without_documents_can_be_deleted(desk: Desk) -> None:
    desk.create(invoice())
    assert code(desk.send("DELETE", "AP/APVendors('P1')")) == "RecordInvalid"
    assert desk.send("DELETE", "AP/APVendors('HON')").status == 204
    assert code(desk.send("GET", "AP/APVendors('HON')")) == "RecordNotFound"
