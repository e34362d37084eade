"""Findings of suppliers: matching (rules 2) and provider_sync (rules 3)."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

PROVIDER_CONFLICT = declare(
    "provider_conflict",
    "When Sage's PROVIDERID and the portal's external id name different suppliers, nothing "
    "of either goes.",
    Severity.ERROR,
    "vendor",
    "provider",
    "other",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ADMINISTRATOR,
)
RFC_MISMATCH = declare(
    "rfc_mismatch",
    "A vendor and a provider that are matched by their ids must not have different RFCs.",
    Severity.ERROR,
    "vendor",
    "vendor_rfc",
    "provider_rfc",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    retry=RetryClass.ON_CHANGE,
    decides=Decides.REJECT,
    waits_for=WaitsFor.ADMINISTRATOR,
)
RFC_NOT_COMPARABLE = declare(
    "rfc_not_comparable",
    "A blank or generic RFC is told and stops nothing.",
    Severity.WARNING,
    "vendor",
    "vendor_rfc",
    "provider_rfc",
    ages=False,
    decides=Decides.NOTE,
)
VENDOR_NOT_ON_PORTAL = declare(
    "vendor_not_on_portal",
    "Orders and payments of a vendor that is not on the portal are not sent.",
    Severity.INFO,
    "vendor",
    exits=(Exit.REQUEUE,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
PROVIDER_OF_OTHER_COMPANY = declare(
    "provider_of_other_company",
    "A provider that is not related to the tenant's company is not the tenant's.",
    Severity.INFO,
    "provider",
    "rfc",
    exits=(Exit.REQUEUE,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
PROVIDER_EXTERNAL_ID_MISSING = declare(
    "provider_external_id_missing",
    "An order or payment waits until the provider has an external id in the portal, which "
    "is written by itself.",
    Severity.WARNING,
    "provider",
    "vendor",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)
VENDOR_FOR_CURRENCY = declare(
    "vendor_for_currency",
    "A CFDI is booked to the one active vendor of its provider in its currency, and waits "
    "when there is none or several.",
    Severity.WARNING,
    "provider",
    "name",
    "currency",
    "found",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ADMINISTRATOR,
)

# provider_sync (rules 3): what it leaves out, what it waits for.
PROVIDER_DISABLED = declare(
    "provider_disabled",
    "A provider that is disabled in the portal is not looked after.",
    Severity.INFO,
    "provider",
    "status",
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
PROVIDER_GONE = declare(
    "provider_gone",
    "A provider that the portal no longer has is not looked after.",
    Severity.INFO,
    "provider",
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
DOSSIER_INCOMPLETE = declare(
    "dossier_incomplete",
    "A provider is brought to Sage when its dossier is accepted in the portal.",
    Severity.WARNING,
    "name",
    "status",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.PORTAL_USER,
)
VENDOR_TO_BE_CREATED = declare(
    "vendor_to_be_created",
    "Where vendors are created by hand, an unknown supplier is told with the data that a "
    "person needs.",
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
    waits_for=WaitsFor.ACCOUNTANT,
)
VENDOR_MAY_EXIST = declare(
    "vendor_may_exist",
    "A vendor is not created while Sage has one with the same RFC and without provider.",
    Severity.WARNING,
    "name",
    "rfc",
    "vendors",
    "provider",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
VENDOR_DEFAULT_MISSING = declare(
    "vendor_default_missing",
    "A vendor is created only with group, terms, tax group, currency and number that the "
    "settings give.",
    Severity.WARNING,
    "name",
    "missing",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ADMINISTRATOR,
)
VENDOR_NUMBER_TAKEN = declare(
    "vendor_number_taken",
    "A vendor is not created under a number that belongs to another.",
    Severity.ERROR,
    "name",
    "number",
    "holder",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
VENDOR_NUMBER_NOT_IN_SAGE = declare(
    "vendor_number_not_in_sage",
    "A provider whose external id names no vendor of Sage is not created under another number.",
    Severity.WARNING,
    "provider",
    "number",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ACCOUNTANT,
)
EXTERNAL_ID_FOLLOWS_VENDOR = declare(
    "external_id_follows_vendor",
    "The external id is written to the portal once the vendor exists in Sage.",
    Severity.INFO,
    "vendor",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.NEXT_CYCLE,
)
EXTERNAL_ID_DIFFERS = declare(
    "external_id_differs",
    "An external id that a person wrote in the portal is never overwritten.",
    Severity.WARNING,
    "provider",
    "wanted",
    "found",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.PORTAL_USER,
)
WEB_API_NOT_SET = declare(
    "web_api_not_set",
    "Vendors are written through Sage's Web API and by no other way.",
    Severity.WARNING,
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ADMINISTRATOR,
)
VENDOR_CHANGE_NOT_STORED = declare(
    "vendor_change_not_stored",
    "A change of a vendor is read back, and is not done when Sage did not keep it.",
    Severity.ERROR,
    "vendor",
    "fields",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.ADMINISTRATOR,
)

# Notes: nothing waits for them.
BANK_DATA_CHANGED = declare(
    "bank_data_changed",
    "A supplier's bank data are compared and told, and never written.",
    Severity.WARNING,
    "before",
    "now",
    "date",
    ages=False,
    decides=Decides.NOTE,
)
TERMS_NOT_MAPPED = declare(
    "terms_not_mapped",
    "Terms are compared only where the settings name Sage's terms for the credit days.",
    Severity.WARNING,
    "days",
    ages=False,
    decides=Decides.NOTE,
)
