"""What a story is, and how it is entered into the list."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal_pipeline.sandbox.world.cast import Play
from portal_pipeline.sandbox.world.tenants import Profile


@dataclass(frozen=True)
class Story:
    """A story by its name; ``copies`` says how often a company of a profile plays it."""

    name: str
    rule: str
    play: Play
    copies: Mapping[str, int] | None = None
    """By key of the profile; None: once in (almost) every company."""

    def count(self, profile: Profile) -> int:
        """How often a company plays it in the default world."""
        return 1 if self.copies is None else self.copies.get(profile.key, 0)


STORIES: dict[str, Story] = {}


def story(copies: Mapping[str, int] | None = None) -> Callable[[Play], Play]:
    """Enter a story; its name is the function's, its rule the docstring's first line.

    Raises:
        ValueError: when the name is taken.
    """

    def enter(play: Play) -> Play:
        name = getattr(play, "__name__", "")
        if name in STORIES:
            raise ValueError(f"two stories are called {name}")
        rule = (inspect.getdoc(play) or "").partition("\n")[0]
        STORIES[name] = Story(name, rule, play, copies)
        return play

    return enter
