"""Midnight, month end, days off and clocks that lie: nothing is lost and no date moves by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import update

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Posting
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sandbox.sage.company import Application
from portal_pipeline_tests.contract.controllers.mailroom import IMPORTS
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
IMPORT, UPDATE = Operation.IMPORT, Operation.UPDATE
TIJUANA = ZoneInfo("America/Tijuana")


def _is_now(town: Town, *moment: int, fold: int = 0) -> None:
    """Set every clock to a local time of the company."""
    year, month, day, hour, minute = moment
    local = datetime(year, month, day, hour, minute, tzinfo=town.tenant.zone, fold=fold)
    town.clock.now = local.astimezone(UTC)


def _moves(town: Town, zone: ZoneInfo) -> None:
    """The company lives in another zone."""
    town.set(zone=zone)
    town.company.zone = zone


def _works_at(town: Town, *moments: tuple[int, ...]) -> dict[str, date]:
    """At each moment an order and a payment are made, ten minutes later there is a cycle.

    Gives their numbers with the day that it was for the people.
    """
    days = {}
    for place, moment in enumerate(moments):
        _is_now(town, *moment)
        number, invoice, payment = town.buyers.order(), f"F{place}", f"PY{place}"
        town.treasury.invoice(invoice)
        town.company.pay(
            bank="BANMXP",
            vendor="V001",
            number=payment,
            applications=[Application(number=invoice, amount=D(116))],
        )
        days |= {number: date(*moment[:3]), payment: date(*moment[:3])}
        town.cycle(minutes=10)
    town.cycle(hours=2)
    return days


def _days_in_portal(town: Town, numbers: dict[str, date]) -> dict[str, date]:
    """The dates that the portal holds of the same numbers, each of which it must have once."""
    found = {}
    for number in numbers:
        if number.startswith("PY"):
            (there,) = town.treasury.in_portal(number)
            text = there.payment_date
        else:
            assert town.buyers.changes(number) == ["CREATE"]
            text = town.buyers.sent(number)["date"]
        # Any hour of that day in UTC that is the same day in the company.
        found[number] = date.fromisoformat(text[:10])
    return found


@scenario
def around_midnight_in_mexico_city(town: Town) -> None:
    """What is made shortly before midnight, local or UTC, goes once and with its own day."""
    made = _works_at(town, (2026, 3, 16, 17, 55), (2026, 3, 16, 23, 50), (2026, 3, 17, 0, 5))
    assert _days_in_portal(town, made) == made


@scenario
def around_midnight_in_tijuana(town: Town) -> None:
    """Two zones further west midnight in UTC is still the afternoon: no day moves by one."""
    _moves(town, TIJUANA)
    made = _works_at(town, (2026, 3, 16, 16, 55), (2026, 3, 16, 23, 50), (2026, 3, 17, 0, 5))
    assert _days_in_portal(town, made) == made


@scenario
def last_minutes_of_a_month(town: Town) -> None:
    """An invoice of a closed month is posted on the first open day; one of the new month stays."""
    closed = {"periods_closed_until": date(2026, 3, 31), "posting": Posting.POST}
    town.set(imports=IMPORTS.model_copy(update=closed))
    _is_now(town, 2026, 3, 31, 23, 50)
    town.upload("1", issued="2026-03-31T23:40:00")
    town.cycle(minutes=20)
    town.upload("2", total="232.00", issued="2026-04-01T00:05:00")
    town.cycle()
    march, april = (town.alive(name)[0] for name in ("1", "2"))
    assert (march.document_date, march.posting_date) == (date(2026, 3, 31), date(2026, 4, 1))
    assert (april.document_date, april.posting_date) == (date(2026, 4, 1), date(2026, 4, 1))


@scenario
def week_without_service(town: Town) -> None:
    """After a week off one cycle sends all that the week brought."""
    first = town.buyers.order()
    town.cycle()
    numbers = []
    for day in range(7):
        town.advance(days=1)
        numbers.append(town.buyers.order())
        town.treasury.invoice(f"A{day}")
        town.treasury.pay(f"PY{day}", (f"A{day}", "116.00"))
    town.buyers.amend(first, quantities={1: D(20)})
    town.upload("1", total="232.00")
    town.cycle()
    assert all(town.buyers.in_portal(number) for number in numbers)
    assert all(len(town.treasury.in_portal(f"PY{day}")) == 1 for day in range(7))
    assert town.buyers.changes(first) == ["CREATE", "MODIFY"]
    assert len(town.alive("1")) == 1


@scenario
def stamps_of_long_ago(town: Town) -> None:
    """What is stamped, or authorised, as of long ago costs a day: the daily sweep finds it."""
    town.cycle()
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    number = town.buyers.order(authorise=False)
    town.company.authorise_purchase_order(number=number, on=date(2026, 2, 1))
    _stamp(town, date(2020, 1, 1))
    town.cycle()
    assert (town.order(number), town.payment("PY1")) == ("", "")
    town.cycle(days=1)
    assert town.buyers.in_portal(number)
    assert len(town.treasury.in_portal("PY1")) == 1


@scenario
def change_without_a_stamp(town: Town) -> None:
    """An order that the portal has is compared in every cycle, whatever its stamp says."""
    number = town.buyers.order()
    town.cycle()
    town.advance(days=3)
    town.cycle()
    with town.company.writing() as unit:
        unit.update("POPORH1", {"PONUMBER": number}, REFERENCE="urgent")
    _stamp(town, date(2020, 1, 1))
    town.cycle()
    assert town.buyers.sent(number)["reference"] == "urgent"


@scenario
def stamps_of_the_future(town: Town) -> None:
    """A stamp of next year holds nothing up: a payment settles from when it was first seen."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    number = town.buyers.order()
    _stamp(town, date(2027, 1, 1))
    town.cycle()
    assert town.buyers.in_portal(number)
    assert town.payment("PY1") == "payment_settling"
    town.cycle(minutes=61)
    assert len(town.treasury.in_portal("PY1")) == 1
    town.cycle()
    assert town.buyers.changes(number) == ["CREATE"]


