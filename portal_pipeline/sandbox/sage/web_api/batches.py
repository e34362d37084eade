"""Writes to ``APInvoiceBatches``: POST and PATCH. Source: Web API sheet 5 and 7, rules 9 to 17."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.ap_batches import ENTRY_TABLES, BatchKind, BatchState
from portal_pipeline.sandbox.sage.company.ap_entries import insert_entry
from portal_pipeline.sandbox.sage.company.entries import ApEntry, SageRefused
from portal_pipeline.sandbox.sage.company.taxes import TaxGroup
from portal_pipeline.sandbox.sage.company.unit import Unit
from portal_pipeline.sandbox.sage.web_api.ap_shapes import (
    INVOICE,
    INVOICE_BATCH,
    INVOICE_DETAIL,
    INVOICE_OPTIONAL_FIELD,
)
from portal_pipeline.sandbox.sage.web_api.changes import Change, Item, changes
from portal_pipeline.sandbox.sage.web_api.drafts import drafted_entry
from portal_pipeline.sandbox.sage.web_api.entry_rules import check_entry, with_auto_inserted
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.records import batch_records
from portal_pipeline.sandbox.sage.web_api.shapes import Kind, Shape
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

TaxGroups = Callable[[str], TaxGroup]


class BatchWriter:
    """Batches of one company within one transaction."""

    def __init__(self, unit: Unit, tax_groups: TaxGroups, switches: WebApiSwitches) -> None:
        self._unit = unit
        self._tax_group = tax_groups
        self._switches = switches

    def insert(self, batch: int, payload: Mapping[str, Any]) -> WebApiError | None:
        """Insert a batch with its invoices; what went wrong, with what is kept in place.

        Several invoices are not one transaction unless the switch says so (sheet 1.5): the caller
        commits what is left after an error.
        """
        values = INVOICE_BATCH.accepted(payload)
        self._insert_header(batch, values)
        for number, invoice in enumerate(values.get("Invoices", ()), start=1):
            savepoint = self._unit.connection.begin_nested()
            try:
                self._put(batch, number, self._drafted(INVOICE.accepted(invoice)))
            except (WebApiError, SageRefused) as error:
                savepoint.rollback()
                self._keep_or_undo(batch, kept=number - 1)
                return as_web_api_error(error)
            savepoint.commit()
        self._count(batch)
        if values.get("BatchStatus") == BatchState.READY:
            self._unit.update("APIBC", {"CNTBTCH": batch}, BTCHSTTS=int(BatchState.READY))
        return None

    def change(self, batch: int, payload: Mapping[str, Any]) -> None:
        """PATCH: the batch's own fields, its status, its invoices, in the order given.

        Raises:
            WebApiError: General when the batch's status forbids it, or as for an insert.
        """
        for name, value in INVOICE_BATCH.accepted(payload).items():
            row = self._unit.needed("APIBC", {"CNTBTCH": batch}, "BTCHSTTS")
            if name == "BatchStatus":
                self._set_status(batch, row["BTCHSTTS"], value)
            elif name in {"Description", "BatchDate", "Invoices"}:
                if row["BTCHSTTS"] != BatchState.OPEN:
                    raise WebApiError("General", f"Batch {batch} is not open and cannot be edited")
                self._edit(batch, name, value)

    def _insert_header(self, batch: int, values: Mapping[str, Any]) -> None:
        self._unit.insert(
            "APIBC",
            {
                "CNTBTCH": batch,
                "DATEBTCH": values.get("BatchDate") or self._unit.today,
                "BTCHDESC": values.get("Description", ""),
                "BTCHTYPE": int(BatchKind.ENTERED),
                "BTCHSTTS": int(BatchState.OPEN),
                "INVCTYPE": 1,
                "SRCEAPPL": "AP",
                "DTELSTEDIT": self._unit.today,
            },
        )

    def _keep_or_undo(self, batch: int, kept: int) -> None:
        mode = self._switches.many_invoices
        if mode == "partial" and kept:
            self._count(batch)
            return
        for table in ENTRY_TABLES:
            self._unit.delete(table, {"CNTBTCH": batch})
        if mode == "shell":
            self._count(batch)
        else:
            self._unit.delete("APIBC", {"CNTBTCH": batch})

    def _set_status(self, batch: int, before: int, after: int) -> None:
        if before not in {BatchState.OPEN, BatchState.READY} or after not in {
            BatchState.OPEN,
            BatchState.READY,
        }:
            raise WebApiError("General", f"The status of batch {batch} cannot be changed so")
        if (
            after == BatchState.READY
            and self._unit.row("APIBH", {"CNTBTCH": batch}, "CNTITEM") is None
        ):
            raise WebApiError("General", f"Batch {batch} has no entries")
        self._unit.update("APIBC", {"CNTBTCH": batch}, BTCHSTTS=after)

    def _edit(self, batch: int, name: str, value: Any) -> None:
        if name != "Invoices":
            column = INVOICE_BATCH[name].column
            self._unit.update("APIBC", {"CNTBTCH": batch}, **{column: value})
            return
        rows = self._unit.rows("APIBH", {"CNTBTCH": batch}, "CNTITEM")
        for item in changes(INVOICE, value, "EntryNumber", [row["CNTITEM"] for row in rows]):
            self._edit_invoice(batch, item)
        self._count(batch)

    def _edit_invoice(self, batch: int, item: Item) -> None:
        match item.change:
            case Change.INSERT:
                header = self._unit.needed("APIBC", {"CNTBTCH": batch}, "CNTLSTITEM")
                number = int(header["CNTLSTITEM"]) + 1
                self._put(batch, number, self._drafted(item.values))
                self._unit.update("APIBC", {"CNTBTCH": batch}, CNTLSTITEM=number)
            case Change.DELETE:
                self._remove(batch, int(item.key))
            case Change.UPDATE:
                number = int(item.key)
                merged = _merged(self._written(batch, number), item.values)
                entry = drafted_entry(self._unit, merged)
                check_entry(self._unit, entry, self._switches, own=(batch, number))
                self._remove(batch, number)
                self._put(batch, number, entry, is_checked=True)

    def _drafted(self, values: Mapping[str, Any]) -> ApEntry:
        entry = drafted_entry(self._unit, values)
        fields = with_auto_inserted(entry.optional_fields, self._switches)
        return replace(entry, optional_fields=fields)

    def _put(self, batch: int, number: int, entry: ApEntry, *, is_checked: bool = False) -> None:
        if not is_checked:
            check_entry(self._unit, entry, self._switches)
        name = entry.tax_group or self._vendors_tax_group(entry.vendor)
        insert_entry(
            self._unit,
            entry,
            self._tax_group(name),
            batch=batch,
            number=number,
            source="AP",
        )

    def _vendors_tax_group(self, vendor: str) -> str:
        row = self._unit.needed("APVEN", {"VENDORID": vendor}, "CODETAXGRP")
        return str(row["CODETAXGRP"])

    def _remove(self, batch: int, number: int) -> None:
        for table in ENTRY_TABLES:
            self._unit.delete(table, {"CNTBTCH": batch, "CNTITEM": number})

    def _count(self, batch: int) -> None:
        """Bring the header's counts and total in line with the entries."""
        rows = self._unit.rows("APIBH", {"CNTBTCH": batch}, "CNTITEM", "AMTGROSDST")
        header = self._unit.needed("APIBC", {"CNTBTCH": batch}, "CNTLSTITEM")
        last = max((row["CNTITEM"] for row in rows), default=0)
        self._unit.update(
            "APIBC",
            {"CNTBTCH": batch},
            CNTINVCENT=len(rows),
            AMTENTR=sum((row["AMTGROSDST"] for row in rows), ZERO),
            CNTLSTITEM=max(last, header["CNTLSTITEM"]),
            DTELSTEDIT=self._unit.today,
        )

    def _written(self, batch: int, number: int) -> dict[str, Any]:
        """The values that would write an existing invoice again."""
        row = self._unit.needed("APIBC", {"CNTBTCH": batch}, *INVOICE_BATCH.columns)
        record = next(
            invoice
            for invoice in batch_records(self._unit, [row])[0]["Invoices"]
            if invoice["EntryNumber"] == number
        )
        if record["RateOverridden"] == "No":
            del record["ExchangeRate"]
        return INVOICE.accepted({name: record[name] for name in record if name in _WRITABLE})


