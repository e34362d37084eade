"""The program's command line.

``--folder`` holds the XML files; ``--sage-url`` names the sandbox company's database. Other
options have defaults inside the folder: ``Procesados``, ``Errores`` and ``Bitacora``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from portal_pipeline.sandbox.importer_program.behaviour import Behaviour, dawdle, hang
from portal_pipeline.sandbox.importer_program.company import (
    open_company,
    sandbox_clock,
    system_clock,
)
from portal_pipeline.sandbox.importer_program.program import Program
from portal_pipeline.sandbox.sage.company import SageRefused


def main(arguments: Sequence[str]) -> int:
    """Run the program; its exit code.

    0 whatever happened to single files; 1 when it could not begin; 3 when it crashes.
    """
    given = _options().parse_args(arguments)
    if given.behaviour is Behaviour.HANGS:
        hang()
    if given.behaviour is Behaviour.SLOW:
        dawdle(given.seconds)
    folder: Path = given.folder
    try:
        clock = sandbox_clock(given.clock_url) if given.clock_url else system_clock
        company = open_company(given.sage_url, clock=clock, zone=ZoneInfo(given.zone))
    except (SageRefused, SQLAlchemyError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        Program(
            company,
            folder=folder,
            processed=given.processed or folder / "Procesados",
            failed=given.failed or folder / "Errores",
            logs=given.logs or folder / "Bitacora",
            behaviour=given.behaviour,
        ).run()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        company.engine.dispose()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal_pipeline.sandbox.importer_program",
        description="Stands in for the vendor's import program, for the sandbox's companies only.",
    )
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="folder with the XML files")
    add("--sage-url", required=True, help="SQLAlchemy URL of a sandbox company's database")
    add("--processed", type=Path, help="where files go that were done with")
    add("--failed", type=Path, help="where files go that were not imported")
    add("--logs", type=Path, help="where its logs are")
    add("--behaviour", type=Behaviour, choices=list(Behaviour), default=Behaviour.WELL)
    add("--seconds", type=float, default=5.0, help="how long `slow` waits before it begins")
    add("--clock-url", default="", help="the sandbox's clock; without: the machine's")
    add("--zone", default="America/Mexico_City", help="the company's time zone")
    return parser
