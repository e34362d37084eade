"""A fresh ledger on each kind of database, with clocks that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from portal_pipeline.ledger import Ledger


@dataclass
class Clock:
    now: datetime = field(default=datetime(2026, 3, 2, 15, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lease_clock() -> Clock:
    return Clock()


# One worker has the server: starting it is the dear part.
BACKENDS = (
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.xdist_group("processes")),
)


@pytest.fixture(params=BACKENDS)
def ledger_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return request.getfixturevalue("postgres").emptied_ledger()


@pytest.fixture(params=BACKENDS)
def fresh_ledger_url(request, tmp_path):
    """A database in which nobody has opened a ledger yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    return request.getfixturevalue("postgres").fresh_database()


@pytest.fixture
def ledger(ledger_url, lease_clock):
    ledger = Ledger(ledger_url, lease_clock=lease_clock)
    yield ledger
    ledger.close()


@pytest.fixture
def acme(ledger, clock):
    return ledger.tenant("acme", clock)
