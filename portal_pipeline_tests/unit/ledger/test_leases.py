"""One run owns a tenant; a lost lease cannot write."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal_pipeline.core.decisions import Document, act
from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.core.identity import DocumentKind, Operation

TTL = timedelta(seconds=60)
SEND = act(Document(kind=DocumentKind.PAYMENT, key="PY1"), Operation.UPLOAD, {"n": 1})


def test_a_second_run_is_refused_and_told_who_owns_the_tenant(ledger):
    ledger.leases.acquire("acme", "run-1", "server-7", TTL)
    with pytest.raises(LeaseBusy, match="server-7"):
        ledger.leases.acquire("acme", "run-2", "server-8", TTL)


def test_tenants_do_not_share_a_lease(ledger):
    ledger.leases.acquire("acme", "run-1", "a", TTL)
    assert ledger.leases.acquire("beta", "run-2", "b", TTL).token == 1


def test_a_run_may_take_its_own_lease_again(ledger):
    first = ledger.leases.acquire("acme", "run-1", "a", TTL)
    assert ledger.leases.acquire("acme", "run-1", "a", TTL) == first


def test_a_released_lease_is_free_at_once(ledger):
    held = ledger.leases.acquire("acme", "run-1", "a", TTL)
    ledger.leases.release(held)
    assert ledger.leases.acquire("acme", "run-2", "b", TTL).token == held.token + 1


def test_a_released_lease_stays_free_when_the_clock_is_set_back(ledger, lease_clock):
    ledger.leases.release(ledger.leases.acquire("acme", "run-1", "a", TTL))
    lease_clock.advance(hours=-1)
    assert ledger.leases.owner_of("acme") is None
    assert ledger.leases.acquire("acme", "run-2", "b", TTL).run_id == "run-2"


def test_a_lease_left_behind_by_a_clock_that_was_ahead_blocks_nobody(ledger, lease_clock):
    lease_clock.now += timedelta(days=30)
    left = ledger.leases.acquire("acme", "run-1", "a", TTL)
    lease_clock.now -= timedelta(days=30)
    assert ledger.leases.end_of("acme", "run-1") < lease_clock.now
    assert ledger.leases.acquire("acme", "run-2", "b", TTL).token == left.token + 1
    assert not ledger.leases.still_owns(left)


def test_a_lease_stays_when_the_clock_is_set_back_by_minutes(ledger, lease_clock):
    ledger.leases.acquire("acme", "run-1", "a", TTL)
    lease_clock.now -= timedelta(minutes=20)
    with pytest.raises(LeaseBusy):
        ledger.leases.acquire("acme", "run-2", "b", TTL)


def test_a_lease_without_heartbeat_expires_and_the_old_owner_can_write_no_more(
    ledger, acme, lease_clock
):
    old = ledger.leases.acquire("acme", "run-1", "a", TTL)
    lease_clock.advance(seconds=61)
    ledger.leases.acquire("acme", "run-2", "b", TTL)
    assert not ledger.leases.renew(old, TTL)
    with pytest.raises(LeaseBusy, match="no longer owns"):
        acme.intend(SEND, old)
    assert acme.operations(DocumentKind.PAYMENT, ["PY1"]) == {}


def test_a_run_whose_lease_ran_out_cannot_write_even_when_nobody_took_it(ledger, acme, lease_clock):
    held = ledger.leases.acquire("acme", "run-1", "a", TTL)
    lease_clock.advance(seconds=61)
    with pytest.raises(LeaseBusy):
        acme.intend(SEND, held)


def test_releasing_late_does_not_free_the_lease_of_the_next_owner(ledger, lease_clock):
    old = ledger.leases.acquire("acme", "run-1", "a", TTL)
    lease_clock.advance(seconds=61)
    ledger.leases.acquire("acme", "run-2", "b", TTL)
    ledger.leases.release(old)
    assert ledger.leases.owner_of("acme")[0] == "run-2"


def test_of_many_runs_that_ask_at_once_exactly_one_gets_the_lease(ledger):
    won, barrier = [], threading.Barrier(8)

    def ask(number: int) -> None:
        barrier.wait()
        try:
            won.append(ledger.leases.acquire("acme", f"run-{number}", "x", TTL))
        except LeaseBusy:
            return

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
