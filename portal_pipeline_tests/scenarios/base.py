"""What a scenario is, how it is entered into the list, and how it is played."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

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
    needs_sat: bool = False
    """Whether it takes the optional extra that verifies seals."""


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


HAS_SAT = all(find_spec(name) for name in ("satcfdi", "cryptography"))


def needs_sat(play: Play) -> Play:
    """Above ``scenario``: it cannot be played without the optional extra that verifies seals."""

    @wraps(play)
    def skipping(town: Town) -> None:
        if not HAS_SAT:
            pytest.skip("the extra portal-pipeline[sat] is not installed")
        play(town)

    SCENARIOS[play.__name__] = replace(SCENARIOS[play.__name__], play=skipping, needs_sat=True)
    return skipping


def all_scenarios() -> tuple[Scenario, ...]:
    """The scenarios in the order in which they are told."""
    from portal_pipeline_tests.scenarios import (  # noqa: F401, PLC0415 - import tells them
        complements,
        downloads,
        going_live,
        guard,
        invoices,
        invoices_by_program,
        invoices_held,
        invoices_in_sage,
        invoices_related,
        orders_amended,
        orders_content,
        orders_ended,
        orders_received,
        orders_sent,
        payment_amounts,
        payment_gate,
        payments,
        payments_after_upload,
        portal_records,
        purchase_orders,
        suppliers,
        time,
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
        except (Exception, pytest.skip.Exception) as failed:  # noqa: BLE001 - by its own test
            error = failed
        finally:
            town.close()
    return Played(frozenset(town.seen), error)
