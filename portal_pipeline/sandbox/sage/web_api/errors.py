"""The Web API's refusals: code, HTTP status, body. Source: Web API sheet 2.5."""

from __future__ import annotations

from portal_pipeline.sandbox.http import Response

STATUSES = {
    "InternalServerError": 500,
    "Unauthorized": 401,
    "Forbidden": 403,
    "TooManyRequests": 429,
    "InvalidParameters": 400,
    "ResourceNotFound": 404,
    "InvalidEntityKey": 400,
    "RecordNotFound": 404,
    "MethodNotAllowed": 405,
    "InvalidPayload": 400,
    "InvalidAction": 400,
    "DBLinkError": 500,
    "SessionError": 500,
    "RecordDuplicate": 409,
    "RecordInvalid": 422,
    "General": 500,
}
"""Every code of the sheet; the statuses are partly inferred there: no client may rely on them."""


class WebApiError(Exception):
    """The Web API refuses, with one of its codes."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text

    def response(self) -> Response:
        """The error body of the sheet."""
        body = {"error": {"code": self.code, "message": {"lang": "en-US", "value": self.text}}}
        return Response.json(body, STATUSES[self.code])


def html_page(status: int) -> Response:
    """What IIS answers by itself, without the Web API behind it."""
    body = f"<!DOCTYPE html><html><head><title>{status}</title></head><body>IIS</body></html>"
    return Response(status, body.encode(), {"content-type": "text/html; charset=us-ascii"})
