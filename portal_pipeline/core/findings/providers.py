"""Findings of suppliers: matching (rules 2) and provider_sync (rules 3)."""

from portal_pipeline.core.findings.base import Exit, RetryClass, Severity, declare

PROVIDER_CONFLICT = declare(
    "provider_conflict",
    Severity.ERROR,
    "vendor",
    "provider",
    "other",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
)
RFC_MISMATCH = declare(
    "rfc_mismatch",
    Severity.ERROR,
    "vendor",
    "vendor_rfc",
    "provider_rfc",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
)
RFC_NOT_COMPARABLE = declare(
    "rfc_not_comparable",
    Severity.WARNING,
    "vendor",
    "vendor_rfc",
    "provider_rfc",
    ages=False,
)
VENDOR_NOT_ON_PORTAL = declare(
    "vendor_not_on_portal", Severity.INFO, "vendor", exits=(Exit.REQUEUE,), ages=False
)
PROVIDER_OF_OTHER_COMPANY = declare(
    "provider_of_other_company",
    Severity.INFO,
    "provider",
    "rfc",
    exits=(Exit.REQUEUE,),
    ages=False,
)
PROVIDER_EXTERNAL_ID_MISSING = declare(
    "provider_external_id_missing",
    Severity.WARNING,
    "provider",
    "vendor",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_FOR_CURRENCY = declare(
    "vendor_for_currency",
    Severity.WARNING,
    "provider",
    "name",
    "currency",
    "found",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)

# provider_sync (rules 3): what it leaves out, what it waits for.
PROVIDER_DISABLED = declare("provider_disabled", Severity.INFO, "provider", "status", ages=False)
PROVIDER_GONE = declare("provider_gone", Severity.INFO, "provider", ages=False)
DOSSIER_INCOMPLETE = declare(
    "dossier_incomplete",
    Severity.WARNING,
    "name",
    "status",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_TO_BE_CREATED = declare(
    "vendor_to_be_created",
    Severity.WARNING,
    "provider",
    "name",
    "rfc",
    "type",
    "currency",
    "credit_days",
    "address",
    "contact",
    "number",
    "namesakes",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_MAY_EXIST = declare(
    "vendor_may_exist",
    Severity.WARNING,
    "name",
    "rfc",
    "vendors",
    "provider",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_DEFAULT_MISSING = declare(
    "vendor_default_missing",
    Severity.WARNING,
    "name",
    "missing",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_NUMBER_TAKEN = declare(
    "vendor_number_taken",
    Severity.ERROR,
    "name",
    "number",
    "holder",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
VENDOR_NUMBER_NOT_IN_SAGE = declare(
    "vendor_number_not_in_sage",
    Severity.WARNING,
    "provider",
    "number",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
EXTERNAL_ID_FOLLOWS_VENDOR = declare(
    "external_id_follows_vendor",
    Severity.INFO,
    "vendor",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
EXTERNAL_ID_DIFFERS = declare(
    "external_id_differs",
    Severity.WARNING,
    "provider",
    "wanted",
    "found",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
WEB_API_NOT_SET = declare("web_api_not_set", Severity.WARNING, exits=(Exit.REQUEUE, Exit.DISMISS))
VENDOR_CHANGE_NOT_STORED = declare(
    "vendor_change_not_stored",
    Severity.ERROR,
    "vendor",
    "fields",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)

# Notes: nothing waits for them.
BANK_DATA_CHANGED = declare(
    "bank_data_changed", Severity.WARNING, "before", "now", "date", ages=False
)
TERMS_NOT_MAPPED = declare("terms_not_mapped", Severity.WARNING, "days", ages=False)
