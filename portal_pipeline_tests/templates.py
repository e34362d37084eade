"""Databases that are made once a process and copied for each test."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from zoneinfo import ZoneInfo

from portal_pipeline.ledger import Ledger
from portal_pipeline.sandbox.sage.company import SageCompany, sandbox_engine

MADE_AT = datetime(2026, 1, 1, 18, 0, tzinfo=UTC)


def put_ledger(path: Path) -> str:
    """An empty ledger of the newest schema at a path; its URL."""
    shutil.copy(_ledger(), path)
    return f"sqlite:///{path}"


def put_company(sage: Path, authorisations: Path | None = None) -> None:
    """The databases of ``COPDAT``, a company with its set-up and nothing else."""
    made = _company()
    shutil.copy(made / "sage.db", sage)
    if authorisations is not None:
        shutil.copy(made / "authorisations.db", authorisations)


@cache
def _ledger() -> Path:
    path = Path(mkdtemp(prefix="ledger-")) / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    return path


@cache
def _company() -> Path:
    folder = Path(mkdtemp(prefix="company-"))
    engines = [
        sandbox_engine(f"sqlite:///{folder / name}.db") for name in ("sage", "authorisations")
    ]
    SageCompany.create(
        engines[0],
        org_id="COPDAT",
        name="Comercial",
        rfc="CNO010101AB1",
        clock=lambda: MADE_AT,
        zone=ZoneInfo("America/Mexico_City"),
        authorisation_engine=engines[1],
        empresa="COPDAT",
    )
    for engine in engines:
        engine.dispose()
    return folder
