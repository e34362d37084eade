"""Reads for the world and the judge: a handful of statements each, whatever the size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.sage.authorisation_tables import AUTORIZA_OC, AUTORIZA_OC_DETALLE
from portal_pipeline.sandbox.sage.company.invoicing import UUID_FIELD
from portal_pipeline.sandbox.sage.company.order_totals import NOT_COMPLETE
from portal_pipeline.sandbox.sage.company.payment_entries import PAYMENTS
from portal_pipeline.sandbox.sage.company.payment_posting import REVERSED
from portal_pipeline.sandbox.sage.company.records import (
    AppliedRecord,
    InvoiceRecord,
    OrderLineRecord,
    OrderRecord,
    PaymentRecord,
    ReceiptLineRecord,
    ReceiptRecord,
    VendorRecord,
)
from portal_pipeline.sandbox.sage.company.store import CompanyStore
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

Rows = Iterable[Row]
_RATES = tuple(f"TAXRATE{n}" for n in range(1, 6))
_TAXES = tuple(f"TAXAMOUNT{n}" for n in range(1, 6))


class CompanyReads(CompanyStore):
    """Everything that can be asked of a company; lists are in the order of their keys."""

    def vendors(self) -> list[VendorRecord]:
        """All vendors."""
        with self.reading() as unit:
            fields = _fields(unit.rows("APVENO", {}, "VENDORID", *_FIELD), "VENDORID")
            return [
                VendorRecord(
                    vendor=row["VENDORID"],
                    name=row["VENDNAME"],
                    currency=row["CURNCODE"],
                    group=row["IDGRP"],
                    terms=row["TERMSCODE"],
                    tax_group=row["CODETAXGRP"],
                    is_active=bool(row["SWACTV"]),
                    optional_fields=fields[(row["VENDORID"],)],
                )
                for row in unit.rows("APVEN", {}, *_VENDOR)
            ]

    def purchase_orders(self, *numbers: str) -> list[OrderRecord]:
        """Purchase orders by number; without numbers: all."""
        approved = self._authorisations()
        with self.reading() as unit:
            wanted: dict[str, Any] = {"PONUMBER": list(numbers)} if numbers else {}
            headers = unit.rows("POPORH1", wanted, *_ORDER)
            key = {"PORHSEQ": [row["PORHSEQ"] for row in headers]} if numbers else {}
            lines = _grouped(unit.rows("POPORL", key, "PORHSEQ", *_ORDER_LINE), "PORHSEQ")
            fields = _fields(unit.rows("POPORHO", key, "PORHSEQ", *_FIELD), "PORHSEQ")
            return [
                _order(row, lines[(row["PORHSEQ"],)], fields[(row["PORHSEQ"],)], approved)
                for row in headers
            ]

    def purchase_order(self, number: str) -> OrderRecord:
        """One purchase order.

        Raises:
            KeyError: when there is none of that number.
        """
        found = self.purchase_orders(number)
        if not found:
            raise KeyError(number)
        return found[0]

    def receipts(self) -> list[ReceiptRecord]:
        """All receipts with their lines."""
        with self.reading() as unit:
            lines = _grouped(unit.rows("PORCPL", {}, "RCPHSEQ", *_RECEIPT_LINE), "RCPHSEQ")
            return [
                ReceiptRecord(
                    number=row["RCPNUMBER"],
                    sequence=row["RCPHSEQ"],
                    vendor=row["VDCODE"],
                    received_on=row["DATE"],
                    total=row["DOCTOTAL"],
                    is_invoiced=bool(row["ISINVOICED"]),
                    lines=tuple(_receipt_line(line) for line in lines[(row["RCPHSEQ"],)]),
                )
                for row in unit.rows("PORCPH1", {}, *_RECEIPT)
            ]

    def invoices(self) -> list[InvoiceRecord]:
        """All A/P documents: batch entries, and posted documents whose batch was cleared.

        An entry and its copy in an error batch are two. Deleted batches are left out.
        """
        with self.reading() as unit:
            return list(_invoices(unit))

    def payments(self) -> list[PaymentRecord]:
        """All payment entries with what they apply."""
        with self.reading() as unit:
            kind = {"BTCHTYPE": PAYMENTS}
            place = ("CNTBTCH", "CNTENTR")
            states = {
                row["CNTBTCH"]: row["BATCHSTAT"]
                for row in unit.rows("APBTA", {"PAYMTYPE": PAYMENTS}, "CNTBTCH", "BATCHSTAT")
            }
            names = ("CNTBTCH", "CNTRMIT")
            lines = _grouped(unit.rows("APTCP", {"BATCHTYPE": PAYMENTS}, *names, *_APPLIED), *names)
            fields = _fields(unit.rows("APTCRO", kind, *place, *_FIELD), *place)
            reversed_numbers = {
                row["IDINVC"] for row in unit.rows("APPYM", {"SWCHKCLRD": REVERSED}, "IDINVC")
            }
            return [
                _payment(row, states, lines, fields, reversed_numbers)
                for row in unit.rows("APTCR", kind, *place, *_PAYMENT)
                if row["CNTBTCH"] in states
            ]

    def orders_once_authorised(self) -> frozenset[str]:
        """Numbers of orders that somebody authorised, even if it was withdrawn."""
        if self.authorisation_engine is None:
            return frozenset()
        known = select(AUTORIZA_OC.c.PONumber).where(AUTORIZA_OC.c.Empresa == self.empresa)
        with self.authorisation_engine.connect() as connection:
            return frozenset(connection.execute(known).scalars())

    def portal_accounts(self) -> Mapping[str, str]:
        """The portal's account id by bank (BKACCT.ADDR1); empty: none."""
        with self.reading() as unit:
            return {row["BANK"]: row["ADDR1"] for row in unit.rows("BKACCT", {}, "BANK", "ADDR1")}

    def _authorisations(self) -> Mapping[str, date]:
        """Latest approval date by PO number, of what is approved now."""
        if self.authorisation_engine is None:
            return {}
        approved = select(AUTORIZA_OC.c.PONumber).where(
            AUTORIZA_OC.c.Empresa == self.empresa, AUTORIZA_OC.c.Autorizada == 1
        )
        steps = select(AUTORIZA_OC_DETALLE.c.PONumber, AUTORIZA_OC_DETALLE.c.Fecha).where(
            AUTORIZA_OC_DETALLE.c.Empresa == self.empresa
        )
        latest: dict[str, date] = {}
        with self.authorisation_engine.connect() as connection:
            numbers = set(connection.execute(approved).scalars())
            for number, day in connection.execute(steps):
                if number in numbers and day is not None:
                    latest[number] = max(day, latest.get(number, day))
        return latest


