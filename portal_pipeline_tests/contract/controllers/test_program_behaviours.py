"""The whole way through a real program: started, ended in time, and believed by nothing but Sage.

The stand-in for the vendor's program runs as a process of its own over the same Sage company.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from portal_pipeline.controllers.provider_sync import ProviderSync
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Route, VendorRules
from portal_pipeline.importers.drop_folder import DropFolder
from portal_pipeline.importers.executable import ProgramFiles
from portal_pipeline.importers.program import ImporterProgram
from portal_pipeline_tests.contract.controllers.test_import_by_program import (
    TOTALS,
    ProgramRoom,
    cycle,
    supplier,
)
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

IMPORT = Operation.IMPORT
SOURCES = Path(__file__).parents[3]
"""Where the stand-in's package is found from."""


class ProgramHouse(ProgramRoom):
    """A room whose program really runs."""

    behaviour = "well"
    timeout_s = 60.0

    def workspace(self, run_id: str | None = None) -> Workspace:
        command = [
            sys.executable,
            *("-m", "portal_pipeline.sandbox.importer_program"),
            *("--folder", str(self.inbox)),
            *("--sage-url", f"sqlite:///{self.folder / 'sage.db'}"),
            *("--behaviour", self.behaviour),
            *("--seconds", "0.5"),
        ]
        program = ImporterProgram(
            command,
            working_folder=SOURCES,
            timeout_s=self.timeout_s,
            output_folder=self.folder / "output",
            grace_s=0.2,
        )
        files = ProgramFiles(DropFolder(self.inbox), self.taken_back, program)
        return replace(super().workspace(run_id), program=files)

    def upload_both(self) -> None:
        """Two approved invoices."""
        for name, total in TOTALS.items():
            self.upload(name, total=total)

    def waiting(self) -> list[str]:
        """Our files in the folder; the program has folders of its own beside them."""
        return [name for name in self.files() if name.endswith(".xml")]

    def reasons(self) -> list[str]:
        """What each of the two waits for."""
        return [self.reason(name, IMPORT) for name in TOTALS]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ProgramHouse]:
    made = ProgramHouse(tmp_path)
    yield made
    made.close()


def post_all(house: ProgramHouse) -> None:
    """A clerk posts what the program left in open batches."""
    for batch in {one.batch for name in TOTALS for one in house.alive(name) if not one.is_posted}:
        house.company.post_ap_invoice_batch(batch)


@pytest.mark.parametrize("behaviour", ["well", "slow"])
def test_a_program_that_behaves_well_is_confirmed_in_the_same_step(
    house: ProgramHouse, behaviour: str
) -> None:
    house.behaviour = behaviour
    house.upload_both()
    report = cycle(house)
    assert (report.succeeded, report.problems) == (2, ())
    assert house.waiting() == []
    assert house.reasons() == ["batch_waits_for_posting"] * 2
    post_all(house)
    assert cycle(house).done == 2
    assert [len(house.alive(name)) for name in TOTALS] == [1, 1]
    assert len(list((house.folder / "output").glob("*.log"))) == 1, "nothing waits: it is not run"


def test_a_program_that_hangs_is_ended_with_all_that_it_started_and_its_files_wait(
    house: ProgramHouse,
) -> None:
    house.behaviour, house.timeout_s = "hangs", 1.5
    house.upload_both()
    report = cycle(house)
    assert any("did not end in time" in problem for problem in report.problems)
    left = [
        one.pid
        for one in psutil.process_iter(["cmdline"])
        if str(house.inbox) in (one.info["cmdline"] or ())
    ]
    assert left == []
    assert house.reasons() == ["waits_for_program"] * 2
    house.behaviour, house.timeout_s = "well", 60.0
    cycle(house)
    assert house.reasons() == ["batch_waits_for_posting"] * 2
    assert [len(house.alive(name)) for name in TOTALS] == [1, 1]


def test_a_program_that_crashes_after_writing_sage_doubles_nothing(house: ProgramHouse) -> None:
    house.behaviour = "crashes"
    house.upload_both()
    report = cycle(house)
    assert any("exit code 3" in problem for problem in report.problems)
    house.behaviour = "well"
    cycle(house)
    post_all(house)
    assert cycle(house).done == 2
    assert [len(house.alive(name)) for name in TOTALS] == [1, 1]


@pytest.mark.parametrize(("behaviour", "imported"), [("half", 1), ("moves", 0)])
def test_what_the_program_moved_and_sage_does_not_show_is_held_with_its_reason(
    house: ProgramHouse, behaviour: str, imported: int
) -> None:
    """The program ends with exit code 0 and says nothing."""
    house.behaviour = behaviour
    house.upload_both()
    assert cycle(house).problems == ()
    reasons = house.reasons()
    assert reasons.count("batch_waits_for_posting") == imported
    assert reasons.count("not_imported_by_program") == 2 - imported
    assert sum(len(house.alive(name)) for name in TOTALS) == imported
    for name in TOTALS:
        row = house.row(uuid_of(name), IMPORT)
        assert row is not None
        assert (row.status, row.waiting_since is not None) == (Status.HELD, True)
    assert cycle(house).acted == 0


def test_a_new_suppliers_xml_and_his_invoice_enter_sage_one_after_the_other(
    house: ProgramHouse,
) -> None:
    house.set(vendors=VendorRules(create_vendors=True, route=Route.EXECUTABLE))
    provider = supplier(house)
    house.run(ProviderSync)
    cycle(house)
    house.run(ProviderSync)
    kind = DocumentKind.PROVIDER
    assert house.finding(provider.id, Operation.CREATE_VENDOR, kind) == "done"
    assert "V050" in {one.vendor for one in house.company.vendors()}
