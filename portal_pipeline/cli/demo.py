"""``demo``: see the whole product work, on a world of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import JsonOption
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress

if TYPE_CHECKING:
    from portal_pipeline.sandbox.world import Verdict, World
    from portal_pipeline.wiring import Installation

SeedOption = Annotated[int, typer.Option("--seed", help="Another seed is another world.")]
TenantsOption = Annotated[int, typer.Option("--tenants", min=1, max=50, help="Companies.")]
SizeOption = Annotated[
    str, typer.Option("--size", help="small, default (about 1,000 documents) or large.")
]
SageUrlOption = Annotated[
    str | None,
    typer.Option(
        "--sage-url",
        help="SQLAlchemy URL with {database} in it, for the simulated Sage databases; "
        "else SQLite files.",
    ),
]
DEFAULT_CYCLES = 8


def demo(
    *,
    seed: SeedOption = 7,
    tenants: TenantsOption = 3,
    cycles: Annotated[
        int, typer.Option("--cycles", min=1, max=500, help="Cycles of every tenant.")
    ] = DEFAULT_CYCLES,
    size: SizeOption = "default",
    sage_url: SageUrlOption = None,
    json: JsonOption = False,
) -> None:
    """Run the main job on a simulated world and judge it from that world's own stores.

    Exit code 0 only when nothing was lost, nothing was done twice and no payment went early.
    """
    from portal_pipeline.cli.sandbox import new_world, served  # noqa: PLC0415 - quick --help
    from portal_pipeline.sandbox.compiled import share_compiled_statements  # noqa: PLC0415

    started = time.monotonic()
    share_compiled_statements()
    folder, server_port, world = new_world(seed=seed, tenants=tenants, size=size, sage_url=sage_url)
    try:
        with served(world, server_port):
            outcome = _run_cycles(folder, world, cycles, seed)
    finally:
        world.close()
    outcome["seconds"] = round(time.monotonic() - started, 1)
    if json:
        print_json(outcome["result"] | {"seconds": outcome["seconds"]})
    else:
        tell(outcome)
    if outcome["is_bad"]:
        raise typer.Exit(1)


def _run_cycles(folder: Path, world: World, cycles: int, seed: int) -> dict[str, Any]:
    from portal_pipeline.cli.running import run_checks, run_tenant  # noqa: PLC0415
    from portal_pipeline.orchestration.instance import dagster_instance  # noqa: PLC0415
    from portal_pipeline.settings import home_folder, load_settings  # noqa: PLC0415
    from portal_pipeline.settings.loading import SETTINGS_VARIABLE  # noqa: PLC0415
    from portal_pipeline.wiring import Installation  # noqa: PLC0415

    path = folder / "tenants.toml"
    os.environ[SETTINGS_VARIABLE] = str(path)
    settings = load_settings(path)
    failures: list[str] = []
    with dagster_instance(home_folder()) as instance:
        for cycle in range(1, cycles + 1):
            world.advance()
            for tenant in settings.tenants:
                begun = time.monotonic()
                result = run_tenant(instance, tenant.key)
                failures += [
                    f"cycle {cycle} {tenant.key} {step}: {text}"
                    for step, text in result.failures.items()
                ]
                progress.print(
                    f"cycle {cycle}/{cycles}  {world.now():%d/%m/%Y %H:%M}  "
                    f"{plain(tenant.key):<12} {time.monotonic() - begun:5.1f} s"
                    f"{'  FAILED' if result.failures else ''}"
                )
        run_checks(instance)
    installation = Installation(settings)
    try:
        return judged(installation, world, cycles, seed, failures)
    finally:
        installation.close()


def judged(
    installation: Installation, world: World, cycles: int, seed: int, failures: list[str]
) -> dict[str, Any]:
    """What the demo tells (``result`` is its JSON), and whether something is wrong."""
    from portal_pipeline.ledger.export import ledger_rows  # noqa: PLC0415
    from portal_pipeline.reports.documents import open_entries  # noqa: PLC0415
    from portal_pipeline.reports.overview import tenant_entry  # noqa: PLC0415

    language = installation.settings.installation.language
    ledgers = [installation.tenant_ledger(one) for one in installation.settings.tenants]
    tables = [tenant_entry(ledger) for ledger in ledgers]
    waiting = [entry for ledger in ledgers for entry in open_entries(ledger, language)]
    verdict = world.judge(ledger_rows(installation.ledger))
    story = [
        {"time": f"{line.time:%Y-%m-%d %H:%M}", "system": line.system, "text": line.text}
        for line in world.story()
    ]
    documents = {
        "explained": verdict.explained,
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "early_payments": len(verdict.early_payments),
        "kinds": verdict.kinds,
        "rules": verdict.rules,
    }
    result = {
        "seed": seed,
        "cycles": cycles,
        "tenants": tables,
        "documents": documents,
        "open": sorted(waiting, key=lambda e: (e["tenant"], e["kind"], e["key"], e["operation"])),
        "story": story,
    }
    is_bad = bool(verdict.lost or verdict.duplicated or verdict.early_payments or failures)
    return {"result": result, "verdict": verdict, "failures": failures, "is_bad": is_bad}


def tell(outcome: dict[str, Any]) -> None:
    """Print the demo for people; the last line says whether all is well."""
    from portal_pipeline.cli.status import print_open, print_overview  # noqa: PLC0415

    result, verdict = outcome["result"], outcome["verdict"]
    print_overview(result["tenants"])
    print_table(
        "The story of one purchase order",
        ("time", "system", "what happened"),
        [[line["time"], line["system"], line["text"]] for line in result["story"]],
    )
    print_open(result["open"], every=False)
    _print_kinds(verdict)
    for text in outcome["failures"]:
        console.print(f"[bold red]failed[/] {plain(text)}")
    for name in ("lost", "duplicated", "early_payments"):
        for text in getattr(verdict, name)[:20]:
            console.print(f"[bold red]{name}[/] {plain(text)}")
    documents = result["documents"]
    console.print(
        f"{outcome['seconds']:.0f} s. See the runs: dagster dev, or portal-pipeline up "
        "(http://127.0.0.1:3030)"
    )
    console.print(
        f"{documents['explained']} documents explained, {documents['lost']} lost, "
        f"{documents['duplicated']} duplicated, {documents['early_payments']} payments went early"
    )


def _print_kinds(verdict: Verdict) -> None:
    """What explains the documents of both systems, by kind."""
    columns = next(iter(verdict.kinds.values()), {})
    print_table(
        "Every document of both systems",
        ("kind", *(name.replace("_", " ") for name in columns)),
        [[kind.replace("_", " "), *tally.values()] for kind, tally in verdict.kinds.items()],
        whole=("kind",),
    )
    print_table(
        "Documents that are none of the other system's business",
        ("rule", "documents"),
        [[rule.replace("_", " "), count] for rule, count in verdict.rules.items()],
    )
