"""cfdi_import: every approved invoice in Sage once, whatever answers are lost, or its reason."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.core.tenant import Guard, Mode, Posting
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApEntry,
    OrderLine,
    ReceivedQuantity,
)
from portal_pipeline.sandbox.sage.web_api import Commit, Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom, ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

IMPORT, READY, POST = Operation.IMPORT, Operation.MARK_READY, Operation.POST
NOTE = DocumentKind.CREDIT_NOTE


def cycle(room: Mailroom) -> StepReport:
    """Download, then import; the import's report."""
    room.run(CfdiDownload)
    return room.run(CfdiImport)


# -- the usual way ---------------------------------------------------------------------------------


def test_an_approved_invoice_waits_in_an_open_batch_and_is_done_once_a_clerk_posts_it(
    room: Mailroom,
) -> None:
    room.upload("1")
    report = cycle(room)
    assert (report.succeeded, report.problems) == (1, ())
    (entry,) = room.alive("1")
    assert (entry.vendor, entry.number, entry.total, entry.is_posted) == (
        VENDOR,
        "F1",
        Decimal("116.000"),
        False,
    )
    assert room.reason("1", IMPORT) == "batch_waits_for_posting"
    assert cycle(room).held == 1
    room.company.post_ap_invoice_batch(entry.batch)
    report = cycle(room)
    assert (report.done, report.held) == (1, 0)
    row = room.row(uuid_of("1"), IMPORT, DocumentKind.INVOICE)
    assert row is not None
    assert (row.status, row.remote_id) == (Status.DONE, f"{entry.batch}/{entry.entry}")
    links = room.ledger.links_of(DocumentKind.INVOICE, [uuid_of("1")])
    assert {(link.relation, link.target_key) for _, link in links} == {
        ("is_sage_document", f"{VENDOR}/F1"),
        ("in_batch", f"{entry.batch}/{entry.entry}"),
    }
    assert cycle(room).seen == 0, "finished documents are read by the daily sweep alone"
    room.advance(days=1)
    assert cycle(room).done == 1


def test_what_was_done_waits_again_when_sage_is_restored_from_an_older_backup(
    room: Mailroom,
) -> None:
    room.upload("1")
    cycle(room)
    (entry,) = room.alive("1")
    backup, live = sqlite3.connect(":memory:"), sqlite3.connect(room.folder / "sage.db")
    live.backup(backup)
    room.company.post_ap_invoice_batch(entry.batch)
    assert cycle(room).done == 1
    backup.backup(live)
    backup.close()
    live.close()
    room.advance(days=1)
    report = cycle(room)
    assert (report.held, report.done, report.acted) == (1, 0, 0)
    assert room.reason("1", IMPORT) == "batch_waits_for_posting"
    room.company.post_ap_invoice_batch(entry.batch)
    assert cycle(room).done == 1
    assert len(room.alive("1")) == 1


@pytest.mark.parametrize(
    ("how", "state", "operations"),
    [
        pytest.param(Posting.READY, 7, {READY: Status.DONE}, id="ready"),
        pytest.param(Posting.POST, 3, {READY: Status.DONE, POST: Status.DONE}, id="post"),
    ],
)
def test_posting_goes_as_far_as_the_tenant_wants(
    room: Mailroom, how: Posting, state: int, operations: dict[Operation, Status]
) -> None:
    room.set_posting(how)
    room.upload("1")
    report = cycle(room)
    assert report.succeeded == 1 + len(operations)
    (entry,) = room.alive("1")
    assert entry.batch_state == state
    for operation, status in operations.items():
        row = room.row(uuid_of("1"), operation, DocumentKind.INVOICE)
        assert row is not None
        assert row.status == status
    report = cycle(room)
    assert report.acted == 0
    if how == Posting.POST:
        assert room.reason("1", IMPORT) == "done"


def test_both_versions_and_a_foreign_invoice_are_imported(room: Mailroom) -> None:
    room.company.add_vendor(
        vendor="V001U", name="Kemper", currency="USD", provider_id=room.provider.id
    )
    room.upload("1", version="3.3")
    room.upload("2", currency="USD", rate="17.1234")
    assert cycle(room).succeeded == 2
    (dollars,) = room.alive("2")
    assert (dollars.vendor, dollars.currency) == ("V001U", "USD")


def test_a_credit_note_waits_for_its_invoice_and_is_applied_to_it(room: Mailroom) -> None:
    room.upload("1")
    room.upload("N", tipo="E", total="58.00", related=("01", uuid_of("1")))
    cycle(room)
    assert room.reason("N", IMPORT, NOTE) == "parent_not_posted"
    room.company.post_ap_invoice_batch(room.alive("1")[0].batch)
    assert cycle(room).succeeded == 1
    (note,) = room.alive("N")
    assert (note.document_type, note.applies_to) == (3, "F1")
    room.company.post_ap_invoice_batch(note.batch)
    cycle(room)
    assert room.reason("N", IMPORT, NOTE) == "done"
    assert room.alive("1")[0].due == Decimal("58.000")


