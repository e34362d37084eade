"""The body of an HTTP answer, collected as it comes and never beyond its limit.

HTTP libraries decompress a whole received piece at once: some hundred bytes, compressed twice, can
become gigabytes before anybody has counted them. Here the decompressor itself stops at the limit.
"""

from __future__ import annotations

import zlib

ACCEPT_ENCODING = "gzip"
"""What we ask for; an answer in another coding is not read."""

_GZIP = 16 + zlib.MAX_WBITS


class BodyTooLarge(Exception):
    """The body, as it is or decompressed, is larger than its limit."""


class BodyUnreadable(Exception):
    """The body's coding is not one that we asked for, or is broken."""


class BoundedBody:
    """At most ``bytes_max`` bytes of a body; ``coding`` is the answer's ``Content-Encoding``."""

    def __init__(self, coding: str, bytes_max: int) -> None:
        """Raises BodyUnreadable for a coding other than none and gzip."""
        name = coding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip"}:
            raise BodyUnreadable(f"the answer is in the coding {name[:40]!r}, which was not asked")
        self._gzip = zlib.decompressobj(_GZIP) if name.endswith("gzip") else None
        self._bytes_max = bytes_max
        self._content = bytearray()
        self._is_begun = False

    def add(self, piece: bytes) -> None:
        """Take the next piece as it was received.

        Raises:
            BodyTooLarge: with it the body is larger than its limit.
            BodyUnreadable: it is no gzip.
        """
        self._is_begun = self._is_begun or bool(piece)
        room = self._bytes_max - len(self._content) + 1
        self._content += piece[:room] if self._gzip is None else self._decompressed(piece, room)
        if len(self._content) > self._bytes_max:
            raise BodyTooLarge(f"the answer is larger than {self._bytes_max} bytes")

    def _decompressed(self, piece: bytes, room: int) -> bytes:
        if self._gzip is None or not piece:
            return b""
        try:
            content = self._gzip.decompress(piece, room)
        except zlib.error as error:
            raise BodyUnreadable(f"the answer is no gzip: {error}") from None
        if self._gzip.unused_data:
            raise BodyUnreadable("something follows the end of the compressed answer")
        return content

    def whole(self) -> bytes:
        """The body, decompressed.

        Raises:
            BodyUnreadable: the compressed data end too early.
        """
        if self._gzip is not None and self._is_begun and not self._gzip.eof:
            raise BodyUnreadable("the compressed answer ends too early")
        return bytes(self._content)
