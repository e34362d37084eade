"""What waits: order, filters, sums, and that tenants never mix."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from portal_pipeline.core.decisions import (
    Document,
    Status,
    act,
    done,
    held,
    hold,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    BEFORE_START,
    NEXT_CYCLE,
    PLAN_ABOVE_GUARD,
    REFUSED_BY_REMOTE,
)
from portal_pipeline.core.findings.payments import (
    BANK_NOT_MAPPED,
    INVOICE_NOT_CONFIRMED,
    PAID_IN_PORTAL,
)
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Refused
from portal_pipeline.core.ways_out import Way
from portal_pipeline.ledger.health import Business
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.ledger.waiting import Selection, _statement, read_for, read_held, stream

UPLOAD, UPDATE, CLOSE = Operation.UPLOAD, Operation.UPDATE, Operation.CLOSE
BANK = BANK_NOT_MAPPED(bank="B")
GATE = INVOICE_NOT_CONFIRMED(count=1, invoices="A1")
BOTH = Selection(("acme", "beta"))


def payment(key, amount="10.00", currency="MXN"):
    return Document(
        kind=DocumentKind.PAYMENT,
        key=key,
        counterparty="V1",
        amount=None if amount is None else Decimal(amount),
        currency=currency,
    )


def order(key="PO1", amount="5.00"):
    return Document(
        kind=DocumentKind.PURCHASE_ORDER, key=key, amount=Decimal(amount), currency="MXN"
    )


@pytest.fixture
def beta(ledger, clock):
    return ledger.tenant("beta", clock)


def names(rows):
    return [(one.tenant, one.ref.key, one.operation.value) for one in rows]


@contextmanager
def counted(ledger):
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(ledger._engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(ledger._engine, "before_cursor_execute", note)


def test_what_waits_longest_comes_first_whatever_the_tenant(ledger, acme, beta, clock):
    for tenant, key in ((beta, "PY3"), (acme, "PY1"), (beta, "PY1"), (acme, "PY2")):
        tenant.record([hold(payment(key), UPLOAD, BANK)], "r")
        clock.advance(hours=1)
    found = read_held(ledger, BOTH, 10)
    assert [(tenant, key) for tenant, key, _ in names(found.rows)] == [
        ("beta", "PY3"),
        ("acme", "PY1"),
        ("beta", "PY1"),
        ("acme", "PY2"),
    ]


def test_what_is_finished_dismissed_or_out_of_scope_does_not_wait(ledger, acme, clock):
    old = BEFORE_START(date="x", start_date="y")
    acme.record(
        [
            done(payment("PY1"), UPLOAD),
            out_of_scope(payment("PY2"), UPLOAD, old),
            hold(payment("PY3"), UPLOAD, BANK),
            hold(payment("PY4"), UPLOAD, BANK),
        ],
        "r",
    )
    ref = DocumentRef(kind=DocumentKind.PAYMENT, key="PY3")
    WaysOut(acme, user="ana", reason="r").dismiss(ref, UPLOAD)
    assert names(read_held(ledger, BOTH, 10).rows) == [("acme", "PY4", "upload")]


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        pytest.param({}, ["PO1", "PY1", "PY2"], id="everything"),
        pytest.param({"finding": "bank_not_mapped"}, ["PY1"], id="finding"),
        pytest.param({"finding": "bank%"}, [], id="a finding is no pattern"),
        pytest.param({"operation": UPDATE}, ["PO1"], id="operation"),
        pytest.param(
            {"business": Business((DocumentKind.PAYMENT,), (UPLOAD, Operation.REVERSE))},
            ["PY1", "PY2"],
            id="controller",
        ),
        pytest.param({"tenants": ("beta",)}, [], id="tenant"),
        pytest.param({"tenants": ()}, [], id="no tenant at all"),
        pytest.param({"statuses": (Status.REJECTED,)}, [], id="status"),
        pytest.param({"finding": "bank_not_mapped", "operation": UPDATE}, [], id="all must hold"),
    ],
)
def test_a_selection_takes_what_fits_all_of_its_conditions(ledger, acme, given, keys):
    acme.record(
        [
            hold(payment("PY1"), UPLOAD, BANK),
            hold(payment("PY2"), UPLOAD, GATE),
            hold(order(), UPDATE, NEXT_CYCLE()),
        ],
        "r",
    )
    selection = Selection(**{"tenants": ("acme",), **given})
    assert sorted(one.ref.key for one in stream(ledger, selection)) == keys


def test_age_is_measured_by_each_tenants_own_clock(ledger, acme, clock):
    acme.record([hold(payment("PY1"), UPLOAD, BANK)], "r")
    clock.advance(hours=3)
    ledger.tenant("beta", clock).record([hold(payment("PY1"), UPLOAD, BANK)], "r")

    def waiting(**until):
        return [one.tenant for one in stream(ledger, Selection(tuple(until), since_until=until))]

    now, before = clock.now, clock.now - timedelta(hours=3)
    assert waiting(acme=before, beta=before) == ["acme"]
    assert waiting(acme=before, beta=now) == ["acme", "beta"]
    assert waiting(acme=before - timedelta(minutes=1), beta=now) == ["beta"]
    assert waiting(acme=now, beta=now) == ["acme", "beta"]


def test_sums_count_a_document_once_and_never_mix_currencies(ledger, acme):
    acme.record(
        [
            hold(order(amount="0.10"), UPDATE, NEXT_CYCLE()),
            hold(order(amount="0.10"), CLOSE, NEXT_CYCLE()),
            hold(payment("PY1", "0.20"), UPLOAD, BANK),
            hold(payment("PY2", "7", "USD"), UPLOAD, BANK),
            hold(payment("PY3", None), UPLOAD, BANK),
        ],
        "r",
    )
    for found in (read_held(ledger, BOTH, 1), read_for(ledger, BOTH, Way.DISMISS, 10)):
        sums = {code: (total.documents, total.amount) for code, total in found.totals.items()}
        assert sums == {
            "MXN": (2, Decimal("0.30")),
            "USD": (1, Decimal(7)),
            "": (1, Decimal(0)),
        }
        assert found.documents == 4


def test_what_the_limit_leaves_out_is_counted_and_still_in_the_sums_of_what_waits(ledger, acme):
    acme.record([hold(payment(f"PY{i}"), UPLOAD, BANK) for i in range(5)], "r")
    shown = read_held(ledger, BOTH, 2)
    assert (len(shown.rows), shown.beyond, shown.totals["MXN"].amount) == (2, 3, Decimal(50))
    chosen = read_for(ledger, BOTH, Way.DISMISS, 2)
    assert (len(chosen.rows), chosen.beyond, chosen.totals["MXN"].amount) == (2, 3, Decimal(20))


def test_what_does_not_offer_the_way_out_is_left_out_and_named_with_what_it_offers(ledger, acme):
    documents = [hold(payment(f"PY{i}"), UPLOAD, NEXT_CYCLE()) for i in range(5)]
    acme.record([*documents, hold(payment("PY9"), UPLOAD, BANK)], "r")
    found = read_for(ledger, BOTH, Way.REQUEUE, 10)
    assert names(found.rows) == [("acme", "PY9", "upload")]
    ((reason, group),) = found.refused.items()
    assert reason == "next_cycle offers dismiss"
    assert (group.count, group.examples[0], len(group.examples)) == (5, "acme payment PY0", 3)


DAY = timedelta(hours=24)


def refused(acme, lease, key, finding, attempts_again=None):
    send = act(payment(key), UPLOAD, {"n": 1})
    acme.intend(send, lease)
    acme.refuse(send, "r", Refused(code="x", detail="y"), finding, attempts_again)


@pytest.fixture
def all_kinds(ledger, acme, clock):
    """One operation of each kind that waits, by its key."""
    lease = ledger.leases.acquire("acme", "r", "test", timedelta(minutes=10))
    acme.record([reject(payment("REJECTED"), UPLOAD, BANK)], "r")
    acme.record([hold(payment("HELD"), UPLOAD, BANK)], "r")
    answer = {"system": "portal", "answer": "no"}
    used_up = ATTEMPTS_USED_UP(**answer, attempts=20)
    refused(acme, lease, "USED UP", used_up)
    refused(acme, lease, "FOR GOOD", PAID_IN_PORTAL(count=1, invoices="F1", payments="p"))
    refused(acme, lease, "AGAIN", REFUSED_BY_REMOTE(**answer, answer_code="1"), clock.now)
    acme.intend(act(payment("DOUBT"), UPLOAD, {"n": 1}), lease)
    return acme


def stuck_keys(ledger):
    return {one.ref.key for one in stream(ledger, Selection(("acme",), stuck={"acme": DAY}))}


def test_stuck_is_what_only_a_person_moves(ledger, all_kinds, lease_clock, clock):
    by_people = {"REJECTED", "USED UP", "FOR GOOD"}
    assert stuck_keys(ledger) == by_people
    clock.advance(days=400)
    assert stuck_keys(ledger) == by_people, "a doubt is measured on real time"
    lease_clock.advance(hours=24)
    assert stuck_keys(ledger) == {*by_people, "DOUBT"}


def test_what_a_person_has_requeued_is_not_stuck(ledger, all_kinds, lease_clock):
    lease_clock.advance(hours=24)
    for key in ("REJECTED", "USED UP", "DOUBT"):
        ref = DocumentRef(kind=DocumentKind.PAYMENT, key=key)
        WaysOut(all_kinds, user="ana", reason="r").requeue(ref, UPLOAD)
    assert stuck_keys(ledger) == {"FOR GOOD"}


def test_what_is_stuck_is_counted_with_its_sums(ledger, all_kinds):
    found = read_held(ledger, Selection(("acme",), stuck={"acme": DAY}), 1)
    assert (len(found.rows), found.beyond, found.totals["MXN"].amount) == (1, 2, Decimal(30))
    assert read_held(ledger, Selection(("acme",), stuck={}), 9).documents == 3


def test_what_is_confirmed_already_is_not_confirmed_again(ledger, acme):
    send = act(payment("PY1"), UPLOAD, {"n": 1})
    above = held(send, PLAN_ABOVE_GUARD(count=1, limit=0, amount="x"))
    acme.show([send.model_copy(update={"finding": above.finding})], "r")
    acme.record([above], "r")
    assert len(read_for(ledger, BOTH, Way.CONFIRM, 10).rows) == 1
    WaysOut(acme, user="ana", reason="r").confirm(send.document.ref, UPLOAD)
    found = read_for(ledger, BOTH, Way.CONFIRM, 10)
    assert found.rows == []
    assert list(found.refused) == ["confirmed already: it goes in the next cycle"]


def test_a_thousand_documents_of_two_tenants_are_read_in_one_statement(ledger, acme, beta):
    for tenant in (acme, beta):
        tenant.record([hold(payment(f"PY{i:04}"), UPLOAD, BANK) for i in range(1000)], "r")
    with counted(ledger) as statements:
        found = read_held(ledger, BOTH, 10)
    assert found.documents == 2000
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) == 1


def test_the_statement_is_one_that_postgresql_takes_too():
    """Compiled only: window, outer join and ``coalesce`` are all that it needs."""
    text = str(_statement(BOTH).compile(dialect=postgresql.dialect()))
    assert "OUTER JOIN document" in text
