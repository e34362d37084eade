"""Findings of cfdi_import: why an invoice or credit note is not, or not yet, posted in Sage."""

from portal_pipeline.core.findings.base import Exit, FindingKind, RetryClass, Severity, declare

_TRY_OR_END = (Exit.REQUEUE, Exit.DISMISS)
_LINK_OR_END = (Exit.LINK, Exit.DISMISS)
_ALL = (Exit.REQUEUE, Exit.LINK, Exit.DISMISS)


def _waits(code: str, *params: str, exits: tuple[Exit, ...] = _TRY_OR_END) -> FindingKind:
    return declare(code, Severity.WARNING, *params, exits=exits)


def _wrong(code: str, *params: str, exits: tuple[Exit, ...] = _TRY_OR_END) -> FindingKind:
    return declare(code, Severity.ERROR, *params, exits=exits, retry=RetryClass.ON_CHANGE)


# Seen in Sage.
BATCH_WAITS_FOR_POSTING = _waits("batch_waits_for_posting", "document", "batch", exits=_LINK_OR_END)
POSTING_REFUSED = _wrong("posting_refused", "document", "batch", "error", exits=_LINK_OR_END)
SAGE_DOCUMENT_DIFFERS = _wrong(
    "sage_document_differs", "document", "difference", exits=_LINK_OR_END
)
UUID_ON_TWO_DOCUMENTS = _wrong("uuid_on_two_documents", "documents", exits=_LINK_OR_END)
LINKED_DOCUMENT_MISSING = _wrong("linked_document_missing", "document", exits=_LINK_OR_END)
ENTRY_REMOVED_IN_SAGE = _wrong("entry_removed_in_sage", "entry")

# Routes.
PO_INVOICE_TO_BE_CAPTURED = _waits("po_invoice_to_be_captured", "po_numbers", exits=_LINK_OR_END)
ROUTE_HOLDS = _waits("route_holds", "document_class", exits=_LINK_OR_END)
WEB_API_UNREACHABLE = _waits("web_api_unreachable", "detail")

# The document itself.
CFDI_HAS_ERRORS = _wrong("cfdi_has_errors", "errors")
NOT_DOWNLOADED = _waits("not_downloaded")
NOT_APPROVED = declare("not_approved", Severity.INFO, "status", exits=(Exit.DISMISS,), ages=False)
CANCELLED_BEFORE_IMPORT = declare(
    "cancelled_before_import", Severity.INFO, "date", exits=(Exit.DISMISS,), ages=False
)
CANCELLED_AFTER_IMPORT = declare(
    "cancelled_after_import", Severity.ERROR, "document", exits=(Exit.DISMISS,)
)
PAID_IN_PORTAL_NOT_IN_SAGE = _waits(
    "paid_in_portal_not_in_sage", "status", exits=(Exit.ADMIT, Exit.LINK, Exit.DISMISS)
)
POSSIBLE_DUPLICATE = _waits("possible_duplicate", "document", "dated", exits=_ALL)
LOOKS_LIKE_PO_INVOICE = _waits("looks_like_po_invoice", "receipt", "po_number", exits=_ALL)
ORIGINAL_IN_SAGE = _waits("original_in_sage", "original", "document", exits=_LINK_OR_END)
PARENT_NOT_POSTED = _waits("parent_not_posted", "parent", exits=_ALL)
CREDIT_NOTE_UNAPPLIED = declare(
    "credit_note_unapplied", Severity.WARNING, "parents", exits=(Exit.DISMISS,), ages=False
)

# What Sage needs.
NUMBER_TAKEN = _waits("number_taken", "document", exits=_ALL)
PERIOD_CLOSED = _waits("period_closed", "date")
RATE_MISSING = _waits("rate_missing", "currency")
NO_TAX_GROUP = _waits("no_tax_group", "taxes")
NO_TAX_CLASS = _waits("no_tax_class", "rate")
NO_ACCOUNT_FOR_LINE = _waits("no_account_for_line", "line", "product")
ACCOUNT_UNUSABLE = _waits("account_unusable", "account")
ACCOUNT_OF_TAX_MISSING = _waits("account_of_tax_missing", "tax", "amount")
OPTIONAL_FIELD_UNUSABLE = _waits("optional_field_unusable", "field", "length")
TAX_NOT_KNOWN = _waits("tax_not_known", "tax", exits=_ALL)
LINES_DIFFER_FROM_SUBTOTAL = _waits("lines_differ_from_subtotal", "lines", "subtotal", exits=_ALL)
TOO_MANY_LINES = _waits("too_many_lines", "lines", "most", exits=_ALL)
TAX_NOT_REPRODUCIBLE = _waits("tax_not_reproducible", "cfdi_tax", "sage_tax")
READ_BACK_DIFFERS = declare(
    "read_back_differs", Severity.ERROR, "entry", "difference", exits=_LINK_OR_END
)
