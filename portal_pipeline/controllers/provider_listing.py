"""The suppliers that provider_sync reads from the portal, and how that reading ended.

Source: rules 3 and 1 "Reading"; portal API sheet 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.errors import DocumentError, RetriableError
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.providers.matching import is_related
from portal_pipeline.core.report import ListingReport, ReportBuilder
from portal_pipeline.ledger.reports import ListingState, read_listing, save_listings
from portal_pipeline.portal.listing import Listing, told

OPERATIONS = (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR, Operation.SET_EXTERNAL_ID)
NAME = "portal.providers"
OVERLAP = timedelta(days=7)
"""How far before the watermark dossiers accepted are asked for again."""
SINGLE_READS_MAX = 20
"""Up to so many open providers are read one by one; more come from the list of all."""
NO_DOSSIER = ("", "{}")

Found = dict[str, PortalProvider | None]
"""Providers by id (lower case); None: the portal clearly has it no more."""


class ProviderListing:
    """Reads the providers of one step; archives their dossiers; remembers how it ended."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._started = work.clock()
        self._before = read_listing(work.ledger, NAME)
        self._listing: Listing[PortalProvider] = Listing()
        self._problems: list[str] = []
        self._archive_problem = ""

    @property
    def today(self) -> date:
        """The day of the reading in the company's zone."""
        return self._started.astimezone(self._work.tenant.zone).date()

    def read(self) -> Found:
        """What changed since the watermark, in the daily sweep everything, and what is open.

        Raises:
            SystemUnavailable, ConfigError: the portal gives no list.
        """
        portal = self._work.portal
        if self._is_sweep:
            # Disabled ones too: one that we know is then seen to be out of scope.
            self._listing = portal.providers(status=None)
        else:
            self._listing = portal.providers(accepted_from=self._accepted_from)
        found: Found = {one.id.lower(): one for one in self._listing.items}
        still_open = set(self._work.ledger.keys_where(DocumentKind.PROVIDER, OPERATIONS))
        missing = sorted(still_open - found.keys())
        if self._is_sweep:
            found |= self._from_all(missing, self._listing)
        elif len(missing) > SINGLE_READS_MAX:
            every = portal.providers(status=None)
            self._note(every)
            found |= self._from_all(missing, every)
        else:
            found |= self._one_by_one(missing)
        return {key: self._archived(found[key]) for key in sorted(found)}

    @property
    def _is_sweep(self) -> bool:
        """Whether today's reading of everything is still to be made."""
        swept = self._before.swept_at
        return swept is None or swept.astimezone(self._work.tenant.zone).date() != self.today

    @property
    def _accepted_from(self) -> date:
        watermark = self._before.watermark or self._started
        return watermark.astimezone(self._work.tenant.zone).date() - OVERLAP

    @staticmethod
    def _from_all(missing: Sequence[str], every: Listing[PortalProvider]) -> Found:
        """Open providers out of the list of all; what an incomplete list lacks is left alone."""
        by_id = {one.id.lower(): one for one in every.items}
        unread = {bad.id.lower() for bad in every.malformed}
        proves_absence = every.is_complete and "" not in unread
        return {
            key: by_id.get(key)
            for key in missing
            if key in by_id or (proves_absence and key not in unread)
        }

    def _one_by_one(self, missing: Sequence[str]) -> Found:
        found: Found = {}
        for key in missing:
            try:
                found[key] = self._work.portal.provider(key)
            except (RetriableError, DocumentError) as error:
                self._problems.append(str(error))
        return found

    def _archived(self, provider: PortalProvider | None) -> PortalProvider | None:
        """The provider without its dossier's text, which is now in the archive."""
        if provider is None or provider.received in NO_DOSSIER:
            return provider
        if is_related(provider, self._work.tenant):
            name = f"provider-{provider.id}"
            data = provider.received.encode()
            try:
                self._work.archive.put_if_absent(self._work.tenant.key, name, data)
            except ArchiveError as error:
                self._archive_problem = str(error)
        return provider.model_copy(update={"received": ""})

    def _note(self, listing: Listing[PortalProvider]) -> None:
        if listing.problem:
            self._problems.append(listing.problem)

    def save(self, report: ReportBuilder) -> None:
        """Keep how the list ended; one that broke off keeps its old watermark.

        An item that cannot be read is asked for again by the sweep; it holds up no watermark.
        """
        listing, before = self._listing, self._before
        unread = told(listing.malformed)
        problem = "; ".join(filter(None, (listing.problem, *self._problems, *unread)))
        report.add_listing(
            ListingReport(
                name=NAME,
                total=listing.total,
                received=listing.received,
                is_complete=not problem,
                problem=problem,
            )
        )
        if self._archive_problem:
            report.add_problem(self._archive_problem)
        is_swept = self._is_sweep and listing.is_complete
        state = ListingState(
            watermark=self._started if listing.is_complete else before.watermark,
            swept_at=self._started if is_swept else before.swept_at,
            total=listing.total,
            received=listing.received,
            is_complete=not problem,
            problem=problem,
        )
        save_listings(self._work.ledger, {NAME: state})
