"""The write protocol against a target that commits, refuses, loses answers and commits late."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.controllers.breaker import FAILURES_IN_A_ROW_MAX
from portal_pipeline.controllers.execution import SerialExecutor, ThreadExecutor, chain_by_order
from portal_pipeline.controllers.protocol import Handler, Protocol
from portal_pipeline.core.crash import Crash, no_crash
from portal_pipeline.core.decisions import Document, Status, Verdict, act, hold
from portal_pipeline.core.errors import LeaseBusy, LedgerError
from portal_pipeline.core.findings.general import NEXT_CYCLE
from portal_pipeline.core.findings.payments import INVOICE_CANCELLED, PORTAL_PAYMENT_DIFFERS
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation, TenantKey
from portal_pipeline.core.outcomes import (
    Absent,
    Found,
    FoundOther,
    Refused,
    Succeeded,
    Unclear,
    Unknown,
)
from portal_pipeline.core.report import Ending
from portal_pipeline.core.settling import settle
from portal_pipeline.core.tenant import Intervals, Mode, Tenant
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline_tests.templates import put_ledger

TTL = timedelta(minutes=10)


@dataclass
class Clock:
    now: datetime = field(default=datetime(2026, 3, 2, 15, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Target:
    """A remote system: a behaviour per call, and what it holds."""

    answers: list[str] = field(default_factory=list)
    holds: Counter = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    calls: int = 0
    looks: int = 0
    blind: bool = False
    gate: threading.Event | None = None
    """Calls wait until it is open."""
    in_flight: int = 0
    in_flight_max: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, decision):
        with self.lock:
            self.in_flight += 1
            self.in_flight_max = max(self.in_flight_max, self.in_flight)
        assert self.gate is None or self.gate.wait(30), "nothing went on beside the calls"
        with self.lock:
            self.in_flight -= 1
        self.calls += 1
        match self.answers.pop(0) if self.answers else "commit":
            case "commit":
                self.holds[decision.key] += 1
                return Succeeded(remote_id=f"id-{decision.key}")
            case "commit, lose the answer":
                self.holds[decision.key] += 1
                return Unknown(detail="timeout")
            case "lose the request":
                return Unknown(detail="timeout")
            case "commit late":
                self.late.append(decision.key)
                return Unknown(detail="timeout")
            case "refuse":
                return Refused(code="1800", detail="no such invoice")
            case "duplicate":
                return Refused(code="2602", detail="duplicated", is_duplicate=True)
            case "429":
                return Refused(code="429", detail="slow down", is_attempt=False, retry_after_s=90)
            case "explode":
                raise RuntimeError("bug")
            case other:
                raise AssertionError(other)

    def commit_late(self):
        for key in self.late:
            self.holds[key] += 1
        self.late.clear()

    def look(self, decision):
        self.looks += 1
        if self.blind:
            return Unclear(detail="503")
        return Found(remote_id=f"id-{decision.key}") if self.holds[decision.key] else Absent()


class Bench:
    def __init__(self, tmp_path, looks=2):
        self.clock, self.lease_clock = Clock(), Clock()
        self.ledger = Ledger(put_ledger(tmp_path / "l.sqlite"), lease_clock=self.lease_clock)
        self.tenant = Tenant(
            key=TenantKey("acme"),
            name="Acme",
            rfc="AAA010101AAA",
            zone=ZoneInfo("UTC"),
            mode=Mode.SANDBOX,
            intervals=Intervals(settle_s=3600, max_attempts=3),
        )
        self.acme = self.ledger.tenant("acme", self.clock)
        self.target = Target()
        self.looks = looks
        self.at_once = 8
        self.point = no_crash
        self.out_of_time = False
        self.executor = SerialExecutor()
        self.run_number = 0

    def later(self, **delta):
        self.clock.now += timedelta(**delta)
        self.lease_clock.now += timedelta(**delta)

    def is_overtaken(self):
        """The run's lease ends, and another run takes the company over."""
        self.lease_clock.now += TTL
        self.ledger.leases.acquire("acme", "thief", "x", TTL)

    def run(self, *decisions, keep_lease=False):
        """One step of a new run: settle, carry out, record; gives the endings or verdicts."""
        self.run_number += 1
        run_id = f"run-{self.run_number}"
        lease = self.ledger.leases.acquire("acme", run_id, "test", TTL)
        rows = self.acme.operations(DocumentKind.PAYMENT, [d.key for d in decisions])
        settled = [
            settle(d, rows.get((d.key, d.operation)), self.tenant, self.clock.now)
            for d in decisions
        ]
        acts = [d for d in settled if d.verdict == Verdict.ACT]
        self.acme.record([d for d in settled if d.verdict != Verdict.ACT], run_id)
        protocol = Protocol(
            ledger=self.acme,
            lease=lease,
            tenant=self.tenant,
            controller=ControllerName.PAYMENT_UPLOAD,
            executor=self.executor,
            point=self.point,
            is_out_of_time=lambda: self.out_of_time,
        )
        handler = Handler(
            "portal", self.target.write, self.target.look, looks=self.looks, at_once=self.at_once
        )
        try:
            ended = protocol.carry_out(acts, rows, {Operation.UPLOAD: handler})
            self.acme.record(
                [e.decision for e in ended if e.decision.verdict != Verdict.ACT], run_id
            )
        finally:
            if not keep_lease:
                self.ledger.leases.release(lease)
        return [e.ending or e.decision.verdict for e in ended] or [d.verdict for d in settled]

    def row(self, key="PY1"):
        return self.acme.operations(DocumentKind.PAYMENT, [key])[key, Operation.UPLOAD]

    def status(self, key="PY1"):
        rows = self.acme.operations(DocumentKind.PAYMENT, [key])
        return rows[key, Operation.UPLOAD].status if rows else None

    def events(self, key="PY1"):
        return [line["event"] for line in self.acme.events_of(DocumentKind.PAYMENT, key)]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.ledger.close()


