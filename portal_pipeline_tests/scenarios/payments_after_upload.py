"""Payments that the portal has already, that it refuses, and that Sage reverses."""

from __future__ import annotations

from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, DocumentRef, Operation
from portal_pipeline.core.tenant import Intervals
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.treasury import Treasury
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.cashiers import sent, typed_in
from portal_pipeline_tests.scenarios.town import Town

PAYMENTS = "*/payments"
PY1 = DocumentRef(kind=DocumentKind.PAYMENT, key="PY1")
REVERSE, UPLOAD = Operation.REVERSE, Operation.UPLOAD
WHOLE = "116.00 MXN: F1 116.00"


# -- what the portal has already ---------------------------------------------------------------


@scenario
def payment_that_the_old_system_sent(town: Town) -> None:
    """A payment that the portal has under our number, with our content, is adopted as sent."""
    town.treasury.invoice("F1")
    there = typed_in(town, "PY1", "F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "done"
    assert town.ledger.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"].portal_id == there
    assert sent(town, "PY1") == WHOLE


@scenario
def payment_sent_by_another_while_ours_was_on_its_way(town: Town) -> None:
    """A duplicate answer is looked up, and our own payment found there is adopted."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.before("POST", PAYMENTS, lambda: typed_in(town, "PY1", "F1"))
    town.cycle()
    assert town.payment("PY1") == "done"
    assert sent(town, "PY1") == WHOLE


@scenario
def invoice_paid_by_a_person_in_the_portal(town: Town) -> None:
    """An invoice that a person has paid in the portal waits for a person, who dismisses it."""
    town.treasury.invoice("F1")
    typed_in(town, "", "F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "paid_in_portal"
    town.person.dismiss(PY1, UPLOAD)
    town.cycle()
    row = town.row("PY1", UPLOAD, DocumentKind.PAYMENT)
    assert (row.status, sent(town, "PY1")) == (Status.DISMISSED, "")


@scenario
def invoice_paid_by_a_person_while_ours_was_on_its_way(town: Town) -> None:
    """An answer that the invoice is paid (1827) says by which payment, and is not tried again."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.before("POST", PAYMENTS, lambda: typed_in(town, "", "F1"))
    town.cycle()
    assert town.payment("PY1") == "paid_in_portal"
    town.cycle(hours=2)
    assert (town.payment("PY1"), sent(town, "PY1")) == ("paid_in_portal", "")
    assert town.row("PY1", UPLOAD, DocumentKind.PAYMENT).attempts == 1


@scenario
def one_number_in_two_companies(town: Town) -> None:
    """Two companies may have a payment of one number; each goes to its own tenant, once."""
    other = Bench(town.folder.parent, key="bravo", beside=town)
    try:
        other_treasury = Treasury(other)
        town.treasury.invoice("F1")
        other_treasury.invoice("F1", total="58.00")
        town.treasury.pay("PY1", ("F1", "116.00"))
        other_treasury.pay("PY1", ("F1", "58.00"))
        town.cycle()
        for name in (ControllerName.CFDI_IMPORT, ControllerName.PAYMENT_UPLOAD):
            other.run(step_factory(name))
        (theirs,) = other_treasury.in_portal("PY1")
    finally:
        other.close()
    assert (sent(town, "PY1"), theirs.total_amount) == (WHOLE, 58)


# -- unknown and refused -----------------------------------------------------------------------


@scenario
def answer_about_a_payment_lost(town: Town) -> None:
    """A payment whose answer was lost is looked up, also when a person asks for it again."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.add(Fault(FaultKind.DROP, "POST", PAYMENTS, calls=(1,), after_commit=True))
    town.cycle()
    assert town.payment("PY1") == "outcome_unknown"
    town.person.requeue(PY1, UPLOAD)
    town.cycle()
    assert (town.payment("PY1"), sent(town, "PY1")) == ("done", WHOLE)


@scenario
def payment_that_did_not_arrive(town: Town) -> None:
    """A payment that may not have arrived is sent again only when two looks prove it absent."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.add(Fault(FaultKind.DROP, "POST", PAYMENTS, calls=(1,)))
    town.cycle()
    town.cycle()
    assert (town.payment("PY1"), sent(town, "PY1")) == ("outcome_unknown", "")
    town.cycle(minutes=46)
    assert (town.payment("PY1"), sent(town, "PY1")) == ("done", WHOLE)


@scenario
def payment_refused_again_and_again(town: Town) -> None:
    """A refused payment is tried at its interval, at last only when a person asks for it."""
    town.set(intervals=Intervals(max_attempts=2))
    invoice = town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    for _ in range(2):
        _planned_meanwhile(town, invoice.id)
        town.cycle(minutes=31)
        town.portal.take_from_payment_order(town.key, invoice.id)
    assert town.payment("PY1") == "attempts_used_up"
    town.cycle(days=1)
    assert not sent(town, "PY1")
    town.person.requeue(PY1, UPLOAD)
    town.cycle(minutes=1)
    assert sent(town, "PY1") == WHOLE


@scenario
def refused_payment_that_changes(town: Town) -> None:
    """A refused payment is tried at once when its content changes."""
    invoice = town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    _planned_meanwhile(town, invoice.id)
    town.cycle()
    town.portal.take_from_payment_order(town.key, invoice.id)
    town.cycle(minutes=1)
    assert (town.payment("PY1"), sent(town, "PY1")) == ("refused_by_remote", "")
    town.set_payments(operation_types={"TRANSF": "CASH"})
    town.cycle(minutes=1)
    assert sent(town, "PY1") == WHOLE


@scenario
def portal_that_does_not_answer_about_the_payment(town: Town) -> None:
    """Only an answer about the payment is an attempt: credentials and throttling are none."""
    town.set(intervals=Intervals(max_attempts=1))
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    for status in (401, 429):
        fault = Fault(FaultKind.STATUS, "POST", PAYMENTS, calls=(1,), status=status)
        town.portal.faults.add(fault)
        town.cycle()
        assert town.payment("PY1") == "refused_by_remote"
        assert town.row("PY1", UPLOAD, DocumentKind.PAYMENT).attempts == 0
    town.cycle()
    assert sent(town, "PY1") == WHOLE


@scenario
def refused_payment_does_not_count_for_a_later_one(town: Town) -> None:
    """A refused payment waits for its interval and takes nothing from a later payment."""
    invoice = town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "58.00"))
    _planned_meanwhile(town, invoice.id)
    town.cycle()
    assert town.payment("PY1") == "refused_by_remote"
    town.portal.take_from_payment_order(town.key, invoice.id)
    typed_in(town, "", "F1", "58.00")
    town.set_payments(settle_minutes=0)
    town.treasury.pay("PY2", ("F1", "58.00"))
    town.advance(minutes=-61)
    town.cycle(minutes=1)
    assert (sent(town, "PY1"), sent(town, "PY2")) == ("", "58.00 MXN: F1 58.00")


