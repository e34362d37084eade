"""provider_sync: every accepted supplier linked to its Sage vendor, on both sides.

Source: rules 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.provider_listing import Found, ProviderListing
from portal_pipeline.controllers.provider_writes import ProviderWrites, VendorWrites
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Decision, OperationRow, Verdict, held
from portal_pipeline.core.findings.importer_files import PROGRAM_UNUSABLE
from portal_pipeline.core.findings.invoices import WEB_API_UNREACHABLE
from portal_pipeline.core.findings.providers import WEB_API_NOT_SET
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.outcomes import LookUp, Outcome
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.providers.by_program import provider_file
from portal_pipeline.core.providers.matching import GENERIC_RFCS, ProviderIndex
from portal_pipeline.core.providers.models import GoneProvider, ProviderFacts
from portal_pipeline.core.providers.sync import plan_gone, plan_providers, proposed_number
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import Route
from portal_pipeline.importers.drop_folder import DropFolderError
from portal_pipeline.importers.executable import ExecutableImporter
from portal_pipeline.sage.vendor_namesakes import read_unlinked_by_rfc
from portal_pipeline.sage.vendors import read_vendors, read_vendors_by_provider_id

VENDOR_WRITES = (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR)
WRITE_TIMEOUT_S = 300.0
"""Longest call of a write (Web API sheet 7.6)."""

Rows = dict[str, dict[Operation, OperationRow]]


class ProviderSync(Step[tuple[str, ...]]):
    """Lists suppliers, matches them with vendors, writes what either side lacks."""

    name = ControllerName.PROVIDER_SYNC

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._listing = ProviderListing(work)
        self._found: Found | None = None
        self._program = ExecutableImporter(
            work.program, work.archive, work.tenant.key, work.tenant.program
        )
        self._vendors = VendorWrites(work.web_api, self._program, work.sage, work.tenant.fields)
        self._providers = ProviderWrites(work.portal)
        self._problem: str | None = None

    @property
    def _read(self) -> Found:
        """The providers of this step, read once."""
        if self._found is None:
            self._found = self._listing.read()
        return self._found

    def chunks(self) -> Iterator[tuple[str, ...]]:
        """Keys of the providers read, in order."""
        keys = sorted(self._read)
        for start in range(0, len(keys), CHUNK_SIZE):
            yield tuple(keys[start : start + CHUNK_SIZE])

    # -- plan --------------------------------------------------------------------------------------

    def plan(self, chunk: tuple[str, ...]) -> Sequence[Decision]:
        """Load and decide; no vendor is written while the Web API does not answer."""
        rows: Rows = {key: {} for key in chunk}
        for (key, operation), row in self._work.ledger.operations(
            DocumentKind.PROVIDER, chunk
        ).items():
            rows[key][operation] = row
        gone = [key for key in chunk if self._read[key] is None]
        decisions = [
            decision
            for key in gone
            for decision in plan_gone(GoneProvider(key=key, rows=rows[key]))
        ]
        index = ProviderIndex(one for one in self._read.values() if one is not None)
        present = [one for key in chunk if (one := self._read[key]) is not None]
        facts = self._facts(present, rows)
        decisions += plan_providers(facts, index, self._work.tenant, self._listing.today)
        return [self._if_writable(decision) for decision in decisions]

    def _facts(self, providers: Sequence[PortalProvider], rows: Rows) -> list[ProviderFacts]:
        """What Sage and ledger know of the providers, set-based."""
        sage, fields = self._work.sage, self._work.tenant.fields
        keys = [one.id.lower() for one in providers]
        numbers = {
            one.id: proposed_number(one, rows[one.id.lower()], self._work.tenant)
            for one in providers
        }
        named = read_vendors_by_provider_id(sage, keys, fields)
        wanted = {*numbers.values(), *(one.external_id for one in providers)} - {""}
        numbered = read_vendors(sage, wanted, fields)
        unknown = [
            one.rfc
            for one in providers
            if one.id.lower() not in named and one.external_id not in numbered
        ]
        namesakes = read_unlinked_by_rfc(sage, set(unknown) - GENERIC_RFCS, fields)
        known = self._work.ledger.documents(DocumentKind.PROVIDER, keys)
        waiting = self._waiting_files(providers)
        return [
            ProviderFacts(
                provider=one,
                vendors=_together(named.get(one.id.lower(), ()), numbered.get(one.external_id)),
                number_holder=_shown(numbered.get(numbers[one.id])),
                namesakes=namesakes.get(one.rfc.strip().upper(), ()),
                rows=rows[one.id.lower()],
                known=known.get(one.id.lower()),
                file_waits=provider_file(one.id) in waiting,
            )
            for one in providers
        ]

    def _waiting_files(self, providers: Sequence[PortalProvider]) -> frozenset[str]:
        """Which suppliers' files still wait for the import program; one listing."""
        if self._work.program is None:
            return frozenset()
        names = [provider_file(one.id) for one in providers]
        try:
            return self._work.program.folder.present(names)
        except DropFolderError as error:
            self._report.add_problem(str(error))
            return frozenset(names)  # not seen is not gone

    def _if_writable(self, decision: Decision) -> Decision:
        """The decision, or a wait where the way into Sage is closed; asked for once."""
        if decision.verdict != Verdict.ACT or decision.operation not in VENDOR_WRITES:
            return decision
        is_program = self._work.tenant.vendors.route == Route.EXECUTABLE
        if self._problem is None:
            self._problem = self._program.problem() if is_program else self._vendors.problem()
            if self._problem:
                self._report.add_problem(self._problem)
        if not self._problem:
            return decision
        if is_program:
            return held(decision, PROGRAM_UNUSABLE(detail=self._problem))
        if not self._vendors.is_set:
            return held(decision, WEB_API_NOT_SET())
        return held(decision, WEB_API_UNREACHABLE(detail=self._problem))

    # -- execute -----------------------------------------------------------------------------------

    def handlers(self) -> Mapping[Operation, Handler]:
        """A vendor could be created twice, so its absence counts when seen twice (design 5)."""
        return {
            Operation.CREATE_VENDOR: _handler(
                "sage_web_api", self._vendors.create, self._vendors.look_up_created, looks=2
            ),
            Operation.UPDATE_VENDOR: _handler(
                "sage_web_api", self._vendors.update, self._vendors.look_up_updated, looks=1
            ),
            Operation.SET_EXTERNAL_ID: _handler(
                "portal",
                self._providers.set_external_id,
                self._providers.look_up_external_id,
                looks=1,
            ),
        }

    def complete(self) -> None:
        """Keep how the listing ended."""
        self._listing.save(self._report)


def _handler(
    system: str,
    call: Callable[[Decision], Outcome],
    look_up: Callable[[Decision], LookUp],
    *,
    looks: int,
) -> Handler:
    # Sage's Web API takes one writer per company: its client makes the others wait.
    return Handler(
        system=system, call=call, look_up=look_up, looks=looks, call_timeout_s=WRITE_TIMEOUT_S
    )


def _together(named: Sequence[SageVendor], numbered: SageVendor | None) -> tuple[SageVendor, ...]:
    """Both, each vendor once, in order of number."""
    both = {vendor.vendor_id: vendor for vendor in (*named, *([numbered] if numbered else []))}
    return tuple(both[number] for number in sorted(both))


def _shown(vendor: SageVendor | None) -> str:
    return f"{vendor.vendor_id} {vendor.name}" if vendor else ""
