"""Findings of payments (rules 6)."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

_PERSON = (Exit.REQUEUE, Exit.DISMISS)

# Out of scope.
PREPAYMENT_NOT_SENT = declare(
    "prepayment_not_sent",
    "A prepayment applies no invoice and is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
APPLY_DOCUMENT_NOT_SENT = declare(
    "apply_document_not_sent",
    "An entry that only applies documents to each other moves no money and is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
MISCELLANEOUS_PAYMENT_NOT_SENT = declare(
    "miscellaneous_payment_not_sent",
    "A miscellaneous payment has no documents of a supplier and is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
ADJUSTMENT_NOT_SENT = declare(
    "adjustment_not_sent",
    "An adjustment is no payment and is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
NOTHING_APPLIED = declare(
    "nothing_applied",
    "A payment on account, which applies no document, is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
NO_CASH_PAID = declare(
    "no_cash_paid",
    "A payment whose invoices are settled by credit notes alone moves no money and is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
REVERSED = declare(
    "reversed",
    "A payment that was reversed in Sage before it was sent is not sent.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
FOREIGN_DOCUMENTS = declare(
    "foreign_documents",
    "A payment to a foreign supplier, whose invoices have no UUID, is sent only where the "
    "tenant asks for it.",
    Severity.INFO,
    "vendor",
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)

# Waits of the payment itself.
PAYMENT_SETTLING = declare(
    "payment_settling",
    "A payment is sent when it has been left alone in Sage for the settling time.",
    Severity.INFO,
    "minutes",
    exits=(Exit.DISMISS,),
    ages=False,
    waits_for=WaitsFor.NEXT_CYCLE,
)
PAYMENT_MISSING_IN_SAGE = declare(
    "payment_missing_in_sage",
    "A payment that Sage no longer shows as posted is not sent.",
    Severity.ERROR,
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
PAYMENT_NUMBER_TWICE = declare(
    "payment_number_twice",
    "A payment number that stands on two posted payments of Sage is not sent, because the portal "
    "knows a payment by its number.",
    Severity.ERROR,
    "number",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
PAYMENT_WITHOUT_DATE = declare(
    "payment_without_date",
    "A payment is sent with its date in Sage, and waits when it has none.",
    Severity.ERROR,
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
PAYS_OTHER_DOCUMENTS = declare(
    "pays_other_documents",
    "A payment is sent only when all that it applies is invoices, debit notes, interest and credit "
    "notes.",
    Severity.ERROR,
    "documents",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
PAYMENT_RATE_MISSING = declare(
    "payment_rate_missing",
    "A payment in another currency than its invoices is sent only with its own exchange rate.",
    Severity.ERROR,
    "currency",
    "invoice_currency",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
BANK_NOT_MAPPED = declare(
    "bank_not_mapped",
    "A payment is sent only from a bank whose portal account is named, never from the "
    "portal's first one.",
    Severity.ERROR,
    "bank",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
BANK_ACCOUNT_UNKNOWN = declare(
    "bank_account_unknown",
    "A payment is sent only from an account that exists and is active in the portal.",
    Severity.ERROR,
    "bank",
    "account",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
NET_PAYMENT_NEEDS_ALLOCATION = declare(
    "net_payment_needs_allocation",
    "A payment is sent only when the cash of its invoices adds up to its amount, to the cent.",
    Severity.ERROR,
    "amount",
    "allocated",
    "currency",
    exits=_PERSON,
    waits_for=WaitsFor.ACCOUNTANT,
)

# The gate; ``invoices`` names at most a few of the ``count`` that are concerned.
_INVOICES = ("count", "invoices")
INVOICE_NOT_CONFIRMED = declare(
    "invoice_not_confirmed",
    "A payment is sent only when every invoice that it pays is posted in Sage and agrees "
    "with its CFDI.",
    Severity.WARNING,
    *_INVOICES,
    exits=(Exit.LINK, *_PERSON),
    waits_for=WaitsFor.ACCOUNTANT,
)
INVOICE_WITHOUT_UUID = declare(
    "invoice_without_uuid",
    "A payment is sent only when the UUID of every invoice that it pays is known.",
    Severity.WARNING,
    *_INVOICES,
    exits=(Exit.LINK, *_PERSON),
    waits_for=WaitsFor.ACCOUNTANT,
)
INVOICE_NOT_IN_PORTAL = declare(
    "invoice_not_in_portal",
    "A payment is sent only when the portal has every invoice that it pays.",
    Severity.WARNING,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.SUPPLIER,
)
INVOICE_CANCELLED = declare(
    "invoice_cancelled",
    "A payment is not sent while one of its invoices is cancelled.",
    Severity.ERROR,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.ACCOUNTANT,
)
PROVIDER_DIFFERS = declare(
    "provider_differs",
    "A payment is sent only when the provider of each invoice is the one that is paid.",
    Severity.ERROR,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.ACCOUNTANT,
)
CFDI_CURRENCY_DIFFERS = declare(
    "cfdi_currency_differs",
    "A payment is sent only when each CFDI is in the currency of the vendor that is paid.",
    Severity.ERROR,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.ACCOUNTANT,
)
BALANCE_TOO_SMALL = declare(
    "balance_too_small",
    "A payment is sent only when the portal's balance of each invoice covers what it gets, "
    "to the cent.",
    Severity.ERROR,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
PUE_PAID_IN_PART = declare(
    "pue_paid_in_part",
    "A PUE invoice is paid in one go: its payment is sent only when Sage and the portal are "
    "left with no balance.",
    Severity.ERROR,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
CREDIT_NOTE_NOT_APPLIED_IN_PORTAL = declare(
    "credit_note_not_applied_in_portal",
    "An invoice that Sage settles by a credit note is paid in the portal only after the "
    "credit note is applied there.",
    Severity.WARNING,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
IN_PORTAL_PAYMENT_ORDER = declare(
    "in_portal_payment_order",
    "A payment is not sent while one of its invoices is in a payment order of the portal.",
    Severity.WARNING,
    *_INVOICES,
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)

# What the portal holds or answers.
PAID_IN_PORTAL = declare(
    "paid_in_portal",
    "An invoice that a person has paid in the portal is not paid there again.",
    Severity.ERROR,
    *_INVOICES,
    "payments",
    exits=(Exit.DISMISS, Exit.REQUEUE),
    retry=RetryClass.ON_CHANGE,
    waits_for=WaitsFor.DECISION,
)
PORTAL_PAYMENT_DIFFERS = declare(
    "portal_payment_differs",
    "A portal payment under our number that is not the same payment is neither adopted nor "
    "overwritten.",
    Severity.ERROR,
    "portal_id",
    "differences",
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
PORTAL_PAYMENT_REJECTED = declare(
    "portal_payment_rejected",
    "A payment that is rejected in the portal is not sent again under its number.",
    Severity.ERROR,
    "portal_id",
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
WAITING_FOR_SUPPLIER = declare(
    "waiting_for_supplier",
    "A second instalment that the portal refuses waits until the supplier has sent the "
    "invoice again.",
    Severity.WARNING,
    "invoices",
    "answer",
    exits=_PERSON,
    waits_for=WaitsFor.SUPPLIER,
)
PORTAL_STATUS_CHANGED = declare(
    "portal_status_changed",
    "A refused instalment is tried again as soon as its invoice's status in the portal has "
    "changed.",
    Severity.INFO,
    "statuses",
    exits=_PERSON,
    ages=False,
    waits_for=WaitsFor.NEXT_CYCLE,
)
PORTAL_PAYMENT_UNREADABLE = declare(
    "portal_payment_unreadable",
    "A payment is not sent while it cannot be read whether the portal has it already.",
    Severity.WARNING,
    "detail",
    exits=_PERSON,
    waits_for=WaitsFor.NEXT_CYCLE,
)

# After the upload.
REVERSED_AFTER_UPLOAD = declare(
    "reversed_after_upload",
    "A payment that was reversed in Sage after it was sent is reported, and rejected in the "
    "portal only where the tenant allows it.",
    Severity.ERROR,
    "portal_id",
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
CANCEL_COMPLEMENT_FIRST = declare(
    "cancel_complement_first",
    "A reversed payment that has a complement is not rejected in the portal before the "
    "complement is cancelled.",
    Severity.ERROR,
    "portal_id",
    exits=_PERSON,
    waits_for=WaitsFor.SUPPLIER,
)
REPLACES_REVERSED_PAYMENT = declare(
    "replaces_reversed_payment",
    "A payment that replaces a reversed one waits until that one is out of the portal.",
    Severity.WARNING,
    "earlier",
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
