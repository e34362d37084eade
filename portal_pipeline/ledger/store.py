"""Opening the ledger, and its two kinds of transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from portal_pipeline.core.errors import LedgerError
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.ledger.commits import GroupCommit
from portal_pipeline.ledger.leases import Leases
from portal_pipeline.ledger.migrate import migrate
from portal_pipeline.ledger.tenant import TenantLedger

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another one."""


def system_clock() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


class Ledger:
    """The store of one installation. Only this package opens its transactions."""

    def __init__(self, url: str, *, lease_clock: Callable[[], datetime] = system_clock) -> None:
        """Open the ledger and bring its schema up to date.

        Raises:
            LedgerError: it cannot be opened or migrated, or its schema is newer than this release.
        """
        self.url = _url(url)
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            _make_private(self.url.database)
        with _as_ledger_error(self):
            self._engine = create_engine(self.url, **_engine_options(self.url.get_backend_name()))
        self._commits: GroupCommit | None = None
        if self.url.get_backend_name() == "sqlite":
            _prepare_sqlite(self._engine)
            self._commits = GroupCommit(self._engine)
        self.lease_clock = lease_clock
        self.leases = Leases(self, lease_clock)
        with _as_ledger_error(self):
            migrate(self._engine)

    @property
    def shown(self) -> str:
        """Its URL as people may see it."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def tenant(self, key: str, clock: Callable[[], datetime]) -> TenantLedger:
        """The part of one tenant; ``clock`` is its business clock."""
        return TenantLedger(self, key, clock)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes; committed, and on disk, at the end.

        Raises:
            LedgerError: the ledger cannot be written.
        """
        if self._commits is not None:
            with _as_ledger_error(self), self._commits.transaction() as connection:
                yield connection
            return
        with (
            _as_ledger_error(self),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        with _as_ledger_error(self), self._engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _url(text: str) -> URL:
    try:
        return make_url(text)
    except ArgumentError:
        raise LedgerError(
            "the ledger's URL is none",
            system="ledger",
            remedy="write installation.ledger as postgresql+psycopg://HOST/DATABASE, or leave it",
        ) from None


def _make_private(database: str) -> None:
    """A new file that only its owner may read; SQLite gives its companions the same rights."""
    if database == ":memory:" or database.startswith("file:"):
        return
    path = Path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"the ledger {path} cannot be made: {error.strerror or error}",
            system="ledger",
            remedy="check that its folder exists, has room and may be written by us",
        ) from None


def _engine_options(backend: str) -> dict[str, Any]:
    if backend == "sqlite":
        arguments = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
        return {"hide_parameters": True, "connect_args": arguments}
    return {"hide_parameters": True, "pool_pre_ping": True}


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, full synchronous, and ``BEGIN IMMEDIATE`` for writers.

    The driver's own deferred BEGIN would let two threads read one free lease and both take it.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _as_ledger_error(ledger: Ledger) -> Iterator[None]:
    # ``from None``: a driver's error may tell the connection string, and Dagster keeps causes.
    try:
        yield
    except DBAPIError as error:
        redactor = Redactor([str(ledger.url.password)] if ledger.url.password else ())
        said = redactor.clean(str(error.orig), length_max=300)
        raise LedgerError(
            f"the ledger {ledger.shown} cannot be used: {type(error.orig).__name__}: {said}",
            system="ledger",
            remedy="check that the disk has room and that the file or database can be written; "
            "nothing was sent that is not remembered",
        ) from None
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise LedgerError(
            f"the ledger {ledger.shown} cannot be used: {type(error).__name__}",
            system="ledger",
            remedy="check the ledger's URL and driver in the settings",
        ) from None
