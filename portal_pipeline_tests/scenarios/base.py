"""What a scenario is, how it is entered into the list, and how it is played."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from portal_pipeline_tests.scenarios.seen import Seen
from portal_pipeline_tests.scenarios.town import Town

Play = Callable[[Town], None]


@dataclass(frozen=True)
class Scenario:
    """A scenario by its name; ``area`` is the module that tells it."""

    name: str
    area: str
    rule: str
    play: Play


@dataclass(frozen=True)
class Played:
    """What a scenario showed, and the error with which it ended, if any."""

    seen: frozenset[Seen]
    error: BaseException | None


SCENARIOS: dict[str, Scenario] = {}


def scenario(play: Play) -> Play:
    """Enter a scenario; its name is the function's, its rule the docstring's first line.

    Raises:
        ValueError: when the name is taken.
    """
    name = play.__name__
    if name in SCENARIOS:
        raise ValueError(f"two scenarios are called {name}")
    rule = (inspect.getdoc(play) or "").partition("\n")[0]
    SCENARIOS[name] = Scenario(name, play.__module__.rpartition(".")[2], rule, play)
    return play


def all_scenarios() -> tuple[Scenario, ...]:
    """The scenarios in the order in which they are told."""
    from portal_pipeline_tests.scenarios import (  # noqa: F401, PLC0415 - import tells them
        complements,
        downloads,
        invoices,
        payment_amounts,
        payment_gate,
        payments,
        payments_after_upload,
        purchase_orders,
        suppliers,
    )

    return tuple(SCENARIOS.values())


@cache
def played(name: str) -> Played:
    """Play a scenario, once a process: its own test and that of the catalogue share it."""
    with TemporaryDirectory(prefix="scenario-") as folder:
        town = Town(Path(folder))
        error: BaseException | None = None
        try:
            SCENARIOS[name].play(town)
        except (Exception, AssertionError) as failed:  # noqa: BLE001 - raised by its own test
            error = failed
        finally:
            town.close()
    return Played(frozenset(town.seen), error)
