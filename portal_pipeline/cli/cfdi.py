"""``cfdi check``: is this file a CFDI, and does it add up?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from portal_pipeline.cli.context import JsonOption
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.core.errors import DocumentError

app = typer.Typer(no_args_is_help=True, help="Look at CFDI files.")


@app.callback()
def cfdi() -> None:
    """Look at CFDI files."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Files to check.")],
    *,
    json: JsonOption = False,
) -> None:
    """Print a verdict for each file.

    Exit code 1 when any file is not readable or has an error finding.
    """
    from portal_pipeline.cfdi.check_files import check_file  # noqa: PLC0415 - quick --help

    checks: list[dict[str, Any]] = []
    unopened: list[DocumentError] = []
    for path in files:
        try:
            checks.append(check_file(path).as_json())
        except DocumentError as error:  # the other files get their verdict all the same
            unopened.append(error)
    if json:
        print_json(checks)
    else:
        for one in checks:
            _print(one)
    is_bad = any(
        one["verdict"] != "readable" or any(f["severity"] == "error" for f in one["findings"])
        for one in checks
    )
    for failure in unopened:
        progress.print(f"[bold red]error[/] {plain(failure)}")
    if is_bad or unopened:
        raise typer.Exit(1)


def _print(one: dict[str, Any]) -> None:
    console.print(f"[bold]{plain(one['file'])}[/]: {one['verdict']} {plain(one['reason'] or '')}")
    if one["verdict"] != "readable":
        return
    console.print(
        f"  {one['version']} {one['type']} {plain(one['uuid'])}  {plain(one['issuer_rfc'])} -> "
        f"{plain(one['receiver_rfc'])}  {one['total']} {one['currency']}  {one['lines']} line(s)  "
        f"seal {one['seal']}, schema {one['schema']}"
    )
    if one["findings"]:
        print_table(
            "Findings",
            ("code", "severity", "text"),
            [[f["code"], f["severity"], f["text"]] for f in one["findings"]],
        )
