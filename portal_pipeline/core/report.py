"""The report of one controller's step: counts and amounts, folded over its chunks (rules 1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Decision, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import ControllerName
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
    """One document worth showing: acted, held or rejected."""

    kind: str
    key: str
    operation: str
    verdict: str
    ending: str = ""
    finding: Finding | None = None
    amount: Decimal | None = None
    currency: str = ""
    counterparty: str = ""


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
    rows: tuple[ReportRow, ...] = ()
    above_guard: bool = False

    @property
    def seen(self) -> int:
        """The candidates that this step read."""
        return self.acted + self.done + self.held + self.rejected + self.out_of_scope


_COUNTER = {
    Verdict.ACT: "acted",
    Verdict.DONE: "done",
    Verdict.HOLD: "held",
    Verdict.REJECT: "rejected",
    Verdict.OUT_OF_SCOPE: "out_of_scope",
}

ROWS_MAX = 200
"""Documents shown in a report; the ledger has them all."""


class ReportBuilder:
    """Folds decisions and endings into a report; its size does not grow with the documents."""

    def __init__(self, controller: ControllerName) -> None:
        self._controller = controller
        self._counts = dict.fromkeys((*_COUNTER.values(), *(ending.value for ending in Ending)), 0)
        self._amounts: dict[str, dict[str, Decimal]] = {}
        self._rows: list[ReportRow] = []
        self._listings: list[ListingReport] = []
        self._problems: list[str] = []
        self.above_guard = False

    def add(self, decision: Decision, ending: Ending | None = None) -> None:
        """Count one decision; ``ending`` is given for acts."""
        counter = _COUNTER[decision.verdict]
        self._counts[counter] += 1
        if ending is not None:
            self._counts[ending.value] += 1
        document = decision.document
        if document.amount is not None and document.currency:
            sums = self._amounts.setdefault(document.currency, dict.fromkeys(AMOUNT_KEYS, ZERO))
            sums[counter] += document.amount
        is_shown = decision.verdict in (Verdict.ACT, Verdict.HOLD, Verdict.REJECT)
        if is_shown and len(self._rows) < ROWS_MAX:
            self._rows.append(
                ReportRow(
                    kind=document.kind.value,
                    key=document.key,
                    operation=decision.operation.value,
                    verdict=decision.verdict.value,
                    ending=ending.value if ending else "",
                    finding=decision.finding,
                    amount=document.amount,
                    currency=document.currency,
                    counterparty=document.counterparty,
                )
            )

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
            rows=tuple(self._rows),
            above_guard=self.above_guard,
        )
