"""Simulator rules 1 to 8: addresses, access, feeds, filters, record shapes."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest

from portal_pipeline.core.wire import load_json
from portal_pipeline_tests.contract.sage_web_api.desk import (
    PASSWORD,
    ROOT,
    UUID,
    Desk,
    code,
    invoice,
)

VENDORS = "AP/APVendors"


def numbers(desk: Desk, **query: str) -> list[str]:
    answer = desk.send("GET", VENDORS, query={f"${name}": text for name, text in query.items()})
    assert answer.status == 200, answer.body
    return [record["VendorNumber"] for record in load_json(answer.body)["value"]]


# Rule 1.


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "AP/APVendors('P1')", "200"),
        ("GET", "ap/apvendors('P1')", "200"),
        ("GET", "AP/APVendors(VendorNumber='P1')", "200"),
        ("GET", "AP/APVendors('NONE')", "RecordNotFound"),
        ("GET", "AP/APVendors(Wrong='P1')", "InvalidEntityKey"),
        ("GET", "AP/APVendors('P1','P2')", "InvalidEntityKey"),
        ("GET", "AP/APVendors(')", "InvalidEntityKey"),
        ("GET", "AP/APInvoiceBatches(abc)", "InvalidEntityKey"),
        ("GET", "AP/APInvoiceBatches(1)", "RecordNotFound"),
        ("GET", "AP/APNothing", "ResourceNotFound"),
        ("GET", "XX/APVendors", "Forbidden"),
        ("GET", "GL/GLAccounts('5100100')", "200"),
        ("GET", "TX/TXTaxGroups(TransactionType='Purchases',TaxGroupKey='IVA16')", "200"),
        ("GET", "PO/POInvoices", "200"),
        ("POST", "PO/POInvoices", "MethodNotAllowed"),
        ("GET", "PO/POReceipts", "MethodNotAllowed"),
        ("PATCH", "PO/POPurchaseOrders(1)", "MethodNotAllowed"),
        ("PUT", "AP/APInvoiceBatches(1)", "MethodNotAllowed"),
        ("DELETE", "AP/APInvoiceBatches(1)", "MethodNotAllowed"),
        ("GET", "AP/APPostInvoices('$process')", "MethodNotAllowed"),
        ("POST", "AP/APPostInvoices", "InvalidAction"),
        ("POST", "AP/APVendors('P9')", "InvalidAction"),
        ("PATCH", "AP/APVendors", "InvalidEntityKey"),
    ],
)
def test_addresses_verbs_and_keys(desk: Desk, method: str, path: str, expected: str) -> None:
    payload = None if method in {"GET", "DELETE"} else {}
    assert code(desk.send(method, path, payload)) == expected


def test_the_root_is_found_in_any_case_and_another_company_is_not_authorized(desk: Desk) -> None:
    assert desk.send("GET", VENDORS, root=ROOT.replace("v1.0", "V1.0").lower()).status == 200
    assert code(desk.send("GET", VENDORS, root="/Sage300WebApi/v1.0/-/ELSE")) == "Unauthorized"
    assert code(desk.send("GET", VENDORS, root="/elsewhere")) == "ResourceNotFound"


# Rule 2 and 3.


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        ("INTEGRA", PASSWORD, "200"),
        ("integra", PASSWORD, "200"),
        ("INTEGRA", PASSWORD.upper(), "Unauthorized"),
        ("NOBODY", PASSWORD, "Unauthorized"),
        ("ADMIN", PASSWORD, "Unauthorized"),
        ("OTHER", PASSWORD, "Unauthorized"),
        ("LIMITED", PASSWORD, "Forbidden"),
    ],
)
def test_who_may_call(desk: Desk, user: str, password: str, expected: str) -> None:
    assert code(desk.send("GET", VENDORS, user=user, password=password)) == expected


def test_admin_may_call_when_the_switch_is_on(desk: Desk) -> None:
    desk.switch(admin_allowed=True)
    assert desk.send("GET", VENDORS, user="ADMIN").status == 200


def test_no_or_malformed_credentials_are_refused(desk: Desk) -> None:
    for header in ({}, {"authorization": "Basic !"}, {"authorization": "Bearer x"}):
        answer = desk.send("GET", VENDORS, headers=header)
        assert (answer.status, code(answer)) == (401, "Unauthorized")
        assert set(load_json(answer.body)["error"]) == {"code", "message"}


def test_a_write_without_json_content_type_is_a_server_error(desk: Desk) -> None:
    auth = "Basic " + base64.b64encode(f"INTEGRA:{PASSWORD}".encode()).decode()
    plain = {"authorization": auth}
    assert code(desk.send("POST", VENDORS, {}, headers=plain)) == "InternalServerError"
    assert desk.send("GET", VENDORS, headers=plain).status == 200
    desk.switch(content_type_needed_on_reads=True)
    assert code(desk.send("GET", VENDORS, headers=plain)) == "InternalServerError"


# Rule 6.


def test_a_feed_has_pages_with_count_and_next_link(desk: Desk) -> None:
    desk.switch(page_size=2)
    body = load_json(desk.send("GET", VENDORS, query={"$count": "true"}).body)
    assert body["@odata.context"].endswith("/AP/$metadata#APVendors")
    assert (len(body["value"]), body["@odata.count"]) == (2, 4)
    assert "%24skip=2" in body["@odata.nextLink"]
    last = load_json(desk.send("GET", VENDORS, query={"$skip": "2"}).body)
    assert len(last["value"]) == 2
    assert "@odata.nextLink" not in last
    assert "@odata.count" not in last


def test_top_above_a_page_still_gives_a_page(desk: Desk) -> None:
    desk.switch(page_size=3)
    assert len(numbers(desk, top="100")) == 3
    assert len(numbers(desk, top="1")) == 1


def test_old_servers_name_annotations_without_the_mark(desk: Desk) -> None:
    desk.switch(old_annotation_names=True)
    body = load_json(desk.send("GET", VENDORS, query={"$count": "true"}).body)
    assert body["odata.count"] == "4"


def test_an_entry_comes_without_the_wrapper_of_a_feed(desk: Desk) -> None:
    record = load_json(desk.send("GET", "AP/APVendors('P1')").body)
    assert record["VendorNumber"] == "P1"
    assert "value" not in record


# Rule 7.


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("VendorNumber eq 'P1'", ["P1"]),
        ("VendorNumber ne 'P1' and CurrencyCode eq 'MXP'", ["HON", "OLD"]),
        ("Status eq 'Inactive' or VendorNumber eq 'P1'", ["OLD", "P1"]),
        ("(VendorNumber eq 'P1' or VendorNumber eq 'HON') and Status eq 'Active'", ["HON", "P1"]),
        ("VendorNumber gt 'OLD'", ["P1", "P1USD"]),
        ("VendorNumber ge 'OLD' and VendorNumber lt 'P1USD'", ["OLD", "P1"]),
        ("startswith(VendorNumber,'P1')", ["P1", "P1USD"]),
        ("endswith(VendorNumber, 'USD')", ["P1USD"]),
        ("substringof('U', VendorNumber) eq true", ["P1USD"]),
        ("length(VendorNumber) le 2", ["P1"]),
        ("TaxClassCode2 eq 1", ["HON"]),
        ("TaxClassCode2 eq 1.0m", ["HON"]),
        ("VendorName eq 'O''Neil'", []),
        ("DateLastMaintained eq 2026-02-10", ["HON", "OLD", "P1", "P1USD"]),
        ("DateLastMaintained gt datetime'2026-02-10T12:00'", []),
        ("DateLastMaintained le 2026-02-10T00:00:00Z", ["HON", "OLD", "P1", "P1USD"]),
    ],
)
def test_filters(desk: Desk, condition: str, expected: list[str]) -> None:
    assert numbers(desk, filter=condition) == expected


@pytest.mark.parametrize(
    "condition",
    [
        "Nothing eq 'P1'",
        "Invoices/any(i: i/DocumentNumber eq 'A')",
        "VendorNumber like 'P'",
        "VendorNumber eq",
        "VendorNumber eq 'P1",
        "(VendorNumber eq 'P1'",
        "VendorNumber eq 'P1' VendorName eq 'x'",
        "VendorOptionalFieldValues eq 'x'",
        "TaxClassCode1 eq 'x'",
        "contains(VendorNumber,'P')",
        "",
    ],
)
def test_what_a_filter_cannot_say_is_invalid(desk: Desk, condition: str) -> None:
    answer = desk.send("GET", VENDORS, query={"$filter": condition})
    assert code(answer) == "InvalidParameters"


def test_an_unknown_property_is_named(desk: Desk) -> None:
    answer = desk.send("GET", VENDORS, query={"$filter": "Nothing eq 1"})
    assert b"Could not find a property named 'Nothing' on type 'Vendor'" in answer.body


def test_select_and_order(desk: Desk) -> None:
    query = {"$select": "VendorNumber,Status", "$orderby": "VendorNumber desc", "$top": "1"}
    body = load_json(desk.send("GET", VENDORS, query=query).body)
    assert body["value"] == [{"VendorNumber": "P1USD", "Status": "Active"}]
    assert code(desk.send("GET", VENDORS, query={"$select": "Nope"})) == "InvalidParameters"
    assert code(desk.send("GET", VENDORS, query={"$expand": "Invoices"})) == "InvalidParameters"
    assert code(desk.send("GET", VENDORS, query={"$top": "-1"})) == "InvalidParameters"


# Rule 5.


def test_metadata_lists_endpoints_properties_and_verbs(desk: Desk) -> None:
    api = desk.api()
    ap, po = api.metadata("AP"), api.metadata("PO")
    assert {"DocumentTotalIncludingTax"} <= _properties(desk, "AP")
    assert "BatchStatus" in ap.resources["APInvoiceBatches"].properties
    assert ap.offers("APInvoiceBatches", "PATCH") is True
    assert ap.offers("APInvoiceBatches", "DELETE") is False
    assert po.offers("POInvoices", "GET") is True
    assert po.offers("POInvoices", "POST") is False
    assert po.offers("POReceipts", "GET") is False
    assert po.offers("POReceipts", "POST") is True
    assert po.offers("POPurchaseOrders", "PATCH") is False
    desk.switch(metadata_tells_verbs=False)
    assert api.metadata("PO").offers("POInvoices", "POST") is None


def _properties(desk: Desk, module: str) -> set[str]:
    text = desk.send("GET", f"{module}/$metadata").body.decode()
    return {part.split('"')[0] for part in text.split('<Property Name="')[1:]}


# Rule 8.


def test_a_batch_shows_details_dates_decimals_and_long_optional_fields(desk: Desk) -> None:
    created = desk.create(invoice())
    body = desk.send("GET", "AP/APInvoiceBatches", query={"$filter": "BatchNumber eq 1"}).body
    record = load_json(body)["value"][0]
    assert record == {k: v for k, v in created.items() if k != "@odata.context"}
    entry = record["Invoices"][0]
    assert entry["DocumentDate"] == "2026-02-09T00:00:00Z"
    assert entry["UpdateOperation"] == "Unspecified"
    assert b'"DocumentTotalIncludingTax": 1740.000' in body
    assert [item["LineNumber"] for item in entry["InvoiceDetails"]] == [20, 40]
    assert entry["InvoicePaymentSchedules"][0]["PaymentNumber"] == 1
    field = entry["InvoiceOptionalFields"][0]
    assert (field["OptionalField"], field["Value"], field["TextValue"]) == ("FOLIOCFD", UUID, UUID)
    assert (field["InvoiceOptionalFieldType"], field["Length"]) == ("Text", 36)
    assert (field["BatchNumber"], field["EntryNumber"]) == (1, 1)
    assert field["AmountValue"] == Decimal(0)


def test_yes_no_values_come_padded(desk: Desk) -> None:
    with desk.company.writing() as unit:
        unit.insert("CSOPTFH", {"OPTFIELD": "URGENTE", "TYPE": 9, "LENGTH": 1, "ALLOWNULL": 0})
    field = {"OptionalField": "URGENTE", "Value": "1"}
    created = desk.create(invoice(InvoiceOptionalFields=[field]))
    shown = created["Invoices"][0]["InvoiceOptionalFields"][0]
    assert (shown["Value"], shown["YesNoValue"]) == (" " * 59 + "1", True)
