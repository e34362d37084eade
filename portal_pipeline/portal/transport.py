"""Bytes to the portal and back; the only module that knows the HTTP library.

TLS is always verified, redirects are never followed, no cookie is kept, the environment (proxies,
certificates) is not read, and a body that grows beyond its limit, compressed or not, is left
unread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeAlias

import httpx

from portal_pipeline.core.body import ACCEPT_ENCODING, BodyTooLarge, BodyUnreadable, BoundedBody

WireTransport: TypeAlias = httpx.BaseTransport
"""What tests and the sandbox plug in instead of sockets."""

Query = Sequence[tuple[str, str]]


class Silence(StrEnum):
    """Why a call gave no answer at all."""

    NOT_SENT = "not_sent"
    """No connection was made: the request certainly did not arrive."""
    LOST = "lost"
    """Sent, or partly sent, and no whole answer came back."""
    TOO_LARGE = "too_large"
    """The answer is larger than we accept."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, whole; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NoAnswer(Exception):
    """A call ended without an answer; ``detail`` is not yet redacted."""

    def __init__(self, silence: Silence, detail: str) -> None:
        super().__init__(f"{silence}: {detail}")
        self.silence = silence
        self.detail = detail


@dataclass(frozen=True)
class PortalTimeouts:
    """Seconds that one call may take. Source: portal API sheet 10.2."""

    connect_s: float = 10.0
    read_s: float = 30.0
    write_s: float = 30.0
    pool_s: float = 30.0
    whole_s: float = 120.0
    """From the start of a call to the end of its body: an answer that drips in is given up."""


_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class _DropRequestLines(logging.Filter):
    """Drops the library's line per request: it shows the query of signed links."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO


_DROP_REQUEST_LINES = _DropRequestLines()


class Transport:
    """A pool of connections; thread-safe. Headers travel only with the calls they are given to."""

    def __init__(
        self,
        *,
        timeouts: PortalTimeouts,
        max_body_bytes: int,
        transport: WireTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Idempotent: a logger holds a filter object once.
        logging.getLogger("httpx").addFilter(_DROP_REQUEST_LINES)
        # Its lines show the headers of answers, which may repeat what was asked.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._max_body_bytes = max_body_bytes
        self._whole_s = timeouts.whole_s
        self._clock = clock
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(
                connect=timeouts.connect_s,
                read=timeouts.read_s,
                write=timeouts.write_s,
                pool=timeouts.pool_s,
            ),
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Query = (),
        body: bytes = b"",
        address: str = "",
    ) -> Answer:
        """One call, once.

        ``address``: connect to this numeric address, whatever the name of the URL's host resolves
        to by now; certificate and ``Host`` are those of the name all the same.

        Raises:
            NoAnswer: when no whole answer came back.
        """
        give_up_at = self._clock() + self._whole_s
        try:
            # Without a query the URL must stay as it is: ``params=[]`` would cut a signed one.
            request = self._client.build_request(
                method,
                url,
                params=httpx.QueryParams(list(query)) if query else None,
                headers={"accept-encoding": ACCEPT_ENCODING, **headers},
                content=body or None,
            )
            if address:
                _lead_to(request, address)
            response = self._client.send(request, stream=True)
            try:
                return self._read(response, give_up_at)
            finally:
                response.close()
        # ``from None``: the library's errors hold the request and its headers.
        except _NOT_SENT as error:
            raise NoAnswer(Silence.NOT_SENT, _shown(error)) from None
        except BodyTooLarge as error:
            raise NoAnswer(Silence.TOO_LARGE, str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, BodyUnreadable) as error:
            raise NoAnswer(Silence.LOST, _shown(error)) from None

    def _read(self, response: httpx.Response, give_up_at: float) -> Answer:
        body = BoundedBody(response.headers.get("content-encoding", ""), self._max_body_bytes)
        for piece in raw_pieces(response):
            body.add(piece)
            if self._clock() > give_up_at:
                raise NoAnswer(Silence.LOST, f"the answer took more than {self._whole_s} s")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body.whole())


def _lead_to(request: httpx.Request, address: str) -> None:
    """Send a request to an address; its ``Host`` header is set already.

    The connection is not kept: the pool knows connections by address, and the next name at this
    address would find one that was verified for another name.
    """
    request.headers["connection"] = "close"
    request.extensions = {**request.extensions, "sni_hostname": request.url.host}
    request.url = request.url.copy_with(host=address)


def raw_pieces(response: httpx.Response) -> Iterator[bytes]:
    """The body as it is received, not decompressed; also of an answer that is whole already."""
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise TypeError("the answer is for asynchronous readers")
    yield from response.stream


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