# -- reversed ----------------------------------------------------------------------------------


@scenario
def payment_reversed_and_made_again_before_it_went(town: Town) -> None:
    """A payment reversed before it was sent is left out; the one in its place is sent."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.company.reverse_payment(number="PY1")
    town.treasury.pay("PY2", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "reversed"
    assert (sent(town, "PY1"), sent(town, "PY2")) == ("", WHOLE)


@scenario
def payment_reversed_while_in_doubt(town: Town) -> None:
    """A reversed payment that is in doubt is looked up first: what arrived is then reported."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.portal.faults.add(Fault(FaultKind.DROP, "POST", PAYMENTS, calls=(1,), after_commit=True))
    town.cycle()
    town.company.reverse_payment(number="PY1")
    town.cycle()
    assert town.payment("PY1") == "done"
    town.cycle()
    assert town.payment("PY1", REVERSE) == "reversed_after_upload"


@scenario
def payment_reversed_and_reported(town: Town) -> None:
    """A reversal is reported, and its successor waits, until a person rejects it in the portal."""
    _paid(town)
    town.company.reverse_payment(number="PY1")
    town.treasury.pay("PY2", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1", REVERSE) == "reversed_after_upload"
    row = town.row("PY2", UPLOAD, DocumentKind.PAYMENT)
    assert row.finding.code == "replaces_reversed_payment"
    assert row.finding.params["earlier"] == "PY1"
    (there,) = town.treasury.in_portal("PY1")
    town.portal.reject_payment_by_person(town.key, there.id, comments="revertido")
    town.cycle()
    assert (town.payment("PY1", REVERSE), sent(town, "PY2")) == ("done", WHOLE)


@scenario
def payment_reversed_and_rejected(town: Town) -> None:
    """By setting a reversed payment is rejected in the portal, and its successor is sent."""
    town.set_payments(on_reversal="reject")
    _paid(town)
    town.company.reverse_payment(number="PY1")
    town.treasury.pay("PY2", ("F1", "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal("PY1")
    assert (there.status, there.rejection_comments) == ("FAILED", "Pago PY1 revertido en Sage 300")
    assert sent(town, "PY2") == WHOLE
    assert town.treasury.balance("F1") == 0


@scenario
def payment_with_a_complement_reversed_and_made_again(town: Town) -> None:
    """The successor of a reversed payment waits, too, until its complement is cancelled."""
    town.set_payments(on_reversal="reject")
    complement = town.complement("C1", _paid(town), "F1")
    town.company.reverse_payment(number="PY1")
    town.treasury.pay("PY2", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1", REVERSE) == "cancel_complement_first"
    assert (town.payment("PY2"), sent(town, "PY2")) == ("replaces_reversed_payment", "")
    town.portal.cancel_cfdi(town.key, complement.id, by_sat=True)
    town.cycle()
    assert sent(town, "PY2") == WHOLE


# -- people ----------------------------------------------------------------------------------


def _paid(town: Town) -> str:
    """A payment that the portal has; its id there."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal("PY1")
    return str(there.id)


def _planned_meanwhile(town: Town, invoice: str) -> None:
    """Somebody puts the invoice into a payment order just before our payment arrives."""
    town.portal.faults.before(
        "POST", PAYMENTS, lambda: town.portal.put_in_payment_order(town.key, invoice)
    )
