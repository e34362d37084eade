"""What a document must carry, and in which form. Source: CFDI sheet 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter

from portal_pipeline.cfdi.values import UUID
from portal_pipeline.core.cfdi import Cfdi, Concept, Related

Problem = tuple[str, str]
"""(code, text)."""
RFC = re.compile(
    r"[A-ZÑ&]{3,4}[0-9]{2}(?:0[1-9]|1[012])(?:0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]"
)
_CERTIFICATE_NUMBER = re.compile(r"[0-9]{20}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RELATION = re.compile(r"0[1-9]")
SERIE_CHARS, FOLIO_CHARS, NAME_CHARS, TEXT_CHARS = 25, 40, 300, 1000
NUMBER_CHARS, UNIT_CHARS = 100, 20
"""Of NoIdentificacion and Unidad. Source: cfdv40.xsd."""

_NEEDED = {
    "certificate_number": "NoCertificado",
    "place_of_issue": "LugarExpedicion",
    "issuer_regime": "Emisor RegimenFiscal",
    "cfdi_use": "Receptor UsoCFDI",
}
_NEEDED_IN_4_0 = _NEEDED | {
    "export": "Exportacion",
    "issuer_name": "Emisor Nombre",
    "receiver_name": "Receptor Nombre",
    "receiver_postal_code": "Receptor DomicilioFiscalReceptor",
    "receiver_regime": "Receptor RegimenFiscalReceptor",
}
_LIMITS = {
    "serie": ("Serie", SERIE_CHARS),
    "folio": ("Folio", FOLIO_CHARS),
    "conditions": ("CondicionesDePago", TEXT_CHARS),
    "issuer_name": ("Nombre of the Emisor", NAME_CHARS),
    "receiver_name": ("Nombre of the Receptor", NAME_CHARS),
}
"""Field of the model to the name in the document, and what is asked of it."""
_needed, _needed_in_4_0 = attrgetter(*_NEEDED), attrgetter(*_NEEDED_IN_4_0)
_limited = attrgetter(*_LIMITS)


@lru_cache(maxsize=4096)  # a company and its suppliers are the parties of all its documents
def is_rfc(text: str) -> bool:
    """Whether it has the form of an RFC of a company or a person."""
    return RFC.fullmatch(text) is not None


def structure_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What is missing, too long or of a wrong form."""
    is_40 = cfdi.version == "4.0"
    if not cfdi.is_sealed:
        yield "seal_missing", "the document carries no Sello"
    if not cfdi.concepts:
        yield "concept_missing", "the document has no Concepto"
    yield from cfdi.irregularities
    if not all(_needed_in_4_0(cfdi) if is_40 else _needed(cfdi)):
        for field, name in (_NEEDED_IN_4_0 if is_40 else _NEEDED).items():
            if not getattr(cfdi, field):
                yield "attribute_missing", f"{name} is missing"
    for text, (name, limit) in zip(_limited(cfdi), _LIMITS.values(), strict=True):
        if len(text) > limit or "|" in text:
            yield from _text(name, text, limit)
    for name, rfc in (("Emisor", cfdi.issuer_rfc), ("Receptor", cfdi.receiver_rfc)):
        if rfc and not is_rfc(rfc):
            yield "rfc_malformed", f"{name}: Rfc {rfc[:20]!r} has a wrong form"
    number, currency = cfdi.certificate_number, cfdi.currency
    if number and not _CERTIFICATE_NUMBER.fullmatch(number):
        yield "certificate_number_malformed", f"NoCertificado {number[:30]!r} is not 20 digits"
    if currency and not _CURRENCY.fullmatch(currency):
        yield "currency_unknown", f"Moneda {currency[:20]!r} is no currency"
    if cfdi.payment_method:
        yield from _payment_method(cfdi)
    yield from _lines(cfdi, is_40=is_40)
    for group in cfdi.related:
        yield from _relation(group)


def _lines(cfdi: Cfdi, *, is_40: bool) -> Iterator[Problem]:
    for number, line in enumerate(cfdi.concepts, start=1):
        if not (
            line.clave_prod_serv
            and line.clave_unidad
            and line.descripcion
            and (line.objeto_imp or not is_40)
        ):
            yield from _line_missing(number, line, is_40=is_40)
        text, key, unit = line.descripcion, line.no_identificacion, line.unidad
        if len(text) > TEXT_CHARS or "|" in text:
            yield from _text(f"line {number}: Descripcion", text, TEXT_CHARS)
        if len(key) > NUMBER_CHARS or "|" in key:
            yield from _text(f"line {number}: NoIdentificacion", key, NUMBER_CHARS)
        if len(unit) > UNIT_CHARS or "|" in unit:
            yield from _text(f"line {number}: Unidad", unit, UNIT_CHARS)


def _line_missing(number: int, line: Concept, *, is_40: bool) -> Iterator[Problem]:
    for name, text in (
        ("ClaveProdServ", line.clave_prod_serv),
        ("ClaveUnidad", line.clave_unidad),
        ("Descripcion", line.descripcion),
        ("ObjetoImp", line.objeto_imp or not is_40),
    ):
        if not text:
            yield "attribute_missing", f"line {number}: {name} is missing"


def _text(name: str, text: str, limit: int) -> Iterator[Problem]:
    if len(text) > limit:
        yield "text_too_long", f"{name} has {len(text)} characters, the limit is {limit}"
    if "|" in text:
        yield "text_has_pipe", f"{name} has a |, which the cadena original forbids"


def _payment_method(cfdi: Cfdi) -> Iterator[Problem]:
    if cfdi.payment_method not in ("PUE", "PPD"):
        yield "payment_method_unknown", f"MetodoPago {cfdi.payment_method[:20]!r}"
    if cfdi.payment_method == "PPD" and cfdi.payment_form != "99":
        yield "payment_form_of_ppd", f"FormaPago of PPD is {cfdi.payment_form or 'absent'}, not 99"


def _relation(group: Related) -> Iterator[Problem]:
    if not _RELATION.fullmatch(group.kind):
        yield "relation_unknown", f"TipoRelacion {group.kind[:20]!r} is none of 01 to 09"
    if not group.uuids:
        yield "related_uuid_missing", "a group of related documents names none"
    for uuid in group.uuids:
        if not UUID.fullmatch(uuid):
            yield "related_uuid_malformed", f"related UUID {uuid[:60]!r} has a wrong form"
