"""Findings that no story and no scenario produces yet, with the reason; other tests prove them."""

_PROGRAM = "needs the import program beside the company; its own contract tests produce it"
_NO_DEED = "nobody in the sandbox can do this yet"

NOT_YET: dict[str, str] = {
    "addenda_not_inserted": _PROGRAM,
    "addenda_of_other_supplier": _PROGRAM,
    "addenda_order_unclear": _PROGRAM,
    "addenda_rfc_differs": _PROGRAM,
    "dossier_not_read": _PROGRAM,
    "importer_company_unknown": _PROGRAM,
    "not_imported_by_program": _PROGRAM,
    "payment_form_not_sat": _PROGRAM,
    "program_unusable": _PROGRAM,
    "supplier_bank_missing": _PROGRAM,
    "cfdi_has_errors": "needs the extra that verifies seals; a contract test produces it with that",
    "cfdi_type_not_treated": "the portal lists payroll and transfer under no kind that we ask for",
    "complement_seal_broken": "needs the extra that verifies seals; a unit test decides it",
    "complement_without_stamp_date": "the sandbox's portal always gives the stamping date",
    "listed_without_uuid": "the sandbox's portal lists nothing without a UUID",
    "next_cycle": "needs a step that runs out of time; contract tests of the program produce it",
    "no_account_for_line": "every vendor of the sandbox has a distribution set",
    "not_downloaded": "needs an archive that lost a file; a contract test produces it in a dry run",
    "po_missing_in_portal": _NO_DEED + ": an order cannot be deleted in the portal",
    "provider_gone": _NO_DEED + ": a provider cannot be deleted in the portal",
    "too_many_lines": "needs a CFDI longer than a Sage entry takes; a unit test produces it",
    "unexpected_error": "a defect by definition; tests of the write protocol produce it",
}
