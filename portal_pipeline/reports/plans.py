"""What the next cycle would do, as ``check`` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal_pipeline.core.identity import Operation
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.plans import ControllerPlan, GuardVerdict

COLUMNS = ("controller", "acts", "money", "guard", "done", "held", "rejected", "out_of_scope")


def plan_entry(plan: ControllerPlan) -> dict[str, Any]:
    """One controller as JSON; amounts are texts with two decimals."""
    return {
        "controller": plan.controller.value,
        "acts": {
            name.value: {"count": one.count, "amounts": _texts(one.amounts)}
            for name, one in plan.acts.items()
        },
        "look_ups": plan.look_ups,
        "done": plan.done,
        "held": plan.held,
        "rejected": plan.rejected,
        "out_of_scope": plan.out_of_scope,
        "reasons": dict(sorted(plan.reasons.items())),
        "guard": _guard_entry(plan.guard),
        "problems": list(plan.problems),
    }


def _texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:.2f}" for currency, amount in sorted(amounts.items())}


def _guard_entry(guard: GuardVerdict | None) -> dict[str, Any] | None:
    if guard is None:
        return None
    most = guard.limit_amount
    return {
        "above": guard.finding is not None,
        "exceeds": guard.finding.params["limit"] if guard.finding else "",
        "acts": guard.weight.acts,
        "limit_acts": guard.limit_acts,
        "amount": f"{guard.weight.amount:.2f}",
        "limit_amount": None if most is None else f"{most:.2f}",
    }


def plan_row(plan: ControllerPlan) -> list[Any]:
    """A line of the table with ``COLUMNS``."""
    acts = [f"{name.value} {one.count}" for name, one in plan.acts.items()]
    if plan.look_ups:
        acts.append(f"look up {plan.look_ups}")
    return [
        plan.controller.value,
        "\n".join(acts),
        "\n".join(money_texts(plan.amounts)),
        guard_text(plan.guard),
        *(plan.done, plan.held, plan.rejected, plan.out_of_scope),
    ]


def guard_text(guard: GuardVerdict | None) -> str:
    """``within 12 of 50``, or which limit is exceeded; blank where nothing is guarded."""
    if guard is None:
        return ""
    if guard.finding is None:
        return f"within: {guard.weight.acts} of {guard.limit_acts}"
    return f"ABOVE {guard.finding.params['limit']}: waits for confirm"


def money_texts(amounts: Mapping[str, Decimal]) -> list[str]:
    """``1,160.00 MXN`` by currency."""
    return [f"{amount:,.2f} {currency}" for currency, amount in sorted(amounts.items())]


def reasons_text(plans: Sequence[ControllerPlan]) -> list[str]:
    """``po_creation: 3 before_start_not_in_target, 1 po_on_hold`` for what would wait."""
    lines = []
    for plan in plans:
        most = sorted(plan.reasons.items(), key=lambda item: (-item[1], item[0]))
        if most:
            told = ", ".join(f"{count} {code}" for code, count in most)
            lines.append(f"{plan.controller.value}: {told}")
    return lines


def summary(plans: Sequence[ControllerPlan]) -> str:
    """``14 acts, 1,160.00 MXN; 3 downloads; above the guard: po_creation``."""
    sums: dict[str, Decimal] = {}
    count, downloads = 0, 0
    for name, one in ((name, one) for plan in plans for name, one in plan.acts.items()):
        if name == Operation.DOWNLOAD:
            downloads += one.count
            continue
        count += one.count
        for currency, amount in one.amounts.items():
            sums[currency] = sums.get(currency, ZERO) + amount
    parts = [", ".join((f"{count} acts", *money_texts(sums)))]
    if downloads:
        parts.append(f"{downloads} downloads")
    above = [p.controller.value for p in plans if p.guard is not None and p.guard.finding]
    if above:
        parts.append(f"above the guard: {', '.join(above)}")
    return "; ".join(parts)
