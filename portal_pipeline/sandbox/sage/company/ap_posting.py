"""Posting an A/P invoice batch: good entries become documents, bad ones an error batch.

Source: Web API sheet 8 and 10 (rules 19, 20); Sage tables sheet 2 (APIBH, APOBL) and 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.documents import Posted, apply_to_document, post_document
from portal_pipeline.sandbox.sage.company.entries import (
    ApDocumentType,
    PostingError,
    PostingResult,
    SageRefused,
)
from portal_pipeline.sandbox.sage.company.store import closed_through
from portal_pipeline.sandbox.sage.company.taxes import numbered
from portal_pipeline.sandbox.sage.company.unit import Row, Unit

INVOICE_BATCH = "IN"
"""APPTER.CODEBATCH and APOBL.TYPEBTCH of invoice batches."""
_MESSAGES = {
    "period_closed": "Fiscal period is closed",
    "vendor_inactive": "Vendor is inactive",
    "out_of_balance": "Document total does not equal distributed total",
    "rate_missing": "Exchange rate is missing",
    "account_inactive": "G/L account is inactive or does not exist",
    "optional_field_missing": "Required optional field has no value",
    "duplicate_document": "Document number already exists for this vendor",
}
"""Our texts; the real numbers and wording of CODEMSG and ERRDESC are not known."""


@dataclass(frozen=True)
class _Setup:
    """What the checks look up, read once for the batch."""

    closed_through: date | None
    active_vendors: frozenset[str]
    active_accounts: frozenset[str]
    accounts: Mapping[int, frozenset[str]]
    """Accounts of each entry's details."""
    filled_fields: Mapping[int, frozenset[str]]
    """Optional fields of each entry that have a value."""
    required_fields: frozenset[str]
    taken: set[tuple[str, str]]
    """Vendor and number of posted documents."""


def post_batch(unit: Unit, batch: int) -> PostingResult:
    """Post a batch (see ``post_ap_invoice_batch``).

    Raises:
        SageRefused: ``apibc_unknown``, ``batch_not_postable``.
    """
    columns = ("BTCHSTTS", "DATEBTCH", "BTCHDESC", "SRCEAPPL", "BTCHTYPE")
    header = unit.needed("APIBC", {"CNTBTCH": batch}, *columns)
    if header["BTCHSTTS"] in {3, 4}:
        raise SageRefused("batch_not_postable", str(batch))
    entries = unit.rows("APIBH", {"CNTBTCH": batch})
    setup = _setup(unit, batch, entries)
    posting = unit.take("ap_posting")
    posted: list[int] = []
    refused: list[tuple[Row, str]] = []
    for entry in entries:
        reason = next(_problems(entry, setup), None)
        if reason is not None:
            refused.append((entry, reason))
            continue
        _post_entry(unit, entry, header, posting)
        setup.taken.add((entry["IDVEND"], entry["IDINVC"]))
        posted.append(entry["CNTITEM"])
    error_batch, errors = _error_batch(unit, header, refused, posting)
    unit.update(
        "APIBC",
        {"CNTBTCH": batch},
        BTCHSTTS=3,
        POSTSEQNBR=posting,
        NBRERRORS=len(errors),
        SWPRINTED=1,
    )
    return PostingResult(
        batch=batch,
        posting_sequence=posting,
        posted=tuple(posted),
        error_batch=error_batch,
        errors=tuple(errors),
    )


