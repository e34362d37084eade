"""What a range of seeds showed, added up; kept by slices so that a long run can be resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from portal_pipeline_tests.simulation.seeds import Played, Violation

VIOLATIONS_MAX = 1000


@dataclass
class Figures:
    """The counts of some seeds, and what was wrong."""

    seeds: int = 0
    faults: int = 0
    """Faults that struck."""
    crash_points: int = 0
    """Passages of named points while faults could strike."""
    acts: int = 0
    """Remote writes that left."""
    violations: list[Violation] = field(default_factory=list)

    def add(self, played: Played) -> None:
        """One seed more."""
        self.seeds += 1
        self.faults += len(played.fired)
        self.crash_points += played.points
        self.acts += played.acts
        self.violations += played.violations[: VIOLATIONS_MAX - len(self.violations)]

    def join(self, other: Figures) -> None:
        """The seeds of another slice more."""
        self.seeds += other.seeds
        self.faults += other.faults
        self.crash_points += other.crash_points
        self.acts += other.acts
        self.violations += other.violations

    def as_json(self) -> dict[str, Any]:
        """As the command prints them."""
        return asdict(self)


def figures_of(given: Mapping[str, Any]) -> Figures:
    """The figures of a slice that was kept."""
    violations = [Violation(**one) for one in given["violations"]]
    return Figures(**{**given, "violations": violations})


def kept_slices(path: Path) -> dict[str, Figures]:
    """Slices that are finished, by name."""
    if not path.is_file():
        return {}
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {line["slice"]: figures_of(line["figures"]) for line in lines}


def keep_slice(path: Path, name: str, figures: Figures) -> None:
    """Remember a finished slice."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"slice": name, "figures": figures.as_json()}) + "\n")


def slices(seeds: range, size: int) -> Iterable[range]:
    """The range in parts."""
    return (seeds[i : i + size] for i in range(0, len(seeds), size))
