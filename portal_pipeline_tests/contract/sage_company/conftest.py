"""A company for each test, copied from one that was created once; its clock moves by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApEntry,
    OrderLine,
    SageCompany,
    sandbox_engine,
)

ZONE = ZoneInfo("America/Mexico_City")
START = datetime(2026, 3, 2, 18, 30, 15, 120_000, tzinfo=UTC)
UUID = "6F1E0C2A-7B1D-4E55-9A64-0D2C5B7F9E11"


@dataclass
class HandClock:
    """A clock that stands still until it is set."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bench:
    """A company with what tests need around it."""

    company: SageCompany
    clock: HandClock

    def rows(self, table: str, **key: Any) -> list[dict[str, Any]]:
        """Rows of a table, read without the company."""
        source = sage_table(table)
        query = select(source).where(*(source.c[name] == value for name, value in key.items()))
        with self.company.engine.connect() as connection:
            found = connection.execute(query.order_by(*source.primary_key)).mappings()
            return [dict(row) for row in found]

    def row(self, table: str, **key: Any) -> dict[str, Any]:
        """The one row."""
        (found,) = self.rows(table, **key)
        return found

    def order(self, *lines: OrderLine, vendor: str = "P1", **more: Any) -> str:
        """A new purchase order."""
        return self.company.raise_purchase_order(vendor=vendor, lines=lines or (line(),), **more)


def opened(folder: Path, clock: HandClock) -> tuple[SageCompany, list[Engine]]:
    """The company whose databases are in a folder; created when they are not."""
    engines = [
        sandbox_engine(f"sqlite:///{folder / name}.db") for name in ("sage", "authorisations")
    ]
    company = SageCompany.create(
        engines[0],
        org_id="COPDAT",
        name="Comercial del Norte",
        rfc="CNO010101AB1",
        clock=clock,
        zone=ZONE,
        authorisation_engine=engines[1],
        empresa="COPDAT",
    )
    return company, engines


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A folder with the databases of a company that has three vendors and rates."""
    folder = tmp_path_factory.mktemp("template")
    company, engines = opened(folder, HandClock())
    company.add_vendor(vendor="P1", name="Aceros del Bajio", rfc="ABA010203XY1", provider_id="a-1")
    company.add_vendor(vendor="P2", name="Fletes", tax_group="IVA16FLE")
    company.add_vendor(vendor="U1", name="Acme Inc", currency="USD", tax_group="IVA0")
    company.set_exchange_rate(currency="USD", rate=Decimal("17.5"), on=START.date().replace(day=1))
    for engine in engines:
        engine.dispose()
    return folder


@contextmanager
def copied(template: Path, folder: Path) -> Iterator[Bench]:
    """A company of one's own in a folder."""
    for file in template.glob("*.db"):
        shutil.copy(file, folder)
    clock = HandClock()
    company, engines = opened(folder, clock)
    yield Bench(company, clock)
    for engine in engines:
        engine.dispose()


@pytest.fixture
def bench(template, tmp_path):
    """A company of its own for one test."""
    with copied(template, tmp_path) as made:
        yield made


def line(**given: Any) -> OrderLine:
    """An order line: 10 pieces of 100.00."""
    values = {"item": "TUBO-1", "quantity": Decimal(10), "unit_cost": Decimal(100), **given}
    return OrderLine(**values)


def entry(**given: Any) -> ApEntry:
    """An A/P invoice of P1: 1,000.00 + IVA."""
    values = {
        "vendor": "P1",
        "number": "A1",
        "document_date": START.date(),
        "details": (ApDetail(amount=Decimal(1000), gl_account="5100100"),),
        **given,
    }
    return ApEntry(**values)
