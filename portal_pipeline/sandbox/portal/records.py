"""What the simulated portal stores: frozen records, money as ``Decimal``, instants in UTC.

A change is a new record put in the place of the old one, so that whoever holds a record may read it
without a lock, and several changes are one atomic ``put``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import ConfigDict

Actor = Literal["api", "person"]
"""Who made a change: the interface (that is, a client), or a person at the portal's screens."""


@dataclass(frozen=True)
class Tenant:
    """One tenant of the portal with its pair of keys."""

    tenant: str
    name: str
    rfc: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    created_at: datetime

    @property
    def id(self) -> str:
        """The tenant's id is its own key."""
        return self.tenant

    @property
    def natural_key(self) -> str:
        """The id again; tenants have no second key."""
        return self.tenant


@dataclass(frozen=True)
class Company:
    """One legal entity of a tenant; invoices name it as receiver by RFC."""

    tenant: str
    id: str
    external_id: str
    name: str
    rfc: str
    created_at: datetime
    active: bool = True

    @property
    def natural_key(self) -> str:
        """The ERP's id of the company."""
        return self.external_id


@dataclass(frozen=True)
class BankAccount:
    """One bank account of the tenant, from which payments are made."""

    tenant: str
    id: str
    external_id: str
    name: str
    bank_name: str
    account_number: str
    clabe: str
    currency: str
    created_at: datetime
    active: bool = True

    @property
    def natural_key(self) -> str:
        """The ERP's id of the account."""
        return self.external_id


@dataclass(frozen=True)
class DossierEntry:
    """One entry of a dossier map; ``name`` is its configuration (a field's external id).

    A field's values are ``value`` and ``value_external_id``; those of bank accounts, addresses and
    contacts are named in the portal API sheet 3.4.
    """

    name: str
    values: dict[str, str]
    status: str = "ACCEPTED"


@dataclass(frozen=True)
class Dossier:
    """A provider's expedient; a map that is None is absent from the answer."""

    status: str
    approved_at: datetime | None = None
    reviewed_at: datetime | None = None
    expired: bool = False
    fields: tuple[DossierEntry, ...] | None = ()
    bank_accounts: tuple[DossierEntry, ...] | None = ()
    addresses: tuple[DossierEntry, ...] | None = ()
    contacts: tuple[DossierEntry, ...] | None = ()
    payment_bank_accounts: tuple[DossierEntry, ...] | None = ()


@dataclass(frozen=True)
class Provider:
    """One supplier in the portal; ``external_id`` is the ERP's vendor number, or empty."""

    tenant: str
    id: str
    external_id: str
    name: str
    rfc: str
    created_at: datetime
    tax_id: str = ""
    country: str = "MEX"
    status: str = "ENABLED"
    type: str = "REGULAR"
    currency: str = "MXN"
    credit_days: int = 0
    company_ids: tuple[str, ...] = ()
    dossier: Dossier | None = None

    @property
    def natural_key(self) -> str:
        """The vendor number; empty until somebody links the provider."""
        return self.external_id


@dataclass(frozen=True)
class CfdiFacts:
    """What the XML says; ``raw`` is the parsed document as JSON text (CfdiRaw)."""

    uuid: str  # upper case
    version: str
    serie: str
    folio: str
    tipo: str
    currency: str
    exchange_rate: Decimal
    total: Decimal
    subtotal: Decimal
    issued_at: datetime  # UTC; the XML's own time is local
    issued_on: date
    metodo_pago: str
    issuer_rfc: str
    issuer_name: str
    receiver_rfc: str
    receiver_name: str
    uso_cfdi: str
    taxes: dict[str, Decimal]
    concepts: tuple[str, ...]
    raw: str

    @property
    def identifier(self) -> str:
        """Series, blank, folio; either alone where the other is missing."""
        return f"{self.serie} {self.folio}".strip()


@dataclass(frozen=True)
class PoReference:
    """One invoice concept linked to one purchase order line."""

    concept_index: int
    line_external_id: str
    quantity: Decimal
    price: Decimal
    line_num: int = 0


@dataclass(frozen=True)
class PoLink:
    """An invoice's link to a purchase order."""

    purchase_order_external_id: str
    references: tuple[PoReference, ...] = ()


@dataclass(frozen=True)
class AdditionalAmount:
    """An extra expense that the supplier names, in the document's currency."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class CreditNoteUse:
    """One application of a credit note, kept on both documents, in the invoice's currency."""

    credit_note_id: str
    invoice_id: str
    amount: Decimal
    previous_balance: Decimal
    new_balance: Decimal
    applied_at: datetime


