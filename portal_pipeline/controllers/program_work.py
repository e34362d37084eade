"""The import program at the end of cfdi_import: its folder put in order, then its run.

Source: rules 5; design 6. What it made of a file is read from Sage afterwards.
"""

from __future__ import annotations

from portal_pipeline.controllers.step import CHUNK_SIZE
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import OPEN_STATUSES, OperationRow, Status
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.handed import handed_file
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.handed import uuid_of_file
from portal_pipeline.core.invoices.standing import ROUTE
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.core.tenant import Mode, Route
from portal_pipeline.importers.executable import ExecutableImporter

KINDS = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)


def let_program_work(
    work: Workspace, program: ExecutableImporter, report: ReportBuilder
) -> dict[DocumentKind, list[str]]:
    """Run the program over the files that wait; UUIDs of the documents that it was to import.

    Does nothing without a program, in a dry run, or when nothing waits. A folder or a program that
    cannot be used is a problem of the report: the documents wait.
    """
    if work.program is None or work.tenant.mode == Mode.DRY_RUN:
        return {}
    try:
        uuids = _handed_over(work, program, program.waiting())
        if program.waiting():
            problem = program.run()
            if problem:
                report.add_problem(problem)
    except PipelineError as error:
        report.add_problem(str(error))
        return {}
    return uuids


def _handed_over(
    work: Workspace, program: ExecutableImporter, names: tuple[str, ...]
) -> dict[DocumentKind, list[str]]:
    """The documents whose files wait, by kind.

    A file of ours behind which no hand-over stands any more (its document was dismissed, or
    captured by a person meanwhile) is taken back. A file that we did not put there is another's.
    """
    wanted = sorted({uuid for name in names if (uuid := uuid_of_file(name))})
    found: dict[DocumentKind, list[str]] = {}
    for kind in KINDS:
        for start in range(0, len(wanted), CHUNK_SIZE):
            part = wanted[start : start + CHUNK_SIZE]
            rows = work.ledger.operations(kind, part, [Operation.IMPORT])
            documents = work.ledger.documents(kind, part)
            for (uuid, _), row in sorted(rows.items()):
                if _is_expected(row):
                    found.setdefault(kind, []).append(uuid)
                elif documents[uuid].details.get(ROUTE) == Route.EXECUTABLE.value:
                    program.take_back(uuid)
    return found


def _is_expected(row: OperationRow) -> bool:
    """Whether the program is to import the file: handed over, or perhaps handed over."""
    is_ours = bool(handed_file(row)) or row.status == Status.IN_FLIGHT
    return is_ours and row.status in OPEN_STATUSES
