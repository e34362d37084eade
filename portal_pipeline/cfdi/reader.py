"""A CFDI's bytes to its model (versions 4.0 and 3.3; types I, E, P, N, T).

Source: CFDI sheet 3, 8 and 10. Namespaces count, never prefixes; the stamp and the payments are
read from every Complemento, from direct children only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from lxml import etree

from portal_pipeline.cfdi.namespaces import LOCAL_TAXES, PAGOS_10, PAGOS_20, TFD, VERSIONS
from portal_pipeline.cfdi.parsing import BYTES_MAX, ParseVerdict, parse
from portal_pipeline.cfdi.values import UUID, Values
from portal_pipeline.core.cfdi import (
    Cfdi,
    CfdiPayment,
    CfdiTax,
    Concept,
    DocumentFinding,
    PaidDocument,
    Related,
)

NODES_MAX = 50_000
"""Lines, payments or paid documents of one document."""

Element = etree._Element
_ZERO = Decimal(0)


class Verdict(StrEnum):
    """What a file is; the first that holds, in this order."""

    TOO_LARGE = "too_large"
    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    BROKEN_XML = "broken_xml"
    NOT_CFDI = "not_cfdi"
    UNSUPPORTED_VERSION = "unsupported_version"
    READABLE = "readable"


@dataclass(frozen=True)
class CfdiReading:
    """The verdict, its reason, and for a readable file the document with what is wrong in it."""

    verdict: Verdict
    reason: str = ""
    cfdi: Cfdi | None = None
    findings: tuple[DocumentFinding, ...] = ()
    version: str = ""
    root: Element | None = field(default=None, repr=False, compare=False)


def read_cfdi(data: bytes, *, max_bytes: int = BYTES_MAX) -> CfdiReading:
    """What the bytes are; never raises for any bytes.

    Args:
        data: the file as downloaded.
        max_bytes: larger files are refused unread.
    """
    parsed = parse(data, max_bytes)
    if parsed.verdict != ParseVerdict.XML or parsed.root is None:
        return CfdiReading(Verdict(parsed.verdict.value), parsed.reason)
    root = parsed.root
    name = etree.QName(root)
    if name.localname != "Comprobante" or name.namespace not in VERSIONS:
        return CfdiReading(Verdict.NOT_CFDI, f"the root is {name.text}"[:300])
    version = (root.get("Version") or root.get("version") or "").strip()
    if root.get("Version", "").strip() not in VERSIONS[name.namespace]:
        return CfdiReading(
            Verdict.UNSUPPORTED_VERSION,
            f"version {version or 'not given'}; 4.0 and 3.3 are read",
            version=version,
            root=root,
        )
    if sum(1 for _ in root.iter()) > NODES_MAX * 10:
        return CfdiReading(Verdict.TOO_LARGE, f"more than {NODES_MAX * 10} elements")
    values = Values()
    cfdi = _Document(root, name.namespace, values).read(version)
    return CfdiReading(Verdict.READABLE, "", cfdi, tuple(values.findings), version, root)


class _Document:
    """Reads one document; everything wrong goes to ``values``."""

    def __init__(self, root: Element, namespace: str, values: Values) -> None:
        self._root = root
        self._namespace = namespace
        self._values = values

    def read(self, version: str) -> Cfdi:
        root, values = self._root, self._values
        issuer, receiver = self._child("Emisor"), self._child("Receptor")
        summary = self._child("Impuestos")
        stamps = list(self._complements(TFD, "TimbreFiscalDigital"))
        uuid = self._stamped(stamps)
        payments, payments_total = self._payments()
        local = list(self._complements(LOCAL_TAXES, "ImpuestosLocales"))
        return Cfdi(
            version=version,
            type=values.text(root, "TipoDeComprobante"),
            uuid=uuid,
            stamped_at=values.time(stamps[0], "FechaTimbrado") if stamps else None,
            issued_at=values.time(root, "Fecha"),
            serie=values.text(root, "Serie"),
            folio=values.text(root, "Folio"),
            subtotal=values.required(root, "SubTotal"),
            discount=values.amount(root, "Descuento"),
            total=values.required(root, "Total"),
            total_text=(root.get("Total") or "").strip(),
            currency=values.text(root, "Moneda"),
            exchange_rate=values.number(root, "TipoCambio"),
            payment_method=values.text(root, "MetodoPago"),
            payment_form=values.text(root, "FormaPago"),
            conditions=values.text(root, "CondicionesDePago"),
            issuer_rfc=self._party(issuer, "Rfc", "Emisor"),
            issuer_name=values.text(issuer, "Nombre") if issuer is not None else "",
            receiver_rfc=self._party(receiver, "Rfc", "Receptor"),
            receiver_name=values.text(receiver, "Nombre") if receiver is not None else "",
            cfdi_use=values.text(receiver, "UsoCFDI") if receiver is not None else "",
            concepts=self._concepts(),
            charged=self._taxes(summary, "Traslados", "Traslado"),
            withheld=self._taxes(summary, "Retenciones", "Retencion"),
            total_charged=self._optional(summary, "TotalImpuestosTrasladados"),
            total_withheld=self._optional(summary, "TotalImpuestosRetenidos"),
            local_charged=sum((values.amount(n, "TotaldeTraslados") for n in local), start=_ZERO),
            local_withheld=sum(
                (values.amount(n, "TotaldeRetenciones") for n in local), start=_ZERO
            ),
            related=self._related(),
            payments=payments,
            payments_total=payments_total,
            is_sealed=bool((root.get("Sello") or "").strip()),
            is_stamped=bool(stamps),
        )

    # -- navigation --------------------------------------------------------------------------

    def _child(self, name: str) -> Element | None:
        return self._root.find(f"{{{self._namespace}}}{name}")

    def _children(self, parent: Element | None, *names: str) -> list[Element]:
        """Elements at a path below a parent, at most ``NODES_MAX``."""
        if parent is None:
            return []
        path = "/".join(f"{{{self._namespace}}}{name}" for name in names)
        return self._limited(parent.iterfind(path), names[-1])

    def _limited(self, nodes: Iterator[Element], name: str) -> list[Element]:
        found: list[Element] = []
        for node in nodes:
            if len(found) >= NODES_MAX:
                self._values.error("too_many_nodes", f"more than {NODES_MAX} {name}")
                break
            found.append(node)
        return found

    def _complements(self, namespace: str, name: str) -> Iterator[Element]:
        for complement in self._root.iterfind(f"{{{self._namespace}}}Complemento"):
            yield from complement.iterfind(f"{{{namespace}}}{name}")

    # -- parts -------------------------------------------------------------------------------

    def _party(self, node: Element | None, name: str, party: str) -> str:
        text = self._values.text(node, name).upper() if node is not None else ""
        if not text:
            self._values.error("attribute_missing", f"{party}@{name} is missing")
        return text

    def _optional(self, node: Element | None, name: str) -> Decimal | None:
        return None if node is None else self._values.number(node, name)

    def _stamped(self, stamps: list[Element]) -> str:
        """The UUID of the first stamp; several different ones are a finding."""
        uuids = [self._values.uuid(stamp, "UUID") for stamp in stamps]
        if not uuids or not uuids[0]:
            self._values.error("uuid_missing", "the document is not stamped: it has no UUID")
            return ""
        if not UUID.match(uuids[0]):
            self._values.error("uuid_malformed", f"the UUID {uuids[0]!r} has a wrong form")
        if len(set(uuids)) > 1:
            self._values.error("two_stamps", f"stamped with several UUIDs: {', '.join(uuids)}")
        return uuids[0]

    def _concepts(self) -> tuple[Concept, ...]:
        values = self._values
        found = []
        for node in self._children(self._child("Conceptos"), "Concepto"):
            taxes = node.find(f"{{{self._namespace}}}Impuestos")
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
                    traslados=self._taxes(taxes, "Traslados", "Traslado"),
                    retenciones=self._taxes(taxes, "Retenciones", "Retencion"),
                )
            )
        return tuple(found)

    def _taxes(self, parent: Element | None, group: str, name: str) -> tuple[CfdiTax, ...]:
        values = self._values
        return tuple(
            CfdiTax(
                impuesto=values.text(node, "Impuesto"),
                tipo_factor=values.text(node, "TipoFactor"),
                tasa=values.number(node, "TasaOCuota"),
                base=values.number(node, "Base"),
                importe=values.number(node, "Importe"),
            )
            for node in self._children(parent, group, name)
        )

    def _related(self) -> tuple[Related, ...]:
        return tuple(
            Related(
                kind=self._values.text(group, "TipoRelacion"),
                uuids=tuple(
                    self._values.uuid(node, "UUID")
                    for node in self._children(group, "CfdiRelacionado")
                ),
            )
            for group in self._children(self._root, "CfdiRelacionados")
        )

    def _payments(self) -> tuple[tuple[CfdiPayment, ...], Decimal | None]:
        found: list[CfdiPayment] = []
        total: Decimal | None = None
        for namespace in (PAGOS_20, PAGOS_10):
            for pagos in self._complements(namespace, "Pagos"):
                totals = pagos.find(f"{{{namespace}}}Totales")
                if totals is not None:
                    total = (total or _ZERO) + self._values.amount(totals, "MontoTotalPagos")
                nodes = self._limited(pagos.iterfind(f"{{{namespace}}}Pago"), "Pago")
                found += [self._payment(node, namespace) for node in nodes]
        return tuple(found), total

    def _payment(self, node: Element, namespace: str) -> CfdiPayment:
        values = self._values
        amount = values.required(node, "Monto")
        documents = self._limited(
            node.iterfind(f"{{{namespace}}}DoctoRelacionado"), "DoctoRelacionado"
        )
        return CfdiPayment(
            paid_at=values.time(node, "FechaPago"),
            form=values.text(node, "FormaDePagoP"),
            currency=values.text(node, "MonedaP"),
            exchange_rate=values.number(node, "TipoCambioP"),
            amount=amount,
            operation=values.text(node, "NumOperacion"),
            documents=tuple(
                self._paid(one, amount if len(documents) == 1 else None) for one in documents
            ),
        )

    def _paid(self, node: Element, whole: Decimal | None) -> PaidDocument:
        """A paid document; Pagos 1.0 may leave the amount out where there is only one."""
        values = self._values
        paid = values.number(node, "ImpPagado")
        if paid is None and node.get("TipoCambioDR") is None and node.get("ImpPagado") is None:
            paid = whole
        return PaidDocument(
            uuid=values.uuid(node, "IdDocumento"),
            serie=values.text(node, "Serie"),
            folio=values.text(node, "Folio"),
            currency=values.text(node, "MonedaDR"),
            equivalence=values.number(node, "EquivalenciaDR"),
            instalment=values.text(node, "NumParcialidad"),
            balance_before=values.number(node, "ImpSaldoAnt"),
            paid=paid,
            balance_after=values.number(node, "ImpSaldoInsoluto"),
        )
