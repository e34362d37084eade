"""Payments that treasury makes in Sage, on their way to the portal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import (
    ApDocumentType,
    RemitType,
)
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.treasury import BANK
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.cashiers import credit, dollar_vendor, sent, typed_in
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
ONE_PAYMENT = "*/payments/*"


@scenario
def only_ordinary_payments_are_sent(town: Town) -> None:
    """Prepayments, document applications, adjustments and miscellaneous payments are not sent."""
    town.treasury.invoice("F1")
    kinds = {
        RemitType.PREPAYMENT: "prepayment_not_sent",
        RemitType.APPLY_DOCUMENT: "apply_document_not_sent",
        RemitType.MISCELLANEOUS: "miscellaneous_payment_not_sent",
        RemitType.ADJUSTMENT: "adjustment_not_sent",
    }
    for kind in kinds:
        vendor = "" if kind is RemitType.MISCELLANEOUS else VENDOR
        town.treasury.pay(f"PY{kind}", remit_type=kind, amount=D(10), vendor=vendor)
    town.cycle()
    assert {kind: town.payment(f"PY{kind}") for kind in kinds} == kinds
    assert not any(town.treasury.in_portal(f"PY{kind}") for kind in kinds)


@scenario
def what_the_portal_is_told(town: Town) -> None:
    """A payment goes with its day, account, texts, and the operation that its code stands for."""
    town.set_payments(operation_types={"CHEQUE": "BANK_CHECK"})
    town.treasury.invoice("F1")
    more = {"payment_code": "CHEQUE", "text": "Marzo", "reference": "R1", "on": date(2026, 3, 9)}
    town.treasury.pay("PY1", ("F1", "116.00"), **more)
    town.cycle()
    (there,) = town.treasury.in_portal("PY1")
    assert (there.operation_type, there.comments, there.reference) == ("BANK_CHECK", "Marzo", "R1")
    assert there.payment_date == "2026-03-09T10:00:00.000Z"
    assert there.bank_account_id == town.treasury.account.id


@scenario
def payment_in_an_open_batch(town: Town) -> None:
    """A payment exists for us once its batch is posted."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"), post=False)
    town.cycle()
    assert (town.payment("PY1"), sent(town, "PY1")) == ("", "")
    (payment,) = town.company.payments()
    town.company.post_payment_batch(payment.batch)
    town.cycle(hours=1)
    assert sent(town, "PY1") == "116.00 MXN: F1 116.00"


@scenario
def payment_on_account(town: Town) -> None:
    """A payment that applies no document is not sent."""
    town.treasury.pay("PY1", amount=D(500))
    town.cycle()
    assert town.payment("PY1") == "nothing_applied"


