"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from portal_pipeline_tests.processes.postgres import NoPostgres, PostgresServer, served_postgres

# How long an example takes says nothing about what is guaranteed, and much about the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; started when a test first asks for it."""
    try:
        with served_postgres() as server:
            yield server
    except NoPostgres as error:
        pytest.skip(str(error))