def send(key="PY1", content=1, **fields):
    document = Document(kind=DocumentKind.PAYMENT, key=key)
    return act(document, Operation.UPLOAD, {"n": content}, **fields)


def test_intent_is_committed_before_the_call_and_outcome_after_it(bench):
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.events() == ["intend", "succeed"]
    assert bench.row().remote_id == "id-PY1"


def test_an_answer_that_was_lost_is_looked_up_and_adopted_never_sent_again(bench):
    bench.target.answers = ["commit, lose the answer"]
    assert bench.run(send()) == [Ending.UNKNOWN]
    assert bench.row().status == Status.IN_FLIGHT
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert (bench.target.calls, bench.target.holds["PY1"]) == (1, 1)


def test_a_lost_request_is_sent_again_only_after_two_looks_apart_by_the_settle_time(bench):
    bench.target.answers = ["lose the request"]
    bench.run(send())
    assert bench.run(send()) == [Ending.UNKNOWN]  # first look
    assert bench.run(send()) == [Ending.UNKNOWN]  # a second look too early does not count
    assert bench.target.calls == 1
    bench.later(seconds=3600)
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert (bench.target.calls, bench.target.holds["PY1"]) == (2, 1)


@pytest.mark.parametrize("call_ended", [True, False])
@pytest.mark.parametrize("looked", [True, False])
def test_a_doubt_of_a_clock_that_was_ahead_is_settled_by_the_clock_that_is_right(
    bench, call_ended, looked
):
    """Two looks and the settle time; not the month by which the clock has been set back."""

    def dies_after_intent(at):
        if at == "upload.after_intent":
            raise Crash(at)

    if call_ended:
        bench.target.answers = ["lose the request"]
        bench.run(send())
    else:
        bench.point = dies_after_intent
        with pytest.raises(Crash):
            bench.run(send(), keep_lease=True)
        bench.point = no_crash
        bench.later(minutes=11)
    if looked:
        assert bench.run(send()) == [Ending.UNKNOWN]
    bench.later(days=-30)
    assert bench.run(send()) == [Ending.UNKNOWN]
    bench.later(seconds=3659)
    assert bench.run(send()) == [Ending.UNKNOWN], "it counts from the first look of the right clock"
    bench.later(seconds=1)
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.target.holds["PY1"] == 1


