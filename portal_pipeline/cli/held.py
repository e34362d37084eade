"""``held``: what waits for what, oldest first?"""

from __future__ import annotations

from typing import Annotated

import typer

from portal_pipeline.cli.context import AnyTenantOption, JsonOption, SettingsOption, opened
from portal_pipeline.cli.output import console, plain, print_json
from portal_pipeline.cli.selecting import (
    ControllerOption,
    Filters,
    FindingOption,
    OlderOption,
    StuckOption,
    places_of,
    print_selected,
    selection_of,
)

LIMIT = 100
LIMIT_MAX = 100_000


def held(
    tenant: AnyTenantOption = None,
    controller: ControllerOption = None,
    finding: FindingOption = None,
    older_than: OlderOption = None,
    *,
    stuck: StuckOption = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=LIMIT_MAX, help="How many lines at most.")
    ] = LIMIT,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """List what waits for what, oldest first, with amounts and the commands that help.

    The sums are of everything that waits; what the limit leaves out is counted. With --stuck only
    what nobody but a person moves: rejected, refused for good, attempts used up, in doubt for long.
    """
    from portal_pipeline.ledger.waiting import read_held  # noqa: PLC0415 - quick --help
    from portal_pipeline.reports.waiting import helping_commands, waiting_list  # noqa: PLC0415

    filters = Filters(tenant, finding, controller, None, older_than, stuck or None)
    with opened(settings) as installation:
        language = installation.settings.installation.language
        selection = selection_of(installation, filters)
        places = places_of(installation, selection.tenants)
        found = read_held(installation.ledger, selection, limit)
        if json:
            print_json(waiting_list(found, places, language))
            return
        if not found.rows:
            console.print("Nothing waits." if not filters.is_given else "Nothing waits like this.")
            return
        print_selected("Waiting, oldest first", found, places, language)
    if found.beyond:
        console.print(f"{found.beyond} more lines are not shown (--limit {limit})")
    console.print("\n[bold]What helps[/] (for the oldest of each finding; WHY is your reason)")
    for code, count, commands in helping_commands(found.rows):
        console.print(f"  {code}: {count}")
        for command in commands or ["nothing to do by hand: it goes by itself"]:
            console.print(f"    {plain(command)}")
    console.print(
        "Many at once: leave out the key and say --finding CODE, for example "
        '`portal-pipeline requeue --finding CODE --reason "WHY"`.'
    )
