"""Typed access to the JSON of a request; what does not fit is a 400 that names the field."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.portal.errors import PortalError, bad_request

BODY_BYTES_MAX = 10_000_000


class JsonFields:
    """One JSON object; keys that nobody asks for are ignored, as the portal does."""

    def __init__(self, value: object, where: str = "") -> None:
        if not isinstance(value, dict):
            raise bad_request(f"{where or 'body'} must be an object")
        self.value: dict[str, Any] = value
        self._where = where

    @classmethod
    def of_body(cls, body: bytes) -> JsonFields:
        """The object that a request body holds.

        Raises:
            PortalError: 413 when the body is too large, 400 when it is not JSON, or no object.
        """
        if len(body) > BODY_BYTES_MAX:
            raise PortalError(413, "GENERAL__BAD_REQUEST", "body is too large")
        try:
            value = load_json(body)
        except ValueError as error:
            raise PortalError(400, "GENERAL__NOT_READABLE", "body is not JSON") from error
        return cls(value)

    def path(self, name: str) -> str:
        """The field's full name, as errors show it."""
        return f"{self._where}.{name}" if self._where else name

    def text(self, name: str, *, length_max: int | None = None) -> str:
        """A text; empty when absent or null."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise bad_request(f"{self.path(name)} must be a text")
        if length_max is not None and len(value) > length_max:
            raise bad_request(f"{self.path(name)} has more than {length_max} characters")
        return value

    def required_text(self, name: str, *, length_max: int | None = None) -> str:
        """A text that is there and not blank."""
        value = self.text(name, length_max=length_max)
        if not value.strip():
            raise bad_request(f"{self.path(name)} is required")
        return value

    def number(self, name: str) -> Decimal | None:
        """A number, exact; None when absent or null."""
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise bad_request(f"{self.path(name)} must be a number")
        return Decimal(value)

    def required_number(self, name: str) -> Decimal:
        """A number that is there."""
        value = self.number(name)
        if value is None:
            raise bad_request(f"{self.path(name)} is required")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; false when absent or null."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            raise bad_request(f"{self.path(name)} must be true or false")
        return bool(value)

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str:
        """One of the allowed texts; an empty text is no enum value (sheet 2.3)."""
        value = self.value.get(name)
        if value is None and not required:
            return ""
        if value not in allowed:
            raise bad_request(f"{self.path(name)} must be one of {', '.join(sorted(allowed))}")
        return str(value)

    def required_instant(self, name: str) -> str:
        """The text of a date or date-time that is there and readable."""
        value = self.required_text(name)
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise bad_request(f"{self.path(name)} is not a date: {value[:40]}") from error
        return value

    def objects(self, name: str, *, count_min: int = 0) -> list[JsonFields]:
        """A list of objects with at least that many entries."""
        value = self.value.get(name)
        items = [] if value is None else value
        if not isinstance(items, list):
            raise bad_request(f"{self.path(name)} must be a list")
        if len(items) < count_min:
            raise bad_request(f"{self.path(name)} needs at least {count_min} entry")
        return [JsonFields(item, f"{self.path(name)}[{i}]") for i, item in enumerate(items)]
