"""Query parameters as the portal reads them; what does not fit is a 400 (sheet 2.1 and 2.3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from portal_pipeline.sandbox.http import Request
from portal_pipeline.sandbox.portal.errors import PortalError, bad_request

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def choice_param(request: Request, name: str, allowed: Collection[str]) -> str | None:
    """One of the allowed values, or None when the parameter is absent; empty is not allowed."""
    value = request.param(name)
    if value is not None and value not in allowed:
        raise bad_request(f"{name} must be one of {', '.join(sorted(allowed))}")
    return value


def choice_params(request: Request, name: str, allowed: Collection[str]) -> frozenset[str]:
    """The values of a repeated parameter, each one allowed."""
    values = frozenset(request.params(name))
    if not values <= set(allowed):
        raise bad_request(f"{name} must be among {', '.join(sorted(allowed))}")
    return values


def flag_param(request: Request, name: str) -> bool | None:
    """True or false, or None when absent."""
    value = request.param(name)
    if value is None:
        return None
    if value.lower() not in {"true", "false"}:
        raise bad_request(f"{name} must be true or false")
    return value.lower() == "true"


def day_param(request: Request, name: str) -> date | None:
    """A ``yyyy-MM-dd`` day, or None when absent; any other form is refused (sheet 2.3)."""
    value = request.param(name)
    if value is None:
        return None
    refusal = PortalError(400, "INVALID_RANGE_DATE", f"{name} must be yyyy-MM-dd")
    if not _DAY.fullmatch(value):
        raise refusal
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise refusal from error


def is_external_id(request: Request, name: str = "id_type") -> bool:
    """Whether the id of the path is the ERP's own (``EXTERNAL``); the default is ``INTERNAL``."""
    return choice_param(request, name, ("INTERNAL", "EXTERNAL")) == "EXTERNAL"


def is_within(day: date, first: date | None, last: date | None) -> bool:
    """Whether a day lies within inclusive bounds, either of which may be missing."""
    return (first is None or first <= day) and (last is None or day <= last)