_FIELD = ("OPTFIELD", "VALUE")
_VENDOR = ("VENDORID", "VENDNAME", "CURNCODE", "IDGRP", "TERMSCODE", "CODETAXGRP", "SWACTV")
_ORDER = (
    *("PORHSEQ", "PONUMBER", "VDCODE", "DATE", "PORTYPE", "CURRENCY", "RATE", "DOCTOTAL"),
    *("TAXAMOUNT", "ONHOLD", "ISCOMPLETE", "DTCOMPLETE"),
)
_ORDER_LINE = (
    *("PORLSEQ", "ITEMNO", "ITEMDESC", "LOCATION", "ORDERUNIT", "ORDERCONV", "COMPLETION"),
    *("OQORDERED", "OQRECEIVED", "OQCANCELED", "OQOUTSTAND", "UNITCOST", "EXTENDED"),
    *("DISCOUNT", *_RATES, *_TAXES),
)
_RECEIPT = ("RCPHSEQ", "RCPNUMBER", "VDCODE", "DATE", "DOCTOTAL", "ISINVOICED")
_RECEIPT_LINE = ("RCPLSEQ", "PONUMBER", "PORLSEQ", "OQRECEIVED", "OQRETURNED", "INVLINES")
_ENTRY = (
    *("CNTBTCH", "CNTITEM", "IDVEND", "IDINVC", "TEXTTRX", "CODECURN", "AMTGROSDST"),
    *("DATEINVC", "DATEBUS", "PONBR", "ERRENTRY", "SRCEAPPL", "INVCAPPLTO"),
    *("DRILLAPP", "DRILLDWNLK"),
)
_DOCUMENT = (
    *("IDVEND", "IDINVC", "TXTTRXTYPE", "CODECURN", "AMTINVCTC", "AMTDUETC", "DATEINVC"),
    *("DATEBUS", "IDPONBR", "CNTBTCH", "CNTITEM", "SRCEAPPL"),
)
_APPLIED = ("IDINVC", "DOCTYPE", "AMTPAYM", "AMTERNDISC")
_PAYMENT = (
    *("DOCNBR", "ERRENTRY", "IDVEND", "IDBANK", "CODECURNBC", "CODECURN", "AMTRMIT"),
    *("AMTRMITTC", "RMITTYPE", "DATERMIT", "DATEBUS"),
)


