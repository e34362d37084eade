"""Scripts: a story is a list of scenes, each with when it is due and what people do then.

A story keeps nothing in memory: its deals follow from seed, tenant and its own name, and how far
it has come is two numbers. So a world goes on after a restart as if there had been none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal_pipeline.sandbox.world.calendar import days_before
from portal_pipeline.sandbox.world.chance import Chance
from portal_pipeline.sandbox.world.deals import Deal

Condition = Callable[[], bool]
Deed = Callable[[], object]


@dataclass(frozen=True)
class Scene:
    """What people do, and when: in the past, at a step, or once something is seen."""

    deeds: tuple[Deed, ...]
    days_ago: int | None = None
    """Before the world's beginning; such scenes come first in a script."""
    step: int = 0
    """Not before this step."""
    pause: int = 1
    """Not before so many steps after the scene before."""
    condition: Condition | None = None


Script = list[Scene]


def ago(days: int, *deeds: Deed) -> Scene:
    """So many days before the world's beginning (on the working day before, on a weekend)."""
    return Scene(deeds, days_ago=days)


def at(step: int, *deeds: Deed) -> Scene:
    """At a step, or as soon as the scenes before have been."""
    return Scene(deeds, step=step)


def once(condition: Condition, *deeds: Deed, step: int = 0) -> Scene:
    """As soon as somebody sees something, from a step on."""
    return Scene(deeds, condition=condition, step=step)


def then(*deeds: Deed, after: int = 1) -> Scene:
    """So many steps after the scene before."""
    return Scene(deeds, pause=after)


@dataclass
class Progress:
    """How far a story has come: scenes played, and the step of the last one."""

    played: int = 0
    last_step: int = 0


@dataclass(frozen=True)
class Staged:
    """One story as one company plays it."""

    key: str
    """``story/copy``."""
    ordinal: int
    """Place among the stories; decides who acts first at the same moment."""
    script: Script
    chance: Chance
    progress: Progress
    deals: tuple[Deal, ...] = ()
    """What it is about."""

    def history(self) -> list[tuple[datetime, int, int, Scene]]:
        """The scenes of the past with their moments, each later than the one before."""
        found: list[tuple[datetime, int, int, Scene]] = []
        for place, scene in enumerate(self.script):
            if scene.days_ago is None:
                break
            # Within a day the later scenes come later: each has its own part of the day.
            part = self.chance.of("past", place).fraction()
            spread = (Decimal(place) + part) / Decimal(max(len(self.script), 1) + 1)
            found.append((days_before(scene.days_ago, spread), self.ordinal, place, scene))
        return found

    def due(self, step: int) -> Scene | None:
        """The scene that is due at a step, or None."""
        if self.progress.played >= len(self.script):
            return None
        scene = self.script[self.progress.played]
        if scene.days_ago is not None:
            raise ValueError(f"{self.key}: a scene of the past comes after the beginning")
        is_time = step >= max(scene.step, self.progress.last_step + scene.pause)
        if not is_time:
            return None
        return scene if scene.condition is None or scene.condition() else None

    def fraction(self, step: int) -> Decimal:
        """Which part of a step has passed when this story's people act."""
        return self.chance.of("step", step).fraction()
