"""``held``: what waits for what, oldest first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import typer

from portal_pipeline.cli.selecting import duration
from portal_pipeline.core.decisions import hold, out_of_scope, reject
from portal_pipeline.core.findings.general import BEFORE_START, NEXT_CYCLE
from portal_pipeline.core.identity import Operation
from portal_pipeline.reports.waiting import age_text
from portal_pipeline_tests.unit.ledger.test_waiting import BANK, GATE, UPLOAD, order, payment

DAYS_3 = timedelta(days=3, minutes=5)


@pytest.fixture
def waiting(office):
    office.ledger(ago=DAYS_3).record([hold(payment("PY1", "1234.5"), UPLOAD, BANK)], "r")
    office.ledger("beta").record(
        [hold(payment("PY1"), UPLOAD, GATE), hold(order(), Operation.UPDATE, NEXT_CYCLE())], "r"
    )
    return office


def keys(said):
    return [(one["tenant"], one["key"]) for one in said.json["waiting"]]


def test_where_nothing_waits_that_is_said_and_is_no_failure(office):
    said = office.say("held")
    assert (said.code, said.out) == (0, "Nothing waits.\n")
    assert office.say("held", "--json").json == {
        "waiting": [],
        "documents": 0,
        "left_out": 0,
        "totals": [],
    }


def test_the_list_has_amount_age_reason_and_the_exact_commands_that_help(waiting):
    said = waiting.say("held", "--tenant", "acme", "--json")
    (one,) = said.json["waiting"]
    since = one.pop("since")
    assert since.endswith("-06:00")
    assert one == {
        "tenant": "acme",
        "kind": "payment",
        "key": "PY1",
        "counterparty": "V1",
        "amount": "1234.50",
        "currency": "MXN",
        "operation": "upload",
        "status": "held",
        "finding": "bank_not_mapped",
        "text": one["text"],
        "next_step": one["next_step"],
        "age_hours": 72,
        "age": "3d 0h",
        "asked": "",
        "exits": ["requeue", "dismiss"],
        "commands": [
            f'portal-pipeline {way} PY1 --tenant acme --operation upload --reason "WHY"'
            for way in ("requeue", "dismiss")
        ],
    }
    assert one["text"]
    assert one["next_step"]
    assert said.json["totals"] == [{"currency": "MXN", "documents": 1, "amount": "1234.50"}]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), [("acme", "PY1"), ("beta", "PY1"), ("beta", "PO1")]),
        (("--tenant", "beta"), [("beta", "PY1"), ("beta", "PO1")]),
        (("--controller", "payment_upload"), [("acme", "PY1"), ("beta", "PY1")]),
        (("--finding", "invoice_not_confirmed"), [("beta", "PY1")]),
        (("--older-than", "3d"), [("acme", "PY1")]),
        (("--older-than", "73h"), []),
        (("--older-than", "72h", "--tenant", "beta"), []),
    ],
)
def test_filters_narrow_the_list(waiting, filters, expected):
    said = waiting.say("held", *filters, "--json")
    assert sorted(keys(said)) == sorted(expected)
    assert keys(said)[:1] == expected[:1]


def test_the_table_has_the_sums_and_says_how_many_it_leaves_out(waiting):
    out = waiting.say("held", "--limit", "1").out
    assert "3 documents: 1,249.50 MXN (3)" in out
    assert "2 more lines are not shown (--limit 1)" in out
    assert "3d 0h" in out
    assert 'portal-pipeline requeue PY1 --tenant acme --operation upload --reason "WHY"' in out


def test_a_payment_that_waits_for_an_invoice_names_the_link_of_another_document(waiting):
    said = waiting.say("held", "--finding", "invoice_not_confirmed", "--json")
    assert (
        'portal-pipeline link UUID VENDOR/NUMBER --tenant beta --reason "WHY"'
        in (said.json["waiting"][0]["commands"])
    )


@pytest.fixture
def stuck(waiting):
    """A payment that someone must mend, beside three operations that wait by themselves."""
    waiting.ledger(ago=DAYS_3).record([reject(payment("PY9", "50"), UPLOAD, BANK)], "r")
    return waiting


def test_what_will_not_move_by_itself_is_listed_alone(stuck):
    said = stuck.say("held", "--stuck", "--json")
    assert keys(said) == [("acme", "PY9")]
    assert said.json["totals"] == [{"currency": "MXN", "documents": 1, "amount": "50.00"}]
    assert stuck.say("held", "--stuck", "--tenant", "beta").out == "Nothing waits like this.\n"


def test_status_shows_apart_what_will_not_move_by_itself(stuck):
    out = stuck.say("status").out
    apart, by_itself = out.split("Held or rejected: 3")
    assert "will not move by themselves" in apart
    assert "PY9" in apart
    assert "3d 0h" in apart
    assert "1 document: 50.00 MXN (1)" in apart
    assert "requeue" in apart
    assert "PY9" not in by_itself
    said = stuck.say("status", "--json").json
    (one,) = said["stuck"]["waiting"]
    assert (one["key"], one["amount"], one["age_hours"]) == ("PY9", "50.00", 72)
    assert one["next_step"]
    assert one["commands"]
    assert len(said["open"]) == 4


def test_status_says_nothing_of_what_is_stuck_where_nothing_is(waiting):
    assert "will not move" not in waiting.say("status").out
    assert waiting.say("status", "--json").json["stuck"]["waiting"] == []


def test_what_is_out_of_scope_is_not_listed(office):
    old = BEFORE_START(date="x", start_date="y")
    office.ledger().record([out_of_scope(payment("PY1"), UPLOAD, old)], "r")
    assert office.say("held").out == "Nothing waits.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--finding", "bank_not_maped"), "bank_not_mapped"),
        (("--older-than", "3 weeks"), "3d or 12h"),
        (("--controller", "nobody"), "payment_upload"),
        (("--limit", "0"), "--limit"),
    ],
)
def test_a_wrong_filter_is_a_usage_error_that_says_what_is_right(office, arguments, told):
    said = office.say("held", *arguments)
    assert said.code == 2
    assert told in said.err


@pytest.mark.parametrize(
    ("text", "hours"), [("3d", 72), ("12h", 12), (" 0h ", 0), ("99999d", 99999 * 24)]
)
def test_an_age_is_days_or_hours(text, hours):
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "3", "d", "-1d", "1.5d", "3m", "3d 4h", "100000d", "٣d"])
def test_anything_else_is_no_age(text):
    with pytest.raises(typer.BadParameter):
        duration(text)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(days=3, hours=4, minutes=59), "3d 4h"),
        (timedelta(hours=23, minutes=59), "23h 59m"),
        (timedelta(seconds=59), "0h 0m"),
        (timedelta(seconds=-1), "0h 0m"),
    ],
)
def test_ages_are_told_in_days_and_hours(age, text):
    assert age_text(age) == text
