"""Texts of the portal and of suppliers' files through whole cycles: they stay data everywhere.

The portal's answers are honest but for their texts, which are swapped for hostile ones. A text must
not become part of a statement, a path, a log line of its own, or the end of a cycle for others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, text

from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.redaction import UNSHOWABLE
from portal_pipeline.core.tenant import VendorRules
from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.ledger.schema import metadata as ledger_schema
from portal_pipeline.orchestration.metadata import metadata_of
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom
from portal_pipeline_tests.contract.controllers.purchasing import Purchasing
from portal_pipeline_tests.contract.controllers.treasury import Treasury
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

MARK = "zqmark"
HOSTILE = (
    f"{MARK}'); DROP TABLE APVEN;--\" OR 1=1 :x %(y)s ?",
    f"{MARK}\r\n2026-01-01 00:00:00 - CRITICAL - forged\x1b[2J\x9b31m\u202e\u2028\x00\ud800",
    f"../..\\..\\../{MARK}:x",
    MARK * 20_000,
)
IDENTITY = {"id", "uuid", "external_id", "rfc"}
Swap = Callable[[str, str], str]
SWAPS: dict[str, Callable[[str], Swap]] = {
    "names and descriptions": lambda bad: (
        lambda name, honest: bad if not _is_telling(name, honest) else honest
    ),
    "what identifies": lambda bad: lambda name, honest: bad if name in IDENTITY else honest,
    "what is told besides": lambda bad: (
        lambda name, honest: honest if name in IDENTITY else f"{honest}{bad}"
    ),
}


def _is_telling(name: str, honest: str) -> bool:
    """Whether the product acts by this text: an id, a code, a date, an amount."""
    is_id = name in IDENTITY or name.endswith(("_id", "_ids", "rfc", "uuid", "_external_id"))
    return is_id or honest.isupper() or honest[:1].isdigit()


def swapped(value: Any, swap: Swap, name: str = "") -> Any:
    match value:
        case dict():
            return {key: swapped(item, swap, key) for key, item in value.items()}
        case list():
            return [swapped(item, swap, name) for item in value]
        case str():
            return swap(name, value)
        case _:
            return value


class Watched:
    """A company in the middle of its work, whose portal may lie, and every statement it runs."""

    def __init__(self, folder: Path) -> None:
        self.bench = Mailroom(folder)
        self.bench.set(vendors=VendorRules(create_vendors=True, group="NAC", terms="N30"))
        self.bench.set_payments(allow_sage_sql_writes=True)
        self.statements: list[str] = []
        self.swap: Swap | None = None
        self.honest = self.bench.portal.handle
        self.bench.portal.handle = self.handle  # type: ignore[method-assign]
        self.treasury = Treasury(self.bench)
        self.buyer = Purchasing(self.bench)
        self.number = 0

    def handle(self, request: Request) -> Response:
        answer = self.honest(request)
        if self.swap is None or not answer.body:
            return answer
        body = dump_json(swapped(load_json(answer.body), self.swap))
        return replace(answer, body=body.encode(errors="surrogatepass"))

    def work(self) -> None:
        """Something new for each step."""
        self.number += 1
        n = self.number
        self.bench.portal.add_provider(
            self.bench.key, key=f"new {n}", name=f"Nuevo {n}", rfc=f"NUE0101{n:02d}AB1"
        )
        self.treasury.invoice(f"P{n}")
        self.treasury.upload(f"U{n}")
        self.treasury.pay(f"PY{n}", (f"P{n}", "116.00"))
        self.buyer.order()

    def cycle(self) -> list[str]:
        """Every step; what the reports of those that ended show in Dagster, and errors."""
        shown: list[str] = []
        self.bench.advance(days=1)
        for name in ControllerName:
            try:
                shown.append(str(metadata_of(self.bench.run(step_factory(name)), "en")))
            except PipelineError as error:
                shown.append(str(error))
        return shown


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)

    def note(*arguments: Any) -> None:
        made.statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    yield made
    event.remove(Engine, "before_cursor_execute", note)
    made.bench.close()


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield from (str(key), *texts_in(item))
        case list() | tuple():
            for item in value:
                yield from texts_in(item)


def ledger_texts(bench: Bench) -> Iterator[tuple[str, str]]:
    with bench.ledger_store._engine.connect() as connection:
        for table in ledger_schema.sorted_tables:
            for row in connection.execute(table.select()).mappings():
                for column, value in row.items():
                    for one in texts_in(value):
                        yield f"{table.name}.{column}", one


def too_long_for_their_columns(bench: Bench) -> set[str]:
    """SQLite keeps any length; a ledger on PostgreSQL would refuse the row, and stop the step."""
    lengths = {
        f"{table.name}.{column.name}": getattr(column.type, "length", None)
        for table in ledger_schema.sorted_tables
        for column in table.columns
    }
    return {
        place
        for place, one in ledger_texts(bench)
        if (most := lengths[place]) is not None and len(one) > most
    }


def tables(bench: Bench) -> set[str]:
    return {name for engine in bench._engines for name in inspect(engine).get_table_names()}


@pytest.mark.parametrize("swap", SWAPS)
def test_hostile_texts_of_the_portal_stay_data(swap, watched, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    bench = watched.bench
    watched.work()
    before, places = tables(bench), set(tmp_path.iterdir())
    for bad in HOSTILE:
        watched.swap = SWAPS[swap](bad)
        shown = watched.cycle()
        assert not any(UNSHOWABLE.search(one.replace("\n", "")) for one in shown)
        assert not any("\n2026-01-01" in one for one in shown)
    assert len(watched.statements) > 100
    assert not [one for one in watched.statements if MARK in one]
    kept = list(ledger_texts(bench))
    assert any(MARK in one for _, one in kept)
    assert not [one for one in kept if UNSHOWABLE.search(one[1]) or "\n" in one[1]]
    assert too_long_for_their_columns(bench) == set()
    assert tables(bench) == before
    assert set(tmp_path.iterdir()) == places
    assert not [path for path in tmp_path.rglob("*") if MARK in path.name]
    assert MARK not in caplog.text

    # Honest again, the company goes on as if nothing had been.
    watched.swap = None
    watched.work()
    watched.cycle()
    new = uuid_of(watched.treasury.name("U2"))
    assert bench.finding(new, Operation.DOWNLOAD) == "done"
    assert bench.in_sage(new)
    assert watched.treasury.in_portal("PY2")


@pytest.mark.parametrize("system", ["portal", "web_api"])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_answer_forges_a_line_of_a_log(system, status, watched):
    """Errors become Dagster's log lines: what a server says stays on one."""
    bad = f"<html>{MARK}\r\n2026-01-01 00:00:00 - CRITICAL - forged\u2028\x1b[2J".encode()
    watched.work()
    simulator = getattr(watched.bench, system)
    simulator.handle = lambda _: Response(status, bad)
    shown = watched.cycle()
    assert status == 200 or any(MARK in one for one in shown)
    kept = [one for _, one in ledger_texts(watched.bench)]
    assert not [one for one in (*shown, *kept) if "\n2026" in one or "\u2028" in one]


