"""The report of one controller's step: counts and amounts, folded over its chunks (rules 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    Decision,
    OperationRow,
    Status,
    Verdict,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.handed import FILE_MARK
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.invoices.standing import KNOWN_BY, SAGE_BATCH, SEEN_IN_SAGE
from portal_pipeline.core.money import ZERO


class Ending(StrEnum):
    """How an act ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ListingReport(Frozen):
    """One listing of the step: what the source said it has against what was received."""

    name: str
    total: int | None
    received: int
    is_complete: bool
    problem: str = ""


class ReportRow(Frozen):
    """One document worth showing: acted, held, rejected, or done since the cycle before."""

    kind: str
    key: str
    operation: str
    verdict: str
    ending: str = ""
    finding: Finding | None = None
    amount: Decimal | None = None
    currency: str = ""
    counterparty: str = ""
    sage_place: str = ""
    """``BATCH/ENTRY`` in Sage, of an invoice, a credit note or a payment."""
    confirmed_by: str = ""
    """``uuid``, or the source of the link (``person``, ``automatic``, ``import``)."""
    waiting_since: datetime | None = None


COUNTS = (
    "seen",
    "acted",
    "succeeded",
    "refused",
    "unknown",
    "done",
    "held",
    "rejected",
    "out_of_scope",
)
"""What every table, chart and JSON of a step counts, in this order."""
AMOUNT_KEYS = ("acted", "done", "held", "rejected", "out_of_scope")


class StepReport(Frozen):
    """Counts of one step; ``seen = acted + done + held + rejected + out_of_scope``."""

    controller: ControllerName
    acted: int = 0
    succeeded: int = 0
    refused: int = 0
    unknown: int = 0
    done: int = 0
    held: int = 0
    rejected: int = 0
    out_of_scope: int = 0
    amounts: Mapping[str, Mapping[str, Decimal]] = {}
    """Currency -> {acted, done, held, rejected, out_of_scope}."""
    listings: tuple[ListingReport, ...] = ()
    problems: tuple[str, ...] = ()
    """Parts that could not be done; the rest went on."""
    newly_done: int = 0
    """Of ``done``, those that were not done before this step."""
    rows: tuple[ReportRow, ...] = ()
    """What acted or waits, then what became done; each part is bounded."""
    above_guard: bool = False
    guard: Finding | None = None
    """Why the plan waits for a confirmation: count, limit and sums."""

    @property
    def seen(self) -> int:
        """The candidates that this step read."""
        return self.acted + self.done + self.held + self.rejected + self.out_of_scope

    @property
    def worth_showing(self) -> int:
        """How many rows there would be without any bound."""
        return self.acted + self.held + self.rejected + self.newly_done


_COUNTER = {
    Verdict.ACT: "acted",
    Verdict.DONE: "done",
    Verdict.HOLD: "held",
    Verdict.REJECT: "rejected",
    Verdict.OUT_OF_SCOPE: "out_of_scope",
}

ROWS_MAX = 200
"""Documents that acted or wait, shown in a report; the ledger has them all."""
NEWS_MAX = 100
"""Documents that became done, shown in a report."""
_FINISHED = (Status.DONE, Status.DISMISSED)


@dataclass(frozen=True)
class Reported:
    """What a report counts: a decision, how its act ended, and what was known before."""

    decision: Decision
    ending: Ending | None = None
    """Given for acts."""
    remote_id: str = ""
    """The target's own name for what an act wrote."""
    before: OperationRow | None = None
    """The operation before this step."""
    at: datetime | None = None
    """Now, on the business clock."""

    @property
    def is_news(self) -> bool:
        """Whether it is done now and was not before; a dismissed one is no news."""
        was_finished = self.before is not None and self.before.status in _FINISHED
        return self.decision.verdict == Verdict.DONE and not was_finished

    @property
    def waiting_since(self) -> datetime | None:
        """Since when a held or rejected document waits."""
        if self.decision.verdict not in (Verdict.HOLD, Verdict.REJECT):
            return None
        waited = self.before is not None and self.before.status in OPEN_STATUSES
        return self.before.waiting_since if self.before and waited else self.at

    @property
    def sage_place(self) -> str:
        """``BATCH/ENTRY``, where this step wrote or saw it in Sage."""
        decision = self.decision
        document = decision.document
        if document.kind == DocumentKind.PAYMENT:
            return document.sage_id or ""
        if decision.operation == Operation.IMPORT and self.remote_id:
            return "" if self.remote_id.startswith(FILE_MARK) else self.remote_id
        finding = decision.finding
        is_seen = finding is not None and finding.code in SEEN_IN_SAGE
        is_there = is_seen or decision.verdict == Verdict.DONE
        return document.details.get(SAGE_BATCH, "") if is_there else ""

    @property
    def confirmed_by(self) -> str:
        """How a document that is done is known in Sage."""
        is_done = self.decision.verdict == Verdict.DONE
        return self.decision.document.details.get(KNOWN_BY, "") if is_done else ""


class ReportBuilder:
    """Folds decisions and endings into a report; its size does not grow with the documents."""

    def __init__(self, controller: ControllerName) -> None:
        self._controller = controller
        self._counts = dict.fromkeys((*_COUNTER.values(), *(ending.value for ending in Ending)), 0)
        self._amounts: dict[str, dict[str, Decimal]] = {}
        self._rows: list[ReportRow] = []
        self._news: list[ReportRow] = []
        self._newly_done = 0
        self._listings: list[ListingReport] = []
        self._problems: list[str] = []
        self.guard: Finding | None = None
        """Set when the plan is above the guard."""

    def add(self, entry: Reported) -> None:
        """Count one decision, and keep it for the table when it is worth showing."""
        decision, ending = entry.decision, entry.ending
        counter = _COUNTER[decision.verdict]
        self._counts[counter] += 1
        if ending is not None:
            self._counts[ending.value] += 1
        document = decision.document
        if document.amount is not None and document.currency:
            sums = self._amounts.setdefault(document.currency, dict.fromkeys(AMOUNT_KEYS, ZERO))
            sums[counter] += document.amount
        self._newly_done += entry.is_news
        if entry.is_news and len(self._news) < NEWS_MAX:
            self._news.append(_row(entry))
        is_shown = decision.verdict in (Verdict.ACT, Verdict.HOLD, Verdict.REJECT)
        if is_shown and len(self._rows) < ROWS_MAX:
            self._rows.append(_row(entry))

    def add_listing(self, listing: ListingReport) -> None:
        """Note one listing."""
        self._listings.append(listing)

    def add_problem(self, text: str) -> None:
        """Note a part that could not be done."""
        if text not in self._problems:
            self._problems.append(text)

    def build(self) -> StepReport:
        """The report."""
        return StepReport(
            controller=self._controller,
            **self._counts,
            amounts=self._amounts,
            listings=tuple(self._listings),
            problems=tuple(self._problems),
            newly_done=self._newly_done,
            rows=(*self._rows, *self._news),
            above_guard=self.guard is not None,
            guard=self.guard,
        )


def _row(entry: Reported) -> ReportRow:
    decision = entry.decision
    document = decision.document
    return ReportRow(
        kind=document.kind.value,
        key=document.key,
        operation=decision.operation.value,
        verdict=decision.verdict.value,
        ending=entry.ending.value if entry.ending else "",
        finding=decision.finding,
        amount=document.amount,
        currency=document.currency,
        counterparty=document.counterparty,
        sage_place=entry.sage_place,
        confirmed_by=entry.confirmed_by,
        waiting_since=entry.waiting_since,
    )
