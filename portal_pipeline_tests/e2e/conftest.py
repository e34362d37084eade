"""The whole product in processes of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal_pipeline.cli.main import main

TIMEOUT_S = 600
START_TIMEOUT_S = 240
SMALL = ("--size", "small", "--cycles", "8")


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)


def environment(**changes: str) -> dict[str, str]:
    """The environment without anything of ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PORTAL_PIPELINE_", "DAGSTER_"))
    }
    return kept | {"COLUMNS": "200"} | changes


def portal_pipeline(folder: Path, *arguments: str, **changes: str) -> Answer:
    """Run a command of the product in a folder."""
    return finished(folder, [sys.executable, "-m", "portal_pipeline.cli", *arguments], **changes)


def called(folder: Path, *arguments: str) -> Answer:
    """The same command in this process, at a tenth of the cost; Dagster is left to the others."""
    kept = environment()
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        for name in os.environ.keys() - kept.keys():
            patch.delenv(name)
        patch.setattr(sys, "argv", ["portal-pipeline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    return Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def dagster(folder: Path, *arguments: str, **changes: str) -> Answer:
    """Run a command of Dagster on our code location, on the instance of the folder's home."""
    program = str(Path(sys.executable).parent / "dagster")
    command = [program, *arguments, "-m", "portal_pipeline.definitions"]
    home = str(folder / ".portal_pipeline" / "dagster")
    return finished(folder, command, DAGSTER_HOME=home, **changes)


def finished(folder: Path, command: Sequence[str], **changes: str) -> Answer:
    """Run a program to its end."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Demo:
    """A finished demo and the folder that it ran in."""

    folder: Path
    answer: Answer

    @property
    def result(self) -> Any:
        """Its JSON."""
        return self.answer.json


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    return Demo(folder, portal_pipeline(folder, "demo", *SMALL, "--json"))


@contextmanager
def running(folder: Path, *arguments: str, **changes: str) -> Iterator[subprocess.Popen[str]]:
    """A command of the product that goes on until it is stopped; its output in ``output.txt``."""
    with (folder / "output.txt").open("a+", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_pipeline.cli", *arguments],
            cwd=folder,
            env=environment(**changes),
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=START_TIMEOUT_S)
            process.communicate()


def wait_until(condition, what: str, timeout_s: float = START_TIMEOUT_S) -> None:
    """Poll another process until it is where we need it."""
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at, f"{what}: not within {timeout_s:.0f} s"
        time.sleep(0.3)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    """Whether a web server is there."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass(frozen=True)
class Served:
    """A sandbox that is being served, what it printed about itself, and the folder of its home."""

    folder: Path
    facts: Any

    @property
    def settings(self) -> str:
        """The tenants.toml that it wrote."""
        return Path(self.facts["settings"]).read_text(encoding="utf-8")

    def advance(self) -> Any:
        """Move the world on by a step."""
        return httpx.post(self.facts["advance_url"], timeout=60).raise_for_status().json()


def printed_json(process: subprocess.Popen[str]) -> Any:
    """The one JSON object that a running command prints."""
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(f"no JSON object: {text}")


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with running(folder, "sandbox", "serve", "--size", "small", "--json") as process:
        world = Served(folder, printed_json(process))
        world.advance()
        yield world
