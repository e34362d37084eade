"""Readers of payments, and the one writer: on real tables, and as SQL Server takes them.

The tables are filled by the simulated company, never by the readers' own statements.
"""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlalchemy import event

import portal_pipeline.sage
from portal_pipeline.core.outcomes import Absent, Found, FoundOther, Refused, Succeeded, Unclear
from portal_pipeline.core.sage import BatchStatus, SageDocumentType
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage import complement_writer, payments
from portal_pipeline.sage.complement_writer import look_up_complement, write_complement
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.payments import (
    KEYS_PER_STATEMENT_MAX,
    read_changed_keys,
    read_numbered_keys,
    read_paying_keys,
    read_payments,
    read_reversed_numbers,
    read_scope_keys,
)
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    Application,
    RemitType,
    SageCompany,
    sandbox_engine,
)
from portal_pipeline_tests.t_sql import sent
from portal_pipeline_tests.templates import put_company

D = Decimal
FIELDS = OptionalFields()
UUID = "6F1E0C2A-7B1D-4E55-9A64-000000000001"
OTHER = "6F1E0C2A-7B1D-4E55-9A64-000000000002"
NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def company(tmp_path, clock):
    put_company(tmp_path / "sage.db")
    engine = sandbox_engine(f"sqlite:///{tmp_path / 'sage.db'}")
    made = SageCompany.create(
        engine,
        org_id="COPDAT",
        name="Comercial",
        rfc="CNO010101AB1",
        clock=clock,
        zone=ZoneInfo("America/Mexico_City"),
    )
    made.set_exchange_rate(currency="USD", rate=D("17.5"), on=date(2026, 1, 1))
    made.add_vendor(vendor="P1", name="Aceros")
    made.add_vendor(vendor="U1", name="Acme", currency="USD", tax_group="IVA0")
    made.set_bank_portal_account(bank="BANMXP", account="abc123")
    for vendor, number, kind in (
        ("P1", "A1", ApDocumentType.INVOICE),
        ("P1", "A2", ApDocumentType.INVOICE),
        ("P1", "N1", ApDocumentType.CREDIT_NOTE),
        ("U1", "S1", ApDocumentType.INVOICE),
    ):
        detail = ApDetail(amount=D(100), gl_account="5100100")
        entry = ApEntry(
            vendor=vendor,
            number=number,
            document_type=kind,
            document_date=date(2026, 3, 1),
            details=(detail,),
        )
        batch = made.create_ap_invoice_batch(
            description="x", date=date(2026, 3, 1), entries=[entry]
        )
        made.post_ap_invoice_batch(batch)
    yield made
    engine.dispose()


@pytest.fixture
def db(company, tmp_path):
    database = SageDatabase("acme", f"sqlite:///{tmp_path / 'sage.db'}", None)
    yield database
    database.close()


def pay(company, number, *lines, vendor="P1", **more):
    applications = [
        line if isinstance(line, Application) else Application(number=line[0], amount=D(line[1]))
        for line in lines
    ]
    return company.pay(
        bank="BANMXP", vendor=vendor, number=number, applications=applications, **more
    )


def the_one(db):
    (found,) = read_payments(db, list(read_scope_keys(db, None)), FIELDS)
    return found


def test_a_payment_with_all_that_it_applies(company, db):
    note = Application(number="N1", amount=D(-16), document_type=ApDocumentType.CREDIT_NOTE)
    discounted = Application(number="A1", amount=D(90), discount=D(10))
    pay(company, "PY1", discounted, ("A2", 50), note, text="Marzo", reference="R1")
    found = the_one(db)
    assert (found.number, found.vendor_id, found.remit_type) == ("PY1", "P1", 1)
    assert (found.amount, found.bank_currency, found.bank_portal_account) == (
        D("124.000"),
        "MXP",
        "abc123",
    )
    assert (found.text, found.reference, found.payment_code) == ("Marzo", "R1", "TRANSF")
    assert found.batch_status == BatchStatus.POSTED
    assert (found.paid_on, found.posted_on) == (date(2026, 3, 2), date(2026, 3, 2))
    assert found.stamped_at == NOW
    assert not found.is_reversed
    assert [(x.number, x.document_type, x.amount, x.discount) for x in found.lines] == [
        ("A1", SageDocumentType.INVOICE, D("90.000"), D("10.000")),
        ("A2", SageDocumentType.INVOICE, D("50.000"), D("0.000")),
        ("N1", SageDocumentType.CREDIT_NOTE, D("-16.000"), D("0.000")),
    ]


def test_both_currencies_with_their_rates(company, db):
    pay(company, "PY1", ("S1", 100), vendor="U1", rate=D("17.1234567"))
    found = the_one(db)
    assert (found.vendor_currency, found.vendor_amount) == ("USD", D("100.000"))
    assert (found.bank_currency, found.amount) == ("MXP", D("1712.350"))
    assert (found.vendor_rate, found.vendor_rate_operator) == (D("17.1234567"), 1)
    assert (found.bank_rate, found.bank_rate_operator) == (D("1.0000000"), 1)


