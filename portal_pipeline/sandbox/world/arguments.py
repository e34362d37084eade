"""What makes one world differ from another."""

from __future__ import annotations

from dataclasses import dataclass

SIZES = ("small", "default", "large")
TENANTS_MAX = 50


@dataclass(frozen=True)
class WorldArguments:
    """The same arguments make the same world, on every machine and database.

    Values:
        seed: of every choice that is left to chance.
        tenants: companies, at least 1.
        size: ``small`` plays each story in one of the tenants, ``default`` (about 1,000
            documents) in all of them, ``large`` ten times as often.
    """

    seed: int = 7
    tenants: int = 3
    size: str = "default"

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise ValueError(f"size {self.size!r} is none of {', '.join(SIZES)}")
        if not 1 <= self.tenants <= TENANTS_MAX:
            raise ValueError(f"{self.tenants} tenants: 1 to {TENANTS_MAX} are possible")