def test_one_look_after_the_settle_time_is_not_enough(bench):
    bench.target.answers = ["lose the request"]
    bench.run(send())
    bench.later(seconds=4000)
    assert bench.run(send()) == [Ending.UNKNOWN]
    assert bench.target.calls == 1


def test_a_write_that_commits_after_the_first_look_is_found_by_the_second(bench):
    bench.target.answers = ["commit late"]
    bench.run(send())
    bench.run(send())
    bench.target.commit_late()
    bench.later(seconds=3600)
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.target.holds["PY1"] == 1


def test_where_the_target_refuses_twins_itself_one_clear_absence_is_enough(tmp_path):
    bench = Bench(tmp_path, looks=1)
    bench.target.answers = ["lose the request"]
    bench.run(send())
    assert bench.run(send()) == [Ending.SUCCEEDED]
    bench.ledger.close()


def test_a_look_up_without_an_answer_sends_nothing(bench):
    bench.target.answers = ["lose the request"]
    bench.run(send())
    bench.target.blind = True
    bench.later(days=2)
    assert bench.run(send()) == [Ending.UNKNOWN]
    assert bench.run(send()) == [Ending.UNKNOWN]
    assert bench.target.calls == 1


def test_what_is_in_doubt_is_settled_although_the_rules_now_hold_it_and_then_not_sent(bench):
    bench.target.answers = ["lose the request"]
    bench.run(send())
    wait = hold(send().document, Operation.UPLOAD, INVOICE_CANCELLED(count=1, invoices="F1"))
    bench.run(wait)
    bench.later(seconds=3600)
    assert bench.run(wait) == [Verdict.HOLD]
    assert bench.row().status == Status.HELD
    assert bench.row().finding.code == "invoice_cancelled"
    assert bench.target.calls == 1


def test_what_a_person_dismisses_while_the_step_runs_is_not_sent_and_stops_nothing(bench):
    """It was planned as an act; the others of the step go on."""
    bench.target.answers = ["refuse"]
    bench.run(send())
    bench.later(days=1)

    def dismissed(at):
        if at == "upload.before_intent" and bench.status() != Status.DISMISSED:
            ways = WaysOut(bench.acme, user="ana", reason="paid by hand")
            ways.dismiss(send().document.ref, Operation.UPLOAD)

    bench.point = dismissed
    assert bench.run(send()) == [Verdict.DONE]
    assert bench.status() == Status.DISMISSED
    assert bench.target.calls == 1


@pytest.mark.parametrize(
    "name",
    ["before_intent", "after_intent", "after_call", "after_outcome"],
)
def test_a_crash_at_any_point_neither_loses_nor_doubles_the_document(bench, name):
    def crash(at):
        if at == f"upload.{name}":
            raise Crash(at)

    bench.point = crash
    with pytest.raises(Crash):
        bench.run(send(), keep_lease=True)
    bench.point = no_crash
    bench.later(minutes=11)  # the dead run's lease expires
    for _ in range(3):
        if bench.status() != Status.DONE:
            bench.run(send())
        bench.later(seconds=3700)
    assert bench.target.holds["PY1"] == 1
    assert bench.row().status == Status.DONE


def test_a_duplicate_answer_is_verified_and_adopted(bench):
    bench.target.holds["PY1"] = 1
    bench.target.answers = ["duplicate"]
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.events() == ["intend", "adopt"]


def test_a_duplicate_answer_that_cannot_be_verified_stays_in_doubt(bench):
    bench.target.answers = ["duplicate"]
    bench.target.blind = True
    assert bench.run(send()) == [Ending.UNKNOWN]
    assert bench.row().status == Status.IN_FLIGHT


