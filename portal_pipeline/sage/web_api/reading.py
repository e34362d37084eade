"""Reads of the Sage Web API: a record, a complete list, or an error that says what to do.

A read is tried again a few times when the server does not answer or is overloaded (429, 503);
nothing else is. A list is complete or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import stamina
from stamina import instrumentation

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    DefectError,
    IncompleteListing,
    PipelineError,
    SystemUnavailable,
)
from portal_pipeline.sage.web_api import records
from portal_pipeline.sage.web_api.decisions import Failure, OnRead, Success, judged
from portal_pipeline.sage.web_api.transport import SYSTEM, Answer, NoAnswer, NotSent, Transport

PAGE_SIZE = 100
"""Default and maximum of an installation (Web API sheet 2.6)."""
PAGES_MAX = 100
_COUNT_DIGITS_MAX = 9
_T = TypeVar("_T")
_RIGHTS = (
    "check the user and password of the tenant's Web API; the user needs 'Sage 300 Web API' in "
    "the security group of each module (A/P at least) and the right on the record itself; the "
    "user ADMIN is refused unless the server's web.config allows it"
)


@dataclass(frozen=True)
class ReadRetry:
    """How often a read is made when the server is overloaded or does not answer."""

    attempts: int = 3
    wait_initial_s: float = 0.5
    wait_max_s: float = 10.0
    """Also the longest wait that the server may ask for within one read."""


class _Again(Exception):
    """A read that may work in a moment; holds the error for when it does not."""

    def __init__(self, final: PipelineError, wait_s: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.wait_s = wait_s


class Reader:
    """The reads of one company.

    Every method raises CredentialsRefused (401, 403), ConfigError (endpoint not offered),
    SystemUnavailable (no usable answer) or DefectError (our request is malformed).
    """

    def __init__(self, http: Transport, retry: ReadRetry) -> None:
        self._http = http
        self._retry = retry
        # The library would print a line per retry to standard output, which belongs to reports.
        instrumentation.set_on_retry_hooks(())

    def document(self, path: str, media_type: str) -> bytes:
        """The body at a path that is not JSON."""

        def once() -> bytes:
            answer = self._get(path, {}, media_type)
            if answer.status == 200:
                return answer.body
            meaning = judged(answer)
            if isinstance(meaning, Failure):
                raise self._error(path, meaning)
            raise records.unreadable(f"{path} is answered with HTTP {answer.status}")

        return self._tried(once)

    def record(self, path: str) -> Mapping[str, object] | None:
        """The record at a key; None only when Sage itself says that there is none."""
        return self._tried(lambda: self._json(path, {}))

    def listing(self, resource: str, condition: str) -> list[Mapping[str, object]]:
        """Every record that the condition selects.

        Pages follow by records received, never by the size of a page (the server's is a setting):
        to the server's own count, or without one to an empty page.

        Raises:
            IncompleteListing: fewer records than the server counted, or more pages than allowed.
        """
        rows: list[Mapping[str, object]] = []
        for _ in range(PAGES_MAX):
            page = self._page(resource, condition, skip=len(rows))
            items = records.records(page, "value")
            rows += items
            total = _count(page)
            if total is not None and len(rows) >= total:
                return rows
            if not items and total is None:
                return rows
            if not items:
                raise IncompleteListing(
                    f"{resource} ended after {len(rows)} of {total} records",
                    system=SYSTEM,
                    remedy="it is read again in the next cycle",
                )
        raise IncompleteListing(
            f"{resource} has more than {PAGES_MAX} pages for one condition",
            system=SYSTEM,
            remedy="the server may ignore $filter: check the installation",
        )

    def _page(self, resource: str, condition: str, skip: int) -> Mapping[str, object]:
        query = {
            "$filter": condition,
            "$count": "true",
            "$top": str(PAGE_SIZE),
            "$skip": str(skip),
        }
        page = self._tried(lambda: self._json(resource, query))
        if page is None:
            raise records.unreadable(f"the list {resource} is answered with RecordNotFound")
        return page

    def _tried(self, once: Callable[[], _T]) -> _T:
        """What ``once`` gives, after a bounded number of tries."""
        limits = self._retry

        def backoff(error: Exception) -> bool | float:
            if not isinstance(error, _Again):
                return False
            return True if error.wait_s is None else min(error.wait_s, limits.wait_max_s)

        try:
            for attempt in stamina.retry_context(
                on=backoff,
                attempts=limits.attempts,
                timeout=None,
                wait_initial=limits.wait_initial_s,
                wait_max=limits.wait_max_s,
                wait_jitter=0,
            ):
                with attempt:
                    return once()
        except _Again as again:
            raise again.final from again
        raise AssertionError("a retry loop gives an answer or raises")

    def _json(self, path: str, query: Mapping[str, str]) -> Mapping[str, object] | None:
        match judged(self._get(path, query)):
            case Success(value) if value is not None:
                return value
            case Failure(consequence=consequence) if consequence.on_read == OnRead.ABSENT:
                return None
            case Failure() as failure:
                raise self._error(path, failure)
            case _:
                raise records.unreadable(f"{path} is answered without a body")

    def _get(self, path: str, query: Mapping[str, str], media_type: str = "") -> Answer:
        try:
            return self._http.get(path, query, media_type)
        except (NotSent, NoAnswer) as error:
            raise _Again(self._unavailable(path, str(error))) from error

    def _error(self, path: str, failure: Failure) -> Exception:
        what = self._http.redacted(f"{path}: {failure.code}: {failure.message}")
        company = self._http.company
        match failure.consequence.on_read:
            case OnRead.CREDENTIALS:
                return CredentialsRefused(
                    f"company {company} refuses us at {what}", system=SYSTEM, remedy=_RIGHTS
                )
            case OnRead.NOT_OFFERED:
                return ConfigError(
                    f"company {company} does not offer {what}",
                    system=SYSTEM,
                    remedy="the module must be activated and licensed, and Sage 300 2021 or later",
                )
            case OnRead.DEFECT:
                return DefectError(f"our request is malformed: {what}", system=SYSTEM)
            case OnRead.AGAIN:
                return _Again(self._unavailable(path, what), failure.retry_after_s)
            case _:
                return self._unavailable(path, what)

    def _unavailable(self, path: str, why: str) -> SystemUnavailable:
        return SystemUnavailable(
            f"the Sage Web API of company {self._http.company} gives no usable answer "
            f"({path}): {why}",
            system=SYSTEM,
            remedy="check that the server, its IIS pool and the network are up; it is tried "
            "again in the next cycle",
        )


def _count(page: Mapping[str, object]) -> int | None:
    """The server's count of a listing; old releases drop the ``@`` and send a text."""
    value = page.get("@odata.count", page.get("odata.count"))
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    # Of a count beyond all measure the first digits do: the listing is not complete either way.
    return int(text[:_COUNT_DIGITS_MAX]) if text.isdecimal() else None
