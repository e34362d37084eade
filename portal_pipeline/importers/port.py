"""How an invoice enters Sage: one function per write, and how each is looked up.

Adapters: :mod:`portal_pipeline.importers.web_api`; the vendor's import program later.
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
        """Create the document; success is pending until it is posted."""
        ...

    def look_up(self, uuid: str, vendor_id: str, number: str) -> LookUp:
        """Whether Sage holds the CFDI, or another document under its vendor and number."""
        ...

    def mark_ready(self, entry: Entry) -> Outcome:
        """Mark the entry's batch ready to post."""
        ...

    def look_up_ready(self, entry: Entry) -> LookUp:
        """Whether the entry's batch is ready to post, or further."""
        ...

    def post(self, entry: Entry) -> Outcome:
        """Post the entry's batch."""
        ...

    def look_up_posted(self, entry: Entry) -> LookUp:
        """Whether the entry is posted."""
        ...
