"""Findings of cfdi_download: documents that are not ours, files that are not what was listed."""

from portal_pipeline.core.findings.base import Exit, Severity, declare

OTHER_COMPANY = declare(
    "other_company",
    Severity.INFO,
    "receiver_rfc",
    "company_rfc",
    exits=(Exit.DISMISS,),
    ages=False,
)
NOT_A_CFDI = declare(
    "not_a_cfdi", Severity.INFO, "document_type", exits=(Exit.DISMISS,), ages=False
)
CFDI_TYPE_NOT_TREATED = declare(
    "cfdi_type_not_treated", Severity.INFO, "cfdi_type", exits=(Exit.DISMISS,), ages=False
)
LISTED_WITHOUT_UUID = declare(
    "listed_without_uuid",
    Severity.WARNING,
    "portal_id",
    "status",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
XML_MISSING = declare("xml_missing", Severity.ERROR, "detail", exits=(Exit.REQUEUE, Exit.DISMISS))
XML_UNREADABLE = declare(
    "xml_unreadable", Severity.ERROR, "verdict", "reason", exits=(Exit.REQUEUE, Exit.DISMISS)
)
XML_OF_OTHER_CFDI = declare(
    "xml_of_other_cfdi", Severity.ERROR, "found", exits=(Exit.REQUEUE, Exit.DISMISS)
)
XML_RECEIVER_DIFFERS = declare(
    "xml_receiver_differs",
    Severity.ERROR,
    "receiver_rfc",
    "company_rfc",
    exits=(Exit.REQUEUE, Exit.DISMISS),
)
XML_CHANGED = declare(
    "xml_changed", Severity.ERROR, "archived", "received", exits=(Exit.REQUEUE, Exit.DISMISS)
)