# -- captured by people ----------------------------------------------------------------------------


def test_an_invoice_that_a_clerk_captured_with_its_uuid_is_confirmed(room: Mailroom) -> None:
    room.capture("WHATEVER", uuid_of("1").lower())
    room.upload("1")
    report = cycle(room)
    assert (report.done, report.acted) == (1, 0)


def test_an_invoice_captured_without_its_uuid_is_linked_by_itself(room: Mailroom) -> None:
    room.capture("F-1")
    room.upload("1")
    report = cycle(room)
    assert (report.done, report.acted) == (1, 0)
    links = room.ledger.links_of(DocumentKind.INVOICE, [uuid_of("1")], "is_sage_document")
    assert next((link.target_key, link.source) for _, link in links) == (
        f"{VENDOR}/F-1",
        "automatic",
    )


def test_a_look_alike_is_held_until_a_person_links_it(room: Mailroom) -> None:
    room.capture("OTHER-NUMBER")
    room.upload("1")
    cycle(room)
    assert room.reason("1", IMPORT) == "possible_duplicate"
    room.person.link(ref("1"), VENDOR, "OTHER-NUMBER")
    assert cycle(room).done == 1
    assert room.alive("1") == []


def test_a_po_invoice_is_left_to_the_clerk_and_confirmed_from_its_receipt(room: Mailroom) -> None:
    line = OrderLine(item="TUBO", quantity=Decimal(1), unit_cost=Decimal(100))
    number = room.company.raise_purchase_order(vendor=VENDOR, lines=(line,))
    sequence = room.company.purchase_order(number).lines[0].line
    receipt = room.company.receive(
        quantities=(ReceivedQuantity(po_number=number, line=sequence, quantity=Decimal(1)),)
    )
    room.upload("1", additional_info={"OC": number})
    room.upload("2", total="116.50")
    cycle(room)
    assert room.reason("1", IMPORT) == "po_invoice_to_be_captured"
    assert room.reason("2", IMPORT) == "looks_like_po_invoice"
    room.company.capture_po_invoice(receipts=[receipt], number="F1", uuid=uuid_of("1"))
    report = cycle(room)
    assert (report.done, report.succeeded) == (1, 1)
    assert room.reason("1", IMPORT) == "done"


# -- what goes wrong in Sage -----------------------------------------------------------------------


def test_an_entry_that_posting_refuses_is_rejected_with_sages_text_until_it_is_mended(
    room: Mailroom,
) -> None:
    room.set_posting(Posting.POST)
    room.company.set_periods_closed(through=date(2026, 3, 31))
    room.upload("1")
    cycle(room)
    assert room.reason("1", POST) == "posting_refused"
    cycle(room)
    row = room.row(uuid_of("1"), IMPORT, DocumentKind.INVOICE)
    assert row is not None
    assert row.finding is not None
    assert (row.status, row.finding.code) == (Status.REJECTED, "posting_refused")
    assert "closed" in row.finding.params["error"]
    room.company.set_periods_closed(through=date(2026, 2, 28))
    (copy,) = room.alive("1")
    room.company.post_ap_invoice_batch(copy.batch)
    cycle(room)
    assert room.reason("1", IMPORT) == "done"
    assert room.reason("1", POST) == "done"


def test_an_entry_that_a_person_took_out_is_not_imported_again_by_itself(room: Mailroom) -> None:
    room.upload("1")
    cycle(room)
    (entry,) = room.alive("1")
    room.company.remove_ap_entry(batch=entry.batch, entry=entry.entry)
    cycle(room)
    assert room.reason("1", IMPORT) == "entry_removed_in_sage"
    cycle(room)
    assert room.alive("1") == []
    room.person.requeue(ref("1"), IMPORT)
    cycle(room)
    assert len(room.alive("1")) == 1


def test_a_taken_number_waits_for_another_one(room: Mailroom) -> None:
    room.capture("F1", uuid_of("somebody else"))
    room.upload("1")
    cycle(room)
    assert room.reason("1", IMPORT) == "number_taken"
    room.person.requeue(ref("1"), IMPORT, number="F1-B")
    cycle(room)
    assert room.alive("1")[0].number == "F1-B"


