"""The furnished portal that most of these tests start from."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.contract.portal_simulator.office import Office


@pytest.fixture
def office() -> Office:
    return Office().furnish()
