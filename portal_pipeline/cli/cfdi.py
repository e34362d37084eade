"""``cfdi check``: is this file a CFDI, does it add up, are its seal and its form sound?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_pipeline.cli.context import JsonOption
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.core.errors import DocumentError

if TYPE_CHECKING:
    from portal_pipeline.cfdi.check_files import CfdiCheck

app = typer.Typer(no_args_is_help=True, help="Look at CFDI files.")


@app.callback()
def cfdi() -> None:
    """Look at CFDI files."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Files to check.")],
    *,
    accept_test_certificates: Annotated[
        bool,
        typer.Option(
            "--accept-test-certificates",
            help="Be silent about certificates of the SAT's test authorities.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Print a verdict for each file.

    Seal and schema are checked where the extra is installed: pip install portal-pipeline[sat].
    Exit code 1 when any file is not readable or has an error finding.
    """
    from portal_pipeline.cfdi.check_files import check_file  # noqa: PLC0415 - quick --help

    checks: list[CfdiCheck] = []
    unopened: list[DocumentError] = []
    for path in files:
        try:
            checks.append(check_file(path, accept_test_certificates=accept_test_certificates))
        except DocumentError as error:  # the other files get their verdict all the same
            unopened.append(error)
    if json:
        print_json([one.as_json() for one in checks])
    else:
        for one in checks:
            _print(one)
    for failure in unopened:
        progress.print(f"[bold red]error[/] {plain(failure)}")
    if unopened or not all(one.is_sound for one in checks):
        raise typer.Exit(1)


def _print(one: CfdiCheck) -> None:
    console.print(f"[bold]{plain(one.file)}[/]: {one.verdict} {plain(one.reason)}")
    if one.verdict != "readable":
        return
    console.print(
        f"  {plain(one.version)} {plain(one.type)} {plain(one.uuid)}  {plain(one.issuer_rfc)} -> "
        f"{plain(one.receiver_rfc)}  {plain(one.total)} {plain(one.currency)}  "
        f"{one.lines} line(s)  seal {one.seal}, schema {one.schema_}"
    )
    missing = _not_checked(one)
    if missing:
        console.print(f"  {plain(missing)}")
    if one.findings:
        print_table(
            "Findings",
            ("code", "severity", "text"),
            [[found.code, found.severity, found.text] for found in one.findings],
        )


def _not_checked(one: CfdiCheck) -> str:
    """What was not checked for want of the extra, and what to do about it."""
    from portal_pipeline.cfdi.sat.data import INSTALL  # noqa: PLC0415 - quick --help
    from portal_pipeline.cfdi.sat.schema import schemas  # noqa: PLC0415 - quick --help
    from portal_pipeline.cfdi.sat.seal import is_installed  # noqa: PLC0415 - quick --help

    lacking = [
        name
        for name, verdict, is_here in (
            ("seal", one.seal, is_installed),
            ("schema", one.schema_, lambda: schemas() is not None),
        )
        if verdict == "not_checked" and not is_here()
    ]
    return f"{' and '.join(lacking)} not checked: {INSTALL}" if lacking else ""
