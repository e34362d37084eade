"""How many documents something concerns, and which, for a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """A number of documents, and the first few of them."""

    count: int = 0
    examples: tuple[str, ...] = ()
    """``kind key``."""

    @property
    def named(self) -> str:
        """The examples, and how many more there are."""
        more = self.count - len(self.examples)
        return ", ".join(self.examples) + (f" and {more} more" if more > 0 else "")
