"""Which purchase orders are authorised, from the third-party tables (a database of their own).

Source: Sage tables sheet 4; sync rules sheet 0.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from portal_pipeline.core.purchase_orders.models import Authorisation
from portal_pipeline.sage.authorisation_tables import AUTORIZA_OC, AUTORIZA_OC_DETALLE
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.spool import Spool, in_parts
from portal_pipeline.statements import prepared

KEYS_PER_STATEMENT_MAX = 400
AUTHORISED = 1

main, detail = AUTORIZA_OC, AUTORIZA_OC_DETALLE


@prepared
def select_authorised(company: str, numbers: Sequence[str] | None) -> Select[Any]:
    """Authorised orders of a company; of these numbers, where some are given.

    Purpose: candidates. Grain: one row per row of Autoriza_OC. Tables: Autoriza_OC.
    """
    statement = select(main.c.PONumber).where(
        main.c.Empresa == company, main.c.Autorizada == AUTHORISED
    )
    return statement if numbers is None else statement.where(main.c.PONumber.in_(numbers))


@prepared
def select_dates(company: str, numbers: Sequence[str] | None) -> Select[Any]:
    """Last approval of each order of a company (a date, no amount: the server may compare it).

    Purpose: date of authorisation. Grain: one row per order. Tables: Autoriza_OC_detalle.
    """
    statement = (
        select(detail.c.PONumber, func.max(detail.c.Fecha).label("last"))
        .where(detail.c.Empresa == company)
        .group_by(detail.c.PONumber)
    )
    return statement if numbers is None else statement.where(detail.c.PONumber.in_(numbers))


@prepared
def select_authorised_since(company: str, since: date) -> Select[Any]:
    """Orders with an approval on or after a day.

    Purpose: what changed since the last reading. Grain: one row per order.
    Tables: Autoriza_OC_detalle.
    """
    return (
        select(detail.c.PONumber)
        .where(detail.c.Empresa == company, detail.c.Fecha >= since)
        .distinct()
    )


def read_authorised_since(db: SageDatabase, company: str, since: date) -> Iterator[str]:
    """Numbers of the orders with an approval on or after a day (the server's calendar)."""
    with db.authorisations() as connection:
        yield from _numbers(connection.execute(*select_authorised_since(company, since)).scalars())


def read_all_authorisations(db: SageDatabase, company: str) -> Iterator[tuple[str, Authorisation]]:
    """Every authorised order of a company, by number, in no order."""
    days = Spool()
    with db.authorisations() as connection:
        found = _dates(connection.execute(*select_dates(company, None)))
        days.put((number, on.isoformat()) for number, on in found)
        numbers = _numbers(connection.execute(*select_authorised(company, None)).scalars())
        for part in in_parts(numbers):
            known = days.texts(part)
            for number in part:
                on = date.fromisoformat(known[number]) if number in known else None
                yield number, Authorisation(is_authorised=True, on=on)


def read_authorisations(
    db: SageDatabase, company: str, numbers: Sequence[str]
) -> dict[str, Authorisation]:
    """Authorised ones among these orders; the others are missing from the answer."""
    found: dict[str, Authorisation] = {}
    wanted = sorted(set(numbers))
    with db.authorisations() as connection:
        for start in range(0, len(wanted), KEYS_PER_STATEMENT_MAX):
            part = wanted[start : start + KEYS_PER_STATEMENT_MAX]
            dates = dict(_dates(connection.execute(*select_dates(company, part))))
            approved = connection.execute(*select_authorised(company, part)).scalars()
            for number in _numbers(approved):
                found[number] = Authorisation(is_authorised=True, on=dates.get(number))
    return found


def _numbers(texts: Iterable[Any]) -> Iterator[str]:
    return (str(text).strip() for text in texts)


def _dates(rows: Iterable[Any]) -> Iterator[tuple[str, date]]:
    return ((row.PONumber.strip(), row.last) for row in rows if row.last is not None)
