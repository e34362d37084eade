"""What most commands begin with: settings, installation, and the options they share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_pipeline.settings import Settings, load_settings
from portal_pipeline.settings.loading import SETTINGS_VARIABLE

if TYPE_CHECKING:
    from portal_pipeline.wiring import Installation

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        help="Settings file. Else PORTAL_PIPELINE_SETTINGS, the environment, ./tenants.toml, the "
        "home, or the latest demo.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON value on standard output, nothing else.")
]
TenantOption = Annotated[str, typer.Option("--tenant", "-t", help="Key of the tenant.")]
AnyTenantOption = Annotated[
    str | None, typer.Option("--tenant", "-t", help="Only this tenant; else all.")
]


def settings_of(path: Path | None) -> Settings:
    """The settings; child processes and Dagster's code find the same ones."""
    settings = load_settings(path)
    if path is not None:
        os.environ[SETTINGS_VARIABLE] = str(path.resolve())
    return settings


@contextmanager
def opened(path: Path | None) -> Iterator[Installation]:
    """The installation, closed at the end."""
    from portal_pipeline.wiring import Installation  # noqa: PLC0415 - keeps --help quick

    installation = Installation(settings_of(path))
    try:
        yield installation
    finally:
        installation.close()


def chosen_keys(installation: Installation, tenant: str | None) -> list[str]:
    """Keys of the tenants asked for.

    Raises:
        ConfigError: there is no such tenant.
    """
    if tenant is None:
        return [one.key for one in installation.settings.tenants]
    return [installation.tenant_settings(tenant).key]
