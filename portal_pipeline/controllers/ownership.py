"""Whether a run still owns its tenant, where it matters besides the intent (design 4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.ledger import HeldLease, TenantLedger

FRESH_INTENT = timedelta(seconds=5)
"""Real time after which a call that has not begun asks for its lease again: a process that stood
still (a frozen machine) may have lost its tenant to another run, which looks up and writes."""


def check_owns(ledger: TenantLedger, lease: HeldLease) -> None:
    """After something that only a second writer explains: whether there is one.

    Raises:
        LeaseBusy: another run has taken the tenant over.
    """
    if ledger.ledger.leases.still_owns(lease):
        return
    raise LeaseBusy(
        f"run {lease.run_id} no longer owns tenant {lease.tenant}",
        system="ledger",
        remedy="the run that owns the tenant looked at the documents itself and goes on",
    )


def check_still_owns(ledger: TenantLedger, lease: HeldLease, intended_at: datetime) -> None:
    """Stop before a call whose intent is old, when the tenant belongs to another run.

    Raises:
        LeaseBusy: it does; nothing was sent, and that run settles what is in flight.
    """
    is_fresh = ledger.ledger.lease_clock() - intended_at <= FRESH_INTENT
    if is_fresh or ledger.ledger.leases.still_owns(lease):
        return
    raise LeaseBusy(
        f"run {lease.run_id} stood still and no longer owns tenant {lease.tenant}",
        system="ledger",
        remedy="nothing was sent; the run that owns the tenant goes on",
    )
