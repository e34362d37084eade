"""How an invoice enters Sage: a port with two adapters.

:mod:`portal_pipeline.importers.web_api` and :mod:`portal_pipeline.importers.executable`. Whether
Sage holds a document is asked of Sage itself (:mod:`portal_pipeline.importers.in_sage`), whichever
way it came.
"""

from __future__ import annotations

from typing import Protocol

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.outcomes import LookUp, Outcome
from portal_pipeline.core.wire import JsonObject


class Entry(Frozen):
    """An entry of an A/P batch that an import created."""

    uuid: str
    batch: int
    entry: int

    @property
    def place(self) -> str:
        """``BATCH/ENTRY``."""
        return f"{self.batch}/{self.entry}"


class Importer(Protocol):
    """One way into Sage; nothing raises about a single document."""

    def problem(self) -> str:
        """Why nothing can be imported now; empty when it can."""
        ...

    def create(self, uuid: str, payload: JsonObject) -> Outcome:
        """Create the document; success is pending until Sage shows it posted."""
        ...

    def look_up(self, uuid: str) -> LookUp:
        """What this way itself knows of a document that Sage's database does not show."""
        ...