def test_hostile_texts_of_a_file_stay_data(watched, tmp_path):
    """What an invoice says of itself goes to Sage, by the Web API, as what it is."""
    bench = watched.bench
    escaped = {
        "sql": "');DROP TABLE",
        "line": "A&#13;&#10;B&#9;C",
        "path": "../../x",
        "markup": "&lt;x&gt;]]&gt;",
        "quote": "&quot;&apos;",
    }
    for name, serie in escaped.items():
        bench.upload(name, serie=serie)
    before = tables(bench)
    shown = watched.cycle()
    assert not any(UNSHOWABLE.search(one.replace("\n", "")) for one in shown)
    for name in escaped:
        assert bench.finding(uuid_of(name), Operation.DOWNLOAD) == "done"
        assert bench.row(uuid_of(name), Operation.IMPORT) is not None
    numbers = [one.number for engine in bench._engines[:1] for one in bench.company.invoices()]
    assert all(number.isprintable() for number in numbers)
    assert not [one for one in ledger_texts(bench) if UNSHOWABLE.search(one[1])]
    assert not [one for one in watched.statements if "DROP TABLE" in one]
    assert tables(bench) == before
    assert bench.archive.get(bench.key, uuid_of("path"))
    assert not list(tmp_path.parent.glob("x*"))
    with bench._engines[0].connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM APVEN")).scalar_one() == 1


def test_the_world_of_these_tests_does_all_that_is_to_be_attacked(watched):
    """Without a lie: a supplier is known, an invoice imported, an order and a payment sent."""
    watched.work()
    watched.cycle()
    bench = watched.bench
    assert bench.in_sage(uuid_of(watched.treasury.name("U1")))
    assert watched.treasury.in_portal("PY1")
    assert bench.portal.purchase_orders(bench.key)
