"""How the stand-in goes wrong, and what stops it from going near a real Sage."""

from __future__ import annotations

import re
import signal
import sqlite3
import sys
import threading
import time
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from portal_pipeline.importers.drop_folder import DropFolder
from portal_pipeline.importers.program import ImporterProgram
from portal_pipeline.sandbox.importer_program.command import main
from portal_pipeline_tests.contract.importer_program.conftest import provider_xml, with_addenda
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

ROOT = Path(__file__).resolve().parents[3]


def as_program(desk, *arguments, **given):
    """The stand-in as the product starts it."""
    command = [sys.executable, "-m", "portal_pipeline.sandbox.importer_program"]
    values = {
        "working_folder": ROOT,
        "timeout_s": 60.0,
        "output_folder": desk.folder.parent / "runs",
        "grace_s": 0.3,
        **given,
    }
    return ImporterProgram(
        [*command, "--folder", str(desk.folder), "--sage-url", desk.url, *arguments], **values
    )


def test_put_run_and_read_sage_is_the_whole_way(desk):
    folder = DropFolder(desk.folder)
    uuids = [uuid_of(name) for name in ("1", "2")]
    for name in ("1", "2"):
        folder.put(f"{uuid_of(name)}.xml", with_addenda(cfdi_xml(name)))
    run = as_program(desk).run()
    assert (run.exit_code, run.tail) == (0, "2 archivos")
    assert folder.present([f"{uuid}.xml" for uuid in uuids]) == frozenset()
    assert set(desk.invoices()) == set(uuids)


def test_a_hang_ends_at_the_timeout_with_everything_it_started(desk):
    desk.put("1")
    last = time.monotonic() + 30
    runs = desk.folder.parent / "runs"

    def pids() -> list[int]:
        text = "".join(path.read_text("utf-8", "replace") for path in runs.glob("*.log"))
        return [int(pid) for pid in re.findall(r"colgado pid (\d+)", text)]

    deaf: set[int] = set()

    def monotonic() -> float:
        """The time is over when all three processes are there."""
        now = time.monotonic()
        deaf.update(pid for pid in pids() if _ignores_sigterm(pid))
        return now + 10_000 if len(pids()) == 3 or now > last else now

    run = as_program(desk, "--behaviour", "hangs", timeout_s=5_000, monotonic=monotonic).run()
    assert len(pids()) == 3
    assert deaf == set(pids())
    assert (run.timed_out, run.exit_code, run.ended_processes, run.left_running) == (
        True,
        None,
        3,
        (),
    )
    assert not any(_is_running(pid) for pid in pids())
    assert desk.names() == [f"{uuid_of('1')}.xml"]
    assert desk.company.invoices() == []


