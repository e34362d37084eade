"""Findings of payment complements on their way back to Sage (rules 8)."""

from portal_pipeline.core.findings.base import Exit, RetryClass, Severity, declare

_PERSON = (Exit.REQUEUE, Exit.DISMISS)

# The complement.
COMPLEMENT_NOT_APPROVED = declare(
    "complement_not_approved", Severity.INFO, "status", exits=_PERSON, ages=False
)
COMPLEMENT_CANCELLED = declare("complement_cancelled", Severity.INFO, ages=False)
COMPLEMENT_WITHOUT_STAMP_DATE = declare(
    "complement_without_stamp_date", Severity.ERROR, exits=_PERSON
)
COMPLEMENT_SEAL_BROKEN = declare("complement_seal_broken", Severity.ERROR, exits=_PERSON)
PAYMENT_NOT_OURS = declare("payment_not_ours", Severity.INFO, "portal_ids", ages=False)
PAYMENT_NOT_IN_SAGE = declare("payment_not_in_sage", Severity.WARNING, "payments", exits=_PERSON)
COMPLEMENT_WITHOUT_PAYMENT = declare(
    "complement_without_payment", Severity.WARNING, "documents", exits=_PERSON
)

# The payment that it belongs to.
SQL_WRITES_OFF = declare("sql_writes_off", Severity.INFO, "uuid", ages=False)
OTHER_UUID_PRESENT = declare(
    "other_uuid_present",
    Severity.ERROR,
    "stored",
    "offered",
    exits=_PERSON,
    retry=RetryClass.ON_CHANGE,
)
COMPLEMENT_FIELD_UNUSABLE = declare(
    "complement_field_unusable",
    Severity.ERROR,
    "field",
    "reason",
    exits=_PERSON,
)
SEVERAL_COMPLEMENTS = declare(
    "several_complements", Severity.INFO, "uuids", exits=(Exit.DISMISS,), ages=False
)
