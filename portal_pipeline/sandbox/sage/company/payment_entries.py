"""How a payment lies in Sage's tables before it posts: APBTA, APTCR, APTCRO, APTCP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Any

from portal_pipeline.core.money import MULTIPLY, ZERO
from portal_pipeline.sandbox.sage.company.entries import (
    Application,
    OptionalValue,
    PostingResult,
    SageRefused,
)
from portal_pipeline.sandbox.sage.company.purchasing import active_vendor
from portal_pipeline.sandbox.sage.company.store import (
    functional,
    home_currency,
    source_amount,
)
from portal_pipeline.sandbox.sage.company.unit import USER, Row, Unit

PAYMENTS = "PY"
ADJUSTMENTS = "AD"
"""PAYMTYPE: each has its own series of batch numbers."""
LINE_STEP = 20


class RemitType(IntEnum):
    """APTCR.RMITTYPE."""

    PAYMENT = 1
    PREPAYMENT = 2
    APPLY_DOCUMENT = 3
    MISCELLANEOUS = 4
    ADJUSTMENT = 5


@dataclass(frozen=True, kw_only=True)
class PaymentMade:
    """Where a payment was entered."""

    number: str
    """DOCNBR."""
    batch: int
    entry: int
    amount: Decimal
    """AMTRMIT, in the bank's currency."""
    posting: PostingResult | None = None
    """What posting came to; None: the batch is still open."""


@dataclass(frozen=True)
class _Currencies:
    """The two sides of a payment and their rates to the functional currency."""

    vendor: str
    bank: str
    vendor_rate: Decimal
    bank_rate: Decimal

    def in_bank(self, amount: Decimal) -> Decimal:
        """An amount of the vendor's currency in the bank's."""
        if self.vendor == self.bank:
            return amount
        return source_amount(self.home(amount), self.bank_rate, MULTIPLY)

    def home(self, amount: Decimal) -> Decimal:
        """An amount of the vendor's currency in the functional one."""
        return functional(amount, self.vendor_rate, MULTIPLY)


def insert_batch(unit: Unit, kind: str, *, bank: str, on: date, text: str) -> int:
    """A new open batch; its number."""
    currency = unit.needed("BKACCT", {"BANK": bank}, "CURNSTMT")["CURNSTMT"] if bank else ""
    batch = unit.take(f"payment_batch:{kind}")
    unit.insert(
        "APBTA",
        {
            "PAYMTYPE": kind,
            "CNTBTCH": batch,
            "DATEBTCH": on,
            "BATCHDESC": text,
            "BATCHTYPE": 1,
            "BATCHSTAT": 1,
            "IDBANK": bank,
            "CODECURN": currency,
            "DATERATE": on,
            "RATEEXCHHC": Decimal(1),
            "RATEOP": MULTIPLY,
            "SRCEAPPL": "AP",
            "DATELSTEDT": unit.today,
        },
    )
    return batch


