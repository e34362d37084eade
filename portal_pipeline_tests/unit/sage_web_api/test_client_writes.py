"""What the client makes of every kind of answer to a write; that a write is sent exactly once."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import DefectError
from portal_pipeline.core.outcomes import Outcome, Refused, Succeeded, Unknown
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi

PASSWORD = "Secreto-Largo-1"
INVOICE = {"VendorNumber": "P1", "DocumentNumber": "A1"}
BATCH = {"Description": "CFDI X", "Invoices": [INVOICE]}
CREATED = '{"BatchNumber": 812.0, "Invoices": [{"EntryNumber": 1}]}'

WRITES: dict[str, Callable[[SageWebApi], Outcome]] = {
    "create_batch": lambda api: api.create_invoice_batch(BATCH),
    "set_status": lambda api: api.set_batch_status(812, "ReadyToPost"),
    "post": lambda api: api.post_invoice_batch(812),
    "create_vendor": lambda api: api.create_vendor({"VendorNumber": "P1"}),
    "patch_vendor": lambda api: api.patch_vendor("P1", {"VendorName": "X"}),
}
CREATES = ("create_batch", "create_vendor")


class Server:
    """Answers every request alike and remembers what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer

    def api(self, **options: object) -> SageWebApi:
        def respond(request: httpx.Request) -> httpx.Response:
            request.read()
            self.requests.append(request)
            return self.answer(request)

        return SageWebApi(
            base_url="https://sage.example",
            company="samltd",
            user="integra",
            password=SecretStr(PASSWORD),
            transport=httpx.MockTransport(respond),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
            **options,
        )


def sage_error(code: str, text: str = "texto", status: int = 400) -> Server:
    body = {"error": {"code": code, "message": {"lang": "es-MX", "value": text}}}
    return Server(lambda _: httpx.Response(status, json=body))


def kind(outcome: Outcome) -> str:
    match outcome:
        case Succeeded():
            return "succeeded"
        case Unknown():
            return "unknown"
        case Refused(is_duplicate=True):
            return "duplicate"
        case Refused(is_attempt=False):
            return "not_an_attempt"
        case Refused():
            return "refused"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("code", "on_create", "on_change"),
    [
        ("Unauthorized", "not_an_attempt", "not_an_attempt"),
        ("Forbidden", "not_an_attempt", "not_an_attempt"),
        ("TooManyRequests", "not_an_attempt", "not_an_attempt"),
        ("ResourceNotFound", "not_an_attempt", "not_an_attempt"),
        ("MethodNotAllowed", "not_an_attempt", "not_an_attempt"),
        ("RecordNotFound", "refused", "refused"),
        ("RecordDuplicate", "duplicate", "duplicate"),
        ("RecordInvalid", "refused", "refused"),
        ("InvalidPayload", "refused", "refused"),
        ("InvalidAction", "refused", "refused"),
        ("InvalidParameters", "refused", "refused"),
        ("InvalidEntityKey", "refused", "refused"),
        ("General", "refused", "not_an_attempt"),
        ("InternalServerError", "unknown", "unknown"),
        ("DBLinkError", "unknown", "unknown"),
        ("SessionError", "unknown", "unknown"),
        ("SomethingNew", "unknown", "unknown"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 409, 500])
def test_the_error_code_decides_the_outcome_whatever_the_status(
    write: str, code: str, on_create: str, on_change: str, status: int
) -> None:
    server = sage_error(code, status=status)
    outcome = WRITES[write](server.api())
    assert kind(outcome) == (on_create if write in CREATES else on_change)
    assert len(server.requests) == 1


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "not_an_attempt"),
        (403, "not_an_attempt"),
        (429, "not_an_attempt"),
        (302, "unknown"),
        (404, "unknown"),
        (409, "unknown"),
        (500, "unknown"),
        (502, "unknown"),
        (503, "unknown"),
        (200, "unknown"),
        (201, "unknown"),
    ],
)
@pytest.mark.parametrize("body", ["<html>IIS</html>", '["a list"]', '{"error": "x"}', "{broken"])
def test_an_answer_without_a_code_is_never_taken_for_done_or_refused(
    write: str, status: int, expected: str, body: str
) -> None:
    server = Server(lambda _: httpx.Response(status, text=body))
    assert kind(WRITES[write](server.api())) == expected


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError, "not_an_attempt"),
        (httpx.ConnectTimeout, "not_an_attempt"),
        (httpx.PoolTimeout, "not_an_attempt"),
        (httpx.ReadTimeout, "unknown"),
        (httpx.WriteTimeout, "unknown"),
        (httpx.ReadError, "unknown"),
        (httpx.WriteError, "unknown"),
        (httpx.RemoteProtocolError, "unknown"),
        (httpx.DecodingError, "unknown"),
    ],
)
def test_only_a_connection_that_was_never_made_proves_that_nothing_was_written(
    write: str, error: type[httpx.HTTPError], expected: str
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error("cut")

    server = Server(fail)
    assert kind(WRITES[write](server.api())) == expected
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CREATED, Succeeded(remote_id="812/1")),
        ('{"BatchNumber": 812, "Invoices": [{"EntryNumber": 1}]}', Succeeded(remote_id="812/1")),
    ],
)
def test_a_created_batch_is_named_by_batch_and_entry(body: str, expected: Outcome) -> None:
    assert (
        Server(lambda _: httpx.Response(201, text=body)).api().create_invoice_batch(BATCH)
        == expected
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"BatchNumber": 812}',
        '{"BatchNumber": 812, "Invoices": []}',
        '{"BatchNumber": 0, "Invoices": [{"EntryNumber": 1}]}',
        '{"BatchNumber": "812", "Invoices": [{"EntryNumber": 1}]}',
        '{"BatchNumber": 812, "Invoices": [{"EntryNumber": 1}, {"EntryNumber": 2}]}',
        '{"BatchNumber": 812.5, "Invoices": [{"EntryNumber": 1}]}',
    ],
)
def test_a_success_that_does_not_name_what_was_created_is_unknown(body: str) -> None:
    server = Server(lambda _: httpx.Response(201, text=body))
    assert isinstance(server.api().create_invoice_batch(BATCH), Unknown)


