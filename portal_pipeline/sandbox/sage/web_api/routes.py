"""Addresses: company, module, resource, key. Source: Web API sheet 2.1 and 2.7, rule 1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal_pipeline.sandbox.sage.web_api.errors import WebApiError

_PATH = re.compile(r"^/Sage300WebApi/v1\.0/-/([^/]+)/([^/]+)/(.+)$", re.IGNORECASE)
_RESOURCE = re.compile(r"^(\$?\w+)(?:\((.*)\))?$", re.DOTALL)
_PART = re.compile(r"\s*(?:(\w+)\s*=\s*)?('(?:[^']|'')*'|[^',]+)\s*(?:,|$)")

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Address:
    """Where a request goes; names as they came, the key's parts with their names if given."""

    company: str
    module: str
    resource: str
    key: Key | None
    """None: no key at all."""

    @property
    def action(self) -> str:
        """``process`` or ``template`` for ``('$process')`` and the like, else empty."""
        if self.key is None or len(self.key) != 1 or not self.key[0][1].startswith("$"):
            return ""
        return self.key[0][1][1:].lower()


def parsed_address(path: str) -> Address:
    """The parts of a percent-decoded path.

    Raises:
        WebApiError: ResourceNotFound, or InvalidEntityKey for a malformed key.
    """
    found = _PATH.match(path)
    named = _RESOURCE.match(found.group(3)) if found else None
    if found is None or named is None:
        raise WebApiError("ResourceNotFound", f"No resource at {path}")
    key = None if named.group(2) is None else _parsed_key(named.group(2))
    return Address(found.group(1).upper(), found.group(2).upper(), named.group(1), key)


def _parsed_key(text: str) -> Key:
    parts: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            break
        value = part.group(2).strip()
        is_quoted = value.startswith("'")
        parts.append((part.group(1) or "", value[1:-1].replace("''", "'") if is_quoted else value))
        place = part.end()
    if not parts or place < len(text):
        raise WebApiError("InvalidEntityKey", f"The key ({text}) is malformed")
    return tuple(parts)
