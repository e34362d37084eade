"""Builds the CFDIs that the suppliers of the sandbox send.

Independent of :mod:`portal_pipeline.cfdi`, so that a mistake there is not repeated here.
"""

from portal_pipeline.sandbox.cfdi.build import build_complement, build_credit_note, build_invoice
from portal_pipeline.sandbox.cfdi.specs import (
    ComplementSpec,
    CreditNoteSpec,
    InvoiceSpec,
    LineSpec,
    PaidInvoiceSpec,
    PartySpec,
    PaymentSpec,
    TaxSpec,
    deterministic_uuid,
    exempt,
    ieps,
    isr_withheld,
    iva,
    iva_withheld,
)

__all__ = [
    "ComplementSpec",
    "CreditNoteSpec",
    "InvoiceSpec",
    "LineSpec",
    "PaidInvoiceSpec",
    "PartySpec",
    "PaymentSpec",
    "TaxSpec",
    "build_complement",
    "build_credit_note",
    "build_invoice",
    "deterministic_uuid",
    "exempt",
    "ieps",
    "isr_withheld",
    "iva",
    "iva_withheld",
]
