"""Which way a document enters Sage, by its class. Source: rules 5 "Then route"."""

from __future__ import annotations

from enum import StrEnum

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.listed import ListedCfdi
from portal_pipeline.core.tenant import ImportRules, Route


class DocumentClass(StrEnum):
    """Classes that a tenant routes each its own way."""

    INVOICE = "invoice"
    """Without purchase order."""
    PO_INVOICE = "po_invoice"
    CREDIT_NOTE = "credit_note"
    ADVANCE = "advance"
    """An advance, or the application of one (relation 07)."""


def class_of(listed: ListedCfdi) -> DocumentClass:
    """Class of a document; an advance stays one whatever else it names."""
    if listed.is_advance:
        return DocumentClass.ADVANCE
    if listed.kind == DocumentKind.CREDIT_NOTE:
        return DocumentClass.CREDIT_NOTE
    return DocumentClass.PO_INVOICE if listed.po_numbers else DocumentClass.INVOICE


def route_of(document_class: DocumentClass, rules: ImportRules) -> Route:
    """The tenant's route for a class."""
    return {
        DocumentClass.INVOICE: rules.invoice_route,
        DocumentClass.PO_INVOICE: rules.po_invoice_route,
        DocumentClass.CREDIT_NOTE: rules.credit_note_route,
        DocumentClass.ADVANCE: rules.advance_route,
    }[document_class]
