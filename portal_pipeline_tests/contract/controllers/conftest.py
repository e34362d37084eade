"""A bench for each test, and its kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom
from portal_pipeline_tests.contract.controllers.purchasing import Purchasing


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    made = Mailroom(tmp_path)
    yield made
    made.close()


@pytest.fixture
def buyer(bench: Bench) -> Purchasing:
    return Purchasing(bench)
