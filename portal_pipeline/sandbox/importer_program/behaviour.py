"""How the program may behave, and the processes that it leaves when it hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from enum import StrEnum

HANGS_S = 3600
"""A hang that nobody ends is over after an hour."""
_SLEEP = f"""
import os, signal, time
for name in ("SIGTERM", "SIGBREAK", "SIGHUP"):
    if hasattr(signal, name): signal.signal(getattr(signal, name), signal.SIG_IGN)
os.write(1, f"colgado pid {{os.getpid()}}\\n".encode())
time.sleep({HANGS_S})
"""
_DAEMON = f"""
import os
if hasattr(os, "fork"):
    if os.fork(): os._exit(0)
    os.setsid()
    if os.fork(): os._exit(0)
{_SLEEP}
"""


class Behaviour(StrEnum):
    """What the program does with its files."""

    WELL = "well"
    """Imports and moves."""
    HANGS = "hangs"
    """Starts a child and a double-forked daemon and never ends; none of them ends when asked."""
    CRASHES = "crashes"
    """Ends with code 3 at its first document: written to Sage, not moved."""
    HALF = "half"
    """Imports every second document, moves all."""
    MOVES = "moves"
    """Moves everything, imports nothing."""
    SLOW = "slow"
    """Waits before it begins."""


def hang() -> None:
    """Hang, with company."""
    for code in (_SLEEP, _DAEMON):
        subprocess.Popen([sys.executable, "-I", "-S", "-c", code])  # noqa: S603 - our own text
    os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", _SLEEP])  # noqa: S606 - as above


def dawdle(seconds: float) -> None:
    """Take one's time."""
    time.sleep(seconds)
