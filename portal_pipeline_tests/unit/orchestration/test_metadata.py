"""What a step shows in Dagster: stable names, bounded tables, the cycle's part of the story."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal_pipeline.core.findings.invoices import BATCH_WAITS_FOR_POSTING
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import COUNTS, ReportRow, StepReport
from portal_pipeline.orchestration.metadata import COLUMNS, TABLE_ROWS_MAX, metadata_of

WAITING = ReportRow(
    kind="invoice",
    key="U1",
    operation="import",
    verdict="hold",
    finding=BATCH_WAITS_FOR_POSTING(document="V1/A1", batch=7),
    amount=Decimal("1234.5"),
    currency="MXN",
    sage_place="7/1",
    waiting_since=datetime(2026, 3, 16, 18, 0, tzinfo=UTC),
)
NEWS = ReportRow(
    kind="invoice", key="U2", operation="import", verdict="done", confirmed_by="person"
)


def report(*rows: ReportRow, **counts: int) -> StepReport:
    return StepReport(controller=ControllerName.CFDI_IMPORT, rows=rows, **counts)


def records(of: StepReport):
    table = metadata_of(of, "en", ZoneInfo("America/Mexico_City"))["documents"]
    return [record.data for record in table.records]


def test_what_waits_and_why_is_seen_first_and_the_names_of_the_counts_never_change():
    assert COLUMNS[:4] == ("document", "result", "finding", "next_step")
    assert set(COUNTS) < set(metadata_of(report(), "es"))


def test_the_table_tells_place_confirmation_and_since_when_it_waits():
    first, second = records(report(WAITING, NEWS, held=1, newly_done=1))
    assert tuple(first) == COLUMNS
    assert (first["sage_place"], first["confirmed_by"], first["waiting_since"]) == (
        "7/1",
        "",
        "16/03/2026 12:00",
    )
    assert (second["result"], second["confirmed_by"]) == ("done", "a person (link)")


def test_what_the_table_leaves_out_is_counted_and_news_keep_their_own_room():
    rows = (*(WAITING for _ in range(TABLE_ROWS_MAX + 50)), NEWS)
    of = report(*rows, held=500, newly_done=1)
    shown = records(of)
    assert len(shown) == TABLE_ROWS_MAX + 1
    assert shown[-1]["document"] == "invoice U2"
    assert metadata_of(of, "es")["documents_left_out"].value == 400


def test_a_step_that_did_nothing_shows_no_table():
    assert "documents" not in metadata_of(report(), "es")
