"""cfdi_download: everything that the portal lists, once, or its reason; never silently less."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.core.decisions import Decision, Document, Status, done, hold
from portal_pipeline.core.errors import CredentialsRefused, SystemUnavailable
from portal_pipeline.core.findings.invoices import NOT_DOWNLOADED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.reports import read_listing
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, Application, OptionalValue
from portal_pipeline_tests.contract.controllers.bench import TENANT, VENDOR, Bench
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

DOWNLOAD = Operation.DOWNLOAD
NOTE, COMPLEMENT = DocumentKind.CREDIT_NOTE, DocumentKind.PAYMENT_COMPLEMENT


def test_each_kind_is_archived_as_it_is(bench: Bench) -> None:
    files = {
        "1": (DocumentKind.INVOICE, {}),
        "2": (DocumentKind.INVOICE, {"version": "3.3"}),
        "3": (NOTE, {"tipo": "E", "related": ("01", uuid_of("1"))}),
    }
    for name, (_, given) in files.items():
        bench.upload(name, **given)
    report = bench.run(CfdiDownload)
    assert (report.succeeded, report.problems) == (3, ())
    for name, (kind, given) in files.items():
        assert bench.archive.get("acme", uuid_of(name)) == cfdi_xml(name, **given)
        assert bench.finding(uuid_of(name), DOWNLOAD, kind) == "done"
    again = bench.run(CfdiDownload)
    assert (again.acted, again.done) == (0, 3)


def test_what_later_steps_need_is_kept_and_refreshed(bench: Bench) -> None:
    note = bench.upload("N", tipo="E", total="16.00", related=("01", uuid_of("1")))
    invoice = bench.upload("1")
    bench.run(CfdiDownload)
    key = uuid_of("1")
    kept = bench.ledger.documents(DocumentKind.INVOICE, [key])[key]
    assert (kept.amount, kept.currency, kept.dated) == (
        Decimal("116.00"),
        "MXN",
        date(2026, 3, 10),
    )
    assert kept.portal_id == invoice.id
    assert kept.details["provider_id"] == bench.provider.id
    assert kept.details["approved_on"] == "2026-03-16"
    assert kept.details["balance"] == "116.00"
    assert kept.details["stamped_on"] == "20260310"
    bench.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)
    bench.run(CfdiDownload)
    refreshed = bench.ledger.documents(DocumentKind.INVOICE, [key])[key].details
    assert (refreshed["balance"], refreshed["credit_notes"]) == ("100.00", f"{note.id}:16.00")
    note_details = bench.ledger.documents(NOTE, [uuid_of("N")])[uuid_of("N")].details
    assert note_details["related"] == f"01:{uuid_of('1')}"


def test_more_than_a_page_is_read_whole_while_another_arrives(bench: Bench) -> None:
    """205 approved invoices newest first, the oldest approved last, one more between two pages."""
    for number in range(205):
        issued = date(2026, 2, 1) + timedelta(days=number % 28)
        bench.upload(str(number), issued=f"{issued}T10:00:00")
    bench.portal.faults.before(
        "GET", "*/cfdis", lambda: bench.upload("late", issued="2026-03-15T10:00:00"), calls=(2,)
    )
    report = bench.run(CfdiDownload)
    assert report.refused == report.held == 0
    downloaded = bench.ledger.keys_where(DocumentKind.INVOICE, [DOWNLOAD], [Status.DONE])
    assert set(downloaded) >= {uuid_of(str(number)) for number in range(205)}
    bench.run(CfdiDownload)
    downloaded = bench.ledger.keys_where(DocumentKind.INVOICE, [DOWNLOAD], [Status.DONE])
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
    bench: Bench, given: dict[str, object], code: str
) -> None:
    bench.upload("1", **given)
    bench.upload("good")
    report = bench.run(CfdiDownload)
    assert (report.succeeded, report.refused) == (1, 1)
    assert bench.finding(uuid_of("1"), DOWNLOAD) == code
    assert not bench.archive.exists("acme", uuid_of("1"))
    assert bench.run(CfdiDownload).held == 1, "not tried again before its interval"
    bench.advance(minutes=61)
    assert bench.run(CfdiDownload).refused == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"receiver": "BBB010101BBB"}, "other_company", id="another company"),
        pytest.param({"document_type": "FOREIGN"}, "not_a_cfdi", id="not a CFDI"),
        pytest.param({"tipo": "T"}, "cfdi_type_not_treated", id="transfer"),
    ],
)
def test_what_is_not_ours_is_left_out_with_its_reason(
    bench: Bench, given: dict[str, str], code: str
) -> None:
    bench.upload("1", **given)
    bench.run(CfdiDownload)
    row = bench.row(uuid_of("1"), DOWNLOAD)
    if given.get("tipo"):  # the portal lists it under no kind that we ask for
        assert row is None
        return
    assert row is not None
    assert (row.status, row.finding and row.finding.code) == (Status.OUT_OF_SCOPE, code)
    assert not bench.archive.exists("acme", uuid_of("1"))


def test_changed_bytes_never_replace_the_archived_ones(bench: Bench) -> None:
    key = uuid_of("1")
    bench.archive.put_if_absent("acme", key, b"what was downloaded first")
    bench.upload("1")
    bench.run(CfdiDownload)
    assert bench.finding(key, DOWNLOAD) == "xml_changed"
    assert bench.archive.get("acme", key) == b"what was downloaded first"


def test_a_list_shorter_than_its_total_is_marked_and_keeps_its_watermark(bench: Bench) -> None:
    bench.upload("1")
    bench.upload("N", tipo="E")
    bench.run(CfdiDownload)
    before = read_listing(bench.ledger, "portal.cfdis.CREDIT_NOTE").watermark
    bench.advance(hours=1)
    bench.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, key="CREDIT_NOTE"))
    report = bench.run(CfdiDownload)
    wrong = [one.name for one in report.listings if not one.is_complete]
    assert wrong == ["portal.cfdis.CREDIT_NOTE"]
    assert read_listing(bench.ledger, "portal.cfdis.CREDIT_NOTE").watermark == before
    bench.portal.faults.clear()
    assert all(one.is_complete for one in bench.run(CfdiDownload).listings)


def test_one_list_that_fails_does_not_stop_the_others(bench: Bench) -> None:
    bench.upload("1")
    bench.upload("N", tipo="E")
    bench.portal.faults.add(Fault(FaultKind.STATUS, key="CREDIT_NOTE"))
    report = bench.run(CfdiDownload)
    assert report.succeeded == 1
    assert [one.name for one in report.listings if not one.is_complete] == [
        "portal.cfdis.CREDIT_NOTE"
    ]
    bench.portal.faults.clear()
    assert bench.run(CfdiDownload).succeeded == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=503), SystemUnavailable),
        (Fault(FaultKind.HTML), SystemUnavailable),
        (Fault(FaultKind.STATUS, status=401), CredentialsRefused),
    ],
)
def test_the_step_fails_when_no_list_could_be_read(
    bench: Bench, fault: Fault, error: type[Exception]
) -> None:
    bench.portal.faults.add(fault)
    with pytest.raises(error):
        bench.run(CfdiDownload)


def test_a_credit_note_created_before_the_last_week_is_found_by_the_daily_sweep(
    bench: Bench,
) -> None:
    bench.run(CfdiDownload)
    bench.clock.now -= timedelta(days=40)
    bench.upload("N", tipo="E")
    bench.clock.now += timedelta(days=40)
    bench.run(CfdiDownload)
    assert bench.row(uuid_of("N"), DOWNLOAD, NOTE) is None
    bench.advance(days=1)
    bench.run(CfdiDownload)
    assert bench.finding(uuid_of("N"), DOWNLOAD, NOTE) == "done"


def test_an_invoice_that_sage_paid_and_we_never_saw_is_asked_for(bench: Bench) -> None:
    """Part-paid in the portal: it is the supplier's again, in none of the stages that we list."""
    bench.upload("1", approve=False)
    entry = ApEntry(
        vendor=VENDOR,
        number="F1",
        document_date=date(2026, 3, 10),
        details=(ApDetail(amount=Decimal(100)),),
        optional_fields=(OptionalValue(name="FOLIOCFD", value=uuid_of("1").lower()),),
    )
    batch = bench.company.create_ap_invoice_batch(
        description="x", date=date(2026, 3, 16), entries=(entry,)
    )
    bench.company.post_ap_invoice_batch(batch)
    bench.run(CfdiDownload)
    assert bench.row(uuid_of("1"), DOWNLOAD) is None
    bench.company.pay(
        bank="BANMXP", vendor=VENDOR, applications=[Application(number="F1", amount=Decimal(50))]
    )
    bench.run(CfdiDownload)
    assert bench.finding(uuid_of("1"), DOWNLOAD) == "done"


