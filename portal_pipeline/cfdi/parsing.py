"""Bytes to an element tree, strictly: what is not a sound document gets a verdict, never a repair.

Source: CFDI sheet 7 and 8.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import NamedTuple

from lxml import etree

from portal_pipeline.cfdi.prolog import look_at

BYTES_MAX = 10_000_000
"""Normal CFDIs have 2 to 25 kB; memory is some 14 times the file."""
REASON_CHARS_MAX = 300


class ParseVerdict(StrEnum):
    """What the bytes are, before their content counts."""

    TOO_LARGE = "too_large"
    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    BROKEN_XML = "broken_xml"
    XML = "xml"


class Parsed(NamedTuple):
    """The verdict with its reason, and the root exactly where the verdict is XML."""

    verdict: ParseVerdict
    reason: str = ""
    root: etree._Element | None = None


def hardened_parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """A strict parser that reads nothing but the bytes that it is given. Source: CFDI sheet 8."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        schema=schema,
    )


class _PerThread(threading.local):
    """A parser of its own for each thread: a shared one would make them wait for each other."""

    def __init__(self) -> None:
        self.parser = hardened_parser()


_OF_THREAD = _PerThread()


def parse(data: bytes, bytes_max: int = BYTES_MAX) -> Parsed:
    """The root element of a well-formed document without DOCTYPE, or the verdict.

    Never raises for any bytes.
    """
    if len(data) > bytes_max:
        # A caller that stops reading at the limit has one byte more than it, not all of them.
        return Parsed(ParseVerdict.TOO_LARGE, f"more than {bytes_max} bytes")
    prolog = look_at(data)
    if not prolog.first:
        return Parsed(ParseVerdict.NOT_XML, "is empty")
    if prolog.first != "<":
        return Parsed(ParseVerdict.NOT_XML, "does not begin with <")
    if prolog.is_html:
        return Parsed(ParseVerdict.NOT_XML, "is an HTML page")
    if prolog.has_doctype:
        return Parsed(ParseVerdict.DOCTYPE, "has a document type declaration")
    try:
        root = etree.fromstring(data, _OF_THREAD.parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        return Parsed(ParseVerdict.BROKEN_XML, _position(error))
    if root is None:
        return Parsed(ParseVerdict.BROKEN_XML, "there is no element")
    # A declared encoding such as UTF-7 can spell a DOCTYPE that the look at the prolog misses.
    if root.getroottree().docinfo.internalDTD is not None:
        return Parsed(ParseVerdict.DOCTYPE, "has a document type declaration")
    return Parsed(ParseVerdict.XML, root=root)


def _position(error: Exception) -> str:
    if isinstance(error, etree.XMLSyntaxError) and error.lineno is not None:
        text = (error.msg or "not well-formed").split(", line ")[0]
        column = (error.offset or 0) + 1  # lxml counts from 0, its own messages from 1
        return f"line {error.lineno}, column {column}: {text}"[:REASON_CHARS_MAX]
    return (str(error) or type(error).__name__)[:REASON_CHARS_MAX]
