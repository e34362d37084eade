"""What the program does with a CFDI: a PO invoice, or an entry of the run's one A/P batch.

How the real program chooses receipts, accounts and taxes is not known. Here: the receipts of the
order that come to the CFDI's total; the account of the addenda, else the vendor's; the taxes of
the CFDI in the tax group of the addenda, else the vendor's.
"""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.sandbox.importer_program.documents import Invoice, Line, NotImported
from portal_pipeline.sandbox.importer_program.vendors import known_tax_group
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    BatchState,
    OptionalValue,
    SageCompany,
    TaxControl,
)
from portal_pipeline.sandbox.sage.company.invoicing import UUID_FIELD
from portal_pipeline.sandbox.sage.company.records import ReceiptRecord
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

MXP = "MXP"


class InvoiceImport:
    """One run's imports; its A/P entries share one open batch."""

    def __init__(self, company: SageCompany) -> None:
        self.written = 0
        """Documents that this run wrote to Sage."""
        self._company = company
        self._batch: int | None = None

    def run(self, invoice: Invoice) -> str:
        """Import a CFDI unless Sage holds its UUID; what was done, for the log.

        Raises:
            NotImported: the vendor, the receipts or a tax do not fit.
            SageRefused: Sage does not take it.
        """
        with self._company.reading() as unit:
            known = number_of(unit, invoice.uuid)
            vendor = unit.row("APVEN", {"VENDORID": invoice.vendor}) if invoice.vendor else None
        if known is not None:
            return f"ya existe en Sage como {known}"
        if vendor is None:
            raise NotImported(f"proveedor desconocido: {invoice.vendor or 'sin external_id'}")
        if not invoice.number:
            raise NotImported("sin serie ni folio")
        is_against_order = invoice.order and not invoice.is_credit_note
        done = (
            self._against_order(invoice) if is_against_order else self._to_payables(invoice, vendor)
        )
        self.written += 1
        return done

    def _against_order(self, invoice: Invoice) -> str:
        captured = self._company.capture_po_invoice(
            receipts=_fitting(self._company.receipts(), invoice),
            number=invoice.number,
            uuid=invoice.uuid,
            on=invoice.issued_on,
            description="Importado",
            post=False,
        )
        return f"contra OC {invoice.order}: lote {captured.batch}"

    def _to_payables(self, invoice: Invoice, vendor: Row) -> str:
        entry = self._entry(invoice, vendor)
        if self._batch is None:
            self._batch = self._company.create_ap_invoice_batch(
                description=f"Importa facturas {self._company.today:%Y-%m-%d}",
                date=self._company.today,
                entries=[entry],
            )
            number = 1
        else:
            (number,) = self._company.append_ap_entries(batch=self._batch, entries=[entry])
        return f"a CxP: lote {self._batch} entrada {number}"

    def _entry(self, invoice: Invoice, vendor: Row) -> ApEntry:
        group = self._company.tax_group(
            known_tax_group(self._company, invoice.tax_group) or vendor["CODETAXGRP"]
        )
        if strange := set(invoice.taxes) - set(group.authorities):
            raise NotImported(f"el grupo {group.name} no tiene {', '.join(sorted(strange))}")
        with self._company.reading() as unit:
            has_account = unit.row("GLAMF", {"ACCTID": invoice.account}, "ACCTID") is not None
            parents = [number_of(unit, uuid) for uuid in invoice.related]
        account = invoice.account if has_account else vendor["GLACCNT"]
        return ApEntry(
            vendor=invoice.vendor,
            number=invoice.number,
            document_type=(
                ApDocumentType.CREDIT_NOTE if invoice.is_credit_note else ApDocumentType.INVOICE
            ),
            document_date=invoice.issued_on,
            description="Importado",
            currency=invoice.currency,
            rate=invoice.rate if invoice.currency != MXP else None,
            applies_to=next(filter(None, parents), "") if invoice.is_credit_note else "",
            tax_group=group.name,
            tax_control=TaxControl.DISTRIBUTE,
            tax_amounts=tuple(invoice.taxes.get(name, ZERO) for name in group.authorities),
            document_total=invoice.total,
            details=tuple(
                ApDetail(
                    amount=amount,
                    gl_account=account,
                    distribution_code="" if account else vendor["DISTCODE"],
                    description=line.description[:60],
                )
                for line, amount in _net_amounts(invoice)
            ),
            optional_fields=(OptionalValue(name=UUID_FIELD, value=invoice.uuid),),
        )


def number_of(unit: Unit, uuid: str) -> str | None:
    """Number of the Sage document that carries a UUID, posted or not; None: there is none."""
    named = {"OPTFIELD": UUID_FIELD, "VALUE": [uuid, uuid.lower()]}
    for row in unit.rows("APIBHO", named, "CNTBTCH", "CNTITEM"):
        key = {"CNTBTCH": row["CNTBTCH"], "CNTITEM": row["CNTITEM"]}
        header = unit.row("APIBH", {**key, "ERRENTRY": 0}, "IDINVC")
        state = unit.needed("APIBC", {"CNTBTCH": row["CNTBTCH"]}, "BTCHSTTS")["BTCHSTTS"]
        if header is not None and state != BatchState.DELETED:
            return str(header["IDINVC"])
    posted = unit.row("APOBLO", named, "IDINVC")
    if posted is not None:
        return str(posted["IDINVC"])
    for fields, header_table, key_column, number in (
        ("POINVHO", "POINVH1", "INVHSEQ", "INVNUMBER"),
        ("POCRNHO", "POCRNH1", "CRNHSEQ", "CRNNUMBER"),
    ):
        found = unit.row(fields, named, key_column)
        if found is not None:
            own = unit.needed(header_table, {key_column: found[key_column]}, number)
            return str(own[number])
    return None


def _fitting(receipts: list[ReceiptRecord], invoice: Invoice) -> list[str]:
    """The receipts that the invoice is for: one of its total, else all that are open."""
    of_order = [
        one
        for one in receipts
        if one.vendor == invoice.vendor
        and not one.is_invoiced
        and any(line.po_number == invoice.order for line in one.lines)
    ]
    for one in of_order:
        if one.total == invoice.total:
            return [one.number]
    together = sum((one.total for one in of_order), ZERO)
    if not of_order or together != invoice.total:
        raise NotImported(f"las recepciones de {invoice.order} suman {together}")
    return [one.number for one in of_order]


def _net_amounts(invoice: Invoice) -> list[tuple[Line, Decimal]]:
    """The lines with what each adds to the document before tax; the last one takes the cents."""
    net = invoice.total - sum(invoice.taxes.values(), ZERO)
    *first, last = invoice.lines
    amounts = [cents(line.amount) for line in first]
    return [*zip(first, amounts, strict=True), (last, net - sum(amounts, ZERO))]
