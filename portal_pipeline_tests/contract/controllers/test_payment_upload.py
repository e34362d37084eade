"""payment_upload between both simulators: nothing early, nothing twice, nothing silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.controllers.payment_upload import PaymentUpload
from portal_pipeline.core.crash import Crash, no_crash
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.tenant import Guard, Mode
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import ApDocumentType, Application, RemitType
from portal_pipeline_tests.contract.controllers.bench import VENDOR, opened
from portal_pipeline_tests.contract.controllers.treasury import BANK, Treasury

UPLOAD, REVERSE = Operation.UPLOAD, Operation.REVERSE
D = Decimal
POST = "/api/1.0/extern/tenants/*/payments"


@pytest.fixture
def treasury(bench):
    return Treasury(bench)


def test_a_posted_payment_of_an_imported_invoice_arrives_once(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"), text="Marzo", reference="R1", payment_code="TRANSF")
    report = bench.run(PaymentUpload)
    (payment,) = treasury.in_portal("PY1")
    assert (report.acted, report.succeeded) == (1, 1)
    assert payment.total_amount == D("116.00")
    assert payment.bank_account_id == treasury.account.id
    assert treasury.balance("F1") == 0
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    known = bench.ledger.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"]
    assert known.portal_id == payment.id
    again = bench.run(PaymentUpload)
    assert (again.acted, again.done) == (0, 1)
    assert len(treasury.in_portal("PY1")) == 1


def test_a_young_payment_waits_until_it_has_settled(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.advance(minutes=-30)
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "payment_settling")
    bench.advance(minutes=30)
    assert bench.run(PaymentUpload).succeeded == 1


def test_a_payment_posted_on_an_earlier_day_is_found(bench, treasury):
    treasury.invoice("F1")
    bench.run(PaymentUpload)
    treasury.pay("PY1", ("F1", "116.00"), on=date(2026, 2, 20))
    bench.advance(days=3)
    assert bench.run(PaymentUpload).succeeded == 1


def test_nothing_is_read_again_that_is_finished_and_unchanged(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    bench.advance(days=3)
    assert bench.run(PaymentUpload).seen == 1, "the daily sweep sees everything in scope"
    assert bench.run(PaymentUpload).seen == 0, "then only what has changed"


def test_one_payment_for_many_invoices_goes_whole_or_not_at_all(bench, treasury):
    for n in range(5):
        treasury.invoice(f"F{n}")
    treasury.capture("F5")
    lines = [(f"F{n}", "116.00") for n in range(6)]
    treasury.pay("PY1", *lines)
    report = bench.run(PaymentUpload)
    assert (report.acted, report.held) == (0, 1)
    assert treasury.status("PY1", UPLOAD) == ("held", "invoice_not_in_portal")
    treasury.upload("F5", total="116.00")
    bench.run(PaymentUpload)
    (payment,) = treasury.in_portal("PY1")
    assert len(payment.lines) == 6


def test_one_held_payment_holds_no_other(bench, treasury):
    treasury.capture("F1")
    treasury.invoice("F2")
    treasury.pay("PY1", ("F1", "116.00"))
    treasury.pay("PY2", ("F2", "116.00"))
    report = bench.run(PaymentUpload)
    assert (report.succeeded, report.held) == (1, 1)
    assert treasury.in_portal("PY2")


def _link(bench, uuid, number, *, source):
    link = Link(
        relation="is_sage_document",
        target_type="sage_entry",
        target_key=f"{VENDOR}/{number}",
        source=source,
    )
    bench.ledger.save_links([(DocumentRef(kind=DocumentKind.INVOICE, key=uuid), link)], source)


def test_an_invoice_without_uuid_is_released_by_a_link(bench, treasury):
    treasury.upload("F1")
    treasury.capture("F1", uuid=None)
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "invoice_without_uuid")
    _link(bench, treasury.uuid("F1"), "F1", source="automatic")
    assert bench.run(PaymentUpload).succeeded == 1
    assert treasury.status("PY1", UPLOAD) == ("done", "")


def test_a_link_to_a_document_of_another_total_does_not_open_the_gate(bench, treasury):
    treasury.upload("F1", total="100.00")
    treasury.capture("F1", uuid=None)
    treasury.pay("PY1", ("F1", "100.00"))
    _link(bench, treasury.uuid("F1"), "F1", source="person")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "invoice_not_confirmed")


def test_a_person_who_takes_one_invoice_for_another_does_not_pay_that(bench, treasury):
    """Both stand in Sage with UUIDs of their own, which a link does not exchange."""
    treasury.invoice("F1")
    treasury.invoice("F2")
    _link(bench, treasury.uuid("F2"), "F1", source="person")
    treasury.pay("PY1", ("F1", "116.00"))
    assert bench.run(PaymentUpload).succeeded == 1
    (paid,) = treasury.in_portal("PY1")
    assert [line.uuid for line in paid.lines] == [treasury.uuid("F1")]


def test_a_lower_case_uuid_in_sage_is_the_same_uuid(bench, treasury):
    treasury.upload("F1")
    treasury.capture("F1", uuid=treasury.uuid("F1").lower())
    treasury.pay("PY1", ("F1", "116.00"))
    assert bench.run(PaymentUpload).succeeded == 1


def test_a_uuid_on_two_documents_is_no_confirmation(bench, treasury):
    treasury.invoice("F1")
    treasury.capture("F1B", uuid=treasury.uuid("F1"))
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "invoice_not_confirmed")
    row = bench.row("PY1", UPLOAD, DocumentKind.PAYMENT)
    assert row is not None
    assert row.finding is not None
    assert "on_two_documents" in row.finding.params["invoices"]


# -- part payments -----------------------------------------------------------------------------


def test_part_payments_go_in_order_although_the_portal_moves_the_invoice_back(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY2", ("F1", "46.00"), on=date(2026, 3, 1))
    treasury.pay("PY1", ("F1", "70.00"), on=date(2026, 3, 2))
    report = bench.run(PaymentUpload)
    assert report.succeeded == 2
    (first,), (second,) = treasury.in_portal("PY2"), treasury.in_portal("PY1")
    assert [line.instalment_number for line in (*first.lines, *second.lines)] == [1, 2]
    assert treasury.balance("F1") == 0


def test_a_refused_second_instalment_waits_for_the_supplier(bench, treasury):
    bench.portal.switches = replace(bench.portal.switches, pays_back_at_supplier=False)
    invoice = treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "46.00"))
    bench.run(PaymentUpload)
    treasury.pay("PY2", ("F1", "70.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY2", UPLOAD) == ("refused", "waiting_for_supplier")
    bench.advance(minutes=1)
    assert bench.run(PaymentUpload).held == 1, "neither due nor changed"
    assert treasury.status("PY2", UPLOAD) == ("refused", "waiting_for_supplier")
    bench.portal.send_cfdi(bench.key, invoice.id)
    bench.portal.approve_cfdi(bench.key, invoice.id)
    bench.advance(minutes=1)
    bench.run(PaymentUpload)
    assert treasury.status("PY2", UPLOAD) == ("held", "portal_status_changed")
    assert bench.run(PaymentUpload).succeeded == 1
    assert treasury.balance("F1") == 0


def test_a_refused_second_instalment_is_tried_again_at_the_interval(bench, treasury):
    bench.portal.switches = replace(bench.portal.switches, pays_back_at_supplier=False)
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "46.00"))
    bench.run(PaymentUpload)
    treasury.pay("PY2", ("F1", "70.00"))
    bench.run(PaymentUpload)
    bench.portal.switches = replace(bench.portal.switches, pays_back_at_supplier=True)
    bench.advance(minutes=31)
    assert bench.run(PaymentUpload).succeeded == 1


# -- credit notes and currencies ---------------------------------------------------------------


def test_a_credit_note_lowers_the_invoice_that_it_is_applied_to(bench, treasury):
    invoice, note = treasury.invoice("F1"), treasury.upload("N1", total="16.00", tipo="E")
    treasury.capture("N1", "16.00", kind=ApDocumentType.CREDIT_NOTE)
    bench.portal.apply_credit_note(bench.key, credit_note_id=note.id, invoice_id=invoice.id)
    credit = Application(number="N1", amount=D(-16), document_type=ApDocumentType.CREDIT_NOTE)
    treasury.pay("PY1", ("F1", "116.00"), credit)
    assert bench.run(PaymentUpload).succeeded == 1
    (payment,) = treasury.in_portal("PY1")
    assert [line.amount for line in payment.lines] == [D("100.00")]
    assert treasury.balance("F1") == 0


def test_a_supplier_in_dollars_paid_in_pesos(bench, treasury):
    dollars = bench.portal.add_provider(
        bench.key, key="usd", name="Kemper", rfc="EKU9003173C9", external_id="V002"
    )
    bench.company.add_vendor(
        vendor="V002",
        name="Kemper USD",
        currency="USD",
        tax_group="IVA16",
        rfc="EKU9003173C9",
        provider_id=dollars.id,
    )
    treasury.provider = dollars
    treasury.upload("F1", currency="USD", rate="17.500000")
    treasury.capture("F1", vendor="V002")
    treasury.pay("PY1", ("F1", "116.00"), vendor="V002", rate=D("17.1234567"))
    assert bench.run(PaymentUpload).succeeded == 1
    (payment,) = treasury.in_portal("PY1")
    (line,) = payment.lines
    assert (payment.currency, payment.total_amount) == ("MXN", D("1986.32"))
    assert (line.currency, line.amount, line.payment_amount) == ("USD", D("116.00"), D("1986.32"))


# -- unknown answers and duplicates ------------------------------------------------------------


def test_a_lost_answer_is_looked_up_and_never_sent_twice(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.portal.switches = replace(bench.portal.switches, accept_duplicate_payments=True)
    bench.portal.faults.add(Fault(FaultKind.DROP, "POST", POST, calls=(1,), after_commit=True))
    report = bench.run(PaymentUpload)
    assert report.unknown == 1
    assert treasury.status("PY1", UPLOAD) == ("in_flight", "outcome_unknown")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    assert len(treasury.in_portal("PY1")) == 1


def test_an_answer_lost_before_its_effect_is_sent_again_only_after_two_looks(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.portal.faults.add(Fault(FaultKind.DROP, "POST", POST, calls=(1,)))
    bench.run(PaymentUpload)
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD)[0] == "in_flight"
    assert not treasury.in_portal("PY1")
    bench.advance(minutes=61)
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    assert len(treasury.in_portal("PY1")) == 1


@pytest.mark.parametrize("where", ["before_intent", "after_intent", "after_call", "after_outcome"])
def test_a_run_that_dies_anywhere_leaves_one_payment_in_the_end(bench, treasury, where):
    bench.portal.switches = replace(bench.portal.switches, accept_duplicate_payments=True)
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))

    def die(point: str) -> None:
        if point == f"upload.{where}":
            raise Crash(point)

    bench.point = die
    with pytest.raises(Crash):
        bench.run(PaymentUpload)
    bench.point = no_crash
    for _ in range(3):
        bench.run(PaymentUpload)
        bench.advance(hours=2)
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    assert len(treasury.in_portal("PY1")) == 1


def test_a_payment_that_the_old_system_sent_is_adopted(bench, treasury):
    bench.portal.switches = replace(bench.portal.switches, accept_duplicate_payments=True)
    treasury.invoice("F1")
    held = treasury.type_in("PY1", "F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    assert bench.ledger.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"].portal_id == held.id
    assert len(treasury.in_portal("PY1")) == 1


def test_another_payment_under_our_number_is_held_for_a_person(bench, treasury):
    treasury.invoice("F1")
    treasury.type_in("PY1", "F1", "16.00")
    treasury.pay("PY1", ("F1", "100.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "portal_payment_differs")
    bench.run(PaymentUpload)
    assert len(treasury.in_portal("PY1")) == 1


def test_an_invoice_that_a_person_paid_in_the_portal_is_told_with_the_payment(bench, treasury):
    treasury.invoice("F1")
    by_hand = treasury.type_in("", "F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "paid_in_portal")
    row = bench.row("PY1", UPLOAD, DocumentKind.PAYMENT)
    assert row is not None
    assert row.finding is not None
    assert row.finding.params["payments"] == by_hand.id
    ways_out = WaysOut(bench.ledger, user="ana", reason="registered by hand")
    ways_out.dismiss(DocumentRef(kind=DocumentKind.PAYMENT, key="PY1"), UPLOAD)
    assert bench.run(PaymentUpload).done == 1


def test_paid_by_a_person_between_reading_and_sending_is_the_same_finding(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.portal.faults.before("POST", POST, lambda: treasury.type_in("", "F1"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("refused", "paid_in_portal")
    bench.advance(hours=2)
    assert bench.run(PaymentUpload).held == 1
    assert treasury.status("PY1", UPLOAD)[1] == "paid_in_portal"
    assert not treasury.in_portal("PY1")


def test_a_refusal_is_tried_again_at_the_interval_and_not_before(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.portal.faults.before(
        "POST",
        POST,
        lambda: bench.portal.put_in_payment_order(
            bench.key, bench.portal.cfdi(bench.key, treasury.uuid("F1")).id
        ),
    )
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("refused", "refused_by_remote")
    cfdi = bench.portal.cfdi(bench.key, treasury.uuid("F1"))
    bench.portal.take_from_payment_order(bench.key, cfdi.id)
    bench.advance(minutes=5)
    bench.run(PaymentUpload)
    assert not treasury.in_portal("PY1")
    bench.advance(minutes=30)
    bench.run(PaymentUpload)
    assert treasury.in_portal("PY1")


def test_the_same_number_in_two_tenants_is_two_payments(tmp_path):
    with opened(tmp_path, "acme", "bravo") as benches:
        for bench in benches:
            treasury = Treasury(bench)
            treasury.invoice("F1")
            treasury.pay("PY1", ("F1", "116.00"))
        for bench in benches:
            assert bench.run(PaymentUpload).succeeded == 1
            assert len(bench.portal.payments_of(bench.key, "PY1")) == 1


# -- what is not sent --------------------------------------------------------------------------


def test_other_kinds_of_payment_are_out_of_scope_with_their_reason(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PP1", remit_type=RemitType.PREPAYMENT, amount=D(10))
    treasury.pay("MI1", remit_type=RemitType.MISCELLANEOUS, amount=D(10), vendor="")
    bench.company.add_vendor(vendor="CFE", name="Electricidad")
    treasury.capture("L1", vendor="CFE", uuid=None)
    treasury.pay("PY9", ("L1", "116.00"), vendor="CFE")
    report = bench.run(PaymentUpload)
    assert report.out_of_scope == 3
    assert treasury.status("PP1", UPLOAD) == ("out_of_scope", "prepayment_not_sent")
    assert treasury.status("MI1", UPLOAD) == ("out_of_scope", "miscellaneous_payment_not_sent")
    assert treasury.status("PY9", UPLOAD) == ("out_of_scope", "vendor_not_on_portal")


def test_a_bank_without_mapping_holds_and_a_setting_releases(bench, treasury):
    treasury.invoice("F1")
    bench.company.set_bank_portal_account(bank=BANK, account="")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "bank_not_mapped")
    bench.company.set_bank_portal_account(bank=BANK, account="0" * 24)
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("held", "bank_account_unknown")
    bench.set_payments(bank_accounts={BANK: treasury.account.id.upper()})
    assert bench.run(PaymentUpload).succeeded == 1


def test_before_the_start_only_what_may_be_lost_is_held(bench, treasury):
    treasury.invoice("F1")
    treasury.invoice("F2")
    treasury.invoice("F3")
    treasury.pay("OLD", ("F1", "116.00"), on=date(2026, 2, 1))
    bench.advance(days=10)
    bench.set(start_date=date(2026, 3, 20))
    treasury.pay("LOST", ("F2", "116.00"), on=date(2026, 2, 1))
    treasury.pay("SENT", ("F3", "116.00"), on=date(2026, 2, 1))
    treasury.type_in("SENT", "F3")
    bench.run(PaymentUpload)
    assert treasury.status("OLD", UPLOAD) == ("", ""), "no candidate at all"
    assert treasury.status("LOST", UPLOAD) == ("held", "before_start_not_in_target")
    assert treasury.status("SENT", UPLOAD) == ("out_of_scope", "before_start")
    ways_out = WaysOut(bench.ledger, user="ana", reason="was lost")
    ways_out.admit(DocumentRef(kind=DocumentKind.PAYMENT, key="LOST"), UPLOAD)
    assert bench.run(PaymentUpload).succeeded == 1


def test_an_incomplete_list_is_never_read_as_not_in_the_portal(bench, treasury):
    treasury.invoice("F1")
    treasury.capture("F2")
    treasury.pay("PY1", ("F1", "116.00"))
    treasury.pay("PY2", ("F2", "116.00"))
    bench.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, "GET", "*/cfdis"))
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("done", ""), "what was seen may be used"
    assert treasury.status("PY2", UPLOAD) == ("held", "listing_incomplete")


# -- after the upload --------------------------------------------------------------------------


def uploaded(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.run(PaymentUpload)
    bench.company.reverse_payment(number="PY1")
    bench.advance(hours=1)


def test_reversed_before_the_upload_is_out_of_scope(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.company.reverse_payment(number="PY1")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("out_of_scope", "reversed")


def test_reversed_while_in_doubt_is_looked_up_first(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.portal.faults.add(Fault(FaultKind.DROP, "POST", POST, calls=(1,), after_commit=True))
    bench.run(PaymentUpload)
    bench.company.reverse_payment(number="PY1")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", REVERSE) == ("held", "reversed_after_upload")


def test_a_reversal_is_reported_until_a_person_has_taken_the_payment_back(bench, treasury):
    uploaded(bench, treasury)
    bench.run(PaymentUpload)
    assert treasury.status("PY1", REVERSE) == ("held", "reversed_after_upload")
    assert treasury.status("PY1", UPLOAD) == ("done", "")
    (payment,) = treasury.in_portal("PY1")
    bench.portal.reject_payment_by_person(bench.key, payment.id, comments="reversed")
    bench.run(PaymentUpload)
    assert treasury.status("PY1", REVERSE) == ("done", "")


def test_the_replacement_waits_until_the_earlier_payment_is_out_of_the_way(bench, treasury):
    uploaded(bench, treasury)
    treasury.pay("PY2", ("F1", "116.00"))
    bench.run(PaymentUpload)
    assert treasury.status("PY2", UPLOAD) == ("held", "replaces_reversed_payment")
    (payment,) = treasury.in_portal("PY1")
    bench.portal.reject_payment_by_person(bench.key, payment.id, comments="reversed")
    bench.run(PaymentUpload)
    assert treasury.status("PY2", UPLOAD) == ("done", "")
    assert treasury.balance("F1") == 0


def test_a_reversal_is_rejected_in_the_portal_where_the_setting_says_so(bench, treasury):
    bench.set_payments(on_reversal="reject")
    uploaded(bench, treasury)
    treasury.pay("PY2", ("F1", "116.00"))
    report = bench.run(PaymentUpload)
    assert report.succeeded == 2, "taken back, then replaced in the same cycle"
    assert treasury.status("PY1", REVERSE) == ("done", "")
    (payment,) = treasury.in_portal("PY1")
    assert payment.rejection_comments == "Pago PY1 revertido en Sage 300"
    assert bench.run(PaymentUpload).acted == 0


def test_a_lost_answer_to_a_rejection_is_settled_by_a_look(bench, treasury):
    bench.set_payments(on_reversal="reject")
    uploaded(bench, treasury)
    bench.portal.faults.add(
        Fault(FaultKind.DROP, "POST", "*/reject", calls=(1,), after_commit=True)
    )
    assert bench.run(PaymentUpload).unknown == 1
    bench.run(PaymentUpload)
    assert treasury.status("PY1", REVERSE) == ("done", "")


# -- the frame ---------------------------------------------------------------------------------


def test_a_dry_run_sends_nothing_and_says_what_it_would_do(bench, treasury):
    treasury.invoice("F1")
    treasury.pay("PY1", ("F1", "116.00"))
    bench.set(mode=Mode.DRY_RUN)
    assert bench.run(PaymentUpload).held == 1
    assert treasury.status("PY1", UPLOAD) == ("held", "dry_run")
    bench.set(mode=Mode.SANDBOX)
    assert bench.run(PaymentUpload).succeeded == 1


def test_a_plan_above_the_guard_sends_nothing(bench, treasury):
    treasury.invoice("F1")
    treasury.invoice("F2")
    treasury.pay("PY1", ("F1", "116.00"))
    treasury.pay("PY2", ("F2", "116.00"))
    bench.set(guard=Guard(max_acts_first=1))
    report = bench.run(PaymentUpload)
    assert (report.acted, report.held) == (0, 2)
    assert treasury.status("PY1", UPLOAD) == ("held", "plan_above_guard")


def test_sage_is_read_set_based(bench, treasury):
    """Statements do not grow with the payments of a chunk."""
    treasury.invoice("F0")
    treasury.pay("PY0", ("F0", "116.00"))
    before = bench.sage.reads
    bench.run(PaymentUpload)
    of_one = bench.sage.reads - before
    for n in range(1, 13):
        treasury.invoice(f"F{n}")
        treasury.pay(f"PY{n}", (f"F{n}", "116.00"))
    before = bench.sage.reads
    assert bench.run(PaymentUpload).succeeded == 12
    assert bench.sage.reads - before <= of_one + 2
