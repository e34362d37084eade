"""Our client against the simulator: create, read back, ready, post, errors, doubt."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import CredentialsRefused, SystemUnavailable
from portal_pipeline.core.outcomes import Refused, Succeeded, Unknown
from portal_pipeline.core.sage import BatchStatus, SageDocumentType
from portal_pipeline.sandbox.sage.web_api import Commit, Fault, FaultKind
from portal_pipeline_tests.contract.sage_web_api.desk import UUID, Desk, invoice

TOKEN = f"CFDI {UUID}"


def payload(**changes: Any) -> dict[str, Any]:
    return {"Description": TOKEN, "Invoices": [invoice(**changes)]}


def test_an_invoice_is_created_read_back_made_ready_and_posted(desk: Desk) -> None:
    with desk.api() as api:
        assert api.create_invoice_batch(payload()) == Succeeded(remote_id="1/1")
        batch = api.invoice_batch(1)
        assert batch is not None
        assert (batch.status, batch.description, batch.total) == (BatchStatus.OPEN, TOKEN, 1740)
        entry = batch.entries[0]
        assert (entry.vendor_id, entry.number) == ("P1", "A1042")
        assert entry.type == SageDocumentType.INVOICE
        assert (entry.undistributed, entry.tax_total) == (0, 240)
        assert entry.total_with_tax == entry.distributed_with_tax == 1740
        assert entry.optional_fields == {"FOLIOCFD": UUID}
        assert api.posted_document("P1", "A1042") is None
        assert api.set_batch_status(1, "ReadyToPost") == Succeeded(remote_id="1")
        assert api.post_invoice_batch(1) == Succeeded(remote_id="1")
        batch = api.invoice_batch(1)
        assert batch is not None
        assert (batch.status, batch.error_count) == (BatchStatus.POSTED, 0)
        assert batch.posting_sequence == 1
        document = api.posted_document("P1", "A1042")
        assert document is not None
        assert (document.batch, document.entry, document.posting_sequence) == (1, 1, 1)
        assert document.type == SageDocumentType.INVOICE


def test_a_posting_that_half_succeeds_is_seen_on_reading_back(desk: Desk) -> None:
    api = desk.api()
    api.create_invoice_batch(payload(DocumentTotalIncludingTax=Decimal("1740.01")))
    batch = api.invoice_batch(1)
    assert batch is not None
    assert batch.entries[0].undistributed == Decimal("0.01")
    api.set_batch_status(1, "ReadyToPost")
    assert isinstance(api.post_invoice_batch(1), Succeeded)
    batch = api.invoice_batch(1)
    assert batch is not None
    assert (batch.status, batch.error_count) == (BatchStatus.POSTED, 1)
    assert (batch.entries[0].error_batch, batch.entries[0].error_entry) == (2, 1)
    assert [found.batch for found in api.invoice_batches_by_description(TOKEN)] == [1, 2]


def test_refusals_carry_sage_s_code_and_text(desk: Desk) -> None:
    api = desk.api()
    outcome = api.create_invoice_batch(payload(VendorNumber="OLD"))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_attempt) == ("RecordInvalid", True)
    assert "inactive" in outcome.detail
    desk.create(invoice())
    assert isinstance(api.create_invoice_batch(payload()), Refused)
    held = desk.simulator
    held.hold_batch("SAMLTD", 2, seconds=60)
    outcome = api.set_batch_status(2, "ReadyToPost")
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_attempt) == ("General", False)


def test_vendors_are_created_once_and_patched_field_by_field(desk: Desk) -> None:
    api = desk.api()
    new = {
        "VendorNumber": "P000123",
        "GroupCode": "NAC",
        "VendorName": "Aceros",
        "VendorOptionalFieldValues": [{"OptionalField": "RFC", "Value": "ABA010203XY1"}],
    }
    assert api.create_vendor(new) == Succeeded(remote_id="P000123")
    again = api.create_vendor(new)
    assert isinstance(again, Refused)
    assert again.is_duplicate
    field = {"OptionalField": "PROVIDERID", "Value": "abc"}
    change = {"Email": "a@b.mx", "VendorOptionalFieldValues": [field]}
    assert api.patch_vendor("P000123", change) == Succeeded(remote_id="P000123")
    found = api.vendor("P000123")
    assert found is not None
    assert found.optional_fields == {"RFC": "ABA010203XY1", "PROVIDERID": "abc"}
    assert (found.email, found.currency, found.is_active) == ("a@b.mx", "MXP", True)
    assert api.vendor("NONE") is None
    assert isinstance(api.patch_vendor("NONE", change), Refused)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.DROP),
        Fault(FaultKind.DROP, commit=Commit.NOW),
        Fault(FaultKind.DROP, commit=Commit.LATER),
        Fault(FaultKind.ERROR, code="InternalServerError"),
        Fault(FaultKind.ERROR, code="InternalServerError", commit=Commit.NOW),
        Fault(FaultKind.ERROR, code="SessionError"),
        Fault(FaultKind.ERROR, code="DBLinkError"),
        Fault(FaultKind.HTML, status=503, commit=Commit.NOW),
        Fault(FaultKind.HTML, status=200, commit=Commit.NOW),
        Fault(FaultKind.TRUNCATED),
    ],
)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda api: api.create_invoice_batch(payload()), id="create"),
        pytest.param(lambda api: api.create_vendor({"VendorNumber": "N1"}), id="vendor"),
    ],
)
def test_a_write_in_doubt_is_unknown_and_sent_once(
    desk: Desk, fault: Fault, write: Callable[[Any], object]
) -> None:
    desk.simulator.faults.add(fault)
    assert isinstance(write(desk.api()), Unknown)
    assert len(desk.simulator.requests) == 1


def test_a_batch_in_doubt_is_found_by_its_description(desk: Desk) -> None:
    api = desk.api()
    desk.simulator.faults.add(Fault(FaultKind.DROP, "POST", commit=Commit.NOW))
    assert isinstance(api.create_invoice_batch(payload()), Unknown)
    found = api.invoice_batches_by_description(TOKEN)
    assert [(batch.batch, batch.entries[0].number) for batch in found] == [(1, "A1042")]
    assert api.invoice_batches_by_description("CFDI other") == []


def test_a_batch_that_commits_late_is_absent_first_and_there_the_second_time(desk: Desk) -> None:
    api = desk.api()
    desk.simulator.faults.add(Fault(FaultKind.DROP, "POST", commit=Commit.LATER, later_calls=2))
    assert isinstance(api.create_invoice_batch(payload()), Unknown)
    assert api.invoice_batches_by_description(TOKEN) == []
    assert len(api.invoice_batches_by_description(TOKEN)) == 1


def test_an_orphan_shell_is_found_without_entries(desk: Desk) -> None:
    desk.switch(many_invoices="shell")
    api = desk.api()
    assert isinstance(api.create_invoice_batch(payload(VendorNumber="NONE")), Refused)
    assert [batch.entries for batch in api.invoice_batches_by_description(TOKEN)] == [()]


@pytest.mark.parametrize("page_size", [1, 2, 100])
@pytest.mark.parametrize("old_names", [False, True])
def test_every_page_of_a_list_is_read(desk: Desk, page_size: int, *, old_names: bool) -> None:
    desk.switch(page_size=page_size, old_annotation_names=old_names)
    for number in range(5):
        desk.create(invoice(DocumentNumber=f"A{number}"), description=TOKEN)
    assert len(desk.api().invoice_batches_by_description(TOKEN)) == 5


def test_reads_outlast_an_overloaded_server_but_not_a_dead_one(desk: Desk) -> None:
    desk.simulator.faults.add(
        Fault(FaultKind.ERROR, code="TooManyRequests"), Fault(FaultKind.HTML, calls=(2,))
    )
    found = desk.api().vendor("P1")
    assert found is not None
    assert len(desk.simulator.requests) == 3
    desk.simulator.faults.add(Fault(FaultKind.DROP, calls=None))
    with pytest.raises(SystemUnavailable):
        desk.api().vendor("P1")


@pytest.mark.parametrize(
    "access",
    [
        {"password": SecretStr("wrong-secret")},
        {"user": "admin"},
        {"user": "limited"},
        {"company": "ELSE"},
    ],
)
def test_refused_credentials_stop_reads_and_use_up_no_attempt(
    desk: Desk, access: dict[str, Any]
) -> None:
    api = desk.api(**access)
    with pytest.raises(CredentialsRefused) as caught:
        api.vendor("P1")
    assert "wrong-secret" not in str(caught.value)
    outcome = api.create_invoice_batch(payload())
    assert isinstance(outcome, Refused)
    assert not outcome.is_attempt
    assert desk.rows("APIBC") == []
