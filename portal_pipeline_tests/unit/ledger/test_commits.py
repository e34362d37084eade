"""Threads that write at once share a commit, and each of them can rely on it as on its own."""

from __future__ import annotations

import random
import threading
import time

import pytest
from sqlalchemy import create_engine, event, text

from portal_pipeline.core.errors import DefectError, LedgerError
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger import commits as commits_module

PATIENCE_S = 20.0


class Crowd:
    """Writers that all want to write while the first one holds its turn."""

    def __init__(self, ledger: Ledger, folder) -> None:
        self.ledger = ledger
        self.commits = 0
        self.ended: dict[str, BaseException | None] = {}
        self.seen_at_return: dict[str, list[str]] = {}
        self.during = lambda _connection, _name: None
        self._url = f"sqlite:///{folder / 'ledger.db'}"
        with ledger.writing("acme") as connection:
            connection.execute(text("CREATE TABLE note (name TEXT PRIMARY KEY)"))
        event.listen(ledger._engine, "commit", self._note)

    def _note(self, _connection) -> None:
        self.commits += 1

    def rows(self) -> list[str]:
        """What another process would read."""
        engine = create_engine(self._url)
        try:
            with engine.connect() as connection:
                return sorted(connection.execute(text("SELECT name FROM note")).scalars())
        finally:
            engine.dispose()

    def write(self, *names: str, failing: tuple[str, ...] = ()) -> None:
        entered, may_go = threading.Event(), threading.Event()
        threads = []
        for position, name in enumerate(names):
            hold = (entered, may_go) if position == 0 else None
            threads.append(threading.Thread(target=self._one, args=(name, name in failing, hold)))
            threads[-1].start()
            if position == 0:
                assert entered.wait(PATIENCE_S)
        give_up = time.monotonic() + PATIENCE_S
        while self.ledger._commits._waiting < len(names) - 1:
            assert time.monotonic() < give_up
            time.sleep(0.001)
        may_go.set()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def _one(self, name, fails, hold) -> None:
        try:
            with self.ledger.writing("acme") as connection:
                connection.execute(text("INSERT INTO note VALUES (:name)"), {"name": name})
                self.during(connection, name)
                if hold:
                    hold[0].set()
                    assert hold[1].wait(PATIENCE_S)
                if fails:
                    raise ValueError(name)  # noqa: TRY301 - inside the transaction
            self.seen_at_return[name] = self.rows()
            self.ended[name] = None
        except (ValueError, LedgerError) as error:
            self.ended[name] = error


@pytest.fixture
def crowd(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield Crowd(ledger, tmp_path)
    ledger.close()


def test_one_commit_serves_all_that_wait_and_each_returns_after_it(crowd):
    crowd.write("a", "b", "c", "d")
    assert crowd.commits == 1
    assert set(crowd.ended.values()) == {None}
    for name, seen in crowd.seen_at_return.items():
        assert name in seen


@pytest.mark.parametrize("failing", ["a", "b", "d"])
def test_who_fails_takes_back_its_own_part_alone(crowd, failing):
    crowd.write("a", "b", "c", "d", failing=(failing,))
    assert isinstance(crowd.ended.pop(failing), ValueError)
    assert set(crowd.ended.values()) == {None}
    assert crowd.rows() == sorted({"a", "b", "c", "d"} - {failing})


def test_all_failing_leave_nothing_and_the_next_one_writes(crowd):
    crowd.write("a", "b", failing=("a", "b"))
    assert crowd.rows() == []
    crowd.write("c")
    assert crowd.rows() == ["c"]


def test_a_commit_that_fails_fails_for_each_member(crowd):
    def refuse(_connection) -> None:
        raise OSError("disk full")

    event.listen(crowd.ledger._engine, "commit", refuse)
    with pytest.raises(OSError, match="disk full"):
        crowd._one("alone", fails=False, hold=None)
    threading.excepthook, before = (lambda _: None), threading.excepthook
    try:
        crowd.write("a", "b", "c")
    finally:
        threading.excepthook = before
    event.remove(crowd.ledger._engine, "commit", refuse)
    assert [type(e) for e in crowd.ended.values()] == [LedgerError, LedgerError]
    assert crowd.rows() == []
    crowd.write("d")
    assert crowd.rows() == ["d"]


def test_no_more_than_eight_share_a_commit(crowd):
    crowd.write(*"abcdefghij")
    assert crowd.commits == 2
    assert crowd.rows() == list("abcdefghij")


def test_a_database_that_takes_all_back_by_itself_fails_every_member(crowd):
    """As SQLite does where the disk is full; the second member's own error must not hide it."""

    def end_it(connection, name) -> None:
        if name == "b":
            connection.connection.dbapi_connection.execute("ROLLBACK")

    crowd.during = end_it
    crowd.write("a", "b", "c", failing=("b",))
    assert {type(error) for error in crowd.ended.values()} <= {LedgerError, ValueError, type(None)}
    assert isinstance(crowd.ended["a"], LedgerError)
    assert crowd.ended["b"] is not None
    kept = [name for name, error in crowd.ended.items() if error is None]
    assert crowd.rows() == kept


def test_a_transaction_that_the_database_ended_unnoticed_is_not_taken_for_committed(crowd):
    def end_it(connection, name) -> None:
        if name == "a":
            connection.connection.dbapi_connection.execute("ROLLBACK")

    crowd.during = end_it
    crowd.write("a")
    assert isinstance(crowd.ended["a"], LedgerError)
    assert crowd.rows() == []


def test_a_part_that_cannot_be_taken_back_takes_the_whole_commit_with_it(crowd):
    def release(connection, name) -> None:
        if name == "b":  # its savepoint is gone, its row stands
            connection.exec_driver_sql("RELEASE sa_savepoint_1")

    crowd.during = release
    crowd.write("a", "b", failing=("b",))
    assert isinstance(crowd.ended["a"], LedgerError)
    assert crowd.ended["b"] is not None
    assert crowd.rows() == []


def test_a_transaction_inside_another_one_of_the_same_thread_is_refused_and_stops_nobody(crowd):
    with crowd.ledger.writing("acme"), pytest.raises(DefectError), crowd.ledger.writing("acme"):
        raise AssertionError("it was let in")
    crowd.write("a", "b")
    assert crowd.rows() == ["a", "b"]


def test_a_member_left_alone_commits_by_itself(crowd, monkeypatch):
    """Who was expected to commit for it never came to its turn."""
    monkeypatch.setattr(commits_module, "LEFT_ALONE_S", 0.01)
    commits = crowd.ledger._commits
    commits._waiting = 1
    writer = threading.Thread(target=crowd._one, args=("a", False, None))
    writer.start()
    writer.join(PATIENCE_S)
    commits._waiting = 0
    assert crowd.ended["a"] is None
    assert crowd.rows() == ["a"]


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_of_turns_what_returned_is_there_and_what_failed_is_not(crowd, seed):
    chance = random.Random(seed)  # noqa: S311 - replayable
    plans = [
        [(f"{writer}-{n}", chance.random() < 0.3, chance.random() < 0.3) for n in range(20)]
        for writer in range(6)
    ]

    def work(plan) -> None:
        for name, fails, pauses in plan:
            if pauses:
                time.sleep(0.001)
            crowd._one(name, fails, None)

    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert len(crowd.ended) == 120
    assert crowd.rows() == sorted(name for name, error in crowd.ended.items() if error is None)
    assert all(name in seen for name, seen in crowd.seen_at_return.items())
    assert crowd.ledger._commits._group is None
