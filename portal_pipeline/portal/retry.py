"""Reads are tried again, a bounded number of times; writes never are.

Source: portal API sheet 2.5 and 9.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina
from stamina import instrumentation

from portal_pipeline.portal.decisions import Failure

T = TypeVar("T")


class _TryAgain(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def silence_retry_hooks() -> None:
    """No line per retry: the library would print one to standard output, and the report says it."""
    instrumentation.set_on_retry_hooks(())


@dataclass(frozen=True)
class ReadRetry:
    """How often, and how patiently, a read is repeated; ``ReadRetry(attempts=1)`` never does.

    Waits start at ``wait_initial_s`` and double up to ``wait_max_s``; a ``Retry-After`` is
    honoured: waited for up to ``retry_after_max_s``, and beyond that the read gives up at once.
    """

    attempts: int = 3
    wait_initial_s: float = 1.5
    wait_max_s: float = 10.0
    retry_after_max_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, read: Callable[[], T | Failure]) -> T | Failure:
        """The first answer that is worth keeping, or the last failure."""
        asked_s = 0.0
        backoff_s = 0.0

        def is_next_due(error: Exception) -> bool | float:
            nonlocal asked_s
            if not isinstance(error, _TryAgain):
                return False
            asked_s = error.failure.retry_after_s or 0.0
            return 0.0  # the library says whether to go on; our own sleep does the waiting

        attempts = stamina.retry_context(
            on=is_next_due,
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.wait_initial_s,
            wait_max=self.wait_max_s,
            wait_jitter=0,
        )
        try:
            for attempt in attempts:
                if (wait_s := max(backoff_s, asked_s)) > 0:
                    self.sleep(wait_s)
                backoff_s = attempt.next_wait
                with attempt:
                    return self._once(read)
        except _TryAgain as last:
            return last.failure
        raise AssertionError("the loop ends by an answer or by the last failure")

    def _once(self, read: Callable[[], T | Failure]) -> T | Failure:
        result = read()
        if isinstance(result, Failure) and self._is_worth_it(result):
            raise _TryAgain(result)
        return result

    def _is_worth_it(self, failure: Failure) -> bool:
        return (
            failure.meaning.is_read_again
            and (failure.retry_after_s or 0.0) <= self.retry_after_max_s
        )
