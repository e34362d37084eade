"""What is open is found whole, and without reading what is finished."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, insert, select

from portal_pipeline.core.closed import is_closed_in_portal
from portal_pipeline.core.decisions import Document, Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.migrate import script_directory
from portal_pipeline.ledger.open_documents import (
    FollowUp,
    done_and_unfinished,
    not_followed_up,
    unfinished_in_portal,
)
from portal_pipeline.ledger.reports import has_run_live
from portal_pipeline.ledger.schema import document, operation

INVOICE, ORDER = DocumentKind.INVOICE, DocumentKind.PURCHASE_ORDER
IMPORTED = FollowUp(
    first=Operation.DOWNLOAD,
    begun=(Status.DONE, Status.HELD),
    then=Operation.IMPORT,
    ended=(Status.DONE, Status.DISMISSED),
)
HOUR = timedelta(hours=1)


def row(tenant, key, of, status, at, kind=INVOICE):
    return {
        "tenant": tenant,
        "kind": kind.value,
        "key": key,
        "operation": of.value,
        "status": status.value,
        "attempts": 0,
        "remote_id": "",
        "run_id": "",
        "requeued": False,
        "instruction": {},
        "updated_at": at,
    }


STATUSES = st.sampled_from(list(Status))


@given(
    st.lists(st.tuples(st.none() | STATUSES, st.none() | STATUSES, st.integers(0, 9)), max_size=25),
    st.none() | st.integers(-1, 10),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_due_and_not_ended_is_found_and_nothing_else(ledger, clock, lives, since):
    """With ``since``: what has no row yet only where its first operation changed since then."""
    with ledger.writing("acme") as connection:
        connection.execute(operation.delete())
        rows = []
        for n, (first, then, at) in enumerate(lives):
            for of, status in ((Operation.DOWNLOAD, first), (Operation.IMPORT, then)):
                if status is not None:
                    when = clock.now + (at if of == Operation.DOWNLOAD else 0) * HOUR
                    rows.append(row("acme", f"U{n:02}", of, status, when))
                    rows.append(row("beta", f"U{n:02}", of, Status.DONE, when))
        if rows:
            connection.execute(insert(operation), rows)
    expected = [
        f"U{n:02}"
        for n, (first, then, at) in enumerate(lives)
        if first in IMPORTED.begun
        and then not in IMPORTED.ended
        and (then is not None or since is None or at >= since)
    ]
    start = None if since is None else clock.now + since * HOUR
    found = list(not_followed_up(ledger.tenant("acme", clock), INVOICE, IMPORTED, start))
    assert sorted(found) == expected


SEEN = st.fixed_dictionaries(
    {},
    optional={
        "portal_state": st.sampled_from(["OPEN", "CLOSED", "CANCELLED"]),
        "portal_id": st.just("p"),
        "details": st.dictionaries(
            st.sampled_from(["is_cancelled", "status_group", "other"]),
            st.sampled_from(["yes", "no", "ARCHIVED", ""]),
        ),
    },
)


@given(st.sampled_from(list(DocumentKind)), st.lists(SEEN, min_size=1, max_size=4))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_mark_says_of_what_is_kept_whether_the_portal_is_done_with_it(acme, kind, sightings):
    with acme.ledger.writing("acme") as connection:
        connection.execute(document.delete())
    for seen in sightings:
        acme.save_documents([Document(kind=kind, key="K", **seen)], "r")
    kept = acme.documents(kind, ["K"])["K"]
    with acme.ledger.reading() as connection:
        mark = connection.execute(select(document.c.is_closed)).scalar_one()
    assert mark is is_closed_in_portal(kind, kept.portal_state, kept.details)


def finished(connection, acme, clock, start, end):
    """Documents of which everything is done for good."""
    documents, rows = [], []
    for kind, first, then in (
        (INVOICE, Operation.DOWNLOAD, Operation.IMPORT),
        (ORDER, Operation.CREATE, Operation.CLOSE),
    ):
        for n in range(start, end):
            documents.append(
                {
                    "tenant": "acme",
                    "kind": kind.value,
                    "key": f"K{n:06}",
                    "details": {},
                    "portal_id": f"p{n}",
                    "is_closed": True,
                    "counterparty": "",
                    "currency": "",
                    "admitted": False,
                    "first_seen_at": clock.now,
                    "updated_at": clock.now,
                }
            )
            rows += [
                row("acme", f"K{n:06}", of, Status.DONE, clock.now, kind) for of in (first, then)
            ]
    connection.execute(insert(document), documents)
    connection.execute(insert(operation), rows)


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # it tells its steps
def test_a_cycle_between_two_sweeps_reads_the_same_however_much_is_finished(acme, clock):
    """Counted in steps of SQLite's machine, so that a plan that walks through all is seen."""
    ledger, steps = acme.ledger, 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    event.listen(ledger._engine, "checkout", lambda raw, *_: raw.set_progress_handler(count, 10))
    since = clock.now + HOUR
    reads = {
        "open": lambda: list(acme.keys_where(INVOICE, [Operation.DOWNLOAD, Operation.IMPORT])),
        "to import": lambda: list(not_followed_up(acme, INVOICE, IMPORTED, since)),
        "unpaid": lambda: list(done_and_unfinished(acme, INVOICE, Operation.IMPORT)),
        "orders": lambda: list(unfinished_in_portal(acme, ORDER)),
        "of this run": lambda: acme.acted_in_run(INVOICE, ["K000001"], "run-9"),
        "by portal id": lambda: acme.documents_by_portal_id(ORDER, ["x", "y"]),
        "has run": lambda: has_run_live(acme, ControllerName.PAYMENT_UPLOAD),
    }

    def cost() -> dict[str, int]:
        nonlocal steps
        found = {}
        for name, read in reads.items():
            steps = 0
            read()
            found[name] = steps
        return found

    with ledger.writing("acme") as connection:
        finished(connection, acme, clock, 0, 100)
    small = cost()
    with ledger.writing("acme") as connection:
        finished(connection, acme, clock, 100, 2000)
    large = cost()
    assert {name: n for name, n in large.items() if n > small[name] + 20} == {}


