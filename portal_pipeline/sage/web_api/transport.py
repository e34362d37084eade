"""One HTTP exchange with the Sage Web API: an answer, or why there is none.

The only module here that imports httpx. Nothing is retried and no redirect is followed: a write
that was sent once stays sent once.
"""

from __future__ import annotations

import base64
import ipaddress
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

import httpx
from pydantic import SecretStr

from portal_pipeline.core.body import ACCEPT_ENCODING, BodyTooLarge, BodyUnreadable, BoundedBody
from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.redaction import TEXT_LENGTH_MAX, Redactor

HttpTransport = httpx.BaseTransport
"""What may take the place of the network."""
SYSTEM = "sage_web_api"
COMPANY_CHARS_MAX = 6
"""Source: Web API sheet 2.1."""
RETRY_AFTER_MAX_S = 3_600.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True)
class Timeouts:
    """Seconds for connecting, for a read's answer and for a write's (Web API sheet 7.6).

    The answer's first byte and the rest of its body each have that long.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    write_s: float = 300.0


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status; ``retry_after_s`` when the server named a wait."""

    status: int
    body: bytes
    retry_after_s: float | None = None


class NotSent(Exception):
    """The connection could not be made: the server certainly did not see the request."""


class NoAnswer(Exception):
    """The request may have arrived, but no complete answer came back."""


class Transport:
    """The connection to one company: Basic on every request, cookies kept, bounded answers."""

    def __init__(
        self,
        *,
        base_url: str,
        company: str,
        user: str,
        password: SecretStr,
        timeouts: Timeouts,
        max_body_bytes: int,
        transport: HttpTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.company = company_code(company)
        self.root = company_root(base_url, self.company)
        self._timeouts = timeouts
        self._max_body_bytes = max_body_bytes
        self._monotonic = monotonic
        # Its lines show the headers of answers, which may repeat what was asked.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._redactor = _redactor(user.strip().upper(), password.get_secret_value())
        self._client = httpx.Client(
            auth=httpx.BasicAuth(user.strip().upper(), password.get_secret_value()),
            headers={
                "Accept-Encoding": ACCEPT_ENCODING,
                "Content-Type": "application/json; charset=utf-8",
                "Accept": "application/json",
            },
            verify=True if transport or self.root.startswith("http:") else _tls(),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Transport({self.root})"

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = "") -> Answer:
        """The answer to a read of ``MODULE/Resource``; ``path`` is percent-encoded already.

        Raises:
            NotSent: no connection.
            NoAnswer: no complete answer in time, or one that is too large.
        """
        # $ stays as it is: the names of the query options begin with it (Web API sheet 2.6).
        suffix = f"?{urlencode(query, quote_via=quote, safe='$')}" if query else ""
        headers = {"Accept": accept} if accept else {}
        return self._exchange("GET", path + suffix, None, headers, self._timeouts.read_s)

    def send(self, method: str, path: str, body: str) -> Answer:
        """The answer to a write; the body is sent as it is, once.

        Raises:
            NotSent: no connection; the write certainly did not happen.
            NoAnswer: the write may have happened.
        """
        return self._exchange(method, path, body.encode(), {}, self._timeouts.write_s)

    def redacted(self, text: str) -> str:
        """The text without our credentials, fit to be kept, at most 2,000 characters."""
        return self._redactor.clean(text, length_max=TEXT_LENGTH_MAX)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], wait_s: float
    ) -> Answer:
        timeout = httpx.Timeout(wait_s, connect=self._timeouts.connect_s)
        try:
            with self._client.stream(
                method,
                f"{self.root}/{path}",
                content=body,
                headers=dict(headers),
                timeout=timeout,
            ) as response:
                content = self._body(response, wait_s)
                return Answer(
                    response.status_code, content, _seconds(response.headers.get("retry-after"))
                )
        # ``from None``: the library's errors hold the request and its headers.
        except _NEVER_SENT as error:
            raise NotSent(self._why(error)) from None
        except (BodyTooLarge, BodyUnreadable) as error:
            raise NoAnswer(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(self._why(error)) from None

    def _body(self, response: httpx.Response, wait_s: float) -> bytes:
        """The whole body; httpx times each chunk, so the sum is watched here."""
        started = self._monotonic()
        content = BoundedBody(response.headers.get("content-encoding", ""), self._max_body_bytes)
        if not isinstance(response.stream, httpx.SyncByteStream):
            raise TypeError("the answer is for asynchronous readers")
        for piece in response.stream:
            content.add(piece)
            if self._monotonic() - started > wait_s:
                raise NoAnswer(f"the answer was not complete after {wait_s:g} s")
        return content.whole()

    def _why(self, error: Exception) -> str:
        return self.redacted(f"{type(error).__name__}: {error}")


def _redactor(user: str, password: str) -> Redactor:
    """Hides the password, alone and as the Basic header carries it."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Redactor((password, token) if password else ())


@cache
def _tls() -> ssl.SSLContext:
    """Verification against the machine's own trust store, where companies keep their root."""
    return ssl.create_default_context()


def _seconds(text: str | None) -> float | None:
    if text is None or not text.strip().isdecimal():
        return None
    return min(float(text), RETRY_AFTER_MAX_S)


def company_code(company: str) -> str:
    """The Sage company id, upper case.

    Raises:
        ConfigError: when it is empty, too long or not letters and digits.
    """
    code = company.strip().upper()
    if not code.isalnum() or not code.isascii() or len(code) > COMPANY_CHARS_MAX:
        raise ConfigError(
            f"{company!r} is not a Sage company id",
            system=SYSTEM,
            remedy=f"give the database id of the company: up to {COMPANY_CHARS_MAX} letters and "
            "digits",
        )
    return code


def company_root(base_url: str, company: str) -> str:
    """The address below which the company's modules lie; without a path, Sage's default one.

    Raises:
        ConfigError: for anything but https (http on loopback), or an address with a user in it.
    """
    url = urlsplit(base_url.strip())
    if url.scheme not in {"http", "https"} or not url.hostname or url.username is not None:
        raise ConfigError(
            "the address of the Sage Web API is not usable",
            system=SYSTEM,
            remedy="give https://host, without user and password in it",
        )
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ConfigError(
            f"the Sage Web API at {url.hostname} would be reached without TLS",
            system=SYSTEM,
            remedy="use https://; http:// is for this machine only",
        )
    folder = url.path.rstrip("/") or "/Sage300WebApi"
    return f"{url.scheme}://{url.netloc}{folder}/v1.0/-/{company}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
