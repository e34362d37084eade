"""Connections to a tenant's Sage database and to the authorisation database (read only)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    PipelineError,
    SystemUnavailable,
)
from portal_pipeline.core.redaction import Redactor

LOGIN_TIMEOUT_S = 10
QUERY_TIMEOUT_S = 60
LOCK_TIMEOUT_MS = 10_000
SAID_CHARS_MAX = 300
"""Of a driver's error that is looked at, and told."""

_LOGIN_FAILED = ("28000", "18456", "password authentication failed")
_WRONG_OBJECT = ("no such column", "no such table", "42S22", "42S02", "invalid column", "208")


class SageDatabase:
    """One tenant's Sage database; statements are counted, errors become ours.

    ``reads`` is the number of statements sent, for the promise "SQL reads per cycle <= a + b x
    chunks".
    """

    def __init__(
        self,
        tenant: str,
        url: URL | str,
        authorisation_url: URL | str | None,
        *,
        secrets: Collection[str] = (),
    ) -> None:
        """``secrets`` are never shown, whatever a driver says; passwords of the URLs neither."""
        self.tenant = tenant
        given = [make_url(one) for one in (url, authorisation_url) if one is not None]
        passwords = (str(one.password) for one in given if one.password)
        self._redactor = Redactor((*secrets, *passwords))
        self.reads = 0
        self._company = self._engine(make_url(url))
        self._authorisations = (
            self._engine(make_url(authorisation_url)) if authorisation_url is not None else None
        )

    @property
    def has_authorisations(self) -> bool:
        """Whether an authorisation database is configured."""
        return self._authorisations is not None

    def _engine(self, url: URL) -> Engine:
        options: dict[str, Any] = {
            "pool_pre_ping": True,
            "pool_recycle": 1800,
            "hide_parameters": True,
        }
        if url.get_backend_name() == "mssql":
            import_pyodbc()
            options["connect_args"] = {"timeout": LOGIN_TIMEOUT_S}
        try:
            engine = create_engine(url, **options)
        except (NoSuchModuleError, ImportError):
            raise ConfigError(
                f"tenant {self.tenant}: no database driver for {url.drivername}",
                system="sage",
                remedy="use mssql+pyodbc:// (or sqlite:// in the sandbox)",
            ) from None
        _prepare(engine, self._count)
        return engine

    def _count(self) -> None:
        self.reads += 1

    @contextmanager
    def company(self) -> Iterator[Connection]:
        """A connection to the company's database.

        Raises:
            SystemUnavailable, CredentialsRefused, ConfigError: named by tenant, cause and remedy.
        """
        with self._connected(self._company, "Sage database") as connection:
            yield connection

    @contextmanager
    def authorisations(self) -> Iterator[Connection]:
        """A connection to the authorisation database; errors as :meth:`company`."""
        if self._authorisations is None:
            raise ConfigError(
                f"tenant {self.tenant}: no authorisation database is set",
                system="settings",
                remedy="set authorisation_url, or authorisation = 'none'",
            )
        with self._connected(self._authorisations, "authorisation database") as connection:
            yield connection

    @contextmanager
    def _connected(self, engine: Engine, what: str) -> Iterator[Connection]:
        try:
            with engine.connect() as connection:
                yield connection
        # ``from None``: a driver's error may tell the connection string, and Dagster keeps causes.
        except DBAPIError as error:
            raise self._translated(error, what) from None
        except SQLAlchemyError as error:
            raise SystemUnavailable(
                f"tenant {self.tenant}: {what} failed: {type(error).__name__}",
                system="sage",
                remedy="check that the database server is up and has free connections",
            ) from None

    def _translated(self, error: DBAPIError, what: str) -> PipelineError:
        whole = str(error.orig)
        said, text = whole[:SAID_CHARS_MAX], self._redactor.clean(whole, length_max=SAID_CHARS_MAX)
        where = f"tenant {self.tenant}: {what}"
        if any(mark in said for mark in _LOGIN_FAILED):
            return CredentialsRefused(
                f"{where} refuses our login",
                system="sage",
                remedy="check user and password of the tenant's Sage database",
            )
        if any(mark.lower() in said.lower() for mark in _WRONG_OBJECT):
            return ConfigError(
                f"{where} lacks a table or column that we read: {text}",
                system="sage",
                remedy="check database name and Sage release; `check` names what is missing",
            )
        return SystemUnavailable(
            f"{where} cannot be read: {text}",
            system="sage",
            remedy="check server, network and database name; the next cycle tries again",
        )

    def close(self) -> None:
        """Close every connection."""
        self._company.dispose()
        if self._authorisations is not None:
            self._authorisations.dispose()


def import_pyodbc() -> None:
    """Import pyodbc, which needs the system's ODBC driver manager even to be imported.

    Raises:
        ConfigError: it is missing; says what to install (SQL Server sheet 1).
    """
    try:
        import pyodbc  # noqa: PLC0415 - only where a tenant uses SQL Server
    except ImportError as error:
        raise ConfigError(
            f"the SQL Server driver cannot be loaded: {error}",
            system="sage",
            remedy="install the ODBC driver manager (Debian: apt-get install unixodbc) and "
            "Microsoft ODBC Driver 18 for SQL Server (package msodbcsql18)",
        ) from error
    pyodbc.pooling = False  # SQLAlchemy pools; the driver manager's pool keeps session settings


def _prepare(engine: Engine, count: Any) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def on_execute(*_: Any) -> None:
        count()

    if engine.dialect.name != "mssql":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.timeout = QUERY_TIMEOUT_S
        cursor = connection.cursor()
        cursor.execute(f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_MS}")
        cursor.execute("SET DEADLOCK_PRIORITY LOW")
        cursor.close()
