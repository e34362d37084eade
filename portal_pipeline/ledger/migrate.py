"""Bringing the ledger's schema up to date, once, under an exclusive lock."""

from __future__ import annotations

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from portal_pipeline.core.errors import LedgerError
from portal_pipeline.ledger.schema import metadata

ADVISORY_LOCK = 7_260_112
"""Number of the PostgreSQL advisory lock that serialises migrations of one database."""


def script_directory() -> ScriptDirectory:
    """The migrations that ship in the package."""
    config = Config()
    config.set_main_option("script_location", "portal_pipeline.ledger:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def migrate(engine: Engine) -> None:
    """Upgrade to the newest schema of this release; does nothing when it is there already.

    Raises:
        LedgerError: the schema is newer than this release.
    """
    scripts = script_directory()
    head = scripts.get_current_head()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _lock(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if current is not None and current not in {r.revision for r in scripts.walk_revisions()}:
            raise LedgerError(
                f"the ledger has schema {current}, which this release does not know",
                system="ledger",
                remedy="a newer release has used this ledger; install that release or a newer one",
            )
        _upgrade(connection, scripts)


def _lock(connection: Connection) -> None:
    """SQLite's ``BEGIN IMMEDIATE`` is the lock; PostgreSQL needs one of its own."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": ADVISORY_LOCK})


def _upgrade(connection: Connection, scripts: ScriptDirectory) -> None:
    context = EnvironmentContext(
        Config(), scripts, fn=lambda revision, _: scripts._upgrade_revs("head", revision)
    )
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
