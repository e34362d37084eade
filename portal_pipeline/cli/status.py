"""``status``: where does each tenant stand?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from portal_pipeline.cli.context import (
    AnyTenantOption,
    JsonOption,
    SettingsOption,
    chosen_keys,
    opened,
)
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.reports.overview import COUNTS


def status(
    tenant: AnyTenantOption = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List every waiting document, not groups of them.")
    ] = False,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Show the latest counts of each tenant, and what waits for whom."""
    from portal_pipeline.reports.documents import open_entries  # noqa: PLC0415 - quick --help
    from portal_pipeline.reports.overview import tenant_entry  # noqa: PLC0415

    with opened(settings) as installation:
        language = installation.settings.installation.language
        progress.print(f"settings: {plain(installation.settings.source)}")
        tenants: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        for key in chosen_keys(installation, tenant):
            ledger = installation.tenant_ledger(installation.tenant_settings(key))
            tenants.append(tenant_entry(ledger))
            waiting += open_entries(ledger, language)
    if json:
        print_json({"tenants": tenants, "open": waiting})
        return
    print_overview(tenants)
    print_open(waiting, every=every)


def print_overview(tenants: list[dict[str, Any]]) -> None:
    """The table tenant x controller."""
    columns = ("tenant", "controller", *COUNTS, "acted_total")
    rows = [
        [tenant["tenant"], c["controller"], *(c[name] for name in COUNTS), c["acted_total"]]
        for tenant in tenants
        for c in tenant["controllers"]
    ]
    print_table("Latest cycle", columns, rows)


def print_open(entries: list[dict[str, Any]], *, every: bool) -> None:
    """What waits: grouped where many are alike."""
    from portal_pipeline.reports.documents import grouped  # noqa: PLC0415 - quick --help

    if not entries:
        console.print("Nothing waits.")
        return
    columns = ("tenant", "document", "operation", "status", "why", "next step")
    if every:
        rows = [
            [
                e["tenant"],
                f"{e['kind']} {e['key']}",
                e["operation"],
                e["status"],
                e["text"],
                e["next_step"],
            ]
            for e in entries
        ]
    else:
        rows = [
            [
                g["tenant"],
                _documents(g),
                g["operation"],
                g["status"],
                f"{g['finding']}: {g['text']}",
                g["next_step"],
            ]
            for g in grouped(entries)
        ]
    print_table(f"Waiting: {len(entries)}", columns, rows)


def _documents(group: dict[str, Any]) -> str:
    more = group["count"] - len(group["keys"])
    return f"{group['count']} {group['kind']}: {', '.join(group['keys'])}" + (
        f" and {more} more" if more else ""
    )
