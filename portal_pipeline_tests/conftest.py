"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says nothing about what is guaranteed, and much about the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