@scenario
def credit_notes_cover_the_whole_payment(town: Town) -> None:
    """Where credit notes settle everything no money leaves, and nothing is sent."""
    invoice, note = town.treasury.invoice("F1"), town.treasury.upload("N1", tipo="E")
    town.treasury.capture("N1", kind=ApDocumentType.CREDIT_NOTE)
    town.portal.apply_credit_note(town.key, credit_note_id=note.id, invoice_id=invoice.id)
    town.treasury.pay("PY1", ("F1", "116.00"), credit("N1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "no_cash_paid"
    assert not town.treasury.in_portal("PY1")


@scenario
def credit_note_without_its_invoice(town: Town) -> None:
    """A payment waits while it is not known which of its invoices a credit note lowers."""
    for number in ("F1", "F2"):
        town.treasury.invoice(number)
    town.treasury.upload("N1", total="16.00", tipo="E")
    town.treasury.capture("N1", "16.00", kind=ApDocumentType.CREDIT_NOTE)
    town.treasury.pay("PY1", ("F1", "116.00"), ("F2", "116.00"), credit("N1", "16.00"))
    town.cycle()
    assert town.payment("PY1") == "net_payment_needs_allocation"
    assert not town.treasury.in_portal("PY1")


@scenario
def posted_again_under_the_same_number(town: Town) -> None:
    """Two posted payments of one number wait: the portal tells payments apart by their number."""
    town.treasury.invoice("F1")
    town.treasury.invoice("F2")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.treasury.pay("PY2", ("F2", "116.00"))
    with town.company.writing() as unit:
        unit.update("APTCR", {"DOCNBR": "PY2"}, DOCNBR="PY1")
    town.cycle()
    assert town.payment("PY1") == "payment_number_twice"
    assert not town.treasury.in_portal("PY1")


@scenario
def payment_without_a_date(town: Town) -> None:
    """A payment without date waits; treasury says when it was made."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    with town.company.writing() as unit:
        unit.update("APTCR", {"DOCNBR": "PY1"}, DATERMIT=None, DATEBUS=None)
    town.set(start_date=None)
    town.cycle(hours=2)
    assert town.payment("PY1") == "payment_without_date"
    assert not town.treasury.in_portal("PY1")


@scenario
def payment_of_another_kind_of_document(town: Town) -> None:
    """What is no invoice, debit note, interest or credit note is not guessed."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    with town.company.writing() as unit:
        unit.update("APTCP", {"IDINVC": "F1"}, DOCTYPE=99)
    town.cycle(hours=2)
    assert town.payment("PY1") == "pays_other_documents"
    assert not town.treasury.in_portal("PY1")


@scenario
def dollars_paid_in_pesos_without_a_rate(town: Town) -> None:
    """A payment in another currency than its invoices waits while Sage has no rate for it."""
    dollar_vendor(town)
    town.treasury.upload("F1", currency="USD", rate="17.500000")
    town.treasury.capture("F1", vendor="V002")
    town.treasury.pay("PY1", ("F1", "116.00"), vendor="V002", rate=D("17.1234567"))
    with town.company.writing() as unit:
        unit.update("APTCR", {"DOCNBR": "PY1"}, RATEEXCHTC=0)
    town.cycle(hours=2)
    assert town.payment("PY1") == "payment_rate_missing"
    assert not town.treasury.in_portal("PY1")


@scenario
def invoice_of_another_supplier(town: Town) -> None:
    """A payment waits while the portal has one of its invoices under another provider."""
    other = town.portal.add_provider(
        town.key, key="other", name="Otro", rfc="EKU9003173C9", external_id="V009"
    )
    town.treasury.upload("F1", provider_id=other.id)
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "provider_differs"


@scenario
def dollar_cfdi_captured_under_the_peso_vendor(town: Town) -> None:
    """A payment waits while a CFDI is in another currency than the vendor that is paid."""
    town.treasury.upload("F1", currency="USD", rate="17.500000")
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    told = [town.payment("PY1"), *town.notes("PY1", Operation.UPLOAD, DocumentKind.PAYMENT)]
    assert "cfdi_currency_differs" in told
    assert not town.treasury.in_portal("PY1")


@scenario
def invoice_captured_with_another_total(town: Town) -> None:
    """An invoice whose total in Sage is not its CFDI's confirms nothing, and its payment waits."""
    town.treasury.upload("F1", total="232.00")
    town.treasury.capture("F1", "116.00")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.invoice("F1") == "sage_document_differs"
    assert town.payment("PY1") == "invoice_not_confirmed"
    assert not town.treasury.in_portal("PY1")


@scenario
def account_that_the_portal_does_not_know(town: Town) -> None:
    """A payment waits until its bank names an account of the portal, and goes then."""
    town.treasury.invoice("F1")
    town.company.set_bank_portal_account(bank=BANK, account="0" * 24)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "bank_account_unknown"
    town.company.set_bank_portal_account(bank=BANK, account=town.treasury.account.id)
    town.cycle()
    assert town.payment("PY1") == "done"


@scenario
def payments_from_before_the_start(town: Town) -> None:
    """Of older payments only one that may have been lost waits for a person."""
    for number in ("F1", "F2"):
        town.treasury.invoice(number)
    town.advance(days=10)
    town.set(start_date=date(2026, 3, 20))
    town.treasury.pay("LOST", ("F1", "116.00"), on=date(2026, 2, 1))
    town.treasury.pay("SENT", ("F2", "116.00"), on=date(2026, 2, 1))
    typed_in(town, "SENT", "F2")
    town.cycle()
    assert town.payment("SENT") == "before_start"
    assert town.payment("LOST") == "before_start_not_in_target"
    town.person.admit(DocumentRef(kind=DocumentKind.PAYMENT, key="LOST"), Operation.UPLOAD)
    town.cycle()
    assert len(town.treasury.in_portal("LOST")) == 1


@scenario
def other_payment_under_our_number(town: Town) -> None:
    """A portal payment of our number and another amount is neither adopted nor overwritten."""
    town.treasury.invoice("F1")
    typed_in(town, "PY1", "F1", "16.00")
    town.treasury.pay("PY1", ("F1", "100.00"))
    town.cycle()
    assert town.payment("PY1") == "portal_payment_differs"
    (there,) = town.treasury.in_portal("PY1")
    assert there.total_amount == 16


@scenario
def rejected_payment_under_our_number(town: Town) -> None:
    """A payment that the portal has rejected is not sent again under its number."""
    town.treasury.invoice("F1")
    typed = typed_in(town, "PY1", "F1")
    town.portal.reject_payment_by_person(town.key, typed, comments="no")
    town.treasury.invoice("F2")
    typed_in(town, "", "F2", "16.00")
    town.treasury.pay("PY1", ("F1", "116.00"), ("F2", "100.00"))
    town.cycle()
    assert town.payment("PY1") == "portal_payment_rejected"
    assert len(town.treasury.in_portal("PY1")) == 1


@scenario
def portal_payment_that_cannot_be_read(town: Town) -> None:
    """A payment is not sent while nobody can say whether the portal has it already."""
    town.treasury.invoice("F1")
    typed_in(town, "PY1", "F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.add(Fault(FaultKind.HTML, "GET", ONE_PAYMENT))
    town.cycle()
    told = [town.payment("PY1"), *town.notes("PY1", Operation.UPLOAD, DocumentKind.PAYMENT)]
    assert "portal_payment_unreadable" in told
    town.portal.faults.clear()
    town.cycle()
    assert town.payment("PY1") == "done"
    assert len(town.treasury.in_portal("PY1")) == 1


@scenario
def second_instalment_refused(town: Town) -> None:
    """A refused instalment goes as soon as the supplier has sent the invoice again."""
    town.portal.switches = replace(town.portal.switches, pays_back_at_supplier=False)
    invoice = town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "46.00"))
    town.cycle()
    town.treasury.pay("PY2", ("F1", "70.00"))
    town.cycle()
    assert town.payment("PY2") == "waiting_for_supplier"
    town.portal.send_cfdi(town.key, invoice.id)
    town.portal.approve_cfdi(town.key, invoice.id)
    town.cycle(minutes=1)
    assert town.payment("PY2") == "portal_status_changed"
    town.cycle(minutes=1)
    assert town.payment("PY2") == "done"
    assert town.treasury.balance("F1") == 0


@scenario
def reversed_with_a_complement(town: Town) -> None:
    """A reversed payment that has a complement is not rejected before that is cancelled."""
    town.set_payments(on_reversal="reject")
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal("PY1")
    complement = town.complement("C1", there.id, "F1")
    town.company.reverse_payment(number="PY1")
    town.cycle()
    assert town.payment("PY1", Operation.REVERSE) == "cancel_complement_first"
    town.portal.cancel_cfdi(town.key, complement.id, by_sat=True)
    town.cycle()
    assert town.payment("PY1", Operation.REVERSE) == "done"


@scenario
def payment_gone_from_sage(town: Town) -> None:
    """A payment that waited and that Sage no longer shows is told, not sent."""
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_not_in_portal"
    with town.company.writing() as unit:
        (row,) = unit.rows("APTCR", {"DOCNBR": "PY1"}, "CNTBTCH", "CNTENTR")
        unit.delete("APTCR", {"CNTBTCH": row["CNTBTCH"], "CNTENTR": row["CNTENTR"]})
    town.cycle()
    assert town.payment("PY1") == "payment_missing_in_sage"
    assert not town.treasury.in_portal("PY1")
