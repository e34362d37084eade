"""What a document must carry, and in which form. Source: CFDI sheet 3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal_pipeline.cfdi.values import UUID
from portal_pipeline.core.cfdi import Cfdi, Concept

Problem = tuple[str, str]
"""(code, text)."""
RFC = re.compile(r"[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{2}[0-9A]")
_RELATION = re.compile(r"0[1-9]")
SERIE_CHARS, FOLIO_CHARS, NAME_CHARS, TEXT_CHARS = 25, 40, 300, 1000


def structure_problems(cfdi: Cfdi) -> Iterator[Problem]:
    """What is missing, too long or of a wrong form."""
    if not cfdi.is_sealed:
        yield "seal_missing", "the document carries no Sello"
    if not cfdi.concepts:
        yield "concept_missing", "the document has no Concepto"
    yield from _missing(cfdi)
    for name, rfc in (("Emisor", cfdi.issuer_rfc), ("Receptor", cfdi.receiver_rfc)):
        if rfc and not RFC.fullmatch(rfc):
            yield "rfc_malformed", f"{name}: Rfc {rfc[:20]!r} has a wrong form"
    for name, text, limit in (
        ("Serie", cfdi.serie, SERIE_CHARS),
        ("Folio", cfdi.folio, FOLIO_CHARS),
        ("CondicionesDePago", cfdi.conditions, TEXT_CHARS),
        ("Nombre of the Emisor", cfdi.issuer_name, NAME_CHARS),
        ("Nombre of the Receptor", cfdi.receiver_name, NAME_CHARS),
    ):
        yield from _text(name, text, limit)
    yield from _payment_method(cfdi)
    for number, line in enumerate(cfdi.concepts, start=1):
        yield from _line(cfdi.version, f"line {number}", line)
    for group in cfdi.related:
        if not _RELATION.fullmatch(group.kind):
            yield "relation_unknown", f"TipoRelacion {group.kind[:20]!r} is none of 01 to 09"
        for uuid in group.uuids:
            if not UUID.fullmatch(uuid):
                yield "related_uuid_malformed", f"related UUID {uuid[:60]!r} has a wrong form"


def _missing(cfdi: Cfdi) -> Iterator[Problem]:
    needed = {
        "NoCertificado": cfdi.certificate_number,
        "LugarExpedicion": cfdi.place_of_issue,
        "Emisor RegimenFiscal": cfdi.issuer_regime,
        "Receptor UsoCFDI": cfdi.cfdi_use,
    }
    if cfdi.version == "4.0":
        needed |= {
            "Exportacion": cfdi.export,
            "Emisor Nombre": cfdi.issuer_name,
            "Receptor Nombre": cfdi.receiver_name,
            "Receptor DomicilioFiscalReceptor": cfdi.receiver_postal_code,
            "Receptor RegimenFiscalReceptor": cfdi.receiver_regime,
        }
    for name, text in needed.items():
        if not text:
            yield "attribute_missing", f"{name} is missing"


def _line(version: str, where: str, line: Concept) -> Iterator[Problem]:
    needed = {
        "ClaveProdServ": line.clave_prod_serv,
        "ClaveUnidad": line.clave_unidad,
        "Descripcion": line.descripcion,
    }
    if version == "4.0":
        needed["ObjetoImp"] = line.objeto_imp
    for name, text in needed.items():
        if not text:
            yield "attribute_missing", f"{where}: {name} is missing"
    yield from _text(f"{where}: Descripcion", line.descripcion, TEXT_CHARS)


def _text(name: str, text: str, limit: int) -> Iterator[Problem]:
    if len(text) > limit:
        yield "text_too_long", f"{name} has {len(text)} characters, the limit is {limit}"
    if "|" in text:
        yield "text_has_pipe", f"{name} has a |, which the cadena original forbids"


def _payment_method(cfdi: Cfdi) -> Iterator[Problem]:
    if cfdi.payment_method not in ("", "PUE", "PPD"):
        yield "payment_method_unknown", f"MetodoPago {cfdi.payment_method[:20]!r}"
    if cfdi.payment_method == "PPD" and cfdi.payment_form != "99":
        yield "payment_form_of_ppd", f"FormaPago of PPD is {cfdi.payment_form or 'absent'}, not 99"
