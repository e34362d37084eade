"""The whole product in processes of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TIMEOUT_S = 300
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
    command: Sequence[str] = [sys.executable, "-m", "portal_pipeline.cli", *arguments]
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
