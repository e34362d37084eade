"""A payment reversed in Sage after its upload is told, or taken back, and never forgotten."""

from __future__ import annotations

import pytest

from portal_pipeline.core.decisions import DocumentRow
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.payments.reversal import ReversalFacts, plan_reversal
from portal_pipeline.core.portal import PortalPayment
from portal_pipeline.core.tenant import PaymentRules

KNOWN = DocumentRow(kind=DocumentKind.PAYMENT, key="PY1", portal_id="p1")
LIVE = PortalPayment(id="p1", external_id="PY1", status="PENDING_PAYMENT_CFDI")


@pytest.mark.parametrize(
    ("held", "mode", "problem", "expected"),
    [
        (LIVE, "report", "", ("hold", "reversed_after_upload")),
        (LIVE, "reject", "", ("act", "")),
        (
            LIVE.model_copy(update={"complement_id": "c1"}),
            "reject",
            "",
            ("hold", "cancel_complement_first"),
        ),
        (
            LIVE.model_copy(update={"status": "IN_REVIEW_PAYMENT_CFDI"}),
            "reject",
            "",
            ("hold", "cancel_complement_first"),
        ),
        (LIVE.model_copy(update={"status": "FAILED"}), "report", "", ("done", "")),
        (None, "reject", "", ("done", "")),
        (None, "reject", "timeout", ("hold", "portal_payment_unreadable")),
    ],
)
def test_reversal(
    held: PortalPayment | None, mode: str, problem: str, expected: tuple[str, str]
) -> None:
    decision = plan_reversal(
        ReversalFacts(known=KNOWN, held=held, problem=problem), PaymentRules(on_reversal=mode)
    )
    code = decision.finding.code if decision.finding else ""
    assert (decision.verdict.value, code) == expected
    if decision.act:
        assert decision.act.payload == {
            "payment_id": "p1",
            "comments": "Pago PY1 revertido en Sage 300",
        }
