"""One tenant's calls to the portal: headers, limits, retries of reads, and what answers mean."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from portal_pipeline.core.errors import ConfigError, DocumentError
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.portal.addresses import Link, Resolve, public_addresses
from portal_pipeline.portal.decisions import (
    SYSTEM,
    Failure,
    Family,
    body_object,
    failure_of_silence,
    judge,
    unusable,
)
from portal_pipeline.portal.rate_limit import RateLimiter
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.portal.transport import Answer, NoAnswer, Query, Silence, Transport

ADDRESSES_TRIED_MAX = 4
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
        resolve: Resolve | None,
    ) -> None:
        """``resolve``: None where no socket is opened, so that no address counts."""
        self.base_url = checked_base_url(base_url)
        self.redactor = redactor
        self._root = f"{self.base_url}/api/1.0/extern/tenants/{path_segment(tenant_id)}"
        self._auth_headers = dict(auth_headers)
        self._transport = transport
        self._retry = retry
        self._limiter = limiter
        self._resolve = resolve

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

    def download(self, link: Link) -> bytes | Failure:
        """The bytes at a signed link, asked for without our headers.

        Raises:
            DocumentError: the link's host lies in a private network.
        """
        redactor = self.redactor.also(link.secrets)

        def once() -> Answer | Failure:
            try:
                addresses = self._addresses(link)
            except OSError as error:
                why = f"{link.host}: {error.strerror or error}"
                return failure_of_silence(Silence.NOT_SENT, why, redactor)
            for address in addresses[:-1]:
                answer = self._call("GET", link.url, {}, (), address=address, redactor=redactor)
                if not (isinstance(answer, Failure) and answer.family is Family.NOT_SENT):
                    return answer
            return self._call("GET", link.url, {}, (), address=addresses[-1], redactor=redactor)

        answer = self._retry.run(once)
        return answer if isinstance(answer, Failure) else answer.body

    def _addresses(self, link: Link) -> Sequence[str]:
        """What to connect to; blank: the host as it is named."""
        if link.is_own or self._resolve is None:
            return ("",)
        return public_addresses(link, self._resolve)[:ADDRESSES_TRIED_MAX]

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
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        query: Query,
        body: bytes = b"",
        *,
        address: str = "",
        redactor: Redactor | None = None,
    ) -> Answer | Failure:
        clean = redactor or self.redactor
        if self._limiter:
            self._limiter.acquire()
        try:
            answer = self._transport.send(
                method, url, headers=headers, query=query, body=body, address=address
            )
        except NoAnswer as none:
            return failure_of_silence(none.silence, none.detail, clean)
        return judge(answer, clean) or answer


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
