"""One warm process for all tests, and a plant on each kind of ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_pipeline_tests.processes.kills import Life, Runner
from portal_pipeline_tests.processes.nursery import Nursery
from portal_pipeline_tests.processes.plant import Plant
from portal_pipeline_tests.processes.postgres import PostgresServer

BACKENDS = ("sqlite", "postgresql")
# Processes are forked, stopped and killed here, which only POSIX systems know.
collect_ignore_glob = [] if os.name == "posix" else ["test_*.py"]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def calm(nursery: Nursery) -> Life:
    """The company's life when nobody disturbs it."""
    return Runner(nursery).calm


@pytest.fixture(params=BACKENDS)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh ledger on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh_database()


@pytest.fixture
def plant(tmp_path: Path, ledger_url: str) -> Iterator[Plant]:
    made = Plant(tmp_path, ledger_url=ledger_url)
    yield made
    made.close()
