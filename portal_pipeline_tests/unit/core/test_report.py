"""The report of a step: what it counts, what it shows, and that neither grows without bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.core.decisions import (
    Decision,
    Document,
    OperationRow,
    Status,
    act,
    done,
    hold,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import NEXT_CYCLE
from portal_pipeline.core.findings.invoices import BATCH_WAITS_FOR_POSTING
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.report import (
    NEWS_MAX,
    ROWS_MAX,
    Ending,
    ReportBuilder,
    Reported,
    StepReport,
)

NOW = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=3)
IMPORT = Operation.IMPORT
WAITS = BATCH_WAITS_FOR_POSTING(document="V1/A1", batch=7)


def invoice(key: str = "U1", **details: str) -> Document:
    return Document(
        kind=DocumentKind.INVOICE,
        key=key,
        amount=Decimal(10),
        currency="MXN",
        details=details,
    )


def row(status: Status, since: datetime | None = None) -> OperationRow:
    return OperationRow(
        kind=DocumentKind.INVOICE, key="U1", operation=IMPORT, status=status, waiting_since=since
    )


def built(*reported: Reported) -> StepReport:
    builder = ReportBuilder(ControllerName.CFDI_IMPORT)
    for one in reported:
        builder.add(one)
    return builder.build()


@pytest.mark.parametrize(
    ("before", "is_news"),
    [
        (None, True),
        (row(Status.HELD), True),
        (row(Status.IN_FLIGHT), True),
        (row(Status.DONE), False),
        (row(Status.DISMISSED), False),
    ],
    ids=["never seen", "held", "in doubt", "done before", "dismissed"],
)
def test_what_became_done_in_this_step_is_shown_and_what_was_done_is_not(before, is_news):
    report = built(Reported(done(invoice(), IMPORT), before=before, at=NOW))
    assert (report.done, report.newly_done, len(report.rows)) == (1, is_news, is_news)


def test_a_row_tells_place_and_how_it_was_confirmed():
    seen = done(invoice(sage_batch="7/1", known_by="person"), IMPORT)
    (shown,) = built(Reported(seen, at=NOW)).rows
    assert (shown.sage_place, shown.confirmed_by, shown.waiting_since) == ("7/1", "person", None)


@pytest.mark.parametrize(
    ("decision", "remote_id", "place"),
    [
        (act(invoice(), IMPORT, {}), "8/1", "8/1"),
        (hold(invoice(sage_batch="7/1"), IMPORT, WAITS), "", "7/1"),
        (hold(invoice(sage_batch="7/1"), IMPORT, Finding(code="not_approved")), "", ""),
        (reject(invoice(sage_batch="9/1"), IMPORT, Finding(code="posting_refused")), "", "9/1"),
        (
            hold(
                Document(kind=DocumentKind.PAYMENT, key="PY1", sage_id="3/2"),
                Operation.UPLOAD,
                NEXT_CYCLE(),
            ),
            "",
            "3/2",
        ),
    ],
    ids=["just created", "in an open batch", "not there any more", "in an error batch", "payment"],
)
def test_the_place_in_sage_is_told_only_where_sage_has_the_document(
    decision: Decision, remote_id: str, place: str
):
    (shown,) = built(Reported(decision, remote_id=remote_id, at=NOW)).rows
    assert shown.sage_place == place
    assert shown.confirmed_by == ""


@pytest.mark.parametrize(
    ("before", "since"),
    [
        (None, NOW),
        (row(Status.DONE), NOW),
        (row(Status.HELD, EARLIER), EARLIER),
        (row(Status.REFUSED, EARLIER), EARLIER),
    ],
    ids=["new", "taken up again", "waiting", "refused"],
)
def test_a_row_that_waits_tells_since_when(before, since):
    (shown,) = built(Reported(hold(invoice(), IMPORT, WAITS), before=before, at=NOW)).rows
    assert shown.waiting_since == since


def test_news_never_push_out_what_waits_and_both_are_bounded():
    news = [Reported(done(invoice(f"D{n}"), IMPORT), at=NOW) for n in range(NEWS_MAX + 5)]
    waits = [Reported(hold(invoice(f"W{n}"), IMPORT, WAITS), at=NOW) for n in range(ROWS_MAX + 7)]
    report = built(*news, *waits)
    assert [one.verdict for one in report.rows] == ["hold"] * ROWS_MAX + ["done"] * NEWS_MAX
    assert report.newly_done == NEWS_MAX + 5
    assert report.worth_showing - len(report.rows) == 12


def test_counts_add_up_to_what_was_seen():
    report = built(
        Reported(act(invoice(), IMPORT, {}), Ending.SUCCEEDED),
        Reported(hold(invoice(), IMPORT, WAITS)),
        Reported(reject(invoice(), IMPORT, WAITS)),
        Reported(done(invoice(), IMPORT)),
        Reported(out_of_scope(invoice(), IMPORT, WAITS)),
    )
    assert report.seen == 5
    assert (report.acted, report.succeeded, report.newly_done, report.worth_showing) == (1, 1, 1, 4)
    assert report.amounts["MXN"]["held"] == Decimal(10)


def test_a_report_comes_back_from_its_stored_form_and_so_does_one_of_an_older_release():
    report = built(Reported(hold(invoice(), IMPORT, WAITS), at=NOW))
    body = report.model_dump(mode="json")
    assert StepReport.model_validate(body, strict=False) == report
    for name in ("sage_place", "confirmed_by", "waiting_since"):
        del body["rows"][0][name]
    del body["newly_done"]
    assert StepReport.model_validate(body, strict=False).rows[0].key == "U1"
