"""The portal's own reading of a CFDI: from XML to the CfdiRaw of its answers.

Deliberately not the product's reader, which the sandbox is there to test. Versions 3.3 and 4.0.
Source: portal API sheet 4.2 (names of CfdiRaw).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from portal_pipeline.core.wire import dump_json
from portal_pipeline.sandbox.portal.records import CfdiFacts

XML_BYTES_MAX = 5_000_000

_HEAD = {
    "Version": "version",
    "Serie": "serie",
    "Folio": "folio",
    "Fecha": "fecha_emision",
    "FormaPago": "forma_pago",
    "MetodoPago": "metodo_pago",
    "CondicionesDePago": "condiciones_pago",
    "Moneda": "moneda",
    "TipoCambio": "tipo_cambio",
    "TipoDeComprobante": "tipo_comprobante",
    "SubTotal": "subtotal",
    "Descuento": "descuento",
    "Total": "total",
    "Exportacion": "exportacion",
    "LugarExpedicion": "lugar_expedicion",
    "Confirmacion": "confirmacion",
    "NoCertificado": "numero_certificado",
}
_ISSUER = {"Rfc": "rfc", "Nombre": "nombre", "RegimenFiscal": "regimen_fiscal"}
_RECEIVER = {
    "Rfc": "rfc",
    "Nombre": "nombre",
    "UsoCFDI": "uso_cfdi",
    "RegimenFiscalReceptor": "regimen_fiscal_receptor",
    "DomicilioFiscalReceptor": "domicilio_fiscal_receptor",
}
_CONCEPT = {
    "ClaveProdServ": "clave_producto_servicio",
    "NoIdentificacion": "numero_identificacion",
    "Cantidad": "cantidad",
    "ClaveUnidad": "clave_unidad",
    "Unidad": "unidad",
    "Descripcion": "description",
    "ValorUnitario": "valor_unitario",
    "Importe": "importe",
    "Descuento": "descuento",
    "ObjetoImp": "objeto_imp",
}
_TAX = {
    "Base": "base",
    "Impuesto": "impuesto",
    "TipoFactor": "tipo_factor",
    "TasaOCuota": "tasa_cuota",
    "Importe": "importe",
}
_STAMP = {
    "UUID": "uuid",
    "FechaTimbrado": "fecha_timbrado",
    "NoCertificadoSAT": "numero_certificado_sat",
    "RfcProvCertif": "rfc_proveedor_certificacion",
    "SelloCFD": "sello_cfd",
    "SelloSAT": "sello_sat",
    "Version": "version",
}
_PAYMENT = {
    "FechaPago": "fecha_pago",
    "FormaDePagoP": "forma_pago",
    "MonedaP": "moneda",
    "TipoCambioP": "tipo_cambio",
    "Monto": "monto",
    "NumOperacion": "numero_operacion",
}
_PAID_DOCUMENT = {
    "IdDocumento": "id_documento",
    "Serie": "serie",
    "Folio": "folio",
    "MonedaDR": "moneda_dr",
    "EquivalenciaDR": "equivalencia_dr",
    "TipoCambioDR": "tipo_cambio_dr",
    "NumParcialidad": "numero_parcialidad",
    "ImpSaldoAnt": "importe_saldo_ant",
    "ImpPagado": "importe_pagado",
    "ImpSaldoInsoluto": "importe_saldo_insoluto",
    "ObjetoImpDR": "objeto_imp_dr",
}
_LOCAL_TAX_KINDS = {"TrasladosLocales": "traslados", "RetencionesLocales": "retenciones"}
_NUMBERS = frozenset(
    [
        "TipoCambio",
        "SubTotal",
        "Descuento",
        "Total",
        "Cantidad",
        "ValorUnitario",
        "Importe",
        "Base",
        "TasaOCuota",
        "Monto",
        "TipoCambioP",
        "EquivalenciaDR",
        "TipoCambioDR",
        "NumParcialidad",
        "ImpSaldoAnt",
        "ImpPagado",
        "ImpSaldoInsoluto",
        "TotaldeTraslados",
        "TotaldeRetenciones",
    ]
)
_TAX_NAMES = {
    ("traslados", "002"): "iva_trasladado",
    ("retenciones", "002"): "iva_retenido",
    ("retenciones", "001"): "isr_retenido",
}


class NotACfdi(ValueError):
    """The bytes are no stamped CFDI 3.3 or 4.0."""


def read_cfdi(xml: bytes, time_zone: str) -> CfdiFacts:
    """What the portal keeps of a CFDI; issue times are taken as local to ``time_zone``.

    Raises:
        NotACfdi: when the bytes are not a stamped CFDI.
    """
    root = _parse(xml)
    raw = _raw(root)
    uuid = raw.get("timbre", {}).get("uuid", "")
    if not uuid:
        raise NotACfdi("no stamp with a UUID")
    try:
        issued = datetime.fromisoformat(raw["fecha_emision"])
        rate = raw.get("tipo_cambio", Decimal(1))
        return CfdiFacts(
            uuid=uuid.strip().upper(),
            version=raw.get("version", ""),
            serie=raw.get("serie", ""),
            folio=raw.get("folio", ""),
            tipo=raw["tipo_comprobante"],
            currency=raw["moneda"],
            exchange_rate=rate,
            total=raw["total"],
            subtotal=raw["subtotal"],
            issued_at=issued.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC),
            issued_on=issued.date(),
            metodo_pago=raw.get("metodo_pago", ""),
            issuer_rfc=raw["emisor"]["rfc"],
            issuer_name=raw["emisor"].get("nombre", ""),
            receiver_rfc=raw["receptor"]["rfc"],
            receiver_name=raw["receptor"].get("nombre", ""),
            uso_cfdi=raw["receptor"].get("uso_cfdi", ""),
            taxes=_tax_sums(raw),
            concepts=tuple(c.get("description", "") for c in raw["conceptos"]),
            raw=dump_json(raw),
        )
    except (KeyError, ValueError) as error:
        raise NotACfdi(f"missing or unreadable: {error}") from error


def _parse(xml: bytes) -> etree._Element:
    if len(xml) > XML_BYTES_MAX:
        raise NotACfdi(f"more than {XML_BYTES_MAX} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise NotACfdi(f"not XML: {error}") from error
    if _name(root) != "Comprobante":
        raise NotACfdi(f"root is {_name(root)}")
    return root


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(element: etree._Element | None, *path: str) -> Iterator[etree._Element]:
    """The elements under a path of local names, whatever their namespace (3.3 or 4.0)."""
    if element is None:
        return
    for child in element.iterchildren(tag=etree.Element):
        if _name(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from _children(child, *path[1:])


def _first(element: etree._Element, *path: str) -> etree._Element | None:
    return next(_children(element, *path), None)


def _values(element: etree._Element | None, names: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute, name in names.items():
        text = None if element is None else element.get(attribute)
        if text is not None:
            found[name] = _number(text) if attribute in _NUMBERS else text
    return found


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise NotACfdi(f"not a number: {text[:40]}") from error
    if not number.is_finite():
        raise NotACfdi(f"not a number: {text[:40]}")
    return number


def _taxes(element: etree._Element) -> dict[str, Any]:
    return {
        "traslados": [
            _values(tax, _TAX) for tax in _children(element, "Impuestos", "Traslados", "Traslado")
        ],
        "retenciones": [
            _values(tax, _TAX)
            for tax in _children(element, "Impuestos", "Retenciones", "Retencion")
        ],
    }


def _raw(root: etree._Element) -> dict[str, Any]:
    raw = _values(root, _HEAD)
    serie, folio = raw.get("serie", ""), raw.get("folio", "")
    raw["serie_folio"] = raw["identifier"] = f"{serie} {folio}".strip()
    raw["emisor"] = _values(_first(root, "Emisor"), _ISSUER)
    raw["receptor"] = _values(_first(root, "Receptor"), _RECEIVER)
    raw["conceptos"] = [
        _values(concept, _CONCEPT) | _taxes(concept)
        for concept in _children(root, "Conceptos", "Concepto")
    ]
    raw["impuestos"] = _taxes(root)
    raw["cfdis_relacionados"] = [
        {
            "tipo_relacion": group.get("TipoRelacion"),
            "uuids_relacionados": [
                related.get("UUID") for related in _children(group, "CfdiRelacionado")
            ],
        }
        for group in _children(root, "CfdiRelacionados")
    ]
    raw["complementos"] = _complements(root)
    stamp = _first(root, "Complemento", "TimbreFiscalDigital")
    if stamp is not None:
        raw["timbre"] = _values(stamp, _STAMP)
    return raw


def _complements(root: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pagos in _children(root, "Complemento", "Pagos"):
        name = "pagos20" if pagos.get("Version") == "2.0" else "pagos"
        found[name] = {
            "version": pagos.get("Version"),
            "pagos": [
                _values(pago, _PAYMENT)
                | {
                    "documentos_relacionados": [
                        _values(document, _PAID_DOCUMENT)
                        for document in _children(pago, "DoctoRelacionado")
                    ]
                }
                for pago in _children(pagos, "Pago")
            ],
        }
    for local in _children(root, "Complemento", "ImpuestosLocales"):
        found["impuestos_locales"] = {
            kind: [
                {"nombre": tax.get("ImpLocTrasladado") or tax.get("ImpLocRetenido")}
                | _values(tax, {"Importe": "importe"})
                for tax in _children(local, element)
            ]
            for element, kind in _LOCAL_TAX_KINDS.items()
        }
    return found


def _tax_sums(raw: dict[str, Any]) -> dict[str, Decimal]:
    sums = dict.fromkeys(
        (*_TAX_NAMES.values(), "otros_trasladado", "otros_retenido"), Decimal("0.00")
    )
    others = {"traslados": "otros_trasladado", "retenciones": "otros_retenido"}
    for side, other in others.items():
        for tax in raw["impuestos"][side]:
            name = _TAX_NAMES.get((side, tax.get("impuesto", "")), other)
            sums[name] += tax.get("importe", Decimal(0))
    return sums
