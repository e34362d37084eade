"""Asking a person before many documents are touched."""

from __future__ import annotations

import sys
from enum import StrEnum

import typer

from portal_pipeline.cli.output import progress


class Consent(StrEnum):
    """What the person said."""

    YES = "yes"
    NO = "no"
    NO_TERMINAL = "no_terminal"
    """There is nobody to ask."""
    NOTHING = "nothing"
    """There was nothing to ask about."""


def consent(count: int, what: str, *, yes: bool) -> Consent:
    """Whether to do it: ``--yes``, or the number of lines typed at a terminal.

    The number proves that the sum was read; y is typed by habit. The question goes to standard
    error, so that ``--json`` stays pure.
    """
    if not count:
        return Consent.NOTHING
    if yes:
        return Consent.YES
    if not sys.stdin.isatty():
        return Consent.NO_TERMINAL
    question = f"Type {count} to {what} these {count}, anything else to leave them as they are"
    try:
        typed = typer.prompt(question, default="", show_default=False, err=True)
    except typer.Abort:
        return Consent.NO
    return Consent.YES if str(typed).strip() == str(count) else Consent.NO


def tell_refusal(answer: Consent, *, is_possible: bool) -> None:
    """Say why nothing is done, and end: 1 for a no, 2 where nobody could be asked.

    Raises:
        Exit: always, except after a yes and where there was nothing to do at all.
    """
    match answer:
        case Consent.NO:
            progress.print("Nothing was done.")
            raise typer.Exit(1)
        case Consent.NO_TERMINAL:
            progress.print(
                "Nothing was done: there is no terminal to ask at. Look at the list, then say "
                "--yes to do it."
            )
            raise typer.Exit(2)
        case Consent.NOTHING:
            if not is_possible:
                raise typer.Exit(1)
        case Consent.YES:
            pass
