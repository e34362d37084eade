"""The simulated Sage company: real tables, and what Sage's business layer does with them."""

from portal_pipeline.sandbox.sage.company.ap_batches import BatchState
from portal_pipeline.sandbox.sage.company.company import SageCompany
from portal_pipeline.sandbox.sage.company.engine import sandbox_engine
from portal_pipeline.sandbox.sage.company.entries import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    Application,
    OptionalValue,
    OrderLine,
    PostingError,
    PostingResult,
    ReceivedQuantity,
    SageRefused,
    TaxControl,
)
from portal_pipeline.sandbox.sage.company.invoicing import Captured
from portal_pipeline.sandbox.sage.company.payment_entries import PaymentMade, RemitType
from portal_pipeline.sandbox.sage.company.records import (
    AppliedRecord,
    InvoiceRecord,
    OrderLineRecord,
    OrderRecord,
    PaymentRecord,
    ReceiptLineRecord,
    ReceiptRecord,
    VendorRecord,
)

__all__ = [
    "ApDetail",
    "ApDocumentType",
    "ApEntry",
    "Application",
    "AppliedRecord",
    "BatchState",
    "Captured",
    "InvoiceRecord",
    "OptionalValue",
    "OrderLine",
    "OrderLineRecord",
    "OrderRecord",
    "PaymentMade",
    "PaymentRecord",
    "PostingError",
    "PostingResult",
    "ReceiptLineRecord",
    "ReceiptRecord",
    "ReceivedQuantity",
    "RemitType",
    "SageCompany",
    "SageRefused",
    "TaxControl",
    "VendorRecord",
    "sandbox_engine",
]
