"""No cent is made or lost between Sage's lines and what the portal holds, whatever the order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.money import DIVIDE, MULTIPLY, cents
from portal_pipeline.core.purchase_orders.builder import Built, build
from portal_pipeline.core.purchase_orders.models import LineTax, SagePoLine, SagePurchaseOrder
from portal_pipeline.core.tenant import PurchaseOrderRules
from portal_pipeline_tests.unit.core.purchase_orders.makers import PLACE, line, order

D = Decimal
CENT = Fraction(1, 100)
SKIPPING = PurchaseOrderRules(skipped_warehouses=("ALM02",))

_RATES = st.lists(
    st.tuples(st.sampled_from(["16", "8", "0", "-10.66667", "-10", "-1.25"]), st.booleans()),
    max_size=3,
)


@st.composite
def _line(draw: st.DrawFn) -> SagePoLine:
    """A line as Sage stands there with what was ordered of it."""
    ordered = draw(st.decimals("0", "9999", places=4))
    cost = draw(st.decimals("0", "9999", places=6))
    percent = draw(st.sampled_from([D(0), D(5), D("33.33333")]))
    extended = cents(ordered * cost)
    discount = cents(extended * percent / 100)
    taxes = []
    for rate, is_included in draw(_RATES):
        inside = 1 + D(rate) / 100 if is_included else D(1)
        base = cents((extended - discount) / inside)
        taxes.append(LineTax(rate=D(rate), base=base, is_included=is_included))
    return line(
        ordered=ordered,
        cancelled=draw(st.sampled_from([D(0), D(0), ordered / 2, ordered, ordered + 1])),
        received=draw(st.sampled_from([D(0), ordered, ordered + 3])),
        unit_cost=cost,
        discount_percent=percent,
        extended=extended,
        discount=discount,
        taxes=tuple(taxes),
        location=draw(st.sampled_from(["ALM01", "ALM01", "ALM02"])),
    )


@st.composite
def _order(draw: st.DrawFn) -> SagePurchaseOrder:
    drawn = draw(st.lists(_line(), min_size=1, max_size=5))
    lines = [one.model_copy(update={"line_id": place}) for place, one in enumerate(drawn, 1)]
    currency, rate, operator = draw(
        st.sampled_from(
            [("MXP", "1", MULTIPLY), ("USD", "17.123457", MULTIPLY), ("USD", "0.0584", DIVIDE)]
        )
    )
    return order(*lines, currency=currency, rate=D(rate), rate_operator=operator)


def _built(one: SagePurchaseOrder) -> Built:
    return build(one, "V001", "", {"ALM01": PLACE, "ALM02": PLACE}, SKIPPING)


@given(_order())
def test_header_lines_and_taxes_add_up_to_the_cent(one: SagePurchaseOrder) -> None:
    built = _built(one)
    payload = built.payload
    if payload is None:
        return
    money = [payload[name] for name in ("subtotal", "total", "vat_sum", "withhold_tax_sum")]
    assert all(cents(amount) == amount for amount in money)
    assert payload["subtotal"] == sum(sent["subtotal"] for sent in payload["lines"])
    assert payload["total"] == (
        payload["subtotal"] + payload["vat_sum"] + payload["withhold_tax_sum"]
    )
    assert payload["vat_sum"] >= 0 >= payload["withhold_tax_sum"]
    assert payload["total"] == built.total
    assert ("exchange_rate" in payload) == (payload["currency"] != "MXN")


@given(_order())
def test_what_is_left_of_each_line_costs_what_sage_says(one: SagePurchaseOrder) -> None:
    """Against exact fractions: rounding moves a line or a tax by its own cent and no more."""
    payload = _built(one).payload
    if payload is None:
        return
    by_id = {str(line_.line_id): line_ for line_ in one.lines}
    taxed, count = Fraction(0), 0
    for sent in payload["lines"]:
        of = by_id[sent["external_id"]]
        exact = Fraction(of.ordered - of.cancelled) * Fraction(of.unit_cost)
        exact *= 1 - Fraction(of.discount_percent) / 100
        assert abs(Fraction(sent["subtotal"]) - exact) <= CENT
        on_top = [tax for tax in of.taxes if not tax.is_included]
        count += len(on_top)
        taxed += sum(Fraction(sent["subtotal"]) * Fraction(tax.rate) / 100 for tax in on_top)
    sums = Fraction(payload["vat_sum"] + payload["withhold_tax_sum"])
    assert abs(sums - taxed) <= CENT / 2 * count + Fraction(1, 10**9)


@given(_order())
def test_cancelled_and_skipped_lines_leave_no_trace_in_the_amounts(one: SagePurchaseOrder) -> None:
    left = tuple(x for x in one.lines if x.cancelled < x.ordered and x.location != "ALM02")
    whole, rest = _built(one), _built(one.model_copy(update={"lines": left}))
    assert whole.total == rest.total
    assert whole.functional_total == rest.functional_total
    assert {x["external_id"] for x in (whole.payload or {"lines": ()})["lines"]} <= {
        str(x.line_id) for x in left
    }


@given(_order())
def test_an_untouched_order_agrees_with_sages_own_totals(one: SagePurchaseOrder) -> None:
    """Sage rounds each tax of each line, as we do."""
    lines = tuple(x.model_copy(update={"cancelled": D(0), "location": "ALM01"}) for x in one.lines)
    net = sum((x.extended - x.discount for x in lines), D(0))
    on_top = sum(
        (cents(t.base * t.rate / 100) for x in lines for t in x.taxes if not t.is_included), D(0)
    )
    built = _built(one.model_copy(update={"lines": lines, "total": net + on_top}))
    if built.payload is not None:
        assert built.payload["total"] == net + on_top
        assert "po_totals_differ" not in [note.code for note in built.notes]


@given(_order())
def test_the_guards_money_is_the_total_at_sages_own_rate(one: SagePurchaseOrder) -> None:
    built = _built(one)
    rate = Fraction(one.rate)
    exact = Fraction(built.total) * (rate if one.rate_operator == MULTIPLY else 1 / rate)
    assert abs(Fraction(built.functional_total) - exact) <= CENT / 2
