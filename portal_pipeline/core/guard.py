"""The guard: a plan that is too large does nothing until a person confirms it (rules 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Decision, OperationRow, Status, Verdict, held
from portal_pipeline.core.findings.general import PLAN_ABOVE_GUARD
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.tenant import Guard


class Weight(Frozen):
    """How heavy a plan is: unconfirmed acts, and their money in the company's currency."""

    acts: int = 0
    amount: Decimal = ZERO
    by_currency: Mapping[str, Decimal] = {}

    def plus(self, other: Weight) -> Weight:
        """The weight of both."""
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO, self.by_currency)
        for currency, amount in other.by_currency.items():
            sums[currency] += amount
        return Weight(
            acts=self.acts + other.acts,
            amount=self.amount + other.amount,
            by_currency=dict(sums),
        )


def is_weighed(decision: Decision, row: OperationRow | None) -> bool:
    """Whether an act counts: a new write that no person has confirmed with this content.

    Downloads are not guarded; look-ups write nothing.
    """
    if decision.verdict != Verdict.ACT or decision.act is None or decision.act.look_up_only:
        return False
    if decision.operation == Operation.DOWNLOAD:
        return False
    return row is None or row.approved_hash != decision.act.content_hash


def _functional(decision: Decision, amount: Decimal) -> Decimal:
    if decision.act is None or decision.act.functional_amount is None:
        return amount
    return decision.act.functional_amount


def weigh(
    decisions: Iterable[Decision],
    rows: Mapping[tuple[str, Operation], OperationRow],
) -> Weight:
    """Weight of the unconfirmed acts."""
    total = Weight()
    for decision in decisions:
        if not is_weighed(decision, rows.get((decision.key, decision.operation))):
            continue
        amount = decision.document.amount or ZERO
        total = total.plus(
            Weight(
                acts=1,
                amount=_functional(decision, amount),
                by_currency={decision.document.currency: amount},
            )
        )
    return total


def acts_limit(guard: Guard, *, has_run_before: bool) -> int:
    """Largest number of unconfirmed acts: lower until a live plan has run or been confirmed."""
    return guard.max_acts_per_cycle if has_run_before else guard.max_acts_first


def is_above(weight: Weight, guard: Guard, *, has_run_before: bool) -> bool:
    """Whether the plan must wait for a person."""
    if not guard.is_on:
        return False
    if weight.acts > acts_limit(guard, has_run_before=has_run_before):
        return True
    return guard.max_amount_per_cycle is not None and weight.amount > guard.max_amount_per_cycle


def hold_above(
    decision: Decision, row: OperationRow | None, weight: Weight, limit: int
) -> Decision:
    """The decision while the plan is above the guard: weighed acts are held, the rest stays.

    What is in doubt is looked up all the same, and held when it proves not to have arrived.
    """
    if not is_weighed(decision, row):
        return decision
    sums = ", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(weight.by_currency.items()))
    finding = PLAN_ABOVE_GUARD(count=weight.acts, limit=limit, amount=sums)
    if row is None or row.status != Status.IN_FLIGHT or decision.act is None:
        return held(decision, finding)
    looked_up = decision.act.model_copy(update={"look_up_only": True, "fallback": Verdict.HOLD})
    return decision.model_copy(update={"act": looked_up, "finding": finding})
