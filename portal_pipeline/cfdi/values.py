"""Attribute texts to values; what cannot be read is a finding, never a guess."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from lxml import etree

from portal_pipeline.core.cfdi import DocumentFinding
from portal_pipeline.core.identity import upper_uuid

_NUMBER = re.compile(r"^-?\d{1,18}(\.\d{1,10})?$")
_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")
UUID = re.compile(r"^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$")
FINDINGS_MAX = 200


class Values:
    """Reads attributes of one document and collects what is wrong with them."""

    def __init__(self) -> None:
        self.findings: list[DocumentFinding] = []

    def error(self, code: str, text: str) -> None:
        """Note an error finding."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(DocumentFinding(code=code, severity="error", text=text[:300]))

    def text(self, node: etree._Element, name: str) -> str:
        """An attribute with white space collapsed; empty when absent."""
        return " ".join((node.get(name) or "").split())

    def number(self, node: etree._Element, name: str) -> Decimal | None:
        """A number, or None when absent or unreadable (then a finding)."""
        text = node.get(name)
        if text is None:
            return None
        if not _NUMBER.match(text.strip()):
            self.error("number_unreadable", f"{_name(node)}@{name} is {text!r}, not a number")
            return None
        return Decimal(text.strip())

    def amount(self, node: etree._Element, name: str) -> Decimal:
        """A number that is 0 when absent (optional amounts)."""
        return self.number(node, name) or Decimal(0)

    def required(self, node: etree._Element, name: str) -> Decimal:
        """A number that must be there; 0 with a finding when it is not."""
        if node.get(name) is None:
            self.error("attribute_missing", f"{_name(node)}@{name} is missing")
        return self.amount(node, name)

    def time(self, node: etree._Element, name: str) -> datetime | None:
        """A local time without zone, or None when absent or unreadable (then a finding)."""
        text = (node.get(name) or "").strip()
        if not text:
            return None
        moment = _time(text)
        if moment is None:
            self.error("date_unreadable", f"{_name(node)}@{name} is {text!r}, not a date")
        return moment

    def uuid(self, node: etree._Element, name: str) -> str:
        """An upper-case UUID; other text stays as it is."""
        return upper_uuid(node.get(name) or "")


def _time(text: str) -> datetime | None:
    if not _TIME.match(text):
        return None
    try:
        # CFDI times carry no zone by definition.
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007
    except ValueError:  # a day or hour that does not exist
        return None


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname
