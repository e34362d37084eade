"""The issuer's signature over the content. Source: CFDI sheet 5.

A valid seal proves that the holder of the certificate signed what the cadena original names:
neither Addenda nor stamp are in it. The SAT's own signature (SelloSAT) needs a certificate that is
not in the document and is not checked.
"""

from __future__ import annotations

import importlib.util
import threading
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lxml import etree

from portal_pipeline.cfdi.namespaces import Element
from portal_pipeline.cfdi.sat.data import Once, folder, parse_file, schema_files
from portal_pipeline.cfdi.sat.verdicts import Problem, Seal, SealResult
from portal_pipeline.cfdi.values import unbroken

if TYPE_CHECKING:
    from portal_pipeline.cfdi.sat.certificate import Certificate

STYLESHEETS = {
    "4.0": "4/cadenaoriginal_4_0/cadenaoriginal_4_0.xslt",
    "3.3": "3/cadenaoriginal_3_3/cadenaoriginal_3_3.xslt",
}
_SAT = "http://www.sat.gob.mx/"
# Local time of any place in Mexico is between 5 and 8 hours behind UTC.
_AHEAD, _BEHIND = timedelta(hours=8), timedelta(hours=5)


class _Stylesheet:
    """The stylesheet of one version, for one thread at a time."""

    def __init__(self, name: str) -> None:
        access = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # not in stubs
        self._transform = etree.XSLT(parse_file(name), access_control=access)
        self._lock = threading.Lock()

    def cadena(self, root: Element) -> bytes:
        """The cadena original of a document."""
        with self._lock:
            return str(self._transform(root)).encode()


def _compile(name: str) -> _Stylesheet | None:
    try:
        return _Stylesheet(name)
    except (etree.LxmlError, OSError):
        return None


stylesheets = {
    version: Once(lambda name=name: _compile(name))  # type: ignore[misc]
    for version, name in STYLESHEETS.items()
}
"""None where the package is not installed or not as expected."""


def _find_cryptography() -> bool:
    try:
        return importlib.util.find_spec("cryptography") is not None
    except (ImportError, ValueError):
        return False


has_cryptography = Once(_find_cryptography)


def is_installed() -> bool:
    """Whether seals can be checked here."""
    return folder() is not None and has_cryptography()


def check_seal(
    root: Element,
    version: str,
    *,
    issuer_rfc: str,
    issued_at: datetime | None,
    accept_test_certificates: bool,
) -> SealResult:
    """Whether the Sello is the signature of this content by the certificate that it names.

    Args:
        root: the Comprobante, whole.
        version: 4.0 or 3.3.
        issuer_rfc: of the Emisor, upper case.
        issued_at: Fecha, local time; None where it cannot be read.
        accept_test_certificates: be silent about certificates of the SAT's test authorities.
    """
    if not is_installed():
        return SealResult(Seal.NOT_CHECKED)
    stylesheet = stylesheets[version]()
    if stylesheet is None:
        return SealResult(Seal.NOT_CHECKED, "the stylesheet of the cadena original is missing")
    seal = unbroken(root.get("Sello", ""))
    if not seal:
        return SealResult(Seal.ABSENT)
    from portal_pipeline.cfdi.sat.certificate import read_certificate  # noqa: PLC0415 - extra

    certificate = read_certificate(root.get("Certificado", ""))
    if certificate is None:
        return SealResult(Seal.INVALID, "the certificate cannot be read")
    doubts = tuple(
        _doubts(certificate, issuer_rfc, issued_at, accept_test=accept_test_certificates)
    )
    try:
        signature = b64decode(seal, validate=True)
        is_signed = certificate.has_signed(signature, stylesheet.cadena(root))
    except (ValueError, etree.LxmlError):  # no base64; a document that the stylesheet refuses
        is_signed = False
    if not is_signed:
        unknown = _unknown_complement(root)
        if unknown:
            reason = f"complement {unknown} is newer than the installed package satcfdi"
            return SealResult(Seal.NOT_CHECKED, reason, doubts)
        return SealResult(Seal.INVALID, "the Sello is not the signature of this content", doubts)
    number = root.get("NoCertificado", "").strip()
    if certificate.number != number:
        reason = f"NoCertificado {number[:30]!r} is not the certificate's, {certificate.number!r}"
        return SealResult(Seal.INVALID, reason, doubts)
    return SealResult(Seal.VALID, doubts=doubts)


def _doubts(
    certificate: Certificate, issuer_rfc: str, issued_at: datetime | None, *, accept_test: bool
) -> Iterator[Problem]:
    if not certificate.is_of_sat and not (accept_test and certificate.is_of_test_authority):
        yield (
            "certificate_not_of_sat",
            f"the certificate is issued by {certificate.authority[:60]!r},"
            " which is no production authority of the SAT",
        )
    if issuer_rfc and certificate.rfc != issuer_rfc:
        yield (
            "certificate_of_another_rfc",
            f"the certificate is of {certificate.rfc[:20] or 'no RFC'}, the Emisor is {issuer_rfc}",
        )
    if issued_at is not None:
        moment = issued_at.replace(tzinfo=UTC)
        if moment + _AHEAD < certificate.valid_from or moment + _BEHIND > certificate.valid_until:
            yield (
                "certificate_not_in_force",
                f"the certificate is in force from {certificate.valid_from:%Y-%m-%d}"
                f" to {certificate.valid_until:%Y-%m-%d}, Fecha is {issued_at:%Y-%m-%d}",
            )


def _unknown_complement(root: Element) -> str:
    """Namespace of a complement of the SAT that the package does not know; else empty.

    The stylesheet leaves such a complement out of the cadena, so the seal can only seem broken.
    """
    for complement in root.iterchildren(str(root.tag).replace("Comprobante", "Complemento")):
        for one in complement.iterchildren("*"):
            namespace = etree.QName(one).namespace or ""
            if namespace.startswith(_SAT) and namespace not in schema_files():
                return namespace
    return ""