def _ignores_sigterm(pid: int) -> bool:
    """As the system says; Linux alone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = int(re.search(r"SigIgn:\s*(\w+)", status)[1], 16)
    return bool(mask >> (signal.SIGTERM - 1) & 1)


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_crash_has_written_sage_and_not_moved_and_the_next_run_does_not_write_again(desk):
    uuids = sorted(desk.put(name) for name in ("1", "2"))
    with pytest.raises(SystemExit) as ended:
        desk.run("--behaviour", "crashes")
    assert ended.value.code == 3
    assert list(desk.invoices()) == uuids[:1]
    assert desk.names() == [f"{uuid}.xml" for uuid in uuids]
    assert desk.run() == 0
    assert sorted(desk.invoices()) == uuids
    assert len(desk.company.invoices()) == 2
    assert desk.names() == []


def test_crashing_again_and_again_gets_through_and_writes_nothing_twice(desk):
    uuids = [desk.put(name) for name in ("1", "2", "3")]
    for _ in uuids:
        with pytest.raises(SystemExit):
            desk.run("--behaviour", "crashes")
    assert desk.run("--behaviour", "crashes") == 0
    assert set(desk.invoices()) == set(uuids)
    assert len(desk.company.invoices()) == 3


def test_half_imports_every_second_and_moves_all(desk):
    uuids = sorted(desk.put(name) for name in ("1", "2", "3", "4", "5"))
    assert desk.run("--behaviour", "half") == 0
    assert sorted(desk.invoices()) == uuids[::2]
    assert desk.names("Procesados") == [f"{uuid}.xml" for uuid in uuids]
    assert desk.names() == desk.names("Errores") == []


def test_moves_moves_everything_and_imports_nothing(desk):
    before = desk.company.vendors()
    desk.put("1")
    (desk.folder / "providers-1.xml").write_bytes(provider_xml())
    (desk.folder / "roto.xml").write_bytes(b"<")
    assert desk.run("--behaviour", "moves") == 0
    assert (desk.company.invoices(), desk.company.vendors()) == ([], before)
    assert len(desk.names("Procesados")) == 3
    assert desk.names("Errores") == []


def test_slow_takes_its_time_and_imports(desk):
    uuid = desk.put("1")
    began = time.monotonic()
    assert desk.run("--behaviour", "slow", "--seconds", "0.2") == 0
    assert time.monotonic() - began >= 0.2
    assert list(desk.invoices()) == [uuid]


def test_processed_files_go_where_they_are_told(desk, tmp_path):
    uuid = desk.put("1")
    desk.run("--processed", str(tmp_path / "otra"))
    assert (tmp_path / "otra" / f"{uuid}.xml").is_file()


# -- only the sandbox's companies ----------------------------------------------------------------


def sqlite_file(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([], id="empty"),
        pytest.param(["CREATE TABLE APVEN (VENDORID TEXT)"], id="no marker"),
        pytest.param(["CREATE TABLE CSCOM (ORGID TEXT)"], id="a company without marker"),
        pytest.param(["CREATE TABLE PORTAL_PIPELINE_SANDBOX (NAME, VALUE)"], id="no company"),
    ],
)
def test_a_database_that_is_not_a_sandbox_companys_is_not_touched(
    desk, tmp_path, capsys, statements
):
    path = sqlite_file(tmp_path / "real.db", "CREATE TABLE A (B)", *statements)
    before = path.read_bytes()
    desk.put("1")
    assert main(["--folder", str(desk.folder), "--sage-url", f"sqlite:///{path}"]) == 1
    assert "not_a_sandbox" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.glob("real.db*")] == ["real.db"]
    assert desk.names() == [f"{uuid_of('1')}.xml"]
    assert [one.name for one in desk.folder.iterdir()] == [f"{uuid_of('1')}.xml"]


def test_a_database_that_is_not_there_is_not_made(desk, tmp_path, capsys):
    path = tmp_path / "none.db"
    assert main(["--folder", str(desk.folder), "--sage-url", f"sqlite:///{path}"]) == 1
    assert not path.exists()
    assert "not_a_sandbox" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_not_made(desk, tmp_path, capsys):
    away = tmp_path / "away"
    assert main(["--folder", str(away), "--sage-url", desk.url]) == 1
    assert not away.exists()
    assert "away" in capsys.readouterr().err


# -- whose time it is ----------------------------------------------------------------------------


class Clock(BaseHTTPRequestHandler):
    """The sandbox's clock, standing still."""

    now = datetime(2026, 3, 9, 18, 0, tzinfo=UTC)

    def do_GET(self) -> None:
        body = f'{{"now": "{self.now.isoformat()}"}}'.encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def clock_url():
    with HTTPServer(("127.0.0.1", 0), Clock) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sandbox/clock"
        server.shutdown()
        thread.join()


def test_it_lives_in_the_sandboxs_time_when_it_is_told_where_to_ask(desk, clock_url):
    desk.put("1")
    assert desk.run("--clock-url", clock_url) == 0
    assert desk.bench.row("APIBC")["DATEBTCH"] == date(2026, 3, 9)
    assert desk.log().startswith("09/03/2026 12:00:00 ")


@pytest.mark.parametrize("url", ["http://example.com/clock", "file:///etc/passwd"])
def test_it_asks_no_other_machine_for_the_time(desk, url, capsys):
    assert desk.run("--clock-url", url) == 1
    assert "not an http address of this machine" in capsys.readouterr().err
