"""Findings of the import program and of its files: addenda and provider XML (rules 5)."""

from portal_pipeline.core.findings.base import Exit, FindingKind, RetryClass, Severity, declare


def _stops(code: str, severity: Severity, *params: str) -> FindingKind:
    """What keeps an invoice's file from being written until a person has mended its source."""
    return declare(
        code,
        severity,
        *params,
        exits=(Exit.REQUEUE, Exit.LINK, Exit.DISMISS),
        retry=RetryClass.ON_CHANGE,
    )


ADDENDA_OF_OTHER_SUPPLIER = _stops(
    "addenda_of_other_supplier", Severity.ERROR, "wanted", "provider", "name"
)
ADDENDA_RFC_DIFFERS = _stops(
    "addenda_rfc_differs", Severity.ERROR, "issuer_rfc", "provider_rfc", "name"
)
ADDENDA_ORDER_UNCLEAR = _stops("addenda_order_unclear", Severity.WARNING, "po_numbers")
ADDENDA_NOT_INSERTED = _stops("addenda_not_inserted", Severity.ERROR, "reason")
SUPPLIER_BANK_MISSING = _stops("supplier_bank_missing", Severity.WARNING, "name")
IMPORTER_COMPANY_UNKNOWN = _stops("importer_company_unknown", Severity.WARNING)

# The program and its folder.
WAITS_FOR_PROGRAM = declare(
    "waits_for_program", Severity.WARNING, "file", exits=(Exit.REQUEUE, Exit.DISMISS)
)
NOT_IMPORTED_BY_PROGRAM = declare(
    "not_imported_by_program",
    Severity.WARNING,
    "file",
    exits=(Exit.REQUEUE, Exit.LINK, Exit.DISMISS),
)
PROGRAM_UNUSABLE = declare(
    "program_unusable", Severity.WARNING, "detail", exits=(Exit.REQUEUE, Exit.DISMISS)
)
DOSSIER_NOT_READ = declare(
    "dossier_not_read", Severity.WARNING, "provider", exits=(Exit.REQUEUE, Exit.DISMISS)
)

# A note on a supplier: nothing waits for it.
PAYMENT_FORM_NOT_SAT = declare(
    "payment_form_not_sat", Severity.WARNING, "name", "value", ages=False
)
