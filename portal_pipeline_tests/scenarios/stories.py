"""The stories of the sandbox's world, played with all nine steps of each of its companies."""

from __future__ import annotations

from pathlib import Path

from portal_pipeline.cli.sandbox import free_port, served
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.scenarios.seen import Seen, seen_in_ledger, seen_in_reports

STEPS = 6
"""After so many the stories show nothing new."""


def seen_in_stories(folder: Path) -> frozenset[Seen]:
    """What a world of three companies shows in which every story is played once."""
    port = free_port()
    arguments = WorldArguments(tenants=3, size="small")
    world = World.create(folder, arguments, base_url=f"http://127.0.0.1:{port}")
    path = folder / "tenants.toml"
    home = f'ledger = "sqlite:///{folder}/ledger.sqlite"\narchive = "{folder}/archive"\n'
    path.write_text("[installation]\n" + home + world.tenants_toml(), encoding="utf-8")
    installation = Installation(load_settings(path))
    seen: set[Seen] = set()
    try:
        with served(world, port):
            for step in range(STEPS):
                world.advance()
                for company in world.companies:
                    seen |= _cycle(installation, company.key, step)
    finally:
        installation.close()
        world.close()
    return frozenset(seen)


def _cycle(installation: Installation, tenant: str, step: int) -> set[Seen]:
    session = TenantSession(installation, tenant, f"{tenant} {step}")
    try:
        seen = set(seen_in_reports([session.run_step(name) for name in ControllerName]))
        return seen | set(seen_in_ledger(session.workspace.ledger.ledger))
    finally:
        session.close()
