"""Whatever the ledger remembers of a payment, its next decision can be carried out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.decisions import DocumentRow, Verdict
from portal_pipeline.core.findings.payments import BANK_NOT_MAPPED
from portal_pipeline.core.findings.providers import (
    PROVIDER_EXTERNAL_ID_MISSING,
    RFC_MISMATCH,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.payments.facts import PayeeFacts
from portal_pipeline.core.payments.planner import plan_uploads
from portal_pipeline.core.payments.reversal import ReversalFacts, plan_reversal
from portal_pipeline.core.portal import PortalPayment, PortalPaymentLine
from portal_pipeline.core.tenant import Mode, PaymentRules
from portal_pipeline_tests.unit.core.legality import illegal, rows
from portal_pipeline_tests.unit.core.payments.cases import (
    NOW,
    PAYEE,
    document,
    facts,
    line,
    payment,
    tenant,
    uuid_of,
)

PAYMENT = DocumentKind.PAYMENT
MODES = st.sampled_from([Mode.SANDBOX, Mode.DRY_RUN])
PAYMENTS = st.sampled_from(
    [
        payment(),
        payment(line("F1", "60.00")),
        payment(remit_type=2),
        payment(is_reversed=True),
        payment(amount="99.00"),
        payment(stamped_at=NOW),
        payment(paid_on=None, posted_on=None),
        payment().model_copy(update={"lines": ()}),
    ]
)
INVOICES = st.sampled_from(
    [
        document(),
        document(is_confirmed=False),
        document(uuid="", cfdi=None),
        document(cfdi_balance=Decimal(0), cfdi_paid_by=("p9",)),
        document(cfdi_paid_by=("p0",), cfdi_status="TO_SEND"),
    ]
)
PAYEES = st.sampled_from(
    [
        PAYEE,
        PAYEE.model_copy(update={"is_foreign": True}),
        PayeeFacts(verdict=Verdict.OUT_OF_SCOPE, finding=VENDOR_NOT_ON_PORTAL(vendor="V001")),
        PayeeFacts(
            verdict=Verdict.HOLD, finding=PROVIDER_EXTERNAL_ID_MISSING(provider="p", vendor="V001")
        ),
        PayeeFacts(
            verdict=Verdict.REJECT,
            finding=RFC_MISMATCH(vendor="V001", vendor_rfc="A", provider_rfc="B"),
        ),
    ]
)
STANDING = PortalPayment(
    id="p1",
    external_id="PY1",
    status="PENDING_PAYMENT_CFDI",
    currency="MXN",
    total_amount=Decimal("100.00"),
    lines=(PortalPaymentLine(uuid=uuid_of("F1"), amount=Decimal("100.00")),),
)
IN_PORTAL = st.sampled_from(
    [
        None,
        STANDING,
        STANDING.model_copy(update={"status": "FAILED"}),
        STANDING.model_copy(update={"total_amount": Decimal("1.00")}),
        STANDING.model_copy(update={"complement_id": "c1"}),
    ]
)
FINDINGS = st.sampled_from([None, BANK_NOT_MAPPED(bank="B")])
KNOWN = st.sampled_from(
    [None, DocumentRow(kind=PAYMENT, key="PY1", details={"instalments": "F1 IN_REVIEW"})]
)


@settings(max_examples=200)
@given(
    PAYMENTS,
    INVOICES,
    PAYEES,
    IN_PORTAL,
    FINDINGS,
    KNOWN,
    st.booleans(),
    rows(PAYMENT, "PY1", Operation.UPLOAD, NOW),
    st.booleans(),
    MODES,
)
def test_the_decision_on_an_upload_is_possible_whatever_came_before(
    paid, invoice, payee, in_portal, bank, known, is_unique, row, has_start, mode
):
    start = NOW.date() + timedelta(days=1) if has_start else None
    company = tenant(start).model_copy(update={"mode": mode})
    one = facts(
        paid,
        invoice,
        payee=payee,
        in_portal=in_portal,
        bank_finding=bank,
        known=known,
        is_number_unique=is_unique,
        row=row,
        strangers={"p9": "", "p0": "PY0"},
    )
    (decision,) = plan_uploads([one], company, NOW)
    assert illegal(decision, row, company, NOW) == set()


@settings(max_examples=200)
@given(
    IN_PORTAL,
    st.sampled_from(["", "timeout"]),
    st.sampled_from(["report", "reject"]),
    rows(PAYMENT, "PY1", Operation.REVERSE, NOW),
    MODES,
)
def test_the_decision_on_a_reversal_is_possible_whatever_came_before(
    held, problem, on_reversal, row, mode
):
    company = tenant().model_copy(update={"mode": mode})
    one = ReversalFacts(known=DocumentRow(kind=PAYMENT, key="PY1"), held=held, problem=problem)
    decision = plan_reversal(one, PaymentRules(on_reversal=on_reversal))
    assert illegal(decision, row, company, NOW) == set()
