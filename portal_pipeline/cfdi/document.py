"""The root element of a CFDI to its model; everything wrong in it goes to ``values``."""

from __future__ import annotations

from portal_pipeline.cfdi.namespaces import (
    LOCAL_TAXES,
    TFD,
    VERSIONS,
    Element,
    children,
    complements,
)
from portal_pipeline.cfdi.payments import read_payments
from portal_pipeline.cfdi.values import UUID, Values
from portal_pipeline.core.cfdi import ZERO, Cfdi, CfdiTax, Concept, Related

TYPES = frozenset("IEPNT")
_NAMESPACES = {version: namespace for namespace, version in VERSIONS.items()}


def read_document(root: Element, version: str, values: Values) -> Cfdi:
    """The document; meaningless amounts in it are counted in ``values.unreadable``."""
    namespace = _NAMESPACES[version]
    issuer, receiver, summary = (
        _only(root, namespace, name, values) for name in ("Emisor", "Receptor", "Impuestos")
    )
    stamps = list(complements(root, TFD, "TimbreFiscalDigital"))
    local = list(complements(root, LOCAL_TAXES, "ImpuestosLocales"))
    kind = values.needed(root, "TipoDeComprobante")
    if kind and kind not in TYPES:
        values.note("type_unknown", f"TipoDeComprobante {kind[:20]!r} is none of I, E, P, N, T")
    payments, payments_total = read_payments(root, values)
    values.place = "Comprobante"
    return Cfdi(
        version=version,
        type=kind,
        uuid=_uuid(stamps, values),
        stamped_at=values.time(stamps[0], "FechaTimbrado") if stamps else None,
        issued_at=values.time(root, "Fecha"),
        serie=values.text(root, "Serie"),
        folio=values.text(root, "Folio"),
        subtotal=values.required(root, "SubTotal"),
        discount=values.amount(root, "Descuento"),
        total=values.required(root, "Total"),
        currency=values.needed(root, "Moneda"),
        exchange_rate=values.number(root, "TipoCambio"),
        payment_method=values.text(root, "MetodoPago"),
        payment_form=values.text(root, "FormaPago"),
        conditions=values.text(root, "CondicionesDePago"),
        export=values.text(root, "Exportacion"),
        place_of_issue=values.text(root, "LugarExpedicion"),
        certificate_number=values.text(root, "NoCertificado"),
        issuer_rfc=_rfc(issuer, "Emisor", values),
        issuer_name=values.text(issuer, "Nombre"),
        issuer_regime=values.text(issuer, "RegimenFiscal"),
        receiver_rfc=_rfc(receiver, "Receptor", values),
        receiver_name=values.text(receiver, "Nombre"),
        receiver_regime=values.text(receiver, "RegimenFiscalReceptor"),
        receiver_postal_code=values.text(receiver, "DomicilioFiscalReceptor"),
        cfdi_use=values.text(receiver, "UsoCFDI"),
        concepts=_concepts(root, namespace, values),
        charged=_taxes(summary, namespace, "Traslados", "Traslado", values),
        withheld=_taxes(summary, namespace, "Retenciones", "Retencion", values),
        total_charged=values.number(summary, "TotalImpuestosTrasladados"),
        total_withheld=values.number(summary, "TotalImpuestosRetenidos"),
        local_charged=sum((values.amount(one, "TotaldeTraslados") for one in local), ZERO),
        local_withheld=sum((values.amount(one, "TotaldeRetenciones") for one in local), ZERO),
        related=_related(root, namespace, values),
        payments=payments,
        payments_total=payments_total,
        is_sealed=bool(values.text(root, "Sello")),
        is_stamped=bool(stamps),
    )


def _only(parent: Element, namespace: str, name: str, values: Values) -> Element | None:
    """The child of that name; a second one would say something that nobody reads."""
    found = list(children(parent, namespace, name))
    if len(found) > 1:
        values.note("element_repeated", f"{values.place}: {name} is there {len(found)} times")
    return found[0] if found else None


def _rfc(node: Element | None, party: str, values: Values) -> str:
    values.place = party
    rfc = values.needed(node, "Rfc").upper()
    values.place = "Comprobante"
    return rfc


def _uuid(stamps: list[Element], values: Values) -> str:
    """The UUID of the first stamp that has one; only a well-formed one names a document."""
    uuids = [uuid for stamp in stamps if (uuid := values.uuid(stamp, "UUID"))]
    if not uuids:
        values.note("uuid_missing", "the document is not stamped: it has no UUID")
        return ""
    if len(set(uuids)) > 1:
        values.note("two_stamps", f"stamped with several UUIDs: {', '.join(uuids)}")
    elif len(uuids) > 1:
        values.note("repeated_stamp", f"stamped {len(uuids)} times with one UUID", "warning")
    if not UUID.fullmatch(uuids[0]):
        values.note("uuid_malformed", f"the UUID {uuids[0][:60]!r} has a wrong form")
        return ""
    return uuids[0]


def _concepts(root: Element, namespace: str, values: Values) -> tuple[Concept, ...]:
    found = []
    for number, node in enumerate(children(root, namespace, "Conceptos", "Concepto"), start=1):
        values.place = f"Concepto {number}"
        taxes = _only(node, namespace, "Impuestos", values)
        found.append(
            Concept(
                clave_prod_serv=values.text(node, "ClaveProdServ"),
                no_identificacion=values.text(node, "NoIdentificacion"),
                cantidad=values.required(node, "Cantidad"),
                clave_unidad=values.text(node, "ClaveUnidad"),
                unidad=values.text(node, "Unidad"),
                descripcion=values.text(node, "Descripcion"),
                valor_unitario=values.required(node, "ValorUnitario"),
                importe=values.required(node, "Importe"),
                descuento=values.amount(node, "Descuento"),
                objeto_imp=values.text(node, "ObjetoImp"),
                traslados=_taxes(taxes, namespace, "Traslados", "Traslado", values),
                retenciones=_taxes(taxes, namespace, "Retenciones", "Retencion", values),
            )
        )
    values.place = "Comprobante"
    return tuple(found)


def _taxes(
    parent: Element | None, namespace: str, group: str, name: str, values: Values
) -> tuple[CfdiTax, ...]:
    return tuple(
        CfdiTax(
            impuesto=values.text(node, "Impuesto"),
            tipo_factor=values.text(node, "TipoFactor"),
            tasa=values.number(node, "TasaOCuota"),
            base=values.number(node, "Base"),
            importe=values.number(node, "Importe"),
        )
        for node in children(parent, namespace, group, name)
    )


def _related(root: Element, namespace: str, values: Values) -> tuple[Related, ...]:
    return tuple(
        Related(
            kind=values.text(group, "TipoRelacion"),
            uuids=tuple(
                values.uuid(node, "UUID") for node in children(group, namespace, "CfdiRelacionado")
            ),
        )
        for group in children(root, namespace, "CfdiRelacionados")
    )
