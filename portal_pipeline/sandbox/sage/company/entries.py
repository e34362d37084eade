"""What people and programs hand to the company: documents to be entered, and posting's answer.

Field names follow the columns they fill, named beside them. Amounts are ``Decimal`` in the
document's currency, three decimals at most. Source: Sage Web API sheet 5.2 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum


class SageRefused(Exception):
    """Sage's business layer does not accept what was asked; nothing was changed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        """Stable code, such as ``vendor_unknown``."""
        self.message = message


class ApDocumentType(IntEnum):
    """APIBH.TEXTTRX and APOBL.TXTTRXTYPE."""

    INVOICE = 1
    DEBIT_NOTE = 2
    CREDIT_NOTE = 3
    INTEREST = 4


class TaxControl(IntEnum):
    """SWCALCTX and SWTXBSECTL: who gives the tax amounts (Web API sheet 6)."""

    ENTER = 0
    """Header and line amounts are taken as given."""
    CALCULATE = 1
    """Computed from rates and item classes."""
    DISTRIBUTE = 2
    """Header amounts are given and prorated to the lines."""


@dataclass(frozen=True, kw_only=True)
class OptionalValue:
    """An optional field with its value as text (``OPTFIELD``, ``VALUE``)."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class ApDetail:
    """One line of an A/P invoice (APIBD)."""

    amount: Decimal
    """AMTDIST: net of tax where the tax is not included."""
    gl_account: str = ""
    """IDGLACCT, unformatted; filled from the distribution code when empty."""
    distribution_code: str = ""
    """IDDIST."""
    description: str = ""
    """TEXTDESC."""
    tax_classes: tuple[int, ...] = ()
    """TAXCLASS1-5, item classes; what is left out is the tax group's usual class."""
    tax_included: tuple[bool, ...] = ()
    """SWTAXINCL1-5."""
    tax_bases: tuple[Decimal, ...] = ()
    """BASETAX1-5; only read with ``TaxControl.ENTER``."""
    tax_amounts: tuple[Decimal, ...] = ()
    """AMTTAX1-5; only read with ``TaxControl.ENTER``."""
    is_tax_entered: bool = False
    """SWMANLTX."""
    is_discountable: bool = True
    """SWDISCABL."""
    quantity: Decimal = Decimal(0)
    """QTYINVC."""
    unit: str = ""
    """UNITMEAS."""
    item: str = ""
    """IDITEM."""


@dataclass(frozen=True, kw_only=True)
class ApEntry:
    """One A/P invoice, debit or credit note to be put into a batch (APIBH and its rows).

    Empty text means: Sage's default (the vendor's currency, terms, tax group, account set).
    Credit notes have positive amounts.
    """

    vendor: str
    """IDVEND."""
    number: str
    """IDINVC."""
    document_date: date
    """DATEINVC."""
    details: tuple[ApDetail, ...]
    document_type: ApDocumentType = ApDocumentType.INVOICE
    """TEXTTRX; IDTRX follows from it."""
    description: str = ""
    """INVCDESC."""
    posting_date: date | None = None
    """DATEBUS; None: the document's date. Decides FISCYR and FISCPER."""
    as_of_date: date | None = None
    """DATEASOF; None: the document's date."""
    currency: str = ""
    """CODECURN."""
    rate_type: str = ""
    """RATETYPE."""
    rate_date: date | None = None
    """DATERATE; None: the document's date."""
    rate: Decimal | None = None
    """EXCHRATEHC; None: 1 in functional currency, else the company's rate of the day."""
    rate_operator: int = 1
    """CODEOPER: 1 multiply, 2 divide."""
    order_number: str = ""
    """ORDRNBR."""
    po_number: str = ""
    """PONBR."""
    applies_to: str = ""
    """INVCAPPLTO."""
    terms: str = ""
    """TERMCODE."""
    due_date: date | None = None
    """DATEDUE; None: from the terms (30 days)."""
    tax_group: str = ""
    """CODETAXGRP."""
    tax_classes: tuple[int, ...] = ()
    """TAXCLASS1-5 of the vendor."""
    tax_control: TaxControl = TaxControl.CALCULATE
    """SWCALCTX."""
    tax_base_control: TaxControl = TaxControl.CALCULATE
    """SWTXBSECTL."""
    tax_bases: tuple[Decimal, ...] = ()
    """BASETAX1-5; read unless bases are calculated."""
    tax_amounts: tuple[Decimal, ...] = ()
    """AMTTAX1-5; read unless taxes are calculated."""
    document_total: Decimal | None = None
    """AMTGROSTOT with tax, the control total; None: what the lines come to. A difference is
    saved, and refused at posting."""
    is_on_hold: bool = False
    """SWHOLD."""
    remit_to: str = ""
    """IDRMITTO."""
    account_set: str = ""
    """IDACCTSET."""
    distribution_set: str = ""
    """IDDISTSET."""
    distribution_set_amount: Decimal = Decimal(0)
    """AMTDISTSET."""
    import_declaration: str = ""
    """IDN."""
    optional_fields: tuple[OptionalValue, ...] = ()
    """APIBHO."""
    drill_application: str = ""
    """DRILLAPP; ``PO`` for documents that come from purchase orders."""
    drill_type: int = 0
    """DRILLTYPE."""
    drill_link: int = 0
    """DRILLDWNLK: INVHSEQ or CRNHSEQ."""
    entered_by: str = ""
    """ENTEREDBY; empty: the company's user."""


@dataclass(frozen=True, kw_only=True)
class PostingError:
    """An entry that posting did not accept (APPTER)."""

    entry: int
    code: str
    """Our stable reason: ``period_closed``, ``duplicate_document``, ``out_of_balance``,
    ``vendor_inactive``, ``account_inactive``, ``rate_missing``, ``optional_field_missing``."""
    text: str
    """ERRDESC."""
    error_entry: int
    """Its entry in the error batch."""


@dataclass(frozen=True, kw_only=True)
class PostingResult:
    """What posting one batch came to; Sage's Web API tells nothing of it (Web API sheet 8)."""

    batch: int
    posting_sequence: int
    posted: tuple[int, ...]
    """Entries that reached A/P."""
    error_batch: int = 0
    """The new open batch with the others; 0: none."""
    errors: tuple[PostingError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line of a purchase order to be raised (POPORL), in ordering units."""

    item: str
    quantity: Decimal
    """OQORDERED."""
    unit_cost: Decimal
    """UNITCOST, per ordering unit."""
    description: str = ""
    location: str = "ALM01"
    unit: str = "PZA"
    """ORDERUNIT."""
    conversion: Decimal = Decimal(1)
    """ORDERCONV: stocking units in one ordering unit."""
    discount_percent: Decimal = Decimal(0)
    tax_classes: tuple[int, ...] = ()
    """Item classes; what is left out is the tax group's usual class."""
    vendor_item: str = ""
    is_stock_item: bool = True
    expected_on: date | None = None
    gl_account: str = ""


@dataclass(frozen=True, kw_only=True)
class ReceivedQuantity:
    """How much of one order line arrives, or goes back, in ordering units."""

    po_number: str
    line: int
    """PORLSEQ."""
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class Application:
    """A document that a payment applies (APTCP), in the vendor's currency.

    A credit note has its own type and a negative amount.
    """

    number: str
    amount: Decimal
    discount: Decimal = Decimal(0)
    document_type: int = ApDocumentType.INVOICE
    """``ApDocumentType``, or 10 for a prepayment, whose amount is negative, too."""
