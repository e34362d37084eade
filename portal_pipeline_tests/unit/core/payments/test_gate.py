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
from portal_pipeline_tests.unit.core.payments.cases import PAYEE, cfdi, document, pair

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
