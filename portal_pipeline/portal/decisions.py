"""What an answer of the portal means: one table, for reads and for writes.

Nothing else in the product looks at an HTTP status. Source: portal API sheet 2.4, 2.5, 9 and 10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    DocumentError,
    PipelineError,
    SystemUnavailable,
)
from portal_pipeline.core.outcomes import Refused, Unknown
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.core.wire import JsonObject, load_json
from portal_pipeline.portal.transport import Answer, Silence

SYSTEM = "portal"


class Family(StrEnum):
    """What kind of answer it was; ``ANSWERED`` is the only one whose body is read further."""

    ANSWERED = "answered"
    REFUSED = "refused"
    ABSENT = "absent"
    CREDENTIALS = "credentials"
    NO_ROUTE = "no_route"
    THROTTLED = "throttled"
    NOT_SENT = "not_sent"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    LOST = "lost"
    UNUSABLE = "unusable"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Meaning:
    """What a failure asks of us.

    ``nothing_written``: a write certainly did not happen. ``is_attempt``: the answer is about the
    document. ``is_read_again``: a read may be repeated at once (rules 9).
    """

    nothing_written: bool
    is_attempt: bool
    is_read_again: bool
    error: type[PipelineError]
    cause: str
    remedy: str


_TRY_LATER = "nothing to do; the next cycle tries again"
_CALL_SUPPORT = "if it lasts, ask the portal's support"

MEANINGS: Mapping[Family, Meaning] = {
    Family.REFUSED: Meaning(
        True, True, False, DocumentError, "the portal refused the request", "see its answer"
    ),
    Family.ABSENT: Meaning(
        True, True, False, DocumentError, "the portal does not know it", "see its answer"
    ),
    Family.CREDENTIALS: Meaning(
        True,
        False,
        False,
        CredentialsRefused,
        "the portal refuses our credentials or does not know our tenant",
        "check the tenant's portal tenant id, key and secret",
    ),
    Family.NO_ROUTE: Meaning(
        True,
        False,
        False,
        ConfigError,
        "the portal has no such address",
        "check the portal's base URL",
    ),
    Family.THROTTLED: Meaning(
        True, False, True, SystemUnavailable, "the portal asks us to slow down", _TRY_LATER
    ),
    Family.NOT_SENT: Meaning(
        True,
        False,
        True,
        SystemUnavailable,
        "no connection to the portal",
        "check the network and the portal's base URL",
    ),
    Family.UNAVAILABLE: Meaning(
        False, False, True, SystemUnavailable, "the portal is not available", _TRY_LATER
    ),
    Family.SERVER_ERROR: Meaning(
        False, False, False, SystemUnavailable, "the portal failed inside", _CALL_SUPPORT
    ),
    Family.LOST: Meaning(
        False, False, True, SystemUnavailable, "the portal's answer did not arrive", _TRY_LATER
    ),
    Family.UNUSABLE: Meaning(
        False, False, True, SystemUnavailable, "the portal's answer is not usable", _CALL_SUPPORT
    ),
    Family.TOO_LARGE: Meaning(
        False,
        False,
        False,
        SystemUnavailable,
        "the portal's answer is larger than we accept",
        _CALL_SUPPORT,
    ),
}

_BY_SILENCE: Mapping[Silence, Family] = {
    Silence.NOT_SENT: Family.NOT_SENT,
    Silence.LOST: Family.LOST,
    Silence.TOO_LARGE: Family.TOO_LARGE,
}

_BY_STATUS: Mapping[int, Family] = {
    401: Family.CREDENTIALS,
    403: Family.CREDENTIALS,
    405: Family.NO_ROUTE,
    407: Family.CREDENTIALS,
    408: Family.LOST,  # a proxy's or the server's timeout: the request may have gone through
    425: Family.THROTTLED,
    429: Family.THROTTLED,
    499: Family.LOST,  # a proxy's word for a connection closed under it
    502: Family.UNAVAILABLE,
    503: Family.UNAVAILABLE,
    504: Family.UNAVAILABLE,
}
"""Statuses that mean the same whatever the body says; 404 needs the body (:func:`_not_found`)."""

_NOT_FOUND_NAMES: Mapping[str, Family] = {
    "GENERAL__NOT_FOUND": Family.NO_ROUTE,
    "TENANT__NOT_FOUND": Family.CREDENTIALS,
}

_SYMBOLIC_NAME = re.compile(r"\b[A-Z]{2,}(?:_{1,2}[A-Z]+)+\b")
_PO_DUPLICATED_CODE = "2602"


@dataclass(frozen=True)
class Failure:
    """A call that did not succeed; every text in it is redacted and short."""

    family: Family
    detail: str
    """What the portal said, or what happened to the call."""
    code: str
    """The portal's own code; else ``http_STATUS``, else the family."""
    status: int | None = None
    description: str = ""
    retry_after_s: float | None = None

    @property
    def meaning(self) -> Meaning:
        """The row of the table."""
        return MEANINGS[self.family]

    def error(self, what: str) -> PipelineError:
        """The error that a failed read of ``what`` is."""
        meaning = self.meaning
        return meaning.error(
            f"{what}: {meaning.cause} ({self.detail})", system=SYSTEM, remedy=meaning.remedy
        )

    def outcome(self, *, conflict_is_duplicate: bool = False) -> Refused | Unknown:
        """What a failed write is: refused where nothing was written for certain, else unknown.

        ``conflict_is_duplicate``: a 409 without a name of its own says "exists already".
        """
        if not self.meaning.nothing_written:
            return Unknown(detail=self.detail)
        return Refused(
            code=self.code,
            detail=self.detail,
            is_duplicate=self._says_duplicate(conflict_is_duplicate=conflict_is_duplicate),
            is_attempt=self.meaning.is_attempt,
            retry_after_s=self.retry_after_s,
        )

    def _says_duplicate(self, *, conflict_is_duplicate: bool) -> bool:
        if self.family is not Family.REFUSED:
            return False
        if self.code == _PO_DUPLICATED_CODE or "duplicated" in self.description.casefold():
            return True
        is_nameless_conflict = self.status == 409 and not _SYMBOLIC_NAME.search(self.description)
        return conflict_is_duplicate and is_nameless_conflict


