"""The gate: each condition alone holds a payment, names itself, and lets go when it is met."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.payments.amounts import Share
from portal_pipeline.core.payments.facts import NAMED_MAX, AppliedDocument
from portal_pipeline.core.payments.gate import GateLine, GateResult, pass_gate
from portal_pipeline_tests.unit.core.payments.cases import PAYEE, cfdi, document, pair, uuid_of

D = Decimal


def at_gate(
    invoice: AppliedDocument | None = None,
    amount: str = "100.00",
    *,
    credit: str = "0",
    discount: str = "0",
    taken: str = "0",
    currency: str = "MXN",
) -> GateLine:
    one = invoice or document()
    return GateLine(
        invoice=one,
        share=Share(
            pair=pair(one.number),
            amount=D(amount),
            payment_amount=D(amount),
            credit=D(credit),
            discount=D(discount),
        ),
        currency=currency,
        spoken_for=D(taken),
    )


def judge(*lines: GateLine, allow: bool = False) -> GateResult:
    return pass_gate(lines, PAYEE, allow_ignore_amounts=allow)


def codes(result: GateResult) -> list[str]:
    return [finding.code for finding in result.failed]


def test_a_good_invoice_passes() -> None:
    assert judge(at_gate()).is_open


FAILURES: list[tuple[str, Callable[[], GateLine]]] = [
    ("invoice_not_confirmed", lambda: at_gate(document(is_confirmed=False))),
    ("invoice_without_uuid", lambda: at_gate(document(uuid="", cfdi=None))),
    ("invoice_not_in_portal", lambda: at_gate(document(cfdi=None))),
    (
        "listing_incomplete",
        lambda: at_gate(document(cfdi=None, is_listing_complete=False)),
    ),
    ("invoice_cancelled", lambda: at_gate(document(cfdi_is_cancelled=True))),
    ("provider_differs", lambda: at_gate(document(cfdi_provider_id="another"))),
    (
        "provider_differs",
        lambda: at_gate(document(cfdi_provider_id="", cfdi_provider_external_id="V9")),
    ),
    ("cfdi_currency_differs", lambda: at_gate(document(cfdi_currency="USD"))),
    ("balance_too_small", lambda: at_gate(document(balance="99.99"))),
    ("balance_too_small", lambda: at_gate(document(cfdi_balance=None))),
    ("balance_too_small", lambda: at_gate(taken="0.01")),
    (
        "pue_paid_in_part",
        lambda: at_gate(document(cfdi_payment_method="PUE", amount_due=D("0.01"))),
    ),
    (
        "pue_paid_in_part",
        lambda: at_gate(document(balance="100.01", cfdi_payment_method="PUE")),
    ),
    (
        "pue_paid_in_part",
        lambda: at_gate(document(balance="110.00", cfdi_payment_method="PUE"), discount="10.00"),
    ),
    (
        "credit_note_not_applied_in_portal",
        lambda: at_gate(document(balance="110.00", cfdi_payment_method="PUE"), credit="10.00"),
    ),
    (
        "credit_note_not_applied_in_portal",
        lambda: at_gate(
            document(balance="116.00", cfdi_payment_method="PUE", credited=D("10.00")),
            discount="6.00",
        ),
    ),
    (
        "pue_paid_in_part",
        lambda: at_gate(document(balance="116.00", cfdi_payment_method="PUE", credited=D("10.00"))),
    ),
    (
        "in_portal_payment_order",
        lambda: at_gate(document(cfdi_status_group="PAYMENT_ORDER")),
    ),
]


@pytest.mark.parametrize(("code", "line"), FAILURES)
def test_each_condition_alone_holds_the_payment_and_names_itself(
    code: str, line: Callable[[], GateLine]
) -> None:
    assert codes(judge(line())) == [code]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(lambda: at_gate(document(balance="250.00", amount_due=D(150))), id="PPD part"),
        pytest.param(lambda: at_gate(document(cfdi_payment_method="PUE")), id="PUE whole"),
        pytest.param(lambda: at_gate(document(balance="99.99999999999999")), id="binary fraction"),
        pytest.param(
            lambda: at_gate(document(balance="100.00000000000001", cfdi_payment_method="PUE")),
            id="PUE with a binary fraction",
        ),
        pytest.param(
            lambda: at_gate(document(cfdi_payment_method="PUE", amount_due=None)), id="PUE cleared"
        ),
        pytest.param(
            lambda: at_gate(document(cfdi_payment_method="PUE"), credit="10.00"),
            id="PUE with a credit note that the portal has taken off",
        ),
        pytest.param(
            lambda: at_gate(document(balance="110.00"), discount="10.00"), id="PPD discount"
        ),
        pytest.param(
            lambda: at_gate(document(cfdi_status_group="SENDING", cfdi_status="TO_SEND")),
            id="back at the supplier: the stage is no condition",
        ),
        pytest.param(
            lambda: at_gate(document(cfdi_provider_id="", cfdi_provider_external_id="V001")),
            id="provider by its number",
        ),
    ],
)
def test_what_the_rules_allow_passes(line: Callable[[], GateLine]) -> None:
    assert judge(line()).is_open


def test_all_failed_conditions_are_given_in_the_order_of_the_rules() -> None:
    bad = document(
        is_confirmed=False,
        balance="1.00",
        cfdi_is_cancelled=True,
        cfdi_provider_id="other",
        cfdi_status_group="PAYMENT_ORDER",
    )
    assert codes(judge(at_gate(bad), at_gate(document("F2", cfdi=None)))) == [
        "invoice_not_confirmed",
        "invoice_not_in_portal",
        "invoice_cancelled",
        "provider_differs",
        "balance_too_small",
        "in_portal_payment_order",
    ]


def test_one_finding_counts_every_invoice_and_names_a_few() -> None:
    lines = [at_gate(document(f"F{n}", cfdi=None)) for n in range(NAMED_MAX + 3)]
    (finding,) = judge(*lines).failed
    assert finding.params["count"] == str(NAMED_MAX + 3)
    assert finding.params["invoices"].count("F") == NAMED_MAX
    assert finding.params["invoices"].endswith("...")


DISCOUNTED = document(balance="110.00", cfdi_payment_method="PUE")


def test_a_pue_settled_by_discount_goes_ignoring_amounts_where_the_tenant_allows_it() -> None:
    result = judge(at_gate(DISCOUNTED, discount="10.00"), allow=True)
    assert result.is_open
    assert result.ignore_amounts


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(at_gate(document("F2", "250.00", amount_due=D(150))), id="part paid PPD"),
        pytest.param(at_gate(document("F2", "250.00")), id="paid by later payments"),
        pytest.param(at_gate(document("F2"), credit="5.00"), id="credited in this payment"),
        pytest.param(at_gate(document("F2", amount_due=D(5))), id="still due in Sage"),
    ],
)
def test_amounts_are_never_ignored_beside_an_invoice_that_stays_open(other: GateLine) -> None:
    """ignore_amounts settles every invoice of the payment, so all must be settled by it."""
    result = judge(at_gate(DISCOUNTED, discount="10.00"), other, allow=True)
    assert codes(result) == ["pue_paid_in_part"]
    assert not result.ignore_amounts


def test_a_discount_explains_no_more_than_itself() -> None:
    assert codes(judge(at_gate(DISCOUNTED, discount="9.99"), allow=True)) == ["pue_paid_in_part"]


def test_a_foreign_invoice_needs_no_cfdi_but_must_be_posted() -> None:
    foreign = PAYEE.model_copy(update={"is_foreign": True})
    bare = document(uuid="", cfdi=None)
    assert pass_gate([at_gate(bare)], foreign, allow_ignore_amounts=False).is_open
    unposted = document(uuid="", cfdi=None, is_confirmed=False)
    result = pass_gate([at_gate(unposted)], foreign, allow_ignore_amounts=False)
    assert codes(result) == ["invoice_not_confirmed"]


CASES = [line for _, line in FAILURES] + [at_gate]


@given(
    st.lists(st.sampled_from(range(len(CASES))), min_size=1, max_size=6),
    st.sampled_from(range(len(CASES))),
    st.booleans(),
)
def test_another_invoice_never_opens_a_closed_gate(
    chosen: list[int], added: int, allow: bool
) -> None:
    """Monotone: what fails for some invoices still fails with one more."""
    before = judge(*(CASES[i]() for i in chosen), allow=allow)
    after = judge(*(CASES[i]() for i in [*chosen, added]), allow=allow)
    assert set(codes(before)) <= set(codes(after))


@given(st.decimals("0.01", "1000", places=2), st.decimals("0", "1000", places=2))
def test_the_balance_covers_to_the_cent(amount: Decimal, balance: Decimal) -> None:
    one = document(cfdi=cfdi(balance=str(balance)))
    assert judge(at_gate(one, str(amount))).is_open is (balance >= amount)


def spoilt(one: AppliedDocument, **changes: object) -> AppliedDocument:
    """The invoice with another CFDI in the portal; unchanged where there is none."""
    if one.cfdi is None:
        return one
    return one.model_copy(update={"cfdi": one.cfdi.model_copy(update=changes)})


SPOIL: dict[str, Callable[[AppliedDocument], AppliedDocument]] = {
    "a": lambda one: one.model_copy(update={"is_confirmed": False}),
    "b": lambda one: one.model_copy(update={"uuid": "", "cfdi": None}),
    "c": lambda one: one.model_copy(update={"cfdi": None}),
    "d": lambda one: spoilt(one, is_cancelled=True),
    "e": lambda one: spoilt(one, provider_id="another"),
    "f": lambda one: spoilt(one, balance=D("99.99")),
    "g": lambda one: spoilt(one, payment_method="PUE").model_copy(update={"amount_due": D(1)}),
    "h": lambda one: spoilt(one, status_group="PAYMENT_ORDER"),
}
"""Makes one condition of the rules false for an invoice that gets 100.00."""
GOOD = [
    document(balance="250.00", amount_due=D(150)),
    document(cfdi_payment_method="PUE"),
    document(balance="110.00", cfdi_payment_method="PUE"),
]


@pytest.mark.parametrize("added", sorted(SPOIL))
@settings(max_examples=40)
@given(
    invoices=st.lists(
        st.tuples(st.sampled_from(GOOD), st.sets(st.sampled_from(sorted(SPOIL)), max_size=2)),
        min_size=1,
        max_size=3,
    ),
    place=st.integers(0, 2),
    allow=st.booleans(),
    discount=st.sampled_from(["0", "10.00"]),
)
def test_one_false_condition_closes_the_gate_whatever_else_is_true_or_false(
    invoices: list[tuple[AppliedDocument, set[str]]],
    place: int,
    added: str,
    allow: bool,
    discount: str,
) -> None:
    def through(those: list[tuple[AppliedDocument, set[str]]]) -> GateResult:
        lines = []
        for one, broken in those:
            for condition in sorted(broken):
                one = SPOIL[condition](one)  # noqa: PLW2901 - spoilt step by step
            lines.append(at_gate(one, discount=discount))
        return judge(*lines, allow=allow)

    worse = list(invoices)
    at = place % len(worse)
    worse[at] = (worse[at][0], worse[at][1] | {added})
    assert not through(worse).is_open


# -- to the cent and to the letter -----------------------------------------------------------


def test_an_unconfirmed_invoice_is_told_also_where_nothing_else_can_be_judged() -> None:
    bare = document(is_confirmed=False, uuid="", cfdi=None)
    assert codes(judge(at_gate(bare))) == ["invoice_not_confirmed", "invoice_without_uuid"]
    absent = document(is_confirmed=False, cfdi=None)
    assert codes(judge(at_gate(absent))) == ["invoice_not_confirmed", "invoice_not_in_portal"]


def test_a_foreign_supplier_with_a_cfdi_is_judged_by_it() -> None:
    foreign = PAYEE.model_copy(update={"is_foreign": True})
    absent = pass_gate([at_gate(document(cfdi=None))], foreign, allow_ignore_amounts=False)
    assert codes(absent) == ["invoice_not_in_portal"]


def test_a_foreign_invoice_goes_by_its_amounts_also_where_ignoring_them_is_allowed() -> None:
    foreign = PAYEE.model_copy(update={"is_foreign": True})
    bare = at_gate(document(uuid="", cfdi=None))
    assert pass_gate([bare], foreign, allow_ignore_amounts=True) == GateResult(
        failed=(), ignore_amounts=False
    )


def test_a_provider_that_neither_side_names_is_not_the_same() -> None:
    nameless = at_gate(document(cfdi_provider_id="", cfdi_provider_external_id=""))
    payee = PAYEE.model_copy(update={"external_id": ""})
    result = pass_gate([nameless], payee, allow_ignore_amounts=False)
    assert codes(result) == ["provider_differs"]


def test_every_pue_invoice_that_is_not_settled_is_counted_whatever_the_reason() -> None:
    partial = at_gate(document("F1", cfdi_payment_method="PUE", amount_due=D("0.01")))
    discounted = at_gate(
        document("F2", balance="110.00", cfdi_payment_method="PUE"), discount="10.00"
    )
    (finding,) = judge(discounted, partial).failed
    assert finding.params == {
        "count": "2",
        "invoices": f"F1 ({uuid_of('F1')}): 100.00 / 100.00 MXN; "
        f"F2 ({uuid_of('F2')}): 100.00 / 110.00 MXN",
    }


def pue(balance: str, credited: str = "0") -> AppliedDocument:
    return document(balance=balance, cfdi_payment_method="PUE", credited=D(credited))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param(
            at_gate(pue("110.00", "10.00"), discount="-5.00"),
            "credit_note_not_applied_in_portal",
            id="an adjustment upwards explains nothing",
        ),
        pytest.param(
            at_gate(pue("105.00", "10.00"), discount="10.00"),
            "pue_paid_in_part",
            id="what the discount explains is no credit note",
        ),
        pytest.param(
            at_gate(pue("110.00", "10.00"), discount="10.00"),
            "pue_paid_in_part",
            id="explained by the discount to the cent",
        ),
        pytest.param(
            at_gate(pue("110.01", "10.00")), "pue_paid_in_part", id="a cent more than credited"
        ),
        pytest.param(
            at_gate(pue("120.00", "10.00"), discount="0", taken="10.00"),
            "credit_note_not_applied_in_portal",
            id="what earlier payments take is gone",
        ),
    ],
)
def test_what_is_left_of_a_pue_invoice_is_told_by_its_cause(line: GateLine, code: str) -> None:
    assert codes(judge(line)) == [code]


@pytest.mark.parametrize(
    ("beside", "is_open"),
    [
        pytest.param(at_gate(document("F2"), discount="-5.00"), True, id="adjusted upwards"),
        pytest.param(
            at_gate(document("F2", "105.00"), discount="5.00"), True, id="discounted to the cent"
        ),
        pytest.param(
            at_gate(document("F2", "105.01"), discount="5.00"), False, id="a cent not explained"
        ),
        pytest.param(at_gate(document("F2", "105.00"), discount="6.00"), True, id="less is left"),
    ],
)
def test_amounts_are_ignored_beside_invoices_that_are_settled_whole(
    beside: GateLine, is_open: bool
) -> None:
    result = judge(at_gate(DISCOUNTED, discount="10.00"), beside, allow=True)
    assert (result.is_open, result.ignore_amounts) == (is_open, is_open)


def test_a_payment_that_needs_no_exception_takes_none_although_it_is_allowed() -> None:
    assert not judge(at_gate(), allow=True).ignore_amounts


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(
            at_gate(document(is_confirmed=False, confirmation="waiting")),
            f"F1 ({uuid_of('F1')}): waiting",
            id="not confirmed, with its state",
        ),
        pytest.param(
            at_gate(document(is_confirmed=False)), f"F1 ({uuid_of('F1')})", id="not confirmed"
        ),
        pytest.param(at_gate(document(uuid="", cfdi=None)), "F1", id="without UUID"),
        pytest.param(
            at_gate(document(balance="1234.50"), "2000.00", taken="0.25", currency="MXN"),
            f"F1 ({uuid_of('F1')}): 2,000.00 / 1,234.25 MXN",
            id="balance, less what earlier payments take",
        ),
        pytest.param(
            at_gate(document(balance="110.00", cfdi_payment_method="PUE"), credit="10.00"),
            f"F1 ({uuid_of('F1')}): 100.00 / 110.00 MXN",
            id="credit note not applied",
        ),
    ],
)
def test_a_finding_names_the_invoice_as_people_know_it(line: GateLine, shown: str) -> None:
    (finding,) = judge(line).failed
    assert finding.params == {"count": "1", "invoices": shown}


def test_an_incomplete_listing_names_the_listing_and_the_invoices() -> None:
    (finding,) = judge(at_gate(document(cfdi=None, is_listing_complete=False))).failed
    assert finding.params == {"listing": "CFDIs by UUID", "detail": f"F1 ({uuid_of('F1')})"}


def test_as_many_invoices_as_are_named_at_most_are_all_named() -> None:
    lines = [at_gate(document(f"F{n}", uuid="", cfdi=None)) for n in range(NAMED_MAX)]
    (finding,) = judge(*lines).failed
    assert finding.params["invoices"] == "; ".join(f"F{n}" for n in range(NAMED_MAX))
    (longer,) = judge(*lines, at_gate(document("F9", uuid="", cfdi=None))).failed
    assert longer.params["invoices"] == f"{finding.params['invoices']}; ..."


def test_a_gate_that_finds_nothing_is_open_and_ignores_no_amount() -> None:
    assert GateResult().is_open
    assert not GateResult().ignore_amounts


def test_findings_come_in_the_order_of_the_rules_whatever_the_order_of_the_invoices() -> None:
    found = codes(judge(*(line() for _, line in reversed(FAILURES))))
    assert found == list(GATE_ORDER)


GATE_ORDER = (
    "invoice_not_confirmed",
    "invoice_without_uuid",
    "listing_incomplete",
    "invoice_not_in_portal",
    "invoice_cancelled",
    "provider_differs",
    "cfdi_currency_differs",
    "balance_too_small",
    "pue_paid_in_part",
    "credit_note_not_applied_in_portal",
    "in_portal_payment_order",
)
