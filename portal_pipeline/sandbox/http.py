"""The plain request and response that every simulator's heart speaks.

A simulator is one function ``handle(Request) -> Response``. Tests plug it into ``httpx`` without
sockets (:func:`mock_transport`); the demo serves the same function over loopback
(:mod:`portal_pipeline.sandbox.server`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx

from portal_pipeline.core.wire import dump_json


class ConnectionDropped(Exception):
    """The simulator closes the connection without an answer (before or after its commit)."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are lower case, ``path`` is percent-decoded, no query."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str) -> str | None:
        """First value of a query parameter, or None when it is absent."""
        return next((value for key, value in self.query if key == name), None)

    def params(self, name: str) -> tuple[str, ...]:
        """All values of a repeated query parameter, in order."""
        return tuple(value for key, value in self.query if key == name)


@dataclass(frozen=True)
class Response:
    """One HTTP response; ``delay_s`` asks the server to wait that long before it answers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    @classmethod
    def json(cls, value: object, status: int = 200) -> Response:
        """A JSON answer; ``Decimal`` becomes a JSON number with its exact digits."""
        return cls(status, dump_json(value).encode(), {"content-type": "application/json"})

    def parsed(self) -> object:
        """The JSON value of the body (test convenience; numbers with a point become float)."""
        return json.loads(self.body)


Handler = Callable[[Request], Response]


def mock_transport(handler: Handler) -> httpx.MockTransport:
    """An ``httpx`` transport that calls ``handler`` directly, without sockets."""

    def respond(request: httpx.Request) -> httpx.Response:
        try:
            answer = handler(
                Request(
                    method=request.method,
                    path=request.url.path,
                    query=tuple(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
                    headers={k.lower(): v for k, v in request.headers.items()},
                    body=request.read(),
                )
            )
        except ConnectionDropped as error:
            raise httpx.RemoteProtocolError("connection closed", request=request) from error
        return httpx.Response(
            answer.status, headers=dict(answer.headers), content=answer.body, request=request
        )

    return httpx.MockTransport(respond)