@dataclass(frozen=True)
class StatusChange:
    """One line of a CFDI's history."""

    status: str
    previous_status: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True)
class Cfdi:
    """One document of the portal; ``balance`` is open, in the document's currency."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    tenant: str
    id: str
    provider_id: str
    company_id: str
    document_type: str  # CFDI, FOREIGN, ...
    kind: str  # INVOICE, CREDIT_NOTE, PAYMENT_CFDI, ADVANCED, TRASLADO, NOMINA
    facts: CfdiFacts
    xml: bytes = field(repr=False)
    status: str
    group: str
    balance: Decimal
    created_at: datetime
    served_body: bytes | None = field(default=None, repr=False)
    has_xml: bool = True
    sent_at: datetime | None = None
    authorized_at: datetime | None = None
    cancelled_by_sat: bool = False
    cancelled_in_tenant: bool = False
    cancelled_at: datetime | None = None
    erp_status: str = ""
    po_links: tuple[PoLink, ...] = ()
    additional_info: dict[str, str] = field(default_factory=dict)
    additional_amount: AdditionalAmount | None = None
    credit_notes: tuple[CreditNoteUse, ...] = ()
    payment_ids: tuple[str, ...] = ()  # of an invoice: live ones; of a complement: those it proves
    last_payment_at: datetime | None = None
    partially_paid: bool = False
    history: tuple[StatusChange, ...] = ()

    @property
    def uuid(self) -> str:
        """The fiscal id in upper case."""
        return self.facts.uuid

    @property
    def natural_key(self) -> str:
        """The UUID: unique in a tenant."""
        return self.facts.uuid

    @property
    def is_cancelled(self) -> bool:
        """Cancelled at the tax authority or by the tenant."""
        return self.cancelled_by_sat or self.cancelled_in_tenant

    @property
    def file_body(self) -> bytes:
        """The bytes that a download gives."""
        return self.xml if self.served_body is None else self.served_body


@dataclass(frozen=True)
class PurchaseOrderLine:
    """One line as last sent."""

    external_id: str
    num: int
    code: str
    quantity: Decimal
    price: Decimal
    subtotal: Decimal
    total: Decimal
    unit_of_measure: str


@dataclass(frozen=True)
class PurchaseOrderLog:
    """One change of an order: CREATE, MODIFY or the new status."""

    change: str
    at: datetime
    by: Actor


@dataclass(frozen=True)
class PurchaseOrder:
    """One purchase order; ``request`` is the last full content as exact JSON text."""

    tenant: str
    id: str
    external_id: str
    provider_id: str
    company_external_id: str
    status: str
    acceptance_status: str
    currency: str
    exchange_rate: Decimal | None
    subtotal: Decimal
    total: Decimal
    lines: tuple[PurchaseOrderLine, ...]
    request: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
    cfdi_ids: tuple[str, ...] = ()
    logs: tuple[PurchaseOrderLog, ...] = ()

    @property
    def natural_key(self) -> str:
        """The ERP's order number."""
        return self.external_id


@dataclass(frozen=True)
class PaymentLine:
    """One invoice of a payment, with the invoice's state when the payment arrived.

    ``applied`` is what left the balance; it differs from ``amount`` only within the tolerance, or
    where amounts were to be ignored.
    """

    cfdi_id: str
    uuid: str
    currency: str
    amount: Decimal
    applied: Decimal
    exchange_rate: Decimal
    payment_amount: Decimal
    balance_before: Decimal
    balance_after: Decimal
    instalment_number: int
    metodo_pago: str
    provider_id: str
    status_before: str
    group_before: str
    was_approved: bool
    was_in_payment_order: bool
    was_cancelled_by_sat: bool
    was_cancelled_in_tenant: bool


@dataclass(frozen=True)
class Payment:
    """One payment with its arrival instant; amounts in the payment's currency."""

    tenant: str
    id: str
    external_id: str
    operation_number: int
    status: str
    currency: str
    total_amount: Decimal
    payment_date: str
    provider_id: str
    company_id: str
    bank_account_id: str
    operation_type: str
    reference: str
    comments: str
    ignore_amounts: bool
    lines: tuple[PaymentLine, ...]
    created_at: datetime  # the arrival
    by: Actor
    is_rejected: bool = False
    rejected_at: datetime | None = None
    rejection_comments: str = ""
    complement_ids: tuple[str, ...] = ()

    @property
    def natural_key(self) -> str:
        """The ERP's payment number; empty for a person's payment."""
        return self.external_id
