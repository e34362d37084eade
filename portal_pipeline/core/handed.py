"""What was handed to the import program as a file, and of which Sage has shown nothing yet.

The program answers nothing about a file (sync rules sheet 4): until Sage shows the document or the
vendor, its operation keeps the file's name where it would keep the name that Sage gives it.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.importer_files import NOT_IMPORTED_BY_PROGRAM, WAITS_FOR_PROGRAM

FILE_MARK = "file:"
"""Begins the remote id of what is known to the target by its file alone."""


def handed_file(row: OperationRow | None) -> str:
    """The file that was handed over; empty: none, or Sage has shown what became of it."""
    if row is None or not row.remote_id.startswith(FILE_MARK):
        return ""
    return row.remote_id[len(FILE_MARK) :]


def file_finding(name: str, *, is_there: bool) -> Finding:
    """Whether the program has still to take the file, or took it and Sage shows nothing."""
    return WAITS_FOR_PROGRAM(file=name) if is_there else NOT_IMPORTED_BY_PROGRAM(file=name)
