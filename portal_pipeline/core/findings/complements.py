"""Findings of payment complements on their way back to Sage (rules 8)."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

_PERSON = (Exit.REQUEUE, Exit.DISMISS)

# The complement.
COMPLEMENT_NOT_APPROVED = declare(
    "complement_not_approved",
    "A complement is written to Sage once it is approved in the portal.",
    Severity.INFO,
    "status",
    exits=_PERSON,
    ages=False,
    waits_for=WaitsFor.PORTAL_USER,
)
COMPLEMENT_CANCELLED = declare(
    "complement_cancelled",
    "A cancelled complement is not written to Sage.",
    Severity.INFO,
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
COMPLEMENT_WITHOUT_STAMP_DATE = declare(
    "complement_without_stamp_date",
    "A complement without stamping date is not written, because Sage keeps the date beside "
    "the UUID.",
    Severity.ERROR,
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)
COMPLEMENT_SEAL_BROKEN = declare(
    "complement_seal_broken",
    "A complement whose seal does not sign its content is not written to Sage.",
    Severity.ERROR,
    exits=_PERSON,
    waits_for=WaitsFor.SUPPLIER,
)
PAYMENT_NOT_OURS = declare(
    "payment_not_ours",
    "A complement of portal payments that do not come from Sage has nothing to be written to.",
    Severity.INFO,
    "portal_ids",
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
PAYMENT_NOT_IN_SAGE = declare(
    "payment_not_in_sage",
    "A complement waits until Sage has posted the payment that it documents.",
    Severity.WARNING,
    "payments",
    exits=_PERSON,
    waits_for=WaitsFor.TREASURY,
)
COMPLEMENT_WITHOUT_PAYMENT = declare(
    "complement_without_payment",
    "A complement without a payment in the portal is matched by invoice, amount and date, "
    "and only when the match is unique.",
    Severity.WARNING,
    "documents",
    exits=_PERSON,
    waits_for=WaitsFor.PORTAL_USER,
)

# The payment that it belongs to.
SQL_WRITES_OFF = declare(
    "sql_writes_off",
    "Complements are written to Sage's database only where the tenant allows it.",
    Severity.INFO,
    "uuid",
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
OTHER_UUID_PRESENT = declare(
    "other_uuid_present",
    "A UUID that a payment has in Sage already is never overwritten, unless the complement "
    "substitutes that one or follows its cancellation.",
    Severity.ERROR,
    "stored",
    "offered",
    exits=_PERSON,
    retry=RetryClass.ON_CHANGE,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ACCOUNTANT,
)
COMPLEMENT_FIELD_UNUSABLE = declare(
    "complement_field_unusable",
    "A complement is written only to optional fields that exist in Sage and can hold a UUID "
    "and a date.",
    Severity.ERROR,
    "field",
    "reason",
    exits=_PERSON,
    waits_for=WaitsFor.ADMINISTRATOR,
)
SEVERAL_COMPLEMENTS = declare(
    "several_complements",
    "Of several valid complements of one payment the first stays in Sage, and all are "
    "linked to the payment.",
    Severity.INFO,
    "uuids",
    exits=(Exit.DISMISS,),
    ages=False,
    decides=Decides.NOTE,
)
