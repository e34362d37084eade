"""Findings of cfdi_download: documents that are not ours, files that are not what was listed."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    Severity,
    WaitsFor,
    declare,
)

OTHER_COMPANY = declare(
    "other_company",
    "A CFDI whose receiver is not the tenant's RFC is not the tenant's.",
    Severity.INFO,
    "receiver_rfc",
    "company_rfc",
    exits=(Exit.DISMISS,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
NOT_A_CFDI = declare(
    "not_a_cfdi",
    "Only documents that the portal lists as CFDI are taken, and types that the settings admit.",
    Severity.INFO,
    "document_type",
    exits=(Exit.DISMISS,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
CFDI_TYPE_NOT_TREATED = declare(
    "cfdi_type_not_treated",
    "Only invoices, credit notes and payment complements (types I, E and P) are taken.",
    Severity.INFO,
    "cfdi_type",
    exits=(Exit.DISMISS,),
    ages=False,
    decides=Decides.OUT_OF_SCOPE,
)
LISTED_WITHOUT_UUID = declare(
    "listed_without_uuid",
    "A document that the portal lists without UUID is not downloaded, because nothing could "
    "be matched to it.",
    Severity.WARNING,
    "portal_id",
    "status",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SUPPLIER,
)
LISTED_UNDER_ITS_UUID = declare(
    "listed_under_its_uuid",
    "A document that was listed without UUID is followed under its UUID once the list has it.",
    Severity.INFO,
    "uuid",
    decides=Decides.OUT_OF_SCOPE,
    exits=(Exit.DISMISS,),
    ages=False,
)
XML_MISSING = declare(
    "xml_missing",
    "A CFDI of which the portal gives no XML is asked for again until it does.",
    Severity.ERROR,
    "detail",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SUPPLIER,
)
XML_UNREADABLE = declare(
    "xml_unreadable",
    "A file that cannot be read as a CFDI is not archived as one.",
    Severity.ERROR,
    "verdict",
    "reason",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SUPPLIER,
)
XML_OF_OTHER_CFDI = declare(
    "xml_of_other_cfdi",
    "The XML that the portal gives must carry the UUID that it listed.",
    Severity.ERROR,
    "found",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SUPPLIER,
)
XML_RECEIVER_DIFFERS = declare(
    "xml_receiver_differs",
    "The XML must name the tenant's RFC as receiver, whatever the list says.",
    Severity.ERROR,
    "receiver_rfc",
    "company_rfc",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.SUPPLIER,
)
XML_CHANGED = declare(
    "xml_changed",
    "The first bytes of a CFDI are kept for good, and another file under the same UUID is "
    "reported and not taken.",
    Severity.ERROR,
    "archived",
    "received",
    exits=(Exit.REQUEUE, Exit.DISMISS),
    waits_for=WaitsFor.DECISION,
)
