"""Database rows -> records with their collections embedded, a whole page at a time (rule 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sandbox.sage.company.unit import Row, Unit
from portal_pipeline.sandbox.sage.web_api import ap_shapes
from portal_pipeline.sandbox.sage.web_api.shapes import Shape

Record = dict[str, Any]
_TYPE_NAMES = {number: name for name, number in ap_shapes.OPTIONAL_FIELD_TYPES.items()}
_VALUE_WIDTH = 60
_FIELD = ap_shapes.INVOICE_OPTIONAL_FIELD


class _Part(NamedTuple):
    """One collection of the invoices of a page."""

    name: str
    shape: Shape
    rows: Mapping[tuple[Any, ...], list[Row]]


def all_rows(unit: Unit, table: str, *columns: str) -> Sequence[Row]:
    """Every row of a table, in the order of its key."""
    source = sage_table(table)
    query = select(*(source.c[name] for name in columns)).order_by(*source.primary_key)
    return [dict(zip(columns, row, strict=True)) for row in unit.connection.execute(query)]


def batch_records(unit: Unit, rows: Sequence[Row]) -> list[Record]:
    """The batches with invoices, details, schedules and optional fields."""
    numbers = [row["CNTBTCH"] for row in rows]
    entries = _grouped(_rows(unit, "APIBH", numbers, ap_shapes.INVOICE), "CNTBTCH")
    parts = [
        _Part(name, shape, _grouped(_rows(unit, table, numbers, shape), "CNTBTCH", "CNTITEM"))
        for name, table, shape in (
            ("InvoiceDetails", "APIBD", ap_shapes.INVOICE_DETAIL),
            ("InvoicePaymentSchedules", "APIBS", ap_shapes.PAYMENT_SCHEDULE),
            ("InvoiceOptionalFields", "APIBHO", _FIELD),
        )
    ]
    return [
        {
            **ap_shapes.INVOICE_BATCH.record(row),
            "Invoices": [_invoice(entry, parts) for entry in entries[(row["CNTBTCH"],)]],
        }
        for row in rows
    ]


def vendor_records(unit: Unit, rows: Sequence[Row]) -> list[Record]:
    """The vendors with their optional fields."""
    numbers = [row["VENDORID"] for row in rows]
    shape = ap_shapes.VENDOR_OPTIONAL_FIELD
    fields = _grouped(
        unit.rows("APVENO", {"VENDORID": numbers}, *shape.columns) if numbers else (), "VENDORID"
    )
    return [
        {
            **ap_shapes.VENDOR.record(row),
            "VendorOptionalFieldValues": [
                _optional_value(shape, field) for field in fields[(row["VENDORID"],)]
            ],
        }
        for row in rows
    ]


def _rows(unit: Unit, table: str, batches: list[int], shape: Shape) -> Sequence[Row]:
    return unit.rows(table, {"CNTBTCH": batches}, *shape.columns) if batches else ()


def _grouped(rows: Iterable[Row], *columns: str) -> Mapping[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in columns)].append(row)
    return groups


def _invoice(row: Row, parts: Iterable[_Part]) -> Record:
    record = ap_shapes.INVOICE.record(row)
    record["UndistributedAmount"] = row["AMTGROSTOT"] - row["AMTGROSDST"]
    for part in parts:
        show = _optional_value if part.shape is _FIELD else Shape.record
        items = part.rows.get((row["CNTBTCH"], row["CNTITEM"]), ())
        record[part.name] = [show(part.shape, item) for item in items]
    return record


def _optional_value(shape: Shape, row: Row) -> Record:
    """The long read shape: the value as text, and once more in the property of its type."""
    record = shape.record(row)
    value: str = row["VALUE"].strip()
    match _TYPE_NAMES.get(row["TYPE"]):
        case "YesNo":
            record["Value"] = value.rjust(_VALUE_WIDTH)
            record["YesNoValue"] = value == "1"
        case "Date":
            is_date = len(value) == 8
            shown = f"{value[:4]}-{value[4:6]}-{value[6:]}T00:00:00Z" if is_date else None
            record["DateValue"] = shown
        case "Number":
            record["NumberValue"] = Decimal(value or 0)
        case "Integer":
            record["IntegerValue"] = int(value or 0)
        case "Amount":
            record["AmountValue"] = Decimal(value or 0)
        case _:
            record["TextValue"] = value
    return record
