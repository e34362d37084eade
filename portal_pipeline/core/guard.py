"""The guard: a plan that is too large does nothing until a person confirms it (rules 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Act, Decision, OperationRow, Status, Verdict, held
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import PLAN_ABOVE_GUARD
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.money import ZERO, portal_currency
from portal_pipeline.core.tenant import Guard, Tenant


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

    Downloads are not guarded; look-ups write nothing; a write in doubt was let through before.
    """
    if decision.verdict != Verdict.ACT or decision.act is None or decision.act.look_up_only:
        return False
    if decision.operation == Operation.DOWNLOAD:
        return False
    if row is None:
        return True
    content = decision.act.content_hash
    is_again = is_in_doubt(row) and row.sent_hash == content
    return not is_again and row.approved_hash != content


def is_in_doubt(row: OperationRow | None) -> bool:
    """Whether the last attempt may or may not have arrived."""
    return row is not None and row.status == Status.IN_FLIGHT


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


def exceeded(weight: Weight, tenant: Tenant, *, has_run_before: bool) -> tuple[str, ...]:
    """The limits that a plan exceeds, as people read them: a number of acts, a sum of money."""
    guard, found = tenant.guard, []
    limit = acts_limit(guard, has_run_before=has_run_before)
    if weight.acts > limit:
        found.append(str(limit))
    most = guard.max_amount_per_cycle
    if most is not None and weight.amount > most:
        found.append(f"{most:,.2f} {portal_currency(tenant.home_currency)}")
    return tuple(found) if guard.is_on else ()


def finding_above(weight: Weight, tenant: Tenant, *, has_run_before: bool) -> Finding | None:
    """Why the plan must wait for a person, with count, limits and sums; None: it need not."""
    limits = exceeded(weight, tenant, has_run_before=has_run_before)
    if not limits:
        return None
    sums = ", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(weight.by_currency.items()))
    if len(weight.by_currency) > 1:
        sums += f" = {weight.amount:,.2f} {portal_currency(tenant.home_currency)}"
    return PLAN_ABOVE_GUARD(count=weight.acts, limit="; ".join(limits), amount=sums)


def hold_above(decision: Decision, row: OperationRow | None, finding: Finding) -> Decision:
    """The decision while the plan is above the guard: weighed acts are held, the rest stays.

    What is in doubt is looked up all the same, and nothing new is sent.
    """
    if not is_weighed(decision, row):
        return decision
    if is_in_doubt(row):
        only_look = Act(payload={}, look_up_only=True, fallback=Verdict.HOLD)
        return decision.model_copy(update={"finding": finding, "act": only_look})
    return held(decision, finding)
