"""Whether a run still owns its tenant, where it matters besides the intent (design 4)."""

from __future__ import annotations

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.ledger import HeldLease, TenantLedger


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
