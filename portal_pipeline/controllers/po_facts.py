"""Loads what the decision about a purchase order follows from: Sage, the ledger, the portal.

Set-based per chunk. The portal is asked only about orders whose decision needs it, so that a quiet
cycle asks nothing; its list of providers is read once a step, when first needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import OperationRow, Status, Verdict
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.findings.providers import (
    PROVIDER_EXTERNAL_ID_MISSING,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.portal import PortalProvider, PortalPurchaseOrder
from portal_pipeline.core.providers.matching import ProviderIndex, provider_of_vendor
from portal_pipeline.core.purchase_orders.classification import (
    classify,
    needs_payee,
    needs_portal,
)
from portal_pipeline.core.purchase_orders.models import (
    ACTIVE_ORDER,
    FINISHED_STATES,
    Authorisation,
    Payee,
    PoFacts,
    PortalView,
    SagePurchaseOrder,
)
from portal_pipeline.core.report import ListingReport, ReportBuilder
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.portal.listing import Listing
from portal_pipeline.sage.authorisations import read_authorisations
from portal_pipeline.sage.locations import read_locations
from portal_pipeline.sage.purchase_orders import read_purchase_orders
from portal_pipeline.sage.vendors import read_vendors

KIND = DocumentKind.PURCHASE_ORDER
Rows = Mapping[str, Mapping[Operation, OperationRow]]


class PoFactsLoader:
    """Facts of orders, chunk by chunk, for one step."""

    def __init__(self, work: Workspace, report: ReportBuilder, controller: ControllerName) -> None:
        self._work = work
        self._report = report
        self._controller = controller
        self._vendors: dict[str, SageVendor] = {}

    def load(
        self,
        numbers: Sequence[str],
        views: Mapping[str, PortalView],
        *,
        looks_at_all: bool,
    ) -> list[PoFacts]:
        """The facts of the candidates among these orders, by number.

        Args:
            numbers: of orders that may be candidates.
            views: what the portal's list of unfinished orders showed, by number.
            looks_at_all: ask the portal and match the provider of every unfinished order.

        Raises:
            SystemUnavailable, ConfigError: Sage or the portal cannot be read.
        """
        rows = self._rows(numbers)
        is_new = self._controller == ControllerName.PO_CREATION
        ours = [number for number in numbers if _is_created(rows.get(number)) != is_new]
        every = self._from_sage(ours, rows, views)
        asked = [one for one in every if looks_at_all and _is_unfinished(one)]
        every = self._with_payees(every, asked)
        every = self._with_views(every, asked)
        return self._with_payees(every, [])

    def _rows(self, numbers: Sequence[str]) -> Rows:
        found: dict[str, dict[Operation, OperationRow]] = {}
        for (key, operation), row in self._work.ledger.operations(KIND, numbers).items():
            found.setdefault(key, {})[operation] = row
        return found

    # -- Sage ----------------------------------------------------------------------------------

    def _from_sage(
        self, numbers: Sequence[str], rows: Rows, views: Mapping[str, PortalView]
    ) -> list[PoFacts]:
        work, fields = self._work, self._work.tenant.fields
        if not numbers:
            return []
        orders = read_purchase_orders(work.sage, numbers, fields)
        allowed = self._authorisations(orders)
        numbers = [
            number
            for number in numbers
            if number in rows or number in views or _is_sendable(orders.get(number), allowed)
        ]
        known = work.ledger.documents(KIND, numbers)
        wanted = [orders[number] for number in numbers if number in orders]
        vendors = read_vendors(work.sage, {order.vendor_id for order in wanted}, fields)
        self._vendors |= vendors
        places = read_locations(
            work.sage, {line.location for order in wanted for line in order.lines}
        )
        return [
            PoFacts(
                number=number,
                order=(order := orders.get(number)),
                authorisation=allowed.get(number, Authorisation()),
                payment_form=_payment_form(order, vendors),
                locations={
                    line.location: places[line.location]
                    for line in (order.lines if order else ())
                    if line.location in places
                },
                view=views.get(number),
                known=known.get(number),
                rows=rows.get(number, {}),
            )
            for number in numbers
        ]

    def _authorisations(self, orders: Mapping[str, SagePurchaseOrder]) -> dict[str, Authorisation]:
        if self._work.tenant.purchase_orders.authorisation == "none":
            return {
                number: Authorisation(is_authorised=True, on=order.ordered_on)
                for number, order in orders.items()
            }
        return read_authorisations(self._work.sage, self._work.sage_company, sorted(orders))

    # -- the portal ----------------------------------------------------------------------------

    def _with_views(self, every: Sequence[PoFacts], asked: Sequence[PoFacts]) -> list[PoFacts]:
        tenant = self._work.tenant
        forced = {one.number for one in asked}
        numbers = [
            one.number
            for one in every
            if one.view is None
            and (one.number in forced or needs_portal(one, classify(one, tenant)))
        ]
        if not numbers:
            return list(every)
        listing = self._work.portal.purchase_orders(numbers)
        if not listing.proves_absence:
            note_listing(self._report, "portal purchase orders", listing)
        views = {number: view_of(number, listing) for number in numbers}
        return [
            one.model_copy(update={"view": views[one.number]}) if one.number in views else one
            for one in every
        ]

    # -- payees (rules 2) ----------------------------------------------------------------------

    @cached_property
    def _providers(self) -> Listing[PortalProvider]:
        listing = self._work.portal.providers(status=None)
        if not listing.proves_absence:
            note_listing(self._report, "portal providers", listing)
        return listing

    @cached_property
    def _index(self) -> ProviderIndex:
        return ProviderIndex(self._providers.items)

    def _with_payees(self, every: Sequence[PoFacts], asked: Sequence[PoFacts]) -> list[PoFacts]:
        tenant = self._work.tenant
        forced = {one.number for one in asked if one.order is not None}
        return [
            one.model_copy(update={"payee": self._payee(one.order)})
            if one.order is not None
            and (one.number in forced or needs_payee(one, classify(one, tenant)))
            else one
            for one in every
        ]

    def _payee(self, order: SagePurchaseOrder) -> Payee:
        vendor = self._vendors.get(order.vendor_id)
        if vendor is None:
            finding = VENDOR_NOT_ON_PORTAL(vendor=order.vendor_id)
            return self._without_provider(finding, Verdict.OUT_OF_SCOPE)
        match = provider_of_vendor(vendor, self._index, self._work.tenant)
        provider = match.provider
        if provider is None:
            verdict = Verdict.REJECT if match.is_conflict else Verdict.OUT_OF_SCOPE
            return self._without_provider(match.finding, verdict)
        if provider.external_id:
            return Payee(
                provider_id=provider.id, external_id=provider.external_id, notes=match.notes
            )
        return Payee(
            provider_id=provider.id,
            verdict=Verdict.HOLD,
            finding=PROVIDER_EXTERNAL_ID_MISSING(provider=provider.id, vendor=vendor.vendor_id),
            notes=match.notes,
        )

    def _without_provider(self, finding: Finding | None, verdict: Verdict) -> Payee:
        """No provider that fits; nothing is concluded from a list that is not complete.

        The provider that a vendor names may be among those that were not read.
        """
        if not self._providers.proves_absence:
            problem = LISTING_INCOMPLETE(listing="providers", detail=self._providers.problem)
            return Payee(verdict=Verdict.HOLD, finding=problem)
        return Payee(verdict=verdict, finding=finding)


def view_of(number: str, listing: Listing[PortalPurchaseOrder]) -> PortalView:
    """What a listing asked for by number says about one order."""
    found = [order for order in listing.items if order.external_id == number]
    if len(found) == 1:
        return PortalView(order=found[0])
    if not found and listing.proves_absence_of(number):
        return PortalView()
    detail = listing.problem or (f"{len(found)} orders" if found else "unreadable items")
    return PortalView(problem=LISTING_INCOMPLETE(listing="purchase orders", detail=detail))


def note_listing(report: ReportBuilder, name: str, listing: Listing[Any]) -> None:
    """Put a listing into the step's report."""
    report.add_listing(
        ListingReport(
            name=name,
            total=listing.total,
            received=listing.received,
            is_complete=listing.proves_absence,
            problem=listing.problem,
        )
    )


def _is_created(rows: Mapping[Operation, OperationRow] | None) -> bool:
    """Whether the portal has the order from us, as the ledger knows."""
    create = (rows or {}).get(Operation.CREATE)
    return create is not None and create.status == Status.DONE


def _is_unfinished(facts: PoFacts) -> bool:
    return facts.portal_state not in FINISHED_STATES


def _is_sendable(order: SagePurchaseOrder | None, allowed: Mapping[str, Authorisation]) -> bool:
    """Whether an order that nothing is known of is a candidate at all (rules 7)."""
    return order is not None and order.order_type == ACTIVE_ORDER and order.number in allowed


def _payment_form(order: SagePurchaseOrder | None, vendors: Mapping[str, SageVendor]) -> str:
    vendor = vendors.get(order.vendor_id) if order else None
    return vendor.payment_form if vendor else ""
