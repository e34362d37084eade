"""Text that may be shown: no secret, no signed link, no control character, a bounded length."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from typing import Self
from urllib.parse import quote, quote_plus

TEXT_LENGTH_MAX = 2_000
"""Characters kept of a remote answer. Source: rules of errors, 2 kB."""
READ_LENGTH_MAX = 64_000
"""Bytes or characters of a remote answer that are looked at."""
MARK = "[redacted]"
_CUT_MARK = " [...]"

# Control characters of both sets, line separators, surrogates, and what turns the direction of
# text: a name that is written with them reads on a screen as another one.
UNSHOWABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Slashes may be escaped, as in JSON text; the bounds keep a hostile text from costing time.
_URL_QUERY = re.compile(r"""(https?:\\?/\\?/[^\s"'<>?#]{0,2000})[?#][^\s"'<>]*""", re.IGNORECASE)
_URL_USER = re.compile(r"""(\w{1,20}:\\?/\\?/)[^\s"'<>/\\@]{1,500}@""")
_CONNECTION_PASSWORD = re.compile(
    r"\b(pwd|password)(\s{0,5}=\s{0,5})(?:\{(?:[^}]|\}\}){0,500}\}|[^;\s]{1,500})", re.IGNORECASE
)


def without_control_characters(text: str) -> str:
    """The text without what no database, log or screen should hold (tab and line feed stay)."""
    return UNSHOWABLE.sub("", text)


def with_visible_controls(text: str) -> str:
    """The text in which what moves a cursor or turns a line is written as its code."""
    return UNSHOWABLE.sub(lambda found: _written_out(ord(found[0])), text)


def _written_out(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def on_one_line(text: str) -> str:
    """The text as one line without control characters; breaks and tabs become blanks."""
    if text.isprintable():
        return text
    return without_control_characters(text.replace("\r", " ").replace("\n", " ").replace("\t", " "))


def without_query(text: str) -> str:
    """The text with the query of every URL in it left out: a signed link is a credential."""
    return _URL_QUERY.sub(rf"\1?{MARK}", text)


# How JSON, URLs, HTML, Python and ODBC write a text. What a server was asked is quoted by it, and
# the quotation by a proxy, or by the error that holds it: twice, not for ever.
_QUOTINGS: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, safe="", errors="replace"),
    lambda text: quote_plus(text, errors="replace"),
    html.escape,
    lambda text: repr(text)[1:-1],
    lambda text: repr(text.encode(errors="replace"))[2:-1],
    lambda text: text.replace("}", "}}"),
)
_QUOTED_TIMES = 2


class Redactor:
    """Cleans remote texts of one tenant; knows its secrets and never shows them itself."""

    __slots__ = ("_pattern", "_secrets")

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        forms = set(self._secrets)
        for _ in range(_QUOTED_TIMES):
            forms |= {quoted(form) for form in forms for quoted in _QUOTINGS}
        # Longest first, so that a secret inside another leaves no rest of it.
        any_form = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._pattern = re.compile(any_form or r"(?!)", re.IGNORECASE)

    def also(self, secrets: Iterable[str]) -> Self:
        """A redactor that knows these secrets, too."""
        return type(self)((*self._secrets, *secrets))

    def clean(self, raw: str | bytes, *, length_max: int = TEXT_LENGTH_MAX) -> str:
        """One line of at most ``length_max`` characters, fit to be logged and stored."""
        text = raw if isinstance(raw, str) else raw[:READ_LENGTH_MAX].decode(errors="replace")
        text = self._pattern.sub(MARK, on_one_line(text[:READ_LENGTH_MAX]))
        text = _URL_USER.sub(rf"\1{MARK}@", without_query(text))
        text = _CONNECTION_PASSWORD.sub(rf"\1\2{MARK}", text).strip()
        if len(text) <= length_max:
            return text
        return text[: length_max - len(_CUT_MARK)] + _CUT_MARK
