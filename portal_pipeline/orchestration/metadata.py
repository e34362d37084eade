"""What a step shows in Dagster: numbers under stable names, and a bounded table."""

from __future__ import annotations

from typing import Any

import dagster as dg

from portal_pipeline.core.report import COUNTS, StepReport
from portal_pipeline.messages import text_of

TABLE_ROWS_MAX = 100

COLUMNS = ("document", "operation", "result", "amount", "currency", "finding", "next_step")
_SCHEMA = dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in COLUMNS])


def metadata_of(report: StepReport, language: str) -> dict[str, Any]:
    """Counts, amounts and the table of documents that acted or wait.

    Counts are plotted by Dagster over time, so their names never change.
    """
    counts = {name: dg.MetadataValue.int(getattr(report, name)) for name in COUNTS}
    amounts = {
        f"amount_{name}_{currency}": dg.MetadataValue.float(float(amount))
        for currency, sums in sorted(report.amounts.items())
        for name, amount in sums.items()
        if name in ("acted", "held", "rejected")
    }
    rows = [_row(row, language) for row in report.rows[:TABLE_ROWS_MAX]]
    shown = {"documents": dg.MetadataValue.table(rows, schema=_SCHEMA)} if rows else {}
    problems = (
        {"problems": dg.MetadataValue.md("\n".join(f"- {text}" for text in report.problems))}
        if report.problems
        else {}
    )
    return {**counts, **amounts, **shown, **problems}


def _row(row: Any, language: str) -> dg.TableRecord:
    text, action = text_of(row.finding, language) if row.finding else ("", "")
    return dg.TableRecord(
        {
            "document": f"{row.kind} {row.key}",
            "operation": row.operation,
            "result": row.ending or row.verdict,
            "amount": "" if row.amount is None else f"{row.amount:,.2f}",
            "currency": row.currency,
            "finding": text,
            "next_step": action,
        }
    )