def test_only_posted_entries_that_posting_accepted_are_candidates(company, db):
    pay(company, "OPEN", ("A1", 10), post=False)
    batch = company.open_payment_batch(bank="BANMXP")
    pay(company, "GOOD", ("A1", 10), batch=batch)
    pay(company, "BAD", ("A2", 9999), batch=batch)
    company.post_payment_batch(batch)
    assert [key.number for key in read_scope_keys(db, None)] == ["GOOD"]


def test_an_adjustment_with_the_same_numbers_is_not_a_payment(company, db):
    company.adjust(vendor="P1", invoice="A1", amount=D(1), number="AD1")
    pay(company, "PY1", ("A1", 10))
    found = the_one(db)
    assert [line.amount for line in found.lines] == [D("10.000")]


def test_prepayments_come_with_their_type(company, db):
    pay(company, "PP1", remit_type=RemitType.PREPAYMENT, amount=D(10))
    assert the_one(db).remit_type == 2


def test_a_reversal_is_seen_on_the_payment_and_listed_since_a_day(company, db, clock):
    pay(company, "PY1", ("A1", 10))
    pay(company, "PY2", ("A2", 10))
    clock.now = NOW + timedelta(days=5)
    company.reverse_payment(number="PY1")
    by_number = {p.number: p for p in read_payments(db, list(read_scope_keys(db, None)), FIELDS)}
    assert (by_number["PY1"].is_reversed, by_number["PY2"].is_reversed) == (True, False)
    assert list(read_reversed_numbers(db, None)) == ["PY1"]
    assert list(read_reversed_numbers(db, date(2026, 3, 7))) == ["PY1"]
    assert list(read_reversed_numbers(db, date(2026, 3, 8))) == []


def test_keys_come_by_date_then_number(company, db):
    pay(company, "PY3", ("A1", 10), on=date(2026, 2, 1))
    pay(company, "PY2", ("A1", 10))
    pay(company, "PY1", ("A1", 10))
    assert [key.number for key in sorted(read_scope_keys(db, None))] == ["PY3", "PY1", "PY2"]


def test_scope_is_by_posting_date_or_a_later_stamp(company, db, clock):
    pay(company, "OLD", ("A1", 10), on=date(2026, 1, 5))
    clock.now = NOW + timedelta(days=10)
    pay(company, "LATE", ("A1", 10), on=date(2026, 1, 5))
    assert [k.number for k in read_scope_keys(db, date(2026, 3, 10))] == ["LATE"]
    assert [k.number for k in read_changed_keys(db, date(2026, 3, 10))] == ["LATE"]
    assert {k.number for k in read_changed_keys(db, date(2026, 3, 2))} == {"OLD", "LATE"}


def test_keys_by_number_and_by_paid_document(company, db):
    pay(company, "PY1", ("A1", 10))
    pay(company, "PY2", ("A2", 10))
    assert [k.number for k in read_numbered_keys(db, ["PY2", "PY9", ""])] == ["PY2"]
    assert [k.number for k in read_paying_keys(db, [("P1", "A1")])] == ["PY1"]
    assert read_numbered_keys(db, []) == []


def test_statements_do_not_grow_with_the_payments(company, db):
    for n in range(20):
        pay(company, f"PY{n:02}", ("A1", 1))
    keys = sorted(read_scope_keys(db, None))
    before = db.reads
    assert len(read_payments(db, keys, FIELDS)) == 20
    assert db.reads - before == 4


# -- the writer ------------------------------------------------------------------------------------


@pytest.fixture
def payload(company):
    made = pay(company, "PY1", ("A1", 10))
    return {
        "payment": "PY1",
        "batch": made.batch,
        "entry": made.entry,
        "uuid": UUID,
        "stamped_on": "20260301",
        "replaces": "",
    }


def held(company):
    with company.writing() as unit:
        rows = unit.rows("APTCRO", {"BTCHTYPE": "PY"}, "OPTFIELD", "VALUE")
        values = {row["OPTFIELD"]: row["VALUE"] for row in rows}
        return values, unit.needed("APTCR", {"DOCNBR": "PY1"}, "VALUES")["VALUES"]


def test_both_fields_or_nothing(company, db, payload):
    assert look_up_complement(db, payload, FIELDS) == Absent()
    result = write_complement(db, payload, FIELDS, NOW)
    assert isinstance(result, Succeeded)
    assert held(company) == ({"FOLIOCFD": UUID, "FECHACFD": "20260301"}, 2)
    assert isinstance(look_up_complement(db, payload, FIELDS), Found)
    found = the_one(db)
    assert (found.complement_uuid, found.complement_date) == (UUID, "20260301")


def test_a_value_that_appeared_meanwhile_is_never_overwritten(company, db, payload):
    company.set_payment_field(number="PY1", name="FOLIOCFD", value=OTHER)
    result = write_complement(db, payload, FIELDS, NOW)
    assert isinstance(result, Refused)
    assert result.code == "other_uuid_present"
    assert held(company) == ({"FOLIOCFD": OTHER}, 1)
    assert isinstance(look_up_complement(db, payload, FIELDS), FoundOther)


