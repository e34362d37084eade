"""The write protocol: the only caller of remote writes (design 5).

For each act: commit the intent, call, commit the outcome with everything that depends on it. What
is unknown stays in flight and is looked up before anything else is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal_pipeline.controllers.breaker import Breaker
from portal_pipeline.controllers.execution import Executor, Task, chain_by_order
from portal_pipeline.controllers.ownership import check_owns
from portal_pipeline.core.crash import CrashPoint
from portal_pipeline.core.decisions import Act, Decision, OperationRow, Status, Verdict, held
from portal_pipeline.core.errors import (
    ConfigError,
    DefectError,
    LeaseBusy,
    LedgerError,
    PipelineError,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import (
    ATTEMPTS_USED_UP,
    NEXT_CYCLE,
    OUTCOME_UNKNOWN,
    REFUSED_BY_REMOTE,
    UNEXPECTED_ERROR,
)
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.outcomes import (
    Absent,
    Found,
    FoundOther,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
    Unknown,
)
from portal_pipeline.core.report import Ending
from portal_pipeline.core.settling import next_attempt
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.transitions import Refusal
from portal_pipeline.ledger import HeldLease, TenantLedger
from portal_pipeline.ledger.transitions import IllegalTransition

ANSWER_CHARS_MAX = 300
WORKERS_AHEAD = 6
"""Threads beyond the calls in flight: they write down intents and outcomes meanwhile."""
FRESH_INTENT = timedelta(seconds=5)
"""Real time after which a call that has not begun renews its intent: a process that stood still (a
frozen machine) may have lost its tenant to another run, which looks up and writes."""


@dataclass(frozen=True)
class Handler:
    """How one operation is written, and how it is looked up in its target.

    ``looks`` is how many clear absences prove that a write did not happen (design 5): one for
    targets that refuse a second write themselves, two where a late commit would be a duplicate.
    """

    system: str
    call: Callable[[Decision], Outcome]
    look_up: Callable[[Decision], LookUp]
    looks: int = 2
    at_once: int = 8
    """Calls in flight."""
    call_timeout_s: float = 60.0
    take_back: Callable[[Decision], str] | None = None
    """With ``settle_first``: undoes what can be undone of an earlier hand-over; what it did."""


@dataclass(frozen=True)
class Ended:
    """A decision after execution: acts that could not start have become holds."""

    decision: Decision
    ending: Ending | None = None
    remote_id: str = ""
    """The target's own name for what was written."""


