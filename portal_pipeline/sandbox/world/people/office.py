"""Everybody around one company, and what they can see."""

from __future__ import annotations

from portal_pipeline.sandbox.portal import PortalSimulator
from portal_pipeline.sandbox.sage.company import SageCompany
from portal_pipeline.sandbox.world.calendar import VirtualClock
from portal_pipeline.sandbox.world.deals import Deal
from portal_pipeline.sandbox.world.people.approvals import Approvals
from portal_pipeline.sandbox.world.people.bookkeeping import Bookkeeping
from portal_pipeline.sandbox.world.people.deeds import Desk
from portal_pipeline.sandbox.world.people.odd_files import OddFiles
from portal_pipeline.sandbox.world.people.order_screens import OrderScreens
from portal_pipeline.sandbox.world.people.purchasing import Purchasing
from portal_pipeline.sandbox.world.people.treasury import Treasury
from portal_pipeline.sandbox.world.scenes import Condition
from portal_pipeline.sandbox.world.tenants import Company


class Screens(Desk):
    """What people see, as conditions that they wait for; nobody sees the ledger."""

    def __init__(
        self, company: Company, sage: SageCompany, portal: PortalSimulator, clock: VirtualClock
    ) -> None:
        super().__init__(company, sage, portal, clock)
        self._posted: frozenset[tuple[str, str]] | None = None

    def refresh(self) -> None:
        """Look again: what was seen before may have changed."""
        self._posted = None

    def order_in_portal(self, deal: Deal) -> Condition:
        """The supplier finds the order in the portal, open."""

        def is_seen() -> bool:
            order = self.portal.purchase_order(self.tenant, deal.po_number)
            return order is not None and order.status == "OPEN"

        return is_seen

    def order_ended(self, deal: Deal) -> Condition:
        """The supplier finds the order in the portal, closed or cancelled."""

        def is_seen() -> bool:
            order = self.portal.purchase_order(self.tenant, deal.po_number)
            return order is not None and order.status in {"CLOSED", "CANCELLED"}

        return is_seen

    def posted_in_sage(self, deal: Deal) -> Condition:
        """Accounts payable shows the invoice as posted."""
        return lambda: (deal.vendor, deal.invoice_number) in self._documents()

    def entered_in_sage(self, deal: Deal) -> Condition:
        """Some batch of accounts payable has the invoice, posted or not."""

        def is_seen() -> bool:
            named = {"IDVEND": deal.vendor, "IDINVC": deal.invoice_number}
            with self.sage.reading() as unit:
                return unit.row("APIBH", named, "CNTBTCH") is not None

        return is_seen

    def payment_in_portal(self, deal: Deal, number: int = 1) -> Condition:
        """The supplier finds the payment in the portal."""
        return lambda: bool(self.portal.payments_of(self.tenant, deal.payment(number)))

    def _documents(self) -> frozenset[tuple[str, str]]:
        """Posted A/P documents, read once a step."""
        if self._posted is None:
            with self.sage.reading() as unit:
                rows = unit.rows("APOBL", {}, "IDVEND", "IDINVC")
            self._posted = frozenset((row["IDVEND"], row["IDINVC"]) for row in rows)
        return self._posted


class Office(Purchasing, OrderScreens, OddFiles, Approvals, Bookkeeping, Treasury):
    """Buyers, warehouse, clerks, treasury, approvers, suppliers; ``sees`` is what they see."""

    def __init__(
        self, company: Company, sage: SageCompany, portal: PortalSimulator, clock: VirtualClock
    ) -> None:
        super().__init__(company, sage, portal, clock)
        self.sees = Screens(company, sage, portal, clock)
