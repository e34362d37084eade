"""The certificate of an issuer: whose it is, and who vouches for it. Source: CFDI sheet 5."""

from __future__ import annotations

import re
import zipfile
from base64 import b64decode
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from portal_pipeline.cfdi.sat.data import Once, certificates_archive
from portal_pipeline.cfdi.values import unbroken

TEXT_CHARS_MAX = 20_000
"""Of a certificate in base64; the SAT's have some 2,000."""
AUTHORITY_BYTES_MAX = 100_000
_TEST_AUTHORITY = re.compile(r"AC UAT|A\.C\. [0-9]+ de pruebas\b.*", re.IGNORECASE)
_UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    InvalidSignature,
    x509.InvalidVersion,
    Warning,  # where a program turns the library's warnings into errors
)
"""What cryptography raises for certificates that are none, or of unknown kinds."""


class Certificate(NamedTuple):
    """What of a certificate counts here."""

    key: rsa.RSAPublicKey
    number: str
    """Serial number as the SAT writes it: its bytes are 20 ASCII digits."""
    rfc: str
    """Of the holder; empty where the certificate names none."""
    valid_from: datetime
    valid_until: datetime
    authority: str
    """Name of the issuer."""
    is_of_sat: bool
    """One of the SAT's production authorities has signed it."""

    @property
    def is_of_test_authority(self) -> bool:
        """Its issuer bears the name of one of the SAT's test authorities.

        Their own certificates are not published, so the name is all there is to look at.
        """
        return _TEST_AUTHORITY.fullmatch(self.authority) is not None

    def has_signed(self, signature: bytes, content: bytes) -> bool:
        """Whether the signature is RSA PKCS#1 v1.5 with SHA-256 over the content."""
        try:
            self.key.verify(signature, content, padding.PKCS1v15(), SHA256())
        except _UNREADABLE:
            return False
        return True


@lru_cache(maxsize=256)  # a supplier seals many documents with one certificate
def read_certificate(text: str) -> Certificate | None:
    """The certificate in base64 DER of a CFDI; None where it cannot be read or has no RSA key."""
    if len(text) > TEXT_CHARS_MAX:
        return None
    try:
        found = x509.load_der_x509_certificate(b64decode(unbroken(text), validate=True))
        key = found.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return None
        return Certificate(
            key=key,
            number=_number(found.serial_number),
            rfc=_name(found.subject, NameOID.X500_UNIQUE_IDENTIFIER).partition("/")[0].strip(),
            valid_from=found.not_valid_before_utc,
            valid_until=found.not_valid_after_utc,
            authority=_name(found.issuer, NameOID.COMMON_NAME),
            is_of_sat=any(_is_issued_by(found, one) for one in authorities()),
        )
    except _UNREADABLE:
        return None


def _number(serial: int) -> str:
    size = (serial.bit_length() + 7) // 8
    return serial.to_bytes(size, "big").decode("ascii", errors="replace") if serial > 0 else ""


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    for one in name.get_attributes_for_oid(oid):
        return one.value if isinstance(one.value, str) else one.value.decode("latin-1")
    return ""


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    if certificate.issuer != authority.subject:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except _UNREADABLE:
        return False
    return True


def _read_authorities() -> tuple[x509.Certificate, ...]:
    """The SAT's certificates, in DER or PEM; one that cannot be read vouches for nothing."""
    archive = certificates_archive()
    if archive is None:
        return ()
    try:
        with zipfile.ZipFile(archive) as file:
            small = [one for one in file.infolist() if one.file_size <= AUTHORITY_BYTES_MAX]
            found = [_authority(file.read(one)) for one in small]
    except (OSError, zipfile.BadZipFile):
        return ()
    return tuple(one for one in found if one is not None)


def _authority(data: bytes) -> x509.Certificate | None:
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except _UNREADABLE:
        return None


authorities = Once(_read_authorities)
"""Certificates that vouch for those of the issuers; empty without the package."""
