"""Text that may be shown: no secret, no signed link, no control character, a bounded length."""

from __future__ import annotations

import re
from collections.abc import Iterable

TEXT_LENGTH_MAX = 2_000
"""Characters kept of a remote answer. Source: rules of errors, 2 kB."""
_READ_LENGTH_MAX = 64_000
_CUT_MARK = " [...]"

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Slashes may be escaped, as in JSON text; the bound keeps a hostile text from costing time.
_URL_QUERY = re.compile(r"""(https?:\\?/\\?/[^\s"'<>?]{0,2000})\?[^\s"'<>]*""", re.IGNORECASE)


def without_control_characters(text: str) -> str:
    """The text without what no database, log or screen should hold (tab and line feed stay)."""
    return _UNSHOWABLE.sub("", text)


def without_query(text: str) -> str:
    """The text with the query of every URL in it left out: a signed link is a credential."""
    return _URL_QUERY.sub(r"\1?[redacted]", text)


class Redactor:
    """Cleans remote texts of one tenant; knows its secrets and never shows them itself."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first, so that a secret inside another leaves no rest of it.
        self._secrets = tuple(sorted({s for s in secrets if s}, key=len, reverse=True))

    def clean(self, raw: str | bytes, *, length_max: int = TEXT_LENGTH_MAX) -> str:
        """At most ``length_max`` characters of the text, fit to be logged and stored."""
        text = raw if isinstance(raw, str) else raw[:_READ_LENGTH_MAX].decode(errors="replace")
        text = without_control_characters(text[:_READ_LENGTH_MAX])
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        text = without_query(text).strip()
        if len(text) <= length_max:
            return text
        return text[: length_max - len(_CUT_MARK)] + _CUT_MARK
