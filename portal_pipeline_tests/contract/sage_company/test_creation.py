"""A sandbox company is created once, opens again as it was, and never touches a real database."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect

from portal_pipeline.sage.tables import sage_metadata, table_specs
from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused
from portal_pipeline_tests.contract.sage_company.conftest import ZONE, HandClock, opened


def create(engine, org_id="COPDAT"):
    return SageCompany.create(
        engine, org_id=org_id, name="X", rfc="XAX010101000", clock=HandClock(), zone=ZONE
    )


def everything(bench):
    return {table: bench.rows(table) for table in table_specs()}


def test_creating_again_changes_nothing(bench, tmp_path):
    bench.order()
    before = everything(bench)
    _, engines = opened(tmp_path, bench.clock)
    assert everything(bench) == before
    for engine in engines:
        engine.dispose()


def test_a_database_with_sage_tables_and_no_marker_is_refused_untouched():
    engine = create_engine("sqlite://")
    sage_metadata().tables["APVEN"].create(engine)
    with pytest.raises(SageRefused, match="PORTAL_PIPELINE_SANDBOX") as refused:
        create(engine)
    assert refused.value.reason == "not_a_sandbox"
    assert inspect(engine).get_table_names() == ["APVEN"]
    engine.dispose()


def test_the_database_of_another_company_is_refused(bench):
    with pytest.raises(SageRefused, match="COPDAT"):
        create(bench.company.engine, org_id="OTRA")
    assert [row["ORGID"] for row in bench.rows("CSCOM")] == ["COPDAT"]


def test_a_company_opens_without_its_authorisation_database():
    engine = create_engine("sqlite://")
    company = create(engine)
    company.add_vendor(vendor="P1", name="Uno")
    assert [vendor.vendor for vendor in company.vendors()] == ["P1"]
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "key", "column", "expected"),
    [
        ("CSCOM", {"ORGID": "COPDAT"}, "HOMECUR", "MXP"),
        ("CSCCD", {"CURID": "USD"}, "DECIMALS", 2),
        ("BKACCT", {"BANK": "BANUSD"}, "CURNSTMT", "USD"),
        ("APRAS", {"ACCTSET": "NAC"}, "IDACCTAP", "2100100"),
        ("APRDC", {"DISTID": "FLETE"}, "IDGLACCT", "5100200"),
        ("GLAMF", {"ACCTID": "5100999"}, "ACTIVESW", 0),
        ("TXGRP", {"GROUPID": "IVA16HON", "TTYPE": 2}, "AUTHORITY3", "RETISR"),
        ("ICLOC", {"LOCATION": "SERV"}, "ADDRESS1", ""),
        ("CSOPTFH", {"OPTFIELD": "FOLIOCFD"}, "LENGTH", 36),
        ("CSOPTFD", {"OPTFIELD": "METODOPAGO", "VALUE": "03"}, "VDESC", None),
    ],
)
def test_a_company_is_born_with_its_set_up(bench, table, key, column, expected):
    found = bench.row(table, **key)[column]
    assert found.startswith("03 ") if expected is None else found == expected


def test_an_optional_field_counts_its_listed_values(bench):
    listed = [row["OPTFIELD"] for row in bench.rows("CSOPTFD")]
    for field in bench.rows("CSOPTFH"):
        assert field["VALUES"] == listed.count(field["OPTFIELD"])


def test_vendor_fields_are_counted_and_set(bench):
    bench.company.set_vendor_optional_field(vendor="P1", name="RFC", value="NEW010203XY1")
    bench.company.set_vendor_optional_field(vendor="P1", name="METODOPAGO", value="03")
    assert bench.row("APVEN", VENDORID="P1")["VALUES"] == 3
    assert bench.company.vendors()[0].optional_fields == {
        "RFC": "NEW010203XY1",
        "PROVIDERID": "a-1",
        "METODOPAGO": "03",
    }


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("NADA", "x", "optional_field_unknown"),
        ("RFC", "x" * 14, "optional_field_too_long"),
        ("METODOPAGO", "55", "optional_field_value"),
    ],
)
def test_an_optional_field_is_checked_against_its_definition(bench, name, value, reason):
    with pytest.raises(SageRefused) as refused:
        bench.company.set_vendor_optional_field(vendor="P1", name=name, value=value)
    assert refused.value.reason == reason


def test_a_text_longer_than_its_column_is_refused(bench):
    with pytest.raises(SageRefused, match=r"APVEN\.VENDORID"):
        bench.company.add_vendor(vendor="X" * 13, name="Largo")
