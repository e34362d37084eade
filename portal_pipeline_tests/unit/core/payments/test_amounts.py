"""Amounts: what a payment gives each invoice, and that no cent appears or vanishes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.money import CENT, DIVIDE, MULTIPLY, cents, to_functional
from portal_pipeline.core.payments.amounts import (
    Allocation,
    Share,
    allocate,
    functional_amount,
    wire_rate,
)
from portal_pipeline.core.payments.facts import NAMED_MAX, AppliedDocument, PaymentFacts
from portal_pipeline.core.payments.planner import plan_uploads
from portal_pipeline.core.portal import AppliedCreditNote
from portal_pipeline.core.sage import AppliedLine, SageDocumentType
from portal_pipeline_tests.unit.core.payments.cases import (
    NOW,
    cfdi,
    credit,
    document,
    facts,
    line,
    money,
    pair,
    payment,
    tenant,
    uuid_of,
)


def spread(
    *lines: AppliedLine, documents: tuple[AppliedDocument, ...] = (), amount: str | None = None
) -> Allocation:
    known = {pair(d.number): d for d in documents}
    return allocate(payment(*lines, amount=amount), known)


def cash(allocation: Allocation) -> dict[str, str]:
    return {share.pair[1]: str(share.amount) for share in allocation.shares}


def note(number: str = "N1", applies_to: str = "", **changes: object) -> AppliedDocument:
    return document(number, applies_to=applies_to, **changes)


def credited(number: str, *notes: tuple[str, str]) -> AppliedDocument:
    uses = tuple(
        AppliedCreditNote(credit_note_id=f"id-{name}", amount=money(amount))
        for name, amount in notes
    )
    return document(number, cfdi_credit_notes=uses)


TO_F1 = (("01", (uuid_of("F1"),)),)


@pytest.mark.parametrize(
    ("lines", "documents", "expected"),
    [
        pytest.param([line("F1", "60.00")], [], {"F1": "60.00"}, id="part payment"),
        pytest.param(
            [line("F1", "10.00"), line("F1", "5.00")], [], {"F1": "15.00"}, id="two schedules"
        ),
        pytest.param(
            [line("F1", "90.00", discount=money("8"), adjustment=money("2"))],
            [],
            {"F1": "90.00"},
            id="discount and adjustment are not cash",
        ),
        pytest.param(
            [line("F1", "90.00"), line("D1", "10.00", SageDocumentType.DEBIT_NOTE)],
            [],
            {"D1": "10.00", "F1": "90.00"},
            id="a debit note counts as an invoice",
        ),
        pytest.param(
            [line("F1"), credit("N1", "30.00")],
            [document("F1"), note(applies_to="F1")],
            {"F1": "70.00"},
            id="INVCAPPLTO",
        ),
        pytest.param(
            [line("F1"), line("F2", "50.00"), credit("N1", "50.00")],
            [document("F1"), document("F2"), note(applies_to="F2")],
            {"F1": "100.00"},
            id="netted to zero is left out",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [document("F1"), document("F2"), note(applies_to="F2", cfdi_related=TO_F1)],
            {"F1": "70.00", "F2": "100.00"},
            id="CFDI relation before INVCAPPLTO",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [document("F1"), credited("F2", ("N1", "30.00")), note(cfdi_related=TO_F1)],
            {"F1": "100.00", "F2": "70.00"},
            id="portal before CFDI relation",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [document("F1"), credited("F2", ("N1", "20.00")), note()],
            {"F1": "100.00", "F2": "70.00"},
            id="the portal names the invoice, Sage the amount",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [credited("F1", ("N1", "20.00")), credited("F2", ("N1", "10.00")), note()],
            {"F1": "80.00", "F2": "90.00"},
            id="one credit note on two invoices, as the portal split it",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [
                document("F1"),
                document("F2"),
                note(
                    applies_to="F2",
                    cfdi_related=(("01", (uuid_of("F1"), uuid_of("F2"))),),
                ),
            ],
            {"F1": "100.00", "F2": "70.00"},
            id="a relation to both is decided by INVCAPPLTO",
        ),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [document("F1"), document("F2"), note(applies_to="F2", cfdi_related=(("04", ("X",)),))],
            {"F1": "100.00", "F2": "70.00"},
            id="a substitute's relation names no invoice",
        ),
    ],
)
def test_cash_by_invoice(
    lines: list[AppliedLine], documents: list[AppliedDocument], expected: dict[str, str]
) -> None:
    allocation = spread(*lines, documents=tuple(documents))
    assert allocation.problem is None
    assert cash(allocation) == expected


@pytest.mark.parametrize(
    ("lines", "documents", "amount"),
    [
        pytest.param(
            [line("F1"), credit("N1", "30.00")],
            [document("F1"), note()],
            None,
            id="credit note of no invoice",
        ),
        pytest.param(
            [line("F1"), credit("N1", "30.00")],
            [document("F1"), note(applies_to="F1", cfdi_related=(("01", ("ELSEWHERE",)),))],
            None,
            id="the CFDI relates it to an invoice of another payment",
        ),
        pytest.param(
            [line("F1"), line("F2", "10.00"), credit("N1", "30.00")],
            [document("F1"), document("F2"), note(applies_to="F2")],
            None,
            id="credit note larger than its invoice",
        ),
        pytest.param([line("F1")], [], "100.01", id="a cent that no line explains"),
        pytest.param(
            [line("F1"), line("F2"), credit("N1", "30.00")],
            [credited("F1", ("N1", "20.00")), credited("F2", ("N1", "9.00")), note()],
            None,
            id="the portal split another amount",
        ),
    ],
)
def test_what_cannot_be_allocated_is_held(
    lines: list[AppliedLine], documents: list[AppliedDocument], amount: str | None
) -> None:
    allocation = spread(*lines, documents=tuple(documents), amount=amount)
    assert allocation.problem is not None
    assert allocation.problem.code == "net_payment_needs_allocation"
    assert not allocation.shares


def test_everything_netted_to_zero_leaves_nothing_to_pay() -> None:
    allocation = spread(
        line("F1"), credit("N1", "100.00"), documents=(document("F1"), note(applies_to="F1"))
    )
    assert allocation.problem is None
    assert not allocation.shares


def test_another_kind_of_document_is_not_guessed() -> None:
    allocation = spread(line("PP1", "100.00", SageDocumentType.OTHER))
    assert allocation.problem is not None
    assert allocation.problem.code == "pays_other_documents"


DOLLARS = {"vendor_currency": "USD", "vendor_rate": money("17.1234567"), "vendor_amount": money(0)}


def test_dollars_paid_in_pesos_by_the_payments_own_rate() -> None:
    one = payment(line("F1", "33.33"), amount="570.72", **DOLLARS)
    allocation = allocate(one, {})
    (share,) = allocation.shares
    assert (share.amount, share.payment_amount) == (money("33.33"), money("570.72"))
    assert allocation.exchange_rate == money("17.1234567")
    assert (allocation.invoice_currency, allocation.currency) == ("USD", "MXN")


def test_the_operator_of_the_rate_counts() -> None:
    one = payment(
        line("F1", "1000.00"),
        amount="17000.01",
        vendor_currency="USD",
        vendor_rate=money("0.0588235"),
        vendor_rate_operator=DIVIDE,
    )
    assert allocate(one, {}).shares[0].payment_amount == money("17000.01")
    multiplied = one.model_copy(update={"vendor_rate_operator": MULTIPLY})
    assert allocate(multiplied, {}).problem is not None, "58.82 is not what was paid"


def test_pesos_paid_in_dollars() -> None:
    one = payment(
        line("F1", "1712.35"), amount="100.00", bank_currency="USD", bank_rate=money("17.1234567")
    )
    allocation = allocate(one, {})
    assert allocation.problem is None
    assert allocation.shares[0].payment_amount == money("100.00")
    assert functional_amount(one) == money("1712.35")


def test_left_over_cents_go_to_the_largest_line() -> None:
    """5.99 + 5.99 + 6.16 by the rate, one cent less than was paid."""
    one = payment(
        line("F1", "0.35"), line("F2", "0.35"), line("F3", "0.36"), amount="18.15", **DOLLARS
    )
    allocation = allocate(one, {})
    assert allocation.problem is None
    assert [str(share.payment_amount) for share in allocation.shares] == ["5.99", "5.99", "6.17"]


def test_more_than_left_over_cents_is_held() -> None:
    one = payment(line("F1", "0.35"), line("F2", "0.35"), amount="12.01", **DOLLARS)
    problem = allocate(one, {}).problem
    assert problem is not None
    assert problem.params == {"amount": "12.01", "allocated": "11.98", "currency": "MXN"}


def test_a_rate_of_zero_is_not_guessed() -> None:
    one = payment(line("F1"), vendor_currency="USD", vendor_rate=money("0"))
    problem = allocate(one, {}).problem
    assert problem is not None
    assert problem.code == "payment_rate_missing"


def test_a_rate_of_zero_does_not_matter_in_one_currency() -> None:
    one = payment(line("F1"), vendor_rate=money("0"), bank_rate=money("0"), bank_currency="MXN")
    assert allocate(one, {}).problem is None
    assert functional_amount(one) == money("100.00")


def test_the_wire_rate_has_the_portals_direction() -> None:
    allocation = allocate(payment(line("F1", "33.33"), amount="570.72", **DOLLARS), {})
    assert wire_rate(allocation, "multiply") == money("17.1234567")
    assert wire_rate(allocation, "divide") == (1 / money("17.1234567")).quantize(
        money("0.0000000001")
    )
    same = allocate(payment(line("F1")), {})
    assert wire_rate(same, "divide") == 1


CENTS = st.integers(1, 10_000_000).map(lambda n: Decimal(n) / 100)
RATES = st.integers(1, 300_000_000).map(lambda n: Decimal(n) / 10_000_000)


@given(st.lists(CENTS, min_size=1, max_size=30), st.integers(0, 5))
def test_one_currency_conserves_every_cent(amounts: list[Decimal], zeroed: int) -> None:
    lines = [line(f"F{n}", str(amount)) for n, amount in enumerate(amounts)]
    documents = [document(f"F{n}") for n in range(len(amounts))]
    for n in range(min(zeroed, len(amounts))):
        lines.append(credit(f"N{n}", str(amounts[n])))
        documents.append(note(f"N{n}", applies_to=f"F{n}"))
    allocation = spread(*lines, documents=tuple(documents))
    assert allocation.problem is None
    assert sum(share.amount for share in allocation.shares) == allocation.total
    assert all(share.amount == share.payment_amount > 0 for share in allocation.shares)
    assert len(allocation.shares) == max(0, len(amounts) - zeroed)


@given(
    st.lists(CENTS, min_size=1, max_size=30),
    RATES,
    st.sampled_from([MULTIPLY, DIVIDE]),
)
def test_two_currencies_conserve_every_cent_or_hold(
    amounts: list[Decimal], rate: Decimal, operator: int
) -> None:
    """Whatever the rate: the lines sum up to the payment exactly, or nothing is sent."""
    total = to_functional(sum(amounts, Decimal(0)), rate, operator).quantize(Decimal("0.01"))
    lines = [line(f"F{n}", str(amount)) for n, amount in enumerate(amounts)]
    one = payment(
        *lines,
        amount=str(total),
        vendor_currency="USD",
        vendor_rate=rate,
        vendor_rate_operator=operator,
    )
    allocation = allocate(one, {})
    if allocation.problem is None:
        assert sum(share.payment_amount for share in allocation.shares) == total
        assert sum(share.amount for share in allocation.shares) == sum(amounts)


@st.composite
def mixtures(draw: st.DrawFn) -> PaymentFacts:
    """Invoices, debit and credit notes with discounts, in any two currencies, off by some cents."""
    vendor, bank = draw(st.sampled_from(["MXP", "USD"])), draw(st.sampled_from(["MXP", "USD"]))
    amounts = draw(st.lists(CENTS, min_size=1, max_size=12))
    kinds = st.sampled_from([SageDocumentType.INVOICE, SageDocumentType.DEBIT_NOTE])
    lines = [
        line(f"F{n}", str(amount), draw(kinds), discount=draw(st.sampled_from([money("0"), CENT])))
        for n, amount in enumerate(amounts)
    ]
    documents = [
        document(f"F{n}", str(amount), cfdi_currency="MXN" if vendor == "MXP" else "USD")
        for n, amount in enumerate(amounts)
    ]
    cash = sum(amounts, Decimal(0))
    for n in draw(st.sets(st.integers(0, len(amounts) - 1), max_size=3)):
        part = cents(amounts[n] * draw(st.sampled_from([money("0.25"), money("1")])))
        cash -= part
        lines.append(credit(f"N{n}", str(part)))
        documents.append(note(f"N{n}", applies_to=f"F{n}"))
    rate, operator = draw(RATES), draw(st.sampled_from([MULTIPLY, DIVIDE]))
    of_vendor, of_bank = (rate if code == "USD" else Decimal(1) for code in (vendor, bank))
    in_bank = cash
    if vendor != bank:
        home = to_functional(cash, of_vendor, operator)
        in_bank = home / to_functional(Decimal(1), of_bank, operator)
    off = draw(st.sampled_from([0, 0, 1, -1, 5])) * CENT
    paid = payment(
        *lines,
        amount=str(cents(in_bank) + off),
        vendor_currency=vendor,
        bank_currency=bank,
        vendor_rate=of_vendor,
        bank_rate=of_bank,
        vendor_rate_operator=operator,
        bank_rate_operator=operator,
    )
    return facts(paid, *documents)


@settings(max_examples=300)
@given(mixtures())
def test_what_is_sent_conserves_every_cent_whatever_the_payment_mixes(one: PaymentFacts) -> None:
    """Sent with lines that sum up to the payment, none of them empty; or held, or all credited."""
    (decision,) = plan_uploads([one], tenant(), NOW)
    if decision.act is None:
        code = decision.finding.code if decision.finding else ""
        assert code in {"net_payment_needs_allocation", "no_cash_paid", "payment_rate_missing"}
        return
    sent = decision.act.payload["cfdis"]
    assert sum(x["payment_amount"] for x in sent) == decision.act.payload["total_amount"]
    assert sum(x["amount"] for x in sent) == sum(x.amount for x in one.payment.lines)
    assert all(x["amount"] > 0 and x["payment_amount"] > 0 for x in sent)
    if one.payment.vendor_currency == one.payment.bank_currency:
        assert all(x["amount"] == x["payment_amount"] for x in sent)


def test_a_credit_note_unknown_to_the_portal_is_still_known_to_sage() -> None:
    bare = note(applies_to="F1", cfdi=None, uuid="")
    assert cash(spread(line("F1"), credit("N1", "1.00"), documents=(document("F1"), bare))) == {
        "F1": "99.00"
    }


def test_the_invoice_may_lack_its_cfdi() -> None:
    bare = document("F1", cfdi=None, uuid="")
    known = note(applies_to="F1", cfdi=cfdi("N1"))
    assert cash(spread(line("F1"), credit("N1", "1.00"), documents=(bare, known))) == {
        "F1": "99.00"
    }


# -- to the cent and to the letter -----------------------------------------------------------


def told(allocation: Allocation) -> dict[str, str]:
    assert allocation.problem is not None
    return dict(allocation.problem.params)


def test_interest_is_paid_like_an_invoice() -> None:
    interest = line("I1", "5.00", SageDocumentType.INTEREST)
    assert cash(spread(line("F1", "60.00"), interest)) == {"F1": "60.00", "I1": "5.00"}


def test_sages_three_decimals_are_rounded_line_by_line() -> None:
    lines = [
        line("F2", "10.004", discount=money("8.004"), adjustment=money("2.003")),
        line("F2", "5.004", discount=money("1.000"), adjustment=money("-0.500")),
        line("F1", "100.004"),
        credit("N1", "30.004"),
        credit("N1", "10.004"),
    ]
    documents = (document("F1"), document("F2"), note(applies_to="F1"))
    allocation = spread(*lines, documents=documents, amount="75.004")
    assert allocation == Allocation(
        total=money("75.00"),
        currency="MXN",
        invoice_currency="MXN",
        exchange_rate=money("1"),
        shares=(
            Share(
                pair=pair("F1"),
                amount=money("60.00"),
                payment_amount=money("60.00"),
                credit=money("40.00"),
                discount=money("0"),
            ),
            Share(
                pair=pair("F2"),
                amount=money("15.00"),
                payment_amount=money("15.00"),
                credit=money("0"),
                discount=money("10.51"),
            ),
        ),
    )
    assert allocation.total.as_tuple().exponent == -2


def test_what_cannot_be_allocated_is_told_with_both_sums_and_has_no_rate() -> None:
    larger = spread(
        *(line("F1"), line("F2", "10.00"), credit("N1", "30.00")),
        documents=(document("F1"), document("F2"), note(applies_to="F2")),
    )
    assert told(larger) == {"amount": "80.00", "allocated": "80.00", "currency": "MXN"}
    homeless = spread(line("F1", "1000.00"), credit("N1", "30.00"), documents=(note(),))
    assert told(homeless) == {"amount": "970.00", "allocated": "0.00", "currency": "MXN"}
    other = spread(line("F1", "1000.00"), amount="2000.00")
    assert told(other) == {"amount": "2,000.00", "allocated": "1,000.00", "currency": "MXN"}
    assert larger.exchange_rate == homeless.exchange_rate == 1


def test_a_credit_note_of_a_cent_without_an_invoice_is_no_rounding() -> None:
    one = payment(line("F1", "33.33"), credit("N1", "0.01"), amount="570.72", **DOLLARS)
    assert told(allocate(one, {pair("N1"): note()}))["allocated"] == "0.00"


def test_a_credit_larger_than_its_invoice_by_a_cent_is_no_rounding() -> None:
    one = payment(
        *(line("F1", "33.33"), line("F2", "1.00"), credit("N1", "1.01")), amount="570.72", **DOLLARS
    )
    known = {pair("F2"): document("F2"), pair("N1"): note(applies_to="F2")}
    assert allocate(one, known).problem is not None


def test_an_empty_credit_note_needs_no_invoice() -> None:
    allocation = spread(line("F1"), credit("N1", "0.00"), documents=(note(),))
    assert cash(allocation) == {"F1": "100.00"}


def test_other_documents_are_named_up_to_the_limit() -> None:
    lines = [line(f"X{n}", "1.00", SageDocumentType.OTHER) for n in range(NAMED_MAX + 1)]
    named = ", ".join(f"X{n}" for n in range(NAMED_MAX))
    assert told(spread(*lines)) == {"documents": named}


@pytest.mark.parametrize("rates", [("0", "1"), ("1", "0"), ("-1", "1")])
def test_a_missing_rate_is_told_with_both_currencies(rates: tuple[str, str]) -> None:
    vendor, bank = (money(rate) for rate in rates)
    one = payment(line("F1"), vendor_currency="USD", vendor_rate=vendor, bank_rate=bank)
    assert told(allocate(one, {})) == {"currency": "MXN", "invoice_currency": "USD"}


@pytest.mark.parametrize(
    ("amount", "paid"),
    [
        pytest.param("12.00", ["6.01", "5.99"], id="a cent for each line more"),
        pytest.param("11.96", ["5.97", "5.99"], id="a cent for each line less"),
        pytest.param("12.01", None, id="three cents more"),
        pytest.param("11.95", None, id="three cents less"),
    ],
)
def test_rounding_explains_one_cent_for_each_line(amount: str, paid: list[str] | None) -> None:
    one = payment(line("F1", "0.35"), line("F2", "0.35"), amount=amount, **DOLLARS)
    allocation = allocate(one, {})
    assert [str(share.payment_amount) for share in allocation.shares] == (paid or [])
    assert (allocation.problem is None) is (paid is not None)


def test_no_invoice_is_paid_with_nothing() -> None:
    one = payment(
        *(line("F1", "0.01"), line("F2", "1712.35")),
        amount="100.00",
        bank_currency="USD",
        bank_rate=money("17.1234567"),
    )
    assert told(allocate(one, {})) == {"amount": "100.00", "allocated": "100.01", "currency": "USD"}


def test_a_rate_of_one_is_sent_without_decimals() -> None:
    same = allocate(payment(line("F1")), {})
    assert [str(wire_rate(same, way)) for way in ("divide", "multiply")] == ["1", "1"]


def test_an_amount_in_the_companys_currency_has_cents() -> None:
    one = payment(line("F1"), amount="100.004", bank_rate=money("0"), bank_currency="USD")
    assert str(functional_amount(one)) == "100.00"
    negative = one.model_copy(update={"bank_rate": money("-1")})
    assert str(functional_amount(negative)) == "100.00"
    small = one.model_copy(update={"bank_rate": money("0.5")})
    assert str(functional_amount(small)) == "50.00"
    divided = small.model_copy(update={"bank_rate_operator": DIVIDE})
    assert str(functional_amount(divided)) == "200.01"
