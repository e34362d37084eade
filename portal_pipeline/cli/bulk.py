"""One way out for many documents: selected, shown, asked, done by chunks, told one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.consent import Consent, consent, tell_refusal
from portal_pipeline.cli.context import opened
from portal_pipeline.cli.output import console, plain, print_json
from portal_pipeline.cli.selecting import (
    Filters,
    known_finding,
    places_of,
    print_selected,
    selection_of,
)
from portal_pipeline.core.decisions import OPEN_STATUSES, Status
from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.ways_out import Way, not_offered

if TYPE_CHECKING:
    from portal_pipeline.ledger.people import Answer
    from portal_pipeline.ledger.waiting import Selected
    from portal_pipeline.reports.waiting import Places
    from portal_pipeline.wiring import Installation

YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do it without asking (needed without a terminal).")
]
RowsOption = Annotated[
    int, typer.Option("--rows", min=1, max=10_000, help="Lines printed of those selected.")
]
ROWS = 50
FAILURES_PRINTED = 50

STATUSES: dict[Way, tuple[Status, ...]] = {
    Way.REQUEUE: OPEN_STATUSES,
    Way.DISMISS: OPEN_STATUSES,
    Way.RESTORE: (Status.DISMISSED,),
    Way.ADMIT: (*OPEN_STATUSES, Status.OUT_OF_SCOPE),
    Way.CONFIRM: (Status.HELD,),
}
DID = {
    Way.REQUEUE: "requeued",
    Way.DISMISS: "dismissed",
    Way.RESTORE: "taken back",
    Way.ADMIT: "admitted",
    Way.CONFIRM: "confirmed",
    Way.LINK: "linked",
}


@dataclass(frozen=True)
class Request:
    """What a person wants done with many documents."""

    way: Way
    filters: Filters
    user: str
    reason: str
    yes: bool = False
    rows: int = ROWS
    as_json: bool = False

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Out of scope is looked at only where that is meant: by its finding, or to admit."""
        usual = STATUSES[self.way]
        is_wider = self.filters.finding is not None and usual == OPEN_STATUSES
        return (*usual, Status.OUT_OF_SCOPE) if is_wider else usual


def in_bulk(request: Request, settings: Path | None) -> None:
    """Do it with everything that the filters select and that allows it.

    Raises:
        UsageError: neither a tenant nor a finding narrows it.
        DocumentError: the finding does not offer this way out.
        Exit: 1 when something could not be done, 2 when nobody could be asked.
    """
    from portal_pipeline.ledger.waiting import BULK_MAX, read_for  # noqa: PLC0415 - quick --help

    _check(request)
    with opened(settings) as installation:
        language = installation.settings.installation.language
        selection = selection_of(installation, request.filters, request.statuses)
        places = places_of(installation, selection.tenants)
        found = read_for(installation.ledger, selection, request.way, BULK_MAX)
        if not request.as_json:
            _show(request, found, places, language)
        answer = consent(len(found.rows), request.way.value, yes=request.yes)
        answers: list[Answer] = []
        problems: list[dict[str, Any]] = []
        try:
            if answer == Consent.YES:
                for tenant, one in carry_out(installation, request, found):
                    answers.append(one)
                    problems += [failure(tenant, one)] if one.problem else []
        finally:  # also when the ledger fails midway: what was done before stays done
            if request.as_json:
                _print_json(request, found, places, language, answer, answers, problems)
            elif answer == Consent.YES:
                tell(DID[request.way], answers, problems)
    tell_refusal(answer, is_possible=not found.refused)
    if problems:
        raise typer.Exit(1)


def _check(request: Request) -> None:
    filters = request.filters
    if filters.tenant is None and filters.finding is None:
        raise typer.BadParameter(
            "name a document by its key, or narrow the selection with --tenant or --finding"
        )
    if filters.finding is None or request.way == Way.RESTORE:
        return
    finding = Finding(code=known_finding(filters.finding))
    reason = not_offered(request.way, Status.HELD, finding)
    if reason:
        raise DocumentError(
            f"{request.way.value} is not possible: {reason}",
            remedy=f"see `portal-pipeline held --finding {finding.code}`",
        )


def _show(request: Request, found: Selected, places: Places, language: str) -> None:
    name = request.way.value
    if found.rows:
        print_selected(f"To {name}", found, places, language, rows=request.rows)
    else:
        console.print(f"Nothing to {name}.")
    for reason, group in sorted(found.refused.items()):
        more = group.count - len(group.examples)
        names = ", ".join(group.examples) + (f" and {more} more" if more else "")
        console.print(f"left out, {plain(reason)}: {group.count} ({plain(names)})")
    if found.beyond:
        console.print(
            f"{found.beyond} more are not selected: at most {len(found.rows):,} at once, the "
            "oldest first; run it again for the rest"
        )


def carry_out(
    installation: Installation, request: Request, found: Selected
) -> Iterator[tuple[str, Answer]]:
    """Each of the lines shown, in the state in which it was shown; tenant by tenant."""
    from portal_pipeline.ledger.people import Seen, Wanted, WaysOut  # noqa: PLC0415

    by_tenant: dict[str, list[Wanted]] = {}
    for one in found.rows:
        seen = Seen(one.status, one.finding.code if one.finding else "", one.shown_hash)
        wanted = Wanted(one.ref, one.operation, seen)
        by_tenant.setdefault(one.tenant, []).append(wanted)
    for tenant, wanted_here in by_tenant.items():
        ledger = installation.tenant_ledger(installation.tenant_settings(tenant))
        ways = WaysOut(ledger, user=request.user, reason=request.reason)
        yield from ((tenant, answer) for answer in ways.do(request.way, wanted_here))


def failure(tenant: str, one: Answer) -> dict[str, Any]:
    """What was not done, as JSON."""
    return {
        "tenant": tenant,
        "kind": one.wanted.ref.kind.value,
        "key": one.wanted.ref.key,
        "operation": one.wanted.operation.value,
        "problem": one.problem,
    }


def _print_json(
    request: Request,
    found: Selected,
    places: Places,
    language: str,
    answer: Consent,
    answers: list[Answer],
    problems: list[dict[str, Any]],
) -> None:
    from portal_pipeline.reports.waiting import refused_list, waiting_list  # noqa: PLC0415

    print_json(
        {
            "way": request.way.value,
            **waiting_list(found, places, language),
            "not_possible": refused_list(found),
            "answer": answer.value,
            "done": len(answers) - len(problems),
            "failed": problems,
        }
    )


def tell(did: str, answers: Iterable[Answer], problems: list[dict[str, Any]]) -> None:
    """How many were done, and each that was not."""
    total = len(list(answers))
    console.print(f"{did}: {total - len(problems)} of {total}; `trace KEY` shows who and why")
    for one in problems[:FAILURES_PRINTED]:
        console.print(
            f"not done: {plain(one['tenant'])} {one['kind']} {plain(one['key'])} "
            f"{one['operation']}: {plain(one['problem'])}"
        )
    if len(problems) > FAILURES_PRINTED:
        console.print(f"and {len(problems) - FAILURES_PRINTED} more (--json lists them)")
