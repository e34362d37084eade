"""How commands select operations: by tenant, finding, controller, operation and age."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from portal_pipeline.cli.context import chosen_keys
from portal_pipeline.cli.output import console, plain, print_table
from portal_pipeline.core.decisions import OPEN_STATUSES, Status
from portal_pipeline.core.identity import ControllerName, Operation

if TYPE_CHECKING:
    from portal_pipeline.ledger.waiting import Selected, Selection
    from portal_pipeline.reports.waiting import Places
    from portal_pipeline.wiring import Installation

FindingOption = Annotated[
    str | None, typer.Option("--finding", "-f", help="Only what waits with this finding (code).")
]
ControllerOption = Annotated[
    ControllerName | None,
    typer.Option("--controller", "-c", help="Only the business of this controller."),
]
OlderOption = Annotated[
    str | None,
    typer.Option("--older-than", help="Only what waits at least this long: 3d, 12h."),
]
StuckOption = Annotated[
    bool,
    typer.Option("--stuck", help="Only what will not move by itself any more."),
]
AGE = re.compile(r"([0-9]{1,5})([dh])")


@dataclass(frozen=True)
class Filters:
    """What narrows a selection; None: nothing."""

    tenant: str | None = None
    finding: str | None = None
    controller: ControllerName | None = None
    operation: Operation | None = None
    older_than: str | None = None
    is_stuck: bool | None = None

    @property
    def is_given(self) -> bool:
        """Whether any of them is."""
        return any(value is not None for value in vars(self).values())


def duration(text: str) -> timedelta:
    """``3d`` or ``12h``.

    Raises:
        BadParameter: it is neither.
    """
    match = AGE.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is no age; write days or hours, such as 3d or 12h",
            param_hint="'--older-than'",
        )
    number = int(match[1])
    return timedelta(days=number) if match[2] == "d" else timedelta(hours=number)


def known_finding(code: str) -> str:
    """The code.

    Raises:
        BadParameter: there is no such finding; names those that look like it.
    """
    from portal_pipeline.core.findings import load_all  # noqa: PLC0415 - quick --help

    codes = load_all()
    if code in codes:
        return code
    alike = difflib.get_close_matches(code, codes, n=3)
    meant = f"; did you mean {', '.join(alike)}?" if alike else "; docs/findings.md lists them"
    raise typer.BadParameter(f"there is no finding {code!r}{meant}", param_hint="'--finding'")


def selection_of(
    installation: Installation, filters: Filters, statuses: Sequence[Status] = OPEN_STATUSES
) -> Selection:
    """What the filters mean in this installation.

    Raises:
        BadParameter: an age or finding is wrong.
        ConfigError: there is no such tenant.
    """
    from portal_pipeline.ledger.health import Business  # noqa: PLC0415 - quick --help
    from portal_pipeline.ledger.waiting import Selection  # noqa: PLC0415
    from portal_pipeline.orchestration.health import OPERATIONS_OF  # noqa: PLC0415

    age = duration(filters.older_than) if filters.older_than is not None else None
    finding = known_finding(filters.finding) if filters.finding is not None else ""
    keys = chosen_keys(installation, filters.tenant)
    since_until = None
    if age is not None:
        # To the minute, so that tenants on one clock share one condition of the statement.
        since_until = {
            key: place.now().replace(second=0, microsecond=0) - age
            for key, place in places_of(installation, keys).items()
        }
    controller = filters.controller
    return Selection(
        tenants=keys,
        statuses=statuses,
        finding=finding,
        operation=filters.operation,
        business=Business(*OPERATIONS_OF[controller]) if controller else None,
        since_until=since_until,
        stuck=doubt_limits(installation, keys) if filters.is_stuck else None,
    )


def doubt_limits(installation: Installation, keys: Sequence[str]) -> dict[str, timedelta]:
    """By tenant, how long the answer of a write may stay unknown."""
    hours = {key: installation.tenant_settings(key).timing.in_doubt_too_long_hours for key in keys}
    return {key: timedelta(hours=limit) for key, limit in hours.items()}


def places_of(installation: Installation, keys: Sequence[str]) -> Places:
    """Zone and clock of each tenant."""
    from portal_pipeline.reports.waiting import Whereabouts  # noqa: PLC0415 - quick --help

    return {
        key: Whereabouts(ZoneInfo(one.zone), installation.tenant_ledger(one).clock)
        for key in keys
        for one in (installation.tenant_settings(key),)
    }


def print_selected(
    title: str,
    found: Selected,
    places: Places,
    language: str,
    *,
    rows: int | None = None,
    more: str = "--rows",
) -> None:
    """The table, its sums, and what is not shown; ``more`` is the option that shows it."""
    from portal_pipeline.reports.waiting import (  # noqa: PLC0415 - quick --help
        COLUMNS,
        WHOLE,
        table_rows,
        totals_text,
    )

    shown = found.rows[:rows]
    print_table(title, COLUMNS, table_rows(shown, places, language), WHOLE)
    console.print(plain(totals_text(found)))
    if len(shown) < len(found.rows):
        console.print(f"{len(found.rows) - len(shown)} of them are not printed ({more})")