def insert_payment(
    unit: Unit,
    batch: int,
    *,
    bank: str,
    vendor: str,
    applications: Sequence[Application],
    amount: Decimal | None,
    number: str,
    check: str,
    day: date,
    posting_date: date,
    remit_type: RemitType,
    payment_code: str,
    foreign_rate: Callable[[str], Decimal],
    text: str,
    reference: str,
    optional_fields: Sequence[OptionalValue],
) -> PaymentMade:
    """Put a payment into an open batch (arguments: see ``PaymentActions.pay``)."""
    header = open_payments(unit, PAYMENTS, batch)
    account = unit.needed("BKACCT", {"BANK": bank}, "BANK", "CURNSTMT", "IDACCT")
    payee = _payee(unit, vendor, account, text)
    sides = _currencies(unit, payee["CURNCODE"], account["CURNSTMT"], foreign_rate)
    applied = sum((item.amount for item in applications), ZERO)
    total = applied if amount is None else amount
    if remit_type is RemitType.APPLY_DOCUMENT:
        total = ZERO
    if total < ZERO:
        raise SageRefused("amount_negative", str(total))
    serial = unit.take("payment")
    document = number or f"PY{serial:08d}"
    if unit.row("APTCR", {"DOCNBR": document}, "CNTENTR") is not None:
        raise SageRefused("payment_exists", document)
    entry = header["CNTLSTRMIT"] + 1
    key = {"BTCHTYPE": PAYMENTS, "CNTBTCH": batch, "CNTENTR": entry}
    in_bank = sides.in_bank(total)
    unit.insert(
        "APTCR",
        {
            **key,
            "DOCNBR": document,
            "IDRMIT": check or f"T{serial:08d}",
            "IDVEND": vendor,
            "NAMERMIT": payee["VENDNAME"],
            **_dates(day, posting_date),
            "TEXTRMIT": text,
            "TXTRMITREF": reference,
            "AMTRMIT": in_bank,
            "AMTRMITTC": total,
            "AMTRMITHC": sides.home(total),
            **_rates(sides, day),
            "IDBANK": bank,
            "CASHACCT": account["IDACCT"],
            "PAYMCODE": payment_code,
            "PAYMTYPE": 4,
            "RMITTYPE": int(remit_type),
            "SRCEAPPL": "AP",
            "ENTEREDBY": USER,
            "IDACCTSET": payee["IDACCTSET"],
            **_counts(applications),
            "VALUES": len(optional_fields),
        },
    )
    unit.insert("APTCRO", *unit.optional_rows(key, optional_fields))
    unit.insert("APTCP", *_applied_rows(key, vendor, applications, sides))
    _count_entry(unit, PAYMENTS, header, entry, in_bank, sides.home(total))
    return PaymentMade(number=document, batch=batch, entry=entry, amount=in_bank)


def insert_adjustment(
    unit: Unit, batch: int, vendor: str, invoice: str, amount: Decimal, number: str, text: str
) -> PaymentMade:
    """Put an adjustment that lowers an invoice into an open ``AD`` batch."""
    header = open_payments(unit, ADJUSTMENTS, batch)
    payee = active_vendor(unit, vendor)
    document = number or f"AD{unit.take('adjustment'):08d}"
    entry = header["CNTLSTRMIT"] + 1
    key = {"BTCHTYPE": ADJUSTMENTS, "CNTBTCH": batch, "CNTENTR": entry}
    unit.insert(
        "APTCR",
        {
            **key,
            "DOCNBR": document,
            "IDVEND": vendor,
            "NAMERMIT": payee["VENDNAME"],
            **_dates(unit.today, unit.today),
            "TEXTRMIT": text,
            "CODECURN": payee["CURNCODE"],
            "RATEEXCHTC": Decimal(1),
            "RATEEXCHHC": Decimal(1),
            "OPERBANK": MULTIPLY,
            "OPERVEND": MULTIPLY,
            "RMITTYPE": int(RemitType.ADJUSTMENT),
            "DOCTYPE": 2,
            "SRCEAPPL": "AP",
            "ENTEREDBY": USER,
        },
    )
    unit.insert(
        "APTCP",
        {
            "BATCHTYPE": ADJUSTMENTS,
            "CNTBTCH": batch,
            "CNTRMIT": entry,
            "CNTLINE": LINE_STEP,
            "IDVEND": vendor,
            "IDINVC": invoice,
            "CNTPAYM": 1,
            "TRXTYPE": 81,
            "DOCTYPE": 1,
            "AMTADJTOT": amount,
        },
    )
    _count_entry(unit, ADJUSTMENTS, header, entry, ZERO, ZERO)
    return PaymentMade(number=document, batch=batch, entry=entry, amount=ZERO)


