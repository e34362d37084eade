"""Findings of cfdi_import: why an invoice or credit note is not, or not yet, posted in Sage."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    FindingKind,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

_TRY_OR_END = (Exit.REQUEUE, Exit.DISMISS)
_LINK_OR_END = (Exit.LINK, Exit.DISMISS)
_ALL = (Exit.REQUEUE, Exit.LINK, Exit.DISMISS)


def _waits(
    code: str,
    rule: str,
    *params: str,
    waits_for: WaitsFor,
    exits: tuple[Exit, ...] = _TRY_OR_END,
) -> FindingKind:
    return declare(code, rule, Severity.WARNING, *params, waits_for=waits_for, exits=exits)


def _wrong(
    code: str,
    rule: str,
    *params: str,
    waits_for: WaitsFor,
    decides: Decides = Decides.HOLD,
    exits: tuple[Exit, ...] = _TRY_OR_END,
) -> FindingKind:
    return declare(
        code,
        rule,
        Severity.ERROR,
        *params,
        decides=decides,
        waits_for=waits_for,
        exits=exits,
        retry=RetryClass.ON_CHANGE,
    )


# Seen in Sage.
BATCH_WAITS_FOR_POSTING = _waits(
    "batch_waits_for_posting",
    "An invoice that is captured in Sage is confirmed only when its batch is posted.",
    "document",
    "batch",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.ACCOUNTANT,
)
POSTING_REFUSED = _wrong(
    "posting_refused",
    "An entry that Sage could not post is not confirmed and is not imported again.",
    "document",
    "batch",
    "error",
    exits=_LINK_OR_END,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ACCOUNTANT,
)
SAGE_DOCUMENT_DIFFERS = _wrong(
    "sage_document_differs",
    "A Sage document confirms a CFDI only when vendor, type, currency and total agree.",
    "document",
    "difference",
    exits=_LINK_OR_END,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ACCOUNTANT,
)
UUID_ON_TWO_DOCUMENTS = _wrong(
    "uuid_on_two_documents",
    "A UUID on two documents of Sage that are not reversed confirms neither of them.",
    "documents",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.ACCOUNTANT,
)
LINKED_DOCUMENT_MISSING = _wrong(
    "linked_document_missing",
    "A link confirms nothing while the Sage document that it names does not exist.",
    "document",
    exits=_LINK_OR_END,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ACCOUNTANT,
)
ENTRY_REMOVED_IN_SAGE = _wrong(
    "entry_removed_in_sage",
    "An imported entry that a person took out of Sage is not imported again by itself.",
    "entry",
    waits_for=WaitsFor.DECISION,
)

# Routes.
PO_INVOICE_TO_BE_CAPTURED = _waits(
    "po_invoice_to_be_captured",
    "An invoice of a purchase order is captured in Sage against its receipt, because a "
    "plain invoice would book the liability twice.",
    "po_numbers",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.ACCOUNTANT,
)
ROUTE_HOLDS = _waits(
    "route_holds",
    "Documents of a class that the tenant captures by hand are not imported; they are "
    "confirmed when Sage shows them.",
    "document_class",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.ACCOUNTANT,
)
WEB_API_UNREACHABLE = _waits(
    "web_api_unreachable",
    "While Sage's Web API cannot be used nothing is imported, and what is posted is "
    "confirmed all the same.",
    "detail",
    waits_for=WaitsFor.SYSTEM,
)

# The document itself.
CFDI_HAS_ERRORS = _wrong(
    "cfdi_has_errors",
    "A CFDI whose XML is damaged or incomplete is not imported.",
    "errors",
    waits_for=WaitsFor.SUPPLIER,
)
NOT_DOWNLOADED = _waits(
    "not_downloaded",
    "A CFDI is imported only from its archived XML.",
    waits_for=WaitsFor.NEXT_CYCLE,
)
ARCHIVE_DAMAGED = _wrong(
    "archive_damaged",
    "A CFDI whose archived file was lost or changed on the disk is not imported, and keeps "
    "nobody else back.",
    "detail",
    waits_for=WaitsFor.ADMINISTRATOR,
)
NOT_APPROVED = declare(
    "not_approved",
    "A document that is not approved in the portal is not imported.",
    Severity.INFO,
    "status",
    exits=(Exit.DISMISS,),
    ages=False,
    waits_for=WaitsFor.PORTAL_USER,
)
CANCELLED_BEFORE_IMPORT = declare(
    "cancelled_before_import",
    "A CFDI that was cancelled before its import is never imported.",
    Severity.INFO,
    "date",
    decides=Decides.OUT_OF_SCOPE,
    exits=(Exit.DISMISS,),
    ages=False,
)
CANCELLED_AFTER_IMPORT = declare(
    "cancelled_after_import",
    "A CFDI that is cancelled after its import is told, and nothing is reversed by itself.",
    Severity.ERROR,
    "document",
    decides=Decides.NOTE,
    exits=(Exit.DISMISS,),
    ages=False,
)
PAID_IN_PORTAL_NOT_IN_SAGE = _waits(
    "paid_in_portal_not_in_sage",
    "An invoice that the portal has as paid and that Sage lacks is imported only when a "
    "person admits it.",
    "status",
    exits=(Exit.ADMIT, Exit.LINK, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
POSSIBLE_DUPLICATE = _waits(
    "possible_duplicate",
    "An invoice is not imported while Sage has a document without UUID of the same vendor, "
    "currency and total within 30 days.",
    "document",
    "dated",
    exits=_ALL,
    waits_for=WaitsFor.DECISION,
)
LOOKS_LIKE_PO_INVOICE = _waits(
    "looks_like_po_invoice",
    "An invoice that names no order is not imported while the vendor has an uninvoiced "
    "receipt whose total matches within 1 %.",
    "receipt",
    "po_number",
    exits=_ALL,
    waits_for=WaitsFor.DECISION,
)
ORIGINAL_IN_SAGE = _waits(
    "original_in_sage",
    "A substitute is not imported while the CFDI that it replaces is in Sage.",
    "original",
    "document",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.DECISION,
)
PARENT_NOT_POSTED = _waits(
    "parent_not_posted",
    "A credit note is imported when the invoice that it lowers is posted in Sage.",
    "parent",
    exits=_ALL,
    waits_for=WaitsFor.ACCOUNTANT,
)
CREDIT_NOTE_UNAPPLIED = declare(
    "credit_note_unapplied",
    "A credit note whose invoice is settled, smaller or not the only one is imported "
    "without being applied.",
    Severity.WARNING,
    "parents",
    exits=(Exit.DISMISS,),
    ages=False,
    decides=Decides.NOTE,
)

# What Sage needs.
NUMBER_TAKEN = _waits(
    "number_taken",
    "An invoice is not imported under a number that the vendor has in Sage already.",
    "document",
    exits=_ALL,
    waits_for=WaitsFor.DECISION,
)
PERIOD_CLOSED = _waits(
    "period_closed",
    "An invoice is imported into an open period, and waits when there is none for its "
    "posting date.",
    "date",
    waits_for=WaitsFor.ADMINISTRATOR,
)
RATE_MISSING = _waits(
    "rate_missing",
    "A CFDI in another currency is not imported without its exchange rate.",
    "currency",
    waits_for=WaitsFor.ACCOUNTANT,
)
NO_TAX_GROUP = _waits(
    "no_tax_group",
    "A CFDI is imported only with a Sage tax group that is set for its taxes.",
    "taxes",
    waits_for=WaitsFor.ADMINISTRATOR,
)
NO_TAX_CLASS = _waits(
    "no_tax_class",
    "A CFDI is imported only with Sage tax classes that are set for its rates.",
    "rate",
    waits_for=WaitsFor.ADMINISTRATOR,
)
NO_ACCOUNT_FOR_LINE = _waits(
    "no_account_for_line",
    "A line is imported only to an account that the settings name for its product, its "
    "vendor or all.",
    "line",
    "product",
    waits_for=WaitsFor.ADMINISTRATOR,
)
ACCOUNT_UNUSABLE = _waits(
    "account_unusable",
    "A line is imported only to an account or distribution code that is active in Sage.",
    "account",
    waits_for=WaitsFor.ADMINISTRATOR,
)
ACCOUNT_OF_TAX_MISSING = _waits(
    "account_of_tax_missing",
    "A withholding or local tax is imported only to an account that is set for it.",
    "tax",
    "amount",
    waits_for=WaitsFor.ADMINISTRATOR,
)
OPTIONAL_FIELD_UNUSABLE = _waits(
    "optional_field_unusable",
    "Nothing is imported while Sage's optional field cannot hold the UUID, because the UUID "
    "is what confirms the import.",
    "field",
    "length",
    waits_for=WaitsFor.ADMINISTRATOR,
)
TAX_NOT_KNOWN = _waits(
    "tax_not_known",
    "A CFDI with a tax that the SAT's catalogue of taxes does not have is not imported.",
    "tax",
    exits=_ALL,
    waits_for=WaitsFor.ACCOUNTANT,
)
LINES_DIFFER_FROM_SUBTOTAL = _waits(
    "lines_differ_from_subtotal",
    "A CFDI is imported only when its lines add up to its subtotal less its discount.",
    "lines",
    "subtotal",
    exits=_ALL,
    waits_for=WaitsFor.ACCOUNTANT,
)
TOO_MANY_LINES = _waits(
    "too_many_lines",
    "A CFDI without lines, or with more than a Sage entry takes, is not imported.",
    "lines",
    "most",
    exits=_ALL,
    waits_for=WaitsFor.ACCOUNTANT,
)
TAX_NOT_REPRODUCIBLE = _waits(
    "tax_not_reproducible",
    "A CFDI is imported only when Sage will book its taxes to the cent.",
    "cfdi_tax",
    "sage_tax",
    waits_for=WaitsFor.ACCOUNTANT,
)
READ_BACK_DIFFERS = declare(
    "read_back_differs",
    "What was created in Sage is read back, and a difference is told before anybody posts it.",
    Severity.ERROR,
    "entry",
    "difference",
    exits=_LINK_OR_END,
    waits_for=WaitsFor.ACCOUNTANT,
)
