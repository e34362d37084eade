"""cfdi_download: everything that the portal lists, once, or its reason; never silently less."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.core.decisions import Decision, Document, Status, done, hold
from portal_pipeline.core.errors import ConfigError, CredentialsRefused, SystemUnavailable
from portal_pipeline.core.findings.invoices import NOT_DOWNLOADED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.reports import read_listing
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, Application, OptionalValue
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

DOWNLOAD = Operation.DOWNLOAD
INVOICE, NOTE = DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE


def test_each_kind_is_archived_as_it_is(room: Mailroom) -> None:
    files = {
        "1": (DocumentKind.INVOICE, {}),
        "2": (DocumentKind.INVOICE, {"version": "3.3"}),
        "3": (NOTE, {"tipo": "E", "related": ("01", uuid_of("1"))}),
    }
    for name, (_, given) in files.items():
        room.upload(name, **given)
    report = room.run(CfdiDownload)
    assert (report.succeeded, report.problems) == (3, ())
    for name, (kind, given) in files.items():
        assert room.archive.get("acme", uuid_of(name)) == cfdi_xml(name, **given)
        assert room.reason(name, DOWNLOAD, kind) == "done"
    again = room.run(CfdiDownload)
    assert (again.acted, again.done) == (0, 3)


def test_what_later_steps_need_is_kept_and_refreshed(room: Mailroom) -> None:
    note = room.upload("N", tipo="E", total="16.00", related=("01", uuid_of("1")))
    invoice = room.upload("1")
    room.run(CfdiDownload)
    key = uuid_of("1")
    kept = room.ledger.documents(DocumentKind.INVOICE, [key])[key]
    assert (kept.amount, kept.currency, kept.dated) == (
        Decimal("116.00"),
        "MXN",
        date(2026, 3, 10),
    )
    assert kept.portal_id == invoice.id
    assert kept.details["provider_id"] == room.provider.id
    assert kept.details["approved_on"] == "2026-03-16"
    assert kept.details["balance"] == "116.00"
    assert kept.details["stamped_on"] == "20260310"
    room.portal.apply_credit_note(room.key, credit_note_id=note.id, invoice_id=invoice.id)
    room.run(CfdiDownload)
    refreshed = room.ledger.documents(DocumentKind.INVOICE, [key])[key].details
    assert (refreshed["balance"], refreshed["credit_notes"]) == ("100.00", f"{note.id}:16.00")
    note_details = room.ledger.documents(NOTE, [uuid_of("N")])[uuid_of("N")].details
    assert note_details["related"] == f"01:{uuid_of('1')}"


def test_more_than_a_page_is_read_whole_while_another_arrives(room: Mailroom) -> None:
    """205 approved invoices newest first, the oldest approved last, one more between two pages."""
    for number in range(205):
        issued = date(2026, 2, 1) + timedelta(days=number % 28)
        room.upload(str(number), issued=f"{issued}T10:00:00")
    room.portal.faults.before(
        "GET", "*/cfdis", lambda: room.upload("late", issued="2026-03-15T10:00:00"), calls=(2,)
    )
    report = room.run(CfdiDownload)
    assert report.refused == report.held == 0
    downloaded = list(room.ledger.keys_where(DocumentKind.INVOICE, [DOWNLOAD], [Status.DONE]))
    assert set(downloaded) >= {uuid_of(str(number)) for number in range(205)}
    room.run(CfdiDownload)
    downloaded = list(room.ledger.keys_where(DocumentKind.INVOICE, [DOWNLOAD], [Status.DONE]))
    assert uuid_of("late") in downloaded
    assert len(downloaded) == 206


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"served_body": b"<html>login</html>"}, "xml_unreadable", id="HTML"),
        pytest.param({"served_body": b"<a"}, "xml_unreadable", id="broken"),
        pytest.param({"has_xml": False}, "xml_missing", id="none"),
        pytest.param({"served_body": cfdi_xml("other")}, "xml_of_other_cfdi", id="another CFDI"),
        pytest.param(
            {"served_body": cfdi_xml("1", receiver="XXX010101XXX")},
            "xml_receiver_differs",
            id="another receiver in the file",
        ),
    ],
)
def test_a_file_that_is_not_the_listed_cfdi_is_refused_and_not_kept(
    room: Mailroom, given: dict[str, object], code: str
) -> None:
    room.upload("1", **given)
    room.upload("good")
    report = room.run(CfdiDownload)
    assert (report.succeeded, report.refused) == (1, 1)
    assert room.reason("1", DOWNLOAD) == code
    assert not room.archive.exists("acme", uuid_of("1"))
    assert room.run(CfdiDownload).held == 1, "not tried again before its interval"
    room.advance(minutes=61)
    assert room.run(CfdiDownload).refused == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"receiver": "BBB010101BBB"}, "other_company", id="another company"),
        pytest.param({"document_type": "FOREIGN"}, "not_a_cfdi", id="not a CFDI"),
        pytest.param({"tipo": "T"}, "cfdi_type_not_treated", id="transfer"),
    ],
)
def test_what_is_not_ours_is_left_out_with_its_reason(
    room: Mailroom, given: dict[str, str], code: str
) -> None:
    room.upload("1", **given)
    room.run(CfdiDownload)
    row = room.row(uuid_of("1"), DOWNLOAD, INVOICE)
    if given.get("tipo"):  # the portal lists it under no kind that we ask for
        assert row is None
        return
    assert row is not None
    assert (row.status, row.finding and row.finding.code) == (Status.OUT_OF_SCOPE, code)
    assert not room.archive.exists("acme", uuid_of("1"))


def test_changed_bytes_never_replace_the_archived_ones(room: Mailroom) -> None:
    key = uuid_of("1")
    room.archive.put_if_absent("acme", key, b"what was downloaded first")
    room.upload("1")
    room.run(CfdiDownload)
    assert room.reason("1", DOWNLOAD) == "xml_changed"
    assert room.archive.get("acme", key) == b"what was downloaded first"


def test_a_list_shorter_than_its_total_is_marked_and_keeps_its_watermark(room: Mailroom) -> None:
    room.upload("1")
    room.upload("N", tipo="E")
    room.run(CfdiDownload)
    before = read_listing(room.ledger, "portal.cfdis.CREDIT_NOTE").watermark
    room.advance(hours=1)
    room.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, key="CREDIT_NOTE"))
    report = room.run(CfdiDownload)
    wrong = [one.name for one in report.listings if not one.is_complete]
    assert wrong == ["portal.cfdis.CREDIT_NOTE"]
    assert read_listing(room.ledger, "portal.cfdis.CREDIT_NOTE").watermark == before
    room.portal.faults.clear()
    assert all(one.is_complete for one in room.run(CfdiDownload).listings)


def test_one_list_that_fails_does_not_stop_the_others(room: Mailroom) -> None:
    room.upload("1")
    room.upload("N", tipo="E")
    room.portal.faults.add(Fault(FaultKind.STATUS, key="CREDIT_NOTE"))
    report = room.run(CfdiDownload)
    assert report.succeeded == 1
    assert [one.name for one in report.listings if not one.is_complete] == [
        "portal.cfdis.CREDIT_NOTE"
    ]
    room.portal.faults.clear()
    assert room.run(CfdiDownload).succeeded == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=503), SystemUnavailable),
        (Fault(FaultKind.HTML), SystemUnavailable),
        (Fault(FaultKind.STATUS, status=401), CredentialsRefused),
        (Fault(FaultKind.STATUS, status=404), ConfigError),
        (Fault(FaultKind.STATUS, status=400), SystemUnavailable),
    ],
)
def test_the_step_fails_when_no_list_could_be_read(
    room: Mailroom, fault: Fault, error: type[Exception]
) -> None:
    room.portal.faults.add(fault)
    with pytest.raises(error):
        room.run(CfdiDownload)


def test_a_credit_note_created_before_the_last_week_is_found_by_the_daily_sweep(
    room: Mailroom,
) -> None:
    room.run(CfdiDownload)
    room.clock.now -= timedelta(days=40)
    room.upload("N", tipo="E")
    room.clock.now += timedelta(days=40)
    room.run(CfdiDownload)
    assert room.row(uuid_of("N"), DOWNLOAD, NOTE) is None
    room.advance(days=1)
    room.run(CfdiDownload)
    assert room.reason("N", DOWNLOAD, NOTE) == "done"


def test_an_invoice_that_sage_paid_and_we_never_saw_is_asked_for(room: Mailroom) -> None:
    """Part-paid in the portal: it is the supplier's again, in none of the stages that we list."""
    room.upload("1", approve=False)
    entry = ApEntry(
        vendor=VENDOR,
        number="F1",
        document_date=date(2026, 3, 10),
        details=(ApDetail(amount=Decimal(100), gl_account="5100100"),),
        optional_fields=(OptionalValue(name="FOLIOCFD", value=uuid_of("1").lower()),),
    )
    batch = room.company.create_ap_invoice_batch(
        description="x", date=date(2026, 3, 16), entries=(entry,)
    )
    room.company.post_ap_invoice_batch(batch)
    room.run(CfdiDownload)
    assert room.row(uuid_of("1"), DOWNLOAD, INVOICE) is None
    room.company.pay(
        bank="BANMXP", vendor=VENDOR, applications=[Application(number="F1", amount=Decimal(50))]
    )
    room.run(CfdiDownload)
    assert room.reason("1", DOWNLOAD) == "done"


