"""UUIDs of the invoices that Sage payments pay.

Source: Sage tables sheet 2 (APBTA, APTCR, APTCP) and 3; rules 4 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.ap_document_sources import apibh, apibho, apoblo, poinvh1, poinvho
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.statements import Query, prepared

apbta, aptcr, aptcp = sage_table("APBTA"), sage_table("APTCR"), sage_table("APTCP")

PAYMENTS = "PY"
POSTED = 3
PAYMENT = 1
"""RMITTYPE; prepayments, adjustments and others pay no listed invoice."""


def _since(column: ColumnElement[date], day: date) -> ColumnElement[bool]:
    return column >= day


def _paid_lines(posted_from: date | None, stamped_from: date | None) -> list[ColumnElement[bool]]:
    """Applied lines of good entries of posted payment batches; a stamp on any part counts."""
    conditions: list[ColumnElement[bool]] = [
        apbta.c.PAYMTYPE == PAYMENTS,
        apbta.c.BATCHSTAT == POSTED,
        aptcr.c.ERRENTRY == 0,
        aptcr.c.RMITTYPE == PAYMENT,
    ]
    if posted_from is not None:
        conditions.append(_since(aptcr.c.DATEBUS, posted_from))
    if stamped_from is not None:
        conditions.append(
            or_(*(_since(table.c["AUDTDATE"], stamped_from) for table in (apbta, aptcr, aptcp)))
        )
    return conditions


def _from_payments(column: ColumnElement[str]) -> Select[Any]:
    return (
        select(column.label("uuid"))
        .distinct()
        .join_from(
            apbta,
            aptcr,
            and_(aptcr.c.BTCHTYPE == apbta.c.PAYMTYPE, aptcr.c.CNTBTCH == apbta.c.CNTBTCH),
        )
        .join(
            aptcp,
            and_(
                aptcp.c.BATCHTYPE == aptcr.c.BTCHTYPE,
                aptcp.c.CNTBTCH == aptcr.c.CNTBTCH,
                aptcp.c.CNTRMIT == aptcr.c.CNTENTR,
            ),
        )
    )


_OF_POSTED = _from_payments(apoblo.c.VALUE).join(
    apoblo, and_(apoblo.c.IDVEND == aptcp.c.IDVEND, apoblo.c.IDINVC == aptcp.c.IDINVC)
)
_OF_ENTRIES = (
    _from_payments(apibho.c.VALUE)
    .join(apibh, and_(apibh.c.IDVEND == aptcp.c.IDVEND, apibh.c.IDINVC == aptcp.c.IDINVC))
    .join(apibho, and_(apibho.c.CNTBTCH == apibh.c.CNTBTCH, apibho.c.CNTITEM == apibh.c.CNTITEM))
)
_OF_ORDERS = (
    _from_payments(poinvho.c.VALUE)
    .join(poinvh1, and_(poinvh1.c.VDCODE == aptcp.c.IDVEND, poinvh1.c.INVNUMBER == aptcp.c.IDINVC))
    .join(poinvho, poinvho.c.INVHSEQ == poinvh1.c.INVHSEQ)
)


def _query(
    statement: Select[Any], options: Table
) -> Callable[[str, date | None, date | None], Query]:
    @prepared
    def select_paid(field: str, posted_from: date | None, stamped_from: date | None) -> Select[Any]:
        conditions = _paid_lines(posted_from, stamped_from)
        return statement.where(options.c["OPTFIELD"] == field, *conditions)

    return select_paid


_QUERIES = (
    _query(_OF_POSTED, apoblo),
    _query(_OF_ENTRIES, apibho),
    _query(_OF_ORDERS, poinvho),
)


def paid_uuid_queries(
    field: str, *, posted_from: date | None, stamped_from: date | None
) -> list[Query]:
    """UUIDs of paid invoices: of posted documents, of batch entries, of PO invoices.

    Grain: one row per UUID. Tables: APBTA, APTCR, APTCP and APOBLO; APIBH, APIBHO; POINVH1,
    POINVHO.
    """
    return [query(field, posted_from, stamped_from) for query in _QUERIES]


def read_paid_uuids(
    db: SageDatabase,
    fields: OptionalFields,
    *,
    posted_from: date | None = None,
    stamped_from: date | None = None,
) -> Iterator[str]:
    """UUIDs, upper case, that posted payments pay; one perhaps more than once.

    Args:
        db: the tenant's Sage database.
        fields: names of the optional fields.
        posted_from: only payments posted on or after that day (``DATEBUS``).
        stamped_from: only payments whose batch, entry or line was written on or after that day
            (UTC); None: all.
    """
    with db.company() as connection:
        for query in paid_uuid_queries(
            fields.cfdi_uuid, posted_from=posted_from, stamped_from=stamped_from
        ):
            uuids = (upper_uuid(value) for value in connection.execute(*query).scalars())
            yield from filter(None, uuids)
