"""Purchase orders keep Sage's identities: quantities, money, counters, stamps, completion."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.sage.company import OptionalValue, SageRefused
from portal_pipeline_tests.contract.sage_company.conftest import ZONE, line

D = Decimal


def quantities(order):
    return [(i.ordered, i.received, i.cancelled, i.outstanding) for i in order.lines]


@pytest.mark.parametrize(
    ("vendor", "given", "tax_amounts", "total"),
    [
        pytest.param("P1", {}, ("160", "0"), "1160", id="IVA 16"),
        pytest.param("P1", {"tax_classes": (2,)}, ("80", "0"), "1080", id="IVA 8"),
        pytest.param("P1", {"tax_classes": (4,)}, ("0", "0"), "1000", id="exempt"),
        pytest.param("P2", {}, ("160", "-40"), "1120", id="freight with withholding"),
        pytest.param("P1", {"discount_percent": D(10)}, ("144", "0"), "1044", id="discount"),
        pytest.param("P1", {"unit_cost": D("0.333333")}, ("0.53", "0"), "3.86", id="half up"),
        pytest.param("U1", {}, ("0", "0"), "1000", id="dollars"),
    ],
)
def test_an_order_adds_up(bench, vendor, given, tax_amounts, total):
    number = bench.order(line(**given), vendor=vendor)
    header = bench.row("POPORH1", PONUMBER=number)
    own = bench.row("POPORL", PORHSEQ=header["PORHSEQ"])
    assert (own["TAXAMOUNT1"], own["TAXAMOUNT2"]) == tuple(D(amount) for amount in tax_amounts)
    assert header["DOCTOTAL"] == D(total)
    assert header["DOCTOTAL"] == header["EXTENDED"] - header["DISCOUNT"] + header["TXEXCLUDED"]
    assert header["TXEXCLUDE1"] == own["TAXAMOUNT1"]
    assert header["TAXBASE1"] == own["EXTENDED"] - own["DISCOUNT"]
    assert bench.row("POPORH2", PORHSEQ=header["PORHSEQ"])["SREXTORDER"] == header["EXTENDED"]


def test_stocking_quantities_are_ordering_quantities_times_conversion(bench):
    number = bench.order(line(conversion=D(12), unit="CAJA"))
    bench.company.cancel_quantity(number=number, line=1, quantity=D(3))
    row = bench.rows("POPORL")[-1]
    for name in ("ORDERED", "RECEIVED", "CANCELED", "RCPEXTRA", "OUTSTAND"):
        assert row[f"SQ{name}"] == row[f"OQ{name}"] * 12
    assert (row["OQOUTSTAND"], row["SQOUTSTAND"]) == (7, 84)


def test_lines_have_distinct_positive_keys_and_the_header_counts_them(bench):
    number = bench.order(line(), line(item="TUBO-2"), line(item="TUBO-3"))
    bench.company.amend_purchase_order(number=number, add=(line(item="TUBO-4"),), remove=(2,))
    header = bench.row("POPORH1", PONUMBER=number)
    rows = bench.rows("POPORL", PORHSEQ=header["PORHSEQ"])
    assert [row["PORLSEQ"] for row in rows] == [1, 3, 4]
    assert [row["PORLREV"] for row in rows] == [1000, 3000, 4000]
    assert (header["LINES"], header["LINESCMPL"], header["NEXTLSEQ"]) == (3, 0, 5)


def test_an_amendment_changes_quantity_and_price_and_the_totals_follow(bench):
    number = bench.order()
    bench.company.amend_purchase_order(
        number=number, quantities={1: D(20)}, unit_costs={1: D("99.5")}
    )
    order = bench.company.purchase_order(number)
    assert quantities(order) == [(20, 0, 0, 20)]
    assert order.total == D("2308.40")


def test_a_partly_cancelled_order_stays_open_and_keeps_its_totals(bench):
    number = bench.order()
    bench.company.cancel_quantity(number=number, line=1, quantity=D(4))
    order = bench.company.purchase_order(number)
    header = bench.row("POPORH1", PONUMBER=number)
    assert quantities(order) == [(10, 0, 4, 6)]
    assert (order.is_complete, order.is_cancelled) == (False, False)
    assert (header["EXTCANCEL"], header["EXTENDED"]) == (400, 1000)


def test_a_fully_cancelled_order_is_complete_on_that_day(bench):
    number = bench.order(line(), line(item="TUBO-2"))
    bench.company.cancel_outstanding(number=number)
    order = bench.company.purchase_order(number)
    assert order.is_complete
    assert order.is_cancelled
    assert order.completed_on == bench.company.today
    assert bench.row("POPORH1", PONUMBER=number)["LINESCMPL"] == 2


def test_more_quantity_opens_a_complete_order_again(bench):
    number = bench.order()
    bench.company.cancel_outstanding(number=number)
    bench.company.amend_purchase_order(number=number, quantities={1: D(11)})
    order = bench.company.purchase_order(number)
    assert (order.is_complete, order.completed_on) == (False, None)
    assert quantities(order) == [(11, 0, 10, 1)]


def test_optional_fields_are_counted_and_changed(bench):
    number = bench.order(optional_fields=(OptionalValue(name="USOCFDI", value="G03"),))
    bench.company.set_purchase_order_field(number=number, name="USOCFDI", value="G01")
    bench.company.set_purchase_order_field(number=number, name="AFE", value="7")
    assert bench.company.purchase_order(number).optional_fields == {"USOCFDI": "G01", "AFE": "7"}
    assert bench.row("POPORH1", PONUMBER=number)["VALUES"] == 2


def test_every_row_is_stamped_in_utc_and_dated_in_the_companys_zone(bench):
    bench.clock.now = datetime(2026, 3, 5, 22, 15, 3, 450_000, tzinfo=ZONE)
    header = bench.row("POPORH1", PONUMBER=bench.order())
    assert (header["AUDTDATE"], header["AUDTTIME"]) == (date(2026, 3, 6), 4_15_03_45)
    assert (header["AUDTORG"], header["DATE"]) == ("COPDAT", date(2026, 3, 5))


def test_only_what_changes_is_stamped_again(bench):
    number = bench.order(line(), line(item="TUBO-2"))
    bench.clock.now = bench.clock.now.replace(day=9)
    bench.company.cancel_quantity(number=number, line=2, quantity=D(1))
    first, second = bench.rows("POPORL")
    assert (first["AUDTDATE"].day, second["AUDTDATE"].day) == (2, 9)
    assert bench.row("POPORH1", PONUMBER=number)["AUDTDATE"].day == 9


def test_authorisation_is_the_latest_approval_until_it_is_revoked(bench):
    number = bench.order()
    assert bench.company.purchase_order(number).authorised_on is None
    bench.company.authorise_purchase_order(number=number, on=date(2026, 2, 20))
    bench.company.authorise_purchase_order(number=number, on=date(2026, 2, 25))
    assert bench.company.purchase_order(number).authorised_on == date(2026, 2, 25)
    bench.company.revoke_authorisation(number=number)
    assert bench.company.purchase_order(number).authorised_on is None


def test_hold_is_set_and_released(bench):
    number = bench.order(is_on_hold=True)
    assert bench.company.purchase_order(number).is_on_hold
    bench.company.set_purchase_order_hold(number=number, is_on_hold=False)
    assert not bench.company.purchase_order(number).is_on_hold


def test_a_deleted_order_leaves_no_row(bench):
    number = bench.order(optional_fields=(OptionalValue(name="AFE", value="1"),))
    bench.company.delete_purchase_order(number=number)
    for table in ("POPORH1", "POPORH2", "POPORL", "POPORHO"):
        assert bench.rows(table) == []


def test_a_dollar_order_takes_the_rate_of_its_day(bench):
    bench.company.set_exchange_rate(currency="USD", rate=D("18.25"), on=date(2026, 3, 3))
    older = bench.order(vendor="U1", on=date(2026, 3, 2))
    newer = bench.order(vendor="U1", on=date(2026, 3, 4))
    rates = [order.rate for order in bench.company.purchase_orders(older, newer)]
    assert rates == [D("17.5"), D("18.25")]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        pytest.param(lambda b: b.order(vendor="NADIE"), "apven_unknown", id="vendor"),
        pytest.param(lambda b: b.order(number="OC000001"), "po_exists", id="number taken"),
        pytest.param(lambda b: b.order(line(quantity=D(0))), "quantity_invalid", id="nothing"),
        pytest.param(
            lambda b: b.order(vendor="U1", on=date(2026, 1, 1)), "rate_missing", id="no rate"
        ),
        pytest.param(
            lambda b: b.company.cancel_quantity(number="OC000001", line=1, quantity=D(11)),
            "quantity_invalid",
            id="cancel too much",
        ),
        pytest.param(
            lambda b: b.company.cancel_quantity(number="OC000001", line=9, quantity=D(1)),
            "poporl_unknown",
            id="no such line",
        ),
        pytest.param(
            lambda b: b.company.authorise_purchase_order(number="OC9"), "poporh1_unknown", id="po"
        ),
    ],
)
def test_what_sage_would_not_do_is_refused_and_changes_nothing(bench, action, reason):
    bench.order()
    before = bench.rows("POPORH1"), bench.rows("POPORL")
    with pytest.raises(SageRefused) as refused:
        action(bench)
    assert refused.value.reason == reason
    assert (bench.rows("POPORH1"), bench.rows("POPORL")) == before
