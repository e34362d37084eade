"""The import program gets its time and nothing of ours; nothing of it is left running.

The programs here are real, small Python processes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from portal_pipeline.importers.process_tree import COOKIE, ProcessTree
from portal_pipeline.importers.program import (
    PASSED_ON,
    ImporterProgram,
    ImporterProgramError,
    ProgramRun,
)
from portal_pipeline.importers.program_output import OutputPump, RunLog, last_lines

LIMIT_S = 20.0
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, f"pid {os.getpid()}\\n".encode())
time.sleep(600)
"""
"""A process that names itself and does not end when asked."""
START = f"""
import os, subprocess, sys
def start(code, **more):
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", code], **more)
STUBBORN = {STUBBORN!r}
DAEMON = '''
import os, signal, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
''' + STUBBORN
"""
"""``start(STUBBORN)``; ``start(DAEMON)`` becomes a double-forked daemon in its own session."""
SAY_ALL_STARTED = """
import time
def wait_for_pids(count, path):
    while open(path, "rb").read().count(b"pid ") < count: time.sleep(0.01)
"""


def until(true: Callable[[], object]) -> None:
    """Wait for something, within a limit."""
    deadline = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Runner:
    """Programs in a folder of their own; what they leave behind is ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"

    def program(self, code: str, **given: object) -> ImporterProgram:
        command = given.pop("command", [sys.executable, "-I", "-S", "-c", code])
        values = {
            "working_folder": self.folder,
            "timeout_s": LIMIT_S,
            "output_folder": self.logs,
            "grace_s": 0.3,
            **given,
        }
        return ImporterProgram(command, **values)

    def run(self, code: str, **given: object) -> ProgramRun:
        return self.program(code, **given).run()

    def output(self) -> str:
        """Of the newest run, so far."""
        logs = sorted(self.logs.glob("*.log"))
        return logs[-1].read_text("utf-8", "replace") if logs else ""

    def timeout_when(self, is_time: Callable[[], object]) -> dict[str, object]:
        """A clock by which the program's time is over as soon as something is so."""
        last = time.monotonic() + LIMIT_S

        def monotonic() -> float:
            now = time.monotonic()
            return now + 10_000 if now > last or is_time() else now

        return {"timeout_s": 5_000, "monotonic": monotonic}

    def pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"pid (\d+)", self.output())]


@pytest.fixture
def runner(tmp_path) -> Iterator[Runner]:
    made = Runner(tmp_path)
    yield made
    for pid in made.pids():
        if is_running(pid):
            psutil.Process(pid).kill()


# -- a program that ends by itself -------------------------------------------------------------


def test_a_good_program_runs_to_its_end_and_its_output_is_kept(runner):
    run = runner.run("import sys; print('uno'); sys.stdout.flush(); print('dos', file=sys.stderr)")
    assert (run.exit_code, run.timed_out, run.ended_processes, run.left_running) == (
        0,
        False,
        0,
        (),
    )
    assert run.tail == "uno\ndos"
    assert 0 < run.seconds < LIMIT_S
    text = run.output.read_text()
    assert "uno\ndos\n" in text
    assert "--- started 2" in text
    assert "--- ended with exit code 0 after" in text


@pytest.mark.parametrize("code", [1, 3, 255])
def test_its_exit_code_is_told(runner, code):
    run = runner.run(f"import sys; sys.exit({code})")
    assert (run.exit_code, run.timed_out) == (code, False)


def test_a_crash_is_told_as_the_signal(runner):
    run = runner.run("import os; os.abort()")
    assert (run.exit_code, run.timed_out) == (-signal.SIGABRT, False)


def test_arguments_reach_the_program_as_they_are_without_a_shell(runner):
    arguments = ["COPDAT", "a b", "$HOME", "; echo no", '"', "*"]
    code = "import sys; print(sys.argv[1:])"
    run = runner.run("", command=[sys.executable, "-I", "-S", "-c", code, *arguments])
    assert run.tail == str(arguments)


def test_it_runs_in_its_working_folder(runner):
    assert runner.run("import os; print(os.getcwd())").tail == str(runner.folder)


@pytest.fixture
def open_input():
    """Our own standard input is a pipe on which nothing ever comes."""
    reading, writing = os.pipe()
    ours = os.dup(0)
    os.dup2(reading, 0)
    yield
    os.dup2(ours, 0)
    for handle in (reading, writing, ours):
        os.close(handle)


