"""A/P invoice batches: created, changed while open, made ready, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - ``date`` is an argument's name here
from enum import IntEnum

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.ap_entries import insert_entry
from portal_pipeline.sandbox.sage.company.ap_posting import post_batch
from portal_pipeline.sandbox.sage.company.entries import (
    ApEntry,
    OptionalValue,
    PostingResult,
    SageRefused,
)
from portal_pipeline.sandbox.sage.company.purchasing import active_vendor
from portal_pipeline.sandbox.sage.company.store import CompanyStore
from portal_pipeline.sandbox.sage.company.unit import Row, Unit


class BatchState(IntEnum):
    """APIBC.BTCHSTTS and APBTA.BATCHSTAT."""

    OPEN = 1
    POSTED = 3
    DELETED = 4
    POSTING = 5
    READY = 7


class BatchKind(IntEnum):
    """APIBC.BTCHTYPE and APBTA.BATCHTYPE."""

    ENTERED = 1
    IMPORTED = 2
    GENERATED = 3


BATCH_COLUMNS = ("CNTBTCH", "BTCHSTTS", "CNTINVCENT", "CNTLSTITEM", "AMTENTR", "SRCEAPPL")
ENTRY_TABLES = ("APIBHO", "APIBS", "APIBD", "APIBH")


class ApBatchActions(CompanyStore):
    """What A/P clerks, programs and the Web API do with invoice batches."""

    def create_ap_invoice_batch(
        self, *, description: str, date: Date, source: str = "AP", entries: Sequence[ApEntry]
    ) -> int:
        """A new open batch with these entries, numbered 1, 2, ...; its number.

        All or nothing: a refused entry leaves no batch. An empty batch is possible, as it is in
        Sage; a document total that differs from the lines is saved and refused at posting.

        Values:
            description: ``BTCHDESC``, at most 60 characters.
            date: ``DATEBTCH``.
            source: ``SRCEAPPL``, two characters.

        Raises:
            SageRefused: ``apven_unknown``, ``vendor_inactive``, ``txgrp_unknown``,
                ``aprdc_unknown``, ``no_details``, ``currency_differs``, ``text_too_long``,
                ``optional_field_unknown``, ``optional_field_value``, ``optional_field_too_long``.
        """
        with self.writing() as unit:
            return self._insert_batch(
                unit, description=description, on=date, source=source, entries=entries
            )

    def append_ap_entries(self, *, batch: int, entries: Sequence[ApEntry]) -> tuple[int, ...]:
        """Add entries to an open batch; their entry numbers.

        Raises:
            SageRefused: ``batch_not_open``, and whatever an entry is refused for.
        """
        with self.writing() as unit:
            header = open_batch(unit, batch)
            return self._append(unit, header, entries)

    def set_ap_batch_state(self, *, batch: int, state: BatchState) -> None:
        """Open, ready to post or deleted; a posted or deleted batch stays so.

        Raises:
            SageRefused: ``batch_not_open``.
        """
        with self.writing() as unit:
            header = ap_batch(unit, batch)
            if header["BTCHSTTS"] not in {BatchState.OPEN, BatchState.READY}:
                raise SageRefused("batch_not_open", str(batch))
            unit.update("APIBC", {"CNTBTCH": batch}, BTCHSTTS=int(state), DTELSTEDIT=unit.today)

    def remove_ap_entry(self, *, batch: int, entry: int) -> None:
        """Take an entry out of an open batch.

        Raises:
            SageRefused: ``batch_not_open``, ``apibh_unknown``.
        """
        with self.writing() as unit:
            header = open_batch(unit, batch)
            key = {"CNTBTCH": batch, "CNTITEM": entry}
            total = unit.needed("APIBH", key, "AMTGROSDST")["AMTGROSDST"]
            for table in ENTRY_TABLES:
                unit.delete(table, key)
            unit.update(
                "APIBC",
                {"CNTBTCH": batch},
                CNTINVCENT=header["CNTINVCENT"] - 1,
                AMTENTR=header["AMTENTR"] - total,
                DTELSTEDIT=unit.today,
            )

    def set_ap_entry_field(self, *, batch: int, entry: int, name: str, value: str) -> None:
        """Set an optional field (such as ``FOLIOCFD``) of an entry of an open batch.

        Raises:
            SageRefused: ``batch_not_open``, ``apibh_unknown``, and for the field.
        """
        with self.writing() as unit:
            open_batch(unit, batch)
            key = {"CNTBTCH": batch, "CNTITEM": entry}
            unit.needed("APIBH", key, "IDVEND")
            unit.set_optional("APIBH", "APIBHO", key, OptionalValue(name=name, value=value))

    def post_ap_invoice_batch(self, batch: int) -> PostingResult:
        """Post an open or ready batch; it may half succeed.

        Each entry is checked (period open, vendor active, balance, rate, accounts, required
        optional fields, duplicate of a posted document). Good ones get their posted document
        (APOBL, APOBLO, APOBS); bad ones are copied into one new open batch, named by
        ``ERRBATCH``/``ERRENTRY`` of the original, with one APPTER row each. The batch is posted
        either way. Source: Web API sheet 8, 10 rules 19 and 20.

        Raises:
            SageRefused: ``apibc_unknown``, ``batch_not_postable`` (posted, deleted).
        """
        with self.writing() as unit:
            return post_batch(unit, batch)

    def set_ap_batch_posting(self, *, batch: int) -> None:
        """Show a batch as being posted (status 5) until it is posted or set back."""
        with self.writing() as unit:
            ap_batch(unit, batch)
            unit.update("APIBC", {"CNTBTCH": batch}, BTCHSTTS=int(BatchState.POSTING))

    def clear_posted_batch(self, *, batch: int) -> None:
        """Period-end maintenance: the batch's rows vanish, its posted documents stay.

        Raises:
            SageRefused: ``batch_not_posted``.
        """
        with self.writing() as unit:
            if ap_batch(unit, batch)["BTCHSTTS"] != BatchState.POSTED:
                raise SageRefused("batch_not_posted", str(batch))
            for table in (*ENTRY_TABLES, "APIBC"):
                unit.delete(table, {"CNTBTCH": batch})

    def _insert_batch(
        self,
        unit: Unit,
        *,
        description: str,
        on: Date,
        source: str,
        entries: Sequence[ApEntry],
        kind: BatchKind = BatchKind.ENTERED,
    ) -> int:
        """A new open batch within a transaction; its number."""
        batch = unit.take("ap_invoice_batch")
        unit.insert(
            "APIBC",
            {
                "CNTBTCH": batch,
                "DATEBTCH": on,
                "BTCHDESC": description,
                "BTCHTYPE": int(kind),
                "BTCHSTTS": int(BatchState.OPEN),
                "INVCTYPE": 1,
                "DTELSTEDIT": unit.today,
                "SRCEAPPL": source,
            },
        )
        if entries:
            self._append(unit, ap_batch(unit, batch), entries)
        return batch

    def _append(self, unit: Unit, header: Row, entries: Sequence[ApEntry]) -> tuple[int, ...]:
        batch, last = header["CNTBTCH"], header["CNTLSTITEM"]
        total = ZERO
        for number, entry in enumerate(entries, start=last + 1):
            vendor = active_vendor(unit, entry.vendor)
            group = self._tax_group(unit, entry.tax_group or vendor["CODETAXGRP"])
            total += insert_entry(
                unit, entry, group, batch=batch, number=number, source=header["SRCEAPPL"]
            )
        unit.update(
            "APIBC",
            {"CNTBTCH": batch},
            CNTINVCENT=header["CNTINVCENT"] + len(entries),
            CNTLSTITEM=last + len(entries),
            AMTENTR=header["AMTENTR"] + total,
            DTELSTEDIT=unit.today,
        )
        return tuple(range(last + 1, last + len(entries) + 1))


def ap_batch(unit: Unit, batch: int) -> Row:
    """The batch's header."""
    return unit.needed("APIBC", {"CNTBTCH": batch}, *BATCH_COLUMNS)


def open_batch(unit: Unit, batch: int) -> Row:
    """The header of a batch that can be edited."""
    header = ap_batch(unit, batch)
    if header["BTCHSTTS"] != BatchState.OPEN:
        raise SageRefused("batch_not_open", str(batch))
    return header
