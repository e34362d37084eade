"""Invoices and credit notes that a clerk captures against receipts (PO invoices)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.ap_batches import ApBatchActions, BatchKind
from portal_pipeline.sandbox.sage.company.ap_posting import post_batch
from portal_pipeline.sandbox.sage.company.entries import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    OptionalValue,
    PostingResult,
    SageRefused,
    TaxControl,
)
from portal_pipeline.sandbox.sage.company.order_totals import line_money
from portal_pipeline.sandbox.sage.company.purchasing import (
    active_vendor,
    tax_columns,
    vendor_columns,
)
from portal_pipeline.sandbox.sage.company.receiving import receipt_header, receipt_totals
from portal_pipeline.sandbox.sage.company.seed import ACCRUED_RECEIPTS
from portal_pipeline.sandbox.sage.company.taxes import LineTax, TaxGroup, calculated, numbered
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

UUID_FIELD = "FOLIOCFD"
FROM_RECEIPT = 1
"""POINVH1.FROMDOC: its values are not known; one of ours."""
FROM_RETURN, FROM_INVOICE = 4, 5
"""POCRNH1.FROMDOC."""
CREDIT_NOTE = 6
"""POCRNH1.TRANSTYPE."""


@dataclass(frozen=True, kw_only=True)
class Captured:
    """A purchase document that was captured, and the A/P batch that it made."""

    sequence: int
    """INVHSEQ or CRNHSEQ."""
    number: str
    total: Decimal
    """With tax."""
    batch: int
    entry: int
    posting: PostingResult | None
    """None: the batch is still open."""


class InvoicingActions(ApBatchActions):
    """What the clerk does who matches suppliers' invoices with receipts."""

    def capture_po_invoice(
        self,
        *,
        receipts: Sequence[str],
        number: str,
        uuid: str | None,
        on: date | None = None,
        posting_date: date | None = None,
        description: str = "",
        post: bool = True,
        uuid_reaches_ap: bool = False,
    ) -> Captured:
        """An invoice for whole receipts of one vendor (what was returned is left out).

        Makes POINVH1, its UUID in POINVHO, and a generated A/P batch (SRCEAPPL ``PO``,
        DRILLDWNLK = INVHSEQ) whose taxes are those of the receipts.

        Values:
            number: the supplier's (INVNUMBER); not unique in Sage.
            uuid: as the clerk types it; None: captured without.
            on: the invoice's date; None: today.
            posting_date: None: the invoice's date.
            post: post the A/P batch at once.
            uuid_reaches_ap: copy the UUID to the A/P entry too, as some sites set Sage up.

        Raises:
            SageRefused: ``receipt_invoiced``, ``vendors_differ``, ``nothing_to_invoice``.
        """
        with self.writing() as unit:
            headers = [receipt_header(unit, receipt) for receipt in receipts]
            first = _checked(headers)
            group = self._tax_group(unit, first["TAXGROUP"])
            lines = _invoiceable(unit, headers, group)
            fields = [OptionalValue(name=UUID_FIELD, value=uuid)] if uuid else []
            sequence = unit.take("po_invoice")
            day = on or unit.today
            invoice = {
                **_invoice_row(headers, lines, sequence, number, day),
                **tax_columns(group),
                **vendor_columns(active_vendor(unit, first["VDCODE"])),
                "DESCRIPTIO": description,
                "VALUES": len(fields),
            }
            unit.insert("POINVH1", invoice)
            unit.insert("POINVHO", *unit.optional_rows({"INVHSEQ": sequence}, fields))
            for header in headers:
                _mark_invoiced(unit, header, number, lines)
            entry = ApEntry(
                vendor=first["VDCODE"],
                number=number,
                document_date=day,
                posting_date=posting_date,
                description=description,
                rate=first["RATE"],
                po_number=lines[0]["PONUMBER"],
                tax_group=group.name,
                tax_control=TaxControl.ENTER,
                details=tuple(_detail(line) for line in lines),
                optional_fields=tuple(fields) if uuid_reaches_ap else (),
                drill_application="PO",
                drill_type=FROM_RECEIPT,
                drill_link=sequence,
            )
            return self._to_ap(unit, entry, invoice["DOCTOTAL"], post=post)

    def credit_po_invoice(
        self,
        *,
        vendor: str,
        invoice: str,
        number: str,
        uuid: str | None,
        net_amount: Decimal,
        on: date | None = None,
        return_number: str = "",
        post: bool = True,
        applies: bool = True,
        uuid_reaches_ap: bool = False,
    ) -> Captured:
        """A credit note against a captured PO invoice (POCRNH1), with its A/P batch.

        Values:
            net_amount: before tax; taxes by the invoice's group.
            return_number: of the goods' return it belongs to.
            applies: the A/P credit note names the invoice (INVCAPPLTO).

        Raises:
            SageRefused: ``poinvh1_unknown``.
        """
        with self.writing() as unit:
            key = {"VDCODE": vendor, "INVNUMBER": invoice}
            parent = unit.needed("POINVH1", key, *_PARENT)
            group = self._tax_group(unit, parent["TAXGROUP"])
            tax = calculated(group, net_amount)
            fields = [OptionalValue(name=UUID_FIELD, value=uuid)] if uuid else []
            sequence = unit.take("po_credit_note")
            day = on or unit.today
            note = {
                **_credit_row(parent, sequence, number, day, net_amount, tax),
                "FROMDOC": FROM_RETURN if return_number else FROM_INVOICE,
                "RETNUMBER": return_number,
                **tax_columns(group),
                **vendor_columns(active_vendor(unit, vendor)),
                "VALUES": len(fields),
            }
            unit.insert("POCRNH1", note)
            unit.insert("POCRNHO", *unit.optional_rows({"CRNHSEQ": sequence}, fields))
            entry = ApEntry(
                vendor=vendor,
                number=number,
                document_type=ApDocumentType.CREDIT_NOTE,
                document_date=day,
                rate=parent["RATE"],
                po_number=parent["PONUMBER"],
                applies_to=invoice if applies else "",
                tax_group=group.name,
                details=(ApDetail(amount=net_amount, gl_account=ACCRUED_RECEIPTS),),
                optional_fields=tuple(fields) if uuid_reaches_ap else (),
                drill_application="PO",
                drill_type=CREDIT_NOTE,
                drill_link=sequence,
            )
            return self._to_ap(unit, entry, note["DOCTOTAL"], post=post)

    def _to_ap(self, unit: Unit, entry: ApEntry, total: Decimal, *, post: bool) -> Captured:
        """The generated A/P batch of a purchase document."""
        batch = self._insert_batch(
            unit,
            description=f"Generated by PO {entry.number}",
            on=entry.document_date,
            source="PO",
            entries=[entry],
            kind=BatchKind.GENERATED,
        )
        return Captured(
            sequence=entry.drill_link,
            number=entry.number,
            total=total,
            batch=batch,
            entry=1,
            posting=post_batch(unit, batch) if post else None,
        )


