"""What the history of an operation makes of a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.decisions import (
    Act,
    Document,
    OperationRow,
    Status,
    Verdict,
    act,
    done,
    hold,
)
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    NEXT_CYCLE,
    REFUSED_BY_REMOTE,
)
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.settling import is_due, next_attempt, settle
from portal_pipeline.core.tenant import Mode, Tenant

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DOCUMENT = Document(kind=DocumentKind.PAYMENT, key="PY1")
SEND = act(DOCUMENT, Operation.UPLOAD, {"total": 1})
ANSWER = REFUSED_BY_REMOTE(system="portal", answer_code="1800", answer="unknown uuid")


def tenant(mode: Mode = Mode.SANDBOX) -> Tenant:
    return Tenant(
        key=TenantKey("acme"), name="Acme", rfc="AAA010101AAA", zone=ZoneInfo("UTC"), mode=mode
    )


def row(status: Status, **fields) -> OperationRow:
    sent = SEND.act.content_hash
    values = {"sent_hash": sent, "attempts": 1, "finding": ANSWER} | fields
    return OperationRow(
        kind=DocumentKind.PAYMENT,
        key="PY1",
        operation=Operation.UPLOAD,
        status=status,
        **values,
    )


@pytest.mark.parametrize(
    ("changes", "acts"),
    [
        pytest.param({"next_attempt_at": NOW + timedelta(minutes=1)}, False, id="not yet due"),
        pytest.param({"next_attempt_at": NOW}, True, id="due"),
        pytest.param(
            {"next_attempt_at": NOW + timedelta(days=1), "sent_hash": "other"}, True, id="changed"
        ),
        pytest.param(
            {"next_attempt_at": NOW + timedelta(days=1), "requeued": True}, True, id="requeued"
        ),
        pytest.param(
            {"finding": ATTEMPTS_USED_UP(system="portal", answer="x", attempts=20)},
            False,
            id="attempts used up",
        ),
    ],
)
def test_a_refusal_is_tried_again_when_due_changed_or_requeued(changes, acts):
    settled = settle(SEND, row(Status.REFUSED, **changes), tenant(), NOW)
    assert (settled.verdict == Verdict.ACT) is acts
    if not acts:
        assert settled.verdict == Verdict.HOLD
        assert settled.finding == changes.get("finding", ANSWER)


def test_a_dismissed_operation_counts_as_done():
    assert settle(SEND, row(Status.DISMISSED), tenant(), NOW).verdict == Verdict.DONE


def test_an_operation_in_doubt_is_looked_up_even_when_the_rules_now_say_wait():
    wait = hold(DOCUMENT, Operation.UPLOAD, NEXT_CYCLE())
    settled = settle(wait, row(Status.IN_FLIGHT), tenant(), NOW)
    assert settled.verdict == Verdict.ACT
    assert settled.act.look_up_only
    assert settled.act.fallback == Verdict.HOLD
    assert settled.finding == NEXT_CYCLE()


def test_a_dry_run_holds_every_act():
    settled = settle(SEND, None, tenant(Mode.DRY_RUN), NOW)
    assert settled.verdict == Verdict.HOLD
    assert settled.finding.code == "dry_run"


def test_a_dry_run_downloads_to_the_archive():
    download = act(DOCUMENT, Operation.DOWNLOAD, {"uuid": "U1"})
    assert settle(download, None, tenant(Mode.DRY_RUN), NOW) is download


def test_a_new_act_passes_unchanged():
    assert settle(SEND, None, tenant(), NOW) is SEND


# -- each condition by itself ----------------------------------------------------------------

WAIT = hold(DOCUMENT, Operation.UPLOAD, NEXT_CYCLE())
DOWNLOAD = act(DOCUMENT, Operation.DOWNLOAD, {"uuid": "U1"})
LATER = NOW + timedelta(minutes=1)


@pytest.mark.parametrize("status", [None, *Status])
def test_a_decision_that_is_no_act_stands_unless_dismissed_or_in_doubt(status):
    one = None if status is None else row(status, next_attempt_at=LATER)
    settled = settle(WAIT, one, tenant(), NOW)
    if status == Status.DISMISSED:
        assert (settled.verdict, settled.document, settled.operation) == (
            *(Verdict.DONE, DOCUMENT, Operation.UPLOAD),
        )
    elif status == Status.IN_FLIGHT:
        assert settled.act == Act(payload={}, look_up_only=True, fallback=Verdict.HOLD)
    else:
        assert settled is WAIT


def test_seeing_it_in_the_target_settles_what_is_in_doubt_without_a_look_up():
    seen = done(DOCUMENT, Operation.UPLOAD)
    assert settle(seen, row(Status.IN_FLIGHT), tenant(), NOW) is seen


def test_an_act_in_doubt_stays_the_act_whatever_its_next_time():
    assert settle(SEND, row(Status.IN_FLIGHT, next_attempt_at=LATER), tenant(), NOW) is SEND


@pytest.mark.parametrize(
    "status", sorted(set(Status) - {Status.REFUSED, Status.DISMISSED, Status.IN_FLIGHT})
)
def test_only_a_refusal_makes_an_act_wait_for_its_time(status):
    assert settle(SEND, row(status, next_attempt_at=LATER), tenant(), NOW) is SEND


def test_a_refusal_without_an_answer_waits_for_the_next_cycle():
    waiting = row(Status.REFUSED, next_attempt_at=LATER, finding=None)
    assert settle(SEND, waiting, tenant(), NOW).finding == NEXT_CYCLE()


def test_an_act_without_content_is_never_carried_out():
    empty = SEND.model_copy(update={"act": None})
    assert settle(empty, None, tenant(Mode.DRY_RUN), NOW) is empty


def test_a_dry_run_names_what_it_would_have_done():
    settled = settle(SEND, None, tenant(Mode.DRY_RUN), NOW)
    assert settled.finding.params == {"operation": "upload"}


@pytest.mark.parametrize("decision", [SEND, WAIT])
def test_a_dry_run_leaves_what_is_in_doubt_as_it_is(decision):
    settled = settle(decision, row(Status.IN_FLIGHT), tenant(Mode.DRY_RUN), NOW)
    assert (settled.verdict, settled.finding.code, settled.finding.params) == (
        Verdict.HOLD,
        "outcome_unknown",
        {"operation": "upload", "detail": "dry_run"},
    )


def test_a_dry_run_looks_up_a_download_in_doubt():
    in_doubt = row(Status.IN_FLIGHT).model_copy(update={"operation": Operation.DOWNLOAD})
    assert settle(DOWNLOAD, in_doubt, tenant(Mode.DRY_RUN), NOW) is DOWNLOAD


@pytest.mark.parametrize(
    ("changes", "is_now"),
    [
        pytest.param({"next_attempt_at": None}, True, id="no time set"),
        pytest.param({"next_attempt_at": NOW}, True, id="its time has come"),
        pytest.param({"next_attempt_at": LATER}, False, id="later"),
        pytest.param({"next_attempt_at": LATER, "finding": None}, False, id="later, no answer"),
        pytest.param({"next_attempt_at": NOW, "finding": None}, True, id="now, no answer"),
        pytest.param(
            {
                "next_attempt_at": NOW,
                "finding": ATTEMPTS_USED_UP(system="portal", answer="x", attempts=20),
            },
            False,
            id="only a person can cure it",
        ),
        pytest.param({"next_attempt_at": LATER, "requeued": True}, True, id="requeued"),
        pytest.param({"next_attempt_at": LATER, "sent_hash": "other"}, True, id="changed"),
    ],
)
def test_when_a_refusal_is_due(changes, is_now):
    assert is_due(row(Status.REFUSED, **changes), SEND.act, NOW) is is_now


def test_the_next_attempt_comes_after_the_interval():
    assert next_attempt(NOW, timedelta(minutes=1)) == LATER


def test_only_an_act_is_stopped_by_a_dry_run():
    seen = SEND.model_copy(update={"verdict": Verdict.DONE})
    assert settle(seen, None, tenant(Mode.DRY_RUN), NOW) is seen
