"""The company of a scenario: both systems, its people, and all nine steps in each cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.tenant import ProgramRules, Route
from portal_pipeline.importers.drop_folder import DropFolder
from portal_pipeline.importers.executable import ProgramFiles
from portal_pipeline.sandbox.importer_program.behaviour import Behaviour
from portal_pipeline.sandbox.importer_program.program import Program
from portal_pipeline.sandbox.portal import Cfdi
from portal_pipeline.sandbox.sage.company import BatchState
from portal_pipeline_tests.contract.controllers.buyers import Buyers
from portal_pipeline_tests.contract.controllers.mailroom import IMPORTS, Mailroom
from portal_pipeline_tests.contract.controllers.reception import Reception
from portal_pipeline_tests.contract.controllers.treasury import Treasury
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml
from portal_pipeline_tests.scenarios.seen import Seen, seen_in_ledger, seen_in_reports

ROUTES = ("invoice_route", "po_invoice_route", "credit_note_route", "advance_route")


class Town(Reception, Mailroom):
    """A company with its mailroom and reception; buyers and treasury are beside it.

    ``seen`` collects every finding that the ledger or the reports ever showed.
    """

    def __init__(self, folder: Path, **given: Any) -> None:
        super().__init__(folder, **given)
        self.treasury = Treasury(self)
        self.buyers = Buyers(self)
        self.inbox = self.folder / "inbox"
        """Folder of the import program, where the tenant keeps one."""
        self._has_program = False
        self.seen: set[Seen] = set()
        self._cycles = 0

    def cycle(self, **delta: float) -> Mapping[ControllerName, StepReport]:
        """All nine steps in one run, after some time (15 minutes unless told)."""
        self.advance(**(delta or {"minutes": 15}))
        self._cycles += 1
        run_id = f"cycle-{self._cycles}"
        reports = {name: self.run(step_factory(name), run_id=run_id) for name in ControllerName}
        self.look(reports)
        return reports

    def look(self, reports: Mapping[ControllerName, StepReport] | None = None) -> None:
        """Remember what ledger and reports show."""
        self.seen.update(seen_in_ledger(self.ledger_store))
        self.seen.update(seen_in_reports((reports or {}).values()))

    # -- the ways into Sage ------------------------------------------------------------------------

    def set_imports(self, **changes: object) -> None:
        """Change the import rules."""
        self.set(imports=self.tenant.imports.model_copy(update=changes))

    def route(self, route: Route) -> None:
        """Every class of documents goes this way."""
        self.set_imports(**dict.fromkeys(ROUTES, route))

    def keep_program(self, **rules: object) -> None:
        """The tenant keeps the import program, and everything goes through it."""
        self.inbox.mkdir()
        self._has_program = True
        self.set(imports=IMPORTS, program=ProgramRules.model_validate({"id_base": "7", **rules}))
        self.route(Route.EXECUTABLE)

    def program_runs(self, behaviour: Behaviour = Behaviour.WELL) -> None:
        """The program takes its files; somebody else starts it, in this process here."""
        beside = {name: self.folder / name for name in ("processed", "failed", "logs")}
        Program(self.company, folder=self.inbox, behaviour=behaviour, **beside).run()

    def files(self) -> list[str]:
        """What waits in the program's folder."""
        return sorted(path.name for path in self.inbox.iterdir())

    def workspace(self, run_id: str | None = None) -> Workspace:
        """With the import program, where the tenant keeps one."""
        work = super().workspace(run_id)
        if not self._has_program:
            return work
        files = ProgramFiles(DropFolder(self.inbox), self.folder / "taken_back", None)
        return replace(work, program=files)

    def post_open_batches(self) -> None:
        """A clerk posts whatever waits."""
        waiting = [one for one in self.company.invoices() if one.batch_state == BatchState.OPEN]
        for batch in sorted({one.batch for one in waiting}):
            self.company.post_ap_invoice_batch(batch)

    def send_in(self, xml: bytes) -> Cfdi:
        """The supplier's file as it is, approved."""
        cfdi = self.portal.upload_cfdi(self.key, xml=xml, provider_id=self.provider.id)
        self.portal.send_cfdi(self.key, cfdi.id)
        return self.portal.approve_cfdi(self.key, cfdi.id)

    def complement(self, name: str, payment_id: str, *invoices: str, approve: bool = True) -> Cfdi:
        """The supplier's complement of a payment in the portal, reviewed unless told."""
        paid = tuple((self.treasury.uuid(number), "116.00") for number in invoices)
        xml = cfdi_xml(name, tipo="P", paid=paid)
        sent = self.portal.attach_complement(
            self.key, payment_ids=(payment_id,), xml=xml, provider_id=self.provider.id
        )
        if approve:
            self.portal.review_complement(self.key, sent.id, authorize=True)
        return sent

    # -- what the ledger says, as ``finding`` of the bench: a code, else the status ---------------

    def payment(self, number: str, operation: Operation = Operation.UPLOAD) -> str:
        """Reason of a payment."""
        return self.finding(number, operation, DocumentKind.PAYMENT)

    def order(self, number: str, operation: Operation = Operation.CREATE) -> str:
        """Reason of a purchase order."""
        return self.finding(number, operation, DocumentKind.PURCHASE_ORDER)

    def invoice(self, number: str, operation: Operation = Operation.IMPORT) -> str:
        """Reason of an invoice that treasury's people know by its number."""
        return self.finding(self.treasury.uuid(number), operation)

    def notes(self, key: str, operation: Operation, kind: DocumentKind) -> list[str]:
        """Codes of an operation's notes."""
        row = self.row(key, operation, kind)
        return [note.code for note in row.notes] if row else []
