"""Purchase orders: schema, status, every row of portal API sheet 5.4 that single calls can show."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.portal import PoLink, PortalError, PortalSwitches
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml
from portal_pipeline_tests.contract.portal_simulator.office import (
    COMPANY,
    EXTERN,
    OTHER_VENDOR,
    TENANT,
    VENDOR,
    purchase_order,
)


def with_line(**changes):
    request = purchase_order()
    request["lines"] = [copy.deepcopy(request["lines"][0]) | changes]
    return request


def test_old_request_is_accepted_and_answered_with_the_portals_names(office):
    """Replay of the old system's request (portal API sheet 5.2, 5.3)."""
    order = office.call("POST", "/purchase-orders", purchase_order())
    assert (order["number"], order["status"], order["total_lines"]) == ("PO1", "OPEN", 1)
    assert order["provider_id"] == office.provider.id
    assert order["company_external_id"] == COMPANY
    assert order["total"] == Decimal("116.00")
    (line,) = order["lines"]
    assert (line["item_code"], line["line_num"], line["line_total"]) == ("ITEM-1", 1, 100)
    assert "code" not in line
    assert [log["type"] for log in order["logs"]] == ["CREATE"]


def test_header_total_need_not_be_the_sum_of_the_lines_unless_switched(office):
    """Observed looseness (portal API sheet 5.2)."""
    odd = with_line(subtotal=Decimal("90.00"))
    office.call("POST", "/purchase-orders", odd)
    office.portal.switches = PortalSwitches(po_sums_checked=True)
    refusal = office.refusal("PUT", "/purchase-orders/PO1", odd, id_type="EXTERNAL")
    assert refusal[::2] == (400, "PURCHASE_ORDERS__LINE_SUBTOTAL_NOT_MATCH")
    office.call("PUT", "/purchase-orders/PO1", purchase_order(), id_type="EXTERNAL")


def test_vat_taxes_come_back_in_their_own_spelling(office):
    tax = {"amount": Decimal("16.00"), "code": "IVA", "external_code": "002", "rate": 16}
    order = office.call("POST", "/purchase-orders", with_line(vat_taxes=[tax]))
    assert order["lines"][0]["vat_taxes"] == [
        {"code": "IVA", "externalCode": "002", "rate": 16, "amount": Decimal("16.00")}
    ]


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        *(
            pytest.param(purchase_order(**{name: None}), name, id=f"no {name}")
            for name in (
                "external_id",
                "status",
                "provider_external_id",
                "currency",
                "date",
                "delivery_date",
                "delivery_contact",
                "requested_by_contact",
                "subtotal",
                "total",
                "addresses",
                "lines",
            )
        ),
        pytest.param(purchase_order(status="open"), "status", id="status in lower case"),
        pytest.param(purchase_order(provider_external_id="V" * 51), "provider", id="long vendor"),
        pytest.param(purchase_order(currency="MX"), "currency", id="currency of two letters"),
        pytest.param(purchase_order(currency="USD"), "exchange_rate", id="USD without a rate"),
        pytest.param(purchase_order(comments="c" * 513), "comments", id="long comments"),
        pytest.param(purchase_order(reference="c" * 101), "reference", id="long reference"),
        pytest.param(purchase_order(cfdi_payment_form="F31"), "cfdi_payment_form", id="F31"),
        pytest.param(
            purchase_order(cfdi_payment_method=""), "cfdi_payment_method", id="empty enum"
        ),
        pytest.param(purchase_order(cfdi_use="S01"), "cfdi_use", id="S01 is not for orders"),
        pytest.param(purchase_order(cfdi_use="g03"), "cfdi_use", id="use in lower case"),
        pytest.param(purchase_order(date="yesterday"), "date", id="no date"),
        pytest.param(purchase_order(total="116.00"), "total", id="money as text"),
        pytest.param(purchase_order(addresses=[{"type": "SHIPPING"}]), "street", id="no street"),
        pytest.param(purchase_order(addresses=[{"street": "x"}]), "type", id="no address type"),
        pytest.param(
            purchase_order(addresses=[{"street": "x" * 101, "type": "BILLING"}]),
            "street",
            id="long street",
        ),
        pytest.param(
            purchase_order(metadata=[{"key": "AFE", "value": ""}]), "value", id="no value"
        ),
        pytest.param(with_line(external_id=""), "lines[0].external_id", id="line without id"),
        pytest.param(with_line(code=None), "lines[0].code", id="line without code"),
        pytest.param(with_line(description="d" * 251), "description", id="long description"),
        pytest.param(with_line(quantity=None), "quantity", id="line without quantity"),
        pytest.param(with_line(vat_taxes=[{"code": "IVA"}]), "amount", id="tax without amount"),
        pytest.param(with_line(vat_taxes=[{"amount": 1, "code": "X"}]), "code", id="unknown tax"),
    ],
)
def test_request_outside_the_schema_is_400_and_names_the_field(office, request_body, field):
    response = office.send("POST", f"{EXTERN}/purchase-orders", request_body)
    assert response.status == 400
    assert field in response.parsed()["description"]
    assert office.portal.purchase_orders(TENANT) == ()