def test_something_else_under_our_identity_is_held_with_its_reason(bench):
    bench.target.answers = ["duplicate"]
    bench.target.look = lambda _: FoundOther(
        finding=PORTAL_PAYMENT_DIFFERS(portal_id="1", differences="amount")
    )
    assert bench.run(send()) == [Verdict.HOLD]
    assert bench.row().finding.code == "portal_payment_differs"


def test_what_is_found_again_and_again_is_one_line_of_history(bench):
    other = FoundOther(finding=PORTAL_PAYMENT_DIFFERS(portal_id="p", differences="total"))
    bench.target.look = lambda _: other
    for _ in range(3):
        assert bench.run(send(look_up_first=True)) == [Verdict.HOLD]
        bench.later(days=1)
    assert bench.events().count("find_other") == 1


def test_a_document_that_may_exist_is_looked_up_before_the_first_write(bench):
    bench.target.holds["PY1"] = 1
    assert bench.run(send(look_up_first=True)) == [Ending.SUCCEEDED]
    assert bench.target.calls == 0


def test_a_refusal_waits_for_its_interval_and_is_then_tried_again(bench):
    bench.target.answers = ["refuse"]
    assert bench.run(send()) == [Ending.REFUSED]
    assert bench.run(send()) == [Verdict.HOLD]
    bench.later(minutes=30)
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.events() == ["intend", "refuse", "intend", "succeed"]


def test_changed_content_is_tried_at_once(bench):
    bench.target.answers = ["refuse"]
    bench.run(send())
    assert bench.run(send(content=2)) == [Ending.SUCCEEDED]


def test_after_the_last_attempt_only_a_change_or_a_person_starts_another(bench):
    bench.target.answers = ["refuse"] * 4
    for _ in range(3):
        bench.run(send())
        bench.later(minutes=30)
    assert bench.row().finding.code == "attempts_used_up"
    bench.later(days=30)
    assert bench.run(send()) == [Verdict.HOLD]
    assert bench.run(send(content=2)) == [Ending.REFUSED]
    assert bench.target.calls == 4


def test_an_answer_that_is_not_about_the_document_is_no_attempt(bench):
    bench.target.answers = ["429"]
    assert bench.run(send()) == [Ending.REFUSED]
    assert bench.row().attempts == 0
    assert bench.row().next_attempt_at == bench.clock.now + timedelta(seconds=90)


def test_a_target_that_no_longer_answers_stops_the_step_after_a_few_documents(bench):
    bench.target.answers = ["lose the request"] * 50
    endings = bench.run(*(send(f"PY{n}") for n in range(50)))
    assert bench.target.calls == FAILURES_IN_A_ROW_MAX
    assert endings[FAILURES_IN_A_ROW_MAX:] == [Verdict.HOLD] * (50 - FAILURES_IN_A_ROW_MAX)
    assert bench.row("PY49").finding == NEXT_CYCLE()


def test_an_unforeseen_error_of_one_document_is_its_own_event_and_the_others_go_on(bench):
    bench.target.answers = ["explode"]
    assert bench.run(send("PY1"), send("PY2")) == [Ending.UNKNOWN, Ending.SUCCEEDED]
    assert bench.row("PY1").status == Status.IN_FLIGHT


def test_when_the_time_is_up_no_act_starts(bench):
    bench.out_of_time = True
    assert bench.run(send()) == [Verdict.HOLD]
    assert bench.target.calls == 0


def test_a_run_that_lost_its_lease_sends_nothing(bench):
    def steal(at):
        if at == "upload.before_intent":
            bench.is_overtaken()

    bench.point = steal
    with pytest.raises(LeaseBusy):
        bench.run(send(), keep_lease=True)
    assert bench.target.calls == 0


def test_a_run_that_stood_still_between_intent_and_call_sends_nothing_once_it_lost_its_lease(bench):
    """The new owner has looked, found nothing and written already."""

    def stand_still(at):
        if at == "upload.after_intent":
            bench.is_overtaken()

    bench.point = stand_still
    with pytest.raises(LeaseBusy, match="no longer owns"):
        bench.run(send(), keep_lease=True)
    assert bench.target.calls == 0
    assert bench.row().status == Status.IN_FLIGHT


