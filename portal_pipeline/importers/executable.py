"""Importing through the vendor's program: a file in its folder, then Sage itself tells.

The program gives no answer about a document (sync rules 4): an import is handed over here, and
confirmed by reading Sage. Source: rules 5; design 6.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from portal_pipeline.archive import Archive
from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.cfdi.addenda import Inserted, insert_addenda
from portal_pipeline.core.findings.importer_files import PROGRAM_UNUSABLE
from portal_pipeline.core.findings.invoices import NOT_DOWNLOADED
from portal_pipeline.core.handed import FILE_MARK, file_finding
from portal_pipeline.core.invoices.addenda import Addenda
from portal_pipeline.core.invoices.handed import file_name
from portal_pipeline.core.outcomes import (
    Absent,
    Effects,
    Found,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
)
from portal_pipeline.core.tenant import ProgramRules
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.importers.drop_folder import DropFolder, DropFolderError
from portal_pipeline.importers.program import ImporterProgram
from portal_pipeline.importers.provider_xml import provider_xml

FILES_MAX = 10_000
"""Files of ours that are looked at in the folder."""


class ProgramFiles(NamedTuple):
    """One tenant's import program: its folder, and how it is started."""

    folder: DropFolder
    taken_back: Path
    """Where files go that are taken out of the folder again."""
    program: ImporterProgram | None
    """None: somebody else starts it."""


class ExecutableImporter:
    """Hands documents over to the program of one company."""

    def __init__(
        self, files: ProgramFiles | None, archive: Archive, tenant: str, rules: ProgramRules
    ) -> None:
        self._files = files
        self._archive = archive
        self._tenant = tenant
        self._rules = rules

    def problem(self) -> str:
        """Why nothing can be handed over; a program that does not start keeps no file back."""
        if self._files is None:
            return "no import program is set for the tenant (importer_program)"
        return self._files.folder.problem()

    # -- invoices ----------------------------------------------------------------------------------

    def create(self, uuid: str, payload: JsonObject) -> Outcome:
        """The archived CFDI with its addenda into the folder; pending until Sage shows it."""
        try:
            original = self._archive.get(self._tenant, uuid)
        except ArchiveError as error:
            return _not_handed(str(error))
        if original is None:
            finding = NOT_DOWNLOADED()
            return Refused(
                code=finding.code, detail="the archive has no such file", finding=finding
            )
        addenda = Addenda.model_validate(payload["addenda"])
        made = insert_addenda(original, addenda, existing=self._rules.existing_addenda)
        if not isinstance(made, Inserted):
            return Refused(code=made.code, detail=made.text, finding=made.finding)
        details = {"file_sha256": made.sha256_after, "addenda": made.what.value}
        return self._put(str(payload["file"]), made.data, Effects(details=details))

    def look_up(self, uuid: str) -> LookUp:
        """Whether its file waits in the folder."""
        name = file_name(uuid)
        if self._files is None:
            return Absent()
        try:
            is_there = bool(self._files.folder.present([name]))
        except DropFolderError as error:
            return Unclear(detail=str(error))
        return _handed(name) if is_there else Absent()

    def take_back(self, uuid: str) -> str:
        """Take its file out of the folder where it still is; what became of it, for people.

        Raises:
            DropFolderError: the folder gives no answer; the file may still be there.
        """
        name = file_name(uuid)
        if self._files is not None and self._files.folder.withdraw(name, self._files.taken_back):
            return f"{name} was taken back from the import program's folder"
        return f"{name} was taken by the import program; what it made of it shows in Sage"

    # -- suppliers ---------------------------------------------------------------------------------

    def put_provider(self, name: str, payload: JsonObject) -> Outcome:
        """The provider XML into the folder; pending until Sage shows the vendor."""
        return self._put(name, provider_xml(payload), Effects())

    def look_up_provider(self, name: str, payload: JsonObject) -> LookUp:
        """Whether the same provider XML waits in the folder."""
        if self._files is None or not payload:
            return Absent()
        try:
            is_there = bool(self._files.folder.present([name]))
        except DropFolderError as error:
            return Unclear(detail=str(error))
        return _handed(name) if is_there else Absent()

    # -- the program -------------------------------------------------------------------------------

    def waiting(self) -> tuple[str, ...]:
        """Names of our files that the program has not taken yet, the oldest first.

        Raises:
            DropFolderError: the folder cannot be listed.
        """
        if self._files is None:
            return ()
        return tuple(one.name for one in self._files.folder.waiting(FILES_MAX))

    def run(self) -> str:
        """Run the program to its end; what is wrong with how it ended, empty when nothing is.

        Its end says nothing about a document.

        Raises:
            ImporterProgramError: it cannot be started.
        """
        if self._files is None or self._files.program is None:
            return ""
        run = self._files.program.run()
        wrong: list[str] = []
        if run.timed_out:
            wrong.append(f"did not end in time and was ended after {run.seconds:.0f} s")
        elif run.exit_code:
            wrong.append(f"ended with exit code {run.exit_code}")
        if run.ended_processes and not run.timed_out:
            wrong.append(f"left {run.ended_processes} process(es) behind, which were ended")
        if run.left_running:
            wrong.append(f"left processes that cannot be ended: {run.left_running}")
        if not wrong:
            return ""
        return f"the import program {', '.join(wrong)}; its output is in {run.output}"

    def _put(self, name: str, data: bytes, effects: Effects) -> Outcome:
        if self._files is None:
            return _not_handed(self.problem())
        try:
            self._files.folder.put(name, data)
        except DropFolderError as error:
            return _not_handed(str(error))
        handed = _handed(name)
        return Succeeded(remote_id=handed.remote_id, pending=handed.pending, effects=effects)


def _handed(name: str) -> Found:
    pending = file_finding(name, is_there=True)
    return Found(remote_id=f"{FILE_MARK}{name}", pending=pending)


def _not_handed(why: str) -> Refused:
    """Nothing is in the folder, for a reason that is not the document's."""
    finding = PROGRAM_UNUSABLE(detail=why)
    return Refused(code=finding.code, detail=why, finding=finding, is_attempt=False)
