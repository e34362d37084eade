"""What a ledger must always be, read from its own tables; and a lease that is made older."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import event, lease, operation

NAME = ("tenant", "kind", "key", "operation")


def contradictions(ledger: Ledger) -> list[str]:
    """Operations whose history does not lead to their state by the state table."""
    with ledger.reading() as connection:
        rows = connection.execute(select(operation)).all()
        lines = connection.execute(select(event).order_by(event.c.id)).all()
    history: dict[tuple[str, ...], list[Row[Any]]] = {}
    for line in lines:
        history.setdefault(_name(line), []).append(line)
    found = [text for row in rows for text in _told(row, history.pop(_name(row), []))]
    return found + [f"{' '.join(name)}: events without an operation" for name in history]


def unfinished(ledger: Ledger, tenant: str) -> list[str]:
    """Operations in flight, and a lease that somebody holds: nothing runs any more."""
    wanted = (operation.c.tenant == tenant, operation.c.status == Status.IN_FLIGHT.value)
    with ledger.reading() as connection:
        rows = connection.execute(select(operation).where(*wanted)).all()
    found = [f"{' '.join(_name(row))}: still in flight" for row in rows]
    owner = ledger.leases.owner_of(tenant)
    return [*found, f"{tenant}: {owner[0]} still owns the lease"] if owner else found


def write_without_intent(ledger: Ledger, tenant: str) -> str:
    """Why a remote write that arrives now may not have been sent; blank: all is well.

    The run that owns the tenant must have committed its intent, and still own the tenant.
    """
    with ledger.reading() as connection:
        owner = connection.execute(select(lease).where(lease.c.tenant == tenant)).first()
        if owner is None:
            return "nobody owns the tenant"
        intended = connection.execute(
            select(operation.c.key).where(
                operation.c.tenant == tenant,
                operation.c.status == Status.IN_FLIGHT.value,
                operation.c.run_id == owner.run_id,
            )
        ).first()
    if owner.expires_at <= ledger.lease_clock():
        return f"the lease of {owner.run_id} has run out"
    return "" if intended is not None else f"no intent of {owner.run_id}"


def pass_time(ledger: Ledger, tenant: str, delta: timedelta) -> None:
    """The machine was off for so long: the tenant's lease is older, on the real clock."""
    wanted = lease.c.tenant == tenant
    with ledger.writing(tenant) as connection:
        ends_at = connection.execute(select(lease.c.expires_at).where(wanted)).scalar_one()
        connection.execute(update(lease).where(wanted).values(expires_at=ends_at - delta))


def _name(row: Row[Any]) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in NAME)


def _told(row: Row[Any], lines: list[Row[Any]]) -> Iterator[str]:
    """What the events of an operation leave unexplained."""
    name = " ".join(_name(row))
    status: Status | None = None
    for line in lines:
        following = after(status, Event(line.event))
        if isinstance(following, Refusal) or following.value != line.status:
            yield f"{name}: {line.event} after {status} gives {following}, not {line.status}"
        status = Status(line.status)
    if status is None or status.value != row.status:
        yield f"{name}: is {row.status}, its history ends with {status}"
    told = lines[-1].finding["code"] if lines and lines[-1].finding else ""
    known = row.finding["code"] if row.finding else ""
    if told != known:
        yield f"{name}: has the finding {known!r}, its history ends with {told!r}"