def test_cancelled_before_the_import_is_never_imported(room: Mailroom) -> None:
    cfdi = room.upload("1")
    room.run(CfdiDownload)
    room.portal.cancel_cfdi(room.key, cfdi.id, by_sat=True)
    room.run(CfdiDownload)
    report = room.run(CfdiImport)
    assert (report.acted, room.alive("1")) == (0, [])


def test_cancelled_while_the_entry_waits_is_never_posted_by_us(room: Mailroom) -> None:
    cfdi = room.upload("1")
    cycle(room)
    room.set_posting(Posting.POST)
    room.portal.cancel_cfdi(room.key, cfdi.id, by_sat=True)
    report = cycle(room)
    assert report.acted == 0
    row = room.row(uuid_of("1"), IMPORT, DocumentKind.INVOICE)
    assert row is not None
    assert [note.code for note in row.notes] == ["cancelled_after_import"]


def test_a_batch_that_someone_added_to_is_not_posted_by_us(room: Mailroom) -> None:
    room.upload("1")
    cycle(room)
    (entry,) = room.alive("1")
    extra = ApEntry(
        vendor=VENDOR,
        number="X",
        document_date=date(2026, 3, 10),
        details=(ApDetail(amount=Decimal(5), gl_account="5100100"),),
    )
    room.company.append_ap_entries(batch=entry.batch, entries=(extra,))
    room.set_posting(Posting.POST)
    cycle(room)
    assert room.reason("1", READY) == "read_back_differs"
    assert room.alive("1")[0].batch_state == 1


# -- what goes wrong on the way --------------------------------------------------------------------


def test_a_web_api_that_is_away_holds_the_documents_and_still_confirms_the_others(
    room: Mailroom,
) -> None:
    room.capture("A", uuid_of("1"))
    room.upload("1")
    room.upload("2", total="232.00")
    room.web_api.faults.add(Fault(FaultKind.HTML, calls=None))
    report = cycle(room)
    assert (report.done, report.held, report.acted) == (1, 1, 0)
    assert room.reason("2", IMPORT) == "web_api_unreachable"
    assert report.problems
    room.web_api.faults.clear()
    assert cycle(room).succeeded == 1


def test_refused_credentials_hold_the_documents(room: Mailroom) -> None:
    room.upload("1")
    room.web_api.faults.add(Fault(FaultKind.ERROR, calls=None, code="Unauthorized", status=401))
    report = cycle(room)
    assert (report.held, report.acted) == (1, 0)
    assert room.reason("1", IMPORT) == "web_api_unreachable"


def test_a_lost_answer_is_looked_up_and_adopted(room: Mailroom) -> None:
    room.upload("1")
    lost = Fault(FaultKind.DROP, "POST", "*/APInvoiceBatches", commit=Commit.NOW)
    room.web_api.faults.add(lost)
    assert cycle(room).unknown == 1
    assert room.reason("1", IMPORT) == "outcome_unknown"
    cycle(room)
    (entry,) = room.alive("1")
    row = room.row(uuid_of("1"), IMPORT, DocumentKind.INVOICE)
    assert row is not None
    assert (row.status, row.remote_id) == (Status.HELD, f"{entry.batch}/{entry.entry}")


def test_a_lost_request_is_sent_again_only_when_seen_absent_twice(room: Mailroom) -> None:
    room.upload("1")
    room.web_api.faults.add(Fault(FaultKind.DROP, "POST", "*/APInvoiceBatches"))
    cycle(room)
    cycle(room)
    cycle(room)
    assert room.alive("1") == []
    room.advance(hours=2)
    cycle(room)
    assert len(room.alive("1")) == 1


def test_a_crash_after_the_call_creates_nothing_twice(room: Mailroom) -> None:
    room.upload("1")
    room.run(CfdiDownload)

    def die(name: str) -> None:
        if name == "import.after_call":
            raise Crash

    room.point = die
    with pytest.raises(Crash):
        room.run(CfdiImport)
    room.point = lambda _: None
    room.run(CfdiImport)
    assert len(room.alive("1")) == 1
    assert room.reason("1", IMPORT) == "batch_waits_for_posting"


@pytest.mark.parametrize("commit", list(Commit))
def test_a_lost_answer_to_posting_is_settled_by_the_batchs_state(
    room: Mailroom, commit: Commit
) -> None:
    room.set_posting(Posting.POST)
    room.upload("1")
    room.web_api.faults.add(Fault(FaultKind.DROP, "POST", "*APPostInvoices*", commit=commit))
    for _ in range(4):
        cycle(room)
        room.advance(hours=2)
    assert room.reason("1", IMPORT) == "done"
    assert room.reason("1", POST) == "done"


