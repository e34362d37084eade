"""Sage values come back exact: text stripped, dates as dates, numbers as Decimal or int."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, insert, outerjoin, select, text
from sqlalchemy.dialects import mssql, sqlite
from sqlalchemy.dialects.mssql import pyodbc

from portal_pipeline.sage.types import (
    ExactNumber,
    SageDate,
    SageText,
    WholeNumber,
    date_of,
    stamp_of,
    stamp_parts,
)

MSSQL = mssql.dialect()
SQLITE = sqlite.dialect()

METADATA = MetaData()
ROWS = Table(
    "ROWS",
    METADATA,
    Column("KEY", WholeNumber(19), primary_key=True, autoincrement=False),
    Column("NAME", SageText(12), nullable=False),
    Column("DAY", SageDate(), nullable=False),
    Column("AMOUNT", ExactNumber(19, 3), nullable=False),
    Column("COST", ExactNumber(19, 6), nullable=False),
)


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def stored(connection, **values):
    row = {"KEY": 1, "NAME": "", "DAY": None, "AMOUNT": Decimal(0), "COST": Decimal(0), **values}
    connection.execute(insert(ROWS), row)
    return connection.execute(select(ROWS)).one()


@pytest.mark.parametrize(
    ("column", "given", "expected"),
    [
        pytest.param("NAME", "ABC   ", "ABC", id="trailing blanks go"),
        pytest.param("NAME", "  ABC", "  ABC", id="leading blanks stay"),
        pytest.param("DAY", date(2026, 2, 9), date(2026, 2, 9), id="date"),
        pytest.param("DAY", None, None, id="no date"),
        pytest.param("AMOUNT", Decimal("9999999999999999.999"), None, id="largest money"),
        pytest.param("AMOUNT", Decimal("0.1"), Decimal("0.100"), id="a tenth is a tenth"),
        pytest.param("AMOUNT", Decimal("-106.665"), None, id="negative"),
        pytest.param("AMOUNT", Decimal("1.0005"), Decimal("1.001"), id="half up"),
        pytest.param("COST", Decimal("0.000001"), None, id="six decimals"),
        pytest.param("KEY", 10**17 + 1, None, id="a long key is exact"),
    ],
)
def test_a_value_comes_back_as_it_was_given(connection, column, given, expected):
    row = stored(connection, **{column: given})
    value = getattr(row, column)
    assert value == (given if expected is None and given is not None else expected)
    if isinstance(given, Decimal):
        assert value.as_tuple().exponent == -ROWS.c[column].type.scale


@pytest.mark.parametrize(
    ("number", "error"),
    [
        pytest.param(1.5, TypeError, id="float"),
        pytest.param(Decimal("1e16"), ValueError, id="too large"),
    ],
)
def test_a_number_that_would_be_changed_is_refused(number, error):
    with pytest.raises(error):
        ExactNumber(19, 3).process_bind_param(number, MSSQL)


def test_a_missing_date_compares_with_zero_and_never_with_null(connection):
    stored(connection)
    query = select(ROWS.c.KEY).where(ROWS.c.DAY == None)  # noqa: E711 - the comparison under test
    assert "IS NULL" not in str(query)
    assert connection.execute(query).scalar_one() == 1


def test_dates_are_ordered_as_numbers_in_the_database(connection):
    stored(connection, DAY=date(2026, 2, 9))
    assert connection.execute(text("SELECT DAY FROM ROWS")).scalar_one() == 20260209
    day = ROWS.c.DAY
    later = select(ROWS.c.KEY).where(day >= date(2026, 2, 10))
    assert connection.execute(later).first() is None


def test_an_outer_join_without_a_partner_gives_none(connection):
    stored(connection)
    other = ROWS.alias()
    joined = outerjoin(ROWS, other, ROWS.c.KEY == other.c.KEY + 1)
    assert tuple(connection.execute(select(other).select_from(joined)).one()) == (None,) * 5


def test_text_read_from_a_padded_column_is_stripped():
    assert SageText(22).process_result_value("OC-1".ljust(22), MSSQL) == "OC-1"


def test_text_is_bound_as_varchar_on_sql_server():
    """A Unicode parameter would convert the CHAR column and lose its index."""
    impl = SageText(22).dialect_impl(pyodbc.dialect()).impl_instance

    class Driver:
        SQL_VARCHAR = 12

    assert impl.get_dbapi_type(Driver) == 12


@pytest.mark.parametrize(
    ("column_type", "on_sql_server", "on_sqlite"),
    [
        (SageText(22), "CHAR(22)", "VARCHAR(22)"),
        (SageText(22, fixed=False), "VARCHAR(22)", "VARCHAR(22)"),
        (ExactNumber(19, 3), "DECIMAL(19, 3)", "VARCHAR(21)"),
        (WholeNumber(19), "DECIMAL(19, 0)", "BIGINT"),
        (SageDate(), "DECIMAL(9, 0)", "INTEGER"),
    ],
)
def test_each_type_is_declared_as_sage_has_it(column_type, on_sql_server, on_sqlite):
    assert column_type.compile(dialect=MSSQL) == on_sql_server
    assert column_type.compile(dialect=SQLITE) == on_sqlite


def test_a_number_that_is_no_date_is_not_read_as_one():
    with pytest.raises(ValueError, match="month"):
        date_of(20261301)


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        pytest.param(date(2026, 2, 9), 23165973, (23, 16, 59, 730_000), id="full"),
        pytest.param(date(2026, 2, 9), 50000, (0, 5, 0, 0), id="leading zeros gone"),
        pytest.param(date(2026, 2, 9), 0, (0, 0, 0, 0), id="midnight"),
        pytest.param(date(2026, 2, 9), 99999999, (23, 59, 59, 990_000), id="no time at all"),
    ],
)
def test_an_audit_stamp_is_read_in_utc(day, clock, expected):
    hour, minute, second, micro = expected
    assert stamp_of(day, clock) == datetime(2026, 2, 9, hour, minute, second, micro, tzinfo=UTC)


def test_an_audit_stamp_can_be_in_another_zone():
    found = stamp_of(date(2026, 2, 9), 12_00_00_00, ZoneInfo("America/Mexico_City"))
    assert found == datetime(2026, 2, 9, 18, tzinfo=UTC)


def test_no_date_has_no_stamp():
    assert stamp_of(None, 12_00_00_00) is None


def test_a_stamp_is_written_in_utc_and_reads_back():
    evening = datetime(2026, 2, 9, 18, 30, 1, 120_000, tzinfo=ZoneInfo("America/Mexico_City"))
    assert stamp_parts(evening) == (date(2026, 2, 10), 30_01_12)
    assert stamp_of(*stamp_parts(evening)) == evening


def test_a_moment_without_a_zone_is_no_stamp():
    with pytest.raises(ValueError, match="time zone"):
        stamp_parts(datetime(2026, 2, 9))
