"""Receipts of purchase orders, line by line.

A receipt can cover several orders, and its header then names none of them: only the lines
(PORCPL.PORHSEQ, PORLSEQ) tell. Source: Sage tables sheet 2 (PORCPH1) and 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from portal_pipeline.core.purchase_orders.models import ReceiptLine
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import prepared

YES, NO = 1, 0

receipt, line, order = sage_table("PORCPH1"), sage_table("PORCPL"), sage_table("POPORH1")


@prepared
def select_receipt_lines(sequences: Sequence[int]) -> Select[Any]:
    """Receipt lines of orders, with the invoice mark of their receipt.

    Purpose: is everything that came invoiced or returned? Grain: one row per receipt line.
    Tables: PORCPL, PORCPH1.
    """
    return (
        select(
            line.c.PORHSEQ,
            line.c.PORLSEQ,
            line.c.OQRECEIVED,
            line.c.OQRETURNED,
            line.c.INVLINES,
            receipt.c.RCPNUMBER,
            receipt.c.ISINVOICED,
        )
        .select_from(line.join(receipt, receipt.c.RCPHSEQ == line.c.RCPHSEQ))
        .where(line.c.PORHSEQ.in_(sequences))
        .order_by(line.c.PORHSEQ, receipt.c.RCPNUMBER, line.c.RCPLREV)
    )


_BY_LINE = order.join(line, line.c.PORHSEQ == order.c.PORHSEQ)
_BY_HEADER = _BY_LINE.join(receipt, receipt.c.RCPHSEQ == line.c.RCPHSEQ)


@prepared
def select_stamped_receipt_lines(since: date) -> Select[Any]:
    """Orders with a receipt line stamped on or after a day.

    Purpose: what changed since the last reading. Grain: one row per order.
    Tables: PORCPL, POPORH1.
    """
    numbers = select(order.c.PONUMBER).distinct().select_from(_BY_LINE)
    return numbers.where(line.c.AUDTDATE >= since)


@prepared
def select_stamped_receipts(since: date) -> Select[Any]:
    """Orders with a receipt stamped on or after a day.

    Purpose: what changed since the last reading. Grain: one row per order.
    Tables: PORCPL, PORCPH1, POPORH1.
    """
    numbers = select(order.c.PONUMBER).distinct().select_from(_BY_HEADER)
    return numbers.where(receipt.c.AUDTDATE >= since)


@prepared
def select_orders_with_open_receipts() -> Select[Any]:
    """Orders of which a receipt is not invoiced.

    Purpose: complete orders that still wait for an invoice. Grain: one row per order.
    Tables: PORCPL, PORCPH1.
    """
    return (
        select(line.c.PORHSEQ)
        .select_from(line.join(receipt, receipt.c.RCPHSEQ == line.c.RCPHSEQ))
        .where(receipt.c.ISINVOICED == NO, line.c.INVLINES == 0)
        .distinct()
    )


def read_receipt_lines(
    connection: Connection, sequences: Sequence[int]
) -> dict[int, list[ReceiptLine]]:
    """Receipt lines by the order's PORHSEQ.

    A line is invoiced when an invoice line refers to it or its receipt is marked as invoiced; what
    INVLINES counts is inferred, so either mark is enough.
    """
    found: dict[int, list[ReceiptLine]] = defaultdict(list)
    for row in connection.execute(*select_receipt_lines(sequences)):
        found[row.PORHSEQ].append(
            ReceiptLine(
                receipt=row.RCPNUMBER,
                line_id=row.PORLSEQ,
                received=row.OQRECEIVED,
                returned=row.OQRETURNED,
                is_invoiced=row.ISINVOICED == YES or row.INVLINES > 0,
            )
        )
    return found


def read_orders_with_open_receipts(db: SageDatabase) -> Iterator[int]:
    """PORHSEQ of the orders of which a receipt is not invoiced."""
    with db.company() as connection:
        yield from connection.execute(*select_orders_with_open_receipts()).scalars()
