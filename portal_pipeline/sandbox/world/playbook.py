"""Which company plays which story, how often, and under which number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal_pipeline.sandbox.world.arguments import WorldArguments
from portal_pipeline.sandbox.world.cast import Cast
from portal_pipeline.sandbox.world.chance import Chance
from portal_pipeline.sandbox.world.deals import Supplier
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Deed, Progress, Staged
from portal_pipeline.sandbox.world.stories import Story, all_stories
from portal_pipeline.sandbox.world.tenants import Company

REGULARS = 8
"""Suppliers of a company that the daily business shares."""
LARGE_FACTOR = 10
EVERYWHERE_BUT_ONE = 3
"""Companies from which on a story that all may play is left out by one of them, each in its turn:
a world of three has about a thousand documents."""
SMALL_DIVISOR = 20
"""A small world has one in so many of the daily business."""


@dataclass(frozen=True)
class Play:
    """Everything that one company's people are going to do."""

    office: Office
    suppliers: tuple[Supplier, ...]
    """To be set up before anything happens."""
    staged: tuple[Staged, ...]
    interruptions: tuple[tuple[str, Deed], ...]


def rehearsed(
    arguments: WorldArguments, offices: Sequence[Office], progress: Mapping[str, Progress]
) -> tuple[Play, ...]:
    """The play of every company, each story as far as it has come."""
    return tuple(
        _rehearsed(arguments, office, place, progress) for place, office in enumerate(offices)
    )


def _rehearsed(
    arguments: WorldArguments, office: Office, place: int, progress: Mapping[str, Progress]
) -> Play:
    company = office.company
    chance = Chance(arguments.seed, company.key)
    base = Cast(company, arguments.seed, 0, chance.of("regulars"))
    regulars = tuple(base.supplier() for _ in range(REGULARS))
    suppliers, staged = [*regulars], []
    interruptions: list[tuple[str, Deed]] = []
    for story, ordinal, copy in _turns(arguments, company, place):
        key = f"{company.key}/{story.name}/{copy}"
        own = Chance(arguments.seed, key)
        cast = Cast(company, arguments.seed, ordinal, own, regulars)
        script = story.play(cast, office)
        suppliers += cast.suppliers
        if cast.interruption is not None:
            interruptions.append(cast.interruption)
        come = progress.get(key) or Progress()
        staged.append(Staged(key, ordinal, script, own, come, tuple(cast.deals)))
    return Play(office, tuple(suppliers), tuple(staged), tuple(interruptions))


def _turns(arguments: WorldArguments, company: Company, place: int) -> list[tuple[Story, int, int]]:
    """(story, ordinal, copy) of what a company plays; ordinals are the same in every company."""
    turns: list[tuple[Story, int, int]] = []
    first = 1
    for turn, story in enumerate(all_stories()):
        count = _count(arguments, story, company, is_turn=turn % arguments.tenants == place)
        turns += [(story, first + copy, copy) for copy in range(count)]
        most = max((story.copies or {"": 1}).values())
        first += most * (LARGE_FACTOR if arguments.size == "large" else 1)
    return turns


def _count(arguments: WorldArguments, story: Story, company: Company, *, is_turn: bool) -> int:
    count = story.count(company.profile)
    match arguments.size:
        case "large":
            return count * LARGE_FACTOR
        case "small" if story.copies is None:
            return int(is_turn)
        case "small":
            return -(-count // SMALL_DIVISOR)
        case _ if story.copies is None and arguments.tenants >= EVERYWHERE_BUT_ONE:
            return int(not is_turn)
        case _:
            return count
