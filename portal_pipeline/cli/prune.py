"""``prune``: let go of old history that nobody needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import JsonOption, SettingsOption, opened
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress

if TYPE_CHECKING:
    from portal_pipeline.settings.models import TenantSettings
    from portal_pipeline.wiring import Installation


def prune(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go; delete nothing.")
    ] = False,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Delete old history by the settings `keep.events_days` and `keep.runs_days`.

    Documents, links, remote writes, people's acts, everything about open documents, and what the
    assets show now stay. May run beside cycles; once a day or a week is enough.
    """
    from portal_pipeline.orchestration.instance import dagster_instance  # noqa: PLC0415
    from portal_pipeline.orchestration.pruning import prune_runs  # noqa: PLC0415 - quick --help
    from portal_pipeline.settings import home_folder  # noqa: PLC0415

    with opened(settings) as installation:
        progress.print(f"settings: {plain(installation.settings.source)}")
        keep = installation.settings.installation.keep
        tenants = [
            _of_tenant(installation, tenant, is_dry_run=dry_run)
            for tenant in installation.settings.tenants
        ]
        before = datetime.now(UTC) - timedelta(days=keep.runs_days)
        with dagster_instance(home_folder()) as instance:
            runs = prune_runs(instance, before, is_dry_run=dry_run)
    if json:
        print_json({"dry_run": dry_run, "tenants": tenants, "dagster_runs": runs})
        return
    columns = ("tenant", "events", "reports", "problem")
    title = "Would be deleted" if dry_run else "Deleted"
    print_table(title, columns, [[one[name] for name in columns] for one in tenants])
    console.print(f"Dagster runs: {runs}")


def _of_tenant(
    installation: Installation, tenant: TenantSettings, *, is_dry_run: bool
) -> dict[str, Any]:
    from portal_pipeline.core.errors import SystemUnavailable  # noqa: PLC0415
    from portal_pipeline.ledger.pruning import prune_events, prune_reports  # noqa: PLC0415

    keep = installation.settings.installation.keep
    ledger = installation.tenant_ledger(tenant)
    entry: dict[str, Any] = {"tenant": tenant.key, "events": 0, "reports": 0, "problem": ""}
    try:
        now = ledger.clock()
    except SystemUnavailable as error:
        return entry | {"problem": str(error)}
    events = now - timedelta(days=keep.events_days)
    reports = now - timedelta(days=keep.runs_days)
    entry["events"] = prune_events(ledger, events, is_dry_run=is_dry_run)
    entry["reports"] = prune_reports(ledger, reports, is_dry_run=is_dry_run)
    return entry
