"""The product with one of its rules broken on purpose: the simulation must see each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from portal_pipeline.controllers import purchase_orders
from portal_pipeline.controllers.protocol import Protocol
from portal_pipeline.controllers.step import StepRun
from portal_pipeline.core.errors import LedgerError
from portal_pipeline.core.outcomes import Absent
from portal_pipeline.core.payments import planner
from portal_pipeline.core.payments.gate import GateResult
from portal_pipeline.ledger import reading
from portal_pipeline.ledger.leases import Leases
from portal_pipeline.ledger.rows import operation_row
from portal_pipeline.ledger.schema import operation
from portal_pipeline.ledger.tenant import TenantLedger
from portal_pipeline.portal import pager
from portal_pipeline.portal.client import PortalClient
from portal_pipeline_tests.scenarios.cashiers import typed_in
from portal_pipeline_tests.simulation.company import Company
from portal_pipeline_tests.simulation.strikes import Kind, Place, Strike

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Sabotage:
    """A rule that is broken, the business and weather in which that matters, and what it breaks."""

    breaks: Callable[[Patch], None]
    days: tuple[Callable[[Company], object], ...]
    """What people do, each followed by a run."""
    violates: str
    strikes: tuple[Strike, ...] = ()
    keys: tuple[str, ...] = ("acme",)
    page_size: int = 200
    """The portal's largest page."""


# -- how each rule is broken -------------------------------------------------------------------


def gate_removed(patch: Patch) -> None:
    """Every payment passes."""
    patch.setattr(planner, "pass_gate", lambda *_args, **_more: GateResult())


def intent_skipped(patch: Patch) -> None:
    """A call leaves without a word in the ledger."""
    patch.setattr(Protocol, "_intend", lambda self, _: self._ledger.ledger.lease_clock())


def probe_skipped(patch: Patch) -> None:
    """Nobody asks the portal whether a payment is there."""
    patch.setattr(PortalClient, "look_up_payment", lambda *_: Absent())


def second_look_skipped(patch: Patch) -> None:
    """Absent once is absent for good."""
    patch.setattr(Protocol, "_is_second_look", lambda *_: True)


def ledger_write_swallowed(patch: Patch) -> None:
    """An intent that could not be written stops nothing."""
    intend = TenantLedger.intend

    def swallowing(self: TenantLedger, *given: Any) -> None:
        with suppress(LedgerError):
            intend(self, *given)

    patch.setattr(TenantLedger, "intend", swallowing)


def lease_ignored(patch: Patch) -> None:
    """Any run may act at any time, and nobody looks again at what it intended long ago."""
    patch.setattr(Leases, "owns", lambda *_: True)
    patch.setattr(TenantLedger, "renew_intent", lambda *_: True)
    patch.setattr(StepRun, "_is_out_of_time", lambda _: False)


def tenant_dropped(patch: Patch) -> None:
    """Rows of other companies are taken for our own."""

    def every_tenant(
        connection: Any, _tenant: str, kind: Any, keys: Any, *_: object
    ) -> dict[Any, Any]:
        found = {}
        for row in connection.execute(
            select(operation).where(operation.c.kind == kind.value, operation.c.key.in_(keys))
        ):
            model = operation_row(row)
            found[model.key, model.operation] = model
        return found

    patch.setattr(reading, "read_operations", every_tenant)


def page_stop_wrong(patch: Patch) -> None:
    """The first page is taken for the whole list."""
    take_total = pager._Reading.take_total

    def whole(self: Any, total: int | None) -> None:
        take_total(self, None if total is None else min(total, 3))

    patch.setattr(pager._Reading, "take_total", whole)


def chunk_off_by_one(patch: Patch) -> None:
    """The last order of a chunk is left out."""
    patch.setattr(purchase_orders, "CHUNK_SIZE", 2)
    load = purchase_orders.PoStep.plan

    def short(self: Any, chunk: Any) -> Any:
        return load(self, chunk[:-1])

    patch.setattr(purchase_orders.PoStep, "plan", short)


# -- business in which it matters --------------------------------------------------------------


def _pays_half(town: Company) -> None:
    town.treasury.invoice("1")
    town.treasury.pay("PY1", ("1", "58.00"))


def _pays_more_than_is_due(town: Company) -> None:
    town.treasury.invoice("1")
    typed_in(town, "", "1", "0.01")
    town.treasury.pay("PY1", ("1", "116.00"))


def _uploads(town: Company) -> None:
    for n in range(7):
        town.treasury.upload(f"F{n}")


def _buys(town: Company) -> None:
    for n in range(5):
        town.buyers.order(number=f"OC{n}")


def _nothing(town: Company) -> None:
    del town


def _at(place: Place, kind: Kind, at: int = 1) -> tuple[Strike, ...]:
    return (Strike(0, place, at=at, kind=kind, span=1, size=0.9),)


SABOTAGES: Mapping[str, Sabotage] = {
    "gate removed": Sabotage(gate_removed, (_pays_more_than_is_due,), "gate"),
    "intent skipped": Sabotage(intent_skipped, (_buys,), "intent"),
    "probe skipped": Sabotage(
        probe_skipped, (_pays_half, _nothing), "twice", _at(Place.PORTAL_WRITE, Kind.LOST_AFTER)
    ),
    "second look skipped": Sabotage(
        second_look_skipped, (_pays_half, _nothing), "twice", _at(Place.PORTAL_WRITE, Kind.LATE)
    ),
    "ledger write swallowed": Sabotage(
        ledger_write_swallowed, (_buys,), "intent", _at(Place.POINT, Kind.NOT_WRITTEN)
    ),
    "lease ignored": Sabotage(lease_ignored, (_buys,), "lease", _at(Place.POINT, Kind.LEASE_ENDS)),
    "tenant dropped": Sabotage(tenant_dropped, (_pays_half,), "explained", keys=("acme", "bravo")),
    "page stop wrong": Sabotage(page_stop_wrong, (_uploads,), "explained", page_size=3),
    "chunk boundary off by one": Sabotage(chunk_off_by_one, (_buys,), "explained"),
}
