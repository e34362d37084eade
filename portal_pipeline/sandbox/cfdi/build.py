"""Specs to XML bytes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from lxml import etree

from portal_pipeline.sandbox.cfdi.specs import (
    ComplementSpec,
    CreditNoteSpec,
    InvoiceSpec,
    LineSpec,
    PaymentSpec,
    TaxSpec,
    rounded,
)

CFDI = {"4.0": "http://www.sat.gob.mx/cfd/4", "3.3": "http://www.sat.gob.mx/cfd/3"}
TFD = "http://www.sat.gob.mx/TimbreFiscalDigital"
PAGO20 = "http://www.sat.gob.mx/Pagos20"
IMPLOCAL = "http://www.sat.gob.mx/implocal"
# The sandbox has no keys: these look like seals and verify as nothing.
SEAL = "U2VsbG8gZGUgcHJ1ZWJhIGRlbCBtdW5kbyBzaW11bGFkbw=="
CERTIFICATE = "Q2VydGlmaWNhZG8gZGUgcHJ1ZWJhIGRlbCBtdW5kbyBzaW11bGFkbw=="
CERTIFICATE_NUMBER = "30001000000500003416"
PAC_RFC = "SPR190613I52"

Element = etree._Element


def build_invoice(spec: InvoiceSpec) -> bytes:
    """A stamped invoice (type I), version 4.0 or 3.3."""
    return _document(spec, "I")


def build_credit_note(spec: CreditNoteSpec) -> bytes:
    """A stamped credit note (type E)."""
    return _document(spec, "E")


def _document(spec: InvoiceSpec | CreditNoteSpec, kind: str) -> bytes:
    namespace = CFDI[spec.version]
    root = etree.Element(f"{{{namespace}}}Comprobante", nsmap={"cfdi": namespace, "tfd": TFD})
    is_40 = spec.version == "4.0"
    _set(
        root,
        Version=spec.version,
        Serie=spec.serie,
        Folio=spec.folio,
        Fecha=_time(spec.issued_at),
        Sello=SEAL,
        FormaPago=spec.payment_form,
        NoCertificado=CERTIFICATE_NUMBER,
        Certificado=CERTIFICATE,
        CondicionesDePago=spec.conditions,
        SubTotal=_amount(spec.subtotal),
        Descuento=_amount(spec.discount) if spec.discount else "",
        Moneda=spec.currency,
        TipoCambio=_rate(spec.exchange_rate),
        Total=_amount(spec.total),
        TipoDeComprobante=kind,
        Exportacion="01" if is_40 else "",
        MetodoPago=spec.payment_method,
        LugarExpedicion=spec.issuer.postal_code,
    )
    _relations(root, namespace, spec.relations)
    _parties(root, namespace, spec, is_40=is_40)
    concepts = etree.SubElement(root, f"{{{namespace}}}Conceptos")
    for line in spec.lines:
        _concept(concepts, namespace, line, is_40=is_40)
    _tax_summary(root, namespace, spec, is_40=is_40)
    complement = _stamp(root, namespace, spec.uuid, spec.issued_at)
    if spec.local_charged:
        complement.insert(0, _local_taxes(spec.local_charged))
    if spec.addenda is not None:
        root.append(etree.Element(f"{{{namespace}}}Addenda"))
        root[-1].append(etree.fromstring(spec.addenda))
    return _bytes(root)


def _relations(
    root: Element, namespace: str, relations: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    for kind, uuids in relations:
        group = etree.SubElement(root, f"{{{namespace}}}CfdiRelacionados", TipoRelacion=kind)
        for one in uuids:
            etree.SubElement(group, f"{{{namespace}}}CfdiRelacionado", UUID=one)


def _parties(
    root: Element,
    namespace: str,
    spec: InvoiceSpec | CreditNoteSpec | ComplementSpec,
    *,
    is_40: bool,
    cfdi_use: str = "",
) -> None:
    issuer, receiver = spec.issuer, spec.receiver
    _child(
        root,
        namespace,
        "Emisor",
        Rfc=issuer.rfc,
        Nombre=issuer.name,
        RegimenFiscal=issuer.regime,
    )
    _child(
        root,
        namespace,
        "Receptor",
        Rfc=receiver.rfc,
        Nombre=receiver.name,
        DomicilioFiscalReceptor=receiver.postal_code if is_40 else "",
        RegimenFiscalReceptor=receiver.regime if is_40 else "",
        UsoCFDI=cfdi_use or getattr(spec, "cfdi_use", ""),
    )


def _concept(parent: Element, namespace: str, line: LineSpec, *, is_40: bool) -> None:
    concept = _child(
        parent,
        namespace,
        "Concepto",
        ClaveProdServ=line.product_key,
        NoIdentificacion=line.sku,
        Cantidad=format(line.quantity, "f"),
        ClaveUnidad=line.unit_key,
        Unidad=line.unit,
        Descripcion=line.description,
        ValorUnitario=format(line.unit_price, "f"),
        Importe=_amount(line.amount),
        Descuento=_amount(line.discount) if line.discount else "",
        ObjetoImp=("02" if line.taxes else "01") if is_40 else "",
    )
    if not line.taxes:
        return
    taxes = _child(concept, namespace, "Impuestos")
    for is_withheld, group_name, name in (
        (False, "Traslados", "Traslado"),
        (True, "Retenciones", "Retencion"),
    ):
        chosen = [tax for tax in line.taxes if tax.is_withheld == is_withheld]
        if chosen:
            group = _child(taxes, namespace, group_name)
            for tax in chosen:
                _child(group, namespace, name, **_tax(tax, line.base, line.tax_amount(tax)))


def _tax(tax: TaxSpec, base: Decimal, amount: Decimal) -> dict[str, str]:
    is_exempt = tax.rate is None
    return {
        "Base": _amount(base),
        "Impuesto": tax.code,
        "TipoFactor": "Exento" if is_exempt else "Tasa",
        "TasaOCuota": "" if tax.rate is None else f"{tax.rate:.6f}",
        "Importe": "" if is_exempt else _amount(amount),
    }


def _local_taxes(charged: Decimal) -> Element:
    """The tax on lodging, the one that suppliers charge most often. Source: CFDI sheet 4.5."""
    local = etree.Element(f"{{{IMPLOCAL}}}ImpuestosLocales", nsmap={"implocal": IMPLOCAL})
    _set(local, version="1.0", TotaldeRetenciones="0.00", TotaldeTraslados=_amount(charged))
    row = {"ImpLocTrasladado": "ISH", "TasadeTraslado": "3.00", "Importe": _amount(charged)}
    _child(local, IMPLOCAL, "TrasladosLocales", **row)
    return local


def _tax_summary(
    root: Element, namespace: str, spec: InvoiceSpec | CreditNoteSpec, *, is_40: bool
) -> None:
    charged, withheld = spec.tax_sums(is_withheld=False), spec.tax_sums(is_withheld=True)
    if not charged and not withheld:
        return
    has_rate = any(rate is not None for _, rate in charged)
    summary = _child(
        root,
        namespace,
        "Impuestos",
        TotalImpuestosRetenidos=_amount(spec.withheld) if withheld else "",
        TotalImpuestosTrasladados=_amount(spec.charged) if has_rate else "",
    )
    if withheld:
        by_code: dict[str, Decimal] = {}
        for (code, _), (_, amount) in withheld.items():
            by_code[code] = by_code.get(code, Decimal(0)) + amount
        group = _child(summary, namespace, "Retenciones")
        for code, amount in by_code.items():
            _child(group, namespace, "Retencion", Impuesto=code, Importe=_amount(amount))
    rows = {
        key: sums
        for key, sums in charged.items()
        if key[1] is not None or is_40  # 3.3 leaves exempt taxes out of the summary
    }
    if rows:
        group = _child(summary, namespace, "Traslados")
        for (code, rate), (base, amount) in rows.items():
            values = _tax(TaxSpec(code, rate), base, amount)
            if not is_40:
                del values["Base"]
            _child(group, namespace, "Traslado", **values)


def build_complement(spec: ComplementSpec) -> bytes:
    """A stamped payment complement (type P, Pagos 2.0)."""
    namespace = CFDI["4.0"]
    root = etree.Element(
        f"{{{namespace}}}Comprobante", nsmap={"cfdi": namespace, "pago20": PAGO20, "tfd": TFD}
    )
    _set(
        root,
        Version="4.0",
        Serie=spec.serie,
        Folio=spec.folio,
        Fecha=_time(spec.issued_at),
        Sello=SEAL,
        NoCertificado=CERTIFICATE_NUMBER,
        Certificado=CERTIFICATE,
        SubTotal="0",
        Moneda="XXX",
        Total="0",
        TipoDeComprobante="P",
        Exportacion="01",
        LugarExpedicion=spec.issuer.postal_code,
    )
    _relations(root, namespace, spec.relations)
    _parties(root, namespace, spec, is_40=True, cfdi_use="CP01")
    _child(
        _child(root, namespace, "Conceptos"),
        namespace,
        "Concepto",
        ClaveProdServ="84111506",
        Cantidad="1",
        ClaveUnidad="ACT",
        Descripcion="Pago",
        ValorUnitario="0",
        Importe="0",
        ObjetoImp="01",
    )
    complement = _stamp(root, namespace, spec.uuid, spec.issued_at)
    payments = etree.Element(f"{{{PAGO20}}}Pagos", Version="2.0")
    complement.insert(0, payments)
    total = sum((p.amount * p.exchange_rate for p in spec.payments), Decimal(0))
    _child(payments, PAGO20, "Totales", MontoTotalPagos=_amount(rounded(total)))
    for payment in spec.payments:
        _payment(payments, payment)
    return _bytes(root)


def _payment(parent: Element, payment: PaymentSpec) -> None:
    node = _child(
        parent,
        PAGO20,
        "Pago",
        FechaPago=_time(payment.paid_at),
        FormaDePagoP=payment.form,
        MonedaP=payment.currency,
        TipoCambioP=_rate(payment.exchange_rate),
        Monto=_amount(payment.amount),
        NumOperacion=payment.operation,
    )
    for document in payment.documents:
        _child(
            node,
            PAGO20,
            "DoctoRelacionado",
            IdDocumento=document.uuid,
            Serie=document.serie,
            Folio=document.folio,
            MonedaDR=document.currency,
            EquivalenciaDR=_rate(document.equivalence),
            NumParcialidad=str(document.instalment),
            ImpSaldoAnt=_amount(document.balance_before),
            ImpPagado=_amount(document.paid),
            ImpSaldoInsoluto=_amount(document.balance_before - document.paid),
            ObjetoImpDR="01",
        )


def _stamp(root: Element, namespace: str, uuid: str, at: datetime) -> Element:
    complement = _child(root, namespace, "Complemento")
    _child(
        complement,
        TFD,
        "TimbreFiscalDigital",
        Version="1.1",
        UUID=uuid,
        FechaTimbrado=_time(at),
        RfcProvCertif=PAC_RFC,
        SelloCFD=SEAL,
        NoCertificadoSAT=CERTIFICATE_NUMBER,
        SelloSAT=SEAL,
    )
    return complement


def _child(parent: Element, namespace: str, name: str, **values: str) -> Element:
    node = etree.SubElement(parent, f"{{{namespace}}}{name}")
    _set(node, **values)
    return node


def _set(node: Element, **values: str) -> None:
    """Set attributes in order; an empty one is left out."""
    for name, value in values.items():
        if value:
            node.set(name, value)


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


def _rate(value: Decimal | None) -> str:
    if value is None:
        return ""
    return "1" if value == 1 else format(value.normalize(), "f")


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S")


def _bytes(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
