"""An installation of two companies in a folder, and its commands in this process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from portal_pipeline.cli.main import app
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation

TENANT = """
[tenants.{key}]
name = "{key}"
rfc = "{rfc}"
mode = "sandbox"
zone = "America/Mexico_City"

[tenants.{key}.sage]
url = "sqlite:///{folder}/{key}.sqlite"
org_id = "{key}"

[tenants.{key}.portal]
url = "http://127.0.0.1:1"
tenant_id = "{key}"
key = "k"
secret = "s"

[tenants.{key}.purchase_orders]
authorisation = "none"
"""


class AtTerminal(CliRunner):
    """What is typed comes from a terminal."""

    @contextmanager
    def isolation(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        with super().isolation(*arguments, **options) as streams:
            sys.stdin.isatty = lambda: True  # type: ignore[method-assign]
            yield streams


@dataclass
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str
    error: BaseException | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Office:
    """Where a person works: commands, and the ledgers that they work on."""

    settings: Path
    installation: Installation

    def ledger(self, tenant: str = "acme", *, ago: timedelta = timedelta()) -> TenantLedger:
        """The ledger of a tenant, on a clock that is behind the commands' one."""
        return self.installation.ledger.tenant(tenant, lambda: datetime.now(UTC) - ago)

    def say(self, *arguments: str, typed: str | None = None) -> Said:
        """Run a command; ``typed``: at a terminal, where this is typed."""
        command = [*arguments, "--settings", str(self.settings)]
        runner = CliRunner() if typed is None else AtTerminal()
        done = runner.invoke(app, command, input=typed)
        if done.exception and not isinstance(done.exception, PipelineError | SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr, done.exception)

    def __call__(self, *arguments: str, typed: str | None = None) -> Said:
        """Run a command that needs a reason."""
        return self.say(*arguments, "--reason", "agreed", "--user", "ana", typed=typed)


@pytest.fixture
def office(tmp_path, monkeypatch) -> Iterator[Office]:
    for name in list(os.environ):
        if name.startswith("PORTAL_PIPELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "tenants.toml"
    # ``--settings`` is handed on to child processes: undone with the rest after the test.
    monkeypatch.setenv("PORTAL_PIPELINE_SETTINGS", str(settings))
    rfcs = {"acme": "ACM010101AB1", "beta": "BET010101AB1"}
    settings.write_text(
        '[installation]\nlanguage = "en"\n'
        + "".join(TENANT.format(key=k, rfc=r, folder=tmp_path) for k, r in rfcs.items())
    )
    installation = Installation(load_settings(settings))
    yield Office(settings, installation)
    installation.close()