_PARENT = (
    *("INVHSEQ", "INVNUMBER", "DATE", "PORHSEQ", "PONUMBER", "RCPHSEQ", "TAXGROUP"),
    *("CURRENCY", "RATE", "RATEOPER", "RATETYPE"),
)
_TO_CREDIT_NOTE = (
    *("INVHSEQ", "INVNUMBER", "PORHSEQ", "PONUMBER", "RCPHSEQ"),
    *("CURRENCY", "RATE", "RATEOPER", "RATETYPE"),
)


def _checked(headers: Sequence[Row]) -> Row:
    """The first receipt, when all can be invoiced together."""
    if not headers:
        raise SageRefused("nothing_to_invoice", "no receipt")
    if len({header["VDCODE"] for header in headers}) > 1:
        raise SageRefused("vendors_differ", ", ".join(h["RCPNUMBER"] for h in headers))
    for header in headers:
        if header["ISINVOICED"]:
            raise SageRefused("receipt_invoiced", header["RCPNUMBER"])
    return headers[0]


def _invoiceable(unit: Unit, headers: Sequence[Row], group: TaxGroup) -> list[dict[str, Any]]:
    """Receipt lines with what is left to invoice of them, and its money."""
    sequences = [header["RCPHSEQ"] for header in headers]
    lines = []
    for line in unit.rows("PORCPL", {"RCPHSEQ": sequences}):
        quantity = line["OQRECEIVED"] - line["OQRETURNED"]
        if quantity <= 0:
            continue
        if not line["OQRETURNED"]:
            lines.append(dict(line))
            continue
        share = line["EXTENDED"] * quantity / line["OQRECEIVED"] / quantity
        money = line_money(
            {**line, "OQORDERED": quantity, "UNITCOST": share, "DISCPCT": ZERO}, group
        )
        lines.append({**line, **money, "RQRECEIVED": quantity})
    if not lines:
        raise SageRefused("nothing_to_invoice", ", ".join(h["RCPNUMBER"] for h in headers))
    return lines


