"""Each payment gets one decision, with every reason; who shares an invoice goes in order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.core.decisions import Decision, DocumentRow, OperationRow, Status, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import REFUSED_BY_REMOTE
from portal_pipeline.core.findings.payments import BANK_NOT_MAPPED, WAITING_FOR_SUPPLIER
from portal_pipeline.core.findings.providers import (
    PROVIDER_EXTERNAL_ID_MISSING,
    RFC_MISMATCH,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.payments.facts import PayeeFacts, PaymentFacts
from portal_pipeline.core.payments.planner import plan_uploads
from portal_pipeline.core.portal import PortalPayment, PortalPaymentLine
from portal_pipeline.core.tenant import Tenant
from portal_pipeline_tests.unit.core.payments.cases import (
    ACCOUNT,
    NOW,
    PAYEE,
    PROVIDER,
    credit,
    document,
    facts,
    line,
    payment,
    tenant,
    uuid_of,
)


def decide(candidate: PaymentFacts, of: Tenant | None = None) -> Decision:
    (decision,) = plan_uploads([candidate], of or tenant(), NOW)
    return decision


def outcome(decision: Decision) -> tuple[str, str]:
    return decision.verdict.value, decision.finding.code if decision.finding else ""


def row(status: Status, finding: Finding | None = None) -> OperationRow:
    return OperationRow(
        kind=DocumentKind.PAYMENT,
        key="PY1",
        operation=Operation.UPLOAD,
        status=status,
        finding=finding,
        attempts=1,
        sent_hash="sent",
    )


def test_a_good_payment_is_sent_exactly_as_the_portal_wants_it() -> None:
    one = payment(line("F1", "60.00"), text="Pago marzo", reference="REF 1")
    decision = decide(facts(one))
    assert decision.verdict == Verdict.ACT
    assert decision.act is not None
    assert decision.act.payload == {
        "external_id": "PY1",
        "provider_external_id": "V001",
        "bank_account_id": ACCOUNT,
        "currency": "MXN",
        "total_amount": Decimal("60.00"),
        "payment_date": "2026-03-20T10:00:00.000Z",
        "operation_type": "TRANSFER",
        "ignore_amounts": False,
        "reference": "REF 1",
        "comments": "Pago marzo",
        "cfdis": [
            {
                "uuid": uuid_of("F1"),
                "document_type": "CFDI",
                "amount": Decimal("60.00"),
                "currency": "MXN",
                "exchange_rate": Decimal(1),
                "payment_amount": Decimal("60.00"),
                "payment_currency": "MXN",
            }
        ],
    }
    assert decision.act.look_up_first
    assert [link.target_key for link in decision.links] == [uuid_of("F1")]


def test_empty_texts_are_left_out_and_the_payment_code_chooses_the_operation() -> None:
    one = payment(payment_code="CHEQUE")
    decision = decide(facts(one), tenant(operation_types={"CHEQUE": "BANK_CHECK"}))
    assert decision.act is not None
    assert not {"reference", "comments"} & decision.act.payload.keys()
    assert decision.act.payload["operation_type"] == "BANK_CHECK"


START = date(2026, 3, 1)
OLD = date(2026, 2, 20)


@pytest.mark.parametrize(
    ("candidate", "of", "expected"),
    [
        (facts(payment(remit_type=2)), None, "prepayment_not_sent"),
        (facts(payment(remit_type=3)), None, "apply_document_not_sent"),
        (facts(payment(remit_type=4)), None, "miscellaneous_payment_not_sent"),
        (facts(payment(remit_type=5)), None, "adjustment_not_sent"),
        (facts(payment(is_reversed=True)), None, "reversed"),
        (facts(payment().model_copy(update={"lines": ()})), None, "nothing_applied"),
        (
            facts(
                payee=PayeeFacts(
                    verdict=Verdict.OUT_OF_SCOPE, finding=VENDOR_NOT_ON_PORTAL(vendor="V001")
                )
            ),
            None,
            "vendor_not_on_portal",
        ),
        (
            facts(payee=PAYEE.model_copy(update={"is_foreign": True})),
            None,
            "foreign_documents",
        ),
        (
            facts(payment(posted_on=OLD, stamped_at=NOW - timedelta(days=25))),
            tenant(START),
            "before_start",
        ),
        (
            facts(
                payment(line(), credit("N1", "100.00"), amount="0.00"),
                document(),
                document("N1", applies_to="F1"),
            ),
            None,
            "no_cash_paid",
        ),
    ],
)
def test_what_is_not_ours_to_send_is_out_of_scope_with_its_reason(
    candidate: PaymentFacts, of: Tenant | None, expected: str
) -> None:
    assert outcome(decide(candidate, of)) == ("out_of_scope", expected)


@pytest.mark.parametrize(
    ("candidate", "of", "expected"),
    [
        (facts(payment(stamped_at=NOW - timedelta(minutes=59))), None, "payment_settling"),
        (facts(is_number_unique=False), None, "payment_number_twice"),
        (facts(bank_finding=BANK_NOT_MAPPED(bank="B")), None, "bank_not_mapped"),
        (facts(payment(amount="99.99")), None, "net_payment_needs_allocation"),
        (facts(payment(), document(uuid="", cfdi=None)), None, "invoice_without_uuid"),
        (facts(portal_problem="timeout"), None, "portal_payment_unreadable"),
        (facts(earlier_reversed=("PY0",)), None, "replaces_reversed_payment"),
        (
            facts(payment(posted_on=OLD, stamped_at=NOW - timedelta(hours=2))),
            tenant(START),
            "before_start_not_in_target",
        ),
        (
            facts(
                payee=PayeeFacts(
                    provider_id=PROVIDER,
                    verdict=Verdict.HOLD,
                    finding=PROVIDER_EXTERNAL_ID_MISSING(provider=PROVIDER, vendor="V001"),
                )
            ),
            None,
            "provider_external_id_missing",
        ),
        (facts(payment(paid_on=None, posted_on=None)), None, "payment_without_date"),
    ],
)
def test_what_waits_is_held_with_its_reason(
    candidate: PaymentFacts, of: Tenant | None, expected: str
) -> None:
    assert outcome(decide(candidate, of)) == ("hold", expected)


def test_sixty_minutes_after_the_later_stamp_it_goes() -> None:
    assert decide(facts(payment(stamped_at=NOW - timedelta(minutes=60)))).verdict == Verdict.ACT
    assert decide(facts(payment(stamped_at=NOW)), tenant(settle_minutes=0)).act is not None


def test_a_conflicting_provider_is_rejected() -> None:
    finding = RFC_MISMATCH(vendor="V001", vendor_rfc="A", provider_rfc="B")
    conflict = PayeeFacts(verdict=Verdict.REJECT, finding=finding)
    assert outcome(decide(facts(payee=conflict))) == ("reject", "rfc_mismatch")


def test_every_reason_is_told_the_first_is_the_finding() -> None:
    decision = decide(
        facts(
            payment(amount="100.00"),
            document(is_confirmed=False, cfdi_is_cancelled=True),
            bank_finding=BANK_NOT_MAPPED(bank="B"),
        )
    )
    assert outcome(decision) == ("hold", "bank_not_mapped")
    assert [note.code for note in decision.notes] == ["invoice_not_confirmed", "invoice_cancelled"]


def test_a_finished_upload_is_done_and_never_sent_again() -> None:
    assert decide(facts(row=row(Status.DONE))).verdict == Verdict.DONE


def test_an_older_payment_that_a_person_admitted_is_in_scope() -> None:
    known = DocumentRow(kind=DocumentKind.PAYMENT, key="PY1", admitted=True)
    old = payment(posted_on=OLD, stamped_at=NOW - timedelta(days=25))
    assert decide(facts(old, known=known), tenant(START)).verdict == Verdict.ACT


def test_foreign_documents_go_by_their_number_where_the_setting_says_so() -> None:
    foreign = PAYEE.model_copy(update={"is_foreign": True})
    candidate = facts(payment(), document(uuid="", cfdi=None), payee=foreign)
    decision = decide(candidate, tenant(send_foreign=True))
    assert decision.act is not None
    (sent,) = decision.act.payload["cfdis"]
    assert (sent["identifier"], sent["document_type"]) == ("F1", "FOREIGN")
    assert "uuid" not in sent


# -- what the portal has already -------------------------------------------------------------------


def held_payment(**changes: object) -> PortalPayment:
    whole = {
        "id": "p1",
        "external_id": "PY1",
        "status": "PENDING_PAYMENT_CFDI",
        "currency": "MXN",
        "total_amount": Decimal("100.00"),
        "provider_external_id": "V001",
        "lines": (PortalPaymentLine(uuid=uuid_of("F1"), amount=Decimal("100.00")),),
    }
    return PortalPayment(**(whole | changes))  # type: ignore[arg-type]


def test_our_payment_found_in_the_portal_is_adopted_whatever_the_gate_says() -> None:
    paid = document(balance="100.00", is_confirmed=False, cfdi_balance="0.00")
    decision = decide(facts(payment(), paid, in_portal=held_payment()))
    assert decision.verdict == Verdict.DONE
    assert decision.document.portal_id == "p1"
    assert "p1" in {link.target_key for link in decision.links}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"total_amount": Decimal("99.00")}, "portal_payment_differs"),
        ({"currency": "USD"}, "portal_payment_differs"),
        ({"provider_external_id": "V9"}, "portal_payment_differs"),
        (
            {"lines": (PortalPaymentLine(uuid=uuid_of("F2"), amount=Decimal("100.00")),)},
            "portal_payment_differs",
        ),
        (
            {"lines": (PortalPaymentLine(uuid=uuid_of("F1"), amount=Decimal("10.00")),)},
            "portal_payment_differs",
        ),
        ({"status": "FAILED"}, "portal_payment_rejected"),
    ],
)
def test_another_payment_under_our_number_is_held(
    changes: dict[str, object], expected: str
) -> None:
    assert outcome(decide(facts(in_portal=held_payment(**changes)))) == ("hold", expected)


def test_paid_by_a_person_is_told_before_the_balance() -> None:
    paid = document(cfdi_balance="0.00", cfdi_paid_by=("p9",))
    decision = decide(facts(payment(), paid, strangers={"p9": ""}))
    assert outcome(decision) == ("hold", "paid_in_portal")
    assert decision.finding is not None
    assert decision.finding.params["payments"] == "p9"
    assert [note.code for note in decision.notes] == ["balance_too_small"]


def test_paid_by_another_payment_of_ours_is_a_matter_of_the_balance() -> None:
    paid = document(cfdi_balance="0.00", cfdi_paid_by=("p9",))
    decision = decide(facts(payment(), paid, strangers={"p9": "PY0"}))
    assert outcome(decision) == ("hold", "balance_too_small")


# -- second instalments ----------------------------------------------------------------------------


def instalment(status: str, **changes: object) -> PaymentFacts:
    back = document(balance="40.00", cfdi_paid_by=("p0",), cfdi_status=status)
    return facts(payment(line("F1", "40.00")), back, strangers={"p0": "PY0"}, **changes)


def test_a_second_instalment_is_sent_whatever_the_stage() -> None:
    decision = decide(instalment("TO_SEND"))
    assert decision.verdict == Verdict.ACT
    assert decision.document.details["instalments"] == f"{uuid_of('F1')} TO_SEND"


def refused(known_status: str, finding: Finding) -> dict[str, object]:
    return {
        "row": row(Status.REFUSED, finding),
        "known": DocumentRow(
            kind=DocumentKind.PAYMENT,
            key="PY1",
            details={"instalments": f"{uuid_of('F1')} {known_status}"},
        ),
    }


WAITING = WAITING_FOR_SUPPLIER(invoices="F1", answer="no")


def test_a_refused_instalment_comes_up_again_when_the_portal_status_changes() -> None:
    moved = instalment("PENDING_PAYMENT", **refused("TO_SEND", WAITING))
    assert outcome(decide(moved)) == ("hold", "portal_status_changed")
    still = instalment("TO_SEND", **refused("TO_SEND", WAITING))
    assert decide(still).verdict == Verdict.ACT, "its interval decides, not the planner"
    other = REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="no")
    unrelated = instalment("PENDING_PAYMENT", **refused("TO_SEND", other))
    assert decide(unrelated).verdict == Verdict.ACT


# -- order -----------------------------------------------------------------------------------------


def test_payments_of_one_invoice_go_one_after_another_by_date_then_number() -> None:
    shared = document(balance="100.00")
    first = facts(payment(line("F1", "30.00"), number="PY9", paid_on=date(2026, 3, 1)), shared)
    second = facts(payment(line("F1", "30.00"), number="PY2"), shared)
    third = facts(payment(line("F1", "40.00"), number="PY3"), shared)
    alone = facts(payment(line("F2"), number="PY4"), document("F2"))
    plan = plan_uploads([alone, third, second, first], tenant(), NOW)
    after = {d.key: d.act.after for d in plan if d.act}
    assert [d.key for d in plan] == ["PY9", "PY2", "PY3", "PY4"]
    assert after == {"PY9": (), "PY2": ("PY9",), "PY3": ("PY2",), "PY4": ()}


def test_a_held_payment_never_holds_a_later_one() -> None:
    shared = document(balance="100.00")
    stuck = facts(
        payment(line("F1", "60.00"), number="PY1"), shared, bank_finding=BANK_NOT_MAPPED(bank="B")
    )
    later = facts(payment(line("F1", "100.00"), number="PY2"), shared)
    verdicts = {d.key: d.verdict for d in plan_uploads([stuck, later], tenant(), NOW)}
    assert verdicts == {"PY1": Verdict.HOLD, "PY2": Verdict.ACT}


@pytest.mark.parametrize(
    ("waits_until", "expected"),
    [
        pytest.param(NOW + timedelta(minutes=1), ("act", ""), id="refused, not due: takes nothing"),
        pytest.param(NOW, ("hold", "balance_too_small"), id="refused and due: goes first"),
    ],
)
def test_a_refused_payment_takes_only_what_it_pays_in_this_cycle(
    waits_until: datetime, expected: tuple[str, str]
) -> None:
    shared = document(balance="100.00")
    first = facts(payment(line("F1", "60.00"), number="PY1"), shared)
    refusal = REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="no")
    before = row(Status.REFUSED, refusal).model_copy(
        update={"sent_hash": sent_hash(first), "next_attempt_at": waits_until}
    )
    again = first.model_copy(update={"row": before})
    later = facts(payment(line("F1", "100.00"), number="PY2"), shared)
    assert outcome(plan_uploads([again, later], tenant(), NOW)[1]) == expected


def sent_hash(candidate: PaymentFacts) -> str:
    planned = decide(candidate)
    assert planned.act is not None
    return planned.act.content_hash


def test_what_earlier_acts_take_is_no_longer_there_for_later_ones() -> None:
    shared = document(balance="100.00")
    first = facts(payment(line("F1", "60.00"), number="PY1"), shared)
    second = facts(payment(line("F1", "60.00"), number="PY2"), shared)
    plan = plan_uploads([first, second], tenant(), NOW)
    assert outcome(plan[1]) == ("hold", "balance_too_small")


def test_money_of_the_guard_is_in_the_companys_currency() -> None:
    dollars = payment(
        line("F1", "10.00"),
        bank_currency="USD",
        vendor_currency="USD",
        bank_rate=Decimal("17.5"),
        vendor_rate=Decimal("17.5"),
    )
    decision = decide(facts(dollars, document(balance="10.00", cfdi_currency="USD")))
    assert decision.act is not None
    assert decision.act.functional_amount == Decimal("175.00")
    assert decision.document.currency == "USD"
