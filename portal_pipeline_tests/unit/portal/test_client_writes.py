"""Each write is sent once and ends as succeeded, refused or unknown, never as an exception."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from portal_pipeline.core.outcomes import Effects, Refused, Succeeded, Unknown
from portal_pipeline_tests.unit.portal.scripted import (
    ROOT,
    Script,
    client_of,
    json_reply,
    refusal,
)

ORDER_ID = "64aa"
ORDER = {"external_id": "PO1", "total": Decimal("116.10"), "lines": [{"price": Decimal("0.25")}]}
PAYMENT = {"external_id": "PY1", "total_amount": Decimal("10.00")}
MADE = {"id": ORDER_ID.upper(), "external_id": "PO1", "status": "OPEN"}
STATUS = {"external_id": "PO1", "internal_id": ORDER_ID, "status": "CLOSED", "errors": []}

WRITES: dict[str, tuple[Any, str, str, object]] = {
    "create order": (
        lambda c: c.create_purchase_order(ORDER),
        "POST /purchase-orders",
        '{"external_id": "PO1", "total": 116.10, "lines": [{"price": 0.25}]}',
        MADE,
    ),
    "update order": (
        lambda c: c.update_purchase_order(ORDER_ID, ORDER),
        f"PUT /purchase-orders/{ORDER_ID}",
        '{"external_id": "PO1", "total": 116.10, "lines": [{"price": 0.25}]}',
        MADE,
    ),
    "update order by number": (
        lambda c: c.update_purchase_order("PO1", ORDER, by_number=True),
        "PUT /purchase-orders/PO1?id_type=EXTERNAL",
        '{"external_id": "PO1", "total": 116.10, "lines": [{"price": 0.25}]}',
        MADE,
    ),
    "close order": (
        lambda c: c.set_purchase_order_status(ORDER_ID, "CLOSED"),
        f"PUT /purchase-orders/{ORDER_ID}/status",
        '{"status": "CLOSED"}',
        STATUS,
    ),
    "close order by number": (
        lambda c: c.set_purchase_order_status("PO1", "CLOSED", by_number=True),
        "PUT /purchase-orders/PO1/status?id_type=EXTERNAL",
        '{"status": "CLOSED"}',
        STATUS,
    ),
    "create payment": (
        lambda c: c.create_payment(PAYMENT),
        "POST /payments",
        '{"external_id": "PY1", "total_amount": 10.00}',
        {"id": ORDER_ID, "external_id": "PY1", "status": "OPEN"},
    ),
    "reject payment": (
        lambda c: c.reject_payment(ORDER_ID, "reversed"),
        f"POST /payments/{ORDER_ID}/reject",
        '{"comments": "reversed"}',
        None,
    ),
    "link provider": (
        lambda c: c.set_provider_external_id(ORDER_ID, "V1"),
        f"PUT /providers/{ORDER_ID}/external-id",
        '{"external_id": "V1"}',
        {"id": ORDER_ID, "external_id": "V1", "status": "OPEN"},
    ),
}
each_write = pytest.mark.parametrize("name", WRITES)


@each_write
def test_a_yes_is_a_success_with_the_portals_id(name):
    """The address, the exact decimals and the effects."""
    call, address, body, answer = WRITES[name]
    script = Script(httpx.Response(200) if answer is None else json_reply(answer))
    outcome = call(client_of(script))
    (request,) = script.requests
    assert f"{request.method} {str(request.url).removeprefix(ROOT)}" == address
    assert request.content.decode() == body
    assert request.headers["content-type"] == "application/json"
    assert isinstance(outcome, Succeeded)
    assert outcome.remote_id == ORDER_ID
    if answer is not None:
        state = "CLOSED" if answer is STATUS else "OPEN"
        assert outcome.effects == Effects(portal_id=ORDER_ID, portal_state=state)


@each_write
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refusal(400, 2390, "tipo"), Refused(code="2390", detail="")),
        (refusal(404, 1800, "uuid"), Refused(code="1800", detail="")),
        (refusal(406, 1827, "pagado"), Refused(code="1827", detail="")),
        (httpx.Response(401), Refused(code="http_401", detail="", is_attempt=False)),
        (httpx.Response(403), Refused(code="http_403", detail="", is_attempt=False)),
        (httpx.Response(404), Refused(code="http_404", detail="", is_attempt=False)),
        (httpx.Response(405), Refused(code="http_405", detail="", is_attempt=False)),
        (
            httpx.Response(429, headers={"retry-after": "9"}),
            Refused(code="http_429", detail="", is_attempt=False, retry_after_s=9.0),
        ),
        (httpx.ConnectError("x"), Refused(code="not_sent", detail="", is_attempt=False)),
        (httpx.ConnectTimeout("x"), Refused(code="not_sent", detail="", is_attempt=False)),
        (httpx.PoolTimeout("x"), Refused(code="not_sent", detail="", is_attempt=False)),
        (httpx.ReadTimeout("x"), Unknown(detail="")),
        (httpx.WriteTimeout("x"), Unknown(detail="")),
        (httpx.ReadError("x"), Unknown(detail="")),
        (httpx.WriteError("x"), Unknown(detail="")),
        (httpx.RemoteProtocolError("x"), Unknown(detail="")),
        (httpx.DecodingError("x"), Unknown(detail="")),
        (httpx.Response(302, headers={"location": "/login"}), Unknown(detail="")),
        (httpx.Response(500), Unknown(detail="")),
        (httpx.Response(502), Unknown(detail="")),
        (httpx.Response(503, headers={"retry-after": "1"}), Unknown(detail="")),
        (httpx.Response(504), Unknown(detail="")),
        (httpx.Response(200, content=b"<html>"), Unknown(detail="")),
        (httpx.Response(200, content=b'{"id": "64'), Unknown(detail="")),
        (httpx.Response(200, content=b"[]"), Unknown(detail="")),
    ],
    ids=repr,
)
def test_a_no_and_a_doubt_are_told_apart(name, reply, expected):
    """Only what proves that nothing was written is a refusal; all are sent once."""
    script = Script(reply)
    outcome = WRITES[name][0](client_of(script))
    assert outcome.model_copy(update={"detail": ""}) == expected
    assert outcome.detail
    assert len(script.requests) == 1


@pytest.mark.parametrize("name", [n for n in WRITES if n != "reject payment"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="empty body"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b'{"status": "OPEN"}', id="no id"),
        pytest.param(b'{"code": 1827, "description": "no"}', id="an error without its status"),
        pytest.param(b'{"id": {"x": 1}}', id="an id that is none"),
        pytest.param(
            b'{"id": "64aa", "external_id": "PO1", "errors": [{"error_code": "X"}]}',
            id="an id and errors",
        ),
    ],
)
def test_a_yes_that_does_not_say_what_it_did_leaves_doubt(name, answer):
    outcome = WRITES[name][0](client_of(Script(httpx.Response(200, content=answer))))
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("create order", MADE | {"external_id": "PO2"}),
        ("update order", MADE | {"id": "other"}),
        ("create payment", MADE | {"external_id": "PY2"}),
        ("link provider", {"id": ORDER_ID, "external_id": "V2"}),
        ("close order", STATUS | {"status": "OPEN"}),
        ("close order", STATUS | {"internal_id": "other"}),
    ],
)
def test_a_yes_about_something_else_leaves_doubt(name, answer):
    outcome = WRITES[name][0](client_of(Script(json_reply(answer))))
    assert isinstance(outcome, Unknown)
    assert "than sent" in outcome.detail


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        (
            "close order",
            STATUS
            | {
                "errors": [
                    {"error_code": "PURCHASE_ORDER_CHANGE_STATUS_FAIL", "error_message": "m"}
                ]
            },
            "PURCHASE_ORDER_CHANGE_STATUS_FAIL",
        ),
        ("close order", STATUS | {"errors": ["broken"]}, "errors"),
        ("create payment", {"error_code": 1827, "error_message": "pagado"}, "1827"),
        ("reject payment", {"errors": [{"error_code": "X"}]}, "X"),
    ],
)
def test_errors_inside_a_200_are_a_refusal(name, answer, code):
    outcome = WRITES[name][0](client_of(Script(json_reply(answer))))
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.is_attempt


def test_an_existing_order_is_a_duplicate():
    reply = refusal(409, 2602, "external_id PO1 is duplicated")
    outcome = client_of(Script(reply)).create_purchase_order(ORDER)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_duplicate) == ("2602", True)
    assert "external_id PO1 is duplicated" in outcome.detail


def test_a_name_that_is_no_address_is_refused_without_a_call():
    script = Script(httpx.Response(200))
    client = client_of(script)
    for outcome in (
        client.reject_payment("", "x"),
        client.update_purchase_order("A/B", ORDER, by_number=True),
        client.set_purchase_order_status("..", "CLOSED"),
        client.set_provider_external_id(" ", "V1"),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.code == "bad_identifier"
    assert script.requests == []
