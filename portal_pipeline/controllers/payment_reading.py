"""Which payments a cycle reads: what changed, what is open, and once a day everything in scope.

Source: rules 1 "Reading".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.report import ListingReport, ReportBuilder
from portal_pipeline.ledger.reports import ListingState, read_listing, save_listings
from portal_pipeline.sage.payments import (
    PaymentKey,
    read_changed_keys,
    read_numbered_keys,
    read_reversals,
    read_scope_keys,
)

OVERLAP = timedelta(days=1)
READS_AT_ONCE = 8

A = TypeVar("A")
B = TypeVar("B")


class DailySweep:
    """One listing's watermark, and whether its daily sweep is due (calendar day of the tenant)."""

    def __init__(self, work: Workspace, name: str) -> None:
        self._work = work
        self._name = name
        self._started = work.clock()
        self._before = read_listing(work.ledger, name)

    @property
    def is_due(self) -> bool:
        """Whether this cycle reads everything in scope."""
        swept = self._before.swept_at
        zone = self._work.tenant.zone
        today = self._started.astimezone(zone).date()
        return swept is None or swept.astimezone(zone).date() != today

    @property
    def since(self) -> date | None:
        """First day (UTC) of the stamps to read; None: everything."""
        watermark = self._before.watermark
        return None if watermark is None or self.is_due else (watermark - OVERLAP).date()

    @property
    def changed_since(self) -> datetime | None:
        """First instant of the ledger's changes to look at; None: all of them."""
        watermark = self._before.watermark
        return None if watermark is None or self.is_due else watermark - OVERLAP

    def save(self, report: ReportBuilder, count: int) -> None:
        """Keep that the reading was complete."""
        state = ListingState(
            watermark=self._started,
            swept_at=self._started if self.is_due else self._before.swept_at,
            total=count,
            received=count,
            is_complete=True,
        )
        save_listings(self._work.ledger, {self._name: state})
        report.add_listing(
            ListingReport(name=self._name, total=count, received=count, is_complete=True)
        )


@dataclass(frozen=True)
class Candidates:
    """What one cycle of payment_upload looks at."""

    keys: tuple[PaymentKey, ...]
    """Posted payments in order."""
    gone: tuple[str, ...]
    """Payments with an open upload that Sage no longer shows as posted."""
    reversals: tuple[str, ...]
    """Uploaded payments that Sage has reversed, or whose reversal is open."""


class PaymentReading:
    """The candidates of one step, read once."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self.sweep = DailySweep(work, "sage.payments")

    @cached_property
    def candidates(self) -> Candidates:
        """Read the keys; the payments themselves are read chunk by chunk."""
        work = self._work
        since = self.sweep.since
        start = work.tenant.start_of(DocumentKind.PAYMENT)
        read = (
            read_scope_keys(work.sage, start)
            if since is None
            else read_changed_keys(work.sage, since)
        )
        seen = {key.number for key in read}
        waiting = work.ledger.keys_where(DocumentKind.PAYMENT, [Operation.UPLOAD])
        others = [number for number in waiting if number not in seen]
        found = read_numbered_keys(work.sage, others)
        gone = set(others) - {key.number for key in found}
        return Candidates(
            keys=tuple(sorted({*read, *found})),
            gone=tuple(sorted(gone)),
            reversals=self._reversals(since or start),
        )

    @cached_property
    def repeated(self) -> frozenset[str]:
        """Payment numbers that stand on more than one posted entry."""
        counts = Counter(key.number for key in self.candidates.keys)
        return frozenset(number for number, count in counts.items() if count > 1)

    def _reversals(self, since: date | None) -> tuple[str, ...]:
        """Reversed payments that went to the portal and are not dealt with yet."""
        ledger = self._work.ledger
        found = [one.number for one in read_reversals(self._work.sage, since)]
        rows = ledger.operations(DocumentKind.PAYMENT, found, [Operation.UPLOAD, Operation.REVERSE])
        finished = (Status.DONE, Status.DISMISSED)
        new = {
            number
            for number in found
            if (upload := rows.get((number, Operation.UPLOAD))) is not None
            and upload.status == Status.DONE
            and not (
                (reverse := rows.get((number, Operation.REVERSE))) is not None
                and reverse.status in finished
            )
        }
        waiting = ledger.keys_where(DocumentKind.PAYMENT, [Operation.REVERSE])
        return tuple(sorted(new | set(waiting)))


def read_several(work: Workspace, read: Callable[[A], B], keys: Sequence[A]) -> dict[A, B]:
    """``read`` of each key, several at a time."""
    found: dict[A, B] = {}

    def task(key: A) -> Callable[[], None]:
        def run() -> None:
            found[key] = read(key)

        return run

    work.executor.run([[task(key)] for key in keys], at_once=READS_AT_ONCE)
    return found
