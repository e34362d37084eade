"""``check``: is my set-up right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import AnyTenantOption, JsonOption, SettingsOption, opened
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress

if TYPE_CHECKING:
    from portal_pipeline.cli.foretelling import Foretold

PLAN_SECONDS = 600.0


def check(
    tenant: AnyTenantOption = None,
    *,
    plan: Annotated[
        bool | None,
        typer.Option(
            "--plan/--no-plan",
            help="Say what the next cycle would do. Else: yes, but not for a sandbox.",
            show_default=False,
        ),
    ] = None,
    plan_seconds: Annotated[
        float, typer.Option(min=0, help="Longest time to plan one company.")
    ] = PLAN_SECONDS,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Test every connection of each tenant, and say what its next cycle would do.

    Per controller: acts by operation, their money, what the guard says of them, and what would
    wait. It is planned as if the tenant were live, on a copy of its ledger that is thrown away:
    nothing is written to Sage, the portal, the ledger or the archive. Exit code 1 when something
    fails.
    """
    from portal_pipeline.cli.context import chosen_keys  # noqa: PLC0415 - quick --help
    from portal_pipeline.cli.foretelling import entry, foretell, is_wanted  # noqa: PLC0415
    from portal_pipeline.cli.probes import probe_tenant  # noqa: PLC0415

    results: list[dict[str, Any]] = []
    plans: list[Foretold] = []
    with opened(settings) as installation:
        source = installation.settings.source
        for key in chosen_keys(installation, tenant):
            of_tenant = installation.tenant_settings(key)
            probed = probe_tenant(installation.settings, of_tenant)
            results += probed
            if not is_wanted(of_tenant.mode, plan):
                continue
            if any(one["result"] == "failed" for one in probed):
                results.append(not_planned(key))
                continue
            told = foretell(installation, key, plan_seconds)
            results += told.checks
            plans.append(told)
    failed = [one for one in results if one["result"] == "failed"]
    if json:
        every = [entry(told) for told in plans]
        print_json({"settings": source, "checks": results, "plans": every, "failed": len(failed)})
    else:
        progress.print(f"settings: {plain(source)}")
        _print(results, plans)
        console.print("all is well" if not failed else f"{len(failed)} failed")
    if failed:
        raise typer.Exit(1)


def not_planned(tenant: str) -> dict[str, Any]:
    """The line of a company whose systems do not answer."""
    text = "not made: first mend what failed above"
    return {"tenant": tenant, "what": "plan", "result": "none", "text": text, "remedy": ""}


def _print(results: list[dict[str, Any]], plans: list[Foretold]) -> None:
    from portal_pipeline.cli.foretelling import print_plans  # noqa: PLC0415 - quick --help

    names = ("tenant", "what", "result", "text", "remedy")
    columns = (*names[:-1], "what to do")
    print_table("Set-up", columns, [[one[name] for name in names] for one in results])
    print_plans(plans)
