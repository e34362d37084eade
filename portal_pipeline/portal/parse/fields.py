"""Reading one value of a JSON object; what is there but not readable is a malformed item.

Source: portal API sheet 2.3 (numbers, dates, null).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.redaction import on_one_line
from portal_pipeline.core.wire import JsonObject

_MAGNITUDE_MAX = 30
"""Decimal digits before or after the point that any amount of ours may have."""
_NUMBER_CHARS_MAX = 80
IDENTIFIER_CHARS_MAX = 64
"""No key of ours is longer, and the ledger's columns hold no more."""
TEXT_CHARS_MAX = 10_000
_EPOCH_DIGITS_MIN = 11


class MalformedItem(ValueError):
    """An item cannot be read; the text names the field."""


def text(node: JsonObject, name: str) -> str:
    """One line of text, trimmed; empty when absent. Numbers are written out."""
    line = on_one_line(_written(node, name)).strip()
    if len(line) > TEXT_CHARS_MAX:
        raise _malformed(name, "is too long")
    return line


def identifier(node: JsonObject, name: str) -> str:
    """The text by which a document is known: an id, a number, a state; never mended.

    Without an invisible character it would be the name of another document.
    """
    return _identifier(_written(node, name), name)


def first_text(node: JsonObject, *names: str) -> str:
    """The first of several fields that is not empty."""
    return next((value for name in names if (value := text(node, name))), "")


def required_text(node: JsonObject, name: str) -> str:
    """A text that must be there."""
    value = text(node, name)
    if not value:
        raise _malformed(name, "is missing")
    return value


def portal_id(node: JsonObject, name: str) -> str:
    """An internal id in lower case (sheet 1: case may differ)."""
    return identifier(node, name).lower()


def required_id(node: JsonObject, name: str = "id") -> str:
    """An internal id that must be there."""
    value = portal_id(node, name)
    if not value:
        raise _malformed(name, "is missing")
    return value


def uuid(node: JsonObject, name: str) -> str:
    """A fiscal id in upper case."""
    return upper_uuid(identifier(node, name))


def code(node: JsonObject, name: str) -> str:
    """A code (currency, RFC) in upper case."""
    return identifier(node, name).upper()


def number(node: JsonObject, name: str) -> Decimal | None:
    """An exact number; None when absent or an empty text."""
    value = node.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _malformed(name, "is no number")
    if isinstance(value, str) and len(value) > _NUMBER_CHARS_MAX:
        raise _malformed(name, "is no number that money can be")
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise _malformed(name, "is no number") from None
    if not exact.is_finite() or abs(exact.adjusted()) > _MAGNITUDE_MAX:
        raise _malformed(name, "is no number that money can be")
    return exact


def required_number(node: JsonObject, name: str) -> Decimal:
    """An exact number that must be there."""
    value = number(node, name)
    if value is None:
        raise _malformed(name, "is missing")
    return value


def whole(node: JsonObject, name: str) -> int | None:
    """A whole number; None when absent."""
    value = number(node, name)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise _malformed(name, "is no whole number")
    return int(value)


def flag(node: JsonObject, name: str, *, default: bool = False) -> bool:
    """True or false; ``default`` when absent."""
    value = node.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise _malformed(name, "is neither true nor false")


def moment(node: JsonObject, name: str) -> datetime | None:
    """An instant in UTC from ISO text (UTC where it names no zone) or epoch milliseconds."""
    value = _iso_or_epoch(node, name)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise _malformed(name, "is no date") from None
    if value is None:
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise _malformed(name, "is no date") from None


def day(node: JsonObject, name: str) -> date | None:
    """The calendar day as written in ISO text; the day in UTC of epoch milliseconds.

    The fiscal times of a CFDI are local and name no zone, our own dates are sent at UTC midnight
    or mid-morning: in each, the day as written is the right one (sheet 2.3).
    """
    value = _iso_or_epoch(node, name)
    if value is None or isinstance(value, datetime):
        return value.date() if value else None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise _malformed(name, "is no date") from None


def child(node: JsonObject, name: str) -> JsonObject:
    """An object inside; empty when absent."""
    value = node.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(name, "is no object")
    return value


def children(node: JsonObject, name: str) -> list[JsonObject]:
    """The objects of a list; none when absent. One object alone counts as a list of one."""
    value = node.get(name)
    items = [value] if isinstance(value, dict) else _list(value, name)
    found = [item for item in items if item is not None]
    if not all(isinstance(item, dict) for item in found):
        raise _malformed(name, "holds something that is no object")
    return found


def identifiers(node: JsonObject, name: str) -> tuple[str, ...]:
    """The identifiers of a list, trimmed, blanks left out; none when absent."""
    value = node.get(name)
    items = [value] if isinstance(value, str) else _list(value, name)
    if not all(item is None or isinstance(item, str) for item in items):
        raise _malformed(name, "holds something that is no text")
    found = (_identifier(item, name) for item in items if item)
    return tuple(one for one in found if one)


def entries(node: JsonObject, name: str) -> list[tuple[str, JsonObject]]:
    """The (key, object) pairs of a map; none when absent."""
    return [(key, child(child(node, name), key)) for key in child(node, name)]


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _malformed(name, "is no list")
    return value


def _iso_or_epoch(node: JsonObject, name: str) -> datetime | str | None:
    value = node.get(name)
    if isinstance(value, str):
        value = value.strip()
        is_epoch = value.isascii() and value.isdigit() and len(value) >= _EPOCH_DIGITS_MIN
        if not is_epoch:
            return value or None
        value = int(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _malformed(name, "is no date")
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise _malformed(name, "is no date") from None


def _written(node: JsonObject, name: str) -> str:
    value = node.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _malformed(name, "is no text")
    return str(value)


def _identifier(value: str, name: str) -> str:
    trimmed = value.strip()
    if len(trimmed) > IDENTIFIER_CHARS_MAX:
        raise _malformed(name, "is too long")
    if not trimmed.isprintable():
        raise _malformed(name, "holds a character that nobody sees")
    return trimmed


def _malformed(name: str, why: str) -> MalformedItem:
    return MalformedItem(f"{name} {why}")
