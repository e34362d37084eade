"""``check``: is my set-up right?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from portal_pipeline.cli.context import AnyTenantOption, JsonOption, SettingsOption, opened
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.settings.home import others_can_enter


def _warn_of_open_home(folder: Path) -> None:
    """Account numbers and tax documents of suppliers lie there."""
    if others_can_enter(folder):
        progress.print(
            f"[bold red]WARNING[/] other users of this machine can enter {plain(folder)}; "
            f"run: chmod 700 {plain(folder)}"
        )


def check(
    tenant: AnyTenantOption = None,
    *,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Test every connection of each tenant, and show what it is set to do.

    Nothing is written anywhere. Exit code 1 when something fails.
    """
    from portal_pipeline.cli.context import chosen_keys  # noqa: PLC0415 - quick --help
    from portal_pipeline.cli.probes import probe_tenant  # noqa: PLC0415

    results: list[dict[str, Any]] = []
    with opened(settings) as installation:
        source = installation.settings.source
        _warn_of_open_home(installation.settings.folder)
        for key in chosen_keys(installation, tenant):
            results += probe_tenant(installation.settings, installation.tenant_settings(key))
    failed = [one for one in results if one["result"] == "failed"]
    if json:
        print_json({"settings": source, "checks": results, "failed": len(failed)})
    else:
        progress.print(f"settings: {plain(source)}")
        print_table(
            "Set-up",
            ("tenant", "what", "result", "text", "what to do"),
            [[one[n] for n in ("tenant", "what", "result", "text", "remedy")] for one in results],
        )
        console.print("all is well" if not failed else f"{len(failed)} failed")
    if failed:
        raise typer.Exit(1)
