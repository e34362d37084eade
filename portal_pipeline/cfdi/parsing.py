"""Bytes to an element tree, strictly: what is not a sound document gets a verdict, never a repair.

Source: CFDI sheet 7 and 8.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

BYTES_MAX = 10_000_000
"""Normal CFDIs have 2 to 25 kB; memory is some 14 times the file."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_BEGINNING_CHARS = 4096
_MARKUP_BEFORE_ROOT = re.compile(r"^(?:\s+|<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_DOCTYPE = re.compile(r"^<!doctype\s+([^\s>\[]+)", re.IGNORECASE)
_ROOT = re.compile(r"^<([^\s/>]+)")


class ParseVerdict(StrEnum):
    """What the bytes are, before their content counts."""

    TOO_LARGE = "too_large"
    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    BROKEN_XML = "broken_xml"
    XML = "xml"


@dataclass(frozen=True)
class Parsed:
    """The verdict with its reason, and the root where there is one."""

    verdict: ParseVerdict
    reason: str = ""
    root: etree._Element | None = None


def parse(data: bytes, bytes_max: int = BYTES_MAX) -> Parsed:
    """The root element of a well-formed document without DOCTYPE, or the verdict.

    Never raises for any bytes.
    """
    if len(data) > bytes_max:
        return Parsed(ParseVerdict.TOO_LARGE, f"{len(data)} bytes, the limit is {bytes_max}")
    beginning = _beginning(data)
    not_xml = _why_not_xml(beginning)
    if not_xml:
        return Parsed(ParseVerdict.NOT_XML, not_xml)
    if _doctype_of(beginning):
        return Parsed(ParseVerdict.DOCTYPE, "has a document type declaration")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        return Parsed(ParseVerdict.BROKEN_XML, _position(error))
    if root is None:
        return Parsed(ParseVerdict.BROKEN_XML, "there is no element")
    info = root.getroottree().docinfo
    if info.internalDTD is not None:
        return Parsed(ParseVerdict.DOCTYPE, "has a document type declaration")
    return Parsed(ParseVerdict.XML, root=root)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
    )


def _encoding(data: bytes) -> tuple[str, int]:
    """(encoding of the first characters, length of the byte order mark)."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name, len(mark)
    head = data.lstrip(b" \t\r\n\x00")[:2]
    for start, name in _WIDE:
        if data[:2] == start or head == start:
            return name, 0
    return "latin-1", 0


def _beginning(data: bytes) -> str:
    """The first characters, enough to see what the bytes are."""
    encoding, skip = _encoding(data)
    text = data[skip : skip + _BEGINNING_CHARS * 2].decode(encoding, errors="replace")
    return text.lstrip("\ufeff \t\r\n")


def _why_not_xml(beginning: str) -> str:
    if not beginning:
        return "is empty"
    if not beginning.startswith("<"):
        return "does not begin with <"
    doctype = _doctype_of(beginning)
    if doctype.lower() == "html":
        return "is an HTML page"
    root = _ROOT.match(_after_prolog(beginning))
    if root and root.group(1).lower() == "html":
        return "is an HTML page"
    return ""


def _after_prolog(text: str) -> str:
    """The text behind declaration, comments and processing instructions."""
    while match := _MARKUP_BEFORE_ROOT.match(text):
        text = text[match.end() :]
    return text


def _doctype_of(beginning: str) -> str:
    match = _DOCTYPE.match(_after_prolog(beginning))
    return match.group(1) if match else ""


def _position(error: Exception) -> str:
    if isinstance(error, etree.XMLSyntaxError) and error.lineno is not None:
        text = (error.msg or "not well-formed").split(", line ")[0]
        return f"line {error.lineno}, column {error.offset}: {text}"[:300]
    return str(error)[:300]
