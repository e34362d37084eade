"""Buyers, a warehouse and a clerk: purchase orders for the tests of the four po controllers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal_pipeline.controllers.po_cancellation import PoCancellation
from portal_pipeline.controllers.po_closure import PoClosure
from portal_pipeline.controllers.po_creation import PoCreation
from portal_pipeline.controllers.po_updates import PoUpdates
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.wire import load_json
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.sandbox.portal.records import PurchaseOrder
from portal_pipeline.sandbox.sage.company import OrderLine, ReceivedQuantity
from portal_pipeline_tests.contract.controllers.bench import VENDOR, Bench

D = Decimal
PO = DocumentKind.PURCHASE_ORDER
STEPS = (PoCreation, PoUpdates, PoClosure, PoCancellation)
BUYER = "Laura Medina"


def line(quantity: str = "10", cost: str = "100", **more: Any) -> OrderLine:
    """An order line of steel in boxes."""
    return OrderLine(
        **(
            {"item": "ACERO-1", "description": "Lamina de acero", "unit": "CAJA"}
            | {"quantity": D(quantity), "unit_cost": D(cost)}
            | more
        )
    )


class Buyers:
    """One tenant whose buyers raise orders with one supplier."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.company = bench.company
        self.portal = bench.portal
        self._cycles = itertools.count(1)
        self._invoices = itertools.count(1)

    # -- people --------------------------------------------------------------------------------

    def order(
        self, *lines: OrderLine, authorise: bool = True, vendor: str = VENDOR, **more: Any
    ) -> str:
        """A new order, authorised unless told; its number."""
        number = self.company.raise_purchase_order(
            vendor=vendor, lines=lines or (line(),), **({"buyer": BUYER} | more)
        )
        if authorise:
            self.company.authorise_purchase_order(number=number)
        return number

    def receive(self, number: str, quantity: str, *, on_line: int = 1) -> str:
        """Goods of one line arrive; the receipt's number."""
        came = ReceivedQuantity(po_number=number, line=on_line, quantity=D(quantity))
        return self.company.receive(quantities=[came])

    def invoice(self, *receipts: str) -> None:
        """The clerk captures the supplier's invoice of receipts."""
        self.company.capture_po_invoice(
            receipts=receipts, number=f"F{next(self._invoices)}", uuid=None
        )

    def amend(self, number: str, **changes: Any) -> None:
        """A buyer changes the order, and it is authorised again."""
        self.company.amend_purchase_order(number=number, **changes)
        self.company.authorise_purchase_order(number=number)

    # -- work ----------------------------------------------------------------------------------

    def cycle(self, **delta: float) -> Mapping[str, StepReport]:
        """The four steps in one run, after the clocks have moved (15 minutes unless told)."""
        self.bench.advance(**(delta or {"minutes": 15}))
        run = f"{self.bench.key}-cycle-{next(self._cycles)}"
        reports = [self.bench.run(step, run_id=run) for step in STEPS]
        return {report.controller.value: report for report in reports}

    def acts(self, reports: Mapping[str, StepReport]) -> list[tuple[str, str, str]]:
        """(order, operation, ending) of what a cycle did."""
        return [
            (row.key, row.operation, row.ending)
            for report in reports.values()
            for row in report.rows
            if row.ending
        ]

    # -- what is seen --------------------------------------------------------------------------

    def there(self, number: str) -> PurchaseOrder:
        """The order in the portal."""
        found = self.portal.purchase_order(self.bench.key, number)
        assert found is not None, f"the portal does not have {number}"
        return found

    def content(self, number: str) -> Any:
        """The content of the order in the portal, as it was sent."""
        return load_json(self.there(number).request)

    def is_there(self, number: str) -> bool:
        """Whether the portal has the order."""
        return self.portal.purchase_order(self.bench.key, number) is not None

    def changes(self, number: str) -> list[str]:
        """What happened to the order in the portal, in order."""
        return [log.change for log in self.there(number).logs]

    def status(self, number: str, operation: Operation) -> tuple[str, str]:
        """(status, code of the finding) of an operation; blank when there is none."""
        row = self.bench.row(number, operation, PO)
        if row is None:
            return "", ""
        return row.status.value, row.finding.code if row.finding else ""

    def notes(self, number: str, operation: Operation) -> list[str]:
        """Codes of the notes of an operation."""
        row = self.bench.row(number, operation, PO)
        return [note.code for note in row.notes] if row else []

    def writes(self) -> int:
        """Requests that change something in the portal."""
        return sum(1 for request in self.portal.requests if request.method != "GET")

    def reads(self) -> Sequence[str]:
        """Paths that were read."""
        return [request.path for request in self.portal.requests if request.method == "GET"]

    def person(self) -> WaysOut:
        """A person with the ways out."""
        return WaysOut(self.bench.ledger, user="ana", reason="test")

    def ref(self, number: str) -> DocumentRef:
        """The order's name in the ledger."""
        return DocumentRef(kind=PO, key=number)
