"""The day a company goes live after years with another system: what goes, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import ControllerName, DocumentKind, DocumentRef, Operation
from portal_pipeline.core.tenant import Guard, Mode
from portal_pipeline.sandbox.sage.company import OrderLine
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.purchasing import order_line
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.foretold import foretold, of_plans, of_reports
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
CREATE, UPDATE, IMPORT, UPLOAD = (
    *(Operation.CREATE, Operation.UPDATE, Operation.IMPORT, Operation.UPLOAD),
)
PAYMENT = DocumentKind.PAYMENT
START = date(2026, 3, 16)
DOWNLOAD = ControllerName.CFDI_DOWNLOAD
LOST = "before_start_not_in_target"


@contextmanager
def _back_in(town: Town, year: int, month: int = 2) -> Iterator[None]:
    """Everybody works as in that month; then it is today again."""
    today = town.clock.now
    town.clock.now = datetime(year, month, 1, 18, tzinfo=UTC)
    yield
    town.clock.now = today


def _old_invoice(town: Town, number: str, year: int = 2025, *, in_sage: bool = True) -> None:
    """An invoice that was approved in that year, captured in Sage unless told."""
    with _back_in(town, year):
        town.treasury.upload(number)
        if in_sage:
            town.treasury.capture(number)


def _old_order(town: Town, year: int = 2025, *, is_finished: bool = False) -> str:
    with _back_in(town, year):
        number = town.buyers.order()
        if is_finished:
            town.buyers.invoice(town.buyers.receive(number))
    return number


def _sent_by_old(town: Town, number: str, quantity: int = 10) -> None:
    """The old system sent the order, with little in it."""
    net, day = D(quantity * 100), "2025-02-01T00:00:00.000Z"
    line = {"external_id": "1", "code": "TUBO-1", "description": "TUBO-1", "quantity": quantity}
    content = {"external_id": number, "provider_external_id": VENDOR, "status": "OPEN"}
    content |= {"currency": "MXN", "date": day, "delivery_date": day}
    content |= {"delivery_contact": "jperez", "requested_by_contact": "ADMIN"}
    amounts = {"subtotal": net, "total": net * D("1.16")}
    lines = [line | {"price": 100, "subtotal": net, "total": net}]
    address = {"type": "SHIPPING", "street": "Calle 1"}
    more = {"lines": lines, "addresses": [address]}
    town.portal.create_po_by_person(town.key, content | amounts | more)


def _paid_by_old(town: Town, number: str, invoice: str, year: int = 2025) -> None:
    """Treasury paid, and the old system told the portal."""
    with _back_in(town, year, 3):
        town.treasury.pay(number, (invoice, "116.00"))
        line = {"uuid": town.treasury.uuid(invoice), "amount": D(116), "currency": "MXN"}
        line |= {"exchange_rate": 1, "payment_amount": D(116)}
        request = {"external_id": number, "provider_external_id": VENDOR, "cfdis": [line]}
        request |= {"currency": "MXN", "total_amount": D(116)}
        request |= {"payment_date": f"{year}-03-01T10:00:00.000Z"}
        town.portal.create_payment_by_person(town.key, request)


def _goes_live(town: Town, **changes: Any) -> None:
    town.set(**({"start_date": START, "guard": Guard()} | changes))


def _writes(town: Town) -> int:
    """Writes that either system was asked for so far."""
    asked = (*town.portal.requests, *town.web_api.requests)
    return sum(request.method != "GET" for request in asked)


@scenario
def five_years_that_are_left_alone(town: Town) -> None:
    """Nothing of before the start is sent: what was finished then is not even looked at."""
    for year in range(2021, 2026):
        _old_order(town, year, is_finished=True)
        _old_invoice(town, f"F{year}", year)
        _paid_by_old(town, f"PY{year}", f"F{year}", year)
    _goes_live(town)
    reports = town.cycle()
    assert _writes(town) == 0
    assert reports[ControllerName.PO_CREATION].seen == 0
    assert reports[ControllerName.PAYMENT_UPLOAD].seen == 0
    assert reports[ControllerName.CFDI_IMPORT].seen == 0


@scenario
def payment_of_an_invoice_of_the_old_system(town: Town) -> None:
    """A payment since the start goes, however old its invoice is and whoever captured that."""
    _old_invoice(town, "F1", 2023)
    _goes_live(town)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert (town.invoice("F1"), town.payment("PY1")) == ("done", "done")
    assert town.treasury.balance("F1") == 0


@scenario
def invoices_that_the_old_system_lost(town: Town) -> None:
    """Older, approved, unpaid and not in Sage: a person admits it, links it, or dismisses it."""
    for number in ("F1", "F2", "F3", "F4"):
        _old_invoice(town, number, in_sage=False)
    with _back_in(town, 2025):
        town.treasury.capture("OTHER", uuid=None)
    _goes_live(town)
    town.cycle()
    assert {town.invoice(number) for number in ("F1", "F2", "F3", "F4")} == {LOST}
    admitted, linked, dismissed, _ = (_cfdi(town, f"F{n}") for n in (1, 2, 3, 4))
    town.person.admit(admitted, IMPORT)
    town.person.link(linked, VENDOR, "OTHER")
    town.person.dismiss(dismissed, IMPORT)
    town.cycle()
    assert len(town.in_sage(town.treasury.uuid("F1"))) == 1
    assert [town.invoice(f"F{n}") for n in (2, 4)] == ["done", LOST]
    assert _status(town, "F3") == Status.DISMISSED
    town.person.restore(dismissed, IMPORT)
    town.cycle()
    assert (town.invoice("F3"), _status(town, "F3")) == (LOST, Status.HELD)


def _status(town: Town, number: str) -> Status | None:
    row = town.row(town.treasury.uuid(number), IMPORT)
    return row.status if row else None


def _cfdi(town: Town, number: str) -> DocumentRef:
    return DocumentRef(kind=DocumentKind.INVOICE, key=town.treasury.uuid(number))


@scenario
def orders_that_the_old_system_lost(town: Town) -> None:
    """An older unfinished order that the portal lacks waits; admitted, it is sent."""
    lost, unwanted = _old_order(town), _old_order(town)
    _goes_live(town)
    town.cycle()
    assert (town.order(lost), town.order(unwanted)) == (LOST, LOST)
    town.person.admit(town.buyers.ref(lost), CREATE)
    town.person.dismiss(town.buyers.ref(unwanted), CREATE)
    town.cycle()
    assert town.buyers.in_portal(lost)
    assert not town.buyers.in_portal(unwanted)


@scenario
def payment_posted_late_that_the_old_system_never_saw(town: Town) -> None:
    """A payment dated before the start whose batch was posted after it waits; admitted, it goes."""
    _old_invoice(town, "F1")
    _goes_live(town)
    town.treasury.pay("PY1", ("F1", "116.00"), on=date(2026, 3, 10))
    town.cycle()
    assert town.payment("PY1") == LOST
    town.person.admit(DocumentRef(kind=PAYMENT, key="PY1"), UPLOAD)
    town.cycle()
    assert len(town.treasury.in_portal("PY1")) == 1


@scenario
def orders_that_the_old_system_sent(town: Town) -> None:
    """Its orders are adopted, not sent again; what differs is an update, under the guard."""
    same, *numbers = [_old_order(town) for _ in range(4)]
    _sent_by_old(town, same)
    for number in numbers:
        _sent_by_old(town, number, quantity=7)
    _goes_live(town, guard=Guard(max_acts_first=2))
    town.cycle()
    assert {town.order(number) for number in (same, *numbers)} == {"done"}
    assert {town.order(number, UPDATE) for number in numbers} == {"plan_above_guard"}
    for number in numbers:
        town.person.confirm(town.buyers.ref(number), UPDATE)
    town.cycle()
    assert town.buyers.changes(same) == ["CREATE"]
    assert {tuple(town.buyers.changes(number)) for number in numbers} == {("CREATE", "MODIFY")}


@scenario
def check_then_dry_run_then_live(town: Town) -> None:
    """What ``check`` foretells, the dry run shows and the first live cycle does, to the cent."""
    _old_order(town, 2024, is_finished=True)
    _sent_by_old(town, _old_order(town), quantity=7)
    _old_order(town)
    for number in ("A1", "A2", "A3"):
        _old_invoice(town, number, in_sage=number != "A3")
    _paid_by_old(town, "PY1", "A1")
    _goes_live(town)
    town.treasury.pay("PY2", ("A2", "116.00"))
    for lines in ([_line("7")], [_line("10"), _line("3")]):
        town.buyers.order(*lines)
    town.treasury.upload("A4", total="232.00")
    town.treasury.upload("A5", approve=False)
    before = foretold(town)
    assert _writes(town) == 0
    assert town.ledger_store.tenant(town.key, town.clock).open_operations() == []
    town.set(mode=Mode.DRY_RUN)
    dry = town.cycle()
    assert _writes(town) == 0
    assert not list(town.ledger.keys_where(PAYMENT, list(Operation), [Status.IN_FLIGHT]))
    town.set(mode=Mode.SANDBOX)
    again = foretold(town)
    live = town.cycle(minutes=0)
    assert of_plans(again) == of_reports(live)
    told, did = of_plans(before), of_reports(live)
    del told[DOWNLOAD], did[DOWNLOAD]  # the dry run has downloaded, and confirmed what is in Sage
    assert {name: one[:4] for name, one in told.items()} == {n: one[:4] for n, one in did.items()}
    assert dry[ControllerName.PO_CREATION].held == told[ControllerName.PO_CREATION].acted + 1
    assert sum(one.acted for one in did.values()) == 5


def _line(quantity: str) -> OrderLine:
    return order_line(quantity=D(quantity))


@scenario
def one_start_date_per_kind(town: Town) -> None:
    """Orders, payments and CFDIs may each start on a day of their own."""
    kinds = {
        DocumentKind.PURCHASE_ORDER: date(2025, 1, 1),
        DocumentKind.INVOICE: date(2025, 1, 1),
        PAYMENT: date(2026, 4, 1),
    }
    order = _old_order(town)
    _old_invoice(town, "F1", in_sage=False)
    _old_invoice(town, "F2")
    _goes_live(town, start_date=START, start_dates=kinds)
    town.treasury.pay("PY1", ("F2", "116.00"))
    town.cycle()
    assert town.buyers.in_portal(order)
    assert len(town.in_sage(town.treasury.uuid("F1"))) == 1
    assert town.payment("PY1") == ""
    assert not town.treasury.in_portal("PY1")
