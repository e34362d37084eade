"""Small stamped CFDIs for these tests, written apart from product and sandbox."""

from __future__ import annotations

import uuid as uuid_module
from decimal import Decimal

TENANT_RFC = "AAA010101AAA"
SUPPLIER_RFC = "EKU9003173C9"


def uuid_of(name: str) -> str:
    """The same upper-case UUID for the same name."""
    return str(uuid_module.uuid5(uuid_module.NAMESPACE_OID, name)).upper()


def cfdi_xml(
    name: str,
    *,
    total: str = "116.00",
    tipo: str = "I",
    metodo: str = "PPD",
    currency: str = "MXN",
    rate: str = "",
    issued: str = "2026-03-10T09:30:00",
    receiver: str = TENANT_RFC,
    serie: str = "F",
    related: tuple[str, str] | None = None,
    paid: tuple[tuple[str, str], ...] = (),
    version: str = "4.0",
) -> bytes:
    """A CFDI whose UUID and folio derive from ``name``; VAT of 16 % is within the total."""
    base = (Decimal(total) / Decimal("1.16")).quantize(Decimal("0.01"))
    tax = Decimal(total) - base
    rate_text = f' TipoCambio="{rate}"' if rate else ""
    relation = ""
    if related:
        relation = (
            f'<cfdi:CfdiRelacionados TipoRelacion="{related[0]}">'
            f'<cfdi:CfdiRelacionado UUID="{related[1]}"/></cfdi:CfdiRelacionados>'
        )
    documents = "".join(
        f'<pago20:DoctoRelacionado IdDocumento="{paid_uuid}" MonedaDR="MXN" EquivalenciaDR="1"'
        f' NumParcialidad="1" ImpSaldoAnt="{amount}" ImpPagado="{amount}" ImpSaldoInsoluto="0"/>'
        for paid_uuid, amount in paid
    )
    payments = (
        f'<pago20:Pagos Version="2.0"><pago20:Pago FechaPago="2026-03-20T12:00:00"'
        f' FormaDePagoP="03" MonedaP="MXN" Monto="{total}">{documents}</pago20:Pago></pago20:Pagos>'
        if paid
        else ""
    )
    taxes = (
        f'<cfdi:Impuestos><cfdi:Traslados><cfdi:Traslado Base="{base}" Impuesto="002"'
        f' TipoFactor="Tasa" TasaOCuota="0.160000" Importe="{tax}"/></cfdi:Traslados>'
        "</cfdi:Impuestos>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/{version[0]}"'
        ' xmlns:pago20="http://www.sat.gob.mx/Pagos20"'
        ' xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital"'
        f' Version="{version}" Sello="U2VsbG8="'
        f' Serie="{serie}" Folio="{name}" Fecha="{issued}" Moneda="{currency}"'
        f'{rate_text} SubTotal="{base}" Total="{total}" TipoDeComprobante="{tipo}"'
        f' MetodoPago="{metodo}" FormaPago="99" LugarExpedicion="64000">{relation}'
        f'<cfdi:Emisor Rfc="{SUPPLIER_RFC}" Nombre="KEMPER" RegimenFiscal="601"/>'
        f'<cfdi:Receptor Rfc="{receiver}" Nombre="COMPRADORA" UsoCFDI="G03"/>'
        '<cfdi:Conceptos><cfdi:Concepto ClaveProdServ="01010101" Cantidad="1" ClaveUnidad="H87"'
        f' Descripcion="Material {name}" ValorUnitario="{base}" Importe="{base}">{taxes}'
        f"</cfdi:Concepto></cfdi:Conceptos>{taxes}<cfdi:Complemento>{payments}"
        f'<tfd:TimbreFiscalDigital Version="1.1" UUID="{uuid_of(name)}"'
        ' FechaTimbrado="2026-03-10T09:31:00"/></cfdi:Complemento></cfdi:Comprobante>'
    ).encode()
