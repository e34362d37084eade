"""A CFDI's bytes to its model (versions 4.0 and 3.3; types I, E, P, N, T).

Source: CFDI sheet 3, 8 and 10. Namespaces count, never prefixes; the stamp and the payments are
read from every Complemento, from direct children only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from portal_pipeline.cfdi.document import read_document
from portal_pipeline.cfdi.figures import figures_of
from portal_pipeline.cfdi.namespaces import CFDI_NAMES
from portal_pipeline.cfdi.outline import Outline, outline
from portal_pipeline.cfdi.parsing import BYTES_MAX, REASON_CHARS_MAX, Parsed, parse
from portal_pipeline.cfdi.values import Values
from portal_pipeline.core.cfdi import Cfdi, DocumentFinding

UNREADABLE = ("number_unreadable", "attribute_missing")
NODES_MAX = 50_000
"""Lines, or payments with their paid documents, of one document (CFDI sheet 8)."""


class Verdict(StrEnum):
    """What a file is; the first that holds, in this order."""

    TOO_LARGE = "too_large"
    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    BROKEN_XML = "broken_xml"
    NOT_CFDI = "not_cfdi"
    UNSUPPORTED_VERSION = "unsupported_version"
    READABLE = "readable"


class CfdiReading(NamedTuple):
    """The verdict, and for a readable file the document with what is wrong in it.

    A readable file has no ``cfdi`` when one of its numbers cannot be read: its amounts could then
    only be guessed. ``reason`` says which.
    """

    verdict: Verdict
    reason: str = ""
    """Empty exactly when there is a ``cfdi``."""
    cfdi: Cfdi | None = None
    findings: tuple[DocumentFinding, ...] = ()


def read_cfdi(data: bytes, *, max_bytes: int = BYTES_MAX) -> CfdiReading:
    """What the bytes are; never raises for any bytes.

    Args:
        data: the file as downloaded.
        max_bytes: larger files are refused unread.
    """
    return read_parsed(parse(data, max_bytes))


def read_parsed(parsed: Parsed) -> CfdiReading:
    """The reading of a file that is parsed already."""
    if parsed.root is None:
        return CfdiReading(Verdict(parsed.verdict.value), parsed.reason)
    root = parsed.root
    names = CFDI_NAMES.get(root.tag)
    if names is None:
        return CfdiReading(Verdict.NOT_CFDI, f"the root is {root.tag}"[:REASON_CHARS_MAX])
    found = outline(root, names)
    if max(len(found.concepts), found.payment_nodes) > NODES_MAX:
        reason = f"more than {NODES_MAX} lines or payments"
        return CfdiReading(Verdict.TOO_LARGE, reason)
    if root.get("Version", "").strip(" \t\r\n") != names.version:
        given = (figures_of(root).version or "not given")[:REASON_CHARS_MAX]
        reason = f"version {given}; 4.0 and 3.3 are read, each in its namespace"
        return CfdiReading(Verdict.UNSUPPORTED_VERSION, reason)
    return _read(found)


def _read(found: Outline) -> CfdiReading:
    values = Values()
    cfdi = read_document(found, values)
    findings = tuple(values.findings)
    if values.unreadable:
        text = "; ".join(one.text for one in findings if one.code in UNREADABLE)
        return CfdiReading(Verdict.READABLE, text[:REASON_CHARS_MAX], findings=findings)
    return CfdiReading(Verdict.READABLE, "", cfdi, findings)
