"""Who the company is, and whether its database has what we read.

Source: Sage tables sheet 2 (CSCOM) and 1.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, select

from portal_pipeline.core.base import Frozen
from portal_pipeline.sage.authorisation_tables import AUTORIZA_OC, AUTORIZA_OC_DETALLE
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.tables import sage_table

TABLES_READ = (
    "APVEN",
    "APVENO",
    "ICLOC",
    "CSCOM",
    "CSOPTFH",
    "CSOPTFD",
    "POPORH1",
    "POPORH2",
    "POPORL",
    "POPORHO",
    "PORCPH1",
    "PORCPL",
    "POINVH1",
    "POINVHO",
    "POCRNH1",
    "POCRNHO",
    "APIBC",
    "APIBH",
    "APIBHO",
    "APOBL",
    "APOBLO",
    "APBTA",
    "APTCR",
    "APTCRO",
    "APTCP",
    "APPYM",
    "APPTER",
    "BKACCT",
)


class CompanyProfile(Frozen):
    """The company's own record."""

    org_id: str
    name: str
    home_currency: str


def select_profile() -> Select[Any]:
    """The company. Grain: one row. Tables: CSCOM."""
    table = sage_table("CSCOM")
    return select(table.c.ORGID, table.c.CONAME, table.c.HOMECUR)


def select_nothing(name: str) -> Select[Any]:
    """Every key column of a table and no row: fails where the table cannot be read.

    Purpose: `check`. Grain: no row. Tables: the one named.
    """
    table = sage_table(name)
    return select(*table.primary_key.columns).where(false())


def read_profile(db: SageDatabase) -> CompanyProfile | None:
    """The company, or None when the table is empty."""
    with db.company() as connection:
        row = connection.execute(select_profile()).first()
    return (
        None
        if row is None
        else CompanyProfile(org_id=row.ORGID, name=row.CONAME, home_currency=row.HOMECUR)
    )


def read_every_table(db: SageDatabase) -> None:
    """Read nothing from every table that we use.

    Raises:
        PipelineError: the first that cannot be read, with cause and remedy.
    """
    for name in TABLES_READ:
        with db.company() as connection:
            connection.execute(select_nothing(name)).all()


def read_authorisation_tables(db: SageDatabase) -> None:
    """Read nothing from the authorisation tables.

    Raises:
        PipelineError: they cannot be read.
    """
    with db.authorisations() as connection:
        for table in (AUTORIZA_OC, AUTORIZA_OC_DETALLE):
            connection.execute(select(*table.columns).where(false())).all()
