"""A CFDI as our rules see it. Source: CFDI sheet 3, 4 and 10.

Times carry no zone: they are the local time of the place of issue. UUIDs are upper case, money is
Decimal in the document's currency, with exactly the decimals that are written. Texts have their
white space collapsed, as the cadena original has them.

The models are named tuples: as unchangeable as any, and built many times faster than validated
ones. Only the reader builds them, from values that it has checked itself.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

ZERO = Decimal(0)
Severity = Literal["error", "warning"]


class DocumentFinding(NamedTuple):
    """What is wrong with a document: a SAT code where one exists, else a name of ours."""

    code: str
    severity: Severity
    text: str


class CfdiTax(NamedTuple):
    """A tax of a concept, or a row of the document's summary."""

    impuesto: str
    """001 ISR, 002 IVA, 003 IEPS."""
    tipo_factor: str = ""
    """Tasa, Cuota, Exento."""
    tasa: Decimal | None = None
    """0.160000 is 16 %."""
    base: Decimal | None = None
    importe: Decimal | None = None


class Concept(NamedTuple):
    """One line (Concepto)."""

    clave_prod_serv: str = ""
    no_identificacion: str = ""
    cantidad: Decimal = ZERO
    clave_unidad: str = ""
    unidad: str = ""
    descripcion: str = ""
    valor_unitario: Decimal = ZERO
    importe: Decimal = ZERO
    descuento: Decimal = ZERO
    objeto_imp: str = ""
    traslados: tuple[CfdiTax, ...] = ()
    retenciones: tuple[CfdiTax, ...] = ()


class PaidDocument(NamedTuple):
    """A DoctoRelacionado: an invoice that a payment pays, in the invoice's currency."""

    uuid: str = ""
    """Or the form before CFDI, 3-2-9 digits."""
    serie: str = ""
    folio: str = ""
    currency: str = ""
    equivalence: Decimal | None = None
    """Units of the invoice's currency for one of the payment's (TipoCambioDR in Pagos 1.0)."""
    instalment: str = ""
    balance_before: Decimal | None = None
    paid: Decimal | None = None
    balance_after: Decimal | None = None


class CfdiPayment(NamedTuple):
    """A Pago of a payment complement."""

    paid_at: datetime | None = None
    form: str = ""
    currency: str = ""
    exchange_rate: Decimal | None = None
    amount: Decimal = ZERO
    operation: str = ""
    documents: tuple[PaidDocument, ...] = ()


class Related(NamedTuple):
    """A group of related documents (CfdiRelacionados)."""

    kind: str
    """TipoRelacion: 01 credit note, 04 substitution, 07 advance applied."""
    uuids: tuple[str, ...]


class Cfdi(NamedTuple):
    """One document, version 4.0 or 3.3."""

    version: str
    type: str
    """I, E, P, N, T."""
    uuid: str = ""
    """Of the first stamp; empty without one, or where it has not the form of a UUID."""
    stamped_at: datetime | None = None
    issued_at: datetime | None = None
    serie: str = ""
    folio: str = ""
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    total: Decimal = ZERO
    currency: str = ""
    exchange_rate: Decimal | None = None
    payment_method: str = ""
    """PUE or PPD."""
    payment_form: str = ""
    conditions: str = ""
    export: str = ""
    place_of_issue: str = ""
    """Postal code; its local time is that of the document."""
    certificate_number: str = ""
    issuer_rfc: str = ""
    issuer_name: str = ""
    issuer_regime: str = ""
    receiver_rfc: str = ""
    receiver_name: str = ""
    receiver_regime: str = ""
    receiver_postal_code: str = ""
    cfdi_use: str = ""
    concepts: tuple[Concept, ...] = ()
    charged: tuple[CfdiTax, ...] = ()
    """Summary of taxes charged (Traslados)."""
    withheld: tuple[CfdiTax, ...] = ()
    total_charged: Decimal | None = None
    """TotalImpuestosTrasladados."""
    total_withheld: Decimal | None = None
    local_charged: Decimal = ZERO
    """Local taxes (implocal), TotaldeTraslados."""
    local_withheld: Decimal = ZERO
    related: tuple[Related, ...] = ()
    payments: tuple[CfdiPayment, ...] = ()
    payments_total: Decimal | None = None
    """MontoTotalPagos, in pesos."""
    is_sealed: bool = False
    is_stamped: bool = False
    irregularities: tuple[tuple[str, str], ...] = ()
    """(code, text) of what only the XML shows and a rule forbids: order, forms, missing attributes
    that no field holds. The values themselves are sound."""

    @property
    def paid_uuids(self) -> tuple[str, ...]:
        """Distinct UUIDs that its payments name, in order."""
        found = (d.uuid for payment in self.payments for d in payment.documents if d.uuid)
        return tuple(dict.fromkeys(found))
