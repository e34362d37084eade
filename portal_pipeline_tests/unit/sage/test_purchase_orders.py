"""Readers of purchase orders, receipts and authorisations, on tables that the company filled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlglot

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage import authorisations, locations, purchase_orders, receipts
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sandbox.sage.company import (
    OptionalValue,
    OrderLine,
    ReceivedQuantity,
    SageCompany,
    sandbox_engine,
)
from portal_pipeline_tests.t_sql import sent
from portal_pipeline_tests.templates import put_company

D = Decimal
START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
ORG, ELSEWHERE = "COPDAT", "OTHER"
FIELDS = OptionalFields()


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def company(tmp_path, clock):
    put_company(tmp_path / "sage.db", tmp_path / "auth.db")
    engines = [sandbox_engine(f"sqlite:///{tmp_path / name}") for name in ("sage.db", "auth.db")]
    made = SageCompany.create(
        engines[0],
        org_id=ORG,
        name="Comercial",
        rfc="CNO010101AB1",
        clock=clock,
        zone=ZoneInfo("America/Mexico_City"),
        authorisation_engine=engines[1],
        empresa=ORG,
    )
    made.add_vendor(vendor="P1", name="Aceros")
    yield made
    for engine in engines:
        engine.dispose()


@pytest.fixture
def db(company, tmp_path):
    database = SageDatabase("acme", *(f"sqlite:///{tmp_path / n}" for n in ("sage.db", "auth.db")))
    yield database
    database.close()


def raised(company: SageCompany, *lines: OrderLine, **more) -> str:
    lines = lines or (OrderLine(item="TUBO", quantity=D(10), unit_cost=D(100)),)
    return company.raise_purchase_order(vendor="P1", lines=lines, **more)


def arrived(company: SageCompany, *orders: str) -> str:
    return company.receive(
        quantities=[ReceivedQuantity(po_number=one, line=1, quantity=D(4)) for one in orders]
    )


def test_an_order_is_read_whole_in_ordering_units(company, db):
    number = raised(
        company,
        OrderLine(
            item="A",
            quantity=D("2.5"),
            unit_cost=D("1.234567"),
            conversion=D(12),
            unit="CAJA",
            discount_percent=D(10),
        ),
        OrderLine(item="B", quantity=D(3), unit_cost=D(5), location="ALM02"),
        tax_group="IVA16HON",
        optional_fields=(
            OptionalValue(name="USOCFDI", value="G03"),
            OptionalValue(name="AFE", value="AFE-1"),
        ),
        buyer="Laura",
        requisition="RQ1",
        is_on_hold=True,
    )
    order = purchase_orders.read_purchase_orders(db, [number, "NONE"], FIELDS)[number]
    assert (order.vendor_id, order.buyer, order.requisition) == ("P1", "Laura", "RQ1")
    assert (order.afe, order.cfdi_use, order.is_on_hold) == ("AFE-1", "G03", True)
    assert order.entered_by
    first, second = order.lines
    assert (first.line_id, first.ordered, first.unit_cost, first.unit) == (
        1,
        D("2.5"),
        D("1.234567"),
        "CAJA",
    )
    assert first.discount_percent == 10
    assert [tax.rate for tax in first.taxes] == [D(16), D("-10.66667"), D(-10)]
    assert second.location == "ALM02"
    assert order.total == order.extended - order.discount + sum(
        (
            (tax.base * tax.rate / 100).quantize(D("0.01"))
            for line in order.lines
            for tax in line.taxes
        ),
        D(0),
    )


def test_an_unknown_order_is_missing_not_empty(db):
    assert purchase_orders.read_purchase_orders(db, ["NONE"], FIELDS) == {}
    assert purchase_orders.read_purchase_orders(db, [], FIELDS) == {}


def test_a_receipt_of_several_orders_reaches_each_by_its_lines(company, db):
    one, other = raised(company), raised(company)
    number = arrived(company, one, other)
    found = purchase_orders.read_purchase_orders(db, [one, other], FIELDS)
    for order in found.values():
        (line,) = order.receipts
        assert (line.receipt, line.line_id, line.received, line.is_settled) == (
            number,
            1,
            D(4),
            False,
        )
    company.capture_po_invoice(receipts=[number], number="F1", uuid=None)
    found = purchase_orders.read_purchase_orders(db, [one, other], FIELDS)
    assert all(order.receipts[0].is_invoiced for order in found.values())


def test_returned_goods_settle_their_line(company, db):
    number = raised(company)
    company.return_goods(receipt=arrived(company, number))
    (line,) = purchase_orders.read_purchase_orders(db, [number], FIELDS)[number].receipts
    assert (line.returned, line.is_settled) == (D(4), True)


def _hold(company, number):
    company.set_purchase_order_hold(number=number, is_on_hold=True)


def _amend(company, number):
    company.amend_purchase_order(number=number, quantities={1: D(12)})


def _field(company, number):
    company.set_purchase_order_field(number=number, name="AFE", value="X")


def _receive(company, number):
    arrived(company, number)


@pytest.mark.parametrize("change", [_hold, _amend, _field, _receive])
def test_a_change_in_any_table_of_an_order_is_seen(company, db, clock, change):
    number, quiet = raised(company), raised(company)
    clock.now += timedelta(days=5)
    since = clock.now.date()
    assert set(purchase_orders.read_changed_numbers(db, since)) == set()
    change(company, number)
    assert set(purchase_orders.read_changed_numbers(db, since)) == {number}
    assert quiet not in set(purchase_orders.read_changed_numbers(db, since))


def test_an_invoice_for_a_receipt_is_seen_as_a_change_of_its_orders(company, db, clock):
    number = raised(company)
    receipt = arrived(company, number)
    clock.now += timedelta(days=5)
    company.capture_po_invoice(receipts=[receipt], number="F1", uuid=None)
    assert number in set(purchase_orders.read_changed_numbers(db, clock.now.date()))


def test_the_sweep_tells_what_is_finished(company, db):
    waiting, received, cancelled = raised(company), raised(company), raised(company)
    arrived(company, received)
    company.cancel_outstanding(number=received)
    company.cancel_outstanding(number=cancelled)
    arrived_at = set(receipts.read_orders_with_open_receipts(db))
    keys = list(purchase_orders.read_keys(db))
    assert {key.number: (key.is_complete, key.sequence in arrived_at) for key in keys} == {
        waiting: (False, False),
        received: (True, True),
        cancelled: (True, False),
    }


def test_an_authorisation_has_the_date_of_its_last_step(company, db):
    number, revoked, never = (raised(company) for _ in range(3))
    for day in (date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 3)):
        company.authorise_purchase_order(number=number, on=day)
    company.authorise_purchase_order(number=revoked)
    company.revoke_authorisation(number=revoked)
    found = authorisations.read_authorisations(db, ORG, [number, revoked, never])
    assert set(found) == {number}
    assert (found[number].is_authorised, found[number].on) == (True, date(2026, 3, 5))
    assert dict(authorisations.read_all_authorisations(db, ORG)) == found
    assert set(authorisations.read_authorised_since(db, ORG, date(2026, 3, 5))) == {number}
    assert set(authorisations.read_authorised_since(db, ORG, date(2026, 3, 6))) == set()


def test_another_companys_authorisation_is_not_ours(company, db):
    number = raised(company)
    company.authorise_purchase_order(number=number)
    assert authorisations.read_authorisations(db, ELSEWHERE, [number]) == {}
    assert dict(authorisations.read_all_authorisations(db, ELSEWHERE)) == {}


def test_without_an_authorisation_database_it_says_what_to_set(company, tmp_path):
    database = SageDatabase("acme", f"sqlite:///{tmp_path / 'sage.db'}", None)
    with pytest.raises(ConfigError, match="authorisation"):
        list(authorisations.read_all_authorisations(database, ORG))
    database.close()


def test_locations_are_read_with_what_they_have(db):
    found = locations.read_locations(db, ["ALM01", "SERV", "NONE", ""])
    assert set(found) == {"ALM01", "SERV"}
    assert (found["ALM01"].zip_code, found["SERV"].street) == ("66600", "")


def test_statements_grow_with_slices_of_400(company, db):
    numbers = [raised(company)]
    db.reads = 0
    purchase_orders.read_purchase_orders(db, numbers, FIELDS)
    one = db.reads
    db.reads = 0
    purchase_orders.read_purchase_orders(db, [*numbers, *map(str, range(399))], FIELDS)
    assert db.reads == one
    db.reads = 0
    purchase_orders.read_purchase_orders(db, [*numbers, *map(str, range(400))], FIELDS)
    assert one < db.reads <= 2 * one


DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    "query",
    [
        purchase_orders.select_orders(["1"]),
        purchase_orders.select_lines([1]),
        purchase_orders.select_fields([1], ["AFE"]),
        purchase_orders.select_keys(),
        *purchase_orders.queries_of_changes(DAY),
        receipts.select_receipt_lines([1]),
        receipts.select_orders_with_open_receipts(),
        authorisations.select_authorised(ORG, ["1"]),
        authorisations.select_dates(ORG, None),
        authorisations.select_authorised_since(ORG, DAY),
        locations.select_locations(["ALM01"]),
    ],
)
def test_sql_server_takes_every_statement(query):
    text = sent(*query).statement
    parsed = sqlglot.parse_one(text, read="tsql")
    assert parsed.key == "select"
    assert not list(parsed.find_all(sqlglot.exp.Star))
