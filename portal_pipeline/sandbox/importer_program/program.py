"""One run of the program over its folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from portal_pipeline.sandbox.importer_program.behaviour import Behaviour
from portal_pipeline.sandbox.importer_program.documents import (
    NotImported,
    invoice,
    is_supplier_file,
    parse,
    suppliers,
)
from portal_pipeline.sandbox.importer_program.invoices import InvoiceImport
from portal_pipeline.sandbox.importer_program.vendors import import_supplier
from portal_pipeline.sandbox.sage.company import SageCompany

CRASH_CODE = 3
FILES_MAX = 100_000
_Work = Callable[[Path], str]


class Program:
    """Providers first, then CFDIs one by one, in the order of their names.

    Args:
        company: the Sage that is written.
        folder: holds the ``*.xml`` to be taken.
        processed: where files go that the program has done with.
        failed: where files go that it did not import.
        logs: one log for providers and one for invoices.
        behaviour: what goes wrong.
    """

    def __init__(
        self,
        company: SageCompany,
        *,
        folder: Path,
        processed: Path,
        failed: Path,
        logs: Path,
        behaviour: Behaviour = Behaviour.WELL,
    ) -> None:
        self._company = company
        self._folder = folder
        self._processed = processed
        self._failed = failed
        self._logs = logs
        self._behaviour = behaviour
        self._import = InvoiceImport(company)

    def run(self) -> None:
        """Take every file that is there now. No file's error shows in how the program ends.

        Raises:
            OSError: the folder is not there.
        """
        files = sorted(path for path in self._folder.iterdir() if _is_taken(path))[:FILES_MAX]
        for folder in (self._processed, self._failed, self._logs):
            folder.mkdir(parents=True, exist_ok=True)
        of_suppliers = [path for path in files if _holds_suppliers(path)]
        for path in of_suppliers:
            self._take(path, "Proveedores", self._suppliers)
        for place, path in enumerate(one for one in files if one not in set(of_suppliers)):
            is_left_out = self._behaviour is Behaviour.HALF and place % 2 == 1
            self._take(path, "Facturas", self._nothing if is_left_out else self._invoice)
        sys.stdout.write(f"{len(files)} archivos\n")

    def _take(self, path: Path, log: str, work: _Work) -> None:
        if self._behaviour is Behaviour.MOVES:
            work = self._nothing
        try:
            done = work(path)
        except Exception as error:  # noqa: BLE001 - the program's manner: one line, and on it goes
            self._say(log, f"{path.name}: ERROR {error}")
            path.replace(self._failed / path.name)
            return
        if self._behaviour is Behaviour.CRASHES and self._import.written:
            raise SystemExit(CRASH_CODE)
        self._say(log, f"{path.name}: {done}")
        path.replace(self._processed / path.name)

    def _suppliers(self, path: Path) -> str:
        found = suppliers(parse(path))
        if not found:
            raise NotImported("sin proveedores")
        return ", ".join(import_supplier(self._company, one) for one in found)

    def _invoice(self, path: Path) -> str:
        return self._import.run(invoice(parse(path)))

    def _nothing(self, path: Path) -> str:
        return "procesado"

    def _say(self, log: str, text: str) -> None:
        now = self._company.clock().astimezone(self._company.zone)
        line = f"{now:%d/%m/%Y %H:%M:%S} {text}\n"
        with (self._logs / f"{log}.log").open("a", encoding="cp1252", errors="replace") as file:
            file.write(line)


def _is_taken(path: Path) -> bool:
    return path.suffix.lower() == ".xml" and path.is_file()


def _holds_suppliers(path: Path) -> bool:
    try:
        return is_supplier_file(parse(path))
    except NotImported:
        return False
