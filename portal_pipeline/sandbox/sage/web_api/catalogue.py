"""The endpoints that we know: module, name, verbs, key, record type. Source: Web API sheet 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal_pipeline.sandbox.sage.web_api import ap_shapes
from portal_pipeline.sandbox.sage.web_api.shapes import Shape, choice, day, number, numbered, text


@dataclass(frozen=True)
class Resource:
    """One endpoint; ``table`` is where its records are read, empty when it has none."""

    module: str
    name: str
    verbs: frozenset[str]
    key: tuple[str, ...]
    shape: Shape
    table: str = ""
    is_process: bool = False


GL_ACCOUNT = Shape(
    "Account",
    (
        text("UnformattedAccount", "ACCTID", 45),
        text("AccountNumber", "ACCTFMTTD", 45),
        text("Description", "ACCTDESC", 60),
        choice("Status", "ACTIVESW", Inactive=0, Active=1),
    ),
)
TAX_GROUP = Shape(
    "TaxGroup",
    (
        text("TaxGroupKey", "GROUPID", 12),
        choice("TransactionType", "TTYPE", Sales=1, Purchases=2),
        text("Description", "DESC", 60),
        text("CurrencyCode", "SRCCURN", 3),
        *numbered("TaxAuthority{}", "AUTHORITY{}", lambda name, column: text(name, column, 12)),
    ),
)
PURCHASE_ORDER = Shape(
    "PurchaseOrder",
    (
        number("PurchaseOrderSequenceNumber", "PORHSEQ"),
        text("PurchaseOrderNumber", "PONUMBER", 22),
        text("Vendor", "VDCODE", 12),
        day("PODate", "DATE"),
    ),
)
PO_RECEIPT = Shape(
    "Receipt",
    (
        number("ReceiptSequenceKey", "RCPHSEQ"),
        text("ReceiptNumber", "RCPNUMBER", 22),
        text("PurchaseOrderNumber", "PONUMBER", 22),
        text("Vendor", "VDCODE", 12),
        day("ReceiptDate", "DATE"),
    ),
)
PO_INVOICE = Shape(
    "Invoice",
    (
        number("InvoiceSequenceKey", "INVHSEQ"),
        text("InvoiceNumber", "INVNUMBER", 22),
        text("PurchaseOrderNumber", "PONUMBER", 22),
        text("Vendor", "VDCODE", 12),
        day("InvoiceDate", "DATE"),
    ),
)


def _verbs(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ALL = "GET POST PUT PATCH DELETE"
RESOURCES = (
    Resource("AP", "APVendors", _verbs(_ALL), ("VendorNumber",), ap_shapes.VENDOR, "APVEN"),
    Resource(
        "AP",
        "APInvoiceBatches",
        _verbs("GET POST PATCH"),
        ("BatchNumber",),
        ap_shapes.INVOICE_BATCH,
        "APIBC",
    ),
    Resource(
        "AP",
        "APPostInvoices",
        _verbs("POST"),
        ("ActionSelector",),
        ap_shapes.POST_INVOICES,
        is_process=True,
    ),
    Resource(
        "AP",
        "APPostingErrorMessages",
        _verbs("GET"),
        (
            "BatchType",
            "PostingSequenceNumber",
            "BatchNumber",
            "EntryNumber",
            "LineNumber",
            "ErrorNumber",
            "SequenceNumber",
        ),
        ap_shapes.POSTING_ERROR,
        "APPTER",
    ),
    Resource(
        "AP",
        "APPostedDocuments",
        _verbs("GET"),
        ("VendorNumber", "DocumentNumber"),
        ap_shapes.POSTED_DOCUMENT,
        "APOBL",
    ),
    Resource("GL", "GLAccounts", _verbs("GET"), ("UnformattedAccount",), GL_ACCOUNT, "GLAMF"),
    Resource(
        "TX", "TXTaxGroups", _verbs("GET"), ("TaxGroupKey", "TransactionType"), TAX_GROUP, "TXGRP"
    ),
    Resource(
        "PO",
        "POPurchaseOrders",
        _verbs("GET POST"),
        ("PurchaseOrderSequenceNumber",),
        PURCHASE_ORDER,
        "POPORH1",
    ),
    Resource("PO", "POGetReceipts", _verbs("GET"), ("ReceiptSequenceKey",), PO_RECEIPT, "PORCPH1"),
    Resource("PO", "POReceipts", _verbs("POST"), ("ReceiptSequenceKey",), PO_RECEIPT),
    Resource("PO", "POInvoices", _verbs("GET"), ("InvoiceSequenceKey",), PO_INVOICE, "POINVH1"),
)
"""What the product and its tests use. Verbs of GL are GET only here: nothing writes accounts."""

_BY_NAME: Mapping[tuple[str, str], Resource] = {
    (item.module, item.name.lower()): item for item in RESOURCES
}


def find_resource(module: str, name: str) -> Resource | None:
    """The endpoint of that name, case apart (rule 1)."""
    return _BY_NAME.get((module, name.lower()))


def resources_of(module: str) -> tuple[Resource, ...]:
    """The endpoints of a module."""
    return tuple(item for item in RESOURCES if item.module == module)
