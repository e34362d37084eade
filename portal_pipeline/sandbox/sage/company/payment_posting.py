"""Posting and reversing payments: APPYM, what documents still owe, what was applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.ap_posting import note_posting_error
from portal_pipeline.sandbox.sage.company.documents import (
    Posted,
    change_due,
    document_row,
    note_application,
    post_document,
)
from portal_pipeline.sandbox.sage.company.entries import PostingError, PostingResult, SageRefused
from portal_pipeline.sandbox.sage.company.payment_entries import PAYMENTS, RemitType
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

OUTSTANDING, REVERSED = 0, 2
"""APPYM.SWCHKCLRD."""
PREPAYMENT_DOCUMENT, PAYMENT_DOCUMENT = 10, 11
"""TXTTRXTYPE of a posted prepayment and payment; IDTRXTYPE is 50 and 51."""
_TEXTS = {
    "vendor_inactive": "Vendor is inactive",
    "document_not_posted": "Document does not exist",
    "amount_exceeds_due": "Amount applied is greater than the amount due",
}


def post_payments(unit: Unit, kind: str, batch: int) -> PostingResult:
    """Post a batch of payments or adjustments (see ``PaymentActions.post_payment_batch``)."""
    key = {"PAYMTYPE": kind, "CNTBTCH": batch}
    header = unit.needed("APBTA", key)
    if header["BATCHSTAT"] in {3, 4}:
        raise SageRefused("batch_not_postable", f"{kind} {batch}")
    posting = unit.take("payment_posting")
    posted: list[int] = []
    refused: list[tuple[Row, str]] = []
    for entry in unit.rows("APTCR", {"BTCHTYPE": kind, "CNTBTCH": batch}):
        lines = unit.rows("APTCP", _lines_of(entry))
        reason = _problem(unit, entry, lines)
        if reason:
            refused.append((entry, reason))
            continue
        _apply(unit, entry, lines)
        if kind == PAYMENTS and entry["RMITTYPE"] != RemitType.APPLY_DOCUMENT:
            _post_cash(unit, entry, header, posting)
        posted.append(entry["CNTENTR"])
    target, errors = _error_batch(unit, header, refused, posting)
    unit.update("APBTA", key, BATCHSTAT=3, POSTSEQNBR=posting, NBRERRORS=len(errors))
    return PostingResult(
        batch=batch,
        posting_sequence=posting,
        posted=tuple(posted),
        error_batch=target,
        errors=tuple(errors),
    )


def reverse(unit: Unit, number: str, day: date, reason: str) -> None:
    """Reverse a posted payment (see ``PaymentActions.reverse_payment``)."""
    payment = unit.needed("APPYM", {"IDINVC": number})
    if payment["SWCHKCLRD"] == REVERSED:
        raise SageRefused("payment_reversed", number)
    key = {n: payment[n] for n in ("IDBANK", "IDVEND", "IDRMIT", "LONGSERIAL", "DATERMIT")}
    unit.update("APPYM", key, SWCHKCLRD=REVERSED, DATERVRSD=day, TEXTRETRN=reason)
    lines = unit.rows(
        "APTCP",
        {"BATCHTYPE": PAYMENTS, "CNTBTCH": payment["CNTBTCH"], "CNTRMIT": payment["CNTITEM"]},
    )
    for line in lines:
        document = document_row(unit, line["IDVEND"], line["IDINVC"])
        if document is None:
            continue
        settled = _settled(line)
        change_due(unit, document, settled)
        columns = {"IDBANK": payment["IDBANK"], "IDRMIT": payment["IDRMIT"]}
        note_application(unit, document, -settled, by=number, columns=columns)
    own = {"IDVEND": payment["IDVEND"], "IDINVC": number}
    unit.update("APOBL", own, AMTDUETC=ZERO, AMTDUEHC=ZERO, SWPAID=1, DATELSTACT=day)


def _lines_of(entry: Row) -> dict[str, Any]:
    """Key of an entry's APTCP rows."""
    return {
        "BATCHTYPE": entry["BTCHTYPE"],
        "CNTBTCH": entry["CNTBTCH"],
        "CNTRMIT": entry["CNTENTR"],
    }


def _settled(line: Row) -> Decimal:
    """What a line takes off its document, signed like the document."""
    settled: Decimal = line["AMTPAYM"] + line["AMTERNDISC"] + line["AMTADJTOT"]
    return settled


def _problem(unit: Unit, entry: Row, lines: Sequence[Row]) -> str:
    """Why an entry cannot post; empty: it can."""
    active = {"VENDORID": entry["IDVEND"], "SWACTV": 1}
    if entry["IDVEND"] and unit.row("APVEN", active, "VENDORID") is None:
        return "vendor_inactive"
    for line in lines:
        document = document_row(unit, line["IDVEND"], line["IDINVC"])
        if document is None:
            return "document_not_posted"
        left = document["AMTDUETC"] - _settled(line)
        if left * document["AMTDUETC"] < 0 or abs(left) > abs(document["AMTDUETC"]):
            return "amount_exceeds_due"
    return ""