@pytest.mark.usefixtures("open_input")
def test_it_has_nothing_to_read_and_does_not_wait_for_us(runner):
    run = runner.run("import sys; print(repr(sys.stdin.read()))", timeout_s=5)
    assert (run.tail, run.timed_out) == ("''", False)


def test_a_program_is_found_from_where_we_are_not_from_where_it_works(runner, monkeypatch):
    script = runner.folder / "importa"
    script.write_text("#!/bin/sh\necho aqui\n")
    script.chmod(0o755)
    monkeypatch.chdir(runner.folder)
    (runner.folder / "work").mkdir()
    run = runner.run("", command=["./importa"], working_folder=runner.folder / "work")
    assert run.tail == "aqui"


# -- what reaches it ---------------------------------------------------------------------------


def test_nothing_of_our_environment_reaches_it_but_what_is_named(runner, monkeypatch):
    monkeypatch.setenv("PORTAL_SECRET_ACME", "s3cr3t-portal")
    monkeypatch.setenv("SAGE_PASSWORD", "s3cr3t-sage")
    monkeypatch.setenv("PORTAL_PIPELINE_HOME", "/var/lib/portal-pipeline")
    monkeypatch.setenv("LANG", "es_MX.UTF-8")
    run = runner.run("import os\nfor name in sorted(os.environ): print(name, os.environ[name])")
    text = run.output.read_text()
    assert "s3cr3t" not in text
    assert "LANG es_MX.UTF-8" in text
    found = set(re.findall(r"^([A-Za-z_()0-9]+) ", text, re.MULTILINE))
    # LC_CTYPE is set by Python itself when it starts in a C locale.
    assert found <= {*PASSED_ON, COOKIE, "LC_CTYPE"}
    assert COOKIE in found


def test_its_arguments_are_not_in_the_log(runner):
    code = "pass"
    run = runner.run("", command=[sys.executable, "-I", "-S", "-c", code, "/password:s3cr3t"])
    assert "s3cr3t" not in run.output.read_text()


# -- output ------------------------------------------------------------------------------------


def test_a_flood_of_output_is_bounded_and_the_program_never_waits_for_it(runner):
    code = """
import sys
line = b"x" * 1023 + b"\\n"
for _ in range(50 * 1024): sys.stdout.buffer.write(line)
sys.stdout.buffer.write(b"al final\\n")
"""
    run = runner.run(code, output_bytes_max=100_000)
    assert run.exit_code == 0
    assert run.output.stat().st_size < 101_000
    assert f"{50 * 1024 * 1024 + 9 - 100_000} more bytes of output were discarded" in (
        run.output.read_text()
    )
    assert run.tail.endswith("\nal final")
    assert len(run.tail) < 10_000


def test_unreadable_output_is_kept_as_it_came_and_shown_leniently(runner):
    raw = (
        "Importación".encode("cp1252") + b"\n" + "Número".encode() + b"\n\x81\x00\x1b[31mrojo\x07\n"
    )
    run = runner.run(f"import os; os.write(1, {raw!r})")
    assert raw in run.output.read_bytes()
    assert run.tail == "Importación\nNúmero\n\ufffd[31mrojo"


@pytest.mark.parametrize(
    ("data", "is_cut", "lines"),
    [
        pytest.param(b"", False, [], id="nothing"),
        pytest.param(b"a\r\nb\rc\n\n", False, ["a", "b", "c"], id="any line end"),
        pytest.param(b"half\nb", True, ["b"], id="a cut first line is left out"),
        pytest.param(b"only", True, ["only"], id="unless it is the only one"),
        pytest.param(b"x" * 5000, False, ["x" * 400], id="long lines are cut"),
        pytest.param(b"%d\n" * 99, False, ["%d"] * 20, id="the last twenty"),
        pytest.param("a\u202eb\u00a0c".encode(), False, ["ab c"], id="no marks that turn text"),
    ],
)
def test_last_lines(data, is_cut, lines):
    assert last_lines(data, is_cut=is_cut) == lines


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_does_not_stop_the_reading_and_is_said(tmp_path):
    log = RunLog(tmp_path, datetime(2026, 3, 16, tzinfo=UTC), "token")
    log._file.close()
    log._file = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)
    reading, writing = os.pipe()
    pump = OutputPump(os.fdopen(reading, "rb"), log, 1_000_000)
    pump.start()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(b"x" * 200_000 + b"\nhecho\n")
    assert pump.finish() == "(output not kept: No space left on device)\nhecho"
    log.close()


