"""Ways out for many documents: selected, shown, asked, done, and told one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal_pipeline.cli import consent
from portal_pipeline.core.decisions import done, hold, out_of_scope
from portal_pipeline.core.findings.general import (
    BEFORE_START,
    NEXT_CYCLE,
    PLAN_ABOVE_GUARD,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline_tests.unit.ledger.test_people_in_bulk import show
from portal_pipeline_tests.unit.ledger.test_waiting import BANK, GATE, UPLOAD, order, payment

PAYMENT = DocumentKind.PAYMENT
OLD = BEFORE_START(date="x", start_date="y")
BY_FINDING = ("--finding", "bank_not_mapped")


def record(office, *decisions, tenant="acme", ago=timedelta()):
    office.ledger(tenant, ago=ago).record(decisions, "r")


def statuses(office, tenant="acme"):
    keys = [f"PY{i}" for i in range(10)]
    return {
        key: row.status.value
        for (key, _), row in office.ledger(tenant).operations(PAYMENT, keys).items()
    }


@pytest.fixture
def three(office):
    record(office, hold(payment("PY1"), UPLOAD, BANK), ago=timedelta(days=4))
    record(office, hold(payment("PY2", "7", "USD"), UPLOAD, BANK))
    record(office, hold(payment("PY1"), UPLOAD, BANK), tenant="beta")
    return office


def test_a_selection_by_finding_spans_the_tenants(three):
    said = three("dismiss", *BY_FINDING, "--yes")
    assert said.code == 0
    assert "dismissed: 3 of 3" in said.out
    assert statuses(three) == {"PY1": "dismissed", "PY2": "dismissed"}
    assert statuses(three, "beta") == {"PY1": "dismissed"}


def test_a_selection_by_tenant_leaves_equal_keys_of_others_alone(three):
    assert three("dismiss", "--tenant", "acme", "--yes").code == 0
    assert statuses(three, "beta") == {"PY1": "held"}


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        (("--older-than", "3d"), {"PY1"}),
        (("--older-than", "12h", "--controller", "payment_upload"), {"PY1"}),
        (("--controller", "po_updates"), set()),
        (("--operation", "upload"), {"PY1", "PY2"}),
    ],
)
def test_filters_narrow_what_is_done(three, filters, keys):
    three("dismiss", "--tenant", "acme", *filters, "--yes")
    assert {key for key, status in statuses(three).items() if status == "dismissed"} == keys


def test_nothing_is_done_without_a_tenant_or_a_finding(three):
    for filters in ((), ("--controller", "payment_upload"), ("--older-than", "1h")):
        said = three("requeue", *filters, "--yes")
        assert said.code == 2
        assert "--tenant or" in said.err
    assert not three.ledger().operations(PAYMENT, ["PY1"])["PY1", UPLOAD].requeued


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [
        ("3", 0, "dismissed"),
        (" 3 ", 0, "dismissed"),
        ("2", 1, "held"),
        ("y", 1, "held"),
        ("", 1, "held"),
    ],
)
def test_what_is_selected_is_shown_and_done_only_when_its_number_is_typed(
    three, typed, code, status
):
    said = three("dismiss", *BY_FINDING, typed=typed)
    assert (said.code, statuses(three)["PY1"]) == (code, status)
    assert "3 documents: 20.00 MXN (2), 7.00 USD (1)" in said.out
    assert "Type 3 to dismiss" in said.err
    assert ("Nothing was done" in said.err) == (status == "held")


def test_where_nobody_can_be_asked_nothing_is_done_and_that_is_said(three):
    said = three("dismiss", *BY_FINDING)
    assert (said.code, statuses(three)["PY1"]) == (2, "held")
    assert "--yes" in said.err
    assert "PY1" in said.out
    as_json = three("dismiss", *BY_FINDING, "--json")
    assert (as_json.code, as_json.json["answer"], as_json.json["done"]) == (2, "no_terminal", 0)


def test_json_has_what_was_shown_and_what_was_done(three):
    shown = three("requeue", "--tenant", "acme", "--yes", "--json").json
    assert list(shown) == [
        *("way", "waiting", "documents", "left_out", "totals"),
        *("not_possible", "answer", "done", "failed"),
    ]
    assert [one["key"] for one in shown["waiting"]] == ["PY1", "PY2"]
    assert (shown["way"], shown["answer"], shown["done"], shown["failed"]) == (
        "requeue",
        "yes",
        2,
        [],
    )


def test_a_way_out_that_the_finding_does_not_offer_is_refused_with_those_that_it_offers(three):
    for arguments in (("PY1", "--tenant", "acme"), BY_FINDING):
        said = three("confirm", *arguments, "--yes")
        assert said.code == 1
        assert "bank_not_mapped offers requeue, dismiss" in str(said.error)


def test_what_does_not_offer_it_is_named_and_left_out(three):
    record(three, hold(payment("PY3"), UPLOAD, NEXT_CYCLE()))
    said = three("requeue", "--tenant", "acme", "--yes")
    assert said.code == 0
    assert "left out, next_cycle offers dismiss: 1 (acme payment PY3)" in said.out
    assert "requeued: 2 of 2" in said.out


def test_where_all_that_fits_is_left_out_something_could_not_be_done(office):
    record(office, hold(payment("PY3"), UPLOAD, NEXT_CYCLE()))
    said = office("requeue", "--tenant", "acme", "--yes")
    assert (said.code, "Nothing to requeue." in said.out) == (1, True)


def test_where_nothing_fits_nothing_is_asked(office):
    said = office("requeue", *BY_FINDING)
    assert (said.code, said.out) == (0, "Nothing to requeue.\n")


def test_older_documents_are_admitted_and_others_out_of_scope_stay_so(office):
    record(
        office,
        out_of_scope(payment("PY1"), UPLOAD, OLD),
        hold(payment("PY2"), UPLOAD, BANK),
    )
    said = office("admit", "--tenant", "acme", "--yes")
    assert "admitted: 1 of 1" in said.out
    documents = office.ledger().documents(PAYMENT, ["PY1", "PY2"])
    assert {key: one.admitted for key, one in documents.items()} == {"PY1": True, "PY2": False}


def test_dismissals_are_taken_back_by_finding(three):
    record(three, hold(payment("PY3"), UPLOAD, GATE))
    three("dismiss", "--tenant", "acme", "--yes")
    assert three("dismiss", "--undo", *BY_FINDING, "--yes").code == 0
    assert statuses(three) == {"PY1": "held", "PY2": "held", "PY3": "dismissed"}


def test_a_confirmation_releases_what_the_guard_showed(office):
    ledger = office.ledger()
    first = show(ledger, "PY1", "a")
    show(ledger, "PY2", "b")
    record(office, hold(payment("PY3"), UPLOAD, BANK))
    said = office("confirm", "--tenant", "acme", "--yes", "--json")
    assert (said.json["done"], said.json["not_possible"][0]["count"]) == (2, 1)
    assert ledger.operations(PAYMENT, ["PY1"])["PY1", UPLOAD].approved_hash == first
    show(ledger, "PY4", "c")
    (one,) = office("confirm", "--finding", PLAN_ABOVE_GUARD.code, "--json").json["waiting"]
    assert one["key"] == "PY4"


def test_what_changes_while_the_person_reads_is_left_and_told(three, monkeypatch):
    """The run goes on between the list and the answer."""
    asked = consent.typer.prompt

    def meanwhile(*arguments, **options):
        record(three, done(payment("PY1"), UPLOAD))
        return asked(*arguments, **options)

    monkeypatch.setattr(consent.typer, "prompt", meanwhile)
    said = three("dismiss", "--tenant", "acme", typed="2")
    assert said.code == 1
    assert "dismissed: 1 of 2" in said.out
    assert "not done: acme payment PY1 upload: it changed meanwhile: now done" in said.out
    assert statuses(three) == {"PY1": "done", "PY2": "dismissed"}


def test_only_so_many_lines_are_printed_and_that_is_said(three):
    said = three("dismiss", *BY_FINDING, "--rows", "1")
    assert "2 of them are not printed (--rows)" in said.out


def test_more_than_can_be_done_at_once_is_told(three, monkeypatch):
    monkeypatch.setattr("portal_pipeline.ledger.waiting.BULK_MAX", 2)
    said = three("dismiss", *BY_FINDING, "--yes")
    assert "1 more are not selected: at most 2 at once, the oldest first" in said.out
    assert set(statuses(three).values()) == {"dismissed"}
    assert statuses(three, "beta") == {"PY1": "held"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("requeue", "PY1"), "--tenant"),
        (("requeue", "PY1", "--tenant", "acme", *BY_FINDING), "leave out the key"),
        (("requeue", *BY_FINDING, "--number", "A1"), "by its key"),
        (("link", "U1"), "--file"),
        (("link", "U1", "V/1", "--file", "x.csv"), "the file names"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(three, arguments, told):
    said = three(*arguments)
    assert said.code == 2
    assert told in said.err


def test_a_blank_reason_is_no_reason(three):
    said = three.say("dismiss", *BY_FINDING, "--yes", "--reason", "  ")
    assert (said.code, statuses(three)["PY1"]) == (2, "held")


def test_trace_shows_who_did_it_and_why_in_history_and_in_what_waits_now(three):
    three("requeue", "--tenant", "acme", "--yes")
    said = three.say("trace", "PY1", "--tenant", "acme")
    now = next(line for line in said.out.splitlines() if line.strip().startswith("now"))
    assert "(requeue, ana: agreed)" in now
    line = next(
        line for line in said.out.splitlines() if " requeue " in f" {line} " and "ana" in line
    )
    assert "agreed" in line


def test_one_document_of_several_operations_is_still_named_by_its_key(office):
    record(
        office,
        hold(order(), Operation.UPDATE, BANK),
        hold(order(), Operation.CLOSE, BANK),
    )
    said = office("dismiss", "PO1", "--tenant", "acme")
    assert "several operations: close, update" in str(said.error)
    assert office("dismiss", "PO1", "--tenant", "acme", "--operation", "close").code == 0
