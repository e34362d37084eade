"""All that can be said of a file: what it is, what is wrong in it, its seal, its schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal_pipeline.cfdi.checks import check, severity_of
from portal_pipeline.cfdi.figures import figures_of
from portal_pipeline.cfdi.namespaces import CFDI_NAMES, Element
from portal_pipeline.cfdi.parsing import BYTES_MAX, Parsed, parse
from portal_pipeline.cfdi.reader import CfdiReading, Verdict, read_parsed
from portal_pipeline.cfdi.sat.schema import check_schema
from portal_pipeline.cfdi.sat.seal import check_seal
from portal_pipeline.cfdi.sat.verdicts import Schema, SchemaResult, Seal, SealResult
from portal_pipeline.cfdi.values import TEXT_CHARS_MAX
from portal_pipeline.core.cfdi import DocumentFinding

__all__ = ["Assessment", "Schema", "Seal", "assess", "assess_parsed"]


@dataclass(frozen=True)
class Assessment:
    """The reading with the verdicts on it."""

    reading: CfdiReading
    seal: Seal
    schema: Schema
    findings: tuple[DocumentFinding, ...]
    """Of the reading, the rules, the seal and the schema, all of them."""


def assess(
    data: bytes,
    *,
    max_bytes: int = BYTES_MAX,
    seal: bool = True,
    schema: bool = True,
    accept_test_certificates: bool = False,
) -> Assessment:
    """What the bytes are and all that is wrong with them; never raises for any bytes.

    A failed rule or a schema violation is a warning for review where the document is sealed and
    stamped and the seal is not known to be broken, else an error. A broken seal is an error.
    Where the extra ``sat`` is not installed, seal and schema are not checked.

    Args:
        data: the file as downloaded.
        max_bytes: larger files are refused unread.
        seal: check it where the extra is installed.
        schema: check it where the extra is installed.
        accept_test_certificates: be silent about certificates of the SAT's test authorities.
    """
    return assess_parsed(
        parse(data, max_bytes),
        seal=seal,
        schema=schema,
        accept_test_certificates=accept_test_certificates,
    )


def assess_parsed(
    parsed: Parsed,
    *,
    seal: bool = True,
    schema: bool = True,
    accept_test_certificates: bool = False,
) -> Assessment:
    """The same of a file that is parsed already; takes what no schema knows out of its tree."""
    reading = read_parsed(parsed)
    root = parsed.root
    if reading.verdict != Verdict.READABLE or root is None:
        return Assessment(reading, Seal.NOT_CHECKED, Schema.NOT_CHECKED, reading.findings)
    sealed = SealResult(Seal.NOT_CHECKED)
    if seal:
        sealed = _seal(root, reading, accept_test_certificates=accept_test_certificates)
    rules = check(reading.cfdi, seal=sealed.verdict) if reading.cfdi is not None else []
    formed = SchemaResult(Schema.NOT_CHECKED)
    if schema:  # last, for it takes parts out of the tree
        formed = check_schema(root, CFDI_NAMES[root.tag])
    return Assessment(
        reading,
        sealed.verdict,
        formed.verdict,
        (*reading.findings, *rules, *_of_seal(sealed), *_of_schema(formed, reading, sealed)),
    )


def _seal(root: Element, reading: CfdiReading, *, accept_test_certificates: bool) -> SealResult:
    cfdi = reading.cfdi
    rfc = (figures_of(root).issuer_rfc or "") if cfdi is None else cfdi.issuer_rfc
    return check_seal(
        root,
        CFDI_NAMES[root.tag].version,
        issuer_rfc=rfc.strip().upper(),
        issued_at=None if cfdi is None else cfdi.issued_at,
        accept_test_certificates=accept_test_certificates,
    )


def _of_seal(sealed: SealResult) -> Iterator[DocumentFinding]:
    if sealed.verdict == Seal.INVALID:
        yield DocumentFinding("seal_invalid", "error", sealed.reason[:TEXT_CHARS_MAX])
    elif sealed.reason:
        text = f"the seal is not checked: {sealed.reason}"
        yield DocumentFinding("seal_not_checked", "warning", text[:TEXT_CHARS_MAX])
    for code, text in sealed.doubts:
        yield DocumentFinding(code, "warning", text[:TEXT_CHARS_MAX])


def _of_schema(
    formed: SchemaResult, reading: CfdiReading, sealed: SealResult
) -> Iterator[DocumentFinding]:
    severity = severity_of(reading.cfdi, sealed.verdict)
    for code, text in formed.violations:
        yield DocumentFinding(code, severity, text[:TEXT_CHARS_MAX])
    for code, text in formed.doubts:
        yield DocumentFinding(code, "warning", text[:TEXT_CHARS_MAX])
