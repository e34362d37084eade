"""Invoices and credit notes that were handed to the import program as files (rules 5)."""

from __future__ import annotations

import re

from portal_pipeline.core.decisions import Decision, Verdict, act, hold
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import NEXT_CYCLE
from portal_pipeline.core.handed import file_finding, handed_file
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts
from portal_pipeline.core.tenant import Route

UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)


def file_name(uuid: str) -> str:
    """The file of a CFDI in the program's folder; the UUID makes it the document's own."""
    return f"{uuid.upper()}.xml"


def uuid_of_file(name: str) -> str:
    """The UUID that a file is named for; empty: it is no CFDI's."""
    stem, _, ending = name.rpartition(".")
    return stem.upper() if ending.lower() == "xml" and UUID.fullmatch(stem) else ""


def decide_handed(candidate: Candidate, facts: ImportFacts, route: Route) -> Decision | None:
    """What is done about a file that was handed over; None: nothing was, or a person asks anew.

    While the program keeps its route the document waits, for the program or for a person. When the
    document takes another way now, the file is taken back and what the program may have made of it
    is looked up first: an absence counts when seen twice, as after any write in doubt.
    """
    row = candidate.imported
    name = handed_file(row)
    if row is None or not name:
        return None
    if route != Route.EXECUTABLE:
        return _taken_back(candidate, name, Verdict.HOLD, NEXT_CYCLE())
    if row.requeued:
        return None
    finding = file_finding(name, is_there=name in facts.files)
    return hold(candidate.document(), Operation.IMPORT, finding)


def without_file(candidate: Candidate, facts: ImportFacts, decision: Decision) -> Decision:
    """A decision not to import; the file of it that still waits for the program is taken back."""
    name = handed_file(candidate.imported)
    if not name or name not in facts.files or decision.verdict == Verdict.DONE:
        return decision
    return _taken_back(candidate, name, decision.verdict, decision.finding)


def _taken_back(
    candidate: Candidate, name: str, verdict: Verdict, finding: Finding | None
) -> Decision:
    """The act that takes the file back; when Sage is proven not to have it, the decision stands."""
    return act(
        candidate.document(),
        Operation.IMPORT,
        {"file": name},
        settle_first=True,
        look_up_only=True,
        fallback=verdict,
        finding=finding,
    )
