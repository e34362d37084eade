"""Attribute texts to values; what cannot be read is a finding, never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TypeVar

from portal_pipeline.cfdi.namespaces import Element
from portal_pipeline.core.cfdi import DocumentFinding, Severity

FINDINGS_MAX = 200
"""Of one reading; a document with more is no better known for them."""
TEXT_CHARS_MAX = 300
AMOUNT_DECIMALS, EQUIVALENCE_DECIMALS, PESO_DECIMALS = 6, 10, 2
"""Most decimals of an amount, of EquivalenciaDR, of the totals of Pagos 2.0 (CFDI sheet 3, 10)."""
_SHOWN_CHARS = 60
_KNOWN_MAX = 4096
"""Texts remembered of each kind."""
_T = TypeVar("_T")
_AMOUNT_CHARS = 25
"""18 digits, a point, 6 digits."""
_DECIMAL_TYPES = frozenset(
    {
        "Base",
        "Cantidad",
        "EquivalenciaDR",
        "TasaOCuota",
        "TipoCambio",
        "TipoCambioDR",
        "TipoCambioP",
    }
)
"""Typed xs:decimal: zeros at the end do not count; the other amounts have a form of their own."""
_AMOUNT = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
# Source: CFDI sheet 3, years 2010 to 2099.
_TIME = re.compile(r"20[1-9][0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_BLANKS = re.compile(r"[ \t\r\n]+")
_ZERO = Decimal(0)
UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
"""Sums and products of any two numbers that are read lose no digit in it."""


class Known(dict[str, _T]):
    """What texts were found to be; forgets all of them when it is full."""

    def __init__(self, find: Callable[[str], _T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, text: str) -> _T:
        if len(self) >= _KNOWN_MAX:
            self.clear()
        found = self[text] = self._find(text)
        return found


class Values:
    """Reads the attributes of one document and collects what is wrong with them.

    ``place`` names the element being read, for the texts of findings.
    """

    def __init__(self) -> None:
        self.findings: list[DocumentFinding] = []
        self.irregularities: list[tuple[str, str]] = []
        self.place = "Comprobante"
        self.unreadable = 0
        """How many numbers could not be read: above 0, no amount may be used."""

    def note(self, code: str, text: str, severity: Severity = "error") -> None:
        """Add a finding: something that keeps the document from being understood."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(DocumentFinding(code, severity, text[:TEXT_CHARS_MAX]))

    def irregular(self, code: str, text: str) -> None:
        """Add a broken rule that only the XML shows; it is weighed with the other rules."""
        if len(self.irregularities) < FINDINGS_MAX:
            self.irregularities.append((code, text))

    def needed(self, node: Element, name: str) -> str:
        """An attribute that must be there; empty with a finding when it is not."""
        text = tidy(node.get(name, ""))
        if not text:
            self.note("attribute_missing", f"{self.place}: {name} is missing")
        return text

    def expect(self, node: Element, *names: str) -> None:
        """Attributes that a rule wants and that are not kept."""
        for name in names:
            if not node.get(name):
                self.irregular("attribute_missing", f"{self.place}: {name} is missing")

    def number(
        self, node: Element, name: str, decimals_max: int = AMOUNT_DECIMALS
    ) -> Decimal | None:
        """A number, or None when absent or unreadable (then a finding)."""
        text = node.get(name)
        if text is None:
            return None
        if decimals_max >= AMOUNT_DECIMALS:
            value = _usual_amount(text)
            if value is not None:
                return value
        return self._unusual_number(text.strip(" \t\r\n"), name, decimals_max)

    def _unusual_number(self, text: str, name: str, decimals_max: int) -> Decimal | None:
        if not _NUMBER.fullmatch(text):
            self.unreadable += 1
            self.note("number_unreadable", f"{self.place}: {name} is {_shown(text)}, not a number")
            return None
        fraction = text.partition(".")[2]
        if name in _DECIMAL_TYPES:
            fraction = fraction.rstrip("0")
        elif not text[0].isdigit() or text.endswith("."):
            self.irregular("number_form", f"{self.place}: {name} is written {_shown(text)}")
        if len(fraction) > decimals_max:
            self.irregular(
                "too_many_decimals",
                f"{self.place}: {name} {text} has more than {decimals_max} decimals",
            )
        value = Decimal(text)
        if value < 0:
            self.note("negative_number", f"{self.place}: {name} {value} is negative")
        return value

    def amount(self, node: Element, name: str) -> Decimal:
        """A number that is 0 when absent (optional amounts)."""
        return self.number(node, name) or _ZERO

    def required(self, node: Element, name: str, decimals_max: int = AMOUNT_DECIMALS) -> Decimal:
        """A number that must be there; when it is not, no amount of the document may be used."""
        value = self.number(node, name, decimals_max)
        if value is not None:
            return value
        if node.get(name) is None:
            self.unreadable += 1
            self.note("attribute_missing", f"{self.place}: {name} is missing")
        return _ZERO

    def time(self, node: Element, name: str) -> datetime | None:
        """A local time without zone, or None when missing or unreadable (then a finding)."""
        text = self.needed(node, name)
        if not text:
            return None
        moment = _time(text)
        if moment is None:
            self.note("date_unreadable", f"{self.place}: {name} is {_shown(text)}, not a date")
        return moment


def _tidied(text: str) -> str:
    """Nearly always it is so already."""
    if text.isalnum() or (text.isprintable() and "  " not in text and text == text.strip(" ")):
        return text
    return _BLANKS.sub(" ", text).strip(" ")


def _amount_read(text: str) -> Decimal | None:
    return Decimal(text) if len(text) <= _AMOUNT_CHARS and _AMOUNT.fullmatch(text) else None


tidy = Known(_tidied).__getitem__
"""A text with white space collapsed, as the cadena original has it. Parties, units and catalogue
keys are the same from document to document."""
_usual_amount = Known(_amount_read).__getitem__
"""An amount in the form that the SAT's types want; None for any other text. Amounts repeat within a
document, rates and quantities everywhere."""


def unbroken(text: str) -> str:
    """A base64 text without the line breaks that some issuers write into it."""
    return "".join(text.split())


def _time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # a day or hour that does not exist
        return None


def _shown(text: str) -> str:
    return repr(text[:_SHOWN_CHARS])
