"""Vendors of one RFC that no provider is linked to."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlglot

from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.vendor_namesakes import read_unlinked_by_rfc, select_unlinked_by_rfc
from portal_pipeline.sandbox.sage.company import SageCompany, sandbox_engine
from portal_pipeline_tests.t_sql import sent
from portal_pipeline_tests.templates import put_company

RFC, OTHER = "ABA010203XY1", "ZZZ010203XY1"
FIELDS = OptionalFields()


@pytest.fixture
def database(tmp_path):
    put_company(tmp_path / "sage.db")
    url = f"sqlite:///{tmp_path / 'sage.db'}"
    engine = sandbox_engine(url)
    company = SageCompany.create(
        engine,
        org_id="COPDAT",
        name="Comercial",
        rfc="CNO010101AB1",
        clock=lambda: datetime(2026, 3, 2, 18, 0, tzinfo=UTC),
        zone=ZoneInfo("America/Mexico_City"),
    )
    company.add_vendor(vendor="V2", name="Aceros", rfc=RFC)
    company.add_vendor(vendor="V1", name="Aceros USD", rfc=RFC, currency="USD", tax_group="IVA0")
    company.add_vendor(vendor="V3", name="Aceros linked", rfc=RFC, provider_id="p1")
    company.add_vendor(vendor="V4", name="Other", rfc=OTHER)
    company.add_vendor(vendor="V5", name="Without RFC")
    sage = SageDatabase("acme", url, None)
    yield sage
    sage.close()
    engine.dispose()


def test_only_vendors_that_no_provider_is_linked_to_are_found(database):
    found = read_unlinked_by_rfc(database, [RFC.lower(), "NON010101AB1", ""], FIELDS)
    assert found == {RFC: ("V1", "V2")}


def test_statements_grow_with_chunks_not_with_suppliers(database):
    read_unlinked_by_rfc(database, [f"RFC{n:09d}" for n in range(801)], FIELDS)
    assert database.reads == 3


def test_sql_server_takes_the_statement():
    query = select_unlinked_by_rfc([RFC, OTHER], FIELDS.vendor_rfc, FIELDS.provider_id)
    text = sent(*query).statement
    assert sqlglot.parse_one(text, read="tsql") is not None
    assert RFC not in text
