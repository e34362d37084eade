"""Dagster's own SQLite storage for runs in this process, with its connections kept open.

The stock storage opens an engine for every event that it writes: each one compiles its statement
anew, and closing the last connection of a file moves its whole log into it and waits for the disk.
That was about a third of a quiet cycle's work. Same files, same tables, same readers; a history
that lies elsewhere (PostgreSQL) is left as it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

STOCK = "DagsterSqliteStorage"
OPEN_MAX = 4
"""Files held open: the index, the run at work, and what was looked at last."""


class OpenFiles:
    """Engines of the files that were used last; a file that falls out is closed."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._lock = Lock()

    def engine(self, url: str) -> Engine:
        """The engine of a file, made at its first use."""
        with self._lock:
            found = self._engines.pop(url, None) or _engine(url)
            self._engines[url] = found
            while len(self._engines) > OPEN_MAX:
                self._engines.popitem(last=False)[1].dispose()
            return found

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _spare_the_disk)
    return engine


def _spare_the_disk(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """A power cut may cost the last events of a run, and damages nothing; the ledger is apart."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


class EventHistory(SqliteEventLogStorage):
    """Dagster's event log of SQLite files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._files = OpenFiles()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._files.engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        self._files.close()
        super().dispose()


class RunHistory(SqliteRunStorage):
    """Dagster's list of runs in a SQLite file."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._files = OpenFiles()
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction."""
        with self._files.engine(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the file."""
        self._files.close()
        super().dispose()


class History(DagsterSqliteStorage):
    """Dagster's SQLite storage, schedules and ticks included."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventHistory(_event_logs_directory(base_dir))
        self._run_storage = RunHistory.from_local(_runs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> History:
        """As configured."""
        return cls.from_local(inst_data=inst_data, **config_value)


def instance_ref(folder: Path) -> InstanceRef:
    """The instance of a ``DAGSTER_HOME``, by this storage where it names the stock SQLite one."""
    ref = InstanceRef.from_dir(str(folder))
    stored = ref.storage_data
    if stored is None or stored.class_name != STOCK:
        return ref
    ours = ConfigurableClassData(__name__, History.__name__, stored.config_yaml)
    return ref._replace(storage_data=ours)