def test_usd_order_carries_its_rate(office):
    order = office.call(
        "POST", "/purchase-orders", purchase_order(currency="USD", exchange_rate=Decimal("17.51"))
    )
    assert order["exchange_rate"] == Decimal("17.51")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"provider_external_id": "V9"}, "PROVIDERS__NOT_FOUND"),
        ({"provider_external_id": OTHER_VENDOR}, "PROVIDERS__IS_DISABLE"),
        ({"company_external_id": "NONE"}, "COMPANIES__NOT_FOUND"),
    ],
)
def test_unknown_provider_or_company_is_404(office, changes, name):
    office.portal.set_provider_enabled(TENANT, office.other.id, enabled=False)
    refusal = office.refusal("POST", "/purchase-orders", purchase_order(**changes))
    assert refusal[::2] == (404, name)


def test_second_post_is_409_2602_and_names_the_id(office):
    office.call("POST", "/purchase-orders", purchase_order())
    response = office.send("POST", f"{EXTERN}/purchase-orders", purchase_order())
    assert response.status == 409
    assert response.parsed()["code"] == 2602
    assert "external_id PO1 is duplicated" in response.parsed()["description"]
    assert len(office.portal.purchase_orders(TENANT)) == 1


def test_order_is_found_by_list_and_by_both_ids_and_else_absent(office):
    order = office.call("POST", "/purchase-orders", purchase_order("PO1"))
    office.call("POST", "/purchase-orders", purchase_order("PO10"))
    page = office.call("GET", "/purchase-orders", external_ids="PO1", pageSize=1, offset=0)
    assert [item["id"] for item in page["items"]] == [order["id"]]
    many = office.call("GET", "/purchase-orders", external_ids=["PO1", "PO10", "PO2"])
    assert many["total"] == 2
    assert office.call("GET", "/purchase-orders", external_ids="PO9") == {"total": 0, "items": []}
    assert office.call("GET", f"/purchase-orders/{order['id']}")["external_id"] == "PO1"
    by_number = office.call("GET", "/purchase-orders/PO1", id_type="EXTERNAL")
    assert by_number["id"] == order["id"]
    assert office.refusal("GET", "/purchase-orders/PO9", id_type="EXTERNAL")[0] == 404
    assert office.refusal("GET", "/purchase-orders/PO1")[0] == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param({"status": "OPEN"}, 2, id="status"),
        pytest.param({"status": "CLOSED"}, 0, id="other status"),
        pytest.param({"providerExternalId": VENDOR}, 2, id="vendor"),
        pytest.param({"providerExternalId": OTHER_VENDOR}, 0, id="other vendor"),
    ],
)
def test_each_list_filter_selects(office, query, count):
    for number in ("PO1", "PO2"):
        office.call("POST", "/purchase-orders", purchase_order(number))
    assert office.call("GET", "/purchase-orders", pageSize=200, offset=0, **query)["total"] == count
    by_id = office.call("GET", "/purchase-orders", provider_id=office.provider.id.upper())
    assert by_id["total"] == 2


def test_list_matches_prefixes_when_switched(office):
    for number in ("PO1", "PO10"):
        office.call("POST", "/purchase-orders", purchase_order(number))
    office.portal.switches = PortalSwitches(po_external_ids_match="prefix")
    assert office.call("GET", "/purchase-orders", external_ids="PO1")["total"] == 2


def test_put_replaces_the_whole_content_and_keeps_the_id(office):
    order = office.call("POST", "/purchase-orders", purchase_order(comments="old"))
    changed = with_line(quantity=Decimal(4), subtotal=Decimal(40)) | {"subtotal": Decimal(40)}
    answer = office.call("PUT", f"/purchase-orders/{order['id']}", changed)
    assert answer["id"] == order["id"]
    assert answer["comments"] is None
    assert answer["lines"][0]["quantity"] == 4
    assert [log["type"] for log in answer["logs"]] == ["CREATE", "MODIFY"]


def test_put_of_another_number_or_an_unknown_order_is_refused(office):
    office.call("POST", "/purchase-orders", purchase_order())
    refusal = office.refusal("PUT", "/purchase-orders/PO1", purchase_order("X"), id_type="EXTERNAL")
    assert refusal[::2] == (400, "PURCHASE_ORDERS__EXTERNAL_AND_INTERNAL_IDS_MISMATCH")
    assert office.refusal("PUT", "/purchase-orders/X", purchase_order("X"))[0] == 404