def test_a_run_that_stood_still_and_kept_its_lease_goes_on_and_its_call_counts_from_now(bench):
    """A look-up that finds nothing must know how late the call may still arrive."""

    def stand_still(at):
        if at == "upload.after_intent":
            bench.lease_clock.now += TTL / 2
        if at == "upload.after_call":
            assert bench.row().called_at == bench.lease_clock.now

    bench.point = stand_still
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.events() == ["intend", "succeed"]


def test_what_a_person_dismisses_while_its_call_waits_is_not_sent(bench):
    ways = WaysOut(bench.acme, user="ana", reason="paid by hand")

    def stand_still(at):
        if at == "upload.after_intent":
            bench.lease_clock.now += TTL / 2
            ways.dismiss(send().document.ref, Operation.UPLOAD)

    bench.point = stand_still
    assert bench.run(send()) == [Verdict.DONE]
    assert (bench.status(), bench.target.calls) == (Status.DISMISSED, 0)


def test_a_call_that_never_began_leaves_nothing_in_doubt(bench):
    """The time is up, or the target has stopped answering, while it waits for its turn."""

    def time_is_up(at):
        bench.out_of_time = at == "upload.after_intent"

    bench.point = time_is_up
    assert bench.run(send()) == [Verdict.HOLD]
    assert bench.row().finding == NEXT_CYCLE()
    assert (bench.status(), bench.target.calls) == (Status.HELD, 0)
    bench.point, bench.out_of_time = no_crash, False
    assert bench.run(send()) == [Ending.SUCCEEDED]
    assert bench.target.looks == 0


def test_a_run_that_lost_its_lease_does_not_take_its_intent_back(bench):
    """The new owner may be sending the same: what is in flight is his to settle."""

    def stand_still(at):
        if at == "upload.after_intent":
            bench.is_overtaken()
            bench.out_of_time = True

    bench.point = stand_still
    with pytest.raises(LeaseBusy, match="no longer owns"):
        bench.run(send(), keep_lease=True)
    assert (bench.status(), bench.target.calls) == (Status.IN_FLIGHT, 0)


def test_intents_are_written_while_calls_are_in_flight_and_no_more_calls_than_allowed(bench):
    bench.executor, bench.at_once = ThreadExecutor(), 2
    bench.target.gate = threading.Event()
    intents = itertools.count(1)

    def ahead(at):
        if at == "upload.after_intent" and next(intents) == bench.at_once + 2:
            bench.target.gate.set()

    bench.point = ahead
    assert bench.run(*(send(f"PY{n}") for n in range(12))) == [Ending.SUCCEEDED] * 12
    assert bench.target.in_flight_max == bench.at_once


def test_a_ledger_that_cannot_remember_stops_the_step_and_the_next_run_looks_first(bench):
    def break_ledger(at):
        if at == "upload.after_call":
            raise LedgerError("disk full", system="ledger")

    bench.point = break_ledger
    with pytest.raises(LedgerError):
        bench.run(send(), send("PY2"))
    assert bench.target.calls == 1
    bench.point = no_crash
    bench.run(send())
    assert bench.target.holds["PY1"] == 1
    assert bench.row().status == Status.DONE


def test_threads_carry_out_every_act_once(bench):
    bench.executor = ThreadExecutor()
    endings = bench.run(*(send(f"PY{n}") for n in range(40)))
    assert endings == [Ending.SUCCEEDED] * 40
    assert set(bench.target.holds.values()) == {1}


def test_acts_that_follow_each_other_share_a_chain_in_order():
    keys = ["A", "B", "C", "D", "E"]
    after = [(), (), ("A",), ("B",), ("C", "D")]
    assert chain_by_order(keys, after) == [[0, 1, 2, 3, 4]]
    assert chain_by_order(["A", "B", "C"], [(), (), ("A",)]) == [[0, 2], [1]]
