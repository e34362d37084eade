"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes says nothing about what is guaranteed, and much about the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A scenario that ends otherwise shows what is held instead.
pytest.register_assert_rewrite("portal_pipeline_tests.scenarios")
