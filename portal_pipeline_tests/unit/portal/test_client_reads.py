"""What the client asks for, and what it makes of odd answers."""

from __future__ import annotations

from datetime import date

import httpx
import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    DocumentError,
    SystemUnavailable,
)
from portal_pipeline.core.outcomes import Absent, Unclear
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.look_up import Seen
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.portal.transport import NoAnswer, PortalTimeouts, Transport
from portal_pipeline_tests.unit.portal.scripted import (
    BASE_URL,
    KEY,
    ROOT,
    SECRET,
    Script,
    client_of,
    json_reply,
    refusal,
)

EMPTY = json_reply({"total": 0, "items": []})
HTML = httpx.Response(200, content=b"<html>login</html>")


def query_of(request: httpx.Request) -> list[tuple[str, str]]:
    return list(request.url.params.multi_items())


@pytest.mark.parametrize(
    ("call", "path", "query"),
    [
        pytest.param(
            lambda c: c.providers(),
            "/providers",
            [("status", "ENABLED")],
            id="enabled providers",
        ),
        pytest.param(
            lambda c: c.providers(accepted_from=date(2026, 3, 1), status=None),
            "/providers",
            [("statusExpedient", "ACCEPTED"), ("expedientAcceptedFrom", "2026-03-01")],
            id="providers accepted since",
        ),
        pytest.param(
            lambda c: c.invoices("PENDING_TO_PAY"),
            "/cfdis",
            [("cfdiType", "INVOICE"), ("stage", "PENDING_TO_PAY"), ("hideValidations", "true")],
            id="invoices by stage",
        ),
        pytest.param(
            lambda c: c.cfdis_created("CREDIT_NOTE", date(2026, 3, 1), date(2026, 3, 31)),
            "/cfdis",
            [
                ("cfdiType", "CREDIT_NOTE"),
                ("createdFrom", "2026-03-01"),
                ("createdUntil", "2026-03-31"),
                ("hideValidations", "true"),
            ],
            id="credit notes created",
        ),
        pytest.param(
            lambda c: c.cfdis_by_uuid([" ab-1 ", "AB-1", "cd-2"]),
            "/cfdis",
            [("uuids", "AB-1"), ("uuids", "CD-2"), ("hideValidations", "true")],
            id="by uuid, upper case, once",
        ),
        pytest.param(
            lambda c: c.purchase_orders(["PO1", "PO2 "]),
            "/purchase-orders",
            [("external_ids", "PO1"), ("external_ids", "PO2")],
            id="orders by number",
        ),
        pytest.param(lambda c: c.companies(), "/companies", [], id="companies"),
        pytest.param(lambda c: c.bank_accounts(), "/tenant-bank-accounts", [], id="bank accounts"),
    ],
)
def test_lists_are_asked_for_as_the_sheet_says(call, path, query):
    """With an explicit page size, never 0 or -1, and both headers."""
    script = Script(EMPTY)
    listing = call(client_of(script))
    (request,) = script.requests
    assert str(request.url).partition("?")[0] == ROOT + path
    assert query_of(request) == [*query, ("pageSize", "200"), ("offset", "0")]
    assert request.headers["PDPTenantKey"] == KEY
    assert request.headers["PDPTenantSecret"] == SECRET
    assert listing.proves_absence


def test_open_orders_are_two_lists():
    script = Script(EMPTY)
    assert client_of(script).open_purchase_orders().is_complete
    assert [query_of(r)[0] for r in script.requests] == [
        ("status", "OPEN"),
        ("status", "GENERATED"),
    ]


def test_many_ids_go_a_hundred_at_a_time():
    script = Script(EMPTY)
    client_of(script).purchase_orders(f"PO{n}" for n in range(250))
    assert [len(query_of(r)) - 2 for r in script.requests] == [100, 100, 50]


def test_no_ids_ask_for_nothing():
    """An empty filter would list everything."""
    script = Script(EMPTY)
    client = client_of(script)
    assert client.purchase_orders(["", " "]).items == ()
    assert client.cfdis_by_uuid([]).is_complete
    assert script.requests == []


def test_a_later_chunk_that_fails_leaves_an_incomplete_list():
    script = Script(EMPTY, httpx.Response(503))
    listing = client_of(script).purchase_orders(f"PO{n}" for n in range(150))
    assert not listing.is_complete
    assert listing.total is None
    with pytest.raises(SystemUnavailable):
        client_of(Script(httpx.Response(503))).purchase_orders(["PO1"])


