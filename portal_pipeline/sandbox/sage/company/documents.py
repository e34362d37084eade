"""Posted A/P documents (APOBL), what they still owe, and what was applied to them (APOBP).

Amounts of credit notes and payments are negative here (Sage's own sign; batch entries are
positive). An amount due never crosses 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.store import functional
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

PAYMENT = 51
"""APOBP.TRANSTYPE and APTCP.TRXTYPE of a payment; 57 prepayment, 81 adjustment."""


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A document that posts; ``amount`` with tax, signed, in its currency."""

    vendor: str
    number: str
    kind: int
    """TXTTRXTYPE: 1 invoice, 2 debit note, 3 credit note, 10 prepayment, 11 payment."""
    transaction: int
    """IDTRXTYPE."""
    currency: str
    amount: Decimal
    rate: Decimal
    operator: int
    document_date: date
    posting_date: date
    due_date: date | None
    batch: int
    entry: int
    batch_kind: str
    posting: int
    source: str

    def home(self, amount: Decimal) -> Decimal:
        """Functional amount at the document's rate."""
        return functional(amount, self.rate, self.operator)

    @property
    def key(self) -> dict[str, str]:
        """Of APOBL."""
        return {"IDVEND": self.vendor, "IDINVC": self.number}


def post_document(
    unit: Unit, document: Posted, extra: Mapping[str, Any], *, due: Decimal | None = None
) -> None:
    """Write the APOBL row and its schedule.

    Values:
        extra: further columns of APOBL.
        due: what is left of it; None: all.
    """
    left = document.amount if due is None else due
    unit.insert(
        "APOBL",
        {
            **document.key,
            "IDTRXTYPE": document.transaction,
            "TXTTRXTYPE": document.kind,
            "CNTBTCH": document.batch,
            "CNTITEM": document.entry,
            "TYPEBTCH": document.batch_kind,
            "POSTSEQNCE": document.posting,
            "DATEINVC": document.document_date,
            "DATEASOF": document.document_date,
            "DATEINVCDU": document.due_date,
            "DATEBUS": document.posting_date,
            "DATELSTACT": document.posting_date,
            "FISCYR": str(document.posting_date.year),
            "FISCPER": f"{document.posting_date.month:02d}",
            "CODECURN": document.currency,
            "EXCHRATEHC": document.rate,
            "RATEOP": document.operator,
            "AMTINVCTC": document.amount,
            "AMTINVCHC": document.home(document.amount),
            "AMTDUETC": left,
            "AMTDUEHC": document.home(left),
            "SWPAID": int(left == ZERO),
            "SRCEAPPL": document.source,
            "CNTTOTPAYM": 1,
            **extra,
        },
    )
    unit.insert(
        "APOBS",
        {
            **document.key,
            "CNTPAYM": 1,
            "DATEDUE": document.due_date,
            "DATEINVC": document.document_date,
            "SWPAID": int(left == ZERO),
            "IDTRXTYPE": document.transaction,
            "TXTTRXTYPE": document.kind,
            "AMTDUETC": document.amount,
            "AMTDUEHC": document.home(document.amount),
            "AMTPYMRMTC": left,
            "AMTPYMRMHC": document.home(left),
        },
    )


DOCUMENT_COLUMNS = (
    *("IDVEND", "IDINVC", "TXTTRXTYPE", "AMTDUETC", "EXCHRATEHC", "RATEOP", "SWPAID"),
    "CODECURN",
)


def document_row(unit: Unit, vendor: str, number: str) -> Row | None:
    """A posted document, or None."""
    return unit.row("APOBL", {"IDVEND": vendor, "IDINVC": number}, *DOCUMENT_COLUMNS)


def change_due(unit: Unit, row: Row, change: Decimal) -> Decimal:
    """Change what a document owes by a signed amount; what is left."""
    left: Decimal = row["AMTDUETC"] + change
    key = {"IDVEND": row["IDVEND"], "IDINVC": row["IDINVC"]}
    home = functional(left, row["EXCHRATEHC"], row["RATEOP"])
    is_paid = left == ZERO
    unit.update(
        "APOBL",
        key,
        AMTDUETC=left,
        AMTDUEHC=home,
        SWPAID=int(is_paid),
        DATEPAID=unit.today if is_paid else None,
        DATELSTACT=unit.today,
    )
    unit.update("APOBS", key, AMTPYMRMTC=left, AMTPYMRMHC=home, SWPAID=int(is_paid))
    return left


def note_application(
    unit: Unit, row: Row, amount: Decimal, *, by: str, columns: Mapping[str, Any]
) -> None:
    """One APOBP row: something was applied to a document.

    Values:
        amount: taken off the document, in its currency.
        by: number of the payment or credit note.
        columns: IDBANK, IDRMIT, batch and entry, where there are.
    """
    key = {"IDVEND": row["IDVEND"], "IDINVC": row["IDINVC"]}
    unit.insert(
        "APOBP",
        {
            **key,
            "CNTPAYMNBR": 1,
            "IDRMIT": "",
            "DATEBUS": unit.today,
            "TRANSTYPE": PAYMENT,
            "CNTSEQNCE": len(unit.rows("APOBP", key, "CNTSEQNCE")) + 1,
            "AMTPAYMTC": amount,
            "AMTPAYMHC": functional(amount, row["EXCHRATEHC"], row["RATEOP"]),
            "CODECURN": row["CODECURN"],
            "RATEEXCHHC": row["EXCHRATEHC"],
            "RATEOP": row["RATEOP"],
            "IDMEMOXREF": by,
            **columns,
        },
    )


def apply_to_document(unit: Unit, credit: Posted, number: str) -> None:
    """Apply a posted credit note to the document it names, as far as both reach.

    A document that is not posted, or owes nothing, is left alone: the credit stays open.
    """
    invoice = document_row(unit, credit.vendor, number)
    own = document_row(unit, credit.vendor, credit.number)
    if invoice is None or own is None or invoice["AMTDUETC"] <= 0:
        return
    amount = min(invoice["AMTDUETC"], -own["AMTDUETC"])
    change_due(unit, invoice, -amount)
    change_due(unit, own, amount)
    columns = {"CNTBTCH": credit.batch, "CNTITEM": credit.entry, "TRXTYPE": credit.kind}
    note_application(unit, invoice, amount, by=credit.number, columns=columns)
