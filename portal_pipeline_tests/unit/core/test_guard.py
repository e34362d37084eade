"""The guard stops plans that are too large, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.core.decisions import Document, OperationRow, Status, Verdict, act, done
from portal_pipeline.core.guard import Weight, acts_limit, hold_above, is_above, weigh
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Guard


def payment(number: int, operation=Operation.UPLOAD, amount="10.00"):
    return act(
        Document(
            kind=DocumentKind.PAYMENT,
            key=f"PY{number}",
            amount=Decimal(amount),
            currency="MXN",
        ),
        operation,
        {"n": number},
    )


def approved(decision):
    return OperationRow(
        kind=DocumentKind.PAYMENT,
        key=decision.key,
        operation=decision.operation,
        status=Status.HELD,
        approved_hash=decision.act.content_hash,
    )


@pytest.mark.parametrize(
    ("acts", "has_run", "above"),
    [
        pytest.param(50, False, False, id="first plan at its limit"),
        pytest.param(51, False, True, id="first plan above it"),
        pytest.param(1000, True, False, id="later plan at its limit"),
        pytest.param(1001, True, True, id="later plan above it"),
    ],
)
def test_the_number_of_acts_is_limited_lower_before_the_first_confirmation(acts, has_run, above):
    assert is_above(Weight(acts=acts), Guard(), has_run_before=has_run) is above


def test_money_is_limited_where_a_limit_is_set():
    guard = Guard(max_amount_per_cycle=Decimal(100))
    assert not is_above(Weight(acts=1, amount=Decimal("100.00")), guard, has_run_before=True)
    assert is_above(Weight(acts=1, amount=Decimal("100.01")), guard, has_run_before=True)


def test_confirmed_acts_and_downloads_and_finished_documents_weigh_nothing():
    sent, confirmed = payment(1), payment(2)
    rows = {(confirmed.key, confirmed.operation): approved(confirmed)}
    decisions = [
        sent,
        confirmed,
        payment(3, Operation.DOWNLOAD),
        done(sent.document, Operation.UPLOAD),
    ]
    weight = weigh(decisions, rows)
    assert weight.acts == 1
    assert weight.amount == Decimal("10.00")


def test_a_confirmation_covers_only_the_content_that_was_shown():
    shown = payment(1)
    changed = act(shown.document, Operation.UPLOAD, {"n": 1, "total": 2})
    rows = {(shown.key, shown.operation): approved(shown)}
    assert weigh([shown], rows).acts == 0
    assert weigh([changed], rows).acts == 1


def test_above_the_guard_only_unconfirmed_acts_wait():
    sent, confirmed = payment(1), payment(2)
    weight = Weight(acts=60, by_currency={"MXN": Decimal(600)})
    limit = acts_limit(Guard(), has_run_before=False)
    waiting = hold_above(sent, None, weight, limit)
    assert waiting.verdict == Verdict.HOLD
    assert waiting.finding.params == {"count": "60", "limit": "50", "amount": "600.00 MXN"}
    assert hold_above(confirmed, approved(confirmed), weight, limit) is confirmed


def test_what_is_in_doubt_is_looked_up_above_the_guard_and_sent_again_by_nobody():
    sent = payment(1)
    doubt = approved(sent).model_copy(update={"status": Status.IN_FLIGHT, "approved_hash": None})
    looked_up = hold_above(sent, doubt, Weight(acts=60), 50)
    assert (looked_up.act.look_up_only, looked_up.act.fallback) == (True, Verdict.HOLD)
    assert looked_up.act.payload == sent.act.payload
    assert looked_up.finding.code == "plan_above_guard"
