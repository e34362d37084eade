"""Readers of A/P documents: what they find on a real set of tables, and that SQL Server takes them.

The tables are filled by the simulated company, never by the readers' own statements.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlglot

from portal_pipeline.core.invoices.confirmation import ConfirmationState, confirm
from portal_pipeline.core.sage import BatchStatus, SageDocumentSource, SageDocumentType
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.ap_document_sources import select_credits
from portal_pipeline.sage.ap_documents import (
    KEYS_PER_STATEMENT_MAX,
    queries_by_number,
    queries_by_uuid,
    queries_by_vendor,
    read_credits,
    read_documents_by_number,
    read_documents_by_uuid,
    read_vendor_documents,
)
from portal_pipeline.sage.ap_setup import (
    read_posting_errors,
    read_tax_groups,
    read_uninvoiced_receipts,
    select_posting_errors,
    select_tax_groups,
    select_tax_rates,
    select_uninvoiced_receipts,
)
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.paid_uuids import paid_uuid_queries, read_paid_uuids
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    Application,
    BatchState,
    OptionalValue,
    OrderLine,
    ReceivedQuantity,
    SageCompany,
    sandbox_engine,
)
from portal_pipeline_tests.t_sql import sent
from portal_pipeline_tests.templates import put_company

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
FIELDS = OptionalFields()
UUIDS = tuple(f"6F1E0C2A-7B1D-4E55-9A64-{n:012d}" for n in range(10))


@pytest.fixture
def company(tmp_path):
    put_company(tmp_path / "sage.db")
    engine = sandbox_engine(f"sqlite:///{tmp_path / 'sage.db'}")
    made = SageCompany.create(
        engine,
        org_id="COPDAT",
        name="Comercial",
        rfc="CNO010101AB1",
        clock=lambda: NOW,
        zone=ZoneInfo("America/Mexico_City"),
    )
    made.add_vendor(vendor="P1", name="Aceros")
    made.add_vendor(vendor="P2", name="Fletes")
    yield made
    engine.dispose()


@pytest.fixture
def db(company, tmp_path):
    database = SageDatabase("acme", f"sqlite:///{tmp_path / 'sage.db'}", None)
    yield database
    database.close()


def entry(number: str, uuid: str = "", **changes) -> ApEntry:
    fields = (OptionalValue(name="FOLIOCFD", value=uuid),) if uuid else ()
    return ApEntry(
        **{
            "vendor": "P1",
            "number": number,
            "document_date": date(2026, 3, 1),
            "details": (ApDetail(amount=Decimal(1000), gl_account="5100100"),),
            "optional_fields": fields,
            **changes,
        }
    )


def captured(company: SageCompany, *entries: ApEntry, post: bool = False) -> int:
    batch = company.create_ap_invoice_batch(description="x", date=date(2026, 3, 2), entries=entries)
    if post:
        company.post_ap_invoice_batch(batch)
    return batch


def received(company: SageCompany) -> str:
    line = OrderLine(item="TUBO", quantity=Decimal(10), unit_cost=Decimal(100))
    number = company.raise_purchase_order(vendor="P1", lines=(line,))
    sequence = company.purchase_order(number).lines[0].line
    arrived = ReceivedQuantity(po_number=number, line=sequence, quantity=Decimal(10))
    return company.receive(quantities=(arrived,))


def state(db: SageDatabase, uuid: str) -> ConfirmationState:
    return confirm(uuid, read_documents_by_uuid(db, [uuid], FIELDS).get(uuid, ())).state


def test_open_and_posted_entries_are_found_whatever_the_case_of_their_uuid(company, db):
    captured(company, entry("A1", UUIDS[0].lower()))
    captured(company, entry("A2", UUIDS[1]), post=True)
    found = read_documents_by_uuid(db, [UUIDS[0], UUIDS[1].lower(), UUIDS[2]], FIELDS)
    assert set(found) == {UUIDS[0], UUIDS[1]}
    (waiting,) = found[UUIDS[0]]
    assert (waiting.batch_status, waiting.total, waiting.uuid) == (
        BatchStatus.OPEN,
        Decimal("1160.000"),
        UUIDS[0],
    )
    assert {one.source for one in found[UUIDS[1]]} == {
        SageDocumentSource.AP_ENTRY,
        SageDocumentSource.POSTED,
    }
    assert state(db, UUIDS[1]) == ConfirmationState.CONFIRMED


def test_a_posted_document_is_found_after_its_batch_was_cleared(company, db):
    batch = captured(company, entry("A1", UUIDS[0]), post=True)
    company.clear_posted_batch(batch=batch)
    (only,) = read_documents_by_uuid(db, [UUIDS[0]], FIELDS)[UUIDS[0]]
    assert only.source == SageDocumentSource.POSTED
    assert (only.amount_due, only.is_paid) == (Decimal("1160.000"), False)


def test_a_credit_notes_total_is_positive_everywhere(company, db):
    note = entry("NC1", UUIDS[0], document_type=ApDocumentType.CREDIT_NOTE)
    captured(company, note, post=True)
    found = read_documents_by_uuid(db, [UUIDS[0]], FIELDS)[UUIDS[0]]
    assert {one.total for one in found} == {Decimal("1160.000")}
    assert {one.type for one in found} == {SageDocumentType.CREDIT_NOTE}


def test_credit_notes_count_for_the_invoice_that_they_name_once_they_are_posted(company, db):
    captured(company, entry("A1", UUIDS[0]), post=True)
    kind = ApDocumentType.CREDIT_NOTE
    captured(company, entry("NC1", UUIDS[1], document_type=kind, applies_to="A1"), post=True)
    captured(company, entry("NC2", UUIDS[2], document_type=kind, applies_to="A1"))
    captured(company, entry("NC3", UUIDS[3], document_type=kind), post=True)
    assert read_credits(db, [("P1", "A1"), ("P2", "A1")]) == {("P1", "A1"): Decimal("1160.000")}


def test_an_entry_that_failed_is_in_its_error_batch_with_sages_text(company, db):
    company.set_periods_closed(through=date(2026, 3, 31))
    captured(company, entry("A1", UUIDS[0]), post=True)
    assert state(db, UUIDS[0]) == ConfirmationState.IN_ERROR_BATCH
    found = read_documents_by_uuid(db, [UUIDS[0]], FIELDS)[UUIDS[0]]
    places = {(one.error_batch, one.error_entry) for one in found if one.error_entry}
    (place,) = places
    assert "closed" in read_posting_errors(db, [place[0]])[place]


@pytest.mark.parametrize("reaches_ap", [True, False])
def test_a_po_invoice_counts_when_its_document_is_posted_in_ap(company, db, reaches_ap):
    """The UUID stands on the PO invoice; the A/P entry usually does not carry it."""
    company.capture_po_invoice(
        receipts=[received(company)],
        number="F1",
        uuid=UUIDS[0].lower(),
        post=False,
        uuid_reaches_ap=reaches_ap,
    )
    assert state(db, UUIDS[0]) == ConfirmationState.IN_OPEN_BATCH
    found = read_documents_by_uuid(db, [UUIDS[0]], FIELDS)[UUIDS[0]]
    assert not any(one.has_reached_ap for one in found)
    company.post_ap_invoice_batch(max(one.batch for one in found))
    assert state(db, UUIDS[0]) == ConfirmationState.CONFIRMED
    by_number = read_documents_by_number(db, [("P1", "F1")], FIELDS)["P1", "F1"]
    assert any(one.has_reached_ap for one in by_number)


def test_documents_by_number_are_those_of_the_pair_alone(company, db):
    captured(company, entry("A1"), entry("A1", vendor="P2"), entry("A2"))
    found = read_documents_by_number(db, [("P1", "A1"), ("P2", "A2"), ("", "A2")], FIELDS)
    assert list(found) == [("P1", "A1")]
    assert [one.vendor_id for one in found["P1", "A1"]] == ["P1"]


def test_a_deleted_batch_holds_nothing(company, db):

    batch = captured(company, entry("A1", UUIDS[0]))
    company.set_ap_batch_state(batch=batch, state=BatchState.DELETED)
    assert state(db, UUIDS[0]) == ConfirmationState.ABSENT


def test_a_vendors_documents_come_from_a_day_on(company, db):
    captured(company, entry("OLD", document_date=date(2026, 1, 31)), entry("NEW"))
    captured(company, entry("X", vendor="P2"))
    found = read_vendor_documents(db, ["P1"], date(2026, 2, 1), FIELDS)
    assert {vendor: [one.number for one in docs] for vendor, docs in found.items()} == {
        "P1": ["NEW"]
    }


def test_receipts_are_open_until_they_are_invoiced(company, db):
    receipt = received(company)
    (found,) = read_uninvoiced_receipts(db, ["P1", "P2"])["P1"]
    assert (found.number, found.total, found.currency) == (receipt, Decimal("1160.000"), "MXP")
    company.capture_po_invoice(receipts=[receipt], number="F1", uuid=None)
    assert read_uninvoiced_receipts(db, ["P1"]) == {}


def test_tax_groups_come_with_their_rates(db):
    groups = read_tax_groups(db, ["IVA16HON", "NONE"])
    assert list(groups) == ["IVA16HON"]
    group = groups["IVA16HON"]
    assert group.authorities == ("IVA", "RETIVA", "RETISR")
    assert [rates[1] for rates in group.rates] == [Decimal(16), Decimal("-10.66667"), Decimal(-10)]


def test_paid_uuids_are_those_of_posted_payments(company, db):
    captured(company, entry("A1", UUIDS[0].lower()), entry("A2", UUIDS[1]), post=True)
    company.capture_po_invoice(receipts=[received(company)], number="F1", uuid=UUIDS[2])
    company.pay(
        bank="BANMXP",
        vendor="P1",
        applications=[Application(number=n, amount=Decimal(100)) for n in ("A1", "F1")],
    )
    company.pay(
        bank="BANMXP",
        vendor="P1",
        applications=[Application(number="A2", amount=Decimal(100))],
        post=False,
    )
    assert set(read_paid_uuids(db, FIELDS)) == {UUIDS[0], UUIDS[2]}
    assert set(read_paid_uuids(db, FIELDS, posted_from=date(2026, 3, 3))) == set()
    assert set(read_paid_uuids(db, FIELDS, stamped_from=date(2026, 3, 2))) == {UUIDS[0], UUIDS[2]}
    assert set(read_paid_uuids(db, FIELDS, stamped_from=date(2026, 3, 3))) == set()


def test_reads_grow_with_chunks_not_with_documents(company, db):
    def reads(count: int) -> int:
        before = db.reads
        read_documents_by_uuid(db, [f"{n:036d}" for n in range(count)], FIELDS)
        return db.reads - before

    assert reads(1) == reads(KEYS_PER_STATEMENT_MAX // 2) == 4
    assert reads(KEYS_PER_STATEMENT_MAX // 2 + 1) == 8


ALL = [
    select_credits(["P1"], ["A1"]),
    *queries_by_number(["P1"], ["A1"], "FOLIOCFD"),
    *queries_by_uuid(["U"], "FOLIOCFD"),
    *queries_by_vendor(["P1"], date(2026, 1, 1), "FOLIOCFD"),
    *paid_uuid_queries("FOLIOCFD", posted_from=date(2026, 1, 1), stamped_from=date(2026, 1, 1)),
    select_uninvoiced_receipts(["P1"]),
    select_tax_groups(["IVA16"]),
    select_tax_rates(["IVA"]),
    select_posting_errors([1]),
]


@pytest.mark.parametrize("number", range(len(ALL)))
def test_every_statement_is_t_sql_that_only_reads(number):
    text = sent(*ALL[number]).statement
    parsed = sqlglot.parse_one(text, read="tsql")
    assert parsed.key == "select"
    assert not list(parsed.find_all(sqlglot.exp.Star))
