"""Leases: one run at a time owns a tenant; a lost lease cannot write (design 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, Update, insert, select, update

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.ledger.schema import lease
from portal_pipeline.statements import prepared

if TYPE_CHECKING:
    from portal_pipeline.ledger.store import Ledger


RELEASED = datetime(1970, 1, 1, tzinfo=UTC)
"""End of a lease that was given back: past on every clock, also on one that is set back later."""


AHEAD_MAX = timedelta(minutes=30)
"""No lease is given for so long: one that ends later was written before the clock was set back, by
a run that is gone. A living one renews it by the right time within seconds."""


@dataclass(frozen=True)
class HeldLease:
    """Proof of ownership: the fencing token grows with every change of owner."""

    tenant: str
    run_id: str
    token: int


class Leases:
    """Takes, renews, checks and releases leases on real time (``lease_clock``)."""

    def __init__(self, ledger: Ledger, lease_clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = lease_clock

    def acquire(self, tenant: str, run_id: str, owner: str, ttl: timedelta) -> HeldLease:
        """The lease of the tenant; re-entrant within a run.

        Raises:
            LeaseBusy: another run owns it and its heartbeat is fresh.
        """
        now = self._clock()
        with self._ledger.writing(tenant) as connection:
            row = connection.execute(*_select_lease(tenant)).first()
            if row is None:
                connection.execute(
                    insert(lease).values(
                        tenant=tenant,
                        run_id=run_id,
                        owner=owner,
                        token=1,
                        expires_at=now + ttl,
                        renewed_at=now,
                    )
                )
                return HeldLease(tenant, run_id, 1)
            if row.run_id != run_id and now < row.expires_at <= now + AHEAD_MAX:
                raise LeaseBusy(
                    f"tenant {tenant} is being worked on by {row.owner} (run {row.run_id})",
                    system="ledger",
                    remedy=f"wait for that run to end; its lease ends at {row.expires_at:%H:%M:%S}"
                    " UTC when it gives no more sign of life",
                )
            token = row.token if row.run_id == run_id else row.token + 1
            connection.execute(*_update_lease(tenant, run_id, owner, token, now + ttl, now))
            return HeldLease(tenant, run_id, token)

    def renew(self, held: HeldLease, ttl: timedelta) -> bool:
        """Heartbeat; False when the lease has been lost."""
        now = self._clock()
        with self._ledger.writing(held.tenant) as connection:
            if not self.owns(connection, held):
                return False
            connection.execute(
                update(lease)
                .where(lease.c.tenant == held.tenant)
                .values(expires_at=now + ttl, renewed_at=now)
            )
            return True

    def release(self, held: HeldLease) -> None:
        """Give the lease back; a lease that another run has taken meanwhile stays."""
        with self._ledger.writing(held.tenant) as connection:
            connection.execute(
                update(lease)
                .where(
                    lease.c.tenant == held.tenant,
                    lease.c.run_id == held.run_id,
                    lease.c.token == held.token,
                )
                .values(expires_at=RELEASED)
            )

    def still_owns(self, held: HeldLease) -> bool:
        """Whether the run owns the tenant now."""
        with self._ledger.reading() as connection:
            return self.owns(connection, held)

    def owns(self, connection: Connection, held: HeldLease) -> bool:
        """Whether the run owns the tenant now; call it inside the writing transaction."""
        row = connection.execute(*_lock_lease(held.tenant)).first()
        return (
            row is not None
            and row.run_id == held.run_id
            and row.token == held.token
            and row.expires_at > self._clock()
        )

    def owner_of(self, tenant: str) -> tuple[str, datetime] | None:
        """(run id, time of the last heartbeat) of a live lease; None when the tenant is free."""
        with self._ledger.reading() as connection:
            row = connection.execute(*_select_lease(tenant)).first()
        if row is None or row.expires_at <= self._clock():
            return None
        return row.run_id, row.renewed_at

    def end_of(self, tenant: str, run_id: str) -> datetime | None:
        """When the run's hold on the tenant ends, or ended; None: another run has had it since.

        It ends a minute after the last heartbeat, or when the run gives the tenant back.
        """
        wanted = (lease.c.tenant == tenant, lease.c.run_id == run_id)
        with self._ledger.reading() as connection:
            end = connection.execute(select(lease.c.expires_at).where(*wanted)).scalar()
        return RELEASED if end is not None and end > self._clock() + AHEAD_MAX else end


@prepared
def _select_lease(tenant: str) -> Select[Any]:
    return select(lease).where(lease.c.tenant == tenant)


@prepared
def _lock_lease(tenant: str) -> Select[Any]:
    columns = select(lease.c.run_id, lease.c.token, lease.c.expires_at)
    return columns.where(lease.c.tenant == tenant).with_for_update()


@prepared
def _update_lease(of: str, run: str, by: str, fence: int, until: datetime, now: datetime) -> Update:
    # Other names than the columns': those SQLAlchemy keeps for itself here.
    return (
        update(lease)
        .where(lease.c.tenant == of)
        .values(run_id=run, owner=by, token=fence, expires_at=until, renewed_at=now)
    )
