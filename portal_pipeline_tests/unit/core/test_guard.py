"""The guard stops plans that are too large, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.decisions import Document, OperationRow, Status, Verdict, act, done
from portal_pipeline.core.guard import Weight, exceeded, finding_above, hold_above, weigh
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.tenant import Guard, Tenant


def tenant(**guard):
    return Tenant(key=TenantKey("t"), name="t", rfc="R", zone=ZoneInfo("UTC"), guard=Guard(**guard))


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
    assert bool(exceeded(Weight(acts=acts), tenant(), has_run_before=has_run)) is above


def test_money_is_limited_where_a_limit_is_set():
    limited = tenant(max_amount_per_cycle=Decimal(100))
    at, over = (Weight(acts=1, amount=Decimal(text)) for text in ("100.00", "100.01"))
    assert exceeded(at, limited, has_run_before=True) == ()
    assert exceeded(over, limited, has_run_before=True) == ("100.00 MXN",)


def test_the_finding_names_every_limit_that_is_exceeded_and_the_sum_in_the_companys_currency():
    sums = {"MXN": Decimal(600), "USD": Decimal(10)}
    heavy = Weight(acts=60, amount=Decimal(775), by_currency=sums)
    limited = tenant(max_amount_per_cycle=Decimal(700))
    assert finding_above(heavy, limited, has_run_before=False).params == {
        "count": "60",
        "limit": "50; 700.00 MXN",
        "amount": "600.00 MXN, 10.00 USD = 775.00 MXN",
    }
    assert finding_above(heavy, tenant(is_on=False), has_run_before=False) is None


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
    above = finding_above(weight, tenant(), has_run_before=False)
    waiting = hold_above(sent, None, above)
    assert waiting.verdict == Verdict.HOLD
    assert waiting.finding.params == {"count": "60", "limit": "50", "amount": "600.00 MXN"}
    assert hold_above(confirmed, approved(confirmed), above) is confirmed


def test_what_is_in_doubt_is_looked_up_above_the_guard_and_only_other_content_weighs():
    sent = payment(1)
    changed = act(sent.document, Operation.UPLOAD, {"n": 1, "total": 2})
    row = OperationRow(
        kind=DocumentKind.PAYMENT,
        key=sent.key,
        operation=Operation.UPLOAD,
        status=Status.IN_FLIGHT,
        sent_hash=sent.act.content_hash,
    )
    rows = {(sent.key, sent.operation): row}
    assert weigh([sent], rows).acts == 0
    assert weigh([changed], rows).acts == 1
    above = finding_above(Weight(acts=60), tenant(), has_run_before=False)
    assert hold_above(sent, row, above) is sent
    looked = hold_above(changed, row, above)
    assert (looked.verdict, looked.act.look_up_only, looked.act.fallback) == (
        Verdict.ACT,
        True,
        Verdict.HOLD,
    )