def _stamp(town: Town, day: date) -> None:
    """Give every order and payment of Sage the audit stamp of a day."""
    with town.company.writing() as unit:
        for table in ("POPORH1", "POPORH2", "POPORL", "POPORHO", "APBTA", "APTCR", "APPYM"):
            unit.connection.execute(update(sage_table(table)).values(AUDTDATE=day))


@scenario
def clock_set_back_by_an_hour(town: Town) -> None:
    """A clock that goes back an hour, at the end of summer time or by hand, does no harm."""
    _moves(town, TIJUANA)
    numbers = []
    for hour, fold in ((0, 0), (1, 0), (1, 1), (2, 0)):
        _is_now(town, 2026, 11, 1, hour, 30, fold=fold)
        numbers.append(town.buyers.order())
        town.cycle(minutes=10)
    town.advance(hours=-1)
    numbers.append(town.buyers.order())
    town.cycle(minutes=5)
    assert {tuple(town.buyers.changes(number)) for number in numbers} == {("CREATE",)}


@scenario
def clock_that_was_a_month_ahead(town: Town) -> None:
    """A cycle under a clock a month ahead leaves nothing unread once the clock is right again."""
    town.advance(days=30)
    town.cycle()
    town.advance(days=-30)
    number = town.buyers.order()
    town.upload("N", tipo="E", related=("01", uuid_of("1")))
    town.cycle()
    assert town.buyers.in_portal(number)
    assert town.reason("N", Operation.DOWNLOAD, DocumentKind.CREDIT_NOTE) == "done"


@scenario
def lists_by_day_of_creation(town: Town) -> None:
    """Lists by day begin a week before the last reading, once a day at the start, never a month."""
    town.set(start_date=date(2026, 1, 10))
    town.cycle()
    swept = _asked(town)
    town.cycle()
    later = _asked(town)[len(swept) :]
    assert min(first for first, _ in swept) == date(2026, 1, 10)
    assert {first for first, _ in later} == {town.clock.now.date() - timedelta(days=7)}
    assert all(last - first < timedelta(days=31) for first, last in (*swept, *later))


def _asked(town: Town) -> list[tuple[date, date]]:
    """The spans of days for which the portal was asked so far."""
    return [
        (date.fromisoformat(start), date.fromisoformat(dict(request.query)["createdUntil"]))
        for request in town.portal.requests
        if (start := dict(request.query).get("createdFrom"))
    ]
