"""Whole cycles with failures of every kind; then every place where a text could lie is searched.

Portal and Web API are served over sockets. Between honest answers they say back all that they were
asked, headers and bodies, in every shape that we read; the database's driver tells its connection
string when it fails.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sqlite3
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import stamina
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from typer.testing import CliRunner

from portal_pipeline.cli.main import app
from portal_pipeline.controllers.execution import SerialExecutor
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.orchestration.ops import as_failure
from portal_pipeline.portal.transport import PortalTimeouts
from portal_pipeline.sandbox.http import ConnectionDropped, Request
from portal_pipeline.sandbox.sage.company import OrderLine
from portal_pipeline.sandbox.sage.web_api.access import WebApiUser
from portal_pipeline.sandbox.sage.web_api.simulator import SageWebApiSimulator
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.contract.controllers.bench import ORG, Bench
from portal_pipeline_tests.contract.controllers.purchasing import order_line
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    TENANT_RFC,
    cfdi_xml,
)
from portal_pipeline_tests.security.servers import Asked, Says, Server, serving

KEY = "zqk-7f31-portal"
SECRET = 'zqs-8a42"por\\tal}; x%'
API_PASSWORD = 'zqp-19"api}w;rd&<x>'
DB_PASSWORD = "zqd-5c/P@ss w;}"
SIGNATURE = "zqsig-90ab12cd34ef"
TOKEN = base64.b64encode(f"PIPE:{API_PASSWORD}".encode()).decode()
MARKS = ("zqk-", "zqs-", "zqp-", "zqd-", "zqsig-", TOKEN[:16])
"""How each secret begins: nothing else does."""

SETTINGS = """
[installation]
language = "en"

[tenants.norte]
name = "Norte"
rfc = "{rfc}"
mode = "sandbox"
[tenants.norte.sage]
url = "sqlite:///{folder}/sage.db"
authorisation_url = "sqlite:///{folder}/authorisations.db"
org_id = "{org}"
password = {{ env = "TEST_DB" }}
[tenants.norte.sage_web_api]
url = "{url}/Sage300WebApi"
user = "PIPE"
password = {{ env = "TEST_API" }}
[tenants.norte.portal]
url = "{url}"
tenant_id = "norte"
key = {{ env = "TEST_KEY" }}
secret = {{ env = "TEST_SECRET" }}
[tenants.norte.guard]
is_on = false
[tenants.norte.vendors]
create_vendors = true
group = "NAC"
terms = "N30"
tax_group = "IVA16"
number_rule = "prefix:P"

