"""A step stops asking a target that gives no answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

FAILURES_IN_A_ROW_MAX = 5
"""After so many acts without an answer about their document, no further act starts."""


@dataclass
class Breaker:
    """Stops a step whose target no longer answers about documents."""

    in_a_row: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *, is_answer: bool) -> None:
        """One act has ended."""
        with self.lock:
            self.in_a_row = 0 if is_answer else self.in_a_row + 1

    @property
    def is_open(self) -> bool:
        """Whether no further act starts."""
        return self.in_a_row >= FAILURES_IN_A_ROW_MAX