def test_the_expected_value_is_replaced_whatever_its_case(company, db, payload):
    company.set_payment_field(number="PY1", name="FOLIOCFD", value=OTHER.lower())
    replacing = {**payload, "replaces": OTHER}
    assert look_up_complement(db, replacing, FIELDS) == Absent()
    assert isinstance(write_complement(db, replacing, FIELDS, NOW), Succeeded)
    assert held(company) == ({"FOLIOCFD": UUID, "FECHACFD": "20260301"}, 2)


def test_writing_the_same_twice_changes_nothing(company, db, payload):
    for _ in range(2):
        assert isinstance(write_complement(db, payload, FIELDS, NOW), Succeeded)
    assert held(company) == ({"FOLIOCFD": UUID, "FECHACFD": "20260301"}, 2)


def define(company, name, **columns):
    with company.writing() as unit:
        unit.update("CSOPTFH", {"OPTFIELD": name}, **columns)


@pytest.mark.parametrize(
    ("field", "columns", "reason"),
    [
        ("FOLIOCFD", {"LENGTH": 35}, "LENGTH 35"),
        ("FOLIOCFD", {"TYPE": 3}, "TYPE 3"),
        ("FECHACFD", {"TYPE": 6}, "TYPE 6"),
        ("FECHACFD", {"VALIDATE": 1}, "VALIDATE 1"),
    ],
)
def test_a_field_that_cannot_take_the_value_is_refused(
    company, db, payload, field, columns, reason
):
    define(company, field, **columns)
    result = write_complement(db, payload, FIELDS, NOW)
    assert isinstance(result, Refused)
    assert result.finding is not None
    assert result.finding.params == {"field": field, "reason": reason}
    assert held(company) == ({}, 0)


def test_a_date_field_takes_the_date(company, db, payload):
    define(company, "FECHACFD", TYPE=3, LENGTH=8)
    assert isinstance(write_complement(db, payload, FIELDS, NOW), Succeeded)


def test_a_payment_that_is_not_there_is_refused(db, payload):
    for wrong in ({"entry": 99}, {"payment": "PY9"}):
        result = write_complement(db, {**payload, **wrong}, FIELDS, NOW)
        assert isinstance(result, Refused)
        assert result.code == "payment_not_in_sage"


def test_a_database_that_fails_before_the_commit_has_written_nothing(company, db, payload):
    """Refused without an attempt: both fields or none, also when the second statement dies."""

    def fail(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE"):
            raise RuntimeError("gone")

    engine = db._company
    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        write_complement(db, payload, FIELDS, NOW)
    event.remove(engine, "before_cursor_execute", fail)
    assert held(company) == ({}, 0)


def test_a_database_that_is_away_is_no_attempt(tmp_path, payload):
    away = SageDatabase("acme", f"sqlite:///{tmp_path / 'no' / 'such.db'}", None)
    result = write_complement(away, payload, FIELDS, NOW)
    assert isinstance(result, Refused)
    assert not result.is_attempt
    assert isinstance(look_up_complement(away, payload, FIELDS), Unclear)
    away.close()


# -- SQL Server ------------------------------------------------------------------------------------

BATCHES = list(range(KEYS_PER_STATEMENT_MAX))
NUMBERS = [f"PY{n}" for n in BATCHES]
STATEMENTS = {
    "changed": payments.select_changed_keys(date(2026, 3, 1)),
    "scope": payments.select_scope_keys(date(2026, 3, 1)),
    "everything": payments.select_scope_keys(None),
    "numbered": payments.select_numbered_keys(NUMBERS),
    "paying": payments.select_paying_keys(NUMBERS, NUMBERS),
    "headers": payments.select_headers(BATCHES),
    "lines": payments.select_lines(BATCHES),
    "reversed": payments.select_reversed_entries(BATCHES, NUMBERS),
    "reversals": payments.select_reversals(date(2026, 3, 1)),
    "fields": payments.select_complement_fields(BATCHES, ["FOLIOCFD", "FECHACFD"]),
    "definitions": complement_writer.select_field_definitions(["FOLIOCFD", "FECHACFD"]),
    "header": complement_writer.select_payment_header(1, 1, "PY1"),
    "values": complement_writer.select_stored_values(1, 1, ["FOLIOCFD"]),
    "count": complement_writer.select_field_count(1, 1),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_sql_server_takes_every_statement(name):
    whole = sent(*STATEMENTS[name])
    text = whole.statement
    assert len(whole.parameters) < 2100
    (parsed,) = sqlglot.parse(text, read="tsql")
    assert parsed is not None
    assert "*" not in text.replace("count(*)", "")


def test_no_other_module_writes_to_sage():
    """The guarded writer is the one place with INSERT, UPDATE or DELETE."""
    folder = Path(inspect.getfile(portal_pipeline.sage)).parent
    verbs = {"insert", "update", "delete", "text"}
    writers = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_sqlalchemy = isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy"
            if is_sqlalchemy and verbs & {alias.name for alias in node.names}:
                writers.add(path.name)
    assert writers == {"complement_writer.py", "tables.py"}, "tables.py: defaults of its columns"
