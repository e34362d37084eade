"""The sandbox's own address: its clock, and the step that moves it on."""

from __future__ import annotations

from collections.abc import Callable

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.sandbox.http import Request, Response


class OwnHandler:
    """``GET /sandbox/clock`` and ``POST /sandbox/advance``."""

    def __init__(self, clock: Callable[[], JsonObject], advance: Callable[[], JsonObject]) -> None:
        self._clock = clock
        self._advance = advance

    def handle(self, request: Request) -> Response:
        """The answer; 409 when the world has caught up with the real time."""
        match request.method, request.path.rstrip("/"):
            case "GET", "/sandbox/clock":
                return Response.json(self._clock())
            case "POST", "/sandbox/advance":
                try:
                    return Response.json(self._advance())
                except ConfigError as error:
                    return Response.json({"error": str(error)}, 409)
            case _, "/sandbox/clock" | "/sandbox/advance":
                return Response.json({"error": f"not {request.method}"}, 405)
            case _:
                return Response.json({"error": f"no {request.path}"}, 404)
