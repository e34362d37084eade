"""Ids and instants as the portal writes them.

Ids are derived from the document's own key, never from arrival order, so that the same world has
the same ids whatever thread came first. Source: portal API sheet 11.1 (24 hexadecimal characters).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _digest(tenant: str, kind: str, key: str) -> str:
    return hashlib.sha256(f"{tenant}|{kind}|{key}".encode()).hexdigest()


def portal_id(tenant: str, kind: str, key: str, *, upper: bool = False) -> str:
    """The 24 hexadecimal characters of one document, lower case unless a switch says otherwise."""
    text = _digest(tenant, kind, key)[:24]
    return text.upper() if upper else text


def operation_number(tenant: str, key: str) -> int:
    """A positive number of up to 12 digits, the same for the same payment in every run."""
    return int(_digest(tenant, "operation", key)[:16], 16) % 10**12 + 1


def instant_text(moment: datetime | None) -> str | None:
    """ISO text in UTC with milliseconds and ``Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_json(moment: datetime | None, *, epoch_ms: bool) -> str | int | None:
    """ISO text, or epoch milliseconds where the switch asks for them (sheet 2.3)."""
    if moment is None or not epoch_ms:
        return instant_text(moment)
    return int(moment.timestamp() * 1000)


def day_of(moment: datetime, time_zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