def failure_of_silence(silence: Silence, detail: str, redactor: Redactor) -> Failure:
    """What it means that no answer came."""
    family = _BY_SILENCE[silence]
    return Failure(family=family, detail=redactor.clean(detail), code=family.value)


def judge(answer: Answer, redactor: Redactor) -> Failure | None:
    """None when the portal says yes (2xx); else what its answer means.

    A yes is not yet a success: the body has still to be read (sheet 2.4, shapes B and C).
    """
    error = _own_error(answer)
    family = _family(answer.status, error)
    if family is Family.ANSWERED:
        return None
    code, description = error or (f"http_{answer.status}", "")
    description = redactor.clean(description)
    body = redactor.clean(answer.body)
    return Failure(
        family=family,
        detail=redactor.clean(f"HTTP {answer.status}: {description}; body: {body}"),
        code=redactor.clean(code, length_max=60),
        status=answer.status,
        description=description,
        retry_after_s=_retry_after_s(answer),
    )


def unusable(answer: Answer, why: str, redactor: Redactor) -> Failure:
    """A 2xx whose body does not say what it must say."""
    return Failure(
        family=Family.UNUSABLE,
        detail=redactor.clean(f"HTTP {answer.status}: {why}; body: {redactor.clean(answer.body)}"),
        code=Family.UNUSABLE.value,
        status=answer.status,
    )


def body_object(answer: Answer) -> JsonObject | None:
    """The JSON object of a body; None when it is anything else (HTML, truncated, a list)."""
    try:
        value = load_json(answer.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _family(status: int, error: tuple[str, str] | None) -> Family:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 404:
        return _not_found(error)
    if 200 <= status < 300:
        return Family.ANSWERED
    if 400 <= status < 500:
        return Family.REFUSED
    if status >= 500:
        return Family.SERVER_ERROR
    return Family.UNUSABLE  # redirects are not followed: an answer that says nothing


def _not_found(error: tuple[str, str] | None) -> Family:
    """A 404 is about the object only in the portal's own words.

    A proxy's page, or a wrong base URL, must never be read as "the portal does not have it".
    """
    if error is None:
        return Family.NO_ROUTE
    names = _SYMBOLIC_NAME.findall(error[1])
    return next((_NOT_FOUND_NAMES[n] for n in names if n in _NOT_FOUND_NAMES), Family.ABSENT)


def _own_error(answer: Answer) -> tuple[str, str] | None:
    """(code, description) of an error in the portal's shape A; None when it has another shape."""
    body = body_object(answer)
    if body is None:
        return None
    code, description = body.get("code"), body.get("description")
    if isinstance(code, bool) or not isinstance(code, int | str) or not str(code).strip():
        return None
    return (str(code).strip(), description) if isinstance(description, str) else None


def _retry_after_s(answer: Answer) -> float | None:
    """Seconds of ``Retry-After``; a date counts from the answer's own ``Date``, not our clock."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, sent = _http_date(value), _http_date(answer.headers.get("date", ""))
    return max(0.0, (until - sent).total_seconds()) if until and sent else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
