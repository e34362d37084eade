"""A token bucket for threads: so many calls a second, a small burst, nobody starves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Lets ``per_second`` calls through on average and ``burst`` at once; thread-safe.

    A caller takes its token at once, if need be from the future, and sleeps outside the lock
    until that token exists: callers go in the order in which they came.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a rate limit needs per_second > 0 and burst >= 1")
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._filled_at = clock()

    def acquire(self) -> None:
        """Returns when the caller may make one call."""
        with self._lock:
            now = self._clock()
            gained = max(0.0, now - self._filled_at) * self._per_second
            self._tokens = min(self._burst, self._tokens + gained) - 1
            self._filled_at = now
            wait_s = -self._tokens / self._per_second
        if wait_s > 0:
            self._sleep(wait_s)
