"""Serves simulators over loopback: the same functions that tests call without sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from portal_pipeline.sandbox.http import ConnectionDropped, Handler, Request, Response

HOST = "127.0.0.1"
BODY_BYTES_MAX = 30_000_000
START_TIMEOUT_S = 15.0
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class _Dropped(StarletteResponse):
    """Promises a body and never sends it, so that the client sees the connection break."""

    def __init__(self) -> None:
        super().__init__(b"", headers={"content-length": "1"})


def application(handlers: Mapping[str, Handler]) -> Starlette:
    """One web application for several handlers, each below its path prefix.

    The longest prefix that fits a path wins; an unknown path is 404.
    """
    prefixes = sorted(handlers, key=len, reverse=True)

    async def answer(request: StarletteRequest) -> StarletteResponse:
        path = request.url.path
        prefix = next((p for p in prefixes if path.lower().startswith(p.lower())), None)
        if prefix is None:
            return StarletteResponse("not found", status_code=404)
        body = await request.body()
        if len(body) > BODY_BYTES_MAX:
            return StarletteResponse("too large", status_code=413)
        asked = Request(
            method=request.method,
            path=path,
            query=tuple(request.query_params.multi_items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        try:
            given = await run_in_threadpool(handlers[prefix], asked)
        except ConnectionDropped:
            return _Dropped()
        return await _sent(given)

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


async def _sent(given: Response) -> StarletteResponse:
    if given.delay_s:
        await asyncio.sleep(given.delay_s)
    return StarletteResponse(given.body, status_code=given.status, headers=dict(given.headers))


class SandboxServer:
    """A web server in a thread of this process, on this machine only."""

    def __init__(self, handlers: Mapping[str, Handler], *, port: int = 0) -> None:
        """Bind the port; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application(handlers), log_level="critical", access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="sandbox", daemon=True
        )

    @property
    def url(self) -> str:
        """Base address."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> SandboxServer:
        """Start serving; returns when the server answers."""
        self._thread.start()
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > give_up_at or not self._thread.is_alive():
                raise RuntimeError("the sandbox's web server did not start")
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and free the port."""
        self._server.should_exit = True
        self._thread.join(timeout=START_TIMEOUT_S)
        self._socket.close()
