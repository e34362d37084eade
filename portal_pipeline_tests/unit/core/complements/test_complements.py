"""Complements: whose payment each documents, and what Sage shall hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.core.complements.matching import decide_complement, match
from portal_pipeline.core.complements.models import (
    Complement,
    ComplementFacts,
    PaidInvoice,
    PaymentComplements,
    complement_of,
)
from portal_pipeline.core.complements.planner import plan_write
from portal_pipeline.core.decisions import Decision, DocumentRow
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.tenant import PaymentRules
from portal_pipeline_tests.unit.core.payments.cases import payment

ON = PaymentRules(allow_sage_sql_writes=True)
DAY = date(2026, 3, 20)


def complement(uuid: str = "C1", **details: str) -> Complement:
    """An approved complement of portal payment p1, stamped on 21 March."""
    whole = {
        "status": "ATTACHED",
        "status_group": "ASSOCIATED",
        "approved_on": "2026-03-22",
        "is_cancelled": "no",
        "stamped_on": "20260321",
        "payment_ids": "p1",
        "paid_documents": "",
        "related": "",
    }
    return complement_of(
        DocumentRow(kind=DocumentKind.PAYMENT_COMPLEMENT, key=uuid, details=whole | details)
    )


def about(one: Complement, **changes: object) -> ComplementFacts:
    whole = {"complement": one, "numbers": {"p1": "PY1"}, "in_sage": frozenset({"PY1"})}
    return ComplementFacts(**(whole | changes))  # type: ignore[arg-type]


def outcome(decision: Decision | None) -> tuple[str, str]:
    assert decision is not None
    return decision.verdict.value, decision.finding.code if decision.finding else ""


def test_a_ledger_row_becomes_a_complement() -> None:
    one = complement(
        payment_ids="p1,p2", paid_documents="F1:60.00:20260320;F2:40.00:", related="04:C0,B0;01:X"
    )
    assert one.payment_ids == ("p1", "p2")
    assert [(p.uuid, p.amount, p.paid_on) for p in one.paid_documents] == [
        ("F1", Decimal("60.00"), DAY),
        ("F2", Decimal("40.00"), None),
    ]
    assert one.replaces == {"C0", "B0"}
    assert one.is_valid


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(about(complement()), ("done", ""), id="payment known"),
        pytest.param(
            about(
                complement(
                    status="PAYMENT_CFDI_IN_REVIEW", status_group="IN_PROCESS", approved_on=""
                )
            ),
            ("hold", "complement_not_approved"),
            id="in review",
        ),
        pytest.param(
            about(complement(is_cancelled="yes")),
            ("out_of_scope", "complement_cancelled"),
            id="cancelled",
        ),
        pytest.param(
            about(complement(stamped_on="")),
            ("hold", "complement_without_stamp_date"),
            id="no stamping date",
        ),
        pytest.param(
            about(complement(seal="invalid")),
            ("hold", "complement_seal_broken"),
            id="broken seal",
        ),
        pytest.param(
            about(complement(), in_sage=frozenset()),
            ("hold", "payment_not_in_sage"),
            id="payment not in Sage yet",
        ),
        pytest.param(
            about(complement(payment_ids="p1,p2"), numbers={"p1": "PY1", "p2": "PY2"}),
            ("hold", "payment_not_in_sage"),
            id="one of two payments not in Sage yet",
        ),
        pytest.param(
            about(complement(), numbers={"p1": ""}),
            ("out_of_scope", "payment_not_ours"),
            id="a person's payment",
        ),
        pytest.param(
            about(complement(), numbers={}, unread=("p1",)),
            ("hold", "portal_payment_unreadable"),
            id="payment unreadable now",
        ),
        pytest.param(
            about(complement(payment_ids="", paid_documents="F1:60.00:20260320")),
            ("hold", "complement_without_payment"),
            id="no link and nothing matches",
        ),
    ],
)
def test_every_complement_is_explained(facts: ComplementFacts, expected: tuple[str, str]) -> None:
    assert outcome(decide_complement(facts)) == expected


def test_a_complement_of_several_payments_is_linked_to_all() -> None:
    facts = about(
        complement(payment_ids="p1,p2,p3"),
        numbers={"p1": "PY1", "p2": "PY2", "p3": ""},
        in_sage=frozenset({"PY1", "PY2"}),
    )
    decision = decide_complement(facts)
    assert [link.target_key for link in decision.links] == ["PY1", "PY2"]
    assert outcome(decision) == ("done", "")


def paid(number: str, amount: str = "60.00", on: date = DAY) -> PaidInvoice:
    return PaidInvoice(uuid="F1", amount=Decimal(amount), payment=number, paid_on=on)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([paid("PY1"), paid("PY2", "40.00")], ("PY1",)),
        ([paid("PY1"), paid("PY2", on=date(2026, 3, 21))], ("PY1",)),
        ([paid("PY1"), paid("PY2")], ()),
        ([paid("PY1", "60.01")], ()),
        ([], ()),
    ],
)
def test_without_a_link_only_a_unique_match_of_uuid_amount_and_date_counts(
    lines: list[PaidInvoice], found: tuple[str, ...]
) -> None:
    one = complement(payment_ids="", paid_documents="F1:60.00:20260320")
    facts = about(one, paid=tuple(lines), in_sage=frozenset({"PY1", "PY2"}))
    matched = match(facts)
    assert (matched.found, matched.source) == (found, "automatic")


# -- what Sage shall hold --------------------------------------------------------------------------


def sage(
    *linked: Complement,
    stored: str = "",
    stamped: str | None = None,
    known: Complement | None = None,
) -> PaymentComplements:
    day = ("20260321" if stored else "") if stamped is None else stamped
    return PaymentComplements(
        payment=payment(complement_uuid=stored, complement_date=day), linked=linked, stored=known
    )


C1 = complement("C1")
C2 = complement("C2", stamped_on="20260325")
SUBSTITUTE = complement("C2", stamped_on="20260325", related="04:C1")
THIRD = complement("C3", stamped_on="20260328", related="04:C2")
CANCELLED = complement("C1", is_cancelled="yes")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(sage(C1), "C1", id="nothing there yet"),
        pytest.param(sage(C2, C1), "C1", id="of several the first"),
        pytest.param(sage(C1, SUBSTITUTE), "C2", id="of original and substitute the substitute"),
        pytest.param(sage(SUBSTITUTE, stored="C1"), "C2", id="substitutes the stored one"),
        pytest.param(
            sage(THIRD, known=None, stored="C1").model_copy(
                update={"linked": (THIRD, SUBSTITUTE.model_copy(update={"is_cancelled": True}))}
            ),
            "C3",
            id="substitutes the substitute of the stored one",
        ),
        pytest.param(
            sage(CANCELLED, C2, stored="C1"), "C2", id="follows the cancellation of the stored one"
        ),
        pytest.param(
            sage(C2, stored="C1", known=CANCELLED),
            "C2",
            id="the stored one is known to be cancelled",
        ),
        pytest.param(sage(C1, stored="C1", stamped=""), "C1", id="the date is missing"),
    ],
)
def test_what_is_written(facts: PaymentComplements, expected: str) -> None:
    decision = plan_write(facts, ON)
    assert decision is not None
    assert decision.act is not None
    assert decision.act.payload["uuid"] == expected
    assert decision.act.payload["replaces"] == facts.payment.complement_uuid
    assert decision.act.payload["stamped_on"].startswith("202603")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(sage(C1, stored="C1"), ("done", ""), id="same value"),
        pytest.param(
            sage(C1, stored="C1", stamped="2026-03-21T10:00:00"),
            ("done", ""),
            id="same value, date as the old system wrote it",
        ),
        pytest.param(sage(C1, C2, stored="C1"), ("done", ""), id="the first stays"),
        pytest.param(sage(C1, C2, stored="C2"), ("done", ""), id="whichever was the first there"),
        pytest.param(sage(C1, stored="X"), ("reject", "other_uuid_present"), id="another value"),
        pytest.param(sage(CANCELLED, stored="C1"), ("done", ""), id="cancelled, none instead"),
        pytest.param(
            sage(CANCELLED), ("out_of_scope", "complement_cancelled"), id="cancelled, never written"
        ),
    ],
)
def test_what_is_not_written(facts: PaymentComplements, expected: tuple[str, str]) -> None:
    assert outcome(plan_write(facts, ON)) == expected


def test_several_valid_complements_are_noted() -> None:
    decision = plan_write(sage(C1, C2), ON)
    assert decision is not None
    assert [note.code for note in decision.notes] == ["several_complements"]


def test_sage_is_not_written_without_the_switch() -> None:
    assert outcome(plan_write(sage(C1), PaymentRules())) == ("out_of_scope", "sql_writes_off")
    assert outcome(plan_write(sage(C1, stored="C1"), PaymentRules())) == ("done", "")


def test_a_payment_waits_for_the_approval_of_its_complement() -> None:
    review = complement(status="IN_REVIEW", status_group="IN_PROCESS", approved_on="")
    assert plan_write(sage(review), ON) is None


def test_complements_that_substitute_each_other_do_not_loop() -> None:
    one, two = complement("C1", related="04:C2"), complement("C2", related="04:C1")
    decision = plan_write(sage(one, two), ON)
    assert decision is not None
    assert decision.act is not None
    assert decision.act.payload["uuid"] == "C1"


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="payment known"),
        pytest.param({"numbers": {"p1": ""}}, id="a person's payment"),
        pytest.param({"in_sage": frozenset()}, id="payment not in Sage yet"),
    ],
)
@pytest.mark.parametrize("is_cancelled", ["no", "yes"])
def test_a_complement_is_linked_to_each_invoice_that_it_names(facts, is_cancelled) -> None:
    one = complement(
        paid_documents="F1:60.00:20260320;f1:1.00:;F2:40.00:", is_cancelled=is_cancelled
    )
    links = decide_complement(about(one, **facts)).links
    closed = [link for link in links if link.relation == "closes"]
    assert [(link.target_type, link.target_key) for link in closed] == [
        ("invoice", "F1"),
        ("invoice", "F2"),
    ]


def test_a_complement_with_a_broken_seal_is_never_written() -> None:
    broken = complement("C1", seal="invalid")
    assert plan_write(sage(broken), PaymentRules(allow_sage_sql_writes=True)) is None
