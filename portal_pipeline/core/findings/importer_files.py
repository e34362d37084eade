"""Findings of the import program and of its files: addenda and provider XML (rules 5)."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    FindingKind,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)


def _stops(
    code: str, rule: str, severity: Severity, *params: str, waits_for: WaitsFor
) -> FindingKind:
    """What keeps an invoice's file from being written until a person has mended its source."""
    return declare(
        code,
        rule,
        severity,
        *params,
        waits_for=waits_for,
        exits=(Exit.REQUEUE, Exit.LINK, Exit.DISMISS),
        retry=RetryClass.ON_CHANGE,
    )


ADDENDA_OF_OTHER_SUPPLIER = _stops(
    "addenda_of_other_supplier",
    "The addenda carries the data of the document's own provider and of nobody else.",
    Severity.ERROR,
    "wanted",
    "provider",
    "name",
    waits_for=WaitsFor.PORTAL_USER,
)
ADDENDA_RFC_DIFFERS = _stops(
    "addenda_rfc_differs",
    "The addenda is written only when the CFDI's issuer is the RFC of its provider in the portal.",
    Severity.ERROR,
    "issuer_rfc",
    "provider_rfc",
    "name",
    waits_for=WaitsFor.PORTAL_USER,
)
ADDENDA_ORDER_UNCLEAR = _stops(
    "addenda_order_unclear",
    "The import program takes one purchase order, so a document linked to none by number or "
    "to several is not handed to it.",
    Severity.WARNING,
    "po_numbers",
    waits_for=WaitsFor.PORTAL_USER,
)
ADDENDA_NOT_INSERTED = _stops(
    "addenda_not_inserted",
    "The addenda is added without altering one byte of the signed CFDI, or not at all.",
    Severity.ERROR,
    "reason",
    waits_for=WaitsFor.SUPPLIER,
)
SUPPLIER_BANK_MISSING = _stops(
    "supplier_bank_missing",
    "Where the settings ask for the supplier's bank account, a document without one is not "
    "handed to the import program.",
    Severity.WARNING,
    "name",
    waits_for=WaitsFor.SUPPLIER,
)
IMPORTER_COMPANY_UNKNOWN = _stops(
    "importer_company_unknown",
    "Nothing is handed to the import program before its own id of the company is known.",
    Severity.WARNING,
    waits_for=WaitsFor.ADMINISTRATOR,
)

# The program and its folder.
WAITS_FOR_PROGRAM = declare(
    "waits_for_program",
    "A file in the import program's folder is imported when the program runs, and counts as "
    "done only when Sage shows the document.",
    Severity.WARNING,
    "file",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)
NOT_IMPORTED_BY_PROGRAM = declare(
    "not_imported_by_program",
    "A file that the import program took is not taken as imported while Sage does not show "
    "the document.",
    Severity.WARNING,
    "file",
    exits=(Exit.REQUEUE, Exit.LINK, Exit.DISMISS),
    waits_for=WaitsFor.ACCOUNTANT,
)
PROGRAM_UNUSABLE = declare(
    "program_unusable",
    "Documents wait while the import program cannot be run.",
    Severity.WARNING,
    "detail",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ADMINISTRATOR,
)
DOSSIER_NOT_READ = declare(
    "dossier_not_read",
    "An addenda is written when the provider's dossier has been read.",
    Severity.WARNING,
    "provider",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)

# A note on a supplier: nothing waits for it.
PAYMENT_FORM_NOT_SAT = declare(
    "payment_form_not_sat",
    "A payment form that is no two-digit SAT code is left empty in the provider's file.",
    Severity.WARNING,
    "name",
    "value",
    ages=False,
    decides=Decides.NOTE,
)
