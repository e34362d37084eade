"""Redaction, the rate limit and the retries of reads; nothing here waits for real."""

from __future__ import annotations

import logging
import threading

import httpx
import pytest

from portal_pipeline.core.redaction import Redactor
from portal_pipeline.portal.decisions import Failure, Family
from portal_pipeline.portal.rate_limit import RateLimiter
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.portal.transport import NoAnswer, PortalTimeouts, Transport
from portal_pipeline_tests.unit.portal.scripted import Script, client_of, json_reply


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("token s3cret and s3cret-long!", "token [redacted] and [redacted]!"),
        (b"body s3cret \xff", "body [redacted] \ufffd"),
        ("s3\x00cret", "[redacted]"),
        ("see https://h/x.xml?sig=abc&e=1 now", "see https://h/x.xml?[redacted] now"),
        ('{"xml": "http://h/f?a=1"}', '{"xml": "http://h/f?[redacted]"}'),
        (r'{"u": "https:\/\/h\/f?a=1"}', r'{"u": "https:\/\/h\/f?[redacted]"}'),
        ("line\x07\x1b[31m\nnext\ttab \ud800", "line[31m next tab"),
        ("", ""),
    ],
)
def test_shown_text_holds_no_secret_link_or_control_character(raw, shown):
    assert Redactor(["s3cret", "s3cret-long"]).clean(raw) == shown


def test_a_secret_at_the_cut_leaves_no_part_of_itself():
    text = "x" * 1_990 + "s3cret-long" + "y" * 500
    cleaned = Redactor(["s3cret-long"]).clean(text)
    assert "s3c" not in cleaned
    assert len(cleaned) == 2_000


def test_a_redactor_does_not_show_what_it_hides():
    assert "s3cret" not in repr(Redactor(["s3cret"]))


class FakeTime:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_a_burst_goes_at_once_and_the_rest_at_the_rate():
    time = FakeTime()
    limiter = RateLimiter(per_second=2, burst=3, clock=time.clock, sleep=time.sleep)
    for _ in range(6):
        limiter.acquire()
    assert time.slept == [0.5, 0.5, 0.5]


def test_idle_time_fills_no_more_than_the_burst():
    time = FakeTime()
    limiter = RateLimiter(per_second=10, burst=1, clock=time.clock, sleep=time.sleep)
    limiter.acquire()
    time.now += 1_000
    limiter.acquire()
    limiter.acquire()
    assert time.slept == [0.1]


def test_threads_get_one_token_each():
    """With a clock that stands still, n callers wait 0, 1, 2 ... intervals."""
    slept: list[float] = []
    limiter = RateLimiter(per_second=1, burst=1, clock=lambda: 5.0, sleep=slept.append)
    threads = [threading.Thread(target=limiter.acquire) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [float(n) for n in range(1, 20)]


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(per_second, burst):
    with pytest.raises(ValueError, match="rate limit"):
        RateLimiter(per_second=per_second, burst=burst)


def failed(family: Family = Family.UNAVAILABLE, after: float | None = None) -> Failure:
    return Failure(family=family, detail="x", code="x", retry_after_s=after)


@pytest.mark.parametrize(
    ("answers", "calls", "slept"),
    [
        pytest.param(["ok"], 1, [], id="first answer"),
        pytest.param([failed(), "ok"], 2, [1.5], id="second answer"),
        pytest.param([failed(), failed(), failed()], 3, [1.5, 3.0], id="bounded"),
        pytest.param([failed(after=20.0), "ok"], 2, [20.0], id="retry-after is waited for"),
        pytest.param([failed(after=0.1), "ok"], 2, [1.5], id="never sooner than our own wait"),
        pytest.param([failed(after=61.0)], 1, [], id="a long retry-after is not waited for"),
        pytest.param([failed(Family.REFUSED)], 1, [], id="a refusal stands"),
        pytest.param([failed(Family.SERVER_ERROR)], 1, [], id="500 is not repeated"),
        pytest.param([failed(Family.LOST), "ok"], 2, [1.5], id="a lost answer is asked again"),
        pytest.param([failed(Family.UNUSABLE), "ok"], 2, [1.5], id="html is asked again"),
    ],
)
def test_reads_are_repeated_where_that_can_help(answers, calls, slept):
    given = list(answers)
    waits: list[float] = []
    result = ReadRetry(sleep=waits.append).run(lambda: given.pop(0))
    assert len(answers) - len(given) == calls
    assert waits == slept
    assert result == answers[calls - 1]


def test_retries_can_be_switched_off():
    calls: list[int] = []

    def read() -> Failure:
        calls.append(1)
        return failed()

    assert ReadRetry(attempts=1).run(read) == failed()
    assert len(calls) == 1


def test_other_errors_pass_through_unrepeated():
    with pytest.raises(ZeroDivisionError):
        ReadRetry().run(lambda: 1 // 0)


def test_an_answer_that_drips_in_is_given_up():
    """Each chunk is in time, the whole is not: the read timeout alone would wait for ever."""
    seconds = iter(range(0, 1_000, 50))
    transport = Transport(
        timeouts=PortalTimeouts(whole_s=120),
        max_body_bytes=1_000,
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=iter([b"x"] * 9))),
        clock=lambda: float(next(seconds)),
    )
    with pytest.raises(NoAnswer, match=r"lost: the answer took more than 120 s"):
        transport.send("GET", "https://h/", headers={})


def test_every_call_takes_a_token():
    """Reads, downloads and writes alike."""
    slept: list[float] = []
    limiter = RateLimiter(per_second=1, burst=1, clock=lambda: 0.0, sleep=slept.append)
    link = json_reply({"xml": "https://portal.example/f.xml"})
    script = Script(json_reply({}), link, httpx.Response(200, content=b"<x/>"), json_reply({}))
    client = client_of(script, limiter=limiter)
    client.cfdi_xml("aa")
    client.create_payment({})
    assert slept == [1.0, 2.0, 3.0]


def test_the_http_library_logs_no_request_line(caplog):
    """Its line per request would show signed links."""
    with caplog.at_level(logging.DEBUG):
        client_of(Script(json_reply({"id": "t"}))).tenant()
        logging.getLogger("httpx").info("HTTP Request: GET https://h/f?signature=1")
    assert "HTTP Request" not in caplog.text
