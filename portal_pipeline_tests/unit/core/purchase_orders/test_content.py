"""The content of an order: quantities, money, fields; and what makes it unsendable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.purchase_orders.content import (
    fingerprint_of_payload,
    fingerprint_of_portal,
)
from portal_pipeline.core.purchase_orders.models import LineTax
from portal_pipeline.core.tenant import PurchaseOrderRules, ShipTo
from portal_pipeline_tests.unit.core.purchase_orders.orders import (
    built,
    payload,
    po,
    po_line,
    portal_order,
)

D = Decimal
CENT = D("0.01")


def tax(rate: str, base: str = "1000", **more: Any) -> LineTax:
    return LineTax(rate=D(rate), base=D(base), **more)


@pytest.mark.parametrize(
    ("line", "quantity", "subtotal"),
    [
        pytest.param(po_line(received=D(10)), 10, "1000.00", id="received"),
        pytest.param(po_line(received=D(15)), 10, "1000.00", id="over-received"),
        pytest.param(po_line(cancelled=D(4)), 6, "600.00", id="partly cancelled"),
        pytest.param(po_line(ordered="3", cost="0.333333"), 3, "1.00", id="six decimals"),
        pytest.param(po_line(ordered="2.5", cost="10.01"), D("2.5"), "25.03", id="half up"),
        pytest.param(
            po_line(discount_percent=D(5), discount=D(50), taxes=()), 10, "950.00", id="discount"
        ),
    ],
)
def test_quantity_is_ordered_less_cancelled(line: Any, quantity: Any, subtotal: str) -> None:
    content = payload(po(line))
    (sent,) = content["lines"]
    assert (sent["quantity"], sent["subtotal"]) == (quantity, D(subtotal))
    assert content["subtotal"] == D(subtotal)


@pytest.mark.parametrize(
    ("taxes", "vat", "withheld", "total"),
    [
        pytest.param((), "0", "0", "1000", id="none"),
        pytest.param((tax("16"),), "160", "0", "1160", id="on top"),
        pytest.param((tax("16", is_included=True),), "0", "0", "1000", id="inside the price"),
        pytest.param(
            (tax("16"), tax("-10.66667"), tax("-10")), "160", "-206.67", "953.33", id="withheld"
        ),
        pytest.param((tax("8", "500"),), "40", "0", "1040", id="Sage's own base"),
    ],
)
def test_taxes_on_top_are_summed_by_sign(
    taxes: tuple[LineTax, ...], vat: str, withheld: str, total: str
) -> None:
    content = payload(po(po_line(taxes=taxes)))
    assert (content["vat_sum"], content["withhold_tax_sum"], content["total"]) == (
        D(vat),
        D(withheld),
        D(total),
    )
    assert content["lines"][0]["vat_taxes"] == content["lines"][0]["withholding_taxes"] == []


def test_taxes_follow_what_is_left_of_a_line() -> None:
    content = payload(po(po_line(cancelled=D(5))))
    assert (content["subtotal"], content["vat_sum"]) == (D(500), D(80))


def test_totals_that_differ_from_sages_are_noted_only_where_nothing_is_cancelled() -> None:
    wrong = po(total=D("1160.01"))
    assert [note.code for note in built(wrong).notes] == ["po_totals_differ"]
    assert built(po(po_line(cancelled=D(1)), total=D(9))).notes == ()
    assert built(po()).notes == ()


def test_lines_left_out_are_noted_with_their_reason() -> None:
    rules = PurchaseOrderRules(skipped_warehouses=("ALM02",))
    order = po(po_line(1), po_line(2, location="ALM02"), po_line(3, cancelled=D(10)))
    made = built(order, rules)
    assert made.payload is not None
    assert [line["external_id"] for line in made.payload["lines"]] == ["1"]
    (note,) = made.notes
    assert note.params["lines"] == "2 (ALM02), 3 (0)"


def test_an_order_without_a_line_to_send_is_no_defect() -> None:
    made = built(po(po_line(cancelled=D(10))))
    assert (made.payload, made.is_empty) == (None, True)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        pytest.param(
            {"expected_on": date(2026, 4, 1)}, "delivery_date", "2026-04-01", id="expected"
        ),
        pytest.param({}, "delivery_date", "2026-03-01", id="else the order's date"),
        pytest.param({"description": " A ", "comment": "b"}, "comments", "A b", id="comments"),
        pytest.param({"cfdi_use": "g03"}, "cfdi_use", "G03", id="upper case"),
        pytest.param({"currency": "USD", "rate": D("17.1234567")}, "exchange_rate", "17.123457"),
        pytest.param(
            {"currency": "USD", "rate": D("0.05"), "rate_operator": 2}, "exchange_rate", "20"
        ),
        pytest.param({"currency": "MXP"}, "currency", "MXN", id="pesos"),
    ],
)
def test_fields_come_from_the_header(change: dict[str, Any], field: str, value: str) -> None:
    sent = payload(po(**change))[field]
    assert str(sent).startswith(value)


def test_what_is_empty_or_unknown_is_left_out() -> None:
    made = built(po(cfdi_use="S01"), form="31 Intermediario")
    assert made.payload is not None
    absent = {"cfdi_use", "cfdi_payment_form", "cfdi_payment_method", "comments", "reference"}
    absent |= {"exchange_rate", "company_external_id", "requisition_number"}
    assert not absent & set(made.payload)
    assert [note.params["value"] for note in made.notes] == ["S01", "F31"]
    assert made.payload["metadata"] == [{"key": "USUARIO_DE_COMPRA", "value": "Laura"}]


def test_an_address_is_completed_field_by_field() -> None:
    rules = PurchaseOrderRules(ship_to=ShipTo(street="Calle 9", state="NL", zip_code="64000"))
    (address,) = payload(po(), rules)["addresses"]
    assert (address["street"], address["state"], address["zip_code"]) == ("Av. 1", "NL", "66600")
    (address,) = payload(po(po_line(location="OTRO")), rules)["addresses"]
    assert (address["street"], address["zip_code"]) == ("Calle 9", "64000")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"buyer": " "}, "delivery_contact"),
        ({"entered_by": ""}, "requested_by_contact"),
        ({"ordered_on": None}, "date"),
        ({"reference": "x" * 101}, "reference"),
        ({"comment": "x" * 513}, "comments"),
        ({"currency": "USD", "rate": D(0)}, "exchange_rate"),
        ({"currency": "PESOS"}, "currency"),
        ({"lines": (po_line(location="OTRO"),)}, "addresses.street"),
        ({"lines": (po_line(description=""),)}, "lines[1].description"),
        ({"lines": (po_line(description="x" * 251),)}, "lines[1].description"),
        ({"lines": (po_line(item=""),)}, "lines[1].code"),
        ({"lines": (po_line(cost="-1"),)}, "lines[1].price"),
    ],
)
def test_an_unsendable_order_names_the_field(change: dict[str, Any], field: str) -> None:
    made = built(po().model_copy(update=change))
    assert made.payload is None
    assert made.problem is not None
    assert made.problem.code == "po_field_invalid"
    assert field in made.problem.params["fields"].split(", ")


@given(
    st.lists(
        st.tuples(
            st.decimals("0.0001", "99999", places=4),
            st.decimals("0", "99999", places=6),
            st.sampled_from(["16", "8", "0", "-10.66667"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_totals_are_the_sums_of_their_lines_to_the_cent(
    items: list[tuple[Decimal, Decimal, str]],
) -> None:
    order = po(
        *(
            po_line(n, ordered=str(quantity), cost=str(cost), taxes=(tax(rate, "0"),))
            for n, (quantity, cost, rate) in enumerate(items, 1)
        )
    )
    made = built(order)
    if made.payload is None:
        assert made.problem is not None
        return
    content = made.payload
    assert content["subtotal"] == sum(line["subtotal"] for line in content["lines"])
    assert content["total"] == (
        content["subtotal"] + content["vat_sum"] + content["withhold_tax_sum"]
    )
    for line in content["lines"]:
        assert abs(line["quantity"] * line["price"] - line["subtotal"]) <= CENT / 2


def test_the_portals_own_form_of_a_content_has_the_same_fingerprint() -> None:
    content = payload(po(po_line(1), po_line(2, cost="0.333333")))
    shown = portal_order(content)
    rounded = [line.model_copy(update={"price": round(line.price, 2)}) for line in shown.lines]
    shown = shown.model_copy(update={"lines": tuple(reversed(rounded))})
    assert fingerprint_of_portal(shown) == fingerprint_of_payload(content)
    cheaper = shown.model_copy(update={"total": D("1.00")})
    assert fingerprint_of_portal(cheaper) != fingerprint_of_payload(content)
