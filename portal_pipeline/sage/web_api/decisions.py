"""What an answer of the Sage Web API means: the one table from error codes to consequences.

The code decides, never the text and never the HTTP status; the status counts only where an answer
carries no code that we know (IIS pages, later releases). Source: Web API sheet 2.5 and 7.3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from portal_pipeline.core.redaction import READ_LENGTH_MAX
from portal_pipeline.core.wire import load_json
from portal_pipeline.sage.web_api.transport import Answer


class OnRead(StrEnum):
    """What an error answer to a read means."""

    ABSENT = "absent"
    """The record does not exist."""
    CREDENTIALS = "credentials"
    """Our user, password or rights are refused."""
    NOT_OFFERED = "not_offered"
    """The installation lacks the endpoint (release, licence, module)."""
    DEFECT = "defect"
    """Our request is malformed."""
    AGAIN = "again"
    """Overloaded: the same read may work in a moment."""
    UNAVAILABLE = "unavailable"


class OnWrite(StrEnum):
    """What an error answer to a write means."""

    REFUSED = "refused"
    """An answer about the document."""
    DUPLICATE = "duplicate"
    """The key exists already: verify and adopt."""
    NOT_AN_ATTEMPT = "not_an_attempt"
    """Nothing was written, for a reason that is not the document's."""
    UNKNOWN = "unknown"
    """It may have been written."""


class Consequence(NamedTuple):
    """The meaning of one error code, per kind of call."""

    on_read: OnRead
    on_create: OnWrite
    on_change: OnWrite


_R, _W = OnRead, OnWrite
BY_CODE: Mapping[str, Consequence] = {
    "Unauthorized": Consequence(_R.CREDENTIALS, _W.NOT_AN_ATTEMPT, _W.NOT_AN_ATTEMPT),
    "Forbidden": Consequence(_R.CREDENTIALS, _W.NOT_AN_ATTEMPT, _W.NOT_AN_ATTEMPT),
    "TooManyRequests": Consequence(_R.AGAIN, _W.NOT_AN_ATTEMPT, _W.NOT_AN_ATTEMPT),
    "ResourceNotFound": Consequence(_R.NOT_OFFERED, _W.NOT_AN_ATTEMPT, _W.NOT_AN_ATTEMPT),
    "MethodNotAllowed": Consequence(_R.NOT_OFFERED, _W.NOT_AN_ATTEMPT, _W.NOT_AN_ATTEMPT),
    "RecordNotFound": Consequence(_R.ABSENT, _W.REFUSED, _W.REFUSED),
    "RecordDuplicate": Consequence(_R.UNAVAILABLE, _W.DUPLICATE, _W.DUPLICATE),
    "RecordInvalid": Consequence(_R.UNAVAILABLE, _W.REFUSED, _W.REFUSED),
    "InvalidPayload": Consequence(_R.DEFECT, _W.REFUSED, _W.REFUSED),
    "InvalidAction": Consequence(_R.DEFECT, _W.REFUSED, _W.REFUSED),
    "InvalidParameters": Consequence(_R.DEFECT, _W.REFUSED, _W.REFUSED),
    "InvalidEntityKey": Consequence(_R.DEFECT, _W.REFUSED, _W.REFUSED),
    # A change meets General when someone has the batch open (sheet 7.6): not the document's fault.
    "General": Consequence(_R.UNAVAILABLE, _W.REFUSED, _W.NOT_AN_ATTEMPT),
    "InternalServerError": Consequence(_R.UNAVAILABLE, _W.UNKNOWN, _W.UNKNOWN),
    "DBLinkError": Consequence(_R.UNAVAILABLE, _W.UNKNOWN, _W.UNKNOWN),
    "SessionError": Consequence(_R.UNAVAILABLE, _W.UNKNOWN, _W.UNKNOWN),
}
BY_STATUS: Mapping[int, Consequence] = {
    401: BY_CODE["Unauthorized"],
    403: BY_CODE["Forbidden"],
    429: BY_CODE["TooManyRequests"],
    503: Consequence(_R.AGAIN, _W.UNKNOWN, _W.UNKNOWN),
}
OTHERWISE = Consequence(_R.UNAVAILABLE, _W.UNKNOWN, _W.UNKNOWN)
"""Anything else, a 404 page of IIS included: proof of nothing."""


class Failure(NamedTuple):
    """An answer that is not a success; ``code`` is ``HTTP <status>`` where Sage gave none."""

    code: str
    message: str
    consequence: Consequence
    retry_after_s: float | None


class Success(NamedTuple):
    """A 2xx answer: the JSON object, or None for an empty body."""

    value: Mapping[str, object] | None


def judged(answer: Answer) -> Success | Failure:
    """The meaning of an answer; a 2xx with an error in it, or an unreadable one, is no success."""
    has_success_status = 200 <= answer.status < 300
    if not answer.body.strip():
        return Success(None) if has_success_status else _without_code(answer, "empty answer")
    try:
        value = load_json(answer.body)
    except ValueError:
        return _without_code(answer, answer.body[:READ_LENGTH_MAX].decode(errors="replace"))
    if not isinstance(value, dict):
        return _without_code(answer, "the answer is not a JSON object")
    if "error" in value:
        return _from_error(answer, value["error"])
    return Success(value) if has_success_status else _without_code(answer, json.dumps(list(value)))


def _from_error(answer: Answer, error: object) -> Failure:
    fields = error if isinstance(error, dict) else {}
    message = fields.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    code = fields.get("code")
    if not isinstance(code, str) or not code:
        return _without_code(answer, str(text or "error without a code"))
    consequence = BY_CODE.get(code) or BY_STATUS.get(answer.status, OTHERWISE)
    return Failure(code, str(text or ""), consequence, answer.retry_after_s)


def _without_code(answer: Answer, message: str) -> Failure:
    consequence = BY_STATUS.get(answer.status, OTHERWISE)
    return Failure(f"HTTP {answer.status}", message, consequence, answer.retry_after_s)
