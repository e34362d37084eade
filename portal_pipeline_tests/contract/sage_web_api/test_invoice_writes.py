"""Simulator rules 9 to 18 for A/P invoice batches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sandbox.sage.company.entries import ApDetail, ApEntry, OptionalValue
from portal_pipeline_tests.contract.sage_web_api.desk import UUID, Desk, code, invoice, line

BATCHES = "AP/APInvoiceBatches"


def posted(desk: Desk, *invoices: dict[str, Any], **batch: Any) -> str:
    """Error code of a POST, or its status."""
    return code(desk.send("POST", BATCHES, {**batch, "Invoices": list(invoices)}))


def entry(record: Any) -> Any:
    return record["Invoices"][0]


# Rule 9: payload and order of properties.


@pytest.mark.parametrize(
    "changes",
    [
        {"TermsCode": "N30"},
        {"ExtendedAmountWithTIP": Decimal(1)},
        {"DocumentType": "Factura"},
        {"DocumentType": 1},
        {"DocumentDate": "09/02/2026"},
        {"DocumentDate": 20260209},
        {"DocumentTotalIncludingTax": "1740.00"},
        {"VendorNumber": 1},
        {"InvoiceDetails": {"GLAccount": "5100100"}},
        {"InvoiceDetails": [line("1", ExtendedAmount=Decimal(1))]},
        {"InvoiceOptionalFields": [{"OptionalField": "FOLIOCFD", "Value": 1}]},
        {"InvoiceOptionalFields": [{"Optional": "FOLIOCFD", "Value": "1"}]},
    ],
)
def test_a_body_that_does_not_fit_the_model_is_refused_and_burns_no_number(
    desk: Desk, changes: dict[str, Any]
) -> None:
    assert posted(desk, invoice(**changes)) == "InvalidPayload"
    assert desk.create(invoice())["BatchNumber"] == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: bytes) -> None:
    assert code(desk.send("POST", BATCHES, body)) == "InvalidPayload"


def test_a_numeric_text_is_taken_for_an_enum(desk: Desk) -> None:
    assert entry(desk.create(invoice(DocumentType="3")))["DocumentType"] == "CreditNote"


def test_vendor_number_overwrites_what_was_sent_before_it(desk: Desk) -> None:
    after = invoice(Terms="N60", TaxGroup="IVA8", AccountSet="EXT")
    shown = entry(desk.create(after))
    assert (shown["Terms"], shown["TaxGroup"], shown["AccountSet"]) == ("N60", "IVA8", "EXT")
    before = {"Terms": "N60", "TaxGroup": "IVA8", "AccountSet": "EXT", **invoice()}
    before["DocumentNumber"] = "A2"
    shown = entry(desk.create(before))
    assert (shown["Terms"], shown["TaxGroup"], shown["AccountSet"]) == ("N30", "IVA16", "NAC")


def test_a_zone_shifts_the_day_as_it_would_in_sage(desk: Desk) -> None:
    shown = entry(desk.create(invoice(DocumentDate="2026-02-09T20:00:00-06:00")))
    assert shown["DocumentDate"] == "2026-02-10T00:00:00Z"
    shown = entry(desk.create(invoice(DocumentNumber="A2", DocumentDate="2026-02-09T00:00:00Z")))
    assert shown["DocumentDate"] == "2026-02-09T00:00:00Z"


# Rule 10.


@pytest.mark.parametrize(
    "changes",
    [
        {"VendorNumber": None},
        {"VendorNumber": "NONE"},
        {"VendorNumber": "OLD"},
        {"DocumentNumber": None},
        {"DocumentNumber": ""},
        {"DocumentNumber": "X" * 23},
        {"InvoiceDescription": "X" * 61},
        {"InvoiceDetails": None},
        {"InvoiceDetails": []},
        {"InvoiceDetails": [line("1500", GLAccount="5100999")]},
        {"InvoiceDetails": [line("1500", GLAccount="9999999")]},
        {"InvoiceDetails": [line("1500", GLAccount="")]},
        {"InvoiceDetails": [line("1500", GLAccount="", DistributionCode="NOPE")]},
        {"TaxGroup": "NOPE"},
        {"AccountSet": "NOPE"},
        {"CurrencyCode": "USD"},
        {"VendorNumber": "P1USD", "TaxGroup": "IVA0"},
        {"InvoiceOptionalFields": [{"OptionalField": "NOPE", "Value": "1"}]},
        {"InvoiceOptionalFields": [{"OptionalField": "FOLIOCFD", "Value": "X" * 37}]},
        {"InvoiceOptionalFields": [{"OptionalField": "USOCFDI", "Value": "XXX"}]},
    ],
)
def test_what_breaks_a_business_rule_is_invalid_and_leaves_nothing(
    desk: Desk, changes: dict[str, Any]
) -> None:
    assert posted(desk, invoice(**changes)) == "RecordInvalid"
    assert desk.rows("APIBH") == []
    assert desk.rows("APIBC") == []


def test_a_batch_description_is_at_most_60_characters(desk: Desk) -> None:
    assert posted(desk, invoice(), Description="X" * 61) == "RecordInvalid"
    assert posted(desk, invoice(), Description="X" * 60) == "201"


def test_a_distribution_code_brings_its_account(desk: Desk) -> None:
    detail = line("1500.00", GLAccount="", DistributionCode="FLETE")
    shown = entry(desk.create(invoice(InvoiceDetails=[detail])))["InvoiceDetails"][0]
    assert shown["GLAccount"] == "5100200"


# Rule 11.


def test_numbers_follow_each_other_and_a_failure_burns_one(desk: Desk) -> None:
    assert desk.create(invoice(BatchNumber=77, EntryNumber=9))["BatchNumber"] == 1
    assert posted(desk, invoice(VendorNumber="NONE")) == "RecordInvalid"
    assert desk.create(invoice(DocumentNumber="A2"))["BatchNumber"] == 3
    desk.switch(failed_post_burns_number=False)
    assert posted(desk, invoice(VendorNumber="NONE")) == "RecordInvalid"
    created = desk.create(invoice(DocumentNumber="A3"), invoice(DocumentNumber="A4"))
    assert created["BatchNumber"] == 4
    assert [item["EntryNumber"] for item in created["Invoices"]] == [1, 2]
    assert (created["NumberOfEntries"], created["LastEntryNumber"]) == (2, 2)


# Rule 12: the identities of sheet 5.2, and the tax modes.


def test_sage_computes_tax_and_totals(desk: Desk) -> None:
    created = desk.create(invoice(DocumentTotalIncludingTax=Decimal("1740.01")))
    shown = entry(created)
    assert shown["TaxTotal"] == Decimal(240)
    assert shown["DistributedTotalBeforeTaxes"] == Decimal(1500)
    assert shown["DistributedTotalIncludingTax"] == Decimal(1740)
    assert shown["DocumentTotalBeforeTaxes"] == Decimal("1500.01")
    assert shown["UndistributedAmount"] == Decimal("0.01")
    assert created["BatchTotal"] == Decimal(1740)
    assert [item["TaxAmount1"] for item in shown["InvoiceDetails"]] == [160, 80]


def test_a_total_that_is_not_sent_stays_zero(desk: Desk) -> None:
    shown = entry(desk.create(invoice(DocumentTotalIncludingTax=None)))
    assert shown["DocumentTotalIncludingTax"] == 0
    assert shown["UndistributedAmount"] == -1740


def test_withholdings_are_negative_rates(desk: Desk) -> None:
    details = [line("1000.00", TaxClass2=1, TaxClass3=1)]
    shown = entry(desk.create(invoice(VendorNumber="HON", InvoiceDetails=details)))
    assert [shown[f"TaxAmount{n}"] for n in (1, 2, 3)] == [160, Decimal("-106.67"), -100]
    assert shown["DistributedTotalIncludingTax"] == Decimal("953.33")


@pytest.mark.parametrize(("item_class", "tax"), [(1, 240), (2, 120), (3, 0), (4, 0)])
def test_the_item_class_picks_the_rate(desk: Desk, item_class: int, tax: int) -> None:
    details = [line("1500.00", TaxClass1=item_class)]
    assert entry(desk.create(invoice(InvoiceDetails=details)))["TaxTotal"] == tax


def test_distribute_prorates_the_headers_amounts(desk: Desk) -> None:
    changes = {"TaxAmountControl": "Distribute", "TaxAmount1": Decimal("240.02")}
    shown = entry(desk.create(invoice(DocumentTotalIncludingTax=Decimal("1740.02"), **changes)))
    assert shown["UndistributedAmount"] == 0
    assert [item["TaxAmount1"] for item in shown["InvoiceDetails"]] == [
        Decimal("160.01"),
        Decimal("80.01"),
    ]


def test_enter_takes_amounts_as_they_are_and_calculate_ignores_them(desk: Desk) -> None:
    details = [line("1000.00", TaxAmount1=Decimal(7)), line("500.00", TaxAmount1=Decimal(8))]
    entered = invoice(InvoiceDetails=details, TaxAmountControl="Enter", TaxAmount1=Decimal(15))
    assert entry(desk.create(entered))["TaxTotal"] == 15
    computed = invoice(InvoiceDetails=details, TaxAmount1=Decimal(15), DocumentNumber="A2")
    assert entry(desk.create(computed))["TaxTotal"] == 240


# Rule 13.


def test_foreign_currency_needs_a_rate(desk: Desk) -> None:
    dollars = invoice(
        VendorNumber="P1USD", DocumentTotalIncludingTax=Decimal(1500), CurrencyCode="USD"
    )
    assert posted(desk, dollars) == "RecordInvalid"
    sent = entry(desk.create({**dollars, "ExchangeRate": Decimal("17.1234567")}))
    assert (sent["ExchangeRate"], sent["RateOverridden"]) == (Decimal("17.1234567"), "Yes")
    desk.company.set_exchange_rate(currency="USD", rate=Decimal("18.5"), on=date(2026, 1, 1))
    found = entry(desk.create({**dollars, "DocumentNumber": "A2"}))
    assert (found["ExchangeRate"], found["RateOverridden"]) == (Decimal("18.5"), "No")


# Rule 14.


def test_required_fields_are_demanded_and_others_insert_themselves(desk: Desk) -> None:
    desk.company.require_invoice_fields("FOLIOCFD")
    assert posted(desk, invoice(InvoiceOptionalFields=[])) == "RecordInvalid"
    desk.switch(auto_inserted=(("FOLIOCFD", ""), ("USOCFDI", "G03")))
    fields = entry(desk.create(invoice()))["InvoiceOptionalFields"]
    assert {f["OptionalField"]: f["Value"] for f in fields} == {"FOLIOCFD": UUID, "USOCFDI": "G03"}


# Rule 15.


def test_a_number_in_an_open_batch_is_refused_by_the_switch(desk: Desk) -> None:
    desk.create(invoice())
    assert posted(desk, invoice()) == "RecordInvalid"
    assert posted(desk, invoice(VendorNumber="HON")) == "201"
    desk.switch(open_duplicates="allow")
    assert posted(desk, invoice()) == "201"


def test_a_posted_number_is_always_refused(desk: Desk) -> None:
    desk.switch(open_duplicates="allow")
    batch = desk.create(invoice())["BatchNumber"]
    desk.ready(batch)
    desk.post(batch)
    assert posted(desk, invoice()) == "RecordInvalid"


@pytest.mark.parametrize(
    ("field", "level", "expected"),
    [
        ("DuplicateAmountCode", "Error", "RecordInvalid"),
        ("DuplicateDateCode", "Error", "RecordInvalid"),
        ("DuplicateAmountCode", "Warning", "201"),
        ("DuplicateDateCode", "None", "201"),
    ],
)
def test_a_vendor_can_forbid_the_same_amount_or_date(
    desk: Desk, field: str, level: str, expected: str
) -> None:
    desk.create(invoice())
    assert desk.send("PATCH", "AP/APVendors('P1')", {field: level}).status == 204
    assert posted(desk, invoice(DocumentNumber="A2")) == expected
    other = invoice(
        DocumentNumber="A3", DocumentTotalIncludingTax=Decimal(1), DocumentDate="2026-02-08"
    )
    assert posted(desk, other) == "201"


# Rule 16.


@pytest.mark.parametrize(("mode", "kept"), [("atomic", None), ("partial", ["A1"]), ("shell", [])])
def test_what_a_failed_post_of_several_leaves_behind(
    desk: Desk, mode: str, kept: list[str] | None
) -> None:
    desk.switch(many_invoices=mode)
    bad = invoice(DocumentNumber="A2", VendorNumber="NONE")
    several = (invoice(DocumentNumber="A1"), bad, invoice(DocumentNumber="A3"))
    assert posted(desk, *several) == "RecordInvalid"
    if kept is None:
        assert code(desk.send("GET", f"{BATCHES}(1)")) == "RecordNotFound"
    else:
        record = desk.batch(1)
        assert [item["DocumentNumber"] for item in record["Invoices"]] == kept
        assert record["NumberOfEntries"] == len(kept)
        assert record["BatchTotal"] == 1740 * len(kept)


# Rule 17.


def patched(desk: Desk, payload: dict[str, Any], batch: int = 1) -> str:
    return code(desk.send("PATCH", f"{BATCHES}({batch})", payload))


def test_status_moves_between_open_and_ready_and_ready_forbids_edits(desk: Desk) -> None:
    desk.create(invoice())
    assert patched(desk, {"Description": "Otra"}) == "204"
    assert patched(desk, {"BatchNumber": 1, "BatchStatus": "ReadyToPost"}) == "204"
    assert desk.batch(1)["BatchStatus"] == "ReadyToPost"
    assert patched(desk, {"Description": "Nueva"}) == "General"
    assert patched(desk, {"Invoices": []}) == "General"
    assert patched(desk, {"BatchStatus": "Deleted"}) == "General"
    assert patched(desk, {"BatchStatus": "Open", "Description": "Nueva"}) == "204"
    assert (desk.batch(1)["BatchStatus"], desk.batch(1)["Description"]) == ("Open", "Nueva")
    desk.ready(1)
    desk.post(1)
    assert patched(desk, {"BatchStatus": "Open"}) == "General"
    assert patched(desk, {"Description": "x"}, batch=9) == "RecordNotFound"


def test_post_with_ready_to_post_makes_the_batch_ready(desk: Desk) -> None:
    assert posted(desk, invoice(), BatchStatus="ReadyToPost") == "201"
    assert desk.batch(1)["BatchStatus"] == "ReadyToPost"


def test_an_empty_batch_cannot_be_made_ready(desk: Desk) -> None:
    assert posted(desk) == "201"
    assert patched(desk, {"BatchStatus": "ReadyToPost"}) == "General"


def test_invoices_are_appended_updated_and_deleted_by_their_operation(desk: Desk) -> None:
    desk.create(invoice())
    second = {**invoice(DocumentNumber="A2"), "UpdateOperation": "Insert"}
    assert patched(desk, {"Invoices": [second, {**second, "DocumentNumber": "A3"}]}) == "204"
    assert [i["EntryNumber"] for i in desk.batch(1)["Invoices"]] == [1, 2, 3]
    update = {"BatchNumber": 1, "EntryNumber": 2, "UpdateOperation": "Update"}
    assert patched(desk, {"Invoices": [{**update, "InvoiceDescription": "Nueva"}]}) == "204"
    assert patched(desk, {"Invoices": [{"EntryNumber": 3, "UpdateOperation": "Delete"}]}) == "204"
    record = desk.batch(1)
    assert [i["InvoiceDescription"] for i in record["Invoices"]] == ["Aceros A1042", "Nueva"]
    assert record["Invoices"][1]["TaxTotal"] == 240
    assert (record["NumberOfEntries"], record["LastEntryNumber"]) == (2, 3)
    assert record["BatchTotal"] == 3480
    for operation in ("Update", "Delete"):
        missing = {"EntryNumber": 9, "UpdateOperation": operation}
        assert patched(desk, {"Invoices": [missing]}) == "RecordNotFound"


@pytest.mark.parametrize(
    ("before", "operation", "expected"),
    [
        ([], "Insert", "204"),
        ([], "Update", "RecordNotFound"),
        ([], None, "204"),
        ([{"OptionalField": "FOLIOCFD", "Value": "old"}], "Insert", "RecordDuplicate"),
        ([{"OptionalField": "FOLIOCFD", "Value": "old"}], "Update", "204"),
        ([{"OptionalField": "FOLIOCFD", "Value": "old"}], None, "204"),
    ],
)
def test_foliocfd_can_be_set_on_an_unposted_invoice(
    desk: Desk, before: list[Any], operation: str | None, expected: str
) -> None:
    desk.create(invoice(InvoiceOptionalFields=before))
    field = {"BatchNumber": 1, "EntryNumber": 1, "OptionalField": "FOLIOCFD", "Value": UUID}
    if operation:
        field["UpdateOperation"] = operation
    change = {"EntryNumber": 1, "UpdateOperation": "Update", "InvoiceOptionalFields": [field]}
    assert patched(desk, {"Invoices": [change]}) == expected
    shown = [f["Value"] for f in entry(desk.batch(1))["InvoiceOptionalFields"]]
    assert shown == ([UUID] if expected == "204" else [f["Value"] for f in before])


def test_details_are_changed_by_their_line_number(desk: Desk) -> None:
    desk.create(invoice())
    changes = [
        {"LineNumber": 20, "UpdateOperation": "Update", "DistributedAmount": Decimal(2000)},
        {"LineNumber": 40, "UpdateOperation": "Delete"},
        {**line("10.00"), "UpdateOperation": "Insert"},
    ]
    change = {"EntryNumber": 1, "UpdateOperation": "Update", "InvoiceDetails": changes}
    assert patched(desk, {"Invoices": [change]}) == "204"
    details = entry(desk.batch(1))["InvoiceDetails"]
    assert [(d["LineNumber"], d["DistributedAmount"]) for d in details] == [(20, 2000), (40, 10)]


def test_a_failed_patch_changes_nothing(desk: Desk) -> None:
    desk.create(invoice())
    before = desk.batch(1)
    bad = {"EntryNumber": 1, "UpdateOperation": "Update", "VendorNumber": "NONE"}
    assert patched(desk, {"Description": "Otra", "Invoices": [bad]}) == "RecordInvalid"
    assert desk.batch(1) == before


def test_the_sql_shape_is_sages(desk: Desk) -> None:
    """Rule 24: what SQL confirmation reads is there."""
    desk.create(invoice())
    header = desk.rows("APIBH")[0]
    assert (header["IDVEND"], header["IDINVC"], header["TEXTTRX"]) == ("P1", "A1042", 1)
    assert desk.rows("APIBC")[0]["BTCHDESC"] == "CFDI X"
    assert desk.rows("APIBHO")[0]["VALUE"] == UUID
    assert len(desk.rows("APIBD")) == 2


def test_the_company_s_own_entries_are_seen_too(desk: Desk) -> None:
    batch = desk.company.create_ap_invoice_batch(
        description="Captura",
        date=date(2026, 2, 10),
        entries=[
            ApEntry(
                vendor="P1",
                number="B7",
                document_date=date(2026, 2, 9),
                details=(ApDetail(amount=Decimal(100), gl_account="5100100"),),
                optional_fields=(OptionalValue(name="FOLIOCFD", value=UUID),),
            )
        ],
    )
    record = desk.batch(batch)
    assert entry(record)["DocumentTotalIncludingTax"] == 116
    assert desk.create(invoice())["BatchNumber"] == batch + 1
    assert load_json(dump_json(record)) == record
