"""What waits for what, as people read it: lines, sums, and the commands that help."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.findings import Exit
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.ways_out import offered
from portal_pipeline.ledger.waiting import Selected, Total, Waiting
from portal_pipeline.messages import text_of
from portal_pipeline.messages.story import TIME_FORMAT

PROGRAM = "portal-pipeline"
SHORT_CHARS = 90
COLUMNS = ("since", "tenant, document", "amount", "operation", "why", "exits")
WHOLE = ("tenant, document",)
"""Columns whose cells are never broken: keys are copied."""


@dataclass(frozen=True)
class Whereabouts:
    """How a tenant tells time: its zone, and its business clock."""

    zone: ZoneInfo
    now: Callable[[], datetime]


Places = Mapping[str, Whereabouts]
"""By tenant."""


def age_text(age: timedelta) -> str:
    """Days and hours; hours and minutes below a day."""
    minutes = max(0, int(age.total_seconds()) // 60)
    days, hours = divmod(minutes // 60, 24)
    return f"{days}d {hours}h" if days else f"{hours}h {minutes % 60}m"


def exits_of(one: Waiting) -> tuple[Exit, ...]:
    """The ways out that still lead anywhere: what was confirmed needs no other confirmation."""
    exits = offered(one.status, one.finding)
    return tuple(x for x in exits if not (x == Exit.CONFIRM and one.is_confirmed))


def commands_of(one: Waiting) -> list[str]:
    """The exact commands that help; WHY is the reason that the person gives."""
    return [_command(one, way) for way in exits_of(one)]


def _command(one: Waiting, way: Exit) -> str:
    key, tenant = shlex.quote(one.ref.key), shlex.quote(one.tenant)
    if way == Exit.LINK:
        # A payment waits for a CFDI: its finding names which one is to be linked.
        uuid = key if one.operation == Operation.IMPORT else "UUID"
        return f'{PROGRAM} link {uuid} VENDOR/NUMBER --tenant {tenant} --reason "WHY"'
    return (
        f"{PROGRAM} {way.value} {key} --tenant {tenant} "
        f'--operation {one.operation.value} --reason "WHY"'
    )


def waiting_entry(one: Waiting, places: Places, language: str) -> dict[str, Any]:
    """One line as JSON: ``since`` in the tenant's zone, ``amount`` with two decimals."""
    text, action = text_of(one.finding, language) if one.finding else ("", "")
    place = places[one.tenant]
    age = place.now() - one.since
    return {
        "tenant": one.tenant,
        "kind": one.ref.kind.value,
        "key": one.ref.key,
        "counterparty": one.counterparty,
        "amount": None if one.amount is None else f"{one.amount:.2f}",
        "currency": one.currency,
        "operation": one.operation.value,
        "status": one.status.value,
        "finding": one.finding.code if one.finding else "",
        "text": text,
        "next_step": action,
        "since": one.since.astimezone(place.zone).isoformat(timespec="minutes"),
        "age_hours": max(0, int(age.total_seconds()) // 3600),
        "age": age_text(age),
        "asked": _asked(one),
        "exits": [way.value for way in exits_of(one)],
        "commands": commands_of(one),
    }


def _asked(one: Waiting) -> str:
    """What a person has asked for already and the next cycle will do."""
    if one.is_confirmed:
        return "confirmed"
    return "requeued" if one.is_requeued else ""


def waiting_list(found: Selected, places: Places, language: str) -> dict[str, Any]:
    """The lines with their sums, and how many the limit left out."""
    return {
        "waiting": [waiting_entry(one, places, language) for one in found.rows],
        "documents": found.documents,
        "left_out": found.beyond,
        "totals": [_total(code, found.totals[code]) for code in sorted(found.totals)],
    }


def _total(currency: str, total: Total) -> dict[str, Any]:
    return {
        "currency": currency,
        "documents": total.documents,
        "amount": f"{total.amount:.2f}" if currency else None,
    }


def refused_list(found: Selected) -> list[dict[str, Any]]:
    """Operations for which the way out is not possible, grouped by the reason."""
    return [
        {"reason": reason, "count": group.count, "examples": group.examples}
        for reason, group in sorted(found.refused.items())
    ]


# -- tables ----------------------------------------------------------------------------------------


def table_rows(
    found: Sequence[Waiting], places: Places, language: str, *, short: int = SHORT_CHARS
) -> list[list[str]]:
    """The lines of a table with ``COLUMNS``; a cell may have several lines."""
    return [_table_row(one, places, language, short) for one in found]


def _table_row(one: Waiting, places: Places, language: str, short: int) -> list[str]:
    place = places[one.tenant]
    since = one.since.astimezone(place.zone).strftime(TIME_FORMAT)
    text = text_of(one.finding, language)[0] if one.finding else ""
    code = one.finding.code if one.finding else ""
    amount = "" if one.amount is None else f"{one.amount:,.2f} {one.currency}".strip()
    return [
        f"{since}\n{age_text(place.now() - one.since)}",
        f"{one.tenant} {one.ref.kind.value}\n{one.ref.key}",
        "\n".join(part for part in (amount, one.counterparty) if part),
        "\n".join(part for part in (one.operation.value, one.status.value, _asked(one)) if part),
        "\n".join(
            part for part in (code, textwrap.shorten(text, short, placeholder=" ...")) if part
        ),
        "\n".join(way.value for way in exits_of(one)),
    ]


def totals_text(found: Selected) -> str:
    """``3 documents: 1,234.00 MXN (2), amount unknown (1)``."""
    sums = [
        f"{total.amount:,.2f} {code} ({total.documents})"
        for code, total in sorted(found.totals.items())
        if code
    ]
    if "" in found.totals:
        sums.append(f"amount unknown ({found.totals[''].documents})")
    noun = "document" if found.documents == 1 else "documents"
    return f"{found.documents} {noun}: {', '.join(sums)}"


def helping_commands(found: Sequence[Waiting]) -> list[tuple[str, int, list[str]]]:
    """(finding, how many of the lines, exact commands for the oldest of them) by finding."""
    groups: dict[str, list[Waiting]] = {}
    for one in found:
        groups.setdefault(one.finding.code if one.finding else one.status.value, []).append(one)
    return [(code, len(alike), commands_of(alike[0])) for code, alike in sorted(groups.items())]