def test_cancellation_is_seen_wherever_the_portal_keeps_the_invoice(bench: Bench) -> None:
    cfdi = bench.upload("1")
    bench.run(CfdiDownload)
    document = bench.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    bench.ledger.record([imported(document)], "test")
    bench.portal.cancel_cfdi(TENANT, cfdi.id, by_sat=True)
    bench.run(CfdiDownload)
    kept = bench.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    assert kept.details["is_cancelled"] == "yes"


def test_an_invoice_that_left_the_portal_is_no_longer_approved(bench: Bench) -> None:
    cfdi = bench.upload("1")
    bench.run(CfdiDownload)
    document = bench.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    bench.ledger.record([waiting(document)], "test")
    bench.portal.delete_cfdi(TENANT, cfdi.id)
    bench.run(CfdiDownload)
    kept = bench.ledger.documents(DocumentKind.INVOICE, [cfdi.uuid])[cfdi.uuid]
    assert kept.details["status"] == "NOT_LISTED"
    assert kept.details["approved_on"] == ""


def test_paid_invoices_are_listed_by_the_sweep(bench: Bench) -> None:
    note = bench.upload("N", tipo="E")
    invoice = bench.upload("1")
    bench.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)
    bench.run(CfdiDownload)
    assert bench.finding(uuid_of("1"), DOWNLOAD) == "done"


def imported(document: Document) -> Decision:

    return done(Document(kind=document.kind, key=document.key), Operation.IMPORT)


def waiting(document: Document) -> Decision:

    return hold(Document(kind=document.kind, key=document.key), Operation.IMPORT, NOT_DOWNLOADED())
