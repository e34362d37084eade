"""Attribute texts to values; what cannot be read is a finding, never a guess."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from portal_pipeline.cfdi.namespaces import Element
from portal_pipeline.core.cfdi import DocumentFinding, Severity
from portal_pipeline.core.identity import upper_uuid

FINDINGS_MAX = 200
"""Of one reading; a document with more is no better known for them."""
TEXT_CHARS_MAX = 300
_SHOWN_CHARS = 60
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
# Source: CFDI sheet 3, years 2010 to 2099.
_TIME = re.compile(r"20[1-9][0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_UNTIDY = re.compile(r"[\t\r\n]|  |^ | $")
_BLANKS = re.compile(r"[ \t\r\n]+")
_ZERO = Decimal(0)
UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
"""Sums and products of any two numbers that are read lose no digit in it."""


class Values:
    """Reads the attributes of one document and collects what is wrong with them.

    ``place`` names the element being read, for the texts of findings.
    """

    def __init__(self) -> None:
        self.findings: list[DocumentFinding] = []
        self.place = "Comprobante"
        self.unreadable = 0
        """How many numbers could not be read: above 0, no amount may be used."""

    def note(self, code: str, text: str, severity: Severity = "error") -> None:
        """Add a finding."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(
                DocumentFinding(code=code, severity=severity, text=text[:TEXT_CHARS_MAX])
            )

    def text(self, node: Element | None, name: str) -> str:
        """An attribute with white space collapsed, as the cadena original has it; else empty."""
        text = "" if node is None else node.get(name, "")
        return _BLANKS.sub(" ", text).strip(" ") if _UNTIDY.search(text) else text

    def needed(self, node: Element | None, name: str) -> str:
        """An attribute that must be there; empty with a finding when it is not."""
        text = self.text(node, name)
        if not text:
            self.note("attribute_missing", f"{self.place}: {name} is missing")
        return text

    def number(self, node: Element | None, name: str) -> Decimal | None:
        """A number, or None when absent or unreadable (then a finding)."""
        text = None if node is None else node.get(name)
        if text is None:
            return None
        tidy = text.strip(" \t\r\n")
        if not _NUMBER.fullmatch(tidy):
            self.unreadable += 1
            self.note("number_unreadable", f"{self.place}: {name} is {_shown(text)}, not a number")
            return None
        value = Decimal(tidy)
        if value < 0:
            self.note("negative_number", f"{self.place}: {name} {value} is negative")
        return value

    def amount(self, node: Element | None, name: str) -> Decimal:
        """A number that is 0 when absent (optional amounts)."""
        return self.number(node, name) or _ZERO

    def required(self, node: Element, name: str) -> Decimal:
        """A number that must be there; when it is not, no amount of the document may be used."""
        value = self.number(node, name)
        if value is None and node.get(name) is None:
            self.unreadable += 1
            self.note("attribute_missing", f"{self.place}: {name} is missing")
        return value or _ZERO

    def time(self, node: Element, name: str) -> datetime | None:
        """A local time without zone, or None when missing or unreadable (then a finding)."""
        text = self.needed(node, name)
        if not text:
            return None
        moment = _time(text)
        if moment is None:
            self.note("date_unreadable", f"{self.place}: {name} is {_shown(text)}, not a date")
        return moment

    def uuid(self, node: Element, name: str) -> str:
        """A UUID in upper case; a text of another form stays, in upper case."""
        return upper_uuid(node.get(name, ""))


def _time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # a day or hour that does not exist
        return None


def _shown(text: str) -> str:
    return repr(text[:_SHOWN_CHARS])
