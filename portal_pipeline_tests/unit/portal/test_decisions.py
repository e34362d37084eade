"""What each status and each silence means, for reads and for writes."""

from __future__ import annotations

import pytest

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    DocumentError,
    SystemUnavailable,
)
from portal_pipeline.core.outcomes import Refused, Unknown
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.core.wire import dump_json
from portal_pipeline.portal.decisions import (
    MEANINGS,
    Failure,
    Family,
    body_object,
    failure_of_silence,
    judge,
)
from portal_pipeline.portal.transport import Answer, Silence

REDACTOR = Redactor(["hush-hush"])


def shape_a(code: object = 90001, description: object = "SOMETHING: text") -> bytes:
    return dump_json({"code": code, "description": description}).encode()


def judged(status: int, body: bytes = b"", **headers: str) -> Failure:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    failure = judge(Answer(status, named, body), REDACTOR)
    assert failure is not None
    return failure


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_yes_is_read_further(status):
    assert judge(Answer(status), REDACTOR) is None


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (400, shape_a(), Family.REFUSED),
        (400, b"<html>", Family.REFUSED),
        (401, shape_a(), Family.CREDENTIALS),
        (403, b"", Family.CREDENTIALS),
        (404, shape_a(1800, "PAYMENT_CFDIS_NOT_FOUND: x"), Family.ABSENT),
        (404, shape_a("1800", "texto"), Family.ABSENT),
        (404, shape_a(9, "GENERAL__NOT_FOUND: no such path"), Family.NO_ROUTE),
        (404, shape_a(9, "TENANT__NOT_FOUND: no tenant"), Family.CREDENTIALS),
        (404, b"<html>Not found</html>", Family.NO_ROUTE),
        (404, b"", Family.NO_ROUTE),
        (404, dump_json({"status": 404, "error": "Not Found"}).encode(), Family.NO_ROUTE),
        (404, dump_json({"code": True, "description": "x"}).encode(), Family.NO_ROUTE),
        (405, b"", Family.NO_ROUTE),
        (406, shape_a(1827), Family.REFUSED),
        (408, b"", Family.LOST),
        (409, shape_a(2602), Family.REFUSED),
        (422, shape_a(), Family.REFUSED),
        (429, b"", Family.THROTTLED),
        (302, b"", Family.UNUSABLE),
        (500, shape_a(), Family.SERVER_ERROR),
        (501, b"", Family.SERVER_ERROR),
        (502, b"", Family.UNAVAILABLE),
        (503, b"", Family.UNAVAILABLE),
        (504, b"", Family.UNAVAILABLE),
        (599, b"", Family.SERVER_ERROR),
    ],
)
def test_status_and_body_name_the_family(status, body, family):
    """One table; a 404 speaks of the object only in the portal's own words."""
    assert judged(status, body).family is family


@pytest.mark.parametrize(
    ("family", "is_written_for_certain_not", "is_attempt", "is_read_again", "error"),
    [
        (Family.REFUSED, True, True, False, DocumentError),
        (Family.ABSENT, True, True, False, DocumentError),
        (Family.CREDENTIALS, True, False, False, CredentialsRefused),
        (Family.NO_ROUTE, True, False, False, ConfigError),
        (Family.THROTTLED, True, False, True, SystemUnavailable),
        (Family.NOT_SENT, True, False, True, SystemUnavailable),
        (Family.UNAVAILABLE, False, None, True, SystemUnavailable),
        (Family.SERVER_ERROR, False, None, False, SystemUnavailable),
        (Family.LOST, False, None, True, SystemUnavailable),
        (Family.UNUSABLE, False, None, True, SystemUnavailable),
        (Family.TOO_LARGE, False, None, False, SystemUnavailable),
    ],
)
def test_each_family_decides_writes_and_reads(
    family, is_written_for_certain_not, is_attempt, is_read_again, error
):
    """Where a write may have happened the outcome is unknown, never refused."""
    failure = Failure(family=family, detail="d", code="c")
    outcome = failure.outcome()
    if is_written_for_certain_not:
        assert isinstance(outcome, Refused)
        assert outcome.is_attempt is is_attempt
    else:
        assert outcome == Unknown(detail="d")
    assert failure.meaning.is_read_again is is_read_again
    raised = failure.error("purchase orders")
    assert type(raised) is error
    assert raised.system == "portal"
    assert raised.remedy


def test_every_family_but_a_yes_has_its_meaning():
    assert set(MEANINGS) == set(Family) - {Family.ANSWERED}


@pytest.mark.parametrize(
    ("silence", "family"),
    [
        (Silence.NOT_SENT, Family.NOT_SENT),
        (Silence.LOST, Family.LOST),
        (Silence.TOO_LARGE, Family.TOO_LARGE),
    ],
)
def test_silence_has_a_family(silence, family):
    failure = failure_of_silence(silence, "ReadTimeout: hush-hush", REDACTOR)
    assert failure.family is family
    assert failure.detail == "ReadTimeout: [redacted]"


def test_the_portals_own_code_and_words_are_kept():
    failure = judged(406, shape_a(1827, "PAYMENT_CFDI_ALREADY_PAID: hush-hush\x07 pagado"))
    assert failure.code == "1827"
    assert failure.description == "PAYMENT_CFDI_ALREADY_PAID: [redacted] pagado"
    assert '"code": 1827' in failure.detail
    assert "hush" not in failure.detail


def test_an_answer_without_a_code_is_named_by_its_status():
    assert judged(400, b"<html>").code == "http_400"


def test_a_long_answer_is_cut():
    assert len(judged(400, b"x" * 1_000_000).detail) <= 2_000


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({}, None),
        ({"retry_after": "soon"}, None),
        (
            {
                "retry_after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
    ],
)
def test_retry_after_needs_no_clock_of_ours(headers, seconds):
    assert judged(429, b"", **headers).retry_after_s == seconds


@pytest.mark.parametrize(
    ("status", "code", "description", "conflict", "is_duplicate"),
    [
        pytest.param(409, 2602, "external_id PO1 is duplicated", False, True, id="known code"),
        pytest.param(409, 2602, "ya existe", False, True, id="known code, other words"),
        pytest.param(409, 1, "external_id PO1 is duplicated", False, True, id="known words"),
        pytest.param(409, 1, "PAYMENT__DUPLICATED: P1", True, True, id="symbolic name"),
        pytest.param(409, 1, "ya existe", True, True, id="nameless conflict of a payment"),
        pytest.param(409, 1, "ya existe", False, False, id="nameless conflict of an order"),
        pytest.param(409, 1, "PAYMENT__NOT_OPEN: x", True, False, id="a conflict with a name"),
        pytest.param(406, 1827, "PAYMENT_CFDI_ALREADY_PAID: x", True, False, id="already paid"),
        pytest.param(404, 1800, "uuid not found", True, False, id="unknown uuid"),
    ],
)
def test_only_an_exists_already_is_a_duplicate(status, code, description, conflict, is_duplicate):
    outcome = judged(status, shape_a(code, description)).outcome(conflict_is_duplicate=conflict)
    assert isinstance(outcome, Refused)
    assert outcome.is_duplicate is is_duplicate


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": 1', b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b'"text"']
)
def test_what_is_no_json_object_has_no_body(body):
    assert body_object(Answer(200, {}, body)) is None
