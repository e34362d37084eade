"""``run``: do a tenant's cycle now, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import JsonOption, SettingsOption, TenantOption, opened
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import COUNTS

if TYPE_CHECKING:
    from portal_pipeline.cli.running import RunResult

COLUMNS = ("controller", *COUNTS)


def run(
    tenant: TenantOption,
    step: Annotated[
        list[ControllerName] | None,
        typer.Option("--step", "-s", help="Only this step; may be given more than once."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; write nothing remote.")
    ] = False,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Run the Dagster job for one tenant in this process, under its lease (no daemon needed).

    Exit code 0: every step did its work (documents may be held or refused: see the table and
    `status`). 1: a step could not do its work. 2: the settings are wrong.
    """
    from portal_pipeline.cli.running import run_tenant  # noqa: PLC0415
    from portal_pipeline.orchestration.instance import dagster_instance  # noqa: PLC0415
    from portal_pipeline.settings import home_folder  # noqa: PLC0415

    with opened(settings) as installation:
        key = installation.tenant_settings(tenant).key
        progress.print(f"settings: {plain(installation.settings.source)}")
        with dagster_instance(home_folder()) as instance:
            result = run_tenant(instance, key, steps=step or (), is_dry_run=dry_run)
        reports = _reports(installation, key, result.run_id)
        if json:
            print_json(
                {
                    "tenant": key,
                    "run_id": result.run_id,
                    "success": result.is_success,
                    "failures": result.failures,
                    "controllers": reports,
                }
            )
        else:
            _print(key, reports, result, step or list(ControllerName))
    if not result.is_success:
        raise typer.Exit(1)


def _print(
    key: str, reports: list[dict[str, Any]], result: RunResult, asked: list[ControllerName]
) -> None:
    title = f"{key}  run {result.run_id}"
    if reports:
        print_table(title, COLUMNS, [[entry[name] for name in COLUMNS] for entry in reports])
    else:
        console.print(plain(title))
    for name, text in result.failures.items():
        console.print(f"[bold red]{plain(name)} failed[/] {plain(text)}")
    ended = {entry["controller"] for entry in reports} | set(result.failures)
    waiting = [step.value for step in asked if step.value not in ended]
    if waiting:
        console.print(f"not run, because they wait for a step that failed: {', '.join(waiting)}")


def _reports(installation: Any, key: str, run_id: str) -> list[dict[str, Any]]:
    from portal_pipeline.ledger.reports import acted_total, reports_of_run  # noqa: PLC0415
    from portal_pipeline.reports.overview import controller_entry  # noqa: PLC0415

    ledger = installation.tenant_ledger(installation.tenant_settings(key))
    return [
        controller_entry(report.controller, report, acted_total(ledger, report.controller))
        for report in reports_of_run(ledger, run_id)
    ]
