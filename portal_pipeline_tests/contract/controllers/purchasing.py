"""A buyer in Sage and the portal's side of his orders, for the tests of the PO controllers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portal_pipeline.controllers.po_cancellation import PoCancellation
from portal_pipeline.controllers.po_closure import PoClosure
from portal_pipeline.controllers.po_creation import PoCreation
from portal_pipeline.controllers.po_updates import PoUpdates
from portal_pipeline.controllers.step import StepFactory
from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.portal.records import PoLink, PoReference, PurchaseOrder
from portal_pipeline.sandbox.sage.company import OrderLine, ReceivedQuantity
from portal_pipeline_tests.contract.controllers.bench import VENDOR, Bench

D = Decimal
STEPS: tuple[StepFactory, ...] = (PoCreation, PoUpdates, PoClosure, PoCancellation)
WRITES = ("POST", "PUT")


def order_line(**given: Any) -> OrderLine:
    """An order line: 10 pieces of 100.00."""
    values = {"item": "TUBO-1", "quantity": D(10), "unit_cost": D(100), **given}
    return OrderLine(**values)


class Purchasing:
    """The tenant's buyer; ``cycle`` runs the four steps in one run, as the job does."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.company = bench.company

    def order(self, *lines: OrderLine, authorise: bool = True, **more: Any) -> str:
        """A new order of the supplier, authorised today."""
        values = {"vendor": VENDOR, "buyer": "jperez", "lines": lines or (order_line(),), **more}
        number = self.company.raise_purchase_order(**values)
        if authorise:
            self.company.authorise_purchase_order(number=number)
        return number

    def receive(self, number: str, quantity: str = "10", line: int = 1, **more: Any) -> str:
        """A receipt of one line."""
        arrived = ReceivedQuantity(po_number=number, line=line, quantity=D(quantity))
        return self.company.receive(quantities=(arrived,), **more)

    def cycle(self, **delta: float) -> dict[str, StepReport]:
        """One cycle after some time (15 minutes unless told), by controller."""
        self.bench.advance(**(delta or {"minutes": 15}))
        run_id = f"cycle-{self.bench.clock.now.isoformat()}"
        reports = [self.bench.run(step, run_id=run_id) for step in STEPS]
        return {report.controller.value: report for report in reports}

    def in_portal(self, number: str) -> PurchaseOrder | None:
        """The portal's order."""
        return self.bench.portal.purchase_order(self.bench.key, number)

    def sent(self, number: str) -> dict[str, Any]:
        """The content that the portal holds."""
        order = self.in_portal(number)
        assert order is not None
        content: dict[str, Any] = load_json(order.request)
        return content

    def state(self, number: str) -> str:
        """The order's state in the portal; blank when it is not there."""
        order = self.in_portal(number)
        return order.status if order else ""

    def row(self, number: str, operation: Operation) -> OperationRow | None:
        return self.bench.row(number, operation, DocumentKind.PURCHASE_ORDER)

    def status(self, number: str, operation: Operation = Operation.CREATE) -> tuple[str, str]:
        """(status, code of the finding) of an operation; blank when there is none."""
        row = self.row(number, operation)
        if row is None:
            return "", ""
        return row.status.value, row.finding.code if row.finding else ""

    def notes(self, number: str, operation: Operation = Operation.CREATE) -> list[str]:
        row = self.row(number, operation)
        return [note.code for note in row.notes] if row else []

    def writes(self) -> int:
        """Writes that the portal was asked for so far."""
        return sum(request.method in WRITES for request in self.bench.portal.requests)

    def requests(self) -> int:
        """Requests that the portal was asked for so far."""
        return len(self.bench.portal.requests)

    def po_link(self, number: str, quantity: str = "1", line: str = "1") -> PoLink:
        """The supplier's reference to one line of an order."""
        reference = PoReference(
            concept_index=0,
            line_external_id=line,
            quantity=D(quantity),
            price=D(100),
        )
        return PoLink(purchase_order_external_id=number, references=(reference,))
