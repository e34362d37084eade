"""Which payments a cycle reads: what changed, what is open, and once a day everything in scope.

Source: rules 1 "Reading".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    read_reversed_numbers,
    read_scope_keys,
)
from portal_pipeline.spool import Spool, repeated

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

    payments: Spool
    """Posted payments in order, as ``_text_of`` writes their keys."""
    gone: Spool
    """Numbers of payments with an open upload that Sage no longer shows as posted."""
    reversals: Spool
    """Numbers of uploaded payments that Sage has reversed, or whose reversal is open."""

    def keys(self, size: int) -> Iterator[tuple[PaymentKey, ...]]:
        """The posted payments in order, so many at a time."""
        return (tuple(map(_key_of, page)) for page in self.payments.pages(size))


class PaymentReading:
    """The candidates of one step, read once."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self.sweep = DailySweep(work, "sage.payments")

    @cached_property
    def candidates(self) -> Candidates:
        """Read the keys; the payments themselves are read chunk by chunk."""
        work, since = self._work, self.sweep.since
        start = work.tenant.start_of(DocumentKind.PAYMENT)
        read = (
            read_scope_keys(work.sage, start)
            if since is None
            else read_changed_keys(work.sage, since)
        )
        payments = Spool(map(_text_of, read))
        numbers = Spool(_key_of(text).number for page in payments.pages() for text in page)
        gone = Spool()
        waiting = Spool(work.ledger.keys_where(DocumentKind.PAYMENT, [Operation.UPLOAD]))
        for page in waiting.pages():
            seen = numbers.texts(page)
            others = [number for number in page if number not in seen]
            found = read_numbered_keys(work.sage, others)
            payments.add(map(_text_of, found))
            gone.add(set(others) - {key.number for key in found})
        return Candidates(payments, gone, self._reversals(since or start))

    @cached_property
    def _repeated(self) -> Spool:
        """Payment numbers that stand on more than one posted entry."""
        pages = self.candidates.payments.pages()
        return repeated([_key_of(text).number for text in page] for page in pages)

    def repeated(self, keys: Sequence[PaymentKey]) -> frozenset[str]:
        """Those of the payment numbers that stand on more than one posted entry."""
        return frozenset(self._repeated.texts(key.number for key in keys))

    def _reversals(self, since: date | None) -> Spool:
        """Reversed payments that went to the portal and are not dealt with yet."""
        ledger, kind = self._work.ledger, DocumentKind.PAYMENT
        finished = (Status.DONE, Status.DISMISSED)
        found = Spool(ledger.keys_where(kind, [Operation.REVERSE]))
        for numbers in Spool(read_reversed_numbers(self._work.sage, since)).pages():
            rows = ledger.operations(kind, numbers, [Operation.UPLOAD, Operation.REVERSE])
            found.add(
                number
                for number in numbers
                if (upload := rows.get((number, Operation.UPLOAD))) is not None
                and upload.status == Status.DONE
                and not (
                    (reverse := rows.get((number, Operation.REVERSE))) is not None
                    and reverse.status in finished
                )
            )
        return found


def _text_of(key: PaymentKey) -> str:
    """The key as a text of the same order."""
    return f"{key.paid_on.isoformat()}\t{key.number}\t{key.batch:012}\t{key.entry:012}"


def _key_of(text: str) -> PaymentKey:
    day, rest = text.split("\t", 1)
    number, batch, entry = rest.rsplit("\t", 2)
    return PaymentKey(date.fromisoformat(day), number, int(batch), int(entry))


def read_several(work: Workspace, read: Callable[[A], B], keys: Sequence[A]) -> dict[A, B]:
    """``read`` of each key, several at a time."""
    found: dict[A, B] = {}

    def task(key: A) -> Callable[[], None]:
        def run() -> None:
            found[key] = read(key)

        return run

    work.executor.run([[task(key)] for key in keys], at_once=READS_AT_ONCE)
    return found