def _apply(unit: Unit, entry: Row, lines: Sequence[Row]) -> None:
    """Take what the lines settle off their documents."""
    columns = {
        "IDBANK": entry["IDBANK"],
        "IDRMIT": entry["IDRMIT"],
        "CNTBTCH": entry["CNTBTCH"],
        "CNTITEM": entry["CNTENTR"],
        "DATERMIT": entry["DATERMIT"],
    }
    for line in lines:
        document = document_row(unit, line["IDVEND"], line["IDINVC"])
        assert document is not None, "checked before"  # noqa: S101 - our own logic
        settled = _settled(line)
        change_due(unit, document, -settled)
        more = {**columns, "TRANSTYPE": line["TRXTYPE"], "TRXTYPE": line["TRXTYPE"]}
        note_application(unit, document, settled, by=entry["DOCNBR"], columns=more)


def _post_cash(unit: Unit, entry: Row, header: Row, posting: int) -> None:
    """The posted payment (APPYM) and its document (APOBL, type 10 or 11)."""
    is_prepayment = entry["RMITTYPE"] == RemitType.PREPAYMENT
    kind = PREPAYMENT_DOCUMENT if is_prepayment else PAYMENT_DOCUMENT
    serial = unit.take("payment_serial")
    unit.insert(
        "APPYM",
        {
            **{name: entry[name] for name in _SAME_IN_APPYM},
            "LONGSERIAL": serial,
            "IDINVC": entry["DOCNBR"],
            "DATEBATCH": header["DATEBTCH"],
            "AMTPAYM": entry["AMTRMIT"],
            "AMTDISC": entry["AMTDISCTC"],
            "CNTITEM": entry["CNTENTR"],
            "CNTFISCYR": entry["FISCYR"],
            "CNTFISCPER": entry["FISCPER"],
            "TEXTPAYOR": entry["NAMERMIT"],
            "RATEOP": entry["OPERBANK"],
            "TRXTYPETXT": kind,
            "SWCHKCLRD": OUTSTANDING,
        },
    )
    if not entry["IDVEND"]:
        return
    document = Posted(
        vendor=entry["IDVEND"],
        number=entry["DOCNBR"],
        kind=kind,
        transaction=50 if is_prepayment else 51,
        currency=entry["CODECURN"],
        amount=-entry["AMTRMITTC"],
        rate=entry["RATEEXCHTC"],
        operator=entry["OPERVEND"],
        document_date=entry["DATERMIT"],
        posting_date=entry["DATEBUS"],
        due_date=None,
        batch=entry["CNTBTCH"],
        entry=entry["CNTENTR"],
        batch_kind=PAYMENTS,
        posting=posting,
        source=entry["SRCEAPPL"],
    )
    extra = {"IDBANK": entry["IDBANK"], "IDRMIT": entry["IDRMIT"], "LONGSERIAL": serial}
    left = -entry["AMTRMITTC"] if is_prepayment else ZERO
    post_document(unit, document, extra, due=left)


_SAME_IN_APPYM = (
    *("IDBANK", "IDVEND", "IDRMIT", "DATERMIT", "AMTRMITTC", "AMTRMITHC", "PAYMCODE"),
    *("CODECURN", "RATEEXCHHC", "CNTBTCH", "PAYMTYPE", "DATEBUS"),
)


def _error_batch(
    unit: Unit, header: Row, refused: Sequence[tuple[Row, str]], posting: int
) -> tuple[int, list[PostingError]]:
    """One new open batch with copies of what could not post; 0 and nothing when all went."""
    if not refused:
        return 0, []
    kind = header["PAYMTYPE"]
    target = unit.take(f"payment_batch:{kind}")
    errors = []
    for number, (entry, reason) in enumerate(refused, start=1):
        key = {n: entry[n] for n in ("BTCHTYPE", "CNTBTCH", "CNTENTR")}
        place = {"CNTBTCH": target, "CNTENTR": number}
        unit.insert("APTCR", {**entry, **place})
        unit.insert("APTCRO", *({**row, **place} for row in unit.rows("APTCRO", key)))
        unit.insert(
            "APTCP",
            *(
                {**row, "CNTBTCH": target, "CNTRMIT": number}
                for row in unit.rows("APTCP", _lines_of(entry))
            ),
        )
        unit.update("APTCR", key, ERRBATCH=target, ERRENTRY=number)
        error = PostingError(
            entry=entry["CNTENTR"], code=reason, text=_TEXTS[reason], error_entry=number
        )
        note_posting_error(unit, kind, posting, entry["CNTBTCH"], target=target, error=error)
        errors.append(error)
    unit.insert(
        "APBTA",
        {
            **header,
            "CNTBTCH": target,
            "BATCHSTAT": 1,
            "CNTENTER": len(refused),
            "CNTLSTRMIT": len(refused),
            "AMTENTER": sum((entry["AMTRMIT"] for entry, _ in refused), ZERO),
            "FUNCAMOUNT": sum((entry["AMTRMITHC"] for entry, _ in refused), ZERO),
            "POSTSEQNBR": 0,
            "NBRERRORS": 0,
        },
    )
    return target, errors
