"""A portal that answers from a script, and a client that talks to it without sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from pydantic import SecretStr

from portal_pipeline.core.wire import dump_json
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry

KEY = "key-AAA-111"
SECRET = "secret-BBB-222"
BASE_URL = "https://portal.example"
ROOT = f"{BASE_URL}/api/1.0/extern/tenants/tenant-1"

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def json_reply(value: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=dump_json(value).encode(), headers=headers)


def refusal(status: int, code: int, description: str) -> httpx.Response:
    return json_reply({"code": code, "description": description}, status)


class Script:
    """Answers in order; the last one again and again; remembers what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, content=reply.content, headers=reply.headers)
        return reply(request)


def client_of(script: Callable[[httpx.Request], httpx.Response], **options: Any) -> PortalClient:
    options.setdefault("retry", ReadRetry(attempts=1))
    options.setdefault("base_url", BASE_URL)
    return PortalClient(
        tenant_id="tenant-1",
        key=SecretStr(KEY),
        secret=SecretStr(SECRET),
        transport=httpx.MockTransport(script),
        **options,
    )
