"""Crash points: named places where tests stop, kill or delay a run; free in production."""

from __future__ import annotations

from collections.abc import Callable

CrashPoint = Callable[[str], None]
"""Called with a name such as ``upload.after_call``."""


class Crash(BaseException):
    """A simulated death of the process: no ``except Exception`` can hide it."""


def no_crash(_name: str) -> None:
    """The crash point of production."""