def test_cancellation_is_seen_wherever_the_portal_keeps_the_invoice(room: Mailroom) -> None:
    cfdi = room.upload("1")
    room.run(CfdiDownload)
    document = room.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    room.ledger.record([imported(document)], "test")
    room.portal.cancel_cfdi(room.key, cfdi.id, by_sat=True)
    room.run(CfdiDownload)
    kept = room.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    assert kept.details["is_cancelled"] == "yes"
    row = room.row(cfdi.uuid, Operation.IMPORT, INVOICE)
    assert row is not None
    assert (row.status, [note.code for note in row.notes]) == (
        Status.DONE,
        ["cancelled_after_import"],
    )


def test_an_invoice_that_left_the_portal_is_no_longer_approved(room: Mailroom) -> None:
    cfdi = room.upload("1")
    room.run(CfdiDownload)
    document = room.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    room.ledger.record([waiting(document)], "test")
    room.portal.delete_cfdi(room.key, cfdi.id)
    room.run(CfdiDownload)
    kept = room.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    assert kept.details["status"] == "NOT_LISTED"
    assert kept.details["approved_on"] == ""


def test_paid_invoices_are_listed_by_the_sweep(room: Mailroom) -> None:
    note = room.upload("N", tipo="E")
    invoice = room.upload("1")
    room.portal.apply_credit_note(room.key, credit_note_id=note.id, invoice_id=invoice.id)
    report = room.run(CfdiDownload)
    assert room.reason("1", DOWNLOAD) == "done"
    assert report.seen == 2, "it is in two of the stages asked for, and counts once"


def imported(document: Document) -> Decision:

    return done(Document(kind=document.kind, key=document.key), Operation.IMPORT)


def waiting(document: Document) -> Decision:

    return hold(Document(kind=document.kind, key=document.key), Operation.IMPORT, NOT_DOWNLOADED())
