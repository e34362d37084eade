"""Simulator rules 19 to 21: the process call, half success, errors, time in progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.core.wire import load_json
from portal_pipeline_tests.contract.sage_web_api.desk import UUID, Desk, code, invoice


def test_a_good_entry_becomes_a_posted_document(desk: Desk) -> None:
    desk.create(invoice())
    desk.ready(1)
    answer = desk.post(1)
    assert (answer.status, answer.body) == (204, b"")
    record = desk.batch(1)
    assert (record["BatchStatus"], record["NumberOfErrors"]) == ("Posted", 0)
    assert record["PostingSequenceNumber"] == 1
    shown = record["Invoices"][0]
    assert (shown["ErrorBatch"], shown["ErrorEntry"]) == (0, 0)
    document = load_json(
        desk.send("GET", "AP/APPostedDocuments(DocumentNumber='A1042',VendorNumber='P1')").body
    )
    assert (document["DocumentType"], document["BatchNumber"]) == ("Invoice", 1)
    assert desk.rows("APOBLO")[0]["VALUE"] == UUID


def test_a_bad_entry_goes_to_an_open_error_batch_with_its_fields(desk: Desk) -> None:
    bad = invoice(DocumentNumber="A2", DocumentTotalIncludingTax=Decimal("1740.01"))
    desk.create(invoice(DocumentNumber="A1"), bad)
    desk.ready(1)
    assert desk.post(1).status == 204
    record = desk.batch(1)
    assert (record["BatchStatus"], record["NumberOfErrors"]) == ("Posted", 1)
    assert [(i["ErrorBatch"], i["ErrorEntry"]) for i in record["Invoices"]] == [(0, 0), (2, 1)]
    copy = desk.batch(2)
    assert (copy["BatchStatus"], copy["NumberOfEntries"]) == ("Open", 1)
    assert copy["Invoices"][0]["DocumentNumber"] == "A2"
    assert copy["Invoices"][0]["InvoiceOptionalFields"][0]["Value"] == UUID
    query = {"$filter": "PostingSequenceNumber eq 1"}
    errors = load_json(desk.send("GET", "AP/APPostingErrorMessages", query=query).body)["value"]
    assert [(e["EntryNumber"], e["ErrorBatchNumber"], e["ErrorEntryNumber"]) for e in errors] == [
        (2, 2, 1)
    ]
    missing = "AP/APPostedDocuments('P1','A2')"
    assert code(desk.send("GET", missing)) == "RecordNotFound"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(
            lambda desk: desk.company.set_periods_closed(through=date(2026, 2, 28)), id="period"
        ),
        pytest.param(
            lambda desk: desk.company.set_vendor_active(vendor="P1", is_active=False), id="vendor"
        ),
        pytest.param(lambda desk: desk.company.require_invoice_fields("USOCFDI"), id="field"),
    ],
)
def test_what_changed_between_saving_and_posting_is_found_at_posting(
    desk: Desk, spoil: Any
) -> None:
    desk.create(invoice())
    desk.ready(1)
    spoil(desk)
    assert desk.post(1).status == 204
    assert desk.batch(1)["NumberOfErrors"] == 1
    assert desk.rows("APOBL") == []


def test_a_duplicate_that_was_let_in_fails_at_posting(desk: Desk) -> None:
    desk.switch(open_duplicates="allow")
    for batch in (1, 2):
        desk.create(invoice())
        desk.ready(batch)
    assert desk.post(1, 2).status == 204
    assert [desk.batch(n)["NumberOfErrors"] for n in (1, 2)] == [0, 1]
    assert len(desk.rows("APOBL")) == 1


def test_only_ready_batches_post(desk: Desk) -> None:
    for number in ("A1", "A2", "A3"):
        desk.create(invoice(DocumentNumber=number))
    desk.ready(1)
    desk.ready(3)
    assert code(desk.post(2)) == "General"
    assert code(desk.post(1, 3)) == "General"
    assert desk.batch(1)["BatchStatus"] == "ReadyToPost"
    desk.switch(batch_not_ready="skip")
    assert desk.post(2).status == 204
    assert desk.post(1, 3).status == 204
    assert [desk.batch(n)["BatchStatus"] for n in (1, 2, 3)] == ["Posted", "Open", "Posted"]
    assert code(desk.post(1)) == "General"
    assert code(desk.post(99)) == "General"


def test_all_batches_means_all_ready_ones(desk: Desk) -> None:
    for number in ("A1", "A2"):
        desk.create(invoice(DocumentNumber=number))
    desk.ready(2)
    payload = {"ProcessAllBatches": "Postallbatches", "ActionSelector": "string"}
    assert desk.send("POST", "AP/APPostInvoices('$process')", payload).status == 204
    assert [desk.batch(n)["BatchStatus"] for n in (1, 2)] == ["Open", "Posted"]


@pytest.mark.parametrize(
    "payload", [{"PostBatchFrom": 1}, {"ProcessAllBatches": "Maybe"}, {"FromBatch": "1"}]
)
def test_a_process_body_of_another_module_is_refused(desk: Desk, payload: dict[str, Any]) -> None:
    answer = desk.send("POST", "AP/APPostInvoices('$process')", payload)
    assert code(answer) == "InvalidPayload"


def test_a_batch_reads_as_being_posted_for_a_while(desk: Desk) -> None:
    desk.switch(posting_takes_s=30.0)
    desk.create(invoice())
    desk.ready(1)
    assert desk.post(1).status == 204
    assert desk.batch(1)["BatchStatus"] == "PostInProgress"
    assert code(desk.post(1)) == "General"
    desk.clock.pass_(29)
    assert desk.batch(1)["BatchStatus"] == "PostInProgress"
    desk.clock.pass_(1)
    assert desk.batch(1)["BatchStatus"] == "Posted"
