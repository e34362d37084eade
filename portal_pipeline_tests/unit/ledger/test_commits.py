"""Threads that write at once share a commit, and each of them can rely on it as on its own."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import create_engine, event, text

from portal_pipeline.core.errors import LedgerError
from portal_pipeline.ledger import Ledger

PATIENCE_S = 20.0


class Crowd:
    """Writers that all want to write while the first one holds its turn."""

    def __init__(self, ledger: Ledger, folder) -> None:
        self.ledger = ledger
        self.commits = 0
        self.ended: dict[str, BaseException | None] = {}
        self.seen_at_return: dict[str, list[str]] = {}
        self._url = f"sqlite:///{folder / 'ledger.db'}"
        with ledger.writing() as connection:
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
            with self.ledger.writing() as connection:
                connection.execute(text("INSERT INTO note VALUES (:name)"), {"name": name})
                if hold:
                    hold[0].set()
                    assert hold[1].wait(PATIENCE_S)
                if fails:
                    raise ValueError(name)
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
