"""Who may call: HTTP Basic per company, a right per module. Source: Web API sheet 2.2."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

ALL_MODULES = frozenset({"AP", "CS", "GL", "PO", "TX"})


@dataclass(frozen=True)
class WebApiUser:
    """A Sage user; ``companies`` None is all, ``modules`` those with the Web API right ticked."""

    name: str
    password: str = field(repr=False)
    companies: frozenset[str] | None = None
    modules: frozenset[str] = ALL_MODULES


def checked_user(
    users: Mapping[str, WebApiUser],
    switches: WebApiSwitches,
    headers: Mapping[str, str],
    company: str,
    module: str,
) -> WebApiUser:
    """The user of a request, allowed in that company and module.

    Raises:
        WebApiError: Unauthorized or Forbidden.
    """
    name, password = _credentials(headers.get("authorization", ""))
    user = users.get(name.upper())
    if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
        raise WebApiError("Unauthorized", "Sign-on failed")
    if user.name.upper() == "ADMIN" and not switches.admin_allowed:
        raise WebApiError("Unauthorized", "ADMIN may not use the Web API")
    if user.companies is not None and company not in user.companies:
        raise WebApiError("Unauthorized", f"No authorization in company {company}")
    if module not in user.modules:
        raise WebApiError("Forbidden", f"No Sage 300 Web API right in {module}")
    return user


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise WebApiError("Unauthorized", "No credentials")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise WebApiError("Unauthorized", "Malformed credentials") from error
    name, _, password = text.partition(":")
    return name, password
