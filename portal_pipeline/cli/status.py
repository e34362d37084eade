"""``status``: where does each tenant stand?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import (
    AnyTenantOption,
    JsonOption,
    SettingsOption,
    chosen_keys,
    opened,
)
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.cli.selecting import Filters, places_of, print_selected, selection_of
from portal_pipeline.core.report import COUNTS

if TYPE_CHECKING:
    from portal_pipeline.ledger.waiting import Waiting

STUCK_TITLE = "These will not move by themselves, oldest first"
STUCK_ROWS = 20


def status(
    tenant: AnyTenantOption = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List every waiting document, not groups of them.")
    ] = False,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Show the latest counts of each tenant, what will not move by itself, and what waits."""
    from portal_pipeline.ledger.waiting import BULK_MAX, read_held  # noqa: PLC0415 - quick --help
    from portal_pipeline.reports.documents import open_entries  # noqa: PLC0415
    from portal_pipeline.reports.overview import tenant_entry  # noqa: PLC0415
    from portal_pipeline.reports.waiting import waiting_list  # noqa: PLC0415

    with opened(settings) as installation:
        language = installation.settings.installation.language
        progress.print(f"settings: {plain(installation.settings.source)}")
        tenants: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        for key in chosen_keys(installation, tenant):
            ledger = installation.tenant_ledger(installation.tenant_settings(key))
            tenants.append(tenant_entry(ledger))
            waiting += open_entries(ledger, language)
        selection = selection_of(installation, Filters(tenant, is_stuck=True))
        places = places_of(installation, selection.tenants)
        stuck = read_held(installation.ledger, selection, BULK_MAX)
        if json:
            listed = waiting_list(stuck, places, language)
            print_json({"tenants": tenants, "stuck": listed, "open": waiting})
            return
        print_overview(tenants)
        if stuck.rows:
            most = len(stuck.rows) if every else STUCK_ROWS
            print_selected(STUCK_TITLE, stuck, places, language, rows=most, more="--all")
            console.print("What helps: `portal-pipeline held --stuck`\n")
    print_open(beside(waiting, stuck.rows), every=every)


def beside(entries: list[dict[str, Any]], stuck: Sequence[Waiting]) -> list[dict[str, Any]]:
    """What waits by itself: all entries but those that are stuck."""
    apart = {(one.tenant, one.ref.kind.value, one.ref.key, one.operation.value) for one in stuck}
    names = ("tenant", "kind", "key", "operation")
    return [entry for entry in entries if tuple(entry[name] for name in names) not in apart]


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
    """What waits, why, and what to do: grouped where many are alike."""
    from portal_pipeline.reports.documents import grouped  # noqa: PLC0415 - quick --help

    if not entries:
        console.print("Nothing waits.")
        return
    console.print(f"[bold]Held or rejected: {len(entries)}[/]")
    for group in grouped(entries, most=len(entries) if every else 3):
        more = group["count"] - len(group["examples"])
        console.print(
            f"\n[bold]{group['status']}[/] {group['finding']}: {group['count']} {group['kind']} "
            f"({group['operation']})"
        )
        shown = ", ".join(group["examples"]) + (f" and {more} more" if more else "")
        console.print(f"  which      {plain(shown)}")
        console.print(f"  why        {plain(group['text'])}")
        console.print(f"  next step  {plain(group['next_step'])}")
