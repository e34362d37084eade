"""What the portal knows, as our rules see it.

Source: portal API sheet 3 to 6. Unknown codes stay as the text received; absent and null are the
same. Ids are lower case, UUIDs upper case, currencies ISO codes, times aware UTC, money Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen


class BankAccount(Frozen):
    """A supplier's bank account from its dossier."""

    bank_name: str = ""
    account: str = ""
    clabe: str = ""
    currency: str = ""
    branch: str = ""
    swift: str = ""
    reference: str = ""
    status: str = ""


class Address(Frozen):
    """A supplier's address from its dossier."""

    street: str = ""
    exterior_number: str = ""
    interior_number: str = ""
    suburb: str = ""
    city: str = ""
    municipality: str = ""
    state: str = ""
    country: str = ""
    zip_code: str = ""
    status: str = ""


class Contact(Frozen):
    """A supplier's contact from its dossier."""

    name: str = ""
    email: str = ""
    phone: str = ""
    status: str = ""


class PortalProvider(Frozen):
    """A supplier with its dossier; maps of the dossier come accepted first, then by name or id."""

    id: str
    external_id: str = ""
    name: str = ""
    rfc: str = ""
    tax_id: str = ""
    country: str = ""
    status: str = ""
    type: str = ""
    credit_days: int | None = None
    currency: str = ""
    company_rfcs: tuple[str, ...] = ()
    """RFCs of the companies that the provider is related to."""
    dossier_status: str = ""
    dossier_accepted_at: datetime | None = None
    fields: Mapping[str, str] = Field(default_factory=dict)
    """Dossier field external id (lower case) -> value external id, else value."""
    bank_accounts: tuple[BankAccount, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    received: str = ""
    """The dossier as received (JSON text), for the archive."""

    @property
    def is_enabled(self) -> bool:
        """Whether the portal lists it as ENABLED."""
        return self.status == "ENABLED"

    @property
    def is_foreign(self) -> bool:
        """Whether its invoices are not CFDIs."""
        return self.type == "FOREIGN"


class PoReference(Frozen):
    """A line of a purchase order that one concept of an invoice names."""

    concept_index: int | None = None
    line_external_id: str = ""
    quantity: Decimal | None = None


class PoLink(Frozen):
    """A purchase order that the portal links to an invoice.

    ``po_number`` is empty where the portal names the order by its own id alone.
    """

    po_number: str
    po_id: str = ""
    references: tuple[PoReference, ...] = ()


class PaidDocument(Frozen):
    """One related document inside a payment complement."""

    uuid: str
    amount: Decimal
    paid_on: date | None = None


class AdditionalAmount(Frozen):
    """An extra expense that the supplier names on an invoice, in the invoice's currency."""

    name: str
    amount: Decimal


class AppliedCreditNote(Frozen):
    """A credit note that the portal has taken off an invoice."""

    credit_note_id: str
    amount: Decimal


class PortalCfdi(Frozen):
    """One document of the portal's CFDI list, parsed fields and portal metadata.

    ``uuid`` is empty where the document is no CFDI or was not stamped.
    """

    id: str
    uuid: str = ""
    document_type: str = ""
    """CFDI, FOREIGN, EXPENSES_ACCOUNT ... (list field ``type``)."""
    kind: str = ""
    """INVOICE, CREDIT_NOTE, PAYMENT_CFDI, ADVANCED ... (``metadata.type``)."""
    cfdi_type: str = ""
    """I, E, P, N, T (``cfdi.tipo_comprobante``)."""
    status: str = ""
    status_group: str = ""
    serie: str = ""
    folio: str = ""
    issued_on: date | None = None
    stamped_on: date | None = None
    currency: str = ""
    exchange_rate: Decimal | None = None
    total: Decimal | None = None
    withheld: Decimal = Decimal(0)
    """Federal taxes withheld, by the document's summary."""
    balance: Decimal | None = None
    payment_method: str = ""
    """PUE or PPD."""
    issuer_rfc: str = ""
    receiver_rfc: str = ""
    company_rfc: str = ""
    provider_id: str = ""
    provider_external_id: str = ""
    created_at: datetime | None = None
    authorized_at: datetime | None = None
    is_cancelled: bool = False
    related: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(tipo_relacion, UUIDs) in document order."""
    po_links: tuple[PoLink, ...] = ()
    additional: Mapping[str, str] = Field(default_factory=dict)
    """``additional_info`` external id (lower case) -> raw value."""
    additional_amount: AdditionalAmount | None = None
    """Only where the portal gives both its name and its amount."""
    credit_notes: tuple[AppliedCreditNote, ...] = ()
    payment_ids: tuple[str, ...] = ()
    """Portal payments that a complement documents (``payment_complement_info``)."""
    paid_by: tuple[str, ...] = ()
    """Portal payments listed in ``metadata.payment_info``."""
    payment_numbers: tuple[str, ...] = ()
    """External ids of payments, where ``metadata.payment_info`` shows them (not in the schema)."""
    paid_documents: tuple[PaidDocument, ...] = ()

    @property
    def is_in_payment_order(self) -> bool:
        """Whether it sits in a portal payment order (rules 6 h)."""
        return self.status_group == "PAYMENT_ORDER"


class PortalPoLine(Frozen):
    """A purchase order line as the portal holds it, in ordering units."""

    external_id: str
    code: str = ""
    description: str = ""
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    subtotal: Decimal | None = None
    total: Decimal | None = None
    unit_of_measure: str = ""


class PortalPurchaseOrder(Frozen):
    """A purchase order as the portal holds it."""

    id: str
    external_id: str
    status: str
    """OPEN, CANCELLED, GENERATED, CLOSED."""
    provider_id: str = ""
    provider_external_id: str = ""
    currency: str = ""
    exchange_rate: Decimal | None = None
    ordered_on: date | None = None
    delivery_on: date | None = None
    subtotal: Decimal | None = None
    total: Decimal | None = None
    vat_sum: Decimal | None = None
    withhold_tax_sum: Decimal | None = None
    reference: str = ""
    comments: str = ""
    company_external_id: str = ""
    lines: tuple[PortalPoLine, ...] = ()
    invoice_ids: tuple[str, ...] = ()


class PortalPaymentLine(Frozen):
    """One invoice that a portal payment pays."""

    uuid: str = ""
    identifier: str = ""
    currency: str = ""
    amount: Decimal = Decimal(0)
    payment_amount: Decimal | None = None


class PortalPayment(Frozen):
    """A payment as the portal holds it."""

    id: str
    external_id: str = ""
    status: str = ""
    currency: str = ""
    total_amount: Decimal | None = None
    paid_on: date | None = None
    provider_id: str = ""
    provider_external_id: str = ""
    lines: tuple[PortalPaymentLine, ...] = ()
    complement_id: str = ""

    @property
    def is_rejected(self) -> bool:
        """Whether it was invalidated in the portal."""
        return self.status == "FAILED"


class PortalBankAccount(Frozen):
    """A bank account of the company in the portal."""

    id: str
    external_id: str = ""
    name: str = ""
    currency: str = ""
    is_active: bool = True


class PortalCompany(Frozen):
    """A legal entity of the portal tenant."""

    id: str
    external_id: str = ""
    name: str = ""
    rfc: str = ""
    is_active: bool = True


class PortalTenant(Frozen):
    """Answer of the credential probe."""

    id: str = ""
    name: str = ""
    rfc: str = ""
    is_active: bool = True