def test_old_logs_are_removed_and_other_files_are_not(runner):
    runner.logs.mkdir()
    (runner.logs / "leeme.txt").write_text("")
    begin = datetime(2026, 3, 16, tzinfo=UTC)
    for minute in range(5):
        runner.run("pass", runs_kept=3, now=lambda m=minute: begin + timedelta(minutes=m))
    kept = sorted(path.name[:19] for path in runner.logs.glob("run-*"))
    assert kept == [f"run-20260316T000{minute}00" for minute in (2, 3, 4)]
    assert (runner.logs / "leeme.txt").exists()


# -- a program that does not end ---------------------------------------------------------------


def test_a_program_that_hangs_is_asked_to_end_at_its_timeout(runner):
    code = """
import signal, sys, time
def bye(*_): print("adios"); sys.exit(0)
signal.signal(signal.SIGTERM, bye)
print("listo", flush=True)
time.sleep(600)
"""
    run = runner.run(
        code, grace_s=LIMIT_S, **runner.timeout_when(lambda: "listo" in runner.output())
    )
    assert (run.exit_code, run.timed_out, run.ended_processes) == (None, True, 1)
    assert run.tail == "listo\nadios"
    assert "--- timed out after" in run.output.read_text()


def test_a_hang_is_ended_with_its_stubborn_child_and_its_daemon(runner):
    code = START + "start(STUBBORN); start(DAEMON)\n" + STUBBORN
    run = runner.run(code, **runner.timeout_when(lambda: len(runner.pids()) == 3))
    pids = runner.pids()
    assert len(pids) == 3
    assert (run.timed_out, run.ended_processes, run.left_running) == (True, 3, ())
    assert not any(is_running(pid) for pid in pids)


def test_a_child_that_cleared_its_environment_is_ended_too(runner):
    code = START + "start(STUBBORN, env={})\n" + STUBBORN
    run = runner.run(code, **runner.timeout_when(lambda: len(runner.pids()) == 2))
    assert run.ended_processes == 2
    assert not any(is_running(pid) for pid in runner.pids())


def test_an_orphan_that_cleared_its_environment_is_ended_when_it_was_seen_before():
    parent = START + "start(STUBBORN, env={}, stdin=subprocess.DEVNULL); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", parent],
        env={COOKIE: "mine"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        orphan = int(process.stdout.readline().split()[1])
        tree = ProcessTree("mine")
        tree.add_root(process.pid)
        tree.look()
        process.stdin.close()
        process.wait(LIMIT_S)
        assert is_running(orphan)
        assert tree.end(0.1) == (1, ())
    assert not is_running(orphan)


def test_what_a_program_leaves_running_is_ended_after_the_grace(runner):
    log = "import glob; log = sorted(glob.glob('logs/*.log'))[-1]\n"
    code = START + SAY_ALL_STARTED + log
    code += "start(STUBBORN); start(DAEMON); wait_for_pids(2, log); print('fin')"
    run = runner.run(code)
    assert (run.exit_code, run.timed_out, run.ended_processes) == (0, False, 2)
    assert len(runner.pids()) == 2
    assert not any(is_running(pid) for pid in runner.pids())
    assert "processes that had to be ended: 2" in run.output.read_text()


def test_what_ends_within_the_grace_is_left_to_end(runner):
    child = "import time; time.sleep(0.3); print('escribi en Sage')"
    run = runner.run(START + f"start({child!r})", grace_s=LIMIT_S)
    assert (run.exit_code, run.ended_processes) == (0, 0)
    assert run.tail == "escribi en Sage"
    assert run.seconds < LIMIT_S


def test_processes_of_others_are_left_alone(runner):
    other = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"],
        env={**os.environ, COOKIE: "another run"},
    )
    try:
        runner.run(STUBBORN, **runner.timeout_when(runner.pids))
        assert is_running(other.pid)
    finally:
        other.kill()
        other.wait()


class Interrupted(Exception):
    """What a signal handler of ours raises."""


