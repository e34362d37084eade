"""Which findings a ledger and its reports show, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import select

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings import Decides
from portal_pipeline.core.report import StepReport
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import event, operation


class Seen(NamedTuple):
    """A finding's code, and what it made of a document."""

    code: str
    decided: Decides


_BY_STATUS = {
    Status.HELD: Decides.HOLD,
    Status.IN_FLIGHT: Decides.HOLD,
    Status.REFUSED: Decides.HOLD,
    Status.REJECTED: Decides.REJECT,
    Status.OUT_OF_SCOPE: Decides.OUT_OF_SCOPE,
}
"""An answer of a remote system counts as held (rules 1)."""


def seen_in_ledger(ledger: Ledger) -> Iterator[Seen]:
    """What operations show now, and what their history says that they showed."""
    now = select(operation.c.status, operation.c.finding, operation.c.notes)
    # What a person says moves a document on, with the reason of before.
    before = select(event.c.status, event.c.finding).where(event.c.run_id != "")
    with ledger.reading() as connection:
        rows = connection.execute(now).all()
        history = connection.execute(before).all()
    for row in (*rows, *history):
        decided = _BY_STATUS.get(Status(row.status)) if row.status else None
        if row.finding and decided:
            yield Seen(row.finding["code"], decided)
    for row in rows:
        for note in row.notes or ():
            yield Seen(note["code"], Decides.NOTE)


def seen_in_reports(reports: Iterable[StepReport]) -> Iterator[Seen]:
    """What the tables of the steps show."""
    for report in reports:
        for row in report.rows:
            if row.finding and row.verdict in ("hold", "reject", "out_of_scope"):
                yield Seen(row.finding.code, Decides(row.verdict))
