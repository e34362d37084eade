"""What a step shows in Dagster: numbers under stable names, and a bounded table."""

from __future__ import annotations

from datetime import UTC, tzinfo
from itertools import islice

import dagster as dg

from portal_pipeline.core.decisions import Verdict
from portal_pipeline.core.report import COUNTS, ReportRow, StepReport
from portal_pipeline.messages import text_of
from portal_pipeline.messages.story import TIME_FORMAT, how_known

TABLE_ROWS_MAX = 100
"""Of what acted or waits, and as many of what became done: all of it lies in the event's row."""

COLUMNS = (
    *("document", "result", "finding", "next_step", "amount", "currency"),
    *("operation", "sage_place", "confirmed_by", "waiting_since"),
)
"""Their names are stable. An asset's page shows five without scrolling: why comes first."""
_SCHEMA = dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in COLUMNS])


def metadata_of(
    report: StepReport, language: str, zone: tzinfo = UTC
) -> dict[str, dg.MetadataValue]:
    """Counts, amounts and the table of documents that acted, wait, or became done in this step.

    Counts are plotted by Dagster over time, so their names never change. Times of the table are in
    ``zone``.
    """
    counts = {name: dg.MetadataValue.int(getattr(report, name)) for name in COUNTS}
    amounts = {
        f"amount_{name}_{currency}": dg.MetadataValue.float(float(amount))
        for currency, sums in sorted(report.amounts.items())
        for name, amount in sums.items()
        if name in ("acted", "held", "rejected")
    }
    shown = _table(report, language, zone)
    problems: dict[str, dg.MetadataValue] = (
        # Text, never markdown: remote answers are in it, and an image of theirs would be fetched.
        {"problems": dg.MetadataValue.text("\n".join(report.problems))} if report.problems else {}
    )
    return {**counts, "newly_done": dg.MetadataValue.int(report.newly_done), **amounts, **shown} | (
        problems
    )


def _table(report: StepReport, language: str, zone: tzinfo) -> dict[str, dg.MetadataValue]:
    """The documents, and how many more there are; nothing where there is none."""
    open_rows = (row for row in report.rows if row.verdict != Verdict.DONE)
    news = (row for row in report.rows if row.verdict == Verdict.DONE)
    chosen = (*islice(open_rows, TABLE_ROWS_MAX), *islice(news, TABLE_ROWS_MAX))
    if not chosen:
        return {}
    records = [_record(row, language, zone) for row in chosen]
    left_out = max(report.worth_showing - len(records), 0)
    return {
        "documents": dg.MetadataValue.table(records, schema=_SCHEMA),
        "documents_left_out": dg.MetadataValue.int(left_out),
    }


def _record(row: ReportRow, language: str, zone: tzinfo) -> dg.TableRecord:
    text, action = text_of(row.finding, language) if row.finding else ("", "")
    since = row.waiting_since
    return dg.TableRecord(
        {
            "document": f"{row.kind} {row.key}",
            "result": row.ending or row.verdict,
            "finding": text,
            "next_step": action,
            "amount": "" if row.amount is None else f"{row.amount:,.2f}",
            "currency": row.currency,
            "operation": row.operation,
            "sage_place": row.sage_place,
            "confirmed_by": how_known(row.confirmed_by, language),
            "waiting_since": "" if since is None else f"{since.astimezone(zone):{TIME_FORMAT}}",
        }
    )