def _grouped(rows: Rows, *key: str) -> Mapping[tuple[Any, ...], list[Row]]:
    """Rows by the values of columns."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in key)].append(row)
    return groups


def _fields(rows: Rows, *key: str) -> Mapping[tuple[Any, ...], dict[str, str]]:
    """Optional-field values by their parent's key."""
    groups: dict[tuple[Any, ...], dict[str, str]] = defaultdict(dict)
    for row in rows:
        groups[tuple(row[name] for name in key)][row["OPTFIELD"]] = row["VALUE"]
    return groups


def _order(
    row: Row, lines: Rows, fields: Mapping[str, str], approved: Mapping[str, date]
) -> OrderRecord:
    return OrderRecord(
        number=row["PONUMBER"],
        sequence=row["PORHSEQ"],
        vendor=row["VDCODE"],
        ordered_on=row["DATE"],
        order_type=row["PORTYPE"],
        currency=row["CURRENCY"],
        rate=row["RATE"],
        total=row["DOCTOTAL"],
        tax=row["TAXAMOUNT"],
        is_on_hold=bool(row["ONHOLD"]),
        is_complete=bool(row["ISCOMPLETE"]),
        completed_on=row["DTCOMPLETE"],
        lines=tuple(_order_line(line) for line in lines),
        optional_fields=fields,
        authorised_on=approved.get(row["PONUMBER"]),
    )


def _order_line(row: Row) -> OrderLineRecord:
    return OrderLineRecord(
        line=row["PORLSEQ"],
        item=row["ITEMNO"],
        description=row["ITEMDESC"],
        location=row["LOCATION"],
        unit=row["ORDERUNIT"],
        conversion=row["ORDERCONV"],
        ordered=row["OQORDERED"],
        received=row["OQRECEIVED"],
        cancelled=row["OQCANCELED"],
        outstanding=row["OQOUTSTAND"],
        unit_cost=row["UNITCOST"],
        extended=row["EXTENDED"],
        discount=row["DISCOUNT"],
        tax_rates=tuple(row[name] for name in _RATES),
        tax_amounts=tuple(row[name] for name in _TAXES),
        is_complete=row["COMPLETION"] != NOT_COMPLETE,
    )


def _receipt_line(row: Row) -> ReceiptLineRecord:
    return ReceiptLineRecord(
        line=row["RCPLSEQ"],
        po_number=row["PONUMBER"],
        po_line=row["PORLSEQ"],
        received=row["OQRECEIVED"],
        returned=row["OQRETURNED"],
        is_invoiced=row["INVLINES"] > 0,
    )


def _invoices(unit: Unit) -> Iterable[InvoiceRecord]:
    """Entries with their posted documents, then documents without entries."""
    states = {
        row["CNTBTCH"]: row["BTCHSTTS"]
        for row in unit.rows("APIBC", {}, "CNTBTCH", "BTCHSTTS")
        if row["BTCHSTTS"] != 4
    }
    documents = {
        (row["CNTBTCH"], row["CNTITEM"]): row
        for row in unit.rows("APOBL", {"TXTTRXTYPE": [1, 2, 3, 4]}, *_DOCUMENT)
    }
    uuid = {"OPTFIELD": UUID_FIELD}
    in_entry = _fields(unit.rows("APIBHO", uuid, "CNTBTCH", "CNTITEM", *_FIELD), *_PLACE)
    in_document = _fields(unit.rows("APOBLO", uuid, *_NUMBER, *_FIELD), *_NUMBER)
    in_purchase = {
        **_purchase_uuids(unit, "POINVHO", "INVHSEQ", "I"),
        **_purchase_uuids(unit, "POCRNHO", "CRNHSEQ", "C"),
    }
    for row in unit.rows("APIBH", {"CNTBTCH": list(states)}, *_ENTRY):
        place = (row["CNTBTCH"], row["CNTITEM"])
        kind = "C" if row["TEXTTRX"] == 3 else "I"
        own = in_entry[place].get(UUID_FIELD, "")
        linked = in_purchase.get((kind, row["DRILLDWNLK"]), "") if row["DRILLAPP"] == "PO" else ""
        yield _entry_record(row, states[row["CNTBTCH"]], documents.pop(place, None), own or linked)
    for row in documents.values():
        found = in_document[(row["IDVEND"], row["IDINVC"])].get(UUID_FIELD, "")
        yield _cleared_record(row, found or _uuid_of_purchase(unit, row))