def test_content_changes_need_an_open_order_unless_switched(office):
    office.call("POST", "/purchase-orders", purchase_order())
    office.portal.set_po_status_by_person(TENANT, "PO1", "CLOSED")
    refusal = office.refusal("PUT", "/purchase-orders/PO1", purchase_order(), id_type="EXTERNAL")
    assert refusal[::2] == (409, "PURCHASE_ORDERS__NOT_OPEN")
    office.portal.set_po_status_by_person(TENANT, "PO1", "OPEN")
    office.call("PUT", "/purchase-orders/PO1", purchase_order(), id_type="EXTERNAL")
    office.portal.set_po_status_by_person(TENANT, "PO1", "CLOSED")
    office.portal.switches = PortalSwitches(po_update_needs_open=False)
    office.call("PUT", "/purchase-orders/PO1", purchase_order(), id_type="EXTERNAL")


@pytest.mark.parametrize(
    ("before", "wanted", "error"),
    [
        pytest.param("OPEN", "CLOSED", None, id="close"),
        pytest.param("CLOSED", "OPEN", None, id="reopen"),
        pytest.param("OPEN", "CANCELLED", None, id="cancel"),
        pytest.param("GENERATED", "CANCELLED", None, id="cancel a generated one"),
        pytest.param("OPEN", "GENERATED", None, id="generate"),
        pytest.param("CLOSED", "CANCELLED", "PURCHASE_ORDER_CANNOT_CANCELLED", id="cancel closed"),
        pytest.param(
            "CANCELLED", "OPEN", "PURCHASE_ORDER_ALREADY_CANCELLED_CLOSED", id="after cancellation"
        ),
        pytest.param("CLOSED", "CLOSED", None, id="same status again"),
        pytest.param("CANCELLED", "CANCELLED", None, id="cancelled again"),
    ],
)
def test_status_follows_its_table_and_tells_refusals_inside_a_200(office, before, wanted, error):
    office.call("POST", "/purchase-orders", purchase_order())
    office.portal.set_po_status_by_person(TENANT, "PO1", before)
    answer = office.call(
        "PUT", "/purchase-orders/PO1/status", {"status": wanted}, id_type="EXTERNAL"
    )
    assert [e["error_code"] for e in answer["errors"]] == ([error] if error else [])
    assert answer["status"] == (before if error else wanted)
    assert answer["external_id"] == "PO1"
    assert office.portal.purchase_order(TENANT, "PO1").status == answer["status"]


@pytest.mark.parametrize(
    ("switches", "wanted", "shape"),
    [
        (PortalSwitches(po_same_status="errors"), "OPEN", "errors"),
        (PortalSwitches(po_same_status="409"), "OPEN", "409"),
        (PortalSwitches(po_status_refusal="409"), "OPEN", "ok"),
    ],
)
def test_repeated_status_answers_as_switched(office, switches, wanted, shape):
    office.call("POST", "/purchase-orders", purchase_order())
    office.portal.switches = switches
    response = office.send(
        "PUT", f"{EXTERN}/purchase-orders/PO1/status", {"status": wanted}, {"id_type": "EXTERNAL"}
    )
    assert response.status == (409 if shape == "409" else 200)
    if shape != "409":
        assert bool(response.parsed()["errors"]) is (shape == "errors")


def test_order_with_a_living_invoice_cannot_be_cancelled(office):
    office.call("POST", "/purchase-orders", purchase_order())
    cfdi = office.portal.upload_cfdi(
        TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id, po_links=(PoLink("PO1"),)
    )
    cancel = ("PUT", "/purchase-orders/PO1/status", {"status": "CANCELLED"})
    refused = office.call(*cancel, id_type="EXTERNAL")
    assert refused["errors"][0]["error_code"] == "PURCHASE_ORDER_ALREADY_RELATED_INVOICE"
    office.portal.cancel_cfdi(TENANT, cfdi.id, by_sat=True)
    assert office.call(*cancel, id_type="EXTERNAL")["status"] == "CANCELLED"


def test_person_edits_under_the_same_rules_and_is_told_apart(office):
    office.call("POST", "/purchase-orders", purchase_order())
    edited = office.portal.edit_po_by_person(TENANT, "PO1", {"comments": "by hand"})
    assert [(log.change, log.by) for log in edited.logs] == [
        ("CREATE", "api"),
        ("MODIFY", "person"),
    ]
    shown = office.call("GET", "/purchase-orders/PO1", id_type="EXTERNAL")
    assert (shown["comments"], shown["total"]) == ("by hand", Decimal("116.00"))
    office.portal.create_po_by_person(TENANT, purchase_order("PO2"))
    office.portal.set_po_status_by_person(TENANT, "PO1", "CANCELLED")
    with pytest.raises(PortalError, match="NOT_OPEN"):
        office.portal.edit_po_by_person(TENANT, "PO1", {"comments": "again"})


def test_judge_reads_orders_with_typed_lines(office):
    office.call("POST", "/purchase-orders", purchase_order())
    order = office.portal.purchase_order(TENANT, "PO1")
    assert order.lines[0].quantity == Decimal("10.0000")
    assert order.total == Decimal("116.00")
    assert order.provider_id == office.provider.id
