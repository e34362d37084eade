"""What is known about a payment when it is decided.

Source: rules 6. Everything here was read in this step; nothing is remembered from an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import DocumentRow, OperationRow, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.portal import PortalCfdi, PortalPayment
from portal_pipeline.core.sage import SagePayment

NAMED_MAX = 8
"""Documents that a finding names at most; the rest is counted."""

Pair = tuple[str, str]
"""(vendor, document number)."""


class AppliedDocument(Frozen):
    """One invoice, debit note or credit note that a payment applies, as both systems know it."""

    number: str
    uuid: str = ""
    """Upper case; empty when neither Sage nor a link knows it."""
    is_confirmed: bool = False
    """Rules 5: posted in Sage with this UUID (or, without one, posted at all)."""
    confirmation: str = ""
    """State of the confirmation, shown when it is not confirmed."""
    amount_due: Decimal | None = None
    """Still owed in Sage now, vendor currency; None: cleared there, so nothing."""
    applies_to: str = ""
    """INVCAPPLTO of a credit note."""
    credited: Decimal = Decimal(0)
    """Taken off by credit notes that named the invoice when they were posted in Sage; read for
    PUE invoices. Credit notes that the payment itself applies are not in it."""
    cfdi: PortalCfdi | None = None
    is_listing_complete: bool = True
    """Whether the portal's list proves that a missing ``cfdi`` is not there."""


class PayeeFacts(Frozen):
    """The portal provider of the payment's vendor (rules 2), or why there is none."""

    provider_id: str = ""
    external_id: str = ""
    """``provider_external_id`` of the payload."""
    is_foreign: bool = False
    verdict: Verdict | None = None
    """With ``finding``: what the missing or conflicting provider makes of the payment."""
    finding: Finding | None = None


class PaymentFacts(Frozen):
    """One candidate of payment_upload."""

    payment: SagePayment
    documents: Mapping[Pair, AppliedDocument] = Field(default_factory=dict)
    payee: PayeeFacts = PayeeFacts()
    bank_account_id: str = ""
    bank_finding: Finding | None = None
    row: OperationRow | None = None
    known: DocumentRow | None = None
    in_portal: PortalPayment | None = None
    """The portal's payment under our number, where it was asked for."""
    portal_problem: str = ""
    """Why the portal could not be asked for it."""
    earlier_reversed: tuple[str, ...] = ()
    """Payments of the same invoices that are reversed in Sage and still stand in the portal."""
    strangers: Mapping[str, str] = Field(default_factory=dict)
    """Portal payments of its invoices: portal id -> our payment number, or empty for others'."""
    is_number_unique: bool = True
    """No other posted entry has the same payment number."""

    @property
    def cfdis(self) -> tuple[PortalCfdi, ...]:
        """Portal documents of what it applies."""
        return tuple(d.cfdi for d in self.documents.values() if d.cfdi is not None)
