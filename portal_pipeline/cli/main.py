"""``portal-pipeline``: one command with a sub-command for each question a person can ask."""

from __future__ import annotations

import logging
import sys

import typer

from portal_pipeline import __version__
from portal_pipeline.cli import (
    cfdi,
    check,
    demo,
    held,
    prune,
    run,
    sandbox,
    status,
    trace,
    up,
    ways_out,
)
from portal_pipeline.cli.output import plain, progress
from portal_pipeline.core.errors import ConfigError, PipelineError

EXIT_FAILED = 1
EXIT_CONFIG = 2

app = typer.Typer(
    name="portal-pipeline",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps Sage 300 and Portal de Proveedores in step for many companies: nothing lost, "
    "nothing twice, nothing silent.",
)
app.command()(demo.demo)
app.command()(check.check)
app.command()(run.run)
app.command()(status.status)
app.command()(held.held)
app.command()(trace.trace)
app.command()(ways_out.requeue)
app.command()(ways_out.link)
app.command()(ways_out.dismiss)
app.command()(ways_out.admit)
app.command()(ways_out.confirm)
app.command()(prune.prune)
app.command()(up.up)
app.add_typer(cfdi.app, name="cfdi")
app.add_typer(sandbox.app, name="sandbox")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point: our errors become a clear line and an exit code, never a stack trace."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s"
    )
    try:
        app()
    except ConfigError as error:
        progress.print(f"[bold red]error[/] {plain(error)}")
        sys.exit(EXIT_CONFIG)
    except PipelineError as error:
        progress.print(f"[bold red]error[/] {plain(error)}")
        sys.exit(EXIT_FAILED)
