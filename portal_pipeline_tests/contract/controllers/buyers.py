"""A buyer whose orders are followed through the four steps, for tests of what a cycle did."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal_pipeline.core.identity import DocumentKind, DocumentRef
from portal_pipeline.core.report import StepReport
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.sandbox.portal.records import PurchaseOrder
from portal_pipeline.sandbox.sage.company import OrderLine
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.purchasing import Purchasing, order_line

BUYER = "jperez"
PO = DocumentKind.PURCHASE_ORDER


def line(quantity: str = "10", cost: str = "100", **more: Any) -> OrderLine:
    """An order line in boxes."""
    given = {"quantity": Decimal(quantity), "unit_cost": Decimal(cost), "unit": "CAJA"}
    return order_line(**(given | more))


class Buyers(Purchasing):
    """Purchasing with the clerk who invoices, and a look at what each cycle did."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.portal = bench.portal
        self._invoices = itertools.count(1)

    def invoice(self, *receipts: str) -> None:
        """The clerk captures the supplier's invoice of receipts."""
        self.company.capture_po_invoice(
            receipts=receipts, number=f"F{next(self._invoices)}", uuid=None
        )

    def amend(self, number: str, **changes: Any) -> None:
        """A buyer changes the order, and it is authorised again."""
        self.company.amend_purchase_order(number=number, **changes)
        self.company.authorise_purchase_order(number=number)

    def acts(self, reports: Mapping[str, StepReport]) -> list[tuple[str, str, str]]:
        """(order, operation, ending) of what a cycle did."""
        return [
            (row.key, row.operation, row.ending)
            for report in reports.values()
            for row in report.rows
            if row.ending
        ]

    def there(self, number: str) -> PurchaseOrder:
        """The order in the portal, which must have it."""
        found = self.in_portal(number)
        assert found is not None, f"the portal does not have {number}"
        return found

    def changes(self, number: str) -> list[str]:
        """What happened to the order in the portal, in order."""
        return [log.change for log in self.there(number).logs]

    def reads(self) -> Sequence[str]:
        """Paths that were read."""
        return [request.path for request in self.portal.requests if request.method == "GET"]

    def person(self) -> WaysOut:
        """A person with the ways out."""
        return WaysOut(self.bench.ledger, user="ana", reason="test")

    def ref(self, number: str) -> DocumentRef:
        """The order's name in the ledger."""
        return DocumentRef(kind=PO, key=number)
