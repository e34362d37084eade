"""Listings and step reports of a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Delete, Select, delete, func, insert, select

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import StepReport
from portal_pipeline.ledger.schema import listing, report
from portal_pipeline.statements import prepared

if TYPE_CHECKING:
    from portal_pipeline.ledger.store import Ledger
    from portal_pipeline.ledger.tenant import TenantLedger


@dataclass(frozen=True)
class ListingState:
    """How far a listing was read.

    ``watermark`` is the start of the last complete reading, ``swept_at`` that of the last complete
    full sweep (business clock).
    """

    watermark: datetime | None = None
    swept_at: datetime | None = None
    total: int | None = None
    received: int | None = None
    is_complete: bool = False
    problem: str = ""


def read_listings(tenant: TenantLedger) -> dict[str, ListingState]:
    """What is known of every listing that was read, by name."""
    with tenant.ledger.reading() as connection:
        return {
            row.name: ListingState(
                row.watermark, row.swept_at, row.total, row.received, row.is_complete, row.problem
            )
            for row in connection.execute(*_select_listings(tenant.tenant))
        }


def read_listing(tenant: TenantLedger, name: str) -> ListingState:
    """What is known of a listing; an empty state when it was never read."""
    return read_listings(tenant).get(name, ListingState())


def save_listings(tenant: TenantLedger, states: Mapping[str, ListingState]) -> None:
    """Keep the states of listings."""
    at = tenant.clock()
    new = {
        name: {"tenant": tenant.tenant, "name": name, "at": at, **state.__dict__}
        for name, state in states.items()
    }
    if not new:
        return
    with tenant.ledger.writing(tenant.tenant) as connection:
        connection.execute(*_delete_listings(tenant.tenant, list(new)))
        connection.execute(_INSERT_LISTING, list(new.values()))


def save_report(tenant: TenantLedger, run_id: str, built: StepReport, seconds: Decimal) -> None:
    """Keep the report of a step; a step run again in the same run replaces its report."""
    with tenant.ledger.writing(tenant.tenant) as connection:
        connection.execute(*_delete_report(tenant.tenant, built.controller.value, run_id))
        connection.execute(
            _INSERT_REPORT,
            {
                "tenant": tenant.tenant,
                "controller": built.controller.value,
                "run_id": run_id,
                "at": tenant.clock(),
                "seconds": seconds,
                "acted": built.acted,
                "body": built.model_dump(mode="json"),
            },
        )


def report_of(body: Mapping[str, Any]) -> StepReport:
    """A report from its stored form."""
    return StepReport.model_validate(body, strict=False)


def latest_report(
    tenant: TenantLedger, controller: ControllerName
) -> tuple[datetime, StepReport] | None:
    """The newest report of a controller, with its time."""
    statement = (
        select(report.c.at, report.c.body)
        .where(report.c.tenant == tenant.tenant, report.c.controller == controller.value)
        .order_by(report.c.at.desc())
        .limit(1)
    )
    with tenant.ledger.reading() as connection:
        row = connection.execute(statement).first()
    return None if row is None else (row.at, report_of(row.body))


def acted_total(tenant: TenantLedger, controller: ControllerName) -> int:
    """Acts of a controller over all its runs."""
    statement = select(func.sum(report.c.acted)).where(
        report.c.tenant == tenant.tenant, report.c.controller == controller.value
    )
    with tenant.ledger.reading() as connection:
        return int(connection.execute(statement).scalar() or 0)


def has_run_live(tenant: TenantLedger, controller: ControllerName) -> bool:
    """Whether a plan of this controller has acted within the guard before (rules 1).

    Acts that a person released one by one from a plan above the guard are not a plan within it.
    """
    statement = select(report.c.body).where(
        report.c.tenant == tenant.tenant,
        report.c.controller == controller.value,
        report.c.acted > 0,
    )
    with (
        tenant.ledger.reading() as connection,
        connection.execute(statement, execution_options={"yield_per": 1}) as rows,
    ):
        return any(not body["above_guard"] for body in rows.scalars())


def reports_of_run(tenant: TenantLedger, run_id: str) -> list[StepReport]:
    """The reports of one run, in the order of the controllers."""
    statement = select(report.c.body).where(
        report.c.tenant == tenant.tenant, report.c.run_id == run_id
    )
    with tenant.ledger.reading() as connection:
        found = [report_of(body) for body in connection.execute(statement).scalars()]
    order = list(ControllerName)
    return sorted(found, key=lambda one: order.index(one.controller))


def newest_report_at(ledger: Ledger) -> str | None:
    """A mark that changes with every report of any tenant; None when there is none."""
    statement = select(func.count(), func.max(report.c.run_id), func.max(report.c.at))
    with ledger.reading() as connection:
        count, run_id, at = connection.execute(statement).one()
    return f"{count} {run_id} {at}" if count else None


def latest_report_time(ledger: Ledger, tenant: str) -> datetime | None:
    """Business time of a tenant's newest report."""
    statement = select(func.max(report.c.at)).where(report.c.tenant == tenant)
    with ledger.reading() as connection:
        return connection.execute(statement).scalar()


_INSERT_LISTING, _INSERT_REPORT = insert(listing), insert(report)


@prepared
def _select_listings(tenant: str) -> Select[Any]:
    return select(listing).where(listing.c.tenant == tenant)


@prepared
def _delete_listings(tenant: str, names: list[str]) -> Delete:
    return delete(listing).where(listing.c.tenant == tenant, listing.c.name.in_(names))


@prepared
def _delete_report(tenant: str, controller: str, run_id: str) -> Delete:
    return delete(report).where(
        report.c.tenant == tenant, report.c.controller == controller, report.c.run_id == run_id
    )