def _document_dates(day: date) -> dict[str, Any]:
    return {
        "DATE": day,
        "POSTDATE": day,
        "RATEDATE": day,
        "FISCYEAR": str(day.year),
        "FISCPERIOD": day.month,
        "ISCOMPLETE": 1,
        "DTCOMPLETE": day,
    }


def _invoice_row(
    headers: Sequence[Row],
    lines: Sequence[dict[str, Any]],
    sequence: int,
    number: str,
    day: date,
) -> dict[str, Any]:
    """POINVH1 without the copies of vendor and tax group."""
    first = headers[0]
    is_one = len(headers) == 1
    return {
        "INVHSEQ": sequence,
        "INVNUMBER": number,
        "FROMDOC": FROM_RECEIPT,
        "FORPRIMARY": 1,
        "TERMSCODE": first["TERMSCODE"],
        "MULTIRCP": int(not is_one),
        "RCPS": len(headers),
        "RCPHSEQ": first["RCPHSEQ"] if is_one else 0,
        "RCPNUMBER": first["RCPNUMBER"] if is_one else "",
        "RCPDATE": first["DATE"],
        "PORHSEQ": first["PORHSEQ"] if is_one else 0,
        "PONUMBER": first["PONUMBER"] if is_one else "",
        **{name: first[name] for name in ("CURRENCY", "RATE", "RATEOPER", "RATETYPE")},
        **_document_dates(day),
        **receipt_totals(lines),
    }


def _credit_row(
    parent: Row, sequence: int, number: str, day: date, net: Decimal, tax: LineTax
) -> dict[str, Any]:
    """POCRNH1 without its origin and the copies of vendor and tax group."""
    return {
        "CRNHSEQ": sequence,
        "CRNNUMBER": number,
        "TRANSTYPE": CREDIT_NOTE,
        "INVDATE": parent["DATE"],
        **{name: parent[name] for name in _TO_CREDIT_NOTE},
        **_document_dates(day),
        "LINES": 1,
        "EXTENDED": net,
        "AMOUNT": net,
        "DOCTOTAL": net + tax.total,
        "TXEXCLUDED": tax.total,
        "TAXAMOUNT": tax.total,
        **numbered("TAXBASE", tax.bases),
        **numbered("TXEXCLUDE", tax.amounts),
        **numbered("TAXAMOUNT", tax.amounts),
    }


def _mark_invoiced(unit: Unit, header: Row, number: str, lines: Sequence[dict[str, Any]]) -> None:
    """What an invoice changes in a receipt; INVLINES counts the invoice's lines (inferred)."""
    key = {"RCPHSEQ": header["RCPHSEQ"]}
    own = [line["RCPLREV"] for line in lines if line["RCPHSEQ"] == header["RCPHSEQ"]]
    unit.update("PORCPL", {**key, "RCPLREV": own}, INVLINES=1)
    unit.update(
        "PORCPH1",
        key,
        ISINVOICED=1,
        INVNUMBER=number,
        VENDSINVC=1,
        ISCOMPLETE=1,
        DTCOMPLETE=unit.today,
        LINESCMPL=len(own),
        VENDSCMPL=1,
    )


def _detail(line: dict[str, Any]) -> ApDetail:
    """The A/P detail of an invoiced receipt line, against the accrued receipts."""
    return ApDetail(
        amount=line["EXTENDED"],
        gl_account=ACCRUED_RECEIPTS,
        description=line["ITEMDESC"],
        tax_classes=tuple(line[f"TAXCLASS{n}"] for n in range(1, 6)),
        tax_bases=tuple(line[f"TAXBASE{n}"] for n in range(1, 6)),
        tax_amounts=tuple(line[f"TAXAMOUNT{n}"] for n in range(1, 6)),
        item=line["ITEMNO"][:16],
    )