@pytest.mark.parametrize("write", ["set_status", "post", "create_vendor", "patch_vendor"])
def test_other_writes_succeed_on_an_empty_answer(write: str) -> None:
    outcome = WRITES[write](Server(lambda _: httpx.Response(204)).api())
    assert outcome == Succeeded(remote_id="P1" if "vendor" in write else "812")


@pytest.mark.parametrize("count", [0, 2])
def test_a_batch_is_sent_with_exactly_one_invoice(count: int) -> None:
    server = Server(lambda _: httpx.Response(201, text=CREATED))
    with pytest.raises(DefectError):
        server.api().create_invoice_batch({"Invoices": [INVOICE] * count})
    assert not server.requests


def test_every_request_carries_basic_credentials_and_a_content_type() -> None:
    server = Server(lambda _: httpx.Response(204, headers={"set-cookie": "session=1; path=/"}))
    api = server.api()
    api.set_batch_status(1, "Open")
    api.set_batch_status(1, "Open")
    expected = "Basic " + base64.b64encode(f"INTEGRA:{PASSWORD}".encode()).decode()
    assert [r.headers["authorization"] for r in server.requests] == [expected] * 2
    assert {r.headers["content-type"] for r in server.requests} == {
        "application/json; charset=utf-8"
    }
    assert [r.headers.get("cookie") for r in server.requests] == [None, "session=1"]


def test_requests_go_to_the_sheets_addresses() -> None:
    server = Server(lambda _: httpx.Response(204))
    api = server.api()
    api.create_vendor({"VendorNumber": "P1"})
    api.patch_vendor("P/1 'a'", {})
    api.set_batch_status(58, "ReadyToPost")
    api.post_invoice_batch(58)
    root = "/Sage300WebApi/v1.0/-/SAMLTD/AP/"
    assert [(r.method, r.url.raw_path.decode()) for r in server.requests] == [
        ("POST", f"{root}APVendors"),
        ("PATCH", f"{root}APVendors('P%2F1%20''a''')"),
        ("PATCH", f"{root}APInvoiceBatches(58)"),
        ("POST", f"{root}APPostInvoices('$process')"),
    ]
    assert server.requests[3].content == (
        b'{"ProcessAllBatches": "Donotpostallbatches", "FromBatch": 58, "ToBatch": 58}'
    )


def test_properties_go_in_the_order_given_and_amounts_with_their_digits() -> None:
    server = Server(lambda _: httpx.Response(201, text=CREATED))
    invoice = {"VendorNumber": "P1", "DocumentTotalIncludingTax": Decimal("1740.10"), "A": 1}
    server.api().create_invoice_batch({"Z": 1, "Invoices": [invoice], "B": 2})
    assert server.requests[0].content.decode() == (
        '{"Z": 1, "Invoices": [{"VendorNumber": "P1", "DocumentTotalIncludingTax": 1740.10, '
        '"A": 1}], "B": 2}'
    )


def test_remote_texts_are_cut_and_never_show_the_password() -> None:
    outcome = sage_error("RecordInvalid", f"{PASSWORD} " + "ñ" * 5_000).api().create_vendor({})
    assert isinstance(outcome, Refused)
    assert outcome.code == "RecordInvalid"
    assert outcome.detail.startswith("[redacted] ñ")
    assert len(outcome.detail) <= 2_000
    unknown = sage_error("General2", PASSWORD).api().create_vendor({})
    assert isinstance(unknown, Unknown)
    assert PASSWORD not in unknown.detail
    assert PASSWORD not in repr(sage_error("x").api())


def test_the_wait_that_the_server_names_is_kept() -> None:
    body = {"error": {"code": "TooManyRequests", "message": {"value": "slow"}}}
    server = Server(lambda _: httpx.Response(429, json=body, headers={"retry-after": "7"}))
    outcome = server.api().set_batch_status(1, "Open")
    assert isinstance(outcome, Refused)
    assert outcome.retry_after_s == 7


def test_an_answer_that_is_too_large_leaves_a_write_unknown() -> None:
    server = Server(lambda _: httpx.Response(201, text=CREATED + " " * 2_000))
    assert isinstance(server.api(max_body_bytes=1_000).create_invoice_batch(BATCH), Unknown)


def test_one_write_at_a_time_per_company() -> None:
    inside = threading.Semaphore(1)
    overlaps: list[bool] = []

    def answer(_: httpx.Request) -> httpx.Response:
        alone = inside.acquire(blocking=False)
        overlaps.append(not alone)
        gate.wait(timeout=0.05)
        if alone:
            inside.release()
        return httpx.Response(204)

    gate = threading.Event()
    api = Server(answer).api()
    threads = [threading.Thread(target=api.set_batch_status, args=(n, "Open")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [False] * 4
