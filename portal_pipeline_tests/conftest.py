"""What holds for every test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from portal_pipeline.sandbox.compiled import share_compiled_statements
from portal_pipeline_tests.processes.postgres import NoPostgres, PostgresServer, served_postgres

# How long an example takes says nothing about what is guaranteed, and much about the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A scenario that ends otherwise shows what is held instead.
pytest.register_assert_rewrite("portal_pipeline_tests.scenarios")
share_compiled_statements()

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of an ``xdist_group`` in one worker, where they share what is made once.

    The plugin marks them by changing their ids, which pytest 9.2 does not let it do: every worker
    then made each demo, each served sandbox and each world.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where it is in use

    if config.getvalue("dist") != "loadgroup":
        return None

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Grouped(config, log)


def scope_of(nodeid: str) -> str:
    """What is given to a worker as one: the tests of a group, else a single test."""
    if "postgresql" in nodeid.partition("[")[2]:
        return "processes"  # where the server runs
    return group_of(nodeid.split("::", maxsplit=1)[0]) or nodeid


@cache
def group_of(file: str) -> str:
    """The group that a test file names for all its tests; empty: each of them is on its own."""
    found = re.search(r'xdist_group\("(\w+)"\)', (ROOT / file).read_text(encoding="utf-8"))
    return found[1] if found else ""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; started when a test first asks for it."""
    try:
        with served_postgres() as server:
            yield server
    except NoPostgres as error:
        pytest.skip(str(error))
