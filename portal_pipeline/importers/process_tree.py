"""Every process that came from one start, found and ended however it hid itself.

A process belongs to the tree when it inherited the start's cookie in its environment, or descends
from one that belongs: so children, grandchildren and daemons in sessions of their own are found
after their parents have died. Out of reach is only a process that cleared its environment *and*
lost its parent between two looks.

On Windows the same code runs with other signals; that way is written, and untried.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import psutil

COOKIE = "PORTAL_PIPELINE_IMPORT"
"""Environment variable that every process of the tree inherits."""

KILL_ROUNDS = 20
"""A tree that forks faster than it is killed is given up after so many rounds."""
KILL_WAIT_S = 2.0
"""For killed processes to disappear; then the next round looks again."""
_SHORTEST_POLL_S, _LONGEST_POLL_S = 0.01, 0.25


class Ended(NamedTuple):
    """What ending a tree came to."""

    processes: int
    """How many were alive, and had to be ended."""
    left: tuple[int, ...]
    """Ids of processes that could not be ended; empty as a rule."""


class ProcessTree:
    """The processes of one start.

    Args:
        token: value of the cookie, or what its value begins with before a ``/``.
        monotonic: seconds, never going back.
    """

    def __init__(self, token: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._monotonic = monotonic
        self._root: psutil.Process | None = None
        self._known: set[psutil.Process] = set()

    def add_root(self, pid: int) -> None:
        """Name the first process, before anybody has waited for it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._root = psutil.Process(pid)
            self._known.add(self._root)

    def look(self) -> None:
        """Remember the descendants of today, who may be orphans tomorrow."""
        descendants: set[psutil.Process] = set()
        for process in self._known:
            if process not in descendants:  # whose own descendants are known by then
                with contextlib.suppress(psutil.Error):
                    descendants.update(process.children(recursive=True))
        self._known = {one for one in self._known | descendants if _is_alive(one)}

    def alive(self) -> list[psutil.Process]:
        """The processes of the tree that run now; reads every process's environment."""
        self._known.update(one for one in psutil.process_iter() if self._has_cookie(one))
        self.look()
        return sorted(self._known, key=lambda one: one.pid)

    def wait_until_gone(self, limit_s: float) -> bool:
        """Wait for the tree to end by itself; whether it did."""
        deadline = self._monotonic() + limit_s
        pause = _SHORTEST_POLL_S
        while self.alive():
            left = deadline - self._monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_POLL_S)
        return True

    def end(self, grace_s: float) -> Ended:
        """Ask every process to end, give it so many seconds, then kill what is left.

        An interrupt cuts the grace short, never the killing.
        """
        ended: set[psutil.Process] = set()
        try:
            ended.update(self.alive())
            self._ask(ended)
            self.wait_until_gone(grace_s)
        finally:
            left = self._kill(ended)
        return Ended(len(ended), left)

    def _kill(self, ended: set[psutil.Process]) -> tuple[int, ...]:
        """Kill until a look finds nothing more; the ids of what is left."""
        for _ in range(KILL_ROUNDS):
            targets = self.alive()
            if not targets:
                return ()
            ended.update(targets)
            for process in targets:
                with contextlib.suppress(psutil.Error):  # gone, or not ours to end: seen below
                    process.kill()
            self._wait_for(targets)
        return tuple(one.pid for one in self.alive())

    def _wait_for(self, processes: Iterable[psutil.Process]) -> None:
        deadline = self._monotonic() + KILL_WAIT_S
        while any(_is_alive(one) for one in processes) and self._monotonic() < deadline:
            time.sleep(_SHORTEST_POLL_S)

    def _ask(self, processes: Iterable[psutil.Process]) -> None:
        """The polite end. Untried on Windows, where only a process group can be asked."""
        if sys.platform == "win32":
            with contextlib.suppress(psutil.Error, OSError):
                if self._root is not None:
                    self._root.send_signal(signal.CTRL_BREAK_EVENT)
            return
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.terminate()

    def _has_cookie(self, process: psutil.Process) -> bool:
        try:
            value = process.environ().get(COOKIE, "")
            return value == self._token or value.startswith(f"{self._token}/")
        except (psutil.Error, OSError):  # gone, or another user's: not of this tree
            return False


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs: the same process, not another with its id, and not a zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