def _setup(unit: Unit, batch: int, entries: Any) -> _Setup:
    """Everything the checks of a batch need, in a fixed number of statements."""
    key = {"CNTBTCH": batch}
    accounts: dict[int, set[str]] = {}
    for line in unit.rows("APIBD", key, "CNTITEM", "IDGLACCT"):
        accounts.setdefault(line["CNTITEM"], set()).add(line["IDGLACCT"])
    fields: dict[int, set[str]] = {}
    for field in unit.rows("APIBHO", key, "CNTITEM", "OPTFIELD", "VALUE"):
        if field["VALUE"]:
            fields.setdefault(field["CNTITEM"], set()).add(field["OPTFIELD"])
    vendors = list({entry["IDVEND"] for entry in entries})
    numbers = list({entry["IDINVC"] for entry in entries})
    named = list(set().union(*accounts.values()))
    taken = unit.rows("APOBL", {"IDVEND": vendors, "IDINVC": numbers}, "IDVEND", "IDINVC")
    active = unit.rows("APVEN", {"VENDORID": vendors, "SWACTV": 1}, "VENDORID")
    known = unit.rows("GLAMF", {"ACCTID": named, "ACTIVESW": 1}, "ACCTID")
    return _Setup(
        closed_through=closed_through(unit),
        active_vendors=frozenset(row["VENDORID"] for row in active),
        active_accounts=frozenset(row["ACCTID"] for row in known),
        accounts={number: frozenset(codes) for number, codes in accounts.items()},
        filled_fields={number: frozenset(names) for number, names in fields.items()},
        required_fields=frozenset((unit.fact("required_invoice_fields") or "").split()),
        taken={(row["IDVEND"], row["IDINVC"]) for row in taken},
    )


def _problems(entry: Row, setup: _Setup) -> Iterator[str]:
    """Why an entry cannot post; none: it can."""
    number = entry["CNTITEM"]
    if setup.closed_through is not None and entry["DATEBUS"] <= setup.closed_through:
        yield "period_closed"
    if entry["IDVEND"] not in setup.active_vendors:
        yield "vendor_inactive"
    if entry["AMTGROSTOT"] != entry["AMTGROSDST"] or entry["AMTGROSTOT"] <= 0:
        yield "out_of_balance"
    if entry["EXCHRATEHC"] <= 0:
        yield "rate_missing"
    if not setup.accounts.get(number, frozenset({""})) <= setup.active_accounts:
        yield "account_inactive"
    if not setup.required_fields <= setup.filled_fields.get(number, frozenset()):
        yield "optional_field_missing"
    if (entry["IDVEND"], entry["IDINVC"]) in setup.taken:
        yield "duplicate_document"


def _post_entry(unit: Unit, entry: Row, batch: Row, posting: int) -> None:
    """The posted document of an entry, with its optional fields and schedule."""
    kind = ApDocumentType(entry["TEXTTRX"])
    sign = Decimal(-1 if kind is ApDocumentType.CREDIT_NOTE else 1)
    document = Posted(
        vendor=entry["IDVEND"],
        number=entry["IDINVC"],
        kind=int(kind),
        transaction=entry["IDTRX"],
        currency=entry["CODECURN"],
        amount=entry["AMTGROSDST"] * sign,
        rate=entry["EXCHRATEHC"],
        operator=entry["CODEOPER"],
        document_date=entry["DATEINVC"],
        posting_date=entry["DATEBUS"],
        due_date=entry["DATEDUE"],
        batch=entry["CNTBTCH"],
        entry=entry["CNTITEM"],
        batch_kind=INVOICE_BATCH,
        posting=posting,
        source=entry["SRCEAPPL"],
    )
    extra = {
        **{name: entry[theirs] for name, theirs in _SAME.items()},
        "AMTTAXTC": entry["AMTTAXTOT"] * sign,
        "AMTTXBLTC": entry["AMTTOTDIST"] * sign,
        "DATEBTCH": batch["DATEBTCH"],
        **numbered("CODETAX", [entry[f"CODETAX{n}"] for n in range(1, 6)]),
        **numbered("AMTBASE", [entry[f"BASETAX{n}"] * sign for n in range(1, 6)], "TC"),
        **numbered("AMTTAX", [entry[f"AMTTAX{n}"] * sign for n in range(1, 6)], "TC"),
    }
    post_document(unit, document, extra)
    _copy_fields(unit, entry)
    if kind is ApDocumentType.CREDIT_NOTE and entry["INVCAPPLTO"]:
        apply_to_document(unit, document, entry["INVCAPPLTO"])