def test_statements_grow_with_chunks_never_with_documents(room: Mailroom) -> None:
    def reads(first: int, count: int) -> int:
        for number in range(first, first + count):
            room.upload(str(number), total=f"{1000 + number}.00")
        room.run(CfdiDownload)
        work = room.workspace("counting")
        before = work.sage.reads
        step = CfdiImport(work, ReportBuilder(ControllerName.CFDI_IMPORT))
        for chunk in step.chunks():
            step.plan(chunk)
        room.ledger_store.leases.release(work.lease)
        return work.sage.reads - before

    few = reads(0, 2)
    assert reads(100, 20) == few


FAULTS = st.sampled_from(
    [
        Fault(kind, method, path, calls=(call,), commit=commit)
        for kind in (FaultKind.DROP, FaultKind.HTML, FaultKind.TRUNCATED, FaultKind.ERROR)
        for method, path in (("POST", "*"), ("PATCH", "*"), ("GET", "*"))
        for call in (1, 2, 3)
        for commit in Commit
    ]
)
CRASHES = st.sampled_from(
    [
        "",
        *(
            f"{name}.{where}"
            for name in ("import", "mark_ready", "post")
            for where in ("after_intent", "after_call", "after_outcome")
        ),
    ]
)


@pytest.mark.timeout(300)  # many examples: a busy machine gives each of them little time
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(FAULTS, CRASHES, st.integers(0, 5)), max_size=4))
def test_no_mixture_of_faults_and_crashes_makes_two_documents_of_one_cfdi(
    tmp_path_factory: pytest.TempPathFactory, trouble: list[tuple[Fault, str, int]]
) -> None:
    """And once the trouble is over, every invoice is posted."""
    room = Mailroom(tmp_path_factory.mktemp("mixture"))
    try:
        room.set_posting(Posting.POST)
        names = ("1", "2")
        for name in names:
            room.upload(name, total=f"{name}16.00")
        room.run(CfdiDownload)
        for fault, crash_at, hours in trouble:
            room.web_api.faults.add(replace(fault))
            _run_through(room, crash_at)
            room.advance(hours=hours)
            _nothing_twice(room, names)
        room.web_api.faults.clear()
        room.web_api.settle()
        for _ in range(5):
            _run_through(room, "")
            room.advance(hours=3)
            _nothing_twice(room, names)
        assert [room.reason(name, IMPORT) for name in names] == ["done", "done"]
    finally:
        room.close()


def _run_through(room: Mailroom, crash_at: str) -> None:
    def die(name: str) -> None:
        if name == crash_at:
            raise Crash

    room.point = die
    try:
        room.run(CfdiImport)
    except (Crash, PipelineError):
        return
    finally:
        room.point = lambda _: None


def _nothing_twice(room: Mailroom, names: tuple[str, ...]) -> None:
    for name in names:
        assert len(room.alive(name)) <= 1, name


def test_what_sages_database_shows_is_adopted_while_the_web_api_is_away(room: Mailroom) -> None:
    room.upload("1")
    room.web_api.faults.add(Fault(FaultKind.DROP, "POST", "*/APInvoiceBatches", commit=Commit.NOW))
    assert cycle(room).unknown == 1
    room.web_api.faults.add(Fault(FaultKind.HTML, calls=None))
    cycle(room)
    assert room.reason("1", IMPORT) == "batch_waits_for_posting"


def test_a_batch_that_a_clerk_posts_before_us_is_done(room: Mailroom) -> None:
    room.set_posting(Posting.POST)
    room.upload("1")

    def clerk() -> None:
        room.company.post_ap_invoice_batch(room.alive("1")[0].batch)

    # Reads of the batch: back from creation, before and after marking ready, before posting.
    path = "*APInvoiceBatches(*"
    room.web_api.faults.add(Fault(FaultKind.RUN, "GET", path, calls=(4,), action=clerk))
    cycle(room)
    assert room.reason("1", POST) == "done"
    cycle(room)
    assert room.reason("1", IMPORT) == "done"


def test_a_dry_run_plans_and_writes_nothing(room: Mailroom) -> None:
    room.upload("1")
    room.run(CfdiDownload)
    room.set(mode=Mode.DRY_RUN)
    report = room.run(CfdiImport)
    assert (report.held, report.acted, room.alive("1")) == (1, 0, [])
    assert room.reason("1", IMPORT) == "dry_run"


def test_a_plan_above_the_guard_imports_nothing_until_it_is_confirmed(room: Mailroom) -> None:
    room.set(guard=Guard(max_acts_first=1))
    for name in ("1", "2"):
        room.upload(name, total=f"{name}16.00")
    report = cycle(room)
    assert (report.held, report.above_guard) == (2, True)
    for name in ("1", "2"):
        room.person.confirm(ref(name), IMPORT)
    assert cycle(room).succeeded == 2