def order(number: str, order_id: str = "aa", **more: object) -> dict[str, object]:
    return {"id": order_id, "external_id": number, "status": "OPEN"} | more


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        pytest.param([json_reply({"total": 1, "items": [order("PO1")]})], Seen, id="there"),
        pytest.param([EMPTY], Absent, id="clearly not there"),
        pytest.param(
            [json_reply({"total": 1, "items": [order("PO1-B")]})], Absent, id="prefix match"
        ),
        pytest.param(
            [json_reply({"total": 2, "items": [order("PO1"), order("PO1", "bb")]})],
            Unclear,
            id="twice",
        ),
        pytest.param(
            [json_reply({"total": 1, "items": [order("PO1", total="x")]})],
            Unclear,
            id="unreadable item",
        ),
        pytest.param(
            [json_reply({"total": 1, "items": [order("PO1-B", total="x")]})],
            Absent,
            id="another's unreadable item",
        ),
        pytest.param(
            [json_reply({"total": 1, "items": [order("", total="x")]})],
            Unclear,
            id="unreadable item of nobody",
        ),
        pytest.param([json_reply({"total": 3, "items": []})], Unclear, id="wrong total"),
        pytest.param([json_reply({"items": []})], Unclear, id="no total"),
        pytest.param([json_reply({})], Unclear, id="empty object"),
        pytest.param([json_reply({"total": 0, "items": None})], Unclear, id="null items"),
        pytest.param([HTML], Unclear, id="html"),
        pytest.param([httpx.Response(404)], Unclear, id="404 of a proxy"),
        pytest.param([refusal(404, 1, "GENERAL__NOT_FOUND: x")], Unclear, id="404 of the route"),
        pytest.param([refusal(400, 1, "wrong")], Unclear, id="refused"),
        pytest.param([httpx.Response(401)], Unclear, id="keys refused"),
        pytest.param([httpx.Response(500)], Unclear, id="500"),
        pytest.param([httpx.ReadTimeout("slow")], Unclear, id="timeout"),
    ],
)
def test_an_order_is_absent_only_by_a_complete_list(replies, kind):
    """Fail closed: any other answer must not lead to a second POST."""
    assert isinstance(client_of(Script(*replies)).purchase_order("PO1"), kind)


def test_an_order_without_a_number_is_not_looked_up():
    script = Script(EMPTY)
    assert isinstance(client_of(script).purchase_order(" "), Unclear)
    assert script.requests == []


PAYMENT = {"id": "AA", "external_id": "PY1", "status": "PENDING_PAYMENT_CFDI"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(json_reply(PAYMENT), Seen, id="there"),
        pytest.param(refusal(404, 1, "PAYMENT__NOT_FOUND: PY1"), Absent, id="not there"),
        pytest.param(refusal(404, 1, "no existe"), Absent, id="not there, unknown words"),
        pytest.param(refusal(404, 1, "TENANT__NOT_FOUND: x"), Unclear, id="tenant unknown"),
        pytest.param(httpx.Response(404), Unclear, id="404 of a proxy"),
        pytest.param(json_reply(PAYMENT | {"external_id": "PY2"}), Unclear, id="another one"),
        pytest.param(json_reply(PAYMENT | {"total_amount": "x"}), Unclear, id="unreadable"),
        pytest.param(json_reply({}), Unclear, id="empty object"),
        pytest.param(HTML, Unclear, id="html"),
        pytest.param(httpx.Response(401), Unclear, id="keys refused"),
        pytest.param(httpx.ConnectError("refused"), Unclear, id="no connection"),
    ],
)
def test_a_payment_is_absent_only_in_the_portals_own_words(reply, kind):
    script = Script(reply)
    assert isinstance(client_of(script).look_up_payment("PY1"), kind)
    assert query_of(script.requests[0]) == [("id_type", "EXTERNAL")]


@pytest.mark.parametrize("number", ["", "..", "A/B", "a\\b", "x\ny"])
def test_a_name_that_would_be_another_address_is_never_asked_for(number):
    """An empty id would answer the list, a slash another resource."""
    script = Script(json_reply(PAYMENT))
    client = client_of(script)
    assert isinstance(client.look_up_payment(number), Unclear)
    with pytest.raises(DocumentError):
        client.payment(number)
    assert script.requests == []


def test_a_name_is_encoded_in_the_address():
    script = Script(json_reply(PAYMENT | {"external_id": "P Y#1?é%"}))
    found = client_of(script).payment("P Y#1?é%")
    assert found is not None
    assert script.requests[0].url.raw_path.startswith(
        b"/api/1.0/extern/tenants/tenant-1/payments/P%20Y%231%3F%C3%A9%25?"
    )


def test_single_objects_are_found_absent_or_an_error():
    assert client_of(Script(refusal(404, 1, "x"))).payment("PY1") is None
    assert client_of(Script(refusal(404, 1, "x"))).provider("aa") is None
    assert client_of(Script(json_reply(PAYMENT))).payment_by_id("aa") is not None
    for reply, error in [
        (httpx.Response(503), SystemUnavailable),
        (httpx.Response(403), CredentialsRefused),
        (httpx.Response(404), ConfigError),
        (refusal(400, 1, "x"), DocumentError),
        (json_reply(PAYMENT | {"external_id": "PY9"}), DocumentError),
    ]:
        with pytest.raises(error):
            client_of(Script(reply)).payment("PY1")


def test_a_provider_that_was_not_asked_for_is_not_taken_for_the_one_that_was():
    assert client_of(Script(json_reply({"id": "AA"}))).provider("aa") is not None
    with pytest.raises(DocumentError, match="answers with another one"):
        client_of(Script(json_reply({"id": "bb"}))).provider("aa")


