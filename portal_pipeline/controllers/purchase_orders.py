"""What the four controllers of purchase orders share: candidates, plan, writes.

Source: rules 7; rules 1 "Reading".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from portal_pipeline.controllers.payment_reading import DailySweep
from portal_pipeline.controllers.po_facts import KIND, PoFactsLoader, note_listing
from portal_pipeline.controllers.po_writes import PoWrites
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, OperationRow, Status
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.portal import PortalPurchaseOrder
from portal_pipeline.core.purchase_orders.classification import decisions_of
from portal_pipeline.core.purchase_orders.creation import is_of_other_company
from portal_pipeline.core.purchase_orders.models import PortalView
from portal_pipeline.core.purchase_orders.routing import OWNER
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.ledger.open_documents import unfinished_in_portal
from portal_pipeline.portal.listing import Listing
from portal_pipeline.sage.authorisations import read_all_authorisations, read_authorised_since
from portal_pipeline.sage.purchase_orders import read_changed_numbers, read_keys
from portal_pipeline.sage.receipts import read_orders_with_open_receipts
from portal_pipeline.spool import Spool, in_parts, repeated

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
    def numbers(self) -> Spool:
        """Every order that may be a candidate."""
        operations = [op for op, owner in OWNER.items() if owner == self._controller]
        found = Spool(self._work.ledger.keys_where(KIND, operations))
        found.add(self._to_look_at())
        return found

    def _to_look_at(self) -> Iterator[str]:
        ledger = self._work.ledger
        if self._controller == ControllerName.PO_CREATION:
            yield from self._in_scope() if self.sweep.since is None else self._changed()
            for page in self._open.pages():
                yield from page
        elif self.sweep.since is None:
            yield from ledger.keys_where(KIND, [Operation.CREATE], [Status.DONE])
        else:
            yield from self._changed()
            yield from unfinished_in_portal(ledger, KIND)

    def _changed(self) -> Iterator[str]:
        since, work = self.sweep.since, self._work
        if since is None:
            return
        yield from read_changed_numbers(work.sage, since)
        if self._has_tables:
            yield from read_authorised_since(work.sage, work.sage_company, since)

    def _in_scope(self) -> Iterator[str]:
        """Authorised orders since the start, and older ones that are not finished in Sage."""
        work = self._work
        start = work.tenant.start_of(KIND)
        waiting = Spool(map(str, read_orders_with_open_receipts(work.sage)))
        approved = self._approved() if self._has_tables else None
        for part in in_parts(read_keys(work.sage)):
            received = waiting.texts(str(key.sequence) for key in part)
            approvals = approved.texts(key.number for key in part) if approved is not None else {}
            for key in part:
                if approved is not None and key.number not in approvals:
                    continue
                on = approvals.get(key.number)
                counted = date.fromisoformat(on) if on else key.ordered_on
                is_since = start is None or (counted is not None and counted >= start)
                if is_since or not key.is_complete or str(key.sequence) in received:
                    yield key.number

    def _approved(self) -> Spool:
        """Authorised orders, each with the day of its approval (empty where none is known)."""
        found = read_all_authorisations(self._work.sage, self._work.sage_company)
        approved = Spool()
        approved.put((number, one.on.isoformat() if one.on else "") for number, one in found)
        return approved

    @property
    def _has_tables(self) -> bool:
        return self._work.tenant.purchase_orders.authorisation == "tables"

    @cached_property
    def _open(self) -> Spool:
        """Unfinished orders of the portal that are this step's business (daily sweep).

        For po_creation those that our ledger does not have there; for the others those that it
        has, also such as a person has reopened there. Of two with one number, none: it is asked
        for by its number.
        """
        found, work = Spool(), self._work
        if self.sweep.since is not None:
            return found
        listing = work.portal.open_purchase_orders()
        self.is_complete = listing.proves_absence
        note_listing(self._report, "portal unfinished purchase orders", listing)
        doubles = repeated([one.external_id for one in p] for p in in_parts(self._ours(listing)))
        for part in in_parts(self._ours(listing)):
            several = doubles.texts(order.external_id for order in part)
            views = {
                order.external_id: PortalView(order=order)
                for order in part
                if order.external_id not in several
            }
            rows = work.ledger.operations(KIND, sorted(views), [Operation.CREATE])
            found.put(
                (number, view.model_dump_json())
                for number, view in views.items()
                if self._is_mine(rows.get((number, Operation.CREATE)))
            )
        return found

    def _ours(self, listing: Listing[PortalPurchaseOrder]) -> Iterator[PortalPurchaseOrder]:
        return (
            order
            for order in listing.items
            if order.external_id and not is_of_other_company(order, self._work.tenant)
        )

    def _is_mine(self, create: OperationRow | None) -> bool:
        status = create.status if create else None
        if self._controller == ControllerName.PO_CREATION:
            return status not in (Status.DONE, Status.DISMISSED)
        return status == Status.DONE

    def open_views(self, numbers: Numbers) -> dict[str, PortalView]:
        """What the portal's list of unfinished orders shows of these."""
        texts = self._open.texts(numbers)
        return {number: PortalView.model_validate_json(text) for number, text in texts.items()}


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
        return self._reading.numbers.pages(CHUNK_SIZE)

    def plan(self, chunk: Numbers) -> Sequence[Decision]:
        """The decisions of this step; an order acted on in this run waits for the next cycle."""
        work = self._work
        acted = work.ledger.acted_in_run(KIND, chunk, work.run_id)
        facts = self._loader.load(
            [number for number in chunk if number not in acted],
            self._reading.open_views(chunk),
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
