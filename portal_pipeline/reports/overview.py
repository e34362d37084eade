"""The table tenant x controller, from the latest reports."""

from __future__ import annotations

from typing import Any

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import AMOUNT_KEYS, COUNTS, StepReport
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.ledger.reports import acted_total, latest_report


def controller_entry(name: ControllerName, report: StepReport, total: int) -> dict[str, Any]:
    """Counts and amounts of one controller; amounts are texts with two decimals."""
    return {
        "controller": name.value,
        **{count: getattr(report, count) for count in COUNTS},
        "acted_total": total,
        "amounts": {
            currency: {key: f"{sums[key]:.2f}" for key in AMOUNT_KEYS}
            for currency, sums in sorted(report.amounts.items())
        },
    }


def tenant_entry(ledger: TenantLedger) -> dict[str, Any]:
    """The controllers of one tenant, in the order of the step graph."""
    entries = []
    for name in ControllerName:
        latest = latest_report(ledger, name)
        report = latest[1] if latest else StepReport(controller=name)
        entries.append(controller_entry(name, report, acted_total(ledger, name)))
    return {"tenant": ledger.tenant, "controllers": entries}


def as_frame(tenants: list[dict[str, Any]]) -> Any:
    """The same as a pandas table, one row per tenant and controller, for workbooks and notebooks.

    Amounts are left out: pandas has no exact decimals.
    """
    import pandas as pd  # noqa: PLC0415 - heavy; only where a table is wanted

    rows = [
        {"tenant": tenant["tenant"], "controller": c["controller"]}
        | {count: c[count] for count in (*COUNTS, "acted_total")}
        for tenant in tenants
        for c in tenant["controllers"]
    ]
    return pd.DataFrame(rows).set_index(["tenant", "controller"])