def open_payments(unit: Unit, kind: str, batch: int) -> Row:
    """The header of a batch that can still be changed.

    Raises:
        SageRefused: ``apbta_unknown``, ``batch_not_open``.
    """
    key = {"PAYMTYPE": kind, "CNTBTCH": batch}
    columns = ("CNTBTCH", "BATCHSTAT", "CNTLSTRMIT", "CNTENTER", "AMTENTER", "FUNCAMOUNT")
    header = unit.needed("APBTA", key, *columns)
    if header["BATCHSTAT"] != 1:
        raise SageRefused("batch_not_open", f"{kind} {batch}")
    return header


def _payee(unit: Unit, vendor: str, account: Row, name: str) -> Any:
    """The vendor paid; a miscellaneous payment has none and is in the bank's currency."""
    if vendor:
        return active_vendor(unit, vendor)
    return {"VENDNAME": name, "CURNCODE": account["CURNSTMT"], "IDACCTSET": ""}


def _currencies(
    unit: Unit, vendor: str, bank: str, foreign_rate: Callable[[str], Decimal]
) -> _Currencies:
    """Both currencies with their rates; the functional one's is 1."""
    home = home_currency(unit)
    rates = {
        currency: Decimal(1) if currency == home else foreign_rate(currency)
        for currency in (vendor, bank)
    }
    return _Currencies(vendor, bank, rates[vendor], rates[bank])


def _rates(sides: _Currencies, day: date) -> dict[str, Any]:
    return {
        "CODECURN": sides.vendor,
        "CODECURNBC": sides.bank,
        "RATEEXCHTC": sides.vendor_rate,
        "RATEEXCHHC": sides.bank_rate,
        "OPERVEND": MULTIPLY,
        "OPERBANK": MULTIPLY,
        "RATETYPETC": "SP",
        "RATETYPEHC": "SP",
        "DATERATETC": day,
        "DATERATEHC": day,
    }


def _dates(day: date, posting_date: date) -> dict[str, Any]:
    return {
        "DATERMIT": day,
        "DATEBUS": posting_date,
        "FISCYR": str(posting_date.year),
        "FISCPER": f"{posting_date.month:02d}",
    }


def _counts(applications: Sequence[Application]) -> dict[str, Any]:
    """What the entry says of its applied documents."""
    return {
        "DOCTYPE": 2 if applications else 1,
        "CNTLSTLINE": len(applications) * LINE_STEP,
        "CNTPAYMENT": len(applications),
        "AMTDISCTC": sum((item.discount for item in applications), ZERO),
    }


def _applied_rows(
    key: dict[str, Any], vendor: str, applications: Sequence[Application], sides: _Currencies
) -> list[dict[str, Any]]:
    """APTCP rows of a payment."""
    return [
        {
            "BATCHTYPE": PAYMENTS,
            "CNTBTCH": key["CNTBTCH"],
            "CNTRMIT": key["CNTENTR"],
            "CNTLINE": n * LINE_STEP,
            "IDVEND": vendor,
            "IDINVC": item.number,
            "CNTPAYM": 1,
            "TRXTYPE": 51,
            "DOCTYPE": int(item.document_type),
            "AMTPAYM": item.amount,
            "AMTERNDISC": item.discount,
            "AMTPAYMTOT": item.amount,
            "AMTDISCTOT": item.discount,
            "AMTPAYMHC": sides.home(item.amount),
            "AMTDISCHC": sides.home(item.discount),
        }
        for n, item in enumerate(applications, start=1)
    ]


def _count_entry(
    unit: Unit, kind: str, header: Row, entry: int, amount: Decimal, home: Decimal
) -> None:
    """What a new entry changes in its batch."""
    unit.update(
        "APBTA",
        {"PAYMTYPE": kind, "CNTBTCH": header["CNTBTCH"]},
        CNTENTER=header["CNTENTER"] + 1,
        CNTLSTRMIT=entry,
        AMTENTER=header["AMTENTER"] + amount,
        FUNCAMOUNT=header["FUNCAMOUNT"] + home,
        DATELSTEDT=unit.today,
    )
