"""What the four controllers of purchase orders share: candidates, plan, writes.

Source: rules 7; rules 1 "Reading".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from portal_pipeline.controllers.payment_reading import DailySweep
from portal_pipeline.controllers.po_facts import KIND, PoFactsLoader, note_listing
from portal_pipeline.controllers.po_writes import PoWrites
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, Status
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.purchase_orders.classification import decisions_of
from portal_pipeline.core.purchase_orders.creation import is_of_other_company
from portal_pipeline.core.purchase_orders.models import FINISHED_STATES, PortalView
from portal_pipeline.core.purchase_orders.routing import OWNER
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.ledger.portal_documents import unfinished_in_portal
from portal_pipeline.sage.authorisations import read_all_authorisations, read_authorised_since
from portal_pipeline.sage.purchase_orders import read_changed_numbers, read_keys
from portal_pipeline.sage.receipts import read_orders_with_open_receipts

Numbers = tuple[str, ...]


class PoReading:
    """Which orders one step reads in this cycle, read once."""

    def __init__(self, work: Workspace, report: ReportBuilder, controller: ControllerName) -> None:
        self._work = work
        self._report = report
        self._controller = controller
        self.sweep = DailySweep(work, f"sage.purchase_orders.{controller.value}")
        self.is_complete = True
        """Whether the portal's list of unfinished orders, where it was read, was all of it."""

    @cached_property
    def numbers(self) -> Numbers:
        """Every order that may be a candidate, in order."""
        operations = [op for op, owner in OWNER.items() if owner == self._controller]
        waiting = self._work.ledger.keys_where(KIND, operations)
        if self._controller == ControllerName.PO_CREATION:
            found = self._new() | set(self.open_views)
        else:
            found = self._known()
        return tuple(sorted({*found, *waiting}))

    def _new(self) -> set[str]:
        since = self.sweep.since
        return self._in_scope() if since is None else self._changed()

    def _known(self) -> set[str]:
        ledger = self._work.ledger
        if self.sweep.since is None:
            return set(ledger.keys_where(KIND, [Operation.CREATE], [Status.DONE]))
        return self._changed() | set(unfinished_in_portal(ledger, KIND, FINISHED_STATES))

    def _changed(self) -> set[str]:
        since, work = self.sweep.since, self._work
        if since is None:
            return set()
        found = read_changed_numbers(work.sage, since)
        if self._has_tables:
            found |= read_authorised_since(work.sage, work.sage_company, since)
        return found

    def _in_scope(self) -> set[str]:
        """Authorised orders since the start, and older ones that are not finished in Sage."""
        work = self._work
        start = work.tenant.start_of(KIND)
        keys = read_keys(work.sage, read_orders_with_open_receipts(work.sage))
        authorised = (
            read_all_authorisations(work.sage, work.sage_company) if self._has_tables else None
        )
        found = set()
        for key in keys:
            if authorised is not None and key.number not in authorised:
                continue
            on = authorised[key.number].on if authorised is not None else None
            counted = on or key.ordered_on
            is_since = start is None or (counted is not None and counted >= start)
            if is_since or not key.is_complete or key.has_open_receipts:
                found.add(key.number)
        return found

    @property
    def _has_tables(self) -> bool:
        return self._work.tenant.purchase_orders.authorisation == "tables"

    @cached_property
    def open_views(self) -> Mapping[str, PortalView]:
        """Unfinished orders of the portal that are this step's business (daily sweep).

        For po_creation those that our ledger does not have there; for the others those that it
        has, also such as a person has reopened there.
        """
        work = self._work
        if self.sweep.since is not None:
            return {}
        listing = work.portal.open_purchase_orders()
        self.is_complete = listing.proves_absence
        note_listing(self._report, "portal unfinished purchase orders", listing)
        ours = {
            order.external_id: PortalView(order=order)
            for order in listing.items
            if order.external_id and not is_of_other_company(order, work.tenant)
        }
        rows = work.ledger.operations(KIND, sorted(ours), [Operation.CREATE])
        by_status = {number: row.status for (number, _), row in rows.items()}
        if self._controller == ControllerName.PO_CREATION:
            finished = (Status.DONE, Status.DISMISSED)
            return {n: view for n, view in ours.items() if by_status.get(n) not in finished}
        return {n: view for n, view in ours.items() if by_status.get(n) == Status.DONE}


class PoStep(Step[Numbers]):
    """One of the four steps; each decides on its own orders alone."""

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._reading = PoReading(work, report, self.name)
        self._loader = PoFactsLoader(work, report, self.name)
        self._writes = PoWrites(work.portal, work.ledger, work.tenant)

    def chunks(self) -> Iterator[Numbers]:
        """Numbers in order."""
        numbers = self._reading.numbers
        for start in range(0, len(numbers), CHUNK_SIZE):
            yield numbers[start : start + CHUNK_SIZE]

    def plan(self, chunk: Numbers) -> Sequence[Decision]:
        """The decisions of this step; an order acted on in this run waits for the next cycle."""
        work = self._work
        acted = work.ledger.acted_in_run(KIND, work.run_id)
        facts = self._loader.load(
            [number for number in chunk if number not in acted],
            self._reading.open_views,
            looks_at_all=self.name == ControllerName.PO_UPDATES
            and self._reading.sweep.since is None,
        )
        return decisions_of(self.name, facts, work.tenant, acted)

    def handlers(self) -> Mapping[Operation, Handler]:
        """How the operations of orders are written and looked up."""
        return self._writes.handlers()

    def complete(self) -> None:
        """Keep how far Sage was read; a sweep whose portal list broke off is made again."""
        if self._reading.is_complete:
            self._reading.sweep.save(self._report, len(self._reading.numbers))
