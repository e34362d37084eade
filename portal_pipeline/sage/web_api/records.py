"""JSON records of the Sage Web API -> our models.

Unknown properties are ignored, needed ones are demanded: a missing UndistributedAmount must never
read as 0. Source: Web API sheet 2.3, 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from portal_pipeline.core.errors import SystemUnavailable
from portal_pipeline.core.sage import BatchStatus, SageDocumentType
from portal_pipeline.sage.web_api.models import ApBatch, ApEntry, PostedDocument, VendorRecord
from portal_pipeline.sage.web_api.transport import SYSTEM

Record = Mapping[str, object]

_STATUSES = {
    "Open": BatchStatus.OPEN,
    "Posted": BatchStatus.POSTED,
    "Deleted": BatchStatus.DELETED,
    "PostInProgress": BatchStatus.POSTING,
    "ReadyToPost": BatchStatus.READY,
}
_TYPES = {
    "Invoice": SageDocumentType.INVOICE,
    "DebitNote": SageDocumentType.DEBIT_NOTE,
    "CreditNote": SageDocumentType.CREDIT_NOTE,
    "Interest": SageDocumentType.INTEREST,
}


def unreadable(what: str) -> SystemUnavailable:
    """The error for an answer that lacks what every release that we know sends."""
    return SystemUnavailable(
        f"the Web API's answer cannot be read: {what}",
        system=SYSTEM,
        remedy="compare the installation's $metadata with the fields that the product needs "
        "(portal-pipeline check)",
    )


def ap_batch(record: Record) -> ApBatch:
    """The batch of an ``APInvoiceBatches`` record.

    Raises:
        SystemUnavailable: when a needed property is missing or not of its kind.
    """
    return ApBatch(
        batch=whole(record, "BatchNumber"),
        description=text(record, "Description"),
        status=_STATUSES.get(text(record, "BatchStatus"), BatchStatus.OTHER),
        total=amount(record, "BatchTotal"),
        posting_sequence=whole(record, "PostingSequenceNumber"),
        error_count=whole(record, "NumberOfErrors"),
        entries=tuple(ap_entry(entry) for entry in records(record, "Invoices")),
    )


def ap_entry(record: Record) -> ApEntry:
    """The entry of an ``Invoices`` item; raises as :func:`ap_batch`."""
    return ApEntry(
        entry=whole(record, "EntryNumber"),
        vendor_id=text(record, "VendorNumber"),
        number=text(record, "DocumentNumber"),
        type=_TYPES.get(text(record, "DocumentType"), SageDocumentType.OTHER),
        currency=text(record, "CurrencyCode"),
        total_with_tax=amount(record, "DocumentTotalIncludingTax"),
        distributed_with_tax=amount(record, "DistributedTotalIncludingTax"),
        undistributed=amount(record, "UndistributedAmount"),
        tax_total=amount(record, "TaxTotal"),
        document_date=day(record, "DocumentDate"),
        posting_date=day(record, "PostingDate"),
        applies_to=text(record, "ApplytoDocument", default=""),
        optional_fields=optional_fields(record, "InvoiceOptionalFields"),
        error_batch=whole(record, "ErrorBatch"),
        error_entry=whole(record, "ErrorEntry"),
    )


def posted_document(record: Record) -> PostedDocument:
    """The document of an ``APPostedDocuments`` record; raises as :func:`ap_batch`."""

    def maybe(name: str) -> int | None:
        return whole(record, name) if name in record else None

    return PostedDocument(
        vendor_id=text(record, "VendorNumber"),
        number=text(record, "DocumentNumber"),
        type=_TYPES.get(text(record, "DocumentType", default="")),
        batch=maybe("BatchNumber"),
        entry=maybe("EntryNumber"),
        posting_sequence=maybe("PostingSequenceNumber"),
    )


def vendor(record: Record) -> VendorRecord:
    """The vendor of an ``APVendors`` record; raises as :func:`ap_batch`."""

    def maybe(name: str) -> str:
        return text(record, name, default="")

    return VendorRecord(
        vendor_id=text(record, "VendorNumber"),
        name=text(record, "VendorName"),
        is_active=text(record, "Status") == "Active",
        is_on_hold=text(record, "OnHold") == "OnHold",
        group=text(record, "GroupCode"),
        currency=text(record, "CurrencyCode"),
        terms=maybe("Terms"),
        tax_group=maybe("TaxGroup"),
        account_set=maybe("AccountSet"),
        address=(
            maybe("AddressLine1"),
            maybe("AddressLine2"),
            maybe("AddressLine3"),
            maybe("AddressLine4"),
        ),
        city=maybe("City"),
        state=maybe("StateProvince"),
        zip_code=maybe("ZipPostalCode"),
        country=maybe("Country"),
        contact=maybe("ContactName"),
        phone=maybe("PhoneNumber"),
        email=maybe("Email"),
        optional_fields=optional_fields(record, "VendorOptionalFieldValues"),
    )


def optional_fields(record: Record, collection: str) -> Mapping[str, str]:
    """Code -> value of a record's optional fields; Yes/No values come padded (sheet 5.4)."""
    return {
        text(item, "OptionalField"): text(item, "Value") for item in records(record, collection)
    }


def records(record: Record, name: str) -> tuple[Record, ...]:
    """The items of a collection; raises as :func:`ap_batch`."""
    items = record.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unreadable(f"{name} is not a list of records")
    return tuple(items)


def text(record: Record, name: str, default: str | None = None) -> str:
    """A string property, trimmed; null reads as empty; ``default`` stands for a missing one."""
    if name not in record and default is not None:
        return default
    if name not in record:
        raise unreadable(f"{name} is missing")
    value = record[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(f"{name} is not a text")
    return value.strip()


def amount(record: Record, name: str) -> Decimal:
    """A number property; raises as :func:`ap_batch`."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise unreadable(f"{name} is missing or not a number")
    return Decimal(value)


def whole(record: Record, name: str) -> int:
    """A number property without a fraction (keys are decimals in Sage's metadata)."""
    value = amount(record, name)
    if value != value.to_integral_value():
        raise unreadable(f"{name} is not a whole number")
    return int(value)


def day(record: Record, name: str) -> date | None:
    """The day of a date property, whatever its time and zone mark; null or missing: None."""
    value = text(record, name, default="")
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError as error:
        raise unreadable(f"{name} is not a date") from error
