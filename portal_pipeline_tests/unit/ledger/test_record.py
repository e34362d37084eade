"""Decisions, documents, links and the ways out for people."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.core.decisions import Document, Status, act, done, held, hold, reject
from portal_pipeline.core.errors import DefectError, DocumentError
from portal_pipeline.core.findings.general import NEXT_CYCLE, UNEXPECTED_ERROR
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Effects, Link, Succeeded
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.ledger.reports import ListingState, read_listing, save_listings

PAYMENT = Document(
    kind=DocumentKind.PAYMENT,
    key="PY1",
    counterparty="V1",
    amount=Decimal("1234567890.123456"),
    currency="MXN",
    dated=date(2026, 3, 2),
    details={"a": "1"},
)
REF = PAYMENT.ref


def operation_of(acme, operation=Operation.UPLOAD):
    return acme.operations(DocumentKind.PAYMENT, ["PY1"])["PY1", operation]


def events_of(acme):
    return [line["event"] for line in acme.events_of(DocumentKind.PAYMENT, "PY1")]


def test_amounts_come_back_with_every_digit(acme):
    acme.save_documents([PAYMENT], "run-1")
    assert acme.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"].amount == PAYMENT.amount


def test_a_name_longer_than_its_column_is_cut_for_display(acme):
    """PostgreSQL refuses what is too long: a supplier's name must not stop a tenant's step."""
    long = PAYMENT.model_copy(update={"counterparty": "V" * 81, "portal_state": "S" * 65})
    for _ in range(2):
        acme.save_documents([long], "run-1")
    stored = acme.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"]
    assert (len(stored.counterparty), len(stored.portal_state)) == (80, 64)


def test_what_a_later_step_does_not_know_is_not_forgotten(acme):
    acme.save_documents([PAYMENT], "run-1")
    acme.save_documents(
        [Document(kind=DocumentKind.PAYMENT, key="PY1", portal_id="p1", details={"b": "2"})], "r2"
    )
    stored = acme.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"]
    assert (stored.portal_id, stored.currency, dict(stored.details)) == (
        "p1",
        "MXN",
        {"a": "1", "b": "2"},
    )


def test_the_same_decision_again_leaves_no_second_line_of_history(acme):
    for _ in range(3):
        acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-1")
    assert events_of(acme) == ["hold"]


def test_waiting_time_counts_from_the_first_hold_whatever_the_reason(acme, clock):
    acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-1")
    first = clock.now
    clock.advance(hours=5)
    acme.record([reject(PAYMENT, Operation.UPLOAD, UNEXPECTED_ERROR(detail="x"))], "run-2")
    assert operation_of(acme).waiting_since == first
    assert operation_of(acme).status == Status.REJECTED
    acme.record([done(PAYMENT, Operation.UPLOAD)], "run-3")
    assert operation_of(acme).waiting_since is None


def test_a_finished_operation_is_not_held_by_mistake(acme):
    acme.record([done(PAYMENT, Operation.UPLOAD)], "run-1")
    with pytest.raises(DefectError, match="reopened first"):
        acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-2")
    acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE(), reopens=True)], "run-3")
    assert events_of(acme) == ["confirm_done", "reopen", "hold"]


def test_an_illegal_event_writes_nothing_at_all(acme):
    other = Document(kind=DocumentKind.PAYMENT, key="PY2")
    acme.record([done(PAYMENT, Operation.UPLOAD)], "run-1")
    decisions = [
        hold(other, Operation.UPLOAD, NEXT_CYCLE()),
        hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE()),
    ]
    with pytest.raises(DefectError):
        acme.record(decisions, "run-2")
    assert acme.documents(DocumentKind.PAYMENT, ["PY2"]) == {}


def test_tenants_with_the_same_payment_number_do_not_meet(ledger, acme, clock):
    beta = ledger.tenant("beta", clock)
    acme.record([done(PAYMENT, Operation.UPLOAD)], "run-1")
    beta.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-2")
    assert operation_of(acme).status == Status.DONE
    assert operation_of(beta).status == Status.HELD


def test_a_link_keeps_the_source_from_which_it_was_first_known(acme):
    for source in ("portal", "person"):
        link = Link(relation="pays", target_type="invoice", target_key="U1", source=source)
        acme.save_links([(REF, link)], "run-1")
    assert [link.source for _, link in acme.links_of(DocumentKind.PAYMENT, ["PY1"])] == ["portal"]
    assert acme.links_to("invoice", ["U1"], "pays")[0][0] == REF


def test_success_writes_state_document_and_links_together(acme, ledger):
    lease = ledger.leases.acquire("acme", "run-1", "a", timedelta(seconds=60))
    send = act(PAYMENT, Operation.UPLOAD, {"n": 1})
    acme.intend(send, lease)
    link = Link(relation="is", target_type="portal_payment", target_key="p9", source="import")
    effects = Effects(portal_id="p9", portal_state="PENDING", links=(link,))
    acme.succeed(send, "run-1", Succeeded(remote_id="p9", effects=effects))
    row = operation_of(acme)
    assert (row.status, row.content_hash, row.remote_id) == (
        Status.DONE,
        send.act.content_hash,
        "p9",
    )
    assert acme.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"].portal_id == "p9"
    assert acme.links_of(DocumentKind.PAYMENT, ["PY1"]) == [("PY1", link)]


def test_a_document_of_a_dry_run_can_be_dismissed_and_restored_with_user_and_reason(acme):
    acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-1")
    ways = WaysOut(acme, user="ana", reason="paid by hand")
    assert ways.dismiss(REF, Operation.UPLOAD).status == Status.DISMISSED
    acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-2")
    assert operation_of(acme).status == Status.DISMISSED
    assert ways.restore(REF, Operation.UPLOAD).status == Status.HELD
    lines = acme.events_of(DocumentKind.PAYMENT, "PY1")
    assert [(x["event"], x["actor"], x["detail"]) for x in lines[1:]] == [
        ("dismiss", "ana", "paid by hand"),
        ("restore", "ana", "paid by hand"),
    ]


def test_admitting_puts_a_document_in_scope(acme):
    acme.record([hold(PAYMENT, Operation.UPLOAD, NEXT_CYCLE())], "run-1")
    WaysOut(acme, user="ana", reason="r").admit(REF, Operation.UPLOAD)
    assert acme.documents(DocumentKind.PAYMENT, ["PY1"])["PY1"].admitted


def test_confirming_releases_only_what_the_guard_has_shown(acme):
    send = act(PAYMENT, Operation.UPLOAD, {"n": 1})
    ways = WaysOut(acme, user="ana", reason="go-live")
    acme.record([held(send, NEXT_CYCLE())], "run-1")
    with pytest.raises(DocumentError, match="shown no act"):
        ways.confirm(REF, Operation.UPLOAD)
    acme.show([send], "run-1")
    assert ways.confirm(REF, Operation.UPLOAD).approved_hash == send.act.content_hash


def test_a_person_cannot_requeue_what_is_finished(acme):
    acme.record([done(PAYMENT, Operation.UPLOAD)], "run-1")
    with pytest.raises(DocumentError, match="finished"):
        WaysOut(acme, user="ana", reason="r").requeue(REF, Operation.UPLOAD)


def test_linking_a_cfdi_keeps_the_named_sage_document(acme):
    invoice = Document(kind=DocumentKind.INVOICE, key="U1")
    acme.record([hold(invoice, Operation.IMPORT, NEXT_CYCLE())], "run-1")
    ref = DocumentRef(kind=DocumentKind.INVOICE, key="U1")
    row = WaysOut(acme, user="ana", reason="r").link(ref, "V1", "A 1")
    assert row.instruction == {"link": "V1/A 1"}
    assert acme.links_to("sage_entry", ["V1/A 1"], "is_sage_document")[0][0] == ref


def test_a_listing_keeps_its_watermark(acme, clock):
    assert read_listing(acme, "sage.payments") == ListingState()
    state = ListingState(watermark=clock.now, total=3, received=3, is_complete=True)
    save_listings(acme, {"sage.payments": state})
    save_listings(acme, {"sage.payments": state})
    assert read_listing(acme, "sage.payments") == state
