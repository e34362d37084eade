"""The stories of the sandbox's world, played with all nine steps of each of its companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portal_pipeline.cli.demo import DEFAULT_CYCLES, judged
from portal_pipeline.cli.sandbox import free_port, served
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.scenarios.seen import Seen, seen_in_ledger, seen_in_reports

ARGUMENTS = WorldArguments(tenants=3, size="small")
"""A world of three companies in which every story is played once."""


@dataclass(frozen=True)
class Told:
    """What the stories showed, and what the demo would tell of them (``cli.demo.judged``)."""

    seen: frozenset[Seen]
    outcome: dict[str, Any]
    orders: Mapping[tuple[str, str], str]
    """Names of the stories by company and purchase order."""


@cache
def told_stories() -> Told:
    """The stories, played once a process: as the demo plays them, but without Dagster."""
    with TemporaryDirectory(prefix="stories-") as folder:
        return _told(Path(folder))


def _told(folder: Path) -> Told:
    port = free_port()
    world = World.create(folder, ARGUMENTS, base_url=f"http://127.0.0.1:{port}")
    path = folder / "tenants.toml"
    home = f'ledger = "sqlite:///{folder}/ledger.sqlite"\narchive = "{folder}/archive"\n'
    path.write_text("[installation]\n" + home + world.tenants_toml(), encoding="utf-8")
    installation = Installation(load_settings(path))
    seen: set[Seen] = set()
    try:
        with served(world, port):
            for step in range(DEFAULT_CYCLES):
                world.advance()
                for company in world.companies:
                    seen |= _cycle(installation, company.key, step)
            outcome = judged(installation, world, DEFAULT_CYCLES, ARGUMENTS.seed, [])
            orders = {
                (play.office.company.key, deal.po_number): staged.key.split("/")[1]
                for play in world.plays
                for staged in play.staged
                for deal in staged.deals
            }
    finally:
        installation.close()
        world.close()
    return Told(frozenset(seen), outcome, orders)


def _cycle(installation: Installation, tenant: str, step: int) -> set[Seen]:
    session = TenantSession(installation, tenant, f"{tenant} {step}")
    try:
        seen = set(seen_in_reports([session.run_step(name) for name in ControllerName]))
        return seen | set(seen_in_ledger(session.workspace.ledger.ledger))
    finally:
        session.close()
