"""Simulator rules 4, 22 and 23: what goes wrong on demand, and how long it takes."""

from __future__ import annotations

import pytest

from portal_pipeline.sandbox.http import ConnectionDropped
from portal_pipeline.sandbox.sage.web_api import Commit, Fault, FaultKind
from portal_pipeline_tests.contract.sage_web_api.desk import Desk, code, invoice

BATCHES = "AP/APInvoiceBatches"
PAYLOAD = {"Description": "CFDI X", "Invoices": [invoice()]}


def count(desk: Desk) -> int:
    return len(desk.rows("APIBH"))


@pytest.mark.parametrize(
    ("commit", "now", "later"),
    [(Commit.NEVER, 0, 0), (Commit.NOW, 1, 1), (Commit.LATER, 0, 1)],
)
def test_a_dropped_connection_has_its_effect_never_now_or_later(
    desk: Desk, commit: Commit, now: int, later: int
) -> None:
    desk.simulator.faults.add(Fault(FaultKind.DROP, "POST", commit=commit))
    with pytest.raises(ConnectionDropped):
        desk.send("POST", BATCHES, PAYLOAD)
    assert count(desk) == now
    desk.batch(1)
    assert count(desk) == later
    assert desk.simulator.requests[0].status is None


def test_a_late_effect_comes_after_so_many_requests_or_when_settled(desk: Desk) -> None:
    desk.simulator.faults.add(
        Fault(FaultKind.DROP, "POST", commit=Commit.LATER, later_calls=3, calls=(1, 2))
    )
    with pytest.raises(ConnectionDropped):
        desk.send("POST", BATCHES, PAYLOAD)
    seen = []
    for _ in range(3):
        desk.send("GET", BATCHES)
        seen.append(count(desk))
    assert seen == [0, 0, 1]
    other = {"Description": "CFDI Y", "Invoices": [invoice(DocumentNumber="A2")]}
    with pytest.raises(ConnectionDropped):
        desk.send("POST", BATCHES, other)
    desk.simulator.settle()
    assert count(desk) == 2


@pytest.mark.parametrize(
    ("fault", "status", "expected"),
    [
        (Fault(FaultKind.ERROR, code="InternalServerError"), 500, "InternalServerError"),
        (Fault(FaultKind.ERROR, code="SessionError"), 500, "SessionError"),
        (Fault(FaultKind.ERROR, code="DBLinkError"), 500, "DBLinkError"),
        (Fault(FaultKind.ERROR, code="TooManyRequests", retry_after_s=9), 429, "TooManyRequests"),
        (Fault(FaultKind.ERROR, code="General"), 500, "General"),
    ],
)
def test_error_answers(desk: Desk, fault: Fault, status: int, expected: str) -> None:
    desk.simulator.faults.add(fault)
    answer = desk.send("POST", BATCHES, PAYLOAD)
    assert (answer.status, code(answer), count(desk)) == (status, expected, 0)
    if fault.retry_after_s:
        assert answer.headers["retry-after"] == "9"


@pytest.mark.parametrize("status", [401, 500, 503])
def test_html_pages_of_the_web_server(desk: Desk, status: int) -> None:
    desk.simulator.faults.add(Fault(FaultKind.HTML, status=status, commit=Commit.NOW))
    answer = desk.send("POST", BATCHES, PAYLOAD)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/html")
    assert count(desk) == 1


def test_a_fault_strikes_its_calls_and_its_document_only(desk: Desk) -> None:
    desk.simulator.faults.add(Fault(FaultKind.ERROR, "GET", "*/APVendors*", key="'p1'", calls=(2,)))
    answers = [code(desk.send("GET", f"AP/APVendors('{v}')")) for v in ("P1", "HON", "P1", "P1")]
    assert answers == ["200", "200", "InternalServerError", "200"]
    assert len(desk.simulator.faults.fired) == 1
    desk.simulator.faults.clear()
    assert code(desk.send("GET", "AP/APVendors('P1')")) == "200"


def test_half_an_answer_and_a_slow_one(desk: Desk) -> None:
    whole = desk.send("GET", "AP/APVendors('P1')")
    desk.simulator.faults.add(Fault(FaultKind.TRUNCATED), Fault(FaultKind.SLOW, delay_s=4.0))
    half = desk.send("GET", "AP/APVendors('P1')")
    assert half.body == whole.body[: len(whole.body) // 2]
    desk.simulator.faults.clear()
    desk.simulator.faults.add(Fault(FaultKind.SLOW, delay_s=4.0))
    slow = desk.send("GET", "AP/APVendors('P1')")
    assert (slow.body, slow.delay_s) == (whole.body, 4.0)


def test_something_can_happen_just_before_a_call(desk: Desk) -> None:
    desk.simulator.faults.add(
        Fault(
            FaultKind.RUN,
            "POST",
            action=lambda: desk.company.set_vendor_active(vendor="P1", is_active=False),
        )
    )
    assert code(desk.send("POST", BATCHES, PAYLOAD)) == "RecordInvalid"


def test_a_batch_that_someone_has_open_cannot_be_changed_or_posted(desk: Desk) -> None:
    desk.create(invoice())
    desk.simulator.hold_batch("samltd", 1, seconds=60)
    path = f"{BATCHES}(1)"
    assert code(desk.send("PATCH", path, {"BatchStatus": "ReadyToPost"})) == "General"
    desk.clock.pass_(61)
    desk.ready(1)
    desk.simulator.hold_batch("samltd", 1, seconds=60)
    assert code(desk.post(1)) == "General"
    assert desk.batch(1)["BatchStatus"] == "ReadyToPost"


def test_answers_take_time_only_when_switched_on(desk: Desk) -> None:
    assert desk.send("GET", BATCHES).delay_s == 0
    desk.switch(
        start_delay_s=8.0,
        read_delay_s=0.5,
        write_delay_s=1.0,
        line_delay_s=0.25,
        process_delay_s=3.0,
    )
    assert desk.send("GET", BATCHES).delay_s == 0.5
    assert desk.send("POST", BATCHES, PAYLOAD).delay_s == 1.5
    assert desk.post(1).delay_s == 3.0
    desk.clock.pass_(1_201)
    assert desk.send("GET", BATCHES).delay_s == 8.5
    assert desk.send("GET", BATCHES).delay_s == 0.5
