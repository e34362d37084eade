"""What both systems hold of one company, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from portal_pipeline.sandbox.portal import Cfdi, Payment, Provider, PurchaseOrder
from portal_pipeline.sandbox.sage.company import (
    InvoiceRecord,
    OrderRecord,
    PaymentRecord,
    ReceiptRecord,
    VendorRecord,
)
from portal_pipeline.sandbox.world.calendar import local_day
from portal_pipeline.sandbox.world.judge.ledger_rows import TenantRows
from portal_pipeline.sandbox.world.people import Office


@dataclass(frozen=True)
class Evidence:
    """One company's stores and ledger at the moment of judgement."""

    office: Office
    ledger: TenantRows
    now: datetime

    @property
    def key(self) -> str:
        """Of the tenant."""
        return self.office.company.key

    def is_due(self, kind: str, moment: datetime | None) -> bool:
        """Whether a portal document was there when the last cycle began, and is in scope."""
        if moment is None or moment >= self.now:
            return False
        return self.is_in_scope(kind, local_day(moment))

    def is_in_scope(self, kind: str, day: date | None) -> bool:
        """Whether a day lies on or after the company's start."""
        return day is not None and day >= self.office.company.start_of(kind)

    # --- the portal --------------------------------------------------------------------------

    @cached_property
    def providers(self) -> tuple[Provider, ...]:
        """All providers."""
        return self.office.portal.providers(self.office.tenant)

    @cached_property
    def cfdis(self) -> tuple[Cfdi, ...]:
        """All CFDIs."""
        return self.office.portal.cfdis(self.office.tenant)

    @cached_property
    def portal_orders(self) -> Mapping[str, list[PurchaseOrder]]:
        """Purchase orders by the ERP's number."""
        found: dict[str, list[PurchaseOrder]] = defaultdict(list)
        for order in self.office.portal.purchase_orders(self.office.tenant):
            found[order.external_id].append(order)
        return found

    @cached_property
    def other_payments(self) -> tuple[Payment, ...]:
        """Payments that people made at the portal's screens, and those that were rejected."""
        every = self.office.portal.payments(self.office.tenant)
        return tuple(one for one in every if one.by != "api" or one.is_rejected)

    @cached_property
    def portal_payments(self) -> Mapping[str, list[Payment]]:
        """Payments of the interface that stand, by the ERP's number."""
        found: dict[str, list[Payment]] = defaultdict(list)
        for payment in self.office.portal.payments(self.office.tenant):
            if payment.by == "api" and not payment.is_rejected:
                found[payment.external_id].append(payment)
        return found

    @cached_property
    def typed_payments(self) -> Mapping[str, list[Payment]]:
        """Payments that stand and that people made under a number, by it."""
        found: dict[str, list[Payment]] = defaultdict(list)
        for payment in self.other_payments:
            if payment.external_id and not payment.is_rejected:
                found[payment.external_id].append(payment)
        return found

    @cached_property
    def taken_back(self) -> frozenset[str]:
        """Numbers of the interface's payments that were rejected in the portal."""
        return frozenset(
            payment.external_id
            for payment in self.office.portal.payments(self.office.tenant)
            if payment.by == "api" and payment.is_rejected
        )

    # --- Sage --------------------------------------------------------------------------------

    @cached_property
    def vendors(self) -> list[VendorRecord]:
        """All vendors."""
        return self.office.sage.vendors()

    @cached_property
    def orders(self) -> list[OrderRecord]:
        """All purchase orders."""
        return self.office.sage.purchase_orders()

    @cached_property
    def once_authorised(self) -> frozenset[str]:
        """Orders that somebody authorised, then or now; all, where nobody needs to."""
        if not self.office.company.profile.has_authorisations:
            return frozenset(order.number for order in self.orders)
        return self.office.sage.orders_once_authorised()

    @cached_property
    def accounts(self) -> Mapping[str, str]:
        """The portal's account of each of Sage's banks (ADDR1); empty: none."""
        return self.office.sage.portal_accounts()

    @cached_property
    def receipts(self) -> Mapping[str, list[ReceiptRecord]]:
        """Receipts by the purchase orders of their lines."""
        found: dict[str, list[ReceiptRecord]] = defaultdict(list)
        for receipt in self.office.sage.receipts():
            for number in {line.po_number for line in receipt.lines}:
                found[number].append(receipt)
        return found

    @cached_property
    def payments(self) -> list[PaymentRecord]:
        """All payment entries."""
        return self.office.sage.payments()

    @cached_property
    def invoices(self) -> list[InvoiceRecord]:
        """All A/P documents; entries that went to an error batch are left out."""
        return [one for one in self.office.sage.invoices() if one.error_entry == 0]

    def owner_of(self, vendor: str) -> str:
        """The portal's id of a vendor's provider, lower case; empty: none."""
        return self._owners.get(vendor, "")

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        by_number = {p.external_id: p.id.lower() for p in self.providers if p.external_id}
        return {
            one.vendor: one.optional_fields.get("PROVIDERID", "").lower()
            or by_number.get(one.vendor, "")
            for one in self.vendors
        }
