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
