"""The declared Sage tables are the listed ones, on SQL Server and on SQLite."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable

from portal_pipeline.sage.authorisation_tables import AUTHORISATION_METADATA
from portal_pipeline.sage.tables import (
    AUDIT_COLUMNS,
    DATE_COLUMNS,
    parse_schema,
    sage_metadata,
    sage_table,
    table_specs,
)
from portal_pipeline.sage.types import ExactNumber, SageDate, WholeNumber

MSSQL = mssql.dialect()
ALL_TABLES = [*sage_metadata().tables.values(), *AUTHORISATION_METADATA.tables.values()]
COUNTERS = {
    "AUDTTIME",
    "CNTADJ",
    "CNTBATCH",
    "CNTBTCH",
    "CNTDEPNBR",
    "CNTERRBTCH",
    "NBRERRORS",
    "POSTINGSEQ",
    "POSTSEQNBR",
    "POSTSEQNCE",
}


def ddl(table) -> str:
    return str(CreateTable(table).compile(dialect=MSSQL))


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_every_table_compiles_to_valid_t_sql(table):
    assert sqlglot.parse_one(ddl(table), read="tsql")
    for index in table.indexes:
        assert sqlglot.parse_one(str(CreateIndex(index).compile(dialect=MSSQL)), read="tsql")


@pytest.mark.parametrize("table", sage_metadata().tables.values(), ids=lambda table: table.name)
def test_no_sage_column_is_null_or_has_a_default(table):
    for column in table.columns:
        assert not column.nullable
        assert column.server_default is None
    assert set(AUDIT_COLUMNS) <= set(table.columns.keys())


@pytest.mark.parametrize(
    ("table", "column", "declared"),
    [
        ("POPORH1", "PONUMBER", "[PONUMBER] CHAR(22) NOT NULL"),
        ("POPORH1", "PORHSEQ", "[PORHSEQ] DECIMAL(19, 0) NOT NULL"),
        ("POPORH1", "DATE", "[DATE] DECIMAL(9, 0) NOT NULL"),
        ("POPORH1", "DOCTOTAL", "[DOCTOTAL] DECIMAL(19, 3) NOT NULL"),
        ("POPORH1", "RATE", "[RATE] DECIMAL(15, 7) NOT NULL"),
        ("POPORL", "OQORDERED", "[OQORDERED] DECIMAL(19, 4) NOT NULL"),
        ("POPORL", "UNITCOST", "[UNITCOST] DECIMAL(19, 6) NOT NULL"),
        ("POPORL", "DESC", "[DESC] CHAR(60) NOT NULL"),
        ("POPORHO", "VALUE", "[VALUE] CHAR(60) NOT NULL"),
        ("APIBH", "VALUES", "[VALUES] INTEGER NOT NULL"),
        ("APIBH", "AMTTAX5", "[AMTTAX5] DECIMAL(19, 3) NOT NULL"),
        ("APOBL", "AMTBASE3TC", "[AMTBASE3TC] DECIMAL(19, 3) NOT NULL"),
        ("APTCR", "IDRMIT", "[IDRMIT] CHAR(18) NOT NULL"),
        ("APTCR", "CNTDEPSSEQ", "[CNTDEPSSEQ] BIGINT NOT NULL"),
        ("APPYM", "LONGSERIAL", "[LONGSERIAL] BIGINT NOT NULL"),
        ("APPYM", "SWCHKCLRD", "[SWCHKCLRD] SMALLINT NOT NULL"),
        ("CSCOM", "EMAILPSWD", "[EMAILPSWD] BINARY(50) NOT NULL"),
    ],
)
def test_a_column_is_declared_as_sage_has_it(table, column, declared):
    lines = [line.strip().rstrip(",") for line in ddl(sage_table(table)).splitlines()]
    assert next(line for line in lines if line.startswith(f"[{column}]")) == declared


def test_the_primary_key_has_sages_name_and_order():
    assert (
        "CONSTRAINT [APTCP_KEY_0] PRIMARY KEY ([BATCHTYPE], [CNTBTCH], [CNTRMIT], [CNTLINE])"
        in (ddl(sage_table("APTCP")))
    )


def test_every_day_number_is_a_date_or_a_named_counter():
    """A new ``D9.0`` column must be put into one of the two lists."""
    names = {
        name
        for spec in table_specs().values()
        for name, code in spec.columns.items()
        if code == "D9.0"
    }
    assert names - DATE_COLUMNS == COUNTERS
    assert names >= DATE_COLUMNS


def test_types_follow_the_use_of_a_column():
    columns = sage_table("APIBH").c
    assert isinstance(columns.DATEINVC.type, SageDate)
    assert isinstance(columns.CNTBTCH.type, WholeNumber)
    assert isinstance(columns.DRILLDWNLK.type, WholeNumber)
    assert isinstance(columns.AMTGROSDST.type, ExactNumber)


def test_a_sandbox_row_is_empty_where_nothing_is_given():
    engine = create_engine("sqlite://")
    sage_metadata(empty_defaults=True).create_all(engine)
    order = sage_table("POPORH1")
    with engine.begin() as connection:
        connection.execute(insert(order), {"PORHSEQ": 7, "PONUMBER": "OC-7  "})
        row = connection.execute(select(order)).mappings().one()
        number = order.c.PONUMBER
        by_padded = select(func.count()).where(number == "OC-7".ljust(22))
        assert connection.execute(by_padded).scalar_one() == 1
    assert (row["PORHSEQ"], row["PONUMBER"], row["VDCODE"]) == (7, "OC-7", "")
    assert row["DATE"] is None
    assert str(row["DOCTOTAL"]) == "0.000"
    engine.dispose()


def test_a_schema_can_be_named():
    query = select(sage_table("CSCOM", "dbo").c.ORGID)
    assert "dbo.[CSCOM]" in re.sub(r"\s+", " ", str(query.compile(dialect=MSSQL)))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("T = PK(A) [2 columns] :\n  A C1;", id="wrong count"),
        pytest.param("T = PK(A) [1 columns] :\n  A C1;\n  IX A", id="bad index"),
        pytest.param("T (A)", id="bad head"),
    ],
)
def test_a_list_that_breaks_the_grammar_is_refused(source):
    with pytest.raises(ValueError, match="T"):
        list(parse_schema(source))
