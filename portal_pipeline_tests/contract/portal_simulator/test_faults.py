"""Faults: each kind of portal API sheet 11.7, before and after the call's effect."""

from __future__ import annotations

import httpx
import pytest

from portal_pipeline.sandbox.http import ConnectionDropped, mock_transport
from portal_pipeline.sandbox.portal import Fault, FaultKind, FaultPlan
from portal_pipeline_tests.contract.portal_simulator.office import (
    EXTERN,
    HEADERS,
    TENANT,
    Office,
    payment,
    purchase_order,
)

ORDERS = f"{EXTERN}/purchase-orders"


def orders(office) -> int:
    return len(office.portal.purchase_orders(TENANT))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("after_commit", [False, True])
def test_status_is_answered_with_or_without_the_effect(office, status, after_commit):
    office.portal.faults.add(
        Fault(
            FaultKind.STATUS,
            "POST",
            "*/purchase-orders",
            calls=(1,),
            status=status,
            retry_after_s=7,
            after_commit=after_commit,
        )
    )
    response = office.send("POST", ORDERS, purchase_order())
    assert (response.status, response.headers["retry-after"]) == (status, "7")
    assert orders(office) == int(after_commit)
    assert office.send("POST", ORDERS, purchase_order()).status == (409 if after_commit else 200)


@pytest.mark.parametrize("after_commit", [False, True])
def test_connection_drops_before_or_after_the_commit(office, after_commit):
    invoice = office.approved_invoice("1")
    office.portal.faults.add(
        Fault(FaultKind.DROP, "POST", "*/payments", calls=(1,), after_commit=after_commit)
    )
    with pytest.raises(ConnectionDropped):
        office.send("POST", f"{EXTERN}/payments", payment("P1", (invoice, "116.00")))
    assert len(office.portal.payments_of(TENANT, "P1")) == int(after_commit)
    assert office.portal.requests[-1].status is None
    status = office.send("GET", f"{EXTERN}/payments/P1", query={"id_type": "EXTERNAL"}).status
    assert status == (200 if after_commit else 404)


def test_drop_reaches_an_http_client_as_a_broken_connection(office):
    office.portal.faults.add(Fault(FaultKind.DROP))
    transport = mock_transport(office.portal.handle)
    with (
        httpx.Client(transport=transport, headers=HEADERS) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(f"http://127.0.0.1{ORDERS}")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FaultKind.EMPTY_OBJECT, b"{}"),
        (FaultKind.HTML, b"<!DOCTYPE html>"),
        (FaultKind.NULL_ITEMS, b'"items": null'),
        (FaultKind.WRONG_TOTAL, b'"total": 4'),
    ],
)
def test_odd_answers_come_with_200(office, kind, body):
    for number in range(3):
        office.call("POST", "/purchase-orders", purchase_order(f"PO{number}"))
    office.portal.faults.add(Fault(kind, "GET", "*/purchase-orders"))
    response = office.send("GET", ORDERS)
    assert response.status == 200
    assert body in response.body


def test_truncated_answer_is_no_json_though_the_order_exists(office):
    office.portal.faults.add(Fault(FaultKind.TRUNCATED, "POST"))
    response = office.send("POST", ORDERS, purchase_order())
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        response.parsed()
    assert orders(office) == 1


def test_slow_answer_asks_the_server_to_wait_and_is_right(office):
    office.portal.faults.add(Fault(FaultKind.SLOW, delay_s=40.0))
    response = office.send("POST", ORDERS, purchase_order())
    assert (response.status, response.delay_s, orders(office)) == (200, 40.0, 1)


def test_repeated_item_hides_another(office):
    for number in range(3):
        office.call("POST", "/purchase-orders", purchase_order(f"PO{number}"))
    office.portal.faults.add(Fault(FaultKind.REPEATED_ITEM, "GET"))
    page = office.call("GET", "/purchase-orders")
    assert page["total"] == len(page["items"]) == 3
    assert len({item["id"] for item in page["items"]}) == 2


def test_keyed_fault_strikes_its_document_whatever_the_order(office):
    office.portal.faults.add(
        Fault(FaultKind.STATUS, "POST", key="po1", calls=(1,), status=503),
        Fault(FaultKind.STATUS, "GET", key="PO2", calls=(2,), status=502),
    )
    sent = [office.send("POST", ORDERS, purchase_order(n)).status for n in ("PO11", "PO2", "PO1")]
    assert sent == [200, 200, 503]
    assert office.send("POST", ORDERS, purchase_order("PO1")).status == 200
    by_path, by_query = f"{ORDERS}/PO2", {"external_ids": "PO2"}
    assert office.send("GET", by_path, query={"id_type": "EXTERNAL"}).status == 200
    assert office.send("GET", ORDERS, query=by_query).status == 502
    assert len(office.portal.faults.fired) == 2


def shared_strikes(order: list[str], seed: int) -> dict[str, int]:
    office = Office().furnish()
    office.portal.faults = FaultPlan(seed)
    office.portal.faults.add(Fault(FaultKind.STATUS, "POST", share=0.5))
    return {n: office.send("POST", ORDERS, purchase_order(n)).status for n in order}


def test_shared_fault_is_drawn_per_document_from_the_seed():
    numbers = [f"PO{n}" for n in range(40)]
    forth, back = shared_strikes(numbers, 1), shared_strikes(numbers[::-1], 1)
    assert forth == back
    assert set(forth.values()) == {200, 503}
    assert forth != shared_strikes(numbers, 2)


def test_cleared_plan_strikes_nothing(office):
    office.portal.faults.add(Fault(FaultKind.DROP))
    office.portal.faults.clear()
    assert office.send("GET", ORDERS).status == 200