@pytest.fixture
def interrupting(runner):
    """Raises in the main thread once two processes of the program are there."""

    def raise_it(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, raise_it)

    def interrupt() -> None:
        until(lambda: len(runner.pids()) == 2)
        os.kill(os.getpid(), signal.SIGUSR1)

    thread = threading.Thread(target=interrupt)
    thread.start()
    yield
    thread.join()
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("interrupting")
def test_an_interrupt_of_ours_ends_the_program_and_goes_on(runner):
    with pytest.raises(Interrupted):
        runner.run(START + "start(DAEMON)\n" + STUBBORN)
    pids = runner.pids()
    assert len(pids) == 2
    assert not any(is_running(pid) for pid in pids)
    assert "--- given up: Interrupted" in runner.output()


def test_an_interrupt_during_the_grace_still_kills(runner):
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", STUBBORN],
        env={COOKIE: "mine"},
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline().startswith(b"pid ")
        tree = ProcessTree("mine", monotonic=_interrupted_clock())
        with pytest.raises(Interrupted):
            tree.end(LIMIT_S)
        assert process.wait(LIMIT_S) == -signal.SIGKILL


def _interrupted_clock() -> Callable[[], float]:
    """The first look at the time is interrupted; later ones are good."""
    looks = iter([True])

    def now() -> float:
        if next(looks, False):
            raise Interrupted
        return time.monotonic()

    return now


# -- a program that cannot be started ----------------------------------------------------------


def test_a_good_program_has_no_problem_and_looking_does_not_start_it(runner):
    program = runner.program("open('started', 'w')")
    assert program.problem() == ""
    assert list(runner.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        pytest.param([], "no import program is named", id="none"),
        pytest.param([" "], "no import program is named", id="blank"),
        pytest.param(["/no/such/importa.exe"], "does not exist", id="missing"),
        pytest.param(["no-such-program-anywhere"], "does not exist", id="not on the path"),
        pytest.param([__file__], "may not be executed by us", id="not executable"),
        pytest.param([str(Path(__file__).parent)], "does not exist", id="a folder"),
    ],
)
def test_a_program_that_cannot_be_started_says_so(runner, command, reason):
    program = runner.program("", command=command)
    assert reason in program.problem()
    with pytest.raises(ImporterProgramError, match=reason) as caught:
        program.run()
    assert caught.value.system == "importer_program"
    assert caught.value.remedy


def test_a_missing_working_folder_is_a_problem(runner):
    program = runner.program("pass", working_folder=runner.folder / "away")
    assert "working folder" in program.problem()
    with pytest.raises(ImporterProgramError, match="working folder"):
        program.run()


def test_a_file_that_is_no_program_is_said_and_noted(runner):
    broken = runner.folder / "importa.exe"
    broken.write_bytes(b"MZ\x00\x01")
    broken.chmod(0o755)
    program = runner.program("", command=[str(broken)])
    assert program.problem() == ""
    with pytest.raises(ImporterProgramError, match="could not be started") as caught:
        program.run()
    assert "by hand" in caught.value.remedy
    assert "--- not started: " in runner.output()


def test_output_that_cannot_be_kept_stops_the_program_before_it_starts(runner):
    (runner.folder / "file").write_text("")
    program = runner.program("open('started', 'w')", output_folder=runner.folder / "file")
    with pytest.raises(ImporterProgramError, match="cannot be kept"):
        program.run()
    assert not (runner.folder / "started").exists()


OURSELVES = """
import sys
from pathlib import Path
from portal_pipeline.importers.program import ImporterProgram
logs, code = Path(sys.argv[1]), sys.argv[2]
ImporterProgram(
    [sys.executable, "-I", "-S", "-c", code],
    working_folder=None, timeout_s=600, output_folder=logs, grace_s=0.3,
).run()
"""
"""The product in a process of its own, to be killed."""


def test_what_outlived_us_when_we_were_killed_is_ended_before_the_next_run(runner):
    ours = subprocess.Popen([sys.executable, "-c", OURSELVES, str(runner.logs), STUBBORN])
    until(lambda: len(runner.pids()) == 1)
    (pid,) = runner.pids()
    ours.kill()
    ours.wait()
    assert is_running(pid), "nobody was left to end it"
    run = runner.run("print('good')")
    assert not is_running(pid)
    assert (run.exit_code, run.ended_processes) == (0, 0)
    assert "an earlier run was still at work; processes ended: 1" in runner.output()
