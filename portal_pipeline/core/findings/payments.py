"""Findings of payments (rules 6)."""

from portal_pipeline.core.findings.base import Exit, RetryClass, Severity, declare

_PERSON = (Exit.REQUEUE, Exit.DISMISS)

# Out of scope.
PREPAYMENT_NOT_SENT = declare("prepayment_not_sent", Severity.INFO, ages=False)
APPLY_DOCUMENT_NOT_SENT = declare("apply_document_not_sent", Severity.INFO, ages=False)
MISCELLANEOUS_PAYMENT_NOT_SENT = declare(
    "miscellaneous_payment_not_sent", Severity.INFO, ages=False
)
ADJUSTMENT_NOT_SENT = declare("adjustment_not_sent", Severity.INFO, ages=False)
NOTHING_APPLIED = declare("nothing_applied", Severity.INFO, ages=False)
NO_CASH_PAID = declare("no_cash_paid", Severity.INFO, ages=False)
REVERSED = declare("reversed", Severity.INFO, ages=False)
FOREIGN_DOCUMENTS = declare("foreign_documents", Severity.INFO, "vendor", ages=False)

# Waits of the payment itself.
PAYMENT_SETTLING = declare(
    "payment_settling", Severity.INFO, "minutes", exits=(Exit.DISMISS,), ages=False
)
PAYMENT_MISSING_IN_SAGE = declare("payment_missing_in_sage", Severity.ERROR, exits=_PERSON)
BANK_NOT_MAPPED = declare("bank_not_mapped", Severity.ERROR, "bank", exits=_PERSON)
BANK_ACCOUNT_UNKNOWN = declare(
    "bank_account_unknown", Severity.ERROR, "bank", "account", exits=_PERSON
)
NET_PAYMENT_NEEDS_ALLOCATION = declare(
    "net_payment_needs_allocation",
    Severity.ERROR,
    "amount",
    "allocated",
    "currency",
    exits=_PERSON,
)

# The gate; ``invoices`` names at most a few of the ``count`` that are concerned.
_INVOICES = ("count", "invoices")
INVOICE_NOT_CONFIRMED = declare(
    "invoice_not_confirmed", Severity.WARNING, *_INVOICES, exits=(Exit.LINK, *_PERSON)
)
INVOICE_WITHOUT_UUID = declare(
    "invoice_without_uuid", Severity.WARNING, *_INVOICES, exits=(Exit.LINK, *_PERSON)
)
INVOICE_NOT_IN_PORTAL = declare(
    "invoice_not_in_portal", Severity.WARNING, *_INVOICES, exits=_PERSON
)
INVOICE_CANCELLED = declare("invoice_cancelled", Severity.ERROR, *_INVOICES, exits=_PERSON)
PROVIDER_DIFFERS = declare("provider_differs", Severity.ERROR, *_INVOICES, exits=_PERSON)
CFDI_CURRENCY_DIFFERS = declare("cfdi_currency_differs", Severity.ERROR, *_INVOICES, exits=_PERSON)
BALANCE_TOO_SMALL = declare("balance_too_small", Severity.ERROR, *_INVOICES, exits=_PERSON)
PUE_PAID_IN_PART = declare("pue_paid_in_part", Severity.ERROR, *_INVOICES, exits=_PERSON)
CREDIT_NOTE_NOT_APPLIED_IN_PORTAL = declare(
    "credit_note_not_applied_in_portal", Severity.WARNING, *_INVOICES, exits=_PERSON
)
IN_PORTAL_PAYMENT_ORDER = declare(
    "in_portal_payment_order", Severity.WARNING, *_INVOICES, exits=_PERSON
)

# What the portal holds or answers.
PAID_IN_PORTAL = declare(
    "paid_in_portal",
    Severity.ERROR,
    *_INVOICES,
    "payments",
    exits=(Exit.DISMISS, Exit.REQUEUE),
    retry=RetryClass.ON_CHANGE,
)
PORTAL_PAYMENT_DIFFERS = declare(
    "portal_payment_differs", Severity.ERROR, "portal_id", "differences", exits=_PERSON
)
PORTAL_PAYMENT_REJECTED = declare(
    "portal_payment_rejected", Severity.ERROR, "portal_id", exits=_PERSON
)
WAITING_FOR_SUPPLIER = declare(
    "waiting_for_supplier", Severity.WARNING, "invoices", "answer", exits=_PERSON
)
PORTAL_STATUS_CHANGED = declare(
    "portal_status_changed", Severity.INFO, "statuses", exits=_PERSON, ages=False
)
PORTAL_PAYMENT_UNREADABLE = declare(
    "portal_payment_unreadable", Severity.WARNING, "detail", exits=_PERSON
)

# After the upload.
REVERSED_AFTER_UPLOAD = declare("reversed_after_upload", Severity.ERROR, "portal_id", exits=_PERSON)
CANCEL_COMPLEMENT_FIRST = declare(
    "cancel_complement_first", Severity.ERROR, "portal_id", exits=_PERSON
)
REPLACES_REVERSED_PAYMENT = declare(
    "replaces_reversed_payment", Severity.WARNING, "earlier", exits=_PERSON
)