@pytest.mark.parametrize("total", [-1, 10**12, 10**79, True, "3"])
def test_a_total_that_no_list_can_have_is_none(total):
    """The ledger keeps it: a number beyond its column would stop every step that reads the list."""
    listing = client_of(Script(json_reply({"items": [{"id": "a"}], "total": total}))).companies()
    assert listing.total is None
    assert "told no total" in listing.problem


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\x1b[2J", "\u202e"])
def test_an_item_whose_id_is_no_id_is_unreadable_and_shows_none(name):
    body = {"items": [{"id": name, "external_id": f"E{name}" * 2}], "total": 1}
    listing = client_of(Script(json_reply(body))).providers()
    (bad,) = listing.malformed
    assert bad.id == ""
    assert bad.key.isprintable()
    assert len(bad.key) <= 100


def test_an_unusable_answer_is_asked_for_again():
    """HTML, an empty object and a dropped connection are cured by the third answer."""
    script = Script(HTML, json_reply({}), json_reply({"id": "t", "rfc": "aaa010101aaa"}))
    waits: list[float] = []
    tenant = client_of(script, retry=ReadRetry(sleep=waits.append)).tenant()
    assert tenant.rfc == "AAA010101AAA"
    assert waits == [1.5, 3.0]


def test_a_page_that_is_not_usable_is_asked_for_again():
    script = Script(json_reply({"total": 0, "items": None}), EMPTY)
    client = client_of(script, retry=ReadRetry(sleep=lambda _: None))
    assert client.companies().is_complete


def test_a_body_beyond_the_limit_is_left_unread():
    script = Script(json_reply({"id": "t", "name": "x" * 5_000}))
    with pytest.raises(SystemUnavailable, match="larger than we accept"):
        client_of(script, max_body_bytes=2_000).tenant()


def test_no_error_shows_a_secret():
    """A portal that echoes our headers does not make us publish them."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, content=str(request.headers.raw).encode())

    client = client_of(echo)
    with pytest.raises(DocumentError) as caught:
        client.tenant()
    texts = [str(caught.value), repr(caught.value), repr(client), repr(client.create_payment({}))]
    assert "[redacted]" in texts[0]
    assert not any(KEY in text or SECRET in text for text in texts)


def test_a_lost_answer_shows_no_library_object_behind_it():
    """The library's error holds the request with its headers: it is not chained."""
    reset = Script(httpx.ReadError(f"reset by peer {SECRET}"))
    with pytest.raises(SystemUnavailable) as caught:
        client_of(reset).tenant()
    assert SECRET not in str(caught.value)
    transport = Transport(
        timeouts=PortalTimeouts(), max_body_bytes=9, transport=httpx.MockTransport(reset)
    )
    with pytest.raises(NoAnswer) as silence:
        transport.send("GET", "https://h/", headers={})
    assert silence.value.__cause__ is None
    assert silence.value.__suppress_context__


def test_cookies_and_redirects_are_ignored():
    script = Script(
        json_reply({"id": "t"}, **{"set-cookie": "session=1; Path=/"}),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
    )
    client = client_of(script)
    client.tenant()
    with pytest.raises(SystemUnavailable):
        client.tenant()
    assert len(script.requests) == 2
    assert "cookie" not in script.requests[1].headers


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.portal.example",
        "http://127.0.0.1.example",
        "ftp://api.example",
        "https://",
        "https://user:pw@api.example",
        "https://api.example?x=1",
        "https://api.example:99999999",
        "",
    ],
)
def test_only_https_or_loopback_is_a_base_url(base_url):
    with pytest.raises(ConfigError, match="base URL"):
        client_of(Script(EMPTY), base_url=base_url)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080/", "http://localhost", "http://[::1]:1", BASE_URL + "/"]
)
def test_https_and_loopback_are_accepted(base_url):
    script = Script(json_reply({"id": "t"}))
    client_of(script, base_url=base_url).tenant()
    assert str(script.requests[0].url).startswith(base_url.rstrip("/") + "/api/1.0/extern/")


@pytest.mark.parametrize(
    ("key", "secret", "tenant_id"),
    [("", "s", "t"), ("k", " ", "t"), ("k\r\nX: 1", "s", "t"), ("k", "ñ", "t"), ("k", "s", "a/b")],
)
def test_keys_that_cannot_be_right_are_refused_unseen(key, secret, tenant_id):
    with pytest.raises(ConfigError) as caught:
        PortalClient(
            base_url=BASE_URL,
            tenant_id=tenant_id,
            key=SecretStr(key),
            secret=SecretStr(secret),
            transport=httpx.MockTransport(Script(EMPTY)),
        )
    assert "X: 1" not in str(caught.value)


def test_the_client_closes_with_its_block():
    with client_of(Script(EMPTY)) as client:
        assert client.companies().is_complete
    with pytest.raises(RuntimeError, match="closed"):
        client.companies()
