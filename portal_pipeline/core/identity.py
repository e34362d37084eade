"""The names of things: tenants, documents, controllers and operations."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from portal_pipeline.core.base import Frozen

TenantKey = NewType("TenantKey", str)
"""Letters, digits, ``_`` and ``-``; also the Dagster partition key."""


class DocumentKind(StrEnum):
    """Anything with its own fate; its key is named beside it."""

    PROVIDER = "provider"
    """Portal provider id, lower case."""
    PURCHASE_ORDER = "purchase_order"
    """Sage PO number."""
    INVOICE = "invoice"
    """CFDI UUID, upper case."""
    CREDIT_NOTE = "credit_note"
    """CFDI UUID, upper case."""
    PAYMENT_COMPLEMENT = "payment_complement"
    """CFDI UUID, upper case."""
    PAYMENT = "payment"
    """Sage payment document number (APTCR.DOCNBR)."""


class ControllerName(StrEnum):
    """The nine steps; each is a Dagster op and an asset of the same name."""

    PROVIDER_SYNC = "provider_sync"
    CFDI_DOWNLOAD = "cfdi_download"
    CFDI_IMPORT = "cfdi_import"
    PAYMENT_CHECK = "payment_check"
    PAYMENT_UPLOAD = "payment_upload"
    PO_CREATION = "po_creation"
    PO_UPDATES = "po_updates"
    PO_CLOSURE = "po_closure"
    PO_CANCELLATION = "po_cancellation"


class Operation(StrEnum):
    """One remote write for one document (``download`` is a read, tracked alike)."""

    CREATE_VENDOR = "create_vendor"
    UPDATE_VENDOR = "update_vendor"
    SET_EXTERNAL_ID = "set_external_id"
    DOWNLOAD = "download"
    IMPORT = "import"
    MARK_READY = "mark_ready"
    POST = "post"
    CREATE = "create"
    REOPEN = "reopen"
    UPDATE = "update"
    CLOSE = "close"
    CANCEL = "cancel"
    UPLOAD = "upload"
    REVERSE = "reverse"
    WRITE_COMPLEMENT = "write_complement"


class DocumentRef(Frozen):
    """Names one document of a tenant."""

    kind: DocumentKind
    key: str


def upper_uuid(text: str) -> str:
    """The identity of a CFDI: trimmed and upper case (portal and Sage differ in case)."""
    return text.strip().upper()
