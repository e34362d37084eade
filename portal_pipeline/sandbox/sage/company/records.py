"""What the company's database says, for the world's people and the judge.

Read straight from the tables, independent of the product's readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class OrderLineRecord:
    """A purchase order line (POPORL); quantities in ordering units."""

    line: int
    """PORLSEQ."""
    item: str
    description: str
    location: str
    unit: str
    conversion: Decimal
    ordered: Decimal
    received: Decimal
    cancelled: Decimal
    outstanding: Decimal
    unit_cost: Decimal
    extended: Decimal
    discount: Decimal
    tax_rates: tuple[Decimal, ...]
    tax_amounts: tuple[Decimal, ...]
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """A purchase order (POPORH1, POPORHO, Autoriza_OC)."""

    number: str
    sequence: int
    vendor: str
    ordered_on: date
    order_type: int
    currency: str
    rate: Decimal
    total: Decimal
    """DOCTOTAL."""
    tax: Decimal
    is_on_hold: bool
    is_complete: bool
    completed_on: date | None
    lines: tuple[OrderLineRecord, ...]
    optional_fields: Mapping[str, str]
    authorised_on: date | None
    """Latest approval; None: not authorised (or no authorisation database)."""

    @property
    def is_cancelled(self) -> bool:
        """Every line fully cancelled, so nothing received."""
        return all(line.cancelled >= line.ordered for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class ReceiptLineRecord:
    """A receipt line (PORCPL); quantities in ordering units."""

    line: int
    po_number: str
    po_line: int
    received: Decimal
    returned: Decimal
    is_invoiced: bool


@dataclass(frozen=True, kw_only=True)
class ReceiptRecord:
    """A receipt (PORCPH1)."""

    number: str
    sequence: int
    vendor: str
    received_on: date
    total: Decimal
    is_invoiced: bool
    lines: tuple[ReceiptLineRecord, ...]


@dataclass(frozen=True, kw_only=True)
class InvoiceRecord:
    """An A/P document wherever it stands: in a batch (APIBH), posted (APOBL), or both."""

    vendor: str
    number: str
    document_type: int
    """TEXTTRX: 1 invoice, 2 debit note, 3 credit note."""
    uuid: str
    """Upper case, from APIBHO, APOBLO, POINVHO or POCRNHO; empty: captured without."""
    currency: str
    total: Decimal
    """With tax; positive for credit notes too."""
    due: Decimal | None
    """Still owed, positive; None while not posted."""
    document_date: date
    posting_date: date
    po_number: str
    batch: int
    entry: int
    batch_state: int
    """BTCHSTTS; 0: the batch was cleared."""
    error_entry: int
    """ERRENTRY: not 0 for the original of an entry that went to an error batch."""
    is_posted: bool
    source: str
    """``AP`` or ``PO``."""
    applies_to: str


@dataclass(frozen=True, kw_only=True)
class AppliedRecord:
    """A document that a payment applies, in the vendor's currency."""

    number: str
    document_type: int
    amount: Decimal
    discount: Decimal


@dataclass(frozen=True, kw_only=True)
class PaymentRecord:
    """A payment entry (APTCR of ``PY``)."""

    number: str
    batch: int
    entry: int
    batch_state: int
    """BATCHSTAT: 1 open, 3 posted."""
    error_entry: int
    vendor: str
    bank: str
    bank_currency: str
    vendor_currency: str
    amount: Decimal
    """Bank currency."""
    vendor_amount: Decimal
    remit_type: int
    paid_on: date
    posted_on: date
    is_reversed: bool
    lines: tuple[AppliedRecord, ...]
    optional_fields: Mapping[str, str]

    @property
    def is_posted(self) -> bool:
        """Whether the money left."""
        return self.batch_state == 3 and self.error_entry == 0


@dataclass(frozen=True, kw_only=True)
class VendorRecord:
    """A vendor (APVEN) with its optional fields (APVENO)."""

    vendor: str
    name: str
    currency: str
    group: str
    terms: str
    tax_group: str
    is_active: bool
    optional_fields: Mapping[str, str]
