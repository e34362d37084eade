"""The builder: what of a Sage order reaches the portal, to the cent and to the letter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.money import cents
from portal_pipeline.core.purchase_orders.amounts import line_amounts, order_amounts
from portal_pipeline.core.purchase_orders.builder import build
from portal_pipeline.core.purchase_orders.models import LineTax, SageLocation
from portal_pipeline.core.tenant import PurchaseOrderRules, ShipTo
from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline_tests.unit.core.purchase_orders.makers import PLACE, line, order

D = Decimal
RULES = PurchaseOrderRules()


def built(one, rules=RULES, form="", place=PLACE):
    return build(one, "V001", form, {"ALM01": place} if place else {}, rules)


def codes(found):
    return [note.code for note in found.notes]


@pytest.mark.parametrize(
    ("given_", "quantity", "subtotal", "vat"),
    [
        pytest.param({}, "10", "1000.00", "160.00", id="whole"),
        pytest.param({"cancelled": D(4)}, "6", "600.00", "96.00", id="cancelled in part"),
        pytest.param({"received": D(10)}, "10", "1000.00", "160.00", id="received"),
        pytest.param({"received": D(13)}, "10", "1000.00", "160.00", id="over-received"),
        pytest.param({"ordered": D("0.3333")}, "0.3333", "33.33", "5.33", id="fraction"),
        pytest.param({"unit_cost": D("0.123456")}, "10", "1.23", "0.20", id="six decimals"),
        pytest.param(
            {"discount_percent": D(10), "discount": D(100)}, "10", "900.00", "144.00", id="discount"
        ),
    ],
)
def test_quantity_is_ordered_less_cancelled_and_money_follows(given_, quantity, subtotal, vat):
    found = built(order(line(**given_)))
    assert found.payload["lines"][0]["quantity"] == D(quantity)
    assert found.payload["subtotal"] == D(subtotal)
    assert found.payload["vat_sum"] == D(vat)
    assert found.payload["total"] == found.total == D(subtotal) + D(vat)


def test_a_discount_that_was_typed_as_an_amount_counts_to_the_cent():
    """Sage keeps its percentage with five decimals: of a large amount that is cents off."""
    given_ = {"unit_cost": D(1000000), "ordered": D(1), "extended": D(1000000)}
    typed = line(**given_, discount=D("123456.78"), discount_percent=D("12.34568"))
    found = built(order(typed))
    assert found.payload["subtotal"] == D("876543.22")
    assert codes(found) == []


@pytest.mark.parametrize(
    ("taxes", "subtotal", "vat", "withheld", "total"),
    [
        pytest.param([("16", "1000", False)], "1000", "160", "0", "1160", id="on top"),
        pytest.param([("16", "862.07", True)], "1000", "0", "0", "1000", id="inside the price"),
        pytest.param(
            [("16", "1000", False), ("-10.66667", "1000", False), ("-10", "1000", False)],
            *("1000", "160", "-206.67", "953.33"),
            id="withholdings",
        ),
        pytest.param(
            [("8", "1000", False), ("16", "1080", False)],
            *("1000", "252.8", "0", "1252.8"),
            id="tax on tax",
        ),
        pytest.param([("0", "1000", False)], "1000", "0", "0", "1000", id="zero rate"),
        pytest.param([("16", "0", False)], "1000", "0", "0", "1000", id="nothing taxed"),
    ],
)
def test_taxes_on_top_are_summed_by_sign(taxes, subtotal, vat, withheld, total):
    lines = (line(taxes=tuple(LineTax(rate=D(r), base=D(b), is_included=i) for r, b, i in taxes)),)
    payload = built(order(*lines)).payload
    assert (payload["subtotal"], payload["vat_sum"]) == (D(subtotal), D(vat))
    assert (payload["withhold_tax_sum"], payload["total"]) == (D(withheld), D(total))


def test_a_base_that_differs_from_the_amount_shrinks_with_what_is_left():
    half = line(cancelled=D(5), taxes=(LineTax(rate=D(16), base=D(1080)),))
    assert line_amounts(half).added == (D("86.40"),)


@pytest.mark.parametrize(
    ("given_", "net"),
    [
        pytest.param({"cancelled": D(4), "discount": D(100)}, "540.00", id="of what is left"),
        pytest.param({"discount": D("99.996")}, "900.00", id="typed, with Sage's three decimals"),
        pytest.param(
            {"extended": D("1000.004"), "discount": D("99.99")}, "900.01", id="as ordered, typed"
        ),
        pytest.param(
            {"extended": D("1000.01"), "discount": D("99.99")}, "900.00", id="no more as ordered"
        ),
    ],
)
def test_the_discount_is_sages_own_as_ordered_and_its_percentage_afterwards(given_, net):
    found = line_amounts(line(discount_percent=D(10), taxes=(), **given_))
    assert str(found.net) == net


def test_where_sage_shows_no_amount_any_more_the_whole_line_is_taxed():
    shrunk = line(extended=D(0), taxes=(LineTax(rate=D(16), base=D(0)),))
    assert line_amounts(shrunk).added == (D("160.00"),)


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        pytest.param({}, [], id="agrees"),
        pytest.param({"total": D("1160.004")}, [], id="agrees to the cent"),
        pytest.param({"total": D("1160.01")}, ["po_totals_differ"], id="a cent more"),
        pytest.param({"extended": D("999")}, ["po_totals_differ"], id="another subtotal"),
    ],
)
def test_totals_that_are_not_sages_are_noted(changes, notes):
    assert codes(built(order(**changes))) == notes


def test_totals_are_not_compared_where_something_is_cancelled():
    found = built(order(line(cancelled=D(1)), total=D(1160)))
    assert codes(found) == []


def test_lines_keep_their_numbers_when_others_are_left_out():
    rules = PurchaseOrderRules(skipped_warehouses=("ALM02",))
    lines = (
        line(line_id=7, location="ALM02"),
        line(line_id=3, cancelled=D(10)),
        line(line_id=5, item="B"),
    )
    found = built(order(*lines), rules)
    assert [(x["external_id"], x["num"]) for x in found.payload["lines"]] == [("5", 3)]
    assert found.notes[0].params == {"lines": "1 (ALM02), 2 (0)"}


def test_an_order_without_a_line_left_is_empty():
    found = built(order(line(cancelled=D(10))))
    assert found.payload is None
    assert (found.is_empty, found.problem.code) == (True, "no_lines_to_send")


@pytest.mark.parametrize(
    ("currency", "rate", "operator", "sent"),
    [
        pytest.param("MXP", "1", 1, ("MXN", None), id="pesos"),
        pytest.param("MXN", "1", 1, ("MXN", None), id="pesos by ISO code"),
        pytest.param("USD", "17.5", 1, ("USD", "17.5"), id="dollars"),
        pytest.param("USD", "17.1234567", 1, ("USD", "17.123457"), id="six decimals"),
        pytest.param("USD", "0.05", 2, ("USD", "20"), id="divided"),
    ],
)
def test_currency_and_rate(currency, rate, operator, sent):
    found = built(order(currency=currency, rate=D(rate), rate_operator=operator))
    rate_sent = found.payload.get("exchange_rate")
    assert (found.payload["currency"], rate_sent) == (sent[0], sent[1] and D(sent[1]))
    assert found.functional_total == cents(D(1160) * D(sent[1] or 1)) or rate == "17.1234567"


@pytest.mark.parametrize(
    ("decimals", "cost", "price"),
    [
        pytest.param(6, "3.141593", "3.141593", id="all six"),
        pytest.param(4, "3.141593", "3.1416", id="limit of four"),
        pytest.param(2, "3.125000", "3.13", id="half up"),
        pytest.param(6, "1000.000000", "1000", id="no more than needed"),
    ],
)
def test_price_has_as_many_decimals_as_needed_up_to_the_limit(decimals, cost, price):
    rules = PurchaseOrderRules(price_decimals=decimals)
    text = dump_json(built(order(line(unit_cost=D(cost))), rules).payload["lines"][0])
    assert f'"price": {price},' in text


@pytest.mark.parametrize(
    ("changes", "line_changes", "fields"),
    [
        pytest.param({"buyer": " "}, {}, "delivery_contact", id="no buyer"),
        pytest.param({"entered_by": ""}, {}, "requested_by_contact", id="nobody entered it"),
        pytest.param({"ordered_on": None}, {}, "date, delivery_date", id="no date"),
        pytest.param({"currency": "US"}, {}, "currency", id="currency"),
        pytest.param({"currency": "USD", "rate": D(0)}, {}, "exchange_rate", id="no rate"),
        pytest.param({}, {"item": ""}, "lines[1].code", id="no item"),
        pytest.param({}, {"description": ""}, "lines[1].description", id="no description"),
        pytest.param({}, {"description": "x" * 251}, "lines[1].description", id="description long"),
        pytest.param({"comment": "x" * 513}, {}, "comments", id="comments long"),
        pytest.param({"reference": "x" * 101}, {}, "reference", id="reference long"),
    ],
)
def test_what_the_portal_would_refuse_is_named(changes, line_changes, fields):
    found = built(order(line(**line_changes), **changes))
    assert found.payload is None
    assert (found.problem.code, found.problem.params["fields"]) == ("po_field_invalid", fields)
    assert not found.is_empty


def test_a_location_without_street_and_no_default_is_named():
    found = built(order(), place=None)
    assert found.problem.params["fields"] == "addresses.street"


def test_the_address_is_taken_field_by_field():
    default = ShipTo(street="Calle 5", city="Saltillo", state="Coahuila", zip_code="25000")
    place = SageLocation(code="ALM01", street="Av. 1", zip_code="no se")
    (address,) = built(order(), PurchaseOrderRules(ship_to=default), place=place).payload[
        "addresses"
    ]
    assert address == {
        "type": "SHIPPING",
        "identifier": "ALM01",
        "street": "Av. 1",
        "city": "Saltillo",
        "state": "Coahuila",
        "country": "MEXICO",
        "zip_code": "25000",
    }


@pytest.mark.parametrize(
    ("use", "form", "sent", "notes"),
    [
        pytest.param("g03", "03 Transferencia", ("G03", "F03"), [], id="known"),
        pytest.param("S01", "", (None, None), ["po_value_left_out"], id="use of CFDI 4.0"),
        pytest.param("", "31 Intermediario", (None, None), ["po_value_left_out"], id="form 31"),
        pytest.param("", "Por definir", (None, None), ["po_value_left_out"], id="no digits"),
        pytest.param("", "", (None, None), [], id="nothing"),
    ],
)
def test_catalogue_values_that_the_portal_does_not_know_are_left_out(use, form, sent, notes):
    found = built(order(cfdi_use=use), form=form)
    assert (found.payload.get("cfdi_use"), found.payload.get("cfdi_payment_form")) == sent
    assert codes(found) == notes


def test_empty_optional_fields_are_left_out():
    payload = built(order()).payload
    absent = {"comments", "reference", "cfdi_use", "cfdi_payment_form", "company_external_id"}
    assert not absent & set(payload)
    assert payload["metadata"] == [{"key": "USUARIO_DE_COMPRA", "value": "jperez"}]


def test_dates_and_texts_are_the_portals():
    payload = built(
        order(expected_on=date(2026, 4, 1), description="Tubos ", comment=" urgente", terms="N30")
    ).payload
    assert payload["date"] == "2026-03-10T00:00:00.000Z"
    assert payload["delivery_date"] == "2026-04-01T00:00:00.000Z"
    assert payload["comments"] == "Tubos urgente"
    assert payload["num"] == payload["external_id"] == "OC1"


_AMOUNT = st.decimals("0.0001", "99999", places=4)


@given(
    st.lists(
        st.tuples(_AMOUNT, st.decimals("0", "99999", places=6), st.sampled_from(["16", "8", "0"])),
        min_size=1,
        max_size=8,
    )
)
def test_header_sums_are_the_lines_sums_and_exact_json(parts):
    """Whatever quantities and prices: cents add up, and nothing is lost on the wire."""
    lines = []
    for place, (quantity, cost, rate) in enumerate(parts, 1):
        extended = cents(quantity * cost)
        tax = LineTax(rate=D(rate), base=extended)
        lines.append(
            line(line_id=place, ordered=quantity, unit_cost=cost, extended=extended, taxes=(tax,))
        )
    payload = built(order(*lines)).payload
    assert payload["subtotal"] == sum(x["subtotal"] for x in payload["lines"])
    assert payload["total"] == payload["subtotal"] + payload["vat_sum"]
    amounts = order_amounts(line_amounts(one) for one in lines)
    assert payload["total"] == amounts.total == cents(amounts.total)
    read = load_json(dump_json(payload))
    assert [x["price"] for x in read["lines"]] == [x["price"] for x in payload["lines"]]
