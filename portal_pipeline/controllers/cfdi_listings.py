"""The lists that cfdi_download reads, each complete or marked, and what is kept of them.

Source: rules 4 and 1 "Reading"; portal API sheet 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial

from portal_pipeline.controllers.to_import import SWEEP, to_import
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import Document
from portal_pipeline.core.errors import ConfigError, RetriableError, SystemUnavailable
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.download import OVERLAP, windows
from portal_pipeline.core.invoices.listed import BY_PORTAL_ID
from portal_pipeline.core.portal import PortalCfdi
from portal_pipeline.core.report import ListingReport, ReportBuilder
from portal_pipeline.ledger.open_documents import done_and_unfinished
from portal_pipeline.ledger.reports import ListingState, read_listings, save_listings
from portal_pipeline.portal.listing import Listing, Malformed, told
from portal_pipeline.sage.paid_uuids import read_paid_uuids
from portal_pipeline.spool import Spool, in_parts

PENDING_STAGES = ("PENDING_TO_PAY", "DELIVERED_ERP", "INCLUDED_IN_PAYMENT_ORDER")
PAID_STAGES = ("PAYMENT_COMPLETED", "FINISHED")
HISTORY_DAYS_MAX = 366
"""How far back lists by creation date go for a tenant without a start date."""
STAMP_OVERLAP = timedelta(days=1)
UUIDS_PER_LISTING = 1000
PREFIX = "portal.cfdis."
PAID_BY_SAGE = "sage.paid_uuids"
INVOICE_KINDS = ("INVOICE", "ADVANCE")
"""Kinds by which the portal filters invoices: an advance is not listed with the others."""
IMPORTED_KINDS = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
GONE = {"status": "NOT_LISTED", "status_group": "", "approved_on": ""}
"""Details of a document that the portal clearly has no more: nothing of it is approved."""


@dataclass
class _Tally:
    """One listing over its parts."""

    before: ListingState
    total: int | None = 0
    received: int = 0
    problems: list[str] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    is_asked: bool = False
    is_swept: bool = False

    def note(self, listing: Listing[PortalCfdi]) -> None:
        known = self.total is not None and listing.total is not None
        self.total = (self.total or 0) + (listing.total or 0) if known else None
        self.received += listing.received
        if listing.problem:
            self.problems.append(listing.problem)
        self.malformed += listing.malformed

    @property
    def problem(self) -> str:
        """Why the listing is not all that the portal has."""
        return "; ".join((*self.problems, *told(self.malformed)))


class CfdiListings:
    """Reads the lists of one step, one after the other; remembers how each ended."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._started = work.clock()
        self._tallies: dict[str, _Tally] = {}
        self._seen = Spool()
        self._last_error: Exception | None = None
        self._has_read = False

    def read(self) -> Iterator[Sequence[PortalCfdi]]:
        """Every document once, list by list, each list read to its end before.

        Raises:
            SystemUnavailable, ConfigError: when no list could be read; the last one's error.
        """
        portal = self._work.portal
        for stage in PENDING_STAGES:
            for kind in INVOICE_KINDS:
                yield from self._part(stage, partial(portal.invoices, stage, kind))
        for kind, document_kind in (
            ("CREDIT_NOTE", DocumentKind.CREDIT_NOTE),
            ("PAYMENT_CFDI", DocumentKind.PAYMENT_COMPLEMENT),
        ):
            first = self._first_day(kind, document_kind)
            yield from self._created(kind, kind, first, None)
        for stage in PAID_STAGES:
            if self._is_sweep_due(stage):
                for kind in INVOICE_KINDS:
                    first = self._start(DocumentKind.INVOICE)
                    yield from self._created(stage, kind, first, stage)
        yield from self._by_uuid()
        if not self._has_read and self._last_error is not None:
            raise self._last_error

    def _created(
        self, name: str, kind: str, first: date, stage: str | None
    ) -> Iterator[Sequence[PortalCfdi]]:
        portal = self._work.portal
        # Newest first: what a portal that stops answering leaves unread is the oldest.
        for start, end in reversed(windows(first, self._today)):
            yield from self._part(
                name, partial(portal.cfdis_created, kind, start, end, stage=stage)
            )

    def _by_uuid(self) -> Iterator[Sequence[PortalCfdi]]:
        for part in in_parts(self._unlisted(), UUIDS_PER_LISTING):
            listing = self._ask("BY_UUID", partial(self._work.portal.cfdis_by_uuid, part))
            if listing is None:
                continue
            if listing.proves_absence:
                self._note_gone(part, listing.items)
            yield from self._unseen(listing.items)

    def _unlisted(self) -> Iterator[str]:
        """What is wanted and no list has given."""
        for page in self._wanted_uuids().pages():
            seen = self._seen.texts(page)
            yield from (uuid for uuid in page if uuid not in seen)

    def _part(
        self, name: str, ask: Callable[[], Listing[PortalCfdi]]
    ) -> Iterator[Sequence[PortalCfdi]]:
        listing = self._ask(name, ask)
        if listing is not None:
            yield from self._unseen(listing.items)

    def _ask(self, name: str, ask: Callable[[], Listing[PortalCfdi]]) -> Listing[PortalCfdi] | None:
        """One list, or None with its problem noted: one that fails does not stop the rest."""
        tally = self._tally(name)
        tally.is_asked = True
        try:
            listing = ask()
        except (RetriableError, ConfigError) as error:
            tally.problems.append(str(error))
            tally.total = None
            self._last_error = error
            return None
        tally.note(listing)
        if listing.received or listing.total is not None:
            self._has_read = True
        else:  # refused, or no list at all
            self._last_error = SystemUnavailable(
                listing.problem, system="portal", remedy="ask the portal's support about this list"
            )
        return listing

    def _unseen(self, items: Iterable[PortalCfdi]) -> Iterator[Sequence[PortalCfdi]]:
        """Items that no earlier list gave."""
        for part in in_parts(items):
            names = [{item.id, item.uuid} - {""} for item in part]
            seen = set(self._seen.texts(name for each in names for name in each))
            fresh = []
            for item, own in zip(part, names, strict=True):
                if not own & seen:
                    fresh.append(item)
                seen |= own
            self._seen.add(name for each in names for name in each)
            if fresh:
                yield fresh

    # -- what is asked ---------------------------------------------------------------------------

    @property
    def _today(self) -> date:
        return self._started.astimezone(self._work.tenant.zone).date()

    def _start(self, kind: DocumentKind) -> date:
        oldest = self._today - timedelta(days=HISTORY_DAYS_MAX)
        return self._work.tenant.start_of(kind) or oldest

    def _first_day(self, name: str, kind: DocumentKind) -> date:
        """First day of creation to ask for: the start in the daily sweep, else the watermark."""
        watermark = self._tally(name).before.watermark
        if self._is_sweep_due(name) or watermark is None:
            return self._start(kind)
        return watermark.astimezone(self._work.tenant.zone).date() - OVERLAP

    def _is_sweep_due(self, name: str) -> bool:
        """Whether today's full reading is still to be made."""
        tally = self._tally(name)
        swept = tally.before.swept_at
        zone = self._work.tenant.zone
        tally.is_swept = swept is None or swept.astimezone(zone).date() != self._today
        return tally.is_swept

    def _wanted_uuids(self) -> Spool:
        """Documents that only their UUID finds: paid in Sage and unknown, imported, waiting.

        Whatever may still be imported is asked for, so that a withdrawn approval or a cancellation
        is known before.
        """
        wanted = Spool(key for key in self._followed() if not key.startswith(BY_PORTAL_ID))
        for paid in self._paid_by_sage().pages():
            known = [self._work.ledger.documents(kind, paid) for kind in IMPORTED_KINDS]
            wanted.add(uuid for uuid in paid if not any(uuid in of_kind for of_kind in known))
        return wanted

    def _followed(self) -> Iterator[str]:
        ledger = self._work.ledger
        swept = self._before.get(SWEEP, ListingState())
        for kind in IMPORTED_KINDS:
            yield from ledger.keys_where(kind, [Operation.DOWNLOAD])
            yield from to_import(ledger, kind, swept)
            yield from done_and_unfinished(ledger, kind, Operation.IMPORT)
        yield from ledger.keys_where(DocumentKind.PAYMENT_COMPLEMENT, [Operation.DOWNLOAD])

    def _paid_by_sage(self) -> Spool:
        """UUIDs that a payment in scope pays."""
        tally = self._tally(PAID_BY_SAGE)
        watermark = tally.before.watermark
        is_full = self._is_sweep_due(PAID_BY_SAGE) or watermark is None
        stamped = None if is_full or watermark is None else watermark.date() - STAMP_OVERLAP
        paid = Spool(
            read_paid_uuids(
                self._work.sage,
                self._work.tenant.fields,
                posted_from=self._work.tenant.start_of(DocumentKind.PAYMENT),
                stamped_from=stamped,
            )
        )
        tally.is_asked = True
        tally.total = tally.received = len(paid)
        return paid

    def _note_gone(self, asked: Sequence[str], items: Iterable[PortalCfdi]) -> None:
        """Documents that the portal no longer has are not approved any more."""
        missing = sorted(set(asked) - {item.uuid for item in items})
        gone = [
            Document(kind=kind, key=key, portal_state=GONE["status"], details=GONE)
            for kind in IMPORTED_KINDS
            for key in self._work.ledger.documents(kind, missing)
        ]
        self._work.ledger.save_documents(gone, self._work.run_id)

    # -- what is kept ----------------------------------------------------------------------------

    def _tally(self, name: str) -> _Tally:
        if name not in self._tallies:
            self._tallies[name] = _Tally(self._before.get(_stored(name), ListingState()))
        return self._tallies[name]

    @cached_property
    def _before(self) -> dict[str, ListingState]:
        return read_listings(self._work.ledger)

    def save(self, report: ReportBuilder) -> None:
        """Keep how each list ended; one that broke off keeps its old watermark."""
        asked = {_stored(name): tally for name, tally in self._tallies.items() if tally.is_asked}
        for name, tally in asked.items():
            report.add_listing(
                ListingReport(
                    name=name,
                    total=tally.total,
                    received=tally.received,
                    is_complete=not tally.problem,
                    problem=tally.problem,
                )
            )
        states = {name: self._state(tally) for name, tally in asked.items()}
        save_listings(self._work.ledger, states)

    def _state(self, tally: _Tally) -> ListingState:
        # An item that cannot be read is asked for again by the sweep; it holds up no watermark.
        before, broke_off = tally.before, bool(tally.problems)
        return ListingState(
            watermark=before.watermark if broke_off else self._started,
            swept_at=self._started if tally.is_swept and not broke_off else before.swept_at,
            total=tally.total,
            received=tally.received,
            is_complete=not tally.problem,
            problem=tally.problem,
        )


def _stored(name: str) -> str:
    """The name under which a listing is kept."""
    return name if name == PAID_BY_SAGE else f"{PREFIX}{name}"
