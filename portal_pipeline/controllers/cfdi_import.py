"""cfdi_import: every approved invoice and credit note posted in Sage, once, whoever captured it.

Source: rules 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal_pipeline.controllers.cfdi_import_facts import ImportLoader
from portal_pipeline.controllers.program_work import let_program_work
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.to_import import SWEEP, to_import
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import OPEN_STATUSES, Decision, Status, Verdict, held
from portal_pipeline.core.errors import DefectError
from portal_pipeline.core.findings.importer_files import PROGRAM_UNUSABLE
from portal_pipeline.core.findings.invoices import WEB_API_UNREACHABLE
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.invoices.facts import Candidate
from portal_pipeline.core.invoices.import_plan import (
    decide_before_building,
    decide_in_sage,
)
from portal_pipeline.core.invoices.one_number_each import decide_all_built
from portal_pipeline.core.invoices.payload import Wanted
from portal_pipeline.core.invoices.posting_plan import POSTING_OPERATIONS, plan_posting
from portal_pipeline.core.invoices.standing import ROUTE
from portal_pipeline.core.outcomes import Absent, LookUp, Outcome
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.core.tenant import Posting, Route
from portal_pipeline.importers.executable import ExecutableImporter
from portal_pipeline.importers.in_sage import look_up_in_sage
from portal_pipeline.importers.port import Entry, Importer
from portal_pipeline.importers.web_api import WebApiImporter
from portal_pipeline.ledger.reports import ListingState, read_listing, save_listings
from portal_pipeline.spool import Spool

KINDS = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
WRITE_TIMEOUT_S = 300.0
"""Longest call of a write (Web API sheet 7.6)."""


@dataclass(frozen=True)
class Chunk:
    """Documents of one kind to import, or whose entries are to be posted."""

    kind: DocumentKind
    keys: tuple[str, ...]
    is_posting: bool = False


class CfdiImport(Step[Chunk]):
    """Confirms from Sage, then routes and imports what is left; then posts, where that is set."""

    name = ControllerName.CFDI_IMPORT

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._loader = ImportLoader(work)
        self._web_api = WebApiImporter(work.web_api, work.sage, work.tenant.fields)
        self._program = ExecutableImporter(
            work.program, work.archive, work.tenant.key, work.tenant.program
        )
        self._importers: Mapping[str, Importer] = {
            Route.WEB_API.value: self._web_api,
            Route.EXECUTABLE.value: self._program,
        }
        self._problems: dict[str, str] = {}
        self._candidates: dict[DocumentKind, Spool] = {}
        self._twins: Spool | None = None
        self._started = work.clock()
        self._swept = read_listing(work.ledger, SWEEP)

    # -- candidates --------------------------------------------------------------------------------

    def chunks(self) -> Iterator[Chunk]:
        """Downloaded documents by kind and key; last, the entries that our imports created."""
        self._candidates = {kind: self._to_look_at(kind) for kind in KINDS}
        self._twins = None
        for kind, keys in self._candidates.items():
            for part in keys.pages(CHUNK_SIZE):
                yield Chunk(kind=kind, keys=part)
        for kind in KINDS:
            for part in self._to_post(kind).pages(CHUNK_SIZE):
                yield Chunk(kind=kind, keys=part, is_posting=True)

    def _to_look_at(self, kind: DocumentKind) -> Spool:
        """Downloaded and not finished; in the daily sweep, finished ones too.

        What waits is looked at as well while its file is asked for again: its reason is told, and
        a clerk may have captured it meanwhile.
        """
        ledger = self._work.ledger
        found = Spool(ledger.keys_where(kind, [Operation.IMPORT], OPEN_STATUSES))
        if self._is_sweep:
            found.add(ledger.keys_where(kind, [Operation.DOWNLOAD], [Status.DONE]))
        else:
            found.add(to_import(ledger, kind, self._swept))
        return found

    def _to_post(self, kind: DocumentKind) -> Spool:
        """Imports that wait, where posting is ours; and posting that was begun."""
        ledger = self._work.ledger
        found = Spool(ledger.keys_where(kind, POSTING_OPERATIONS, OPEN_STATUSES))
        if self._work.tenant.imports.posting != Posting.OPEN:
            found.add(ledger.keys_where(kind, [Operation.IMPORT], [Status.HELD]))
        return found

    @property
    def _is_sweep(self) -> bool:
        """Whether today's full look is still to be made."""
        zone, swept = self._work.tenant.zone, self._swept.swept_at
        today = self._started.astimezone(zone).date()
        return swept is None or swept.astimezone(zone).date() != today

    # -- plan --------------------------------------------------------------------------------------

    def plan(self, chunk: Chunk) -> Sequence[Decision]:
        """Load and decide; nothing is imported while the Web API does not answer."""
        candidates = self._loader.candidates(chunk.kind, chunk.keys)
        if chunk.is_posting:
            decisions = self._plan_posting(candidates)
        else:
            decisions = self._plan_imports(candidates)
        return [self._if_writable(one) for one in decisions]

    def _if_writable(self, decision: Decision) -> Decision:
        """The decision, or a wait where its way into Sage is closed."""
        if decision.verdict != Verdict.ACT or decision.act is None or decision.act.look_up_only:
            return decision
        route = _route_of(decision)
        problem = self._problem_of(route)
        if not problem:
            return decision
        kind = WEB_API_UNREACHABLE if route == Route.WEB_API.value else PROGRAM_UNUSABLE
        return held(decision, kind(detail=problem))

    def _plan_imports(self, candidates: Sequence[Candidate]) -> list[Decision]:
        facts = self._loader.in_sage(candidates)
        decided: dict[str, Decision] = {}
        left: list[Candidate] = []
        for candidate in candidates:
            found = decide_in_sage(candidate, facts)
            if found is None:
                left.append(candidate)
            else:
                decided[candidate.uuid] = found
        if left:
            facts = self._loader.without_uuid(left, facts, self._all_twins)
        wanted: dict[str, Wanted] = {}
        for candidate in left:
            result = decide_before_building(candidate, facts, self._work.tenant)
            if isinstance(result, Decision):
                decided[candidate.uuid] = result
            else:
                wanted[candidate.uuid] = result
        facts = self._loader.to_build(wanted, facts)
        decided |= decide_all_built(left, wanted, facts, self._work.tenant)
        return [decided[candidate.uuid] for candidate in candidates]

    @property
    def _all_twins(self) -> Spool:
        """Fingerprints of several candidates of this step, looked for when first needed."""
        if self._twins is None:
            self._twins = self._loader.twins(self._candidates)
        return self._twins

    def _plan_posting(self, candidates: Sequence[Candidate]) -> list[Decision]:
        facts = self._loader.in_sage(candidates)
        rules = self._work.tenant.imports
        return [
            decision
            for candidate in candidates
            for decision in plan_posting(candidate, facts, rules)
        ]

    def _problem_of(self, route: str) -> str:
        """Why nothing can be written that way, asked once per step; a problem of the report."""
        if route not in self._problems:
            self._problems[route] = self._importers[route].problem()
            if self._problems[route]:
                self._report.add_problem(self._problems[route])
        return self._problems[route]

    # -- execute -----------------------------------------------------------------------------------

    def handlers(self) -> Mapping[Operation, Handler]:
        """One writer per company; an absence counts when seen twice (rules 9, design 5)."""
        web_api = self._web_api
        return {
            Operation.IMPORT: _handler(self._create, self._look_up, take_back=self._take_back),
            Operation.MARK_READY: _handler(
                lambda one: web_api.mark_ready(_entry_of(one)),
                lambda one: web_api.look_up_ready(_entry_of(one)),
            ),
            Operation.POST: _handler(
                lambda one: web_api.post(_entry_of(one)),
                lambda one: web_api.look_up_posted(_entry_of(one)),
            ),
        }

    def _create(self, decision: Decision) -> Outcome:
        if decision.act is None:
            raise DefectError(f"{decision.key}: an import without an act")
        return self._importers[_route_of(decision)].create(decision.key, decision.act.payload)

    def _look_up(self, decision: Decision) -> LookUp:
        """In Sage, then where each way itself would show it: the way may have been changed."""
        details = decision.document.details
        seen = look_up_in_sage(
            self._work.sage,
            self._work.tenant.fields,
            decision.key,
            details.get("sage_vendor", ""),
            details.get("sage_number", ""),
        )
        for importer in self._importers.values():
            if not isinstance(seen, Absent):
                return seen
            seen = importer.look_up(decision.key)
        return seen

    def _take_back(self, decision: Decision) -> str:
        return self._program.take_back(decision.key)

    def complete(self) -> None:
        """Let the import program work, see what came of it, and remember the sweep."""
        for kind, keys in let_program_work(self._work, self._program, self._report).items():
            for part in _parts(keys):
                seen = self._plan_imports(self._loader.candidates(kind, part))
                news = [one for one in seen if one.verdict != Verdict.ACT]
                self._work.ledger.record(news, self._work.run_id)
        if self._is_sweep:
            state = ListingState(watermark=self._started, swept_at=self._started, is_complete=True)
            save_listings(self._work.ledger, {SWEEP: state})


def _route_of(decision: Decision) -> str:
    """The way of an import; posting is always the Web API's."""
    if decision.operation != Operation.IMPORT:
        return Route.WEB_API.value
    return decision.document.details.get(ROUTE, Route.WEB_API.value)


def _handler(
    call: Callable[[Decision], Outcome],
    look_up: Callable[[Decision], LookUp],
    *,
    take_back: Callable[[Decision], str] | None = None,
) -> Handler:
    return Handler(
        system="sage_web_api",
        take_back=take_back,
        call=call,
        look_up=look_up,
        looks=2,
        at_once=1,
        call_timeout_s=WRITE_TIMEOUT_S,
    )


def _parts(keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(keys), CHUNK_SIZE):
        yield tuple(keys[start : start + CHUNK_SIZE])


def _entry_of(decision: Decision) -> Entry:
    """The entry that a posting act is about; the ledger keeps its place for a later look-up."""
    batch, _, entry = decision.document.details.get("sage_place", "").partition("/")
    if not (batch.isdecimal() and entry.isdecimal()):
        raise DefectError(f"{decision.key}: no batch and entry are known")
    return Entry(uuid=decision.key, batch=int(batch), entry=int(entry))
