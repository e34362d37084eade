"""What stands before the root of a document: enough to tell HTML and a DOCTYPE from XML.

Looked at as text and before any parser, so that no entity of a DOCTYPE is ever expanded.
Source: CFDI sheet 7 and 8.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF8, "latin-1"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-8 is looked at byte by byte: all that counts here is ASCII. UTF-32 goes before UTF-16."""
_WITHOUT_BOM = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_BLANKS = " \t\r\n"
# Possessive, so that a long or unfinished part costs one pass and not one per character.
_ASIDE = re.compile(r"[ \t\r\n]++|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[ \t\r\n]*([^\s>\[]*)", re.IGNORECASE)
_DOCTYPE_REST = re.compile(r"(?:[^\"'\[>]|\"[^\"]*\"|'[^']*')*+(?:\[.*?\][ \t\r\n]*)?>", re.DOTALL)
# How nearly every CFDI begins; its root is seen, so nothing else can stand before it.
_USUAL = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>\s*)?<(?:cfdi:)?Comprobante\s")
_ROOT = re.compile(r"<([^\s/>!?<]+)")


class Prolog(NamedTuple):
    """First character that is no blank, and whether there is a DOCTYPE or an HTML page."""

    first: str
    """Empty: there is nothing but blanks."""
    has_doctype: bool = False
    is_html: bool = False


_NOTHING_SPECIAL = Prolog("<")


def look_at(data: bytes) -> Prolog:
    """The prolog of any bytes; linear in their length."""
    if _USUAL.match(data):
        return _NOTHING_SPECIAL
    text = _text(data)
    first = text.lstrip(_BLANKS)[:1]
    if first != "<":
        return Prolog(first)
    position = _after_asides(text, 0)
    doctype = _DOCTYPE.match(text, position)
    if doctype is None:
        return Prolog(first, is_html=_is_html_root(text, position))
    rest = _DOCTYPE_REST.match(text, doctype.end())
    is_html = doctype.group(1).lower() == "html" or (
        rest is not None and _is_html_root(text, _after_asides(text, rest.end()))
    )
    return Prolog(first, has_doctype=True, is_html=is_html)


def _text(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    for start, encoding in _WITHOUT_BOM:
        if data.startswith(start):
            return data.decode(encoding, errors="replace")
    return data.decode("latin-1")


def _after_asides(text: str, position: int) -> int:
    """Where blanks, processing instructions and comments end."""
    while match := _ASIDE.match(text, position):
        position = match.end()
    return position


def _is_html_root(text: str, position: int) -> bool:
    root = _ROOT.match(text, position)
    return root is not None and root.group(1).rpartition(":")[2].lower() == "html"
