"""Where elements of a document lie in its bytes.

A parsed tree does not say; expat does, in bytes of the input whatever its encoding. Text search
would not: a comment or a CDATA section may hold the same text. Source: CFDI sheet 9, step 2.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from xml.parsers import expat

_UTF_16_STARTS = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}
_UTF_16 = ("utf-16", "utf-16-le", "utf-16-be")
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
"""Declared name (lower case) -> codec, of the encodings whose offsets were tried."""
_EXPAT_NAMES = {
    "utf-8": "UTF-8",
    "ascii": "US-ASCII",
    "latin-1": "ISO-8859-1",
    "cp1252": "windows-1252",
}
_TAG = re.compile(r"""<(?:[^"'>]++|"[^"]*"|'[^']*')*+>""")


class NoPlaces(ValueError):
    """The places cannot be told; the text says why."""


@dataclass(frozen=True)
class Span:
    """Bytes of one element: where its start tag begins, and its end tag.

    Of an element that is one tag, ``end_tag`` means nothing: ask ``start_tag``.
    """

    start: int
    end_tag: int


@dataclass(frozen=True)
class StartTag:
    """Where a start tag ends, and whether it closes itself."""

    end: int
    is_whole_element: bool


@dataclass(frozen=True)
class Places:
    """The root and its child elements, in document order, and the codec of the bytes."""

    codec: str
    """Python's name; never writes a byte order mark."""
    root: Span
    children: tuple[Span, ...]


def find_places(data: bytes, encoding: str) -> Places:
    """The places in a well-formed document without DOCTYPE.

    Args:
        data: the document.
        encoding: as the strict parser understood it (``docinfo.encoding``).

    Raises:
        NoPlaces: the encoding is not one of those supported, or is given in contradictory ways.
    """
    codec = _codec(data, encoding)
    scan = _Scan(codec)
    try:
        return scan.run(data)
    except NoPlaces:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NoPlaces(f"the second parser says: {error}"[:200]) from error


def start_tag(data: bytes, start: int, codec: str) -> StartTag:
    """The tag that begins at ``start``; a > inside quotes does not end it.

    Expat is not asked: for an element that is one tag it gives the end of that tag as the place
    of the end tag, which may just as well be a place where an end tag stands.

    Raises:
        NoPlaces: no tag begins there.
    """
    # In the one-byte encodings and UTF-8, what counts here is ASCII: byte by byte is enough.
    is_wide = codec in _UTF_16
    text = data[start:].decode(codec if is_wide else "latin-1", errors="replace")
    match = _TAG.match(text)
    if match is None:
        raise NoPlaces("a tag does not end")
    tag = match.group()
    length = len(tag.encode(codec)) if is_wide else len(tag)
    return StartTag(start + length, tag.endswith("/>"))


def _codec(data: bytes, encoding: str) -> str:
    declared = _CODECS.get(encoding.lower())
    if declared is None:
        raise NoPlaces(f"documents in {encoding[:40] or 'an unknown encoding'} are not supported")
    wide = _UTF_16_STARTS.get(data[:2])
    if wide is None and declared in _UTF_16:
        raise NoPlaces("UTF-16 is declared and is not what the bytes are")
    return wide or declared


class _Scan:
    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.depth = 0
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.root_start = self.root_end = -1
        # Where the encoding is known, expat need not know all its names.
        self.parser = expat.ParserCreate(_EXPAT_NAMES.get(codec))
        self.parser.XmlDeclHandler = self.declaration
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def run(self, data: bytes) -> Places:
        self.parser.Parse(data, True)
        if self.depth or len(self.starts) != len(self.ends):
            raise NoPlaces("the elements do not close")
        return Places(
            self.codec,
            Span(self.root_start, self.root_end),
            tuple(Span(*ends) for ends in zip(self.starts, self.ends, strict=True)),
        )

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        """A byte order mark and a declaration that disagree are read differently by parsers."""
        named = _CODECS.get((encoding or "").lower())
        if encoding and named != self.codec and not {named, self.codec} <= set(_UTF_16):
            raise NoPlaces(f"{encoding[:40]} is declared and is not what the bytes are")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 2:
            self.starts.append(self.parser.CurrentByteIndex)
        elif self.depth == 1:
            self.root_start = self.parser.CurrentByteIndex

    def end(self, name: str) -> None:
        if self.depth == 2:
            self.ends.append(self.parser.CurrentByteIndex)
        elif self.depth == 1:
            self.root_end = self.parser.CurrentByteIndex
        self.depth -= 1