def test_an_older_ledger_is_marked_when_it_is_opened(tmp_path):
    path = tmp_path / "ledger.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    scripts = script_directory()
    first = EnvironmentContext(
        Config(), scripts, fn=lambda revision, _: scripts._upgrade_revs("0001", revision)
    )
    with engine.connect() as connection, connection.begin():
        first.configure(connection=connection, target_metadata=None)
        first.run_migrations()
    engine.dispose()
    lived = [
        ("purchase_order", "A", "CLOSED", {}, True),
        ("purchase_order", "B", "OPEN", {}, False),
        ("purchase_order", "C", None, {}, False),
        ("invoice", "D", "PAID", {"status_group": "ARCHIVED"}, True),
        ("invoice", "E", "PAID", {"is_cancelled": "yes"}, True),
        ("invoice", "F", "CLOSED", {"is_cancelled": "no"}, False),
        ("credit_note", "G", "x", {"status_group": "ARCHIVED"}, True),
        ("payment", "H", "CLOSED", {"status_group": "ARCHIVED"}, False),
    ]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO document (tenant, kind, key, portal_state, details, counterparty, "
            "currency, admitted, first_seen_at, updated_at) "
            "VALUES ('acme', ?, ?, ?, ?, '', '', 0, '2026-01-01', '2026-01-01')",
            [(kind, key, state, json.dumps(details)) for kind, key, state, details, _ in lived],
        )
    connection.close()
    Ledger(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        marks = dict(connection.execute("SELECT key, is_closed FROM document").fetchall())
    connection.close()
    assert marks == {key: int(expected) for _, key, _, _, expected in lived}
    for kind, _, state, details, expected in lived:
        assert is_closed_in_portal(DocumentKind(kind), state, details) is expected
