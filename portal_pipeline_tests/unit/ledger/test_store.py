"""Opening the ledger: schema, migrations, each database's ways, errors that say what to do."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url

from portal_pipeline.core.errors import ConfigError, LedgerError
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.schema import metadata


def test_the_migrations_make_exactly_the_declared_schema(ledger_url):
    Ledger(ledger_url).close()
    engine = create_engine(ledger_url)
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


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+pg8000://ana:secret@db/ledger", r"pip install 'portal-pipeline\[postgres\]'"),
        ("mssql+pyodbc://ana:secret@db/ledger", "sqlite:///FILE or postgresql"),
        ("ana:secret@db", "sqlite:///FILE or postgresql"),
    ],
    ids=["driver not installed", "other database", "no URL"],
)
def test_a_ledger_url_that_cannot_be_right_says_what_to_do_and_no_password(url, says):
    with pytest.raises(ConfigError, match=says) as told:
        Ledger(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_a_commit_survives_power_loss_and_writers_queue(ledger):
    with ledger.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_a_writing_transaction_locks_out_other_writers_from_its_first_statement(ledger, tmp_path):
    other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0)
    with ledger.writing("acme"), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


POSTGRES = pytest.mark.parametrize("ledger_url", ["postgresql"], indirect=True)


@pytest.fixture
def beside(ledger_url, lease_clock):
    """Another process's view of the same ledger, whose patience is short."""
    url = make_url(ledger_url).update_query_dict({"options": "-c lock_timeout=100"})
    other = Ledger(ledger_url, lease_clock=lease_clock)
    other._engine.dispose()
    other._engine = create_engine(url)
    yield other
    other.close()


@POSTGRES
def test_on_postgresql_writers_of_one_tenant_queue_and_tenants_do_not(ledger, beside):
    with ledger.writing("acme"):
        with beside.writing("beta"):
            pass
        with pytest.raises(LedgerError, match="lock timeout"), beside.writing("acme"):
            pass
    with beside.writing("acme"):
        pass


@POSTGRES
def test_on_postgresql_a_lock_that_is_never_given_back_ends_in_time(ledger):
    with ledger.reading() as connection:
        limits = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert limits == {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "1min"}


def test_two_processes_that_open_a_new_ledger_at_once_both_get_it(fresh_ledger_url):
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda _: Ledger(fresh_ledger_url), range(2)))
    for one in opened:
        assert one.leases.owner_of("acme") is None
        one.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_ledger_that_cannot_be_written_says_so(tmp_path):
    folder = tmp_path / "missing"
    folder.write_text("a file where the folder should be")
    with pytest.raises((LedgerError, OSError)):
        Ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