[tenants.lejos]
name = "Lejos"
rfc = "{rfc}"
mode = "sandbox"
[tenants.lejos.sage]
url = "leaky://sa:{quoted}@db.example/LEJDAT"
authorisation_url = "leaky://sa:{quoted}@db.example/AUT"
org_id = "LEJDAT"
[tenants.lejos.portal]
url = "{url}"
tenant_id = "lejos"
key = {{ env = "TEST_KEY" }}
secret = {{ env = "TEST_SECRET" }}
"""


class LeakyDialect(SQLiteDialect_pysqlite):
    """A driver that tells its whole connection string when it cannot connect."""

    name = "leaky"
    says = ""

    def create_connect_args(self, url: Any) -> Any:
        return [], {}

    def connect(self, *_: Any, **__: Any) -> Any:
        raise sqlite3.OperationalError(
            f"{self.says} DRIVER=x;UID=sa;PWD={{{DB_PASSWORD.replace('}', '}}')}}};APP=y "
            f"(tried {DB_PASSWORD} at leaky://sa:{quote(DB_PASSWORD, safe='')}@db.example)"
        )


registry.register("leaky", __name__, "LeakyDialect")


def said_back(asked: Asked) -> str:
    """All that was asked, as servers and proxies repeat it."""
    return (
        f"{json.dumps(asked.headers)} {asked.headers!r} {asked.method} {asked.path} "
        f"{asked.body.decode(errors='replace')} <p>{unquote(asked.path)}</p>"
    )


def spoiled(kind: str, asked: Asked) -> Says:
    text = said_back(asked)
    match kind:
        case "400" | "401" | "429" | "500":
            return Says(int(kind), body=text.encode())
        case "portal error":
            return Says(400, body=json.dumps({"code": 5, "description": text}).encode())
        case "portal 404":
            return Says(404, body=json.dumps({"code": text, "description": text}).encode())
        case "sage error":
            body = {"error": {"code": "RecordInvalid", "message": {"value": text}}}
            return Says(422, body=json.dumps(body).encode())
        case "sage code":
            return Says(500, body=json.dumps({"error": {"code": text, "message": text}}).encode())
        case "html":
            return Says(200, body=f"<html>{text}</html>".encode())
        case "other json":
            return Says(200, body=json.dumps({"id": text, "items": [text], "total": 1}).encode())
        case "redirect":
            return Says(302, {"Location": f"http://localhost:1/?{quote(text)}"})
        case "slow":
            time.sleep(0.1)
            return Says(200, body=text.encode())
        case _:
            return Says(0)


@dataclass
class Other:
    """The other side: honest, but for what is spoiled."""

    bench: Bench
    web_api: SageWebApiSimulator
    server: Server = field(default_factory=lambda: Server(0))
    everything: str = ""
    writes: str = ""

    def __call__(self, asked: Asked) -> Says:
        path, _, query = asked.path.partition("?")
        if self.everything:
            return spoiled(self.everything, asked)
        if path.startswith("/signed/"):
            return Says(403, body=f"<Signature>{SIGNATURE}</Signature>{said_back(asked)}".encode())
        if path.endswith("/attachments"):
            return Says(404, body=b'{"code": 1, "description": "DOWNLOAD_FILE_NOT_FOUND: x"}')
        if path.endswith("/files"):
            link = f"{self.server.url()}/signed/x.xml?X-Amz-Signature={SIGNATURE}&e=60"
            return Says(body=json.dumps({"xml": link}).encode())
        if self.writes and asked.method != "GET":
            return spoiled(self.writes, asked)
        handle = self.web_api.handle if path.startswith("/Sage300") else self.bench.portal.handle
        request = Request(
            asked.method, unquote(path), tuple(parse_qsl(query)), asked.headers, asked.body
        )
        try:
            answer = handle(request)
        except ConnectionDropped:
            return Says(0)
        return Says(answer.status, dict(answer.headers), answer.body)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    """A company whose supplier, order and invoice wait for their first cycle."""
    for name in list(os.environ):
        if name.startswith("PORTAL_PIPELINE_"):
            monkeypatch.delenv(name)
    (tmp_path / "bench").mkdir()
    bench = Bench(tmp_path / "bench")
    portal = bench.portal
    for key in ("norte", "lejos"):
        portal.add_tenant(key, name=key, rfc=TENANT_RFC, api_key=KEY, api_secret=SECRET)
        portal.add_company(key, external_id=ORG, name=key, rfc=TENANT_RFC)
        provider = portal.add_provider(
            key, key="kemper", name="Kemper", rfc=SUPPLIER_RFC, external_id=f"V-{key}"
        )
        new = portal.add_provider(key, key="nuevo", name="Nuevo", rfc="NUE010101AB1")
        for one in (provider, new):
            portal.accept_dossier(key, one.id)
        cfdi = portal.upload_cfdi(key, xml=cfdi_xml(f"I-{key}"), provider_id=provider.id)
        portal.send_cfdi(key, cfdi.id)
        portal.approve_cfdi(key, cfdi.id)
        if key == "norte":
            bench.company.add_vendor(
                vendor="V-norte", name="Kemper", rfc=SUPPLIER_RFC, provider_id=provider.id
            )
    lines: tuple[OrderLine, ...] = (order_line(),)
    number = bench.company.raise_purchase_order(vendor="V-norte", buyer="ana", lines=lines)
    bench.company.authorise_purchase_order(number=number)
    web_api = SageWebApiSimulator(
        {ORG: bench.company}, [WebApiUser("PIPE", API_PASSWORD)], clock=bench.clock
    )
    other = Other(bench, web_api)
    for name, value in {
        "TEST_DB": DB_PASSWORD,
        "TEST_API": API_PASSWORD,
        "TEST_KEY": KEY,
        "TEST_SECRET": SECRET,
        "PORTAL_PIPELINE_HOME": str(tmp_path / "home"),
        "PORTAL_PIPELINE_SETTINGS": str(tmp_path / "tenants.toml"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        "portal_pipeline.portal.client.PortalTimeouts", lambda: PortalTimeouts(read_s=0.05)
    )
    stamina.set_testing(True, attempts=1)
    with serving(other) as server:
        other.server = server
        (tmp_path / "tenants.toml").write_text(
            SETTINGS.format(
                rfc=TENANT_RFC,
                org=ORG,
                folder=bench.folder,
                url=server.url(),
                quoted=quote(DB_PASSWORD, safe=""),
            )
        )
        yield other
    stamina.set_testing(False)
    bench.close()


WRITES = ("400", "401", "500", "portal error", "sage error", "sage code", "html", "slow")
READS = (
    *("401", "429", "500", "portal error", "portal 404", "sage error", "sage code"),
    *("html", "other json", "redirect", "slow", "drop"),
)
SOME = (
    ControllerName.PROVIDER_SYNC,
    ControllerName.CFDI_DOWNLOAD,
    ControllerName.CFDI_IMPORT,
    ControllerName.PO_CREATION,
)


def cycle(
    key: str, run_id: str, shown: list[str], steps: Iterable[ControllerName] = SOME
) -> dict[str, str]:
    """Some steps; how those that failed say it, as Dagster would keep it."""
    failed: dict[str, str] = {}
    installation = Installation(load_settings())
    try:
        session = TenantSession(installation, key, run_id, executor=SerialExecutor())
        try:
            for name in steps:
                try:
                    session.run_step(name)
                except PipelineError as error:
                    failure = as_failure(error, key)
                    failure.__cause__ = error
                    shown += traceback.format_exception(failure)
                    shown.append(f"{failure.description} {failure.metadata}")
                    failed[name.value] = str(error)
        finally:
            session.close()
    finally:
        installation.close()
    return failed


def found_in(text: str) -> set[str]:
    return {mark for mark in MARKS if mark in text}


def rows_of(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        dumped = "\n".join(connection.iterdump())
    connection.close()
    return dumped


def files_that_show_a_secret(folder: Path) -> dict[str, set[str]]:
    """Bytes in each coding, and the rows of databases, whose pages may cut a text."""
    shown: dict[str, set[str]] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes()
        found = {m for m in MARKS for c in ("utf-8", "utf-16-le") if m.encode(c) in data}
        if data.startswith(b"SQLite format 3"):
            found |= found_in(rows_of(path))
        if found:
            shown[str(path.relative_to(folder))] = found
    return shown


def cycles_that_fail(world: Other, shown: list[str]) -> dict[str, dict[str, str]]:
    """Documents that fail one by one, an honest cycle, systems that fail whole: who failed how."""
    ended: dict[str, dict[str, str]] = {}
    for number, kind in enumerate(WRITES):
        world.writes = kind
        ended[f"writes {kind}"] = cycle("norte", f"w{number}", shown)
        world.bench.advance(days=1)
    world.writes = ""
    ended["honest"] = cycle("norte", "h", shown, ControllerName)
    for number, kind in enumerate(READS):
        world.everything = kind
        ended[f"all {kind}"] = cycle("norte", f"a{number}", shown)
    world.everything = "500"
    for number, says in enumerate(("", "28000 Login failed", "no such column")):
        LeakyDialect.says = says
        ended[f"database {says}"] = cycle("lejos", f"d{number}", shown)
    return ended


def commands_that_fail(world: Other, shown: list[str]) -> None:
    """The job in Dagster, and what the commands print, while nothing answers as it should."""
    LeakyDialect.says = "28000"
    world.everything = "401"
    commands = (
        ("run", "--tenant", "lejos"),
        ("run", "--tenant", "norte", "--step", "cfdi_download", "--step", "po_creation"),
        *(("check",), ("status",), ("held",), ("held", "--json"), ("status", "--json")),
        ("trace", "PO000000000001"),
    )
    for arguments in commands:
        result = CliRunner().invoke(app, list(arguments))
        shown.append(f"{result.output} {result.stderr}")
        if result.exc_info is not None:
            shown += traceback.format_exception(*result.exc_info)


def test_no_secret_is_in_any_log_row_report_event_output_or_file(world, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    ended = cycles_that_fail(world, shown)
    commands_that_fail(world, shown)

    # The secrets were there to be shown, and the failures happened.
    asked = world.server.asked
    assert any(one.headers.get("pdptenantsecret") == SECRET for one in asked)
    assert any(TOKEN in one.headers.get("authorization", "") for one in asked)
    assert any(SIGNATURE in one.path for one in asked)
    written = {one.path.split("/")[1] for one in asked if one.method != "GET"}
    assert written == {"api", "Sage300WebApi"}
    assert not ended["honest"]
    assert {name for name, failed in ended.items() if failed} >= {
        *(f"all {kind}" for kind in ("401", "429", "500", "html", "redirect", "drop")),
        *(f"database {says}" for says in ("", "28000 Login failed", "no such column")),
    }
    home = tmp_path / "home"
    assert "[redacted]" in rows_of(home / "ledger.sqlite")
    assert "[redacted]" in "\n".join(shown)
    assert (home / "dagster").is_dir()

    # None of them is anywhere.
    streams = capfd.readouterr()
    assert found_in("\n".join(shown)) == set()
    assert found_in(streams.out + streams.err) == set()
    assert found_in(caplog.text + "\n".join(str(r.__dict__) for r in caplog.records)) == set()
    assert files_that_show_a_secret(home) == {}


def test_the_search_would_find_them(tmp_path):
    """A search that finds nothing anywhere proves nothing."""
    (tmp_path / "log.txt").write_text(f"PWD={DB_PASSWORD}", encoding="utf-16-le")
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", ("x" * 6_000 + SIGNATURE,))
    connection.close()
    assert files_that_show_a_secret(tmp_path) == {"log.txt": {"zqd-"}, "x.db": {"zqsig-"}}
    assert found_in(urlsplit(f"https://h/?s={SIGNATURE}").query) == {"zqsig-"}
