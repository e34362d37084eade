"""What Sage checks when an invoice is saved. Source: Web API sheet 7.5, rules 10 and 13 to 15."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.entries import ApDetail, ApEntry, OptionalValue
from portal_pipeline.sandbox.sage.company.store import rate_on
from portal_pipeline.sandbox.sage.company.unit import Row, Unit
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

_UNPOSTED = (1, 5, 7)
"""BTCHSTTS: open, being posted, ready to post."""
_REJECTS = 2
"""DUPAMTCODE and DUPDATECD: Error; 1 only warns."""


def check_entry(
    unit: Unit, entry: ApEntry, switches: WebApiSwitches, own: tuple[int, int] | None = None
) -> None:
    """Nothing, or the reason why the entry cannot be saved.

    Args:
        unit: the transaction.
        entry: the invoice.
        switches: rules in force.
        own: batch and entry of the invoice when it exists and is being changed.

    Raises:
        WebApiError: RecordInvalid.
    """
    for detail in entry.details:
        _check_account(unit, detail)
    _check_set_up(unit, entry)
    _check_rate(unit, entry)
    required = (unit.fact("required_invoice_fields") or "").split()
    given = {field.name for field in entry.optional_fields if field.value.strip()}
    missing = [name for name in required if name not in given]
    if missing:
        raise _invalid(f"Optional field {missing[0]} is required")
    _check_duplicates(unit, entry, switches, own)


def with_auto_inserted(
    fields: Iterable[OptionalValue], switches: WebApiSwitches
) -> tuple[OptionalValue, ...]:
    """The fields after those that Sage inserts by itself; sending one of them sets it."""
    given = {field.name: field for field in fields}
    defaults = {name: OptionalValue(name=name, value=v) for name, v in switches.auto_inserted}
    return tuple((defaults | given).values())


def _check_account(unit: Unit, detail: ApDetail) -> None:
    account = detail.gl_account
    if detail.distribution_code:
        code = unit.row("APRDC", {"DISTID": detail.distribution_code}, "IDGLACCT", "SWACTV")
        if code is None or not code["SWACTV"]:
            raise _invalid(f"Distribution code {detail.distribution_code} is not valid")
        account = account or code["IDGLACCT"]
    found = unit.row("GLAMF", {"ACCTID": account}, "ACTIVESW") if account else None
    if found is None or not found["ACTIVESW"]:
        raise _invalid(f"G/L account {account!r} does not exist or is inactive")


def _check_set_up(unit: Unit, entry: ApEntry) -> None:
    for code, table, column in (
        (entry.tax_group, "TXGRP", "GROUPID"),
        (entry.account_set, "APRAS", "ACCTSET"),
    ):
        if code and unit.row(table, {column: code}, column) is None:
            raise _invalid(f"{code} does not exist")


def _check_rate(unit: Unit, entry: ApEntry) -> None:
    if entry.rate is not None and entry.rate > ZERO:
        return
    vendor = unit.needed("APVEN", {"VENDORID": entry.vendor}, "CURNCODE")
    day = entry.rate_date or entry.document_date
    if rate_on(unit, vendor["CURNCODE"], day) is None:
        raise _invalid(f"No exchange rate of {vendor['CURNCODE']} for {day}")


def _check_duplicates(
    unit: Unit, entry: ApEntry, switches: WebApiSwitches, own: tuple[int, int] | None
) -> None:
    posted = unit.row("APOBL", {"IDVEND": entry.vendor, "IDINVC": entry.number}, "IDINVC")
    if posted is not None:
        raise _invalid(f"Document {entry.number} of vendor {entry.vendor} exists already")
    columns = ("CNTBTCH", "CNTITEM", "IDINVC", "AMTGROSTOT", "DATEINVC", "ERRENTRY")
    entered = [
        row
        for row in unit.rows("APIBH", {"IDVEND": entry.vendor}, *columns)
        if (row["CNTBTCH"], row["CNTITEM"]) != own
    ]
    same = [row for row in entered if row["IDINVC"] == entry.number]
    if same and switches.open_duplicates == "reject":
        batches = unit.rows(
            "APIBC", {"CNTBTCH": [row["CNTBTCH"] for row in same]}, "CNTBTCH", "BTCHSTTS"
        )
        if any(batch["BTCHSTTS"] in _UNPOSTED for batch in batches):
            raise _invalid(f"Document {entry.number} of {entry.vendor} is in an open batch")
    _check_vendor_switches(unit, entry, entered)


def _check_vendor_switches(unit: Unit, entry: ApEntry, entered: list[Row]) -> None:
    """A vendor can forbid a second document of the same amount or date (sheet 4)."""
    vendor = unit.needed("APVEN", {"VENDORID": entry.vendor}, "DUPAMTCODE", "DUPDATECD")
    compared: tuple[tuple[str, str, Any], ...] = (
        ("DUPAMTCODE", "AMTGROSTOT", entry.document_total),
        ("DUPDATECD", "DATEINVC", entry.document_date),
    )
    standing = [row for row in entered if not row["ERRENTRY"]]
    for switch, column, value in compared:
        if vendor[switch] == _REJECTS and any(row[column] == value for row in standing):
            raise _invalid(f"Vendor {entry.vendor}: duplicate {column} {value}")


def _invalid(text: str) -> WebApiError:
    return WebApiError("RecordInvalid", text)
