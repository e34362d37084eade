"""What Sage knows, as our rules see it.

Source: Sage tables sheet 2 and 3. Codes are stripped, dates are ``date`` or None, money Decimal,
audit stamps aware UTC, UUIDs upper case. Sage's own currency codes are kept (``MXP``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from portal_pipeline.core.base import Frozen


class SageVendor(Frozen):
    """A vendor (APVEN) with the optional fields that we use (APVENO)."""

    vendor_id: str
    name: str = ""
    group: str = ""
    is_active: bool = True
    currency: str = ""
    rfc: str = ""
    provider_id: str = ""
    """Portal provider id from PROVIDERID, lower case."""
    terms: str = ""
    tax_group: str = ""
    payment_form: str = ""
    """Description of METODOPAGO's value (CSOPTFD.VDESC); begins with the SAT form."""
    address: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""
    distribution_code: str = ""
    gl_account: str = ""
    account_set: str = ""
    stamped_at: datetime | None = None


class SageDocumentSource(StrEnum):
    """Where an A/P document was found."""

    AP_ENTRY = "ap_entry"
    """An entry of an A/P invoice batch (APIBH)."""
    POSTED = "posted"
    """A posted document (APOBL)."""
    PO_INVOICE = "po_invoice"
    """POINVH1."""
    PO_CREDIT_NOTE = "po_credit_note"
    """POCRNH1."""


class SageDocumentType(StrEnum):
    """TEXTTRX / TXTTRXTYPE."""

    INVOICE = "invoice"
    DEBIT_NOTE = "debit_note"
    CREDIT_NOTE = "credit_note"
    INTEREST = "interest"
    OTHER = "other"


class BatchStatus(StrEnum):
    """APIBC.BTCHSTTS and APBTA.BATCHSTAT."""

    OPEN = "open"
    POSTED = "posted"
    DELETED = "deleted"
    POSTING = "posting"
    READY = "ready"
    OTHER = "other"


class SageDocument(Frozen):
    """One appearance of a vendor's document in Sage.

    The same document can appear several times (batch entry, posted document, PO invoice).
    """

    source: SageDocumentSource
    vendor_id: str
    number: str
    type: SageDocumentType
    currency: str
    total: Decimal
    """With tax, in ``currency`` (AMTGROSDST, AMTINVCTC or DOCTOTAL)."""
    uuid: str = ""
    document_date: date | None = None
    batch: int = 0
    entry: int = 0
    batch_status: BatchStatus = BatchStatus.OTHER
    error_batch: int = 0
    error_entry: int = 0
    po_number: str = ""
    applies_to: str = ""
    amount_due: Decimal | None = None
    """Still owed, in ``currency``; only for posted documents."""
    is_paid: bool = False
    posting_sequence: int = 0
    has_reached_ap: bool = False
    """A PO invoice or credit note whose A/P document exists."""
    description: str = ""
    is_reversed: bool = False

    @property
    def is_posted(self) -> bool:
        """Whether this appearance proves that the document is posted in A/P (rules 5)."""
        match self.source:
            case SageDocumentSource.AP_ENTRY:
                return self.batch_status == BatchStatus.POSTED and self.error_entry == 0
            case SageDocumentSource.POSTED:
                return True
            case _:
                return self.has_reached_ap


class AppliedLine(Frozen):
    """One document that a payment applies (APTCP); amounts in the vendor's currency."""

    vendor_id: str
    number: str
    document_type: SageDocumentType
    amount: Decimal
    discount: Decimal = Decimal(0)
    adjustment: Decimal = Decimal(0)


class SagePayment(Frozen):
    """A payment entry (APTCR) of a payment batch, with its applied lines."""

    number: str
    """DOCNBR."""
    batch: int
    entry: int
    batch_status: BatchStatus
    error_entry: int
    remit_type: int
    """RMITTYPE: 1 payment, 2 prepayment, 3 apply document, 4 miscellaneous, 5 adjustment."""
    vendor_id: str
    bank: str
    bank_currency: str
    bank_portal_account: str = ""
    """BKACCT.ADDR1: where sites keep the portal's account id."""
    vendor_currency: str
    amount: Decimal
    """AMTRMIT, bank currency."""
    vendor_amount: Decimal
    """AMTRMITTC, vendor currency."""
    bank_rate: Decimal = Decimal(1)
    bank_rate_operator: int = 1
    vendor_rate: Decimal = Decimal(1)
    vendor_rate_operator: int = 1
    paid_on: date | None = None
    posted_on: date | None = None
    """DATEBUS."""
    payment_code: str = ""
    text: str = ""
    reference: str = ""
    is_reversed: bool = False
    stamped_at: datetime | None = None
    """Later audit stamp of batch and entry."""
    lines: tuple[AppliedLine, ...] = ()
    complement_uuid: str = ""
    complement_date: str = ""
    """Raw value of the date optional field."""
