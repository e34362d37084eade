"""A run takes its tenant's lease, keeps it with a heartbeat, and gives it back (design 4)."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from portal_pipeline.core.errors import LeaseBusy, LedgerError
from portal_pipeline.ledger import HeldLease, Ledger


@dataclass(frozen=True)
class LeaseTimes:
    """How long a tenant stays its run's; a dead run blocks its tenant for ``ttl`` at most.

    On the lease clock (real time): ``ttl`` without a heartbeat, one of which comes every
    ``heartbeat_s`` seconds. A busy tenant is asked for every ``poll_s`` seconds, for ``wait_s``.
    """

    ttl: timedelta = timedelta(seconds=60)
    heartbeat_s: float = 15.0
    wait_s: float = 180.0
    poll_s: float = 2.0


LEASE_TIMES = LeaseTimes()


def acquire(ledger: Ledger, key: str, run_id: str, times: LeaseTimes = LEASE_TIMES) -> HeldLease:
    """The tenant's lease, waiting up to ``times.wait_s`` seconds for another run to end."""
    owner = f"{socket.gethostname()} process {os.getpid()}"
    give_up_at = time.monotonic() + times.wait_s
    while True:
        try:
            return ledger.leases.acquire(key, run_id, owner, times.ttl)
        except LeaseBusy:
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(times.poll_s)


class Heartbeat:
    """A thread that renews a lease; a lost lease is noticed by the next intent."""

    def __init__(self, ledger: Ledger, lease: HeldLease, times: LeaseTimes) -> None:
        self._times = times
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, args=(ledger, lease), name="lease-heartbeat", daemon=True
        )
        self._thread.start()

    def _beat(self, ledger: Ledger, lease: HeldLease) -> None:
        while not self._stop.wait(self._times.heartbeat_s):
            try:
                if not ledger.leases.renew(lease, self._times.ttl):
                    return
            except LedgerError:
                continue  # away for a moment: the next write says so where it lasts

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=self._times.heartbeat_s)
