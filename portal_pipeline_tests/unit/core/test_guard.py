"""The guard stops plans that are too large, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.decisions import Act, Document, OperationRow, Status, Verdict, act, done
from portal_pipeline.core.guard import (
    Weight,
    acts_limit,
    exceeded,
    finding_above,
    hold_above,
    is_in_doubt,
    is_weighed,
    weigh,
)
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
    sums = {"USD": Decimal(10), "MXN": Decimal(600)}
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


# -- each condition by itself ----------------------------------------------------------------

SENT = payment(1)
CHANGED = act(SENT.document, Operation.UPLOAD, {"n": 1, "total": 2})


def row_of(status=Status.HELD, decision=SENT, **hashes):
    return OperationRow(
        kind=DocumentKind.PAYMENT,
        key=decision.key,
        operation=decision.operation,
        status=status,
        **hashes,
    )


@pytest.mark.parametrize(
    ("decision", "row", "weighs"),
    [
        pytest.param(SENT, None, True, id="new"),
        pytest.param(SENT, row_of(), True, id="known, never confirmed"),
        pytest.param(done(SENT.document, Operation.UPLOAD), None, False, id="no act"),
        pytest.param(
            SENT.model_copy(update={"verdict": Verdict.DONE}), None, False, id="done with content"
        ),
        pytest.param(SENT.model_copy(update={"act": None}), None, False, id="without content"),
        pytest.param(
            SENT.model_copy(update={"act": Act(payload={}, look_up_only=True)}),
            None,
            False,
            id="a look-up",
        ),
        pytest.param(payment(1, Operation.DOWNLOAD), None, False, id="a download"),
        pytest.param(
            SENT, row_of(approved_hash=SENT.act.content_hash), False, id="confirmed by a person"
        ),
        pytest.param(
            CHANGED, row_of(approved_hash=SENT.act.content_hash), True, id="other content confirmed"
        ),
        pytest.param(
            SENT,
            row_of(Status.IN_FLIGHT, sent_hash=SENT.act.content_hash),
            False,
            id="in doubt, the same again",
        ),
        pytest.param(
            CHANGED,
            row_of(Status.IN_FLIGHT, sent_hash=SENT.act.content_hash),
            True,
            id="in doubt, other content",
        ),
        pytest.param(
            CHANGED,
            row_of(
                Status.IN_FLIGHT,
                sent_hash=SENT.act.content_hash,
                approved_hash=CHANGED.act.content_hash,
            ),
            False,
            id="in doubt, other content, confirmed",
        ),
        pytest.param(
            SENT,
            row_of(Status.REFUSED, sent_hash=SENT.act.content_hash),
            True,
            id="refused before: not in doubt",
        ),
    ],
)
def test_what_weighs(decision, row, weighs):
    assert is_weighed(decision, row) is weighs


@pytest.mark.parametrize("status", [None, *Status])
def test_in_doubt_is_what_is_in_flight(status):
    row = None if status is None else row_of(status)
    assert is_in_doubt(row) is (status == Status.IN_FLIGHT)


def test_money_is_summed_by_currency_and_in_the_companys():
    dollars = act(
        Document(kind=DocumentKind.PAYMENT, key="PY8", amount=Decimal(2), currency="USD"),
        Operation.UPLOAD,
        {"n": 8},
        functional_amount=Decimal(35),
    )
    unknown = act(
        Document(kind=DocumentKind.PAYMENT, key="PY9", amount=None, currency="MXN"),
        Operation.UPLOAD,
        {"n": 9},
    )
    decisions = [payment(1), dollars, payment(2, amount="0.50"), dollars, unknown]
    assert weigh(decisions, {}) == Weight(
        acts=5,
        amount=Decimal("80.50"),
        by_currency={"MXN": Decimal("10.50"), "USD": Decimal(4)},
    )
    assert weigh([], {}) == Weight(acts=0, amount=Decimal(0), by_currency={})


def test_the_default_limits_are_lower_before_the_first_plan_has_run():
    assert acts_limit(Guard(), has_run_before=False) == 50
    assert acts_limit(Guard(), has_run_before=True) == 1000


def test_the_finding_tells_one_currency_once_and_names_the_later_limit():
    heavy = Weight(acts=1001, amount=Decimal(7), by_currency={"MXN": Decimal("1234.5")})
    assert finding_above(heavy, tenant(), has_run_before=True).params == {
        "count": "1001",
        "limit": "1000",
        "amount": "1,234.50 MXN",
    }
    assert finding_above(Weight(acts=1), tenant(), has_run_before=True) is None


def test_above_the_guard_the_finding_is_kept_with_what_is_looked_up():
    above = finding_above(Weight(acts=60), tenant(), has_run_before=False)
    in_doubt = row_of(Status.IN_FLIGHT, sent_hash=SENT.act.content_hash)
    looked = hold_above(CHANGED, in_doubt, above)
    assert looked.finding == above
    assert looked.act == Act(payload={}, look_up_only=True, fallback=Verdict.HOLD)
    assert hold_above(SENT, row_of(), above).verdict == Verdict.HOLD