class Protocol:
    """Carries out acts for one step of one run."""

    def __init__(
        self,
        *,
        ledger: TenantLedger,
        lease: HeldLease,
        tenant: Tenant,
        controller: ControllerName,
        executor: Executor,
        point: CrashPoint,
        is_out_of_time: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._lease = lease
        self._tenant = tenant
        self._controller = controller
        self._executor = executor
        self._point = point
        self._is_out_of_time = is_out_of_time
        self._breaker = Breaker()
        self._slots = threading.Semaphore(1)

    @property
    def is_stopped(self) -> bool:
        """Whether the target stopped answering and the rest of the acts was left for later."""
        return self._breaker.is_open

    def carry_out(
        self,
        decisions: Sequence[Decision],
        rows: Mapping[tuple[str, Operation], OperationRow],
        handlers: Mapping[Operation, Handler],
    ) -> list[Ended]:
        """Every act, several at a time; in the order given where one follows another.

        Raises:
            LedgerError: what happened could not be remembered: the step stops loudly.
            LeaseBusy: another run took the tenant over; nothing more is sent.
        """
        ended: list[Ended | None] = [None] * len(decisions)

        def task(position: int) -> Task:
            decision = decisions[position]

            def run() -> None:
                row = rows.get((decision.key, decision.operation))
                ended[position] = self._guarded(decision, row, handlers[decision.operation])

            return run

        acts = [d.act or Act(payload={}) for d in decisions]
        order = chain_by_order([d.key for d in decisions], [a.after for a in acts])
        at_once = min((handlers[d.operation].at_once for d in decisions), default=1)
        self._slots = threading.Semaphore(at_once)
        workers = at_once + WORKERS_AHEAD if at_once > 1 else 1
        self._executor.run([[task(i) for i in chain] for chain in order], at_once=workers)
        return [one for one in ended if one is not None]

    def _guarded(self, decision: Decision, row: OperationRow | None, handler: Handler) -> Ended:
        """The one place where an unforeseen error of a single document is caught.

        It becomes an event of that document, and the others go on.
        """
        if self._starts_nothing():
            return Ended(held(decision, NEXT_CYCLE()))
        try:
            return self._one(decision, row, handler)
        except IllegalTransition:
            check_owns(self._ledger, self._lease)
            raise
        except (LedgerError, LeaseBusy, DefectError):
            raise
        except Exception as error:  # noqa: BLE001 - style 6: the per-document guard
            return self._unforeseen(decision, error)

    def _starts_nothing(self) -> bool:
        return self._breaker.is_open or self._is_out_of_time()

    def _unforeseen(self, decision: Decision, error: Exception) -> Ended:
        detail = str(error) if isinstance(error, PipelineError) else type(error).__name__
        self._breaker.note(is_answer=not isinstance(error, ConfigError))
        row = self._ledger.operations(
            decision.document.kind, [decision.key], [decision.operation]
        ).get((decision.key, decision.operation))
        if row is not None and row.status == Status.IN_FLIGHT:
            return self._doubt(decision, detail, call_ended=True)
        return Ended(held(decision, UNEXPECTED_ERROR(detail=detail[:ANSWER_CHARS_MAX])))

    def _one(self, decision: Decision, row: OperationRow | None, handler: Handler) -> Ended:
        act = decision.act
        if act is None:
            raise DefectError(f"{decision.key}: only acts are carried out")
        if row is not None and row.status == Status.IN_FLIGHT:
            settled = self._settle_doubt(decision, row, handler)
            if settled is not None:
                return settled
            if act.look_up_only:
                return self._as_decided_before(decision)
        elif act.settle_first and handler.take_back is not None:
            return self._take_back(decision, handler.take_back)
        elif act.look_up_first:
            settled = self._look_first(decision, handler)
            if settled is not None:
                return settled
        return self._write(decision, row, handler)

    @staticmethod
    def _as_decided_before(decision: Decision) -> Ended:
        """The target does not have it, and the rules want nothing sent: their decision stands."""
        fallback = decision.act.fallback if decision.act else None
        changes = {"verdict": fallback or Verdict.HOLD, "act": None}
        return Ended(decision.model_copy(update=changes))

    def _take_back(self, decision: Decision, take_back: Callable[[Decision], str]) -> Ended:
        """Put into doubt what was handed over another way: two looks settle it from now on."""
        name = decision.operation.value
        intended_at = self._intend(decision)
        if intended_at is None:
            return self._ended_by_a_person(decision)
        self._point(f"{name}.before_take_back")
        with self._slots:
            if not self._is_current(decision, intended_at):
                return self._ended_by_a_person(decision)
            detail = take_back(decision)
        self._point(f"{name}.after_take_back")
        return self._doubt(decision, detail, call_ended=True, is_answer=True)

    def _intend(self, decision: Decision) -> datetime | None:
        """Commit the intent; its time, or None when a person dismissed the operation meanwhile."""
        try:
            self._ledger.intend(decision, self._lease)
        except IllegalTransition as error:
            if error.why != Refusal.DISMISSED:
                raise
            return None
        return self._ledger.ledger.lease_clock()

    def _is_current(self, decision: Decision, intended_at: datetime) -> bool:
        """Whether the call may go: an intent that is not fresh is renewed first.

        Raises:
            LeaseBusy: another run has taken the tenant over, and settles what is in flight.
        """
        is_fresh = self._ledger.ledger.lease_clock() - intended_at <= FRESH_INTENT
        return is_fresh or self._ledger.renew_intent(decision, self._lease)

    def _not_sent(self, decision: Decision) -> Ended:
        """Take the intent back of a call that did not begin: nothing is in doubt."""
        self._ledger.withdraw_intent(decision, self._lease)
        return Ended(held(decision, NEXT_CYCLE()))

    @staticmethod
    def _ended_by_a_person(decision: Decision) -> Ended:
        return Ended(decision.model_copy(update={"verdict": Verdict.DONE, "act": None}))

    def _write(self, decision: Decision, row: OperationRow | None, handler: Handler) -> Ended:
        name = decision.operation.value
        if self._starts_nothing():
            return Ended(held(decision, NEXT_CYCLE()))
        self._point(f"{name}.before_intent")
        intended_at = self._intend(decision)
        if intended_at is None:
            return self._ended_by_a_person(decision)
        self._point(f"{name}.after_intent")
        with self._slots:
            if self._starts_nothing():
                return self._not_sent(decision)
            if not self._is_current(decision, intended_at):
                return self._ended_by_a_person(decision)
            outcome = handler.call(decision)
        self._point(f"{name}.after_call")
        ended = self._record(decision, row, handler, outcome)
        self._point(f"{name}.after_outcome")
        return ended

    def _record(
        self, decision: Decision, row: OperationRow | None, handler: Handler, outcome: Outcome
    ) -> Ended:
        match outcome:
            case Succeeded():
                self._breaker.note(is_answer=True)
                self._ledger.succeed(decision, self._lease.run_id, outcome)
                return Ended(decision, Ending.SUCCEEDED, outcome.remote_id)
            case Refused(is_duplicate=True):
                return self._verify_duplicate(decision, row, handler, outcome)
            case Refused():
                return self._refuse(decision, row, handler, outcome)
            case Unknown(detail=detail):
                return self._doubt(decision, detail, call_ended=True)

    def _refuse(
        self, decision: Decision, row: OperationRow | None, handler: Handler, refused: Refused
    ) -> Ended:
        self._breaker.note(is_answer=refused.is_attempt)
        finding = self._refusal(row, handler, refused)
        self._ledger.refuse(
            decision, self._lease.run_id, refused, finding, self._next_attempt(refused)
        )
        return Ended(decision.model_copy(update={"finding": finding}), Ending.REFUSED)

    def _refusal(self, row: OperationRow | None, handler: Handler, refused: Refused) -> Finding:
        """The reason shown: the answer, and from the last attempt on that there is no other."""
        answer = refused.detail[:ANSWER_CHARS_MAX]
        attempts = (row.attempts if row else 0) + 1
        if refused.is_attempt and attempts >= self._tenant.intervals.max_attempts:
            return ATTEMPTS_USED_UP(
                system=handler.system, answer=f"{refused.code} {answer}", attempts=attempts
            )
        return refused.finding or REFUSED_BY_REMOTE(
            system=handler.system, answer_code=refused.code, answer=answer
        )

    def _next_attempt(self, refused: Refused) -> datetime | None:
        now = self._ledger.clock()
        if not refused.is_attempt:
            wait_s = refused.retry_after_s or 0.0
            return now + timedelta(seconds=wait_s) if wait_s else None
        return next_attempt(now, self._tenant.retry_interval(self._controller))

    def _doubt(
        self, decision: Decision, detail: str, *, call_ended: bool, is_answer: bool = False
    ) -> Ended:
        self._breaker.note(is_answer=is_answer)
        finding = OUTCOME_UNKNOWN(
            operation=decision.operation.value, detail=detail[:ANSWER_CHARS_MAX]
        )
        self._ledger.doubt(decision, self._lease.run_id, finding, call_ended=call_ended)
        return Ended(decision.model_copy(update={"finding": finding}), Ending.UNKNOWN)

    def _verify_duplicate(
        self, decision: Decision, row: OperationRow | None, handler: Handler, refused: Refused
    ) -> Ended:
        """A duplicate answer is verified and adopted; never a failure, never a blind success."""
        match self._look_up(decision, handler):
            case Found() as found:
                return self._adopt(decision, found)
            case FoundOther() as other:
                return self._other(decision, other)
            case Absent():
                return self._refuse(decision, row, handler, refused)
            case Unclear(detail=detail):
                return self._doubt(decision, detail, call_ended=True)

    def _look_up(self, decision: Decision, handler: Handler) -> LookUp:
        with self._slots:
            return handler.look_up(decision)

    def _look_first(self, decision: Decision, handler: Handler) -> Ended | None:
        """Look before a first write of something that may exist; None when it does not."""
        match self._look_up(decision, handler):
            case Found() as found:
                return self._adopt(decision, found)
            case FoundOther() as other:
                return self._other(decision, other)
            case Absent():
                return None
            case Unclear(detail=detail):
                self._breaker.note(is_answer=False)
                finding = OUTCOME_UNKNOWN(operation=decision.operation.value, detail=detail[:300])
                return Ended(held(decision, finding))

    def _settle_doubt(
        self, decision: Decision, row: OperationRow, handler: Handler
    ) -> Ended | None:
        """Look up what is in flight; None when it is proven that it did not arrive."""
        self._point(f"{decision.operation.value}.before_look_up")
        match self._look_up(decision, handler):
            case Found() as found:
                return self._adopt(decision, found)
            case FoundOther() as other:
                return self._other(decision, other)
            case Unclear(detail=detail):
                return self._doubt(decision, detail, call_ended=False)
            case Absent():
                if handler.looks == 1 or self._is_second_look(row, handler):
                    self._ledger.prove_absent(decision, self._lease.run_id)
                    return None
                finding = OUTCOME_UNKNOWN(
                    operation=decision.operation.value, detail="not there at the first look"
                )
                first = self._first_look(row) or self._ledger.ledger.lease_clock()
                self._ledger.see_absent(decision, self._lease.run_id, finding, first)
                return Ended(decision.model_copy(update={"finding": finding}), Ending.UNKNOWN)

    def _is_second_look(self, row: OperationRow, handler: Handler) -> bool:
        """Whether an absence seen now counts: a timed-out write may still commit for a while."""
        now, first = self._ledger.ledger.lease_clock(), self._first_look(row)
        if first is None or row.called_at is None:
            return False
        call_end = row.call_ended_at
        if call_end is None or call_end > now:  # not known, or of a clock that was ahead
            began = min(row.called_at, first)
            call_end = began + timedelta(seconds=handler.call_timeout_s)
        return now >= call_end + timedelta(seconds=self._tenant.intervals.settle_s)

    def _first_look(self, row: OperationRow) -> datetime | None:
        """When it was first seen absent; one of a clock that has been set back since is none."""
        seen = row.absent_seen_at
        return None if seen is None or seen > self._ledger.ledger.lease_clock() else seen

    def _adopt(self, decision: Decision, found: Found) -> Ended:
        self._breaker.note(is_answer=True)
        self._ledger.adopt(decision, self._lease.run_id, found)
        return Ended(decision, Ending.SUCCEEDED, found.remote_id)

    def _other(self, decision: Decision, other: FoundOther) -> Ended:
        self._breaker.note(is_answer=True)
        self._ledger.find_other(decision, self._lease.run_id, other.finding, other.effects)
        return Ended(held(decision, other.finding))