_PLACE = ("CNTBTCH", "CNTITEM")
_NUMBER = ("IDVEND", "IDINVC")


def _purchase_uuids(unit: Unit, table: str, key: str, kind: str) -> dict[tuple[str, int], str]:
    rows = unit.rows(table, {"OPTFIELD": UUID_FIELD}, key, "VALUE")
    return {(kind, row[key]): row["VALUE"] for row in rows}


def _uuid_of_purchase(unit: Unit, row: Row) -> str:
    """UUID of a purchase invoice or credit note whose A/P batch was cleared, by its number."""
    is_credit = row["TXTTRXTYPE"] == 3
    table, number, key = (
        ("POCRNH1", "CRNNUMBER", "CRNHSEQ") if is_credit else ("POINVH1", "INVNUMBER", "INVHSEQ")
    )
    header = unit.row(table, {"VDCODE": row["IDVEND"], number: row["IDINVC"]}, key)
    if header is None:
        return ""
    named = {key: header[key], "OPTFIELD": UUID_FIELD}
    found = unit.row("POCRNHO" if is_credit else "POINVHO", named, "VALUE")
    return str(found["VALUE"]) if found else ""


def _entry_record(row: Row, state: int, document: Row | None, uuid: str) -> InvoiceRecord:
    return InvoiceRecord(
        vendor=row["IDVEND"],
        number=row["IDINVC"],
        document_type=row["TEXTTRX"],
        uuid=upper_uuid(uuid),
        currency=row["CODECURN"],
        total=row["AMTGROSDST"],
        due=abs(document["AMTDUETC"]) if document else None,
        document_date=row["DATEINVC"],
        posting_date=row["DATEBUS"],
        po_number=row["PONBR"],
        batch=row["CNTBTCH"],
        entry=row["CNTITEM"],
        batch_state=state,
        error_entry=row["ERRENTRY"],
        is_posted=document is not None,
        source=row["SRCEAPPL"],
        applies_to=row["INVCAPPLTO"],
    )


def _cleared_record(row: Row, uuid: str) -> InvoiceRecord:
    return InvoiceRecord(
        vendor=row["IDVEND"],
        number=row["IDINVC"],
        document_type=row["TXTTRXTYPE"],
        uuid=upper_uuid(uuid),
        currency=row["CODECURN"],
        total=abs(row["AMTINVCTC"]),
        due=abs(row["AMTDUETC"]),
        document_date=row["DATEINVC"],
        posting_date=row["DATEBUS"],
        po_number=row["IDPONBR"],
        batch=row["CNTBTCH"],
        entry=row["CNTITEM"],
        batch_state=0,
        error_entry=0,
        is_posted=True,
        source=row["SRCEAPPL"],
        applies_to="",
    )


def _payment(
    row: Row,
    states: Mapping[int, int],
    lines: Mapping[tuple[Any, ...], list[Row]],
    fields: Mapping[tuple[Any, ...], dict[str, str]],
    reversed_numbers: set[str],
) -> PaymentRecord:
    place = (row["CNTBTCH"], row["CNTENTR"])
    return PaymentRecord(
        number=row["DOCNBR"],
        batch=row["CNTBTCH"],
        entry=row["CNTENTR"],
        batch_state=states[row["CNTBTCH"]],
        error_entry=row["ERRENTRY"],
        vendor=row["IDVEND"],
        bank=row["IDBANK"],
        bank_currency=row["CODECURNBC"],
        vendor_currency=row["CODECURN"],
        amount=row["AMTRMIT"],
        vendor_amount=row["AMTRMITTC"],
        remit_type=row["RMITTYPE"],
        paid_on=row["DATERMIT"],
        posted_on=row["DATEBUS"],
        is_reversed=row["DOCNBR"] in reversed_numbers,
        lines=tuple(
            AppliedRecord(
                number=line["IDINVC"],
                document_type=line["DOCTYPE"],
                amount=line["AMTPAYM"],
                discount=line["AMTERNDISC"],
            )
            for line in lines[place]
        ),
        optional_fields=fields[place],
    )
