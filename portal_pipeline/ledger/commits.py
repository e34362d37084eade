"""One commit for the small transactions of several threads (SQLite).

SQLite lets one transaction write at a time, and a commit waits for the disk. Threads that want to
write at the same moment take turns within one open transaction; the last of them commits for all.
Nobody goes on before that commit: an intent is on disk before its call, as if each committed alone.

A member whose work fails takes back its own part alone. A commit that fails fails for each of its
members.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, RootTransaction

from portal_pipeline.core.errors import LedgerError

MEMBERS_MAX = 8
"""More would keep the first of them waiting without saving much."""
LEFT_ALONE_S = 1.0
"""So long a member waits for a later one to commit before it does that itself."""


class _Group:
    """One transaction that is open for several members."""

    def __init__(self, engine: Engine) -> None:
        self.connection: Connection = engine.connect().execution_options(writes=True)
        try:
            self._transaction: RootTransaction = self.connection.begin()
        except BaseException:
            self.connection.close()
            raise
        self.members = 0
        self.is_over = threading.Event()
        self.error: BaseException | None = None

    @contextmanager
    def part(self) -> Iterator[Connection]:
        """The work of one member: kept whole, or taken back without touching the others'."""
        if not self.members:
            yield self.connection
            return
        savepoint = self.connection.begin_nested()
        try:
            yield self.connection
        except BaseException:
            savepoint.rollback()
            raise
        savepoint.commit()

    def commit(self) -> None:
        """End it, well or badly; whoever waits is told."""
        try:
            self._transaction.commit()
        except BaseException as error:
            self.fail(error)
            raise
        self._end()

    def fail(self, error: BaseException) -> None:
        """Take everything back."""
        self.error = error
        try:
            self._transaction.rollback()
        finally:
            self._end()

    def _end(self) -> None:
        try:
            self.connection.close()
        finally:
            self.is_over.set()


class GroupCommit:
    """Transactions of one engine, committed together where threads want to write at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction; on disk when this returns.

        Raises:
            LedgerError: the commit failed in another thread.
            SQLAlchemyError: it failed in this one.
        """
        self._take_turn()
        try:
            group = self._group = self._group or _Group(self._engine)
            try:
                with group.part() as connection:
                    yield connection
                group.members += 1
            except BaseException as error:
                self._leave_failed(group, error)
                raise
            if not self._waiting or group.members >= MEMBERS_MAX:
                self._commit(group)
        finally:
            self._turn.release()
        self._wait_for(group)

    def _take_turn(self) -> None:
        with self._count:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._count:
                self._waiting -= 1

    def _commit(self, group: _Group) -> None:
        self._group = None
        group.commit()

    def _leave_failed(self, group: _Group, error: BaseException) -> None:
        """After a member's work failed: the others' part is committed, if there is any."""
        if self._group is not group:
            return  # its commit failed
        raw = group.connection.connection.dbapi_connection
        is_whole = group.members > 0 and bool(getattr(raw, "in_transaction", False))
        if not is_whole:  # its own part was all, or the database has taken everything back
            self._group = None
            group.fail(error)
        elif not self._waiting or group.members >= MEMBERS_MAX:
            self._commit(group)

    def _wait_for(self, group: _Group) -> None:
        """Until the group is committed; a member that was left alone commits it itself."""
        while not group.is_over.wait(LEFT_ALONE_S):
            with self._turn:
                if self._group is group:
                    self._commit(group)
        if group.error is not None:
            raise LedgerError(
                f"a commit of the ledger failed: {type(group.error).__name__}: "
                f"{str(group.error)[:300]}",
                system="ledger",
                remedy="check that the disk has room and that the file can be written; "
                "nothing was sent that is not remembered",
            ) from group.error