_WRITABLE = frozenset(
    item.name
    for item in INVOICE.properties
    if (item.column or item.kind is Kind.LIST)
    and item.name not in {"TaxTotal", "InvoicePaymentSchedules"}
)


def _merged(written: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an invoice after a PATCH: its own, then the Puts, then its details."""
    merged = dict(written)
    for name, shape, key in (
        ("InvoiceDetails", INVOICE_DETAIL, "LineNumber"),
        ("InvoiceOptionalFields", INVOICE_OPTIONAL_FIELD, "OptionalField"),
    ):
        if name in changed:
            merged[name] = _merged_items(shape, written[name], changed[name], key)
    for name, value in changed.items():
        if name not in {"InvoiceDetails", "InvoiceOptionalFields", "UpdateOperation"}:
            merged.pop(name, None)  # a Put comes after what is there
            merged[name] = value
    return merged


def _merged_items(
    shape: Shape, written: list[dict[str, Any]], payload: Any, key: str
) -> list[Mapping[str, Any]]:
    """The items of a collection after a PATCH, in the form in which a payload would send them."""
    standing: dict[Any, dict[str, Any]] = {item[key]: dict(item) for item in written}
    added: list[Mapping[str, Any]] = []
    for raw, item in zip(payload, changes(shape, payload, key, standing), strict=True):
        match item.change:
            case Change.INSERT:
                added.append(raw)
            case Change.DELETE:
                del standing[item.key]
            case Change.UPDATE:
                standing[item.key] |= raw
    return [
        {k: v for k, v in item.items() if k != "UpdateOperation"}
        for item in (*standing.values(), *added)
    ]


def as_web_api_error(error: WebApiError | SageRefused) -> WebApiError:
    """The refusal of Sage's business layer as the Web API says it."""
    if isinstance(error, WebApiError):
        return error
    return WebApiError("RecordInvalid", f"{error.reason}: {error.message}")
