"""Pruning takes old decisions of finished documents, and nothing that anybody needs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from portal_pipeline.core.decisions import Document, Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, DocumentRef, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.pruning import FOLDED, prune_events, prune_reports
from portal_pipeline.ledger.reports import (
    acted_total,
    has_run_live,
    latest_report,
    save_report,
)
from portal_pipeline.ledger.schema import event, operation, report
from portal_pipeline.ledger.tracing import read_history
from portal_pipeline.reports.story import Story

PAYMENT = DocumentKind.PAYMENT
DAYS = timedelta(days=1)
TABLE = {
    "hold": Status.HELD,
    "reject": Status.REJECTED,
    "exclude": Status.OUT_OF_SCOPE,
    "confirm_done": Status.DONE,
    "reopen": Status.HELD,
    "intend": Status.IN_FLIGHT,
    "refuse": Status.REFUSED,
    "doubt": Status.IN_FLIGHT,
    "succeed": Status.DONE,
    "dismiss": Status.DISMISSED,
    "requeue": Status.HELD,
    "show": Status.HELD,
    "approve": Status.HELD,
}
PEOPLES = {"dismiss", "requeue", "approve"}


def lived(acme, key: str, names, *, of=Operation.UPLOAD, kind=PAYMENT) -> None:
    """A document whose operation went through these events, one a day, the last one today."""
    acme.save_documents([Document(kind=kind, key=key)], "r")
    now = acme.clock()
    lines = [
        {
            "tenant": acme.tenant,
            "kind": kind.value,
            "key": key,
            "operation": of.value,
            "event": name,
            "status": TABLE[name].value,
            "run_id": f"r{n}",
            "at": now - (len(names) - 1 - n) * DAYS,
            "attempt": 0,
            "detail": "",
            "actor": "ana" if name in PEOPLES else "",
            "finding": None,
        }
        for n, name in enumerate(names)
    ]
    row = {
        "tenant": acme.tenant,
        "kind": kind.value,
        "key": key,
        "operation": of.value,
        "status": lines[-1]["status"],
        "attempts": 0,
        "remote_id": "",
        "run_id": "r",
        "requeued": False,
        "instruction": {},
        "updated_at": now,
    }
    with acme.ledger.writing("acme") as connection:
        connection.execute(insert(event), lines)
        connection.execute(insert(operation), row)


def left(acme, key: str, kind=PAYMENT) -> list[str]:
    return [line["event"] for line in acme.events_of(kind, key)]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        pytest.param(
            ["hold", "reject", "hold", "intend", "succeed"],
            ["hold", "intend", "succeed"],
            id="comings and goings before a write",
        ),
        pytest.param(
            ["hold", "confirm_done", "reopen", "intend", "succeed"],
            ["hold", "reopen", "intend", "succeed"],
            id="what concerns writes",
        ),
        pytest.param(
            ["exclude", "hold", "requeue", "hold", "dismiss"],
            ["exclude", "requeue", "hold", "dismiss"],
            id="what people did",
        ),
        pytest.param(
            ["hold", "reject", "confirm_done", "confirm_done"],
            ["hold", "reject", "confirm_done", "confirm_done"],
            id="since it is as it is",
        ),
        pytest.param(["confirm_done", "hold"], ["confirm_done", "hold"], id="open"),
        pytest.param(
            ["hold", "reject", "hold", "intend"],
            ["hold", "reject", "hold", "intend"],
            id="in doubt",
        ),
        pytest.param(
            ["hold", "reject", "hold", "refuse"], ["hold", "reject", "hold", "refuse"], id="refused"
        ),
    ],
)
def test_only_decisions_that_explain_nothing_any_more_go(acme, events, kept):
    lived(acme, "P1", events)
    count = prune_events(acme, acme.clock() + DAYS, is_dry_run=True)
    assert left(acme, "P1") == events
    assert prune_events(acme, acme.clock() + DAYS) == count == len(events) - len(kept)
    assert left(acme, "P1") == kept
    assert prune_events(acme, acme.clock() + DAYS) == 0


def test_younger_events_imports_and_other_tenants_are_left_alone(acme, ledger, clock):
    events = ["hold", "reject", "hold", "reject", "confirm_done"]
    other = ledger.tenant("beta", clock)
    lived(acme, "P1", events)
    lived(other, "P1", events)
    lived(acme, "U1", events, of=Operation.IMPORT, kind=DocumentKind.INVOICE)
    assert prune_events(acme, clock.now - 2.5 * DAYS) == 1
    assert left(acme, "P1") == ["hold", "hold", "reject", "confirm_done"]
    assert left(other, "P1") == events
    assert left(acme, "U1", DocumentKind.INVOICE) == events


def test_a_document_with_another_open_operation_keeps_its_whole_history(acme):
    events = ["hold", "reject", "hold", "reject", "confirm_done"]
    lived(acme, "P1", events)
    lived(acme, "P1", ["hold"], of=Operation.REVERSE)
    assert prune_events(acme, acme.clock() + DAYS) == 0


def test_what_a_person_caused_stays_whatever_it_is(acme):
    lived(acme, "P1", ["hold", "reject", "hold", "reject", "confirm_done"])
    with acme.ledger.writing("acme") as connection:
        connection.execute(update(event).where(event.c.run_id == "r1").values(actor="ana"))
    assert prune_events(acme, acme.clock() + DAYS) == 1
    assert left(acme, "P1") == ["hold", "reject", "reject", "confirm_done"]


def test_documents_beyond_the_first_page_are_reached(acme):
    acme.save_documents([Document(kind=PAYMENT, key=f"A{n:04}") for n in range(801)], "r")
    lived(acme, "Z", ["hold", "reject", "hold", "confirm_done"])
    assert prune_events(acme, acme.clock() + DAYS) == 1


@given(
    st.lists(st.sampled_from(sorted(TABLE)), min_size=1, max_size=12),
    st.integers(min_value=-1, max_value=12),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_a_trace_tells_is_the_same_before_and_after(acme, events, age):
    """By which event and since when it is as it is, every attempt, everything people did."""
    with acme.ledger.writing("acme") as connection:
        key = f"P{connection.execute(select(func.count()).select_from(operation)).scalar()}"
    lived(acme, key, events)
    ref = DocumentRef(kind=PAYMENT, key=key)

    def told():
        rows = acme.operations(PAYMENT, [key])
        row = rows[key, Operation.UPLOAD]
        story = Story(
            document=acme.documents(PAYMENT, [key])[key],
            operations={Operation.UPLOAD: row},
            history=read_history(acme, ref),
        )
        lines = story.lines(Operation.UPLOAD)
        return (
            story.finished(Operation.UPLOAD),
            story.last(Operation.UPLOAD, row.status),
            story.intents(Operation.UPLOAD),
            [line for line in lines if line.actor],
            [line for line in lines if line.event in {Event.REFUSE, Event.DOUBT, Event.SUCCEED}],
            (lines[0], lines[-1]),
        )

    before = told()
    prune_events(acme, acme.clock() - age * DAYS)
    assert told() == before


UPLOADS, CHECKS = ControllerName.PAYMENT_UPLOAD, ControllerName.PAYMENT_CHECK


def reported(acme, clock, name: str, acted: int, *, of=UPLOADS) -> None:
    save_report(acme, name, StepReport(controller=of, acted=acted, held=7), Decimal("1.5"))
    clock.advance(days=1)


def runs_of(acme) -> list[str]:
    with acme.ledger.reading() as connection:
        return list(
            connection.execute(
                select(report.c.run_id).where(report.c.tenant == acme.tenant).order_by(report.c.at)
            ).scalars()
        )


def test_old_reports_become_one_line_and_the_sum_of_acts_stays(acme, clock):
    for day, acted in enumerate((3, 0, 2, 5)):
        reported(acme, clock, f"r{day}", acted)
    assert prune_reports(acme, clock.now - 2 * DAYS, is_dry_run=True) == 2
    assert runs_of(acme) == ["r0", "r1", "r2", "r3"]
    assert prune_reports(acme, clock.now - 2 * DAYS) == 2
    assert runs_of(acme) == [FOLDED, "r2", "r3"]
    assert acted_total(acme, UPLOADS) == 10
    assert prune_reports(acme, clock.now) == 1
    assert prune_reports(acme, clock.now) == 0
    assert runs_of(acme) == [FOLDED, "r3"]
    assert acted_total(acme, UPLOADS) == 10
    assert has_run_live(acme, UPLOADS)


def test_the_latest_report_of_each_controller_stays_however_old(acme, clock):
    reported(acme, clock, "r0", 1)
    reported(acme, clock, "r1", 0)
    reported(acme, clock, "r0", 0, of=CHECKS)
    before = {name: latest_report(acme, name) for name in (UPLOADS, CHECKS)}
    assert prune_reports(acme, clock.now + 900 * DAYS) == 1
    assert {name: latest_report(acme, name) for name in (UPLOADS, CHECKS)} == before
    assert has_run_live(acme, UPLOADS)
    assert not has_run_live(acme, CHECKS)
