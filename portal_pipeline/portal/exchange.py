"""One tenant's calls to the portal: headers, limits, retries of reads, and what answers mean."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from portal_pipeline.core.errors import ConfigError, DocumentError
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.portal.decisions import (
    SYSTEM,
    Failure,
    body_object,
    failure_of_silence,
    judge,
    unusable,
)
from portal_pipeline.portal.rate_limit import RateLimiter
from portal_pipeline.portal.redaction import Redactor
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.portal.transport import Answer, NoAnswer, Query, Transport

JSON_HEADERS: Mapping[str, str] = {"accept": "application/json"}


class Written(NamedTuple):
    """The portal's yes to a write: the JSON object of its body (empty where the body is)."""

    body: JsonObject
    answer: Answer


class Exchange:
    """Reads (repeated when that can help) and writes (sent once) of one tenant; thread-safe."""

    def __init__(
        self,
        *,
        base_url: str,
        tenant_id: str,
        auth_headers: Mapping[str, str],
        transport: Transport,
        redactor: Redactor,
        retry: ReadRetry,
        limiter: RateLimiter | None,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self.redactor = redactor
        self._root = f"{self.base_url}/api/1.0/extern/tenants/{path_segment(tenant_id)}"
        self._auth_headers = dict(auth_headers)
        self._transport = transport
        self._retry = retry
        self._limiter = limiter

    def read(
        self, path: str, query: Query = (), *, missing: Callable[[JsonObject], str] = lambda _: ""
    ) -> JsonObject | Failure:
        """The JSON object at a path of the tenant, or why there is none.

        ``missing`` names what a usable answer lacks (empty: nothing): an answer without it is
        asked for again like any other unusable one.
        """

        def once() -> JsonObject | Failure:
            answer = self._call("GET", self._root + path, self._headers(), query)
            if isinstance(answer, Failure):
                return answer
            body = body_object(answer)
            if body is None:
                return unusable(answer, "the body is no JSON object", self.redactor)
            lack = missing(body)
            return unusable(answer, lack, self.redactor) if lack else body

        return self._retry.run(once)

    def download(self, url: str) -> bytes | Failure:
        """The bytes at a signed link, asked for without our headers."""

        def once() -> Answer | Failure:
            return self._call("GET", url, {}, ())

        answer = self._retry.run(once)
        return answer if isinstance(answer, Failure) else answer.body

    def write(
        self, method: str, path: str, payload: JsonObject, query: Query = ()
    ) -> Written | Failure:
        """The portal's answer to one write; sent once, whatever happens."""
        body = dump_json(payload).encode()
        headers = {**self._headers(), "content-type": "application/json"}
        answer = self._call(method, self._root + path, headers, query, body)
        if isinstance(answer, Failure):
            return answer
        if not answer.body.strip():
            return Written({}, answer)
        said = body_object(answer)
        if said is None:
            return unusable(answer, "the body is no JSON object", self.redactor)
        return Written(said, answer)

    def close(self) -> None:
        """Gives the connections back."""
        self._transport.close()

    def _headers(self) -> dict[str, str]:
        return {**JSON_HEADERS, **self._auth_headers}

    def _call(
        self, method: str, url: str, headers: Mapping[str, str], query: Query, body: bytes = b""
    ) -> Answer | Failure:
        if self._limiter:
            self._limiter.acquire()
        try:
            answer = self._transport.send(method, url, headers=headers, query=query, body=body)
        except NoAnswer as none:
            return failure_of_silence(none.silence, none.detail, self.redactor)
        return judge(answer, self.redactor) or answer


def path_segment(text: str) -> str:
    """An id as one segment of a path.

    Raises:
        DocumentError: for an id that cannot be one (empty, a slash, dots alone, control
            characters): it would name another resource. Source: portal API sheet 2.1.
    """
    if not text.strip() or text in {".", ".."} or "/" in text or "\\" in text:
        raise DocumentError(f"{text!r} cannot be part of a portal address", system=SYSTEM)
    if not text.isprintable():
        raise DocumentError(f"{text!r} holds characters that no id has", system=SYSTEM)
    return quote(text, safe="")


def checked_base_url(url: str) -> str:
    """The base URL without a slash at its end.

    Raises:
        ConfigError: unless it is https (http for loopback hosts alone) and no more than scheme,
            host, port and path.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not is_plain or not is_safe:
        raise ConfigError(
            "the portal's base URL must be https://HOST (http:// for loopback hosts alone), "
            "without user, query or fragment",
            system=SYSTEM,
            remedy="mend the tenant's portal base URL",
        )
    return url.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
