"""Sees every remote write at the moment at which it is sent, and what the ledger says then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import event, lease


@dataclass
class Watch:
    """What was written, by tenant, and every write that the ledger does not account for."""

    ledger: Ledger | None = None
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, str]] = field(default_factory=list)
    """(invariant, what is wrong)."""
    overslept: dict[str, int] = field(default_factory=dict)
    """Runs that lost their lease, with the last event before that."""

    def about_to_write(self, tenant: str, run_id: str, what: str) -> None:
        """A write leaves: its intent must be the run's last word, from a time when it owned."""
        self.writes[tenant] += 1
        assert self.ledger is not None
        of_run = select(event.c.id, event.c.event, event.c.at).where(
            event.c.tenant == tenant, event.c.run_id == run_id
        )
        with self.ledger.reading() as connection:
            last = connection.execute(of_run.order_by(event.c.id.desc()).limit(1)).first()
            held = connection.execute(
                select(lease.c.run_id, lease.c.expires_at).where(lease.c.tenant == tenant)
            ).one()
        if last is None or last.event != Event.INTEND:
            said = last.event if last else "nothing"
            self.violate("intent", f"{tenant}: {what} was sent after {said}, not after an intent")
        elif last.id > self.overslept.get(run_id, -1) and (
            held.run_id != run_id or held.expires_at <= last.at
        ):
            text = f"{held.run_id} owned until {held.expires_at}"
            self.violate("lease", f"{tenant}: {what} was sent by {run_id}, but {text}")

    def lost_lease(self, run_id: str) -> None:
        """Another run takes the tenant over: only what was intended until now may still leave."""
        assert self.ledger is not None
        with self.ledger.reading() as connection:
            last = connection.execute(select(event.c.id).order_by(event.c.id.desc())).scalar()
        self.overslept[run_id] = last or 0

    def violate(self, invariant: str, text: str) -> None:
        """Note what must not be."""
        self.violations.append((invariant, text))
