"""The ways out for many documents: exactly those shown, by chunks, each with user and reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal_pipeline.core.decisions import Status, act, done, held, hold
from portal_pipeline.core.errors import LedgerError
from portal_pipeline.core.findings.general import PLAN_ABOVE_GUARD
from portal_pipeline.core.findings.invoices import POSSIBLE_DUPLICATE
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Link, Succeeded
from portal_pipeline.core.ways_out import Way
from portal_pipeline.ledger.people import Seen, Wanted, WaysOut, paid_while_link_offered
from portal_pipeline.ledger.transitions import KEYS_PER_STATEMENT
from portal_pipeline_tests.unit.ledger.test_waiting import (
    BANK,
    GATE,
    UPLOAD,
    counted,
    payment,
)

PAYMENT = DocumentKind.PAYMENT
ABOVE = PLAN_ABOVE_GUARD(count=2, limit=1, amount="x")


def wanted(key, seen=None):
    return Wanted(payment(key).ref, UPLOAD, seen)


def seen(key, code="bank_not_mapped", shown_hash=None):
    return wanted(key, Seen(Status.HELD, code, shown_hash))


def statuses(tenant):
    rows = tenant.operations(PAYMENT, [f"PY{i}" for i in range(10)])
    return {key: row.status.value for (key, _), row in rows.items()}


def ways(tenant):
    return WaysOut(tenant, user="ana", reason="agreed with treasury")


def show(tenant, key, content):
    send = act(payment(key), UPLOAD, {"content": content})
    tenant.show([send.model_copy(update={"finding": ABOVE})], "r")
    tenant.record([held(send, ABOVE)], "r")
    return send.act.content_hash


def test_each_document_gets_an_event_with_user_and_reason(acme):
    acme.record([hold(payment(key), UPLOAD, BANK) for key in ("PY1", "PY2")], "r")
    answers = list(ways(acme).do(Way.REQUEUE, [seen("PY1"), seen("PY2")]))
    assert [(one.problem, one.row.requeued) for one in answers] == [("", True), ("", True)]
    for key in ("PY1", "PY2"):
        line = acme.events_of(PAYMENT, key)[-1]
        assert (line["event"], line["actor"], line["detail"]) == (
            "requeue",
            "ana",
            "agreed with treasury",
        )


@pytest.mark.parametrize("way", [Way.REQUEUE, Way.DISMISS, Way.ADMIT])
def test_another_tenant_with_the_same_keys_is_not_touched(ledger, acme, clock, way):
    beta = ledger.tenant("beta", clock)
    for tenant in (acme, beta):
        tenant.record([hold(payment("PY1"), UPLOAD, BANK)], "r")
    before = beta.operations(PAYMENT, ["PY1"]), beta.documents(PAYMENT, ["PY1"])
    (answer,) = ways(acme).do(way, [seen("PY1")])
    assert answer.problem == ""
    assert (beta.operations(PAYMENT, ["PY1"]), beta.documents(PAYMENT, ["PY1"])) == before
    assert [line["event"] for line in beta.events_of(PAYMENT, "PY1")] == ["hold"]


def test_what_changed_since_it_was_shown_is_left_as_it_is_and_named(acme):
    acme.record([hold(payment(f"PY{i}"), UPLOAD, BANK) for i in (1, 2, 3)], "r")
    shown = [seen("PY1"), seen("PY2"), seen("PY3"), seen("PY4")]
    acme.record([done(payment("PY1"), UPLOAD), hold(payment("PY2"), UPLOAD, GATE)], "r")
    answers = list(ways(acme).do(Way.DISMISS, shown))
    assert [one.problem for one in answers] == [
        "it changed meanwhile: now done",
        "it changed meanwhile: now held invoice_not_confirmed",
        "",
        "it has no operation upload in the ledger",
    ]
    assert statuses(acme) == {"PY1": "done", "PY2": "held", "PY3": "dismissed"}


def test_a_confirmation_releases_the_content_that_was_shown_and_no_later_one(acme):
    first, second = show(acme, "PY1", "a"), show(acme, "PY2", "a")
    shown = [seen("PY1", ABOVE.code, first), seen("PY2", ABOVE.code, second)]
    later = show(acme, "PY2", "changed")
    joined = show(acme, "PY3", "a")
    answers = list(ways(acme).do(Way.CONFIRM, shown))
    assert answers[0].row.approved_hash == first
    assert "another content" in answers[1].problem
    rows = acme.operations(PAYMENT, ["PY2", "PY3"])
    assert [(row.approved_hash, row.shown_hash) for row in rows.values()] == [
        (None, later),
        (None, joined),
    ]


def test_many_dismissals_can_be_taken_back(acme):
    acme.record([hold(payment(key), UPLOAD, BANK) for key in ("PY1", "PY2")], "r")
    list(ways(acme).do(Way.DISMISS, [seen("PY1"), seen("PY2")]))
    dismissed = Seen(Status.DISMISSED, BANK.code)
    list(ways(acme).do(Way.RESTORE, [wanted("PY1", dismissed), wanted("PY2", dismissed)]))
    assert statuses(acme) == {"PY1": "held", "PY2": "held"}
    (again,) = ways(acme).do(Way.RESTORE, [wanted("PY1")])
    assert again.problem == "restore is not possible: the operation is not dismissed"


def test_what_was_in_doubt_when_it_was_dismissed_is_in_doubt_again_when_taken_back(ledger, acme):
    lease = ledger.leases.acquire("acme", "r", "test", timedelta(minutes=1))
    acme.intend(act(payment("PY1"), UPLOAD, {}), lease)
    list(ways(acme).do(Way.DISMISS, [wanted("PY1")]))
    (answer,) = ways(acme).do(Way.RESTORE, [wanted("PY1")])
    assert (answer.problem, answer.row.status) == ("", Status.IN_FLIGHT)
    assert answer.row.instruction == {}


def test_how_a_call_ended_is_kept_although_a_person_dismissed_it_meanwhile(ledger, acme):
    lease = ledger.leases.acquire("acme", "r", "test", timedelta(minutes=1))
    upload = act(payment("PY1"), UPLOAD, {})
    acme.intend(upload, lease)
    list(ways(acme).do(Way.DISMISS, [wanted("PY1")]))
    acme.succeed(upload, "r", Succeeded(remote_id="in the portal"))
    row = acme.operations(PAYMENT, ["PY1"])["PY1", UPLOAD]
    assert (row.status, row.remote_id) == (Status.DISMISSED, "in the portal")
    assert [line["event"] for line in acme.events_of(PAYMENT, "PY1")][-2:] == ["dismiss", "succeed"]


def test_admitting_many_puts_each_of_them_in_scope(acme):
    acme.record([hold(payment(key), UPLOAD, BANK) for key in ("PY1", "PY2", "PY3")], "r")
    list(ways(acme).do(Way.ADMIT, [seen("PY1"), seen("PY3"), seen("PY2", "stale")]))
    admitted = {key: row.admitted for key, row in acme.documents(PAYMENT, ["PY1", "PY2"]).items()}
    assert admitted == {"PY1": True, "PY2": False}


def test_a_thousand_documents_are_written_in_few_statements(ledger, acme):
    keys = [f"PY{i:04}" for i in range(1000)]
    acme.record([hold(payment(key), UPLOAD, BANK) for key in keys], "r")
    with counted(ledger) as statements:
        answers = list(ways(acme).do(Way.DISMISS, [seen(key) for key in keys]))
    assert [one.problem for one in answers] == [""] * 1000
    assert [one.wanted.ref.key for one in answers] == keys
    chunks = -(-1000 // KEYS_PER_STATEMENT)
    assert len(statements) <= 6 * chunks


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_a_chunk_that_cannot_be_written_leaves_nothing_and_chunks_before_it_stay_done(ledger, acme):
    keys = [f"PY{i:04}" for i in range(KEYS_PER_STATEMENT + 2)]
    acme.record([hold(payment(key), UPLOAD, BANK) for key in keys], "r")
    with ledger.writing("acme") as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON event "
                f"WHEN NEW.key = '{keys[-1]}' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    told = []
    with pytest.raises(LedgerError, match="disk full"):
        told.extend(ways(acme).do(Way.DISMISS, [seen(key) for key in keys]))
    rows = acme.operations(PAYMENT, keys)
    dismissed = [key for (key, _), row in rows.items() if row.status == Status.DISMISSED]
    assert sorted(dismissed) == keys[:KEYS_PER_STATEMENT]
    assert [one.wanted.ref.key for one in told] == keys[:KEYS_PER_STATEMENT]


def test_a_payment_that_waits_for_a_cfdi_offers_the_link_of_that_cfdi(acme):
    pays = [
        Link(relation="pays", target_type="invoice", target_key=key, source="sage")
        for key in ("U1", "U2")
    ]
    acme.record([hold(payment("PY1"), UPLOAD, GATE, links=(pays[0],))], "r")
    acme.record([hold(payment("PY2"), UPLOAD, BANK, links=(pays[1],))], "r")
    assert paid_while_link_offered(acme, ["U1", "U2", "U3"]) == {"U1"}


def test_links_of_many_are_kept_with_their_sage_documents(acme):
    invoices = [payment(f"U{i}").model_copy(update={"kind": DocumentKind.INVOICE}) for i in (1, 2)]
    twin = POSSIBLE_DUPLICATE(document="V1/A1", dated="-")
    acme.record([hold(one, Operation.IMPORT, twin) for one in invoices], "r")
    list(
        ways(acme).do(
            Way.LINK,
            [
                Wanted(
                    one.ref,
                    Operation.IMPORT,
                    Seen(Status.HELD, twin.code),
                    {"link": f"V1/{one.key}"},
                )
                for one in invoices
            ],
        )
    )
    for one in invoices:
        (row,) = acme.operations(DocumentKind.INVOICE, [one.key]).values()
        assert (row.instruction, row.requeued) == ({"link": f"V1/{one.key}"}, True)
        assert acme.links_to("sage_entry", [f"V1/{one.key}"])[0][0] == one.ref
