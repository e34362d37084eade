"""Purchase orders with their lines, optional fields and receipts.

Source: Sage tables sheet 2 (POPORH1, POPORH2, POPORL, POPORHO) and 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, select

from portal_pipeline.core.purchase_orders.models import (
    LineTax,
    ReceiptLine,
    SagePoLine,
    SagePurchaseOrder,
)
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.receipts import (
    read_receipt_lines,
    select_stamped_receipt_lines,
    select_stamped_receipts,
)
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import Query, prepared

KEYS_PER_STATEMENT_MAX = 400
TAX_AUTHORITIES = range(1, 6)
YES = 1

header, second = sage_table("POPORH1"), sage_table("POPORH2")
line, field = sage_table("POPORL"), sage_table("POPORHO")


class PoKey(NamedTuple):
    """What tells whether an order is a candidate of a full sweep."""

    number: str
    sequence: int
    """PORHSEQ."""
    ordered_on: date | None
    is_complete: bool


@prepared
def select_orders(numbers: Sequence[str]) -> Select[Any]:
    """Headers of orders.

    Purpose: build and classify. Grain: one row per order. Tables: POPORH1, POPORH2 (1:1).
    """
    return (
        select(
            header.c.PORHSEQ,
            header.c.PONUMBER,
            header.c.VDCODE,
            header.c.PORTYPE,
            header.c.ONHOLD,
            header.c.ISCOMPLETE,
            header.c.DATE,
            header.c.EXPARRIVAL,
            header.c.FOBPOINT,
            header.c.DESCRIPTIO,
            header.c.REFERENCE,
            header.c.COMMENT,
            header.c.RQNNUMBER,
            header.c.TERMSCODE,
            header.c.CURRENCY,
            header.c.RATE,
            header.c.RATEOPER,
            header.c.EXTENDED,
            header.c.DISCOUNT,
            header.c.DOCTOTAL,
            second.c.ENTEREDBY,
        )
        .select_from(header.outerjoin(second, second.c.PORHSEQ == header.c.PORHSEQ))
        .where(header.c.PONUMBER.in_(numbers))
        .order_by(header.c.PONUMBER)
    )


@prepared
def select_lines(sequences: Sequence[int]) -> Select[Any]:
    """Lines of orders, in ordering units, in order of PORLREV.

    Purpose: quantities, prices and taxes. Grain: one row per line. Tables: POPORL.
    """
    taxes = [
        line.c[f"{name}{number}"]
        for number in TAX_AUTHORITIES
        for name in ("TAXRATE", "TAXBASE", "TAXINCLUD")
    ]
    return (
        select(
            line.c.PORHSEQ,
            line.c.PORLSEQ,
            line.c.ITEMNO,
            line.c.ITEMDESC,
            line.c.LOCATION,
            line.c.ORDERUNIT,
            line.c.OQORDERED,
            line.c.OQRECEIVED,
            line.c.OQCANCELED,
            line.c.UNITCOST,
            line.c.DISCPCT,
            line.c.EXTENDED,
            line.c.DISCOUNT,
            *taxes,
        )
        .where(line.c.PORHSEQ.in_(sequences))
        .order_by(line.c.PORHSEQ, line.c.PORLREV)
    )


@prepared
def select_fields(sequences: Sequence[int], names: Sequence[str]) -> Select[Any]:
    """Optional fields of orders.

    Purpose: AFE and use of the CFDI. Grain: one row per order and field. Tables: POPORHO.
    """
    return select(field.c.PORHSEQ, field.c.OPTFIELD, field.c.VALUE).where(
        field.c.PORHSEQ.in_(sequences), field.c.OPTFIELD.in_(names)
    )


@prepared
def select_keys() -> Select[Any]:
    """Every order there is.

    Purpose: the daily sweep. Grain: one row per order. Tables: POPORH1.
    """
    return select(header.c.PORHSEQ, header.c.PONUMBER, header.c.DATE, header.c.ISCOMPLETE)


def queries_of_changes(since: date) -> list[Query]:
    """Orders stamped on or after a day, in any of their tables or in a receipt.

    Purpose: what changed since the last reading (a changed header stamps no line and vice versa).
    Grain: one row per order and table. Tables: POPORH1, POPORH2, POPORL, POPORHO, PORCPL, PORCPH1.
    """
    return [one(since) for one in _CHANGES]


def _changed(part: Table) -> Callable[[date], Query]:
    @prepared
    def select_changed(since: date) -> Select[Any]:
        if part is header:
            return select(header.c.PONUMBER).where(header.c.AUDTDATE >= since)
        return (
            select(header.c.PONUMBER)
            .select_from(header.join(part, part.c.PORHSEQ == header.c.PORHSEQ))
            .where(part.c.AUDTDATE >= since)
            .distinct()
        )

    return select_changed


_CHANGES = (
    *(_changed(part) for part in (header, second, line, field)),
    select_stamped_receipt_lines,
    select_stamped_receipts,
)


def read_changed_numbers(db: SageDatabase, since: date) -> Iterator[str]:
    """Numbers of the orders stamped on or after a day (UTC); one perhaps more than once."""
    with db.company() as connection:
        for query in queries_of_changes(since):
            yield from connection.execute(*query).scalars()


def read_keys(db: SageDatabase) -> Iterator[PoKey]:
    """Every order, in no order."""
    with db.company() as connection:
        for row in connection.execute(*select_keys()):
            yield PoKey(
                number=row.PONUMBER,
                sequence=row.PORHSEQ,
                ordered_on=row.DATE,
                is_complete=row.ISCOMPLETE == YES,
            )


def read_purchase_orders(
    db: SageDatabase, numbers: Sequence[str], fields: OptionalFields
) -> dict[str, SagePurchaseOrder]:
    """Orders by number; an unknown number is missing from the answer."""
    found: dict[str, SagePurchaseOrder] = {}
    wanted = sorted(set(numbers))
    with db.company() as connection:
        for start in range(0, len(wanted), KEYS_PER_STATEMENT_MAX):
            part = wanted[start : start + KEYS_PER_STATEMENT_MAX]
            found |= _read_part(connection, part, fields)
    return found


def _read_part(
    connection: Connection, numbers: Sequence[str], fields: OptionalFields
) -> dict[str, SagePurchaseOrder]:
    headers = connection.execute(*select_orders(numbers)).all()
    sequences = [row.PORHSEQ for row in headers]
    if not sequences:
        return {}
    lines: dict[int, list[SagePoLine]] = defaultdict(list)
    for row in connection.execute(*select_lines(sequences)):
        lines[row.PORHSEQ].append(_line(row))
    names = [fields.po_afe, fields.po_cfdi_use]
    texts = {
        (row.PORHSEQ, row.OPTFIELD): row.VALUE
        for row in connection.execute(*select_fields(sequences, names))
    }
    receipts = read_receipt_lines(connection, sequences)
    return {
        row.PONUMBER: _order(
            row, tuple(lines[row.PORHSEQ]), tuple(receipts.get(row.PORHSEQ, ())), texts, fields
        )
        for row in headers
    }


def _order(
    row: Row[Any],
    lines: tuple[SagePoLine, ...],
    receipts: tuple[ReceiptLine, ...],
    texts: Mapping[tuple[int, str], str],
    fields: OptionalFields,
) -> SagePurchaseOrder:
    return SagePurchaseOrder(
        number=row.PONUMBER,
        sequence=row.PORHSEQ,
        vendor_id=row.VDCODE,
        order_type=row.PORTYPE,
        is_on_hold=row.ONHOLD == YES,
        is_complete=row.ISCOMPLETE == YES,
        ordered_on=row.DATE,
        expected_on=row.EXPARRIVAL,
        buyer=row.FOBPOINT,
        entered_by=row.ENTEREDBY or "",
        description=row.DESCRIPTIO,
        reference=row.REFERENCE,
        comment=row.COMMENT,
        requisition=row.RQNNUMBER,
        terms=row.TERMSCODE,
        currency=row.CURRENCY,
        rate=row.RATE,
        rate_operator=row.RATEOPER,
        extended=row.EXTENDED,
        discount=row.DISCOUNT,
        total=row.DOCTOTAL,
        afe=texts.get((row.PORHSEQ, fields.po_afe), ""),
        cfdi_use=texts.get((row.PORHSEQ, fields.po_cfdi_use), ""),
        lines=lines,
        receipts=receipts,
    )


def _line(row: Row[Any]) -> SagePoLine:
    values = row._mapping
    return SagePoLine(
        line_id=row.PORLSEQ,
        item=row.ITEMNO,
        description=row.ITEMDESC,
        location=row.LOCATION,
        unit=row.ORDERUNIT,
        ordered=row.OQORDERED,
        received=row.OQRECEIVED,
        cancelled=row.OQCANCELED,
        unit_cost=row.UNITCOST,
        discount_percent=row.DISCPCT,
        extended=row.EXTENDED,
        discount=row.DISCOUNT,
        taxes=tuple(
            LineTax(
                rate=values[f"TAXRATE{number}"],
                base=values[f"TAXBASE{number}"],
                is_included=values[f"TAXINCLUD{number}"] == YES,
            )
            for number in TAX_AUTHORITIES
            if values[f"TAXRATE{number}"]
        ),
    )
