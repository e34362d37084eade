"""How commands speak: tables for people on standard output, or one JSON value and nothing else."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from portal_pipeline.core.redaction import UNSHOWABLE, with_visible_controls
from portal_pipeline.messages.story import label, say

WIDTH_WHEN_REDIRECTED = 120
console = Console(
    highlight=False,
    soft_wrap=True,
    width=None if sys.stdout.isatty() else WIDTH_WHEN_REDIRECTED,
)
progress = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress and errors go to standard error, so that ``--json`` stays pure."""


# The second part as rich's own pattern of a tag has it.
_BRACKET = re.compile(r"(\\*)(\[)([a-z#/@][^\[]*?\])?|(\\+)\Z")
HEADINGS = {
    "succeeded": "ok",
    "refused": "re-\nfused",
    "unknown": "un-\nknown",
    "rejected": "re-\njected",
    "out_of_scope": "out of\nscope",
    "acted_total": "acted\never",
}
"""Counts of a cycle in eighty columns; JSON has their full names."""


def print_json(value: Any) -> None:
    """The value as JSON on standard output; what a terminal would obey is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(UNSHOWABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    whole: Sequence[str] = ("tenant", "controller", "time", "key"),
) -> None:
    """A table; numbers are set to the right.

    They and the columns in ``whole`` are never broken to fit a narrow terminal.
    """
    table = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 0),
        pad_edge=False,
        show_edge=False,
    )
    for position, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[position], int) for row in rows)
        table.add_column(
            HEADINGS.get(column, column),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number or column in whole,
        )
    for row in rows:
        table.add_row(*(plain(value) for value in row))
    console.print(table)
    console.print()


def print_story(milestones: Sequence[Mapping[str, Any]], language: str) -> None:
    """A document's milestones, one a line: name, time, text; a name is not repeated."""
    story = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for column in ({"no_wrap": True, "style": "bold"}, {"no_wrap": True}, {"overflow": "fold"}):
        story.add_column(**column)
    before = ""
    for one in milestones:
        name = "" if one["what"] == before else label(one["what"], language)
        happened = bool(one["at"] or one["text"])
        story.add_row(
            name, one["at"] or "", plain(one["text"]) if happened else say("no", language)
        )
        before = one["what"]
    console.print(Padding(story, (0, 0, 1, 2), expand=False))


def plain(value: Any) -> str:
    """Text that is shown as it is: neither markup nor control characters are obeyed; None is empty.

    What others have written (names, numbers, error texts) is printed through it alone.
    """
    return "" if value is None else _BRACKET.sub(_escaped, with_visible_controls(str(value)))


def _escaped(found: re.Match[str]) -> str:
    """A bracket as text.

    Before what rich would take for a tag, and at the end, backslashes are escapes to it.
    """
    backslashes, bracket, tag, at_end = found.groups()
    if not bracket:
        return str(at_end) * 2
    return f"{backslashes * 2 if tag else backslashes}\\[{tag or ''}"
