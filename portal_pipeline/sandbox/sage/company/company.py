"""One company's Sage, as its users and its Web API see it."""

from __future__ import annotations

from portal_pipeline.sandbox.sage.company.invoicing import InvoicingActions
from portal_pipeline.sandbox.sage.company.payments import PaymentActions
from portal_pipeline.sandbox.sage.company.purchasing import PurchasingActions
from portal_pipeline.sandbox.sage.company.reading import CompanyReads
from portal_pipeline.sandbox.sage.company.receiving import ReceivingActions
from portal_pipeline.sandbox.sage.company.vendors import VendorActions


class SageCompany(
    VendorActions,
    PurchasingActions,
    ReceivingActions,
    InvoicingActions,
    PaymentActions,
    CompanyReads,
):
    """Sage's business layer over one company's tables.

    Every action is one transaction; it stamps what it writes with the clock (UTC), keeps counters
    right, and raises ``SageRefused`` where Sage would not do it. Numbers and sequences follow from
    the order of the actions alone; the caller may give documents their own numbers.
    """
