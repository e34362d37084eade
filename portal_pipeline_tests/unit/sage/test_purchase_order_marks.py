"""Each stamp and each invoice mark counts by itself, whatever other tables say.

Real Sage stamps a header without its lines and vice versa, and it is not known for certain what
INVLINES counts (Sage tables sheet 1 and 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, update

from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.purchase_orders import read_changed_numbers, read_purchase_orders
from portal_pipeline.sage.receipts import read_orders_with_open_receipts
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sandbox.sage.company import (
    OptionalValue,
    OrderLine,
    ReceivedQuantity,
    SageCompany,
    sandbox_engine,
)
from portal_pipeline_tests.templates import put_company

D = Decimal
BEFORE, SINCE, AFTER = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 10)
STAMPED = ("POPORH1", "POPORH2", "POPORL", "POPORHO", "PORCPH1", "PORCPL")


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Engine]:
    """A database with one order, received in part, of which every row is old."""
    put_company(tmp_path / "sage.db")
    sandbox = sandbox_engine(f"sqlite:///{tmp_path / 'sage.db'}")
    company = SageCompany.create(
        sandbox,
        org_id="COPDAT",
        name="Comercial",
        rfc="CNO010101AB1",
        clock=lambda: datetime(2026, 3, 2, 18, 0, tzinfo=UTC),
        zone=ZoneInfo("America/Mexico_City"),
    )
    company.add_vendor(vendor="P1", name="Aceros")
    number = company.raise_purchase_order(
        vendor="P1",
        number="OC1",
        lines=(OrderLine(item="TUBO", quantity=D(10), unit_cost=D(100)),),
        optional_fields=(OptionalValue(name="AFE", value="A"),),
    )
    company.receive(quantities=[ReceivedQuantity(po_number=number, line=1, quantity=D(4))])
    sandbox.dispose()
    engine = create_engine(f"sqlite:///{tmp_path / 'sage.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def db(tables: Engine) -> Iterator[SageDatabase]:
    database = SageDatabase("acme", tables.url, None)
    yield database
    database.close()


def write(tables: Engine, table: str, **values: Any) -> None:
    """Change columns of every row, as a program past Sage would."""
    with tables.begin() as connection:
        connection.execute(update(sage_table(table)).values(**values))


def test_what_is_older_than_the_day_did_not_change(db: SageDatabase) -> None:
    assert set(read_changed_numbers(db, SINCE)) == set()


@pytest.mark.parametrize("table", STAMPED)
def test_a_stamp_of_one_table_alone_is_a_change(
    tables: Engine, db: SageDatabase, table: str
) -> None:
    write(tables, table, AUDTDATE=AFTER)
    assert set(read_changed_numbers(db, SINCE)) == {"OC1"}


@pytest.mark.parametrize(
    ("receipt", "line", "is_invoiced"),
    [
        pytest.param(0, 0, False, id="none"),
        pytest.param(1, 0, True, id="of the receipt"),
        pytest.param(0, 2, True, id="of the line"),
    ],
)
def test_either_invoice_mark_is_enough(
    tables: Engine, db: SageDatabase, receipt: int, line: int, *, is_invoiced: bool
) -> None:
    write(tables, "PORCPH1", ISINVOICED=receipt)
    write(tables, "PORCPL", INVLINES=line)
    (read,) = read_purchase_orders(db, ["OC1"], OptionalFields())["OC1"].receipts
    assert read.is_invoiced is is_invoiced
    assert bool(list(read_orders_with_open_receipts(db))) is not is_invoiced


def test_stocking_units_are_never_read(tables: Engine, db: SageDatabase) -> None:
    write(tables, "POPORL", SQORDERED=D(999), SQCANCELED=D(999), SQRECEIVED=D(999))
    (line,) = read_purchase_orders(db, ["OC1"], OptionalFields())["OC1"].lines
    assert (line.ordered, line.received, line.cancelled) == (10, 4, 0)


def test_taxes_inside_the_price_are_told_apart(tables: Engine, db: SageDatabase) -> None:
    write(tables, "POPORL", TAXINCLUD1=1, TAXRATE2=D("-4"), TAXBASE2=D(1000))
    (line,) = read_purchase_orders(db, ["OC1"], OptionalFields())["OC1"].lines
    assert [(tax.rate, tax.base, tax.is_included) for tax in line.taxes] == [
        (16, 1000, True),
        (-4, 1000, False),
    ]
