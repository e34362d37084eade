"""What of a CFDI enters Sage. Source: Web API sheet 11; CFDI sheet 3 and 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal_pipeline.core.cfdi import Cfdi, CfdiTax, Concept, DocumentFinding
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import CFDI_HAS_ERRORS, TAX_NOT_KNOWN
from portal_pipeline.core.invoices.models import ContentLine, ContentTax, InvoiceContent
from portal_pipeline.core.money import ZERO

TAX_NAMES: Mapping[str, str] = {"001": "ISR", "002": "IVA", "003": "IEPS"}
SHOWN_MAX = 3
"""Errors of a document that a finding names."""


def content_of(cfdi: Cfdi, errors: Sequence[DocumentFinding] = ()) -> InvoiceContent | Finding:
    """The content, or why it cannot be trusted or expressed in Sage."""
    wrong = [one for one in errors if one.severity == "error"]
    wrong.sort(key=lambda one: not one.code.startswith("seal"))  # why the others are errors
    serious = [f"{one.code}: {one.text}" for one in wrong]
    if serious:
        return CFDI_HAS_ERRORS(errors="; ".join(serious[:SHOWN_MAX]))
    unknown = _unknown_tax(cfdi)
    if unknown:
        return TAX_NOT_KNOWN(tax=unknown)
    if cfdi.issued_at is None:
        return CFDI_HAS_ERRORS(errors="Fecha")
    return InvoiceContent(
        uuid=cfdi.uuid,
        issuer_name=cfdi.issuer_name or cfdi.issuer_rfc,
        serie=cfdi.serie,
        folio=cfdi.folio,
        issued_on=cfdi.issued_at.date(),
        currency=cfdi.currency,
        exchange_rate=cfdi.exchange_rate,
        net=cfdi.subtotal - cfdi.discount,
        total=cfdi.total,
        local_charged=cfdi.local_charged,
        local_withheld=cfdi.local_withheld,
        lines=tuple(_line(concept) for concept in cfdi.concepts),
    )


def _unknown_tax(cfdi: Cfdi) -> str:
    """A tax that the catalogues of the SAT do not name; empty: none."""
    taxes = [tax for one in cfdi.concepts for tax in (*one.traslados, *one.retenciones)]
    for tax in taxes:
        if tax.impuesto not in TAX_NAMES:
            return f"tax {tax.impuesto}"
        if tax.tipo_factor not in ("Tasa", "Cuota", "Exento"):
            return f"tax {tax.impuesto} by {tax.tipo_factor or 'no factor'}"
    return ""


def _line(concept: Concept) -> ContentLine:
    return ContentLine(
        product=concept.clave_prod_serv,
        description=concept.descripcion,
        amount=concept.importe - concept.descuento,
        taxes=(
            *(_tax(tax, is_withheld=False) for tax in concept.traslados),
            *(_tax(tax, is_withheld=True) for tax in concept.retenciones),
        ),
    )


def _tax(tax: CfdiTax, *, is_withheld: bool) -> ContentTax:
    percent = (tax.tasa or ZERO) * 100 if tax.tipo_factor == "Tasa" else None
    return ContentTax(
        name=TAX_NAMES[tax.impuesto],
        percent=percent,
        amount=tax.importe or ZERO,
        is_withheld=is_withheld,
        is_per_unit=tax.tipo_factor == "Cuota",
        base=tax.base,
    )
