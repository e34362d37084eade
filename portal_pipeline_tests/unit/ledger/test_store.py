"""Opening the ledger: schema, migrations, settings of SQLite, errors that say what to do."""

from __future__ import annotations

import os
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from portal_pipeline.core.errors import LedgerError
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import metadata


def test_the_migrations_make_exactly_the_declared_schema(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(f"sqlite:///{path}").close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(metadata.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


def test_a_ledger_of_a_newer_release_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LedgerError, match="newer release"):
        Ledger(f"sqlite:///{path}")


def test_a_commit_survives_power_loss_and_writers_queue(ledger):
    with ledger.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


def test_a_writing_transaction_locks_out_other_writers_from_its_first_statement(ledger, tmp_path):
    other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0)
    with ledger.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_ledger_that_cannot_be_written_says_so(tmp_path):
    folder = tmp_path / "missing"
    folder.write_text("a file where the folder should be")
    with pytest.raises((LedgerError, OSError)):
        Ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