_SAME = {
    "IDORDERNBR": "ORDRNBR",
    "IDPONBR": "PONBR",
    "IDRMITTO": "IDRMITTO",
    "IDVENDGRP": "CODEVNDGRP",
    "DESCINVC": "INVCDESC",
    "CODETERM": "TERMCODE",
    "IDRATETYPE": "RATETYPE",
    "RATEDATE": "DATERATE",
    "SWRATEOVRD": "SWMANRTE",
    "CODETAXGRP": "CODETAXGRP",
    "IDACCTSET": "IDACCTSET",
    "VALUES": "VALUES",
}
"""Columns of APOBL that are APIBH's under another name."""


def _copy_fields(unit: Unit, entry: Row) -> None:
    """APIBHO to APOBLO, which has no SWSET."""
    names = ("OPTFIELD", "VALUE", "TYPE", "LENGTH", "DECIMALS", "ALLOWNULL", "VALIDATE")
    key = {"CNTBTCH": entry["CNTBTCH"], "CNTITEM": entry["CNTITEM"]}
    document = {"IDVEND": entry["IDVEND"], "IDINVC": entry["IDINVC"]}
    unit.insert("APOBLO", *({**document, **row} for row in unit.rows("APIBHO", key, *names)))


def _error_batch(
    unit: Unit, header: Row, refused: list[tuple[Row, str]], posting: int
) -> tuple[int, list[PostingError]]:
    """One new open batch with copies of what could not post; 0 and nothing when all went."""
    if not refused:
        return 0, []
    target = unit.take("ap_invoice_batch")
    errors = []
    for number, (entry, reason) in enumerate(refused, start=1):
        key = {"CNTBTCH": entry["CNTBTCH"], "CNTITEM": entry["CNTITEM"]}
        for table in ("APIBH", "APIBD", "APIBHO", "APIBS"):
            rows = [{**row, "CNTBTCH": target, "CNTITEM": number} for row in unit.rows(table, key)]
            unit.insert(table, *rows)
        unit.update("APIBH", key, ERRBATCH=target, ERRENTRY=number)
        error = PostingError(
            entry=entry["CNTITEM"], code=reason, text=_MESSAGES[reason], error_entry=number
        )
        note_posting_error(
            unit, INVOICE_BATCH, posting, entry["CNTBTCH"], target=target, error=error
        )
        errors.append(error)
    unit.insert(
        "APIBC",
        {
            "CNTBTCH": target,
            "DATEBTCH": header["DATEBTCH"],
            "BTCHDESC": header["BTCHDESC"],
            "BTCHTYPE": header["BTCHTYPE"],
            "BTCHSTTS": 1,
            "INVCTYPE": 1,
            "SRCEAPPL": header["SRCEAPPL"],
            "CNTINVCENT": len(refused),
            "CNTLSTITEM": len(refused),
            "AMTENTR": sum((entry["AMTGROSDST"] for entry, _ in refused), ZERO),
            "DTELSTEDIT": unit.today,
        },
    )
    return target, errors


def note_posting_error(
    unit: Unit, kind: str, posting: int, batch: int, *, target: int, error: PostingError
) -> None:
    """One APPTER row."""
    unit.insert(
        "APPTER",
        {
            "CODEBATCH": kind,
            "POSTINGSEQ": posting,
            "CNTBATCH": batch,
            "CNTITEM": error.entry,
            "CNTLINE": 0,
            "CNTERROR": 1,
            "CNTSEQ": 1,
            "CODEMSG": f"APE{list(_MESSAGES).index(error.code):04d}"
            if error.code in _MESSAGES
            else "APE0099",
            "ERRDESC": error.text,
            "ERRCODEPYM": kind,
            "CNTERRBTCH": target,
            "CNTERRITEM": error.error_entry,
        },
    )
