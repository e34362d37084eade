"""Settings from comma-separated environment variables, for few tenants: all of equal length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

TENANTS_VARIABLE = "PORTAL_PIPELINE_TENANTS"
PREFIX = "PORTAL_PIPELINE_"

LISTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "TENANTS": ((), True),
    "NAMES": (("name",), True),
    "RFCS": (("rfc",), True),
    "MODES": (("mode",), False),
    "START_DATES": (("start_date",), False),
    "SAGE_DATABASES": (("sage", "database"), True),
    "SAGE_ORG_IDS": (("sage", "org_id"), True),
    "PORTAL_TENANT_IDS": (("portal", "tenant_id"), True),
}
"""Variable (without prefix) -> where its values go, and whether it must be set."""

SECRET_LISTS: dict[str, tuple[str, ...]] = {
    "PORTAL_KEYS": ("portal", "key"),
    "PORTAL_SECRETS": ("portal", "secret"),
}

SINGLE: dict[str, tuple[tuple[str, ...], bool]] = {
    "PORTAL_URL": (("portal", "url"), False),
    "SAGE_SERVER": (("sage", "server"), True),
    "SAGE_USER": (("sage", "user"), False),
    "SAGE_AUTHORISATION_DATABASE": (("sage", "authorisation_database"), False),
    "SAGE_WEB_API_URL": (("sage_web_api", "url"), False),
    "SAGE_WEB_API_USER": (("sage_web_api", "user"), False),
}
"""One value for all tenants."""

SINGLE_SECRETS: dict[str, tuple[str, ...]] = {
    "SAGE_PASSWORD": ("sage", "password"),
    "SAGE_WEB_API_PASSWORD": ("sage_web_api", "password"),
}


def tenants_of_environment(
    environment: Mapping[str, str], problems: list[str]
) -> dict[str, dict[str, Any]]:
    """Tables of tenants as a file would hold them; secrets by the name of a variable.

    Every list that is missing or of another length than ``PORTAL_PIPELINE_TENANTS`` is a problem.
    """
    keys = _split(environment.get(TENANTS_VARIABLE, ""))
    tables: dict[str, dict[str, Any]] = {key: {} for key in keys}
    if len(tables) != len(keys):
        problems.append(f"{TENANTS_VARIABLE}: a tenant is named twice")
        return tables
    _put_lists(environment, keys, tables, problems)
    _put_single_values(environment, keys, tables, problems)
    return tables


def _put_lists(
    environment: Mapping[str, str],
    keys: list[str],
    tables: dict[str, dict[str, Any]],
    problems: list[str],
) -> None:
    for name, (path, is_needed) in LISTS.items():
        if not path:
            continue
        values = _values(environment, name, len(keys), problems, is_needed=is_needed)
        for key, value in zip(keys, values, strict=False):
            if value:
                _put(tables[key], path, value)
    for name, path in SECRET_LISTS.items():
        values = _values(environment, name, len(keys), problems, is_needed=True)
        for position, value in enumerate(values):
            if value:
                _put(tables[keys[position]], path, SecretStr(value))
            else:
                problems.append(f"{PREFIX}{name}: entry {position + 1} is empty")


def _put_single_values(
    environment: Mapping[str, str],
    keys: list[str],
    tables: dict[str, dict[str, Any]],
    problems: list[str],
) -> None:
    for name, (path, is_needed) in SINGLE.items():
        value = environment.get(PREFIX + name, "").strip()
        if not value and is_needed:
            problems.append(f"{PREFIX}{name}: is not set; set it")
        for key in keys if value else ():
            _put(tables[key], path, value)
    for name, path in SINGLE_SECRETS.items():
        if environment.get(PREFIX + name):
            for key in keys:
                _put(tables[key], path, {"env": PREFIX + name})


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _values(
    environment: Mapping[str, str],
    name: str,
    length: int,
    problems: list[str],
    *,
    is_needed: bool,
) -> list[str]:
    text = environment.get(PREFIX + name, "")
    if not text.strip():
        if is_needed:
            problems.append(f"{PREFIX}{name}: is not set; give {length} value(s), comma separated")
        return []
    values = _split(text)
    if len(values) != length:
        problems.append(
            f"{PREFIX}{name}: has {len(values)} value(s) for {length} tenant(s); "
            "every list has one value per tenant, in the same order"
        )
        return []
    return values


def _put(table: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = value
