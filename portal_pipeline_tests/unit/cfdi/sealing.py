"""Seals documents of the sandbox's builder with keys made for the test."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from portal_pipeline.cfdi.sat.seal import stylesheets

NUMBER = "30001000000500009999"
TFD = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"


class Signer(NamedTuple):
    """A key with its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def seal(self, document: bytes, *, number: str = NUMBER) -> bytes:
        """The document with certificate, seal, and the seal in its stamps."""
        root = etree.fromstring(document)
        root.set("NoCertificado", number)
        root.set("Certificado", base64.b64encode(self.certificate.public_bytes(Encoding.DER)))
        cadena = stylesheets[root.get("Version")]().cadena(root)
        signature = self.key.sign(cadena, padding.PKCS1v15(), hashes.SHA256())
        seal = base64.b64encode(signature).decode()
        root.set("Sello", seal)
        for stamp in root.iter(TFD):
            stamp.set("SelloCFD", seal)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def signer(
    rfc: str,
    *,
    authority: str = "AC UAT",
    number: str = NUMBER,
    valid: tuple[int, int] = (2024, 2028),
) -> Signer:
    """A key and a certificate with the serial number that the SAT would write."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Signer(key, certificate(rfc, key, authority=authority, number=number, valid=valid))


def certificate(
    rfc: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    authority: str = "AC UAT",
    number: str = NUMBER,
    valid: tuple[int, int] = (2024, 2028),
) -> x509.Certificate:
    """A certificate of that RFC; its issuer has signed nothing, only its name is there."""
    holder = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Peña & Cía"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, f"{rfc} / XAXX010101000"),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority)]))
        .public_key(key.public_key())
        .serial_number(int.from_bytes(number.encode(), "big"))
        .not_valid_before(datetime(valid[0], 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(valid[1], 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
