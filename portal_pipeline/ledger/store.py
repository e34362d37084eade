"""Opening the ledger, and its two kinds of transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from portal_pipeline.core.errors import ConfigError, LedgerError
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.ledger.commits import GroupCommit
from portal_pipeline.ledger.leases import Leases
from portal_pipeline.ledger.migrate import migrate
from portal_pipeline.ledger.tenant import TenantLedger

BACKENDS = ("sqlite", "postgresql")
"""What the ledger has been tested on."""
BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another one."""
WAL_POLL_S = 0.05
IDLE_TIMEOUT_MS = 60_000
"""PostgreSQL ends a transaction in which nothing happens for so long: the lock of a machine that
was frozen would block its tenant for ever."""
TENANT_LOCKS = 7_260_113
"""First number of the PostgreSQL advisory locks by which the writers of a tenant queue."""


def system_clock() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


class Ledger:
    """The store of one installation. Only this package opens its transactions."""

    def __init__(self, url: str, *, lease_clock: Callable[[], datetime] = system_clock) -> None:
        """Open the ledger and bring its schema up to date.

        Raises:
            LedgerError: it cannot be opened or migrated, or its schema is newer than this release.
            ConfigError: the URL cannot be right, or its driver is not installed.
        """
        self.url = _url_of(url)
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            _make_private(self.url.database)
        self._engine = _engine_of(self.url)
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
    def writing(self, tenant: str) -> Iterator[Connection]:
        """One transaction that writes what belongs to a tenant; committed, and on disk, at the end.

        Writers of a tenant come one after another, on every database: what a transaction reads
        stays as it is until it has written.

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
            if connection.dialect.name == "postgresql":  # SQLite's ``BEGIN IMMEDIATE`` is its lock
                connection.execute(_QUEUE, {"locks": TENANT_LOCKS, "tenant": tenant})
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


_QUEUE = text("SELECT pg_advisory_xact_lock(:locks, hashtext(:tenant))")


def _url_of(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:  # the text may hold a password
        made = None
    if made is None or made.get_backend_name() not in BACKENDS:
        raise ConfigError(
            "the ledger's URL names neither SQLite nor PostgreSQL",
            system="ledger",
            remedy="set installation.ledger to sqlite:///FILE or postgresql+psycopg://HOST/DATABASE",
        )
    return made


def _engine_of(url: URL) -> Engine:
    try:
        return create_engine(url, **_engine_options(url.get_backend_name()))
    except (ImportError, NoSuchModuleError):
        raise ConfigError(
            f"the ledger's driver for {url.drivername} is not installed",
            system="ledger",
            remedy="pip install 'portal-pipeline[postgres]', and postgresql+psycopg:// in the URL",
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
    limits = (
        f"-c lock_timeout={BUSY_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS}"
    )
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        # Each statement sees what was committed before it: after the lock, nothing of the tenant's
        # changes any more.
        "isolation_level": "READ COMMITTED",
        "connect_args": {"options": limits},
    }


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, full synchronous, and ``BEGIN IMMEDIATE`` for writers.

    The driver's own deferred BEGIN would let two threads read one free lease and both take it.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Write-ahead logging; of several that open a new file at once only one may switch to it.

    SQLite tells the others at once that it is locked, without waiting for ``busy_timeout``.
    """
    give_up_at = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(WAL_POLL_S)
        else:
            return


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
