"""A fresh ledger on disk, with clocks that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from portal_pipeline.ledger import Ledger
from portal_pipeline_tests.templates import put_ledger


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


@pytest.fixture
def ledger(tmp_path, lease_clock):
    ledger = Ledger(put_ledger(tmp_path / "ledger.sqlite"), lease_clock=lease_clock)
    yield ledger
    ledger.close()


@pytest.fixture
def acme(ledger, clock):
    return ledger.tenant("acme", clock)
