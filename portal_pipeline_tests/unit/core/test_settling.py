"""What the history of an operation makes of a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.decisions import Document, OperationRow, Status, Verdict, act, hold
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    NEXT_CYCLE,
    REFUSED_BY_REMOTE,
)
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.settling import settle
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
