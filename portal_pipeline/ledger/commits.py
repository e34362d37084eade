"""One commit for the small transactions of several threads (SQLite).

SQLite lets one transaction write at a time, and a commit waits for the disk. Threads that want to
write at the same moment take turns within one open transaction; the last of them commits for all.
Nobody goes on before that commit: an intent is on disk before its call, as if each committed alone.

A member whose work fails takes back its own part alone. A commit that fails, and a part that can
neither be kept nor taken back, fail for each of the members.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, RootTransaction

from portal_pipeline.core.errors import DefectError, LedgerError

MEMBERS_MAX = 8
"""More would keep the first of them waiting without saving much."""
LEFT_ALONE_S = 1.0
"""So long a member waits for a later one to commit before it does that itself."""
TURN_MAX_S = 60.0
"""Longest wait for a turn, and for the commit after it; longer than SQLite's own busy timeout."""


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
        self.is_sound = True
        """Whether it holds the parts of its members, each of them whole, and nothing else."""
        self.is_over = threading.Event()
        self.error: BaseException | None = None

    @contextmanager
    def part(self) -> Iterator[Connection]:
        """The work of one member: kept whole, or taken back without touching the others'."""
        self.is_sound = False
        if not self.members:  # taking back all is enough
            yield self.connection
        else:
            savepoint = self.connection.begin_nested()
            try:
                yield self.connection
            except BaseException:
                savepoint.rollback()
                self.is_sound = True
                raise
            savepoint.commit()
        self.members += 1
        self.is_sound = True

    def commit(self) -> None:
        """End it, well or badly; whoever waits is told."""
        try:
            self._check_in_database()
            self._transaction.commit()
        except BaseException as error:
            self.fail(error)
            raise
        self._end()

    def _check_in_database(self) -> None:
        """SQLite ends a transaction by itself where the disk is full; COMMIT would say nothing."""
        raw = self.connection.connection.dbapi_connection
        if not getattr(raw, "in_transaction", False):
            raise LedgerError(
                "the database took a transaction of the ledger back by itself",
                system="ledger",
                remedy="check that the disk has room; nothing was sent that is not remembered",
            )

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
        self._whose_turn: int | None = None
        self._count = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction; on disk when this returns.

        Raises:
            LedgerError: the commit failed in another thread, or took too long.
            SQLAlchemyError: it failed in this one.
            DefectError: this thread is inside such a transaction already.
        """
        self._take_turn()
        try:
            group = self._group = self._group or _Group(self._engine)
            try:
                with group.part() as connection:
                    yield connection
            except BaseException as error:
                self._after_failure(group, error)
                raise
            self._commit_unless_others_come(group)
        finally:
            self._end_turn()
        self._wait_for(group)

    def _take_turn(self) -> None:
        if self._whose_turn == threading.get_ident():
            raise DefectError("a transaction of the ledger inside another one of the same thread")
        with self._count:
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=TURN_MAX_S):
                raise _slow("waited too long for other writers")
        finally:
            with self._count:
                self._waiting -= 1
        self._whose_turn = threading.get_ident()

    def _end_turn(self) -> None:
        self._whose_turn = None
        self._turn.release()

    def _commit_unless_others_come(self, group: _Group) -> None:
        if not self._waiting or group.members >= MEMBERS_MAX:
            self._commit(group)

    def _commit(self, group: _Group) -> None:
        self._group = None
        group.commit()

    def _after_failure(self, group: _Group, error: BaseException) -> None:
        """A member's work failed: the others' parts are committed if they are whole."""
        if group.members and group.is_sound:
            self._commit_unless_others_come(group)
        else:
            self._group = None
            group.fail(error)

    def _wait_for(self, group: _Group) -> None:
        """Until the group is committed; a member that was left alone commits it itself."""
        give_up_at = time.monotonic() + TURN_MAX_S
        while not group.is_over.wait(LEFT_ALONE_S):
            if time.monotonic() > give_up_at:
                raise _slow("waited too long for a shared commit")
            if self._turn.acquire(timeout=LEFT_ALONE_S):
                try:
                    if self._group is group:
                        self._commit(group)
                finally:
                    self._turn.release()
        if group.error is not None:
            raise LedgerError(
                f"a commit of the ledger failed: {type(group.error).__name__}: "
                f"{str(group.error)[:300]}",
                system="ledger",
                remedy="check that the disk has room and that the file can be written; "
                "nothing was sent that is not remembered",
            ) from group.error


def _slow(what: str) -> LedgerError:
    return LedgerError(
        f"the ledger {what} ({TURN_MAX_S:.0f} s)",
        system="ledger",
        remedy="see what else writes to its file or slows its disk; "
        "nothing was sent that is not remembered",
    )
