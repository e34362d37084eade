"""What the next cycle of a company would do, as ``check`` says it beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.guard import Weight
from portal_pipeline.core.identity import ControllerName, Operation


class PlannedActs(Frozen):
    """Acts of one operation: how many, and the money of their documents by currency."""

    count: int
    amounts: Mapping[str, Decimal] = {}


class GuardVerdict(Frozen):
    """What the guard would say of a plan."""

    weight: Weight
    """Acts that no person has confirmed; money in the company's currency."""
    limit_acts: int
    limit_amount: Decimal | None = None
    """In the company's currency; None: there is no limit of money."""
    finding: Finding | None = None
    """Why the plan would wait for a confirmation; None: it is within the guard."""


class ControllerPlan(Frozen):
    """What one controller would do with everything that it would read now."""

    controller: ControllerName
    acts: Mapping[Operation, PlannedActs] = {}
    look_ups: int = 0
    """Writes in doubt that would only be looked up."""
    done: int = 0
    held: int = 0
    rejected: int = 0
    out_of_scope: int = 0
    reasons: Mapping[str, int] = {}
    """By the finding's code, what would be held, rejected or left out."""
    guard: GuardVerdict | None = None
    """None: the guard is off, or the controller only reads."""
    problems: tuple[str, ...] = ()
    """Parts that could not be planned; the rest is."""

    @property
    def act_count(self) -> int:
        """Acts of all operations."""
        return sum(one.count for one in self.acts.values())

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Money of all acts by currency."""
        found: dict[str, Decimal] = {}
        for one in self.acts.values():
            for currency, amount in one.amounts.items():
                found[currency] = found.get(currency, Decimal(0)) + amount
        return found
