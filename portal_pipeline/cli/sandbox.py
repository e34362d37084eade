"""``sandbox serve``: both remote systems simulated, to be used like the real ones."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_pipeline.cli.context import JsonOption
from portal_pipeline.cli.output import console, plain, print_json, progress
from portal_pipeline.core.errors import ConfigError
from portal_pipeline.settings.home import demo_folder, latest_demo, private_folder

if TYPE_CHECKING:
    from portal_pipeline.sandbox.world import World

app = typer.Typer(no_args_is_help=True, help="The simulated world.")
SIZES = ("small", "default", "large")
FOLDERS_MAX = 10_000


@app.callback()
def sandbox() -> None:
    """The simulated world."""


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option("--port", help="Port; a resumed world keeps its own.")] = 0,
    every: Annotated[
        float | None, typer.Option("--every", min=1, help="Move on by itself, each SECONDS.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="A fresh world, not the latest.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of a fresh world.")] = 7,
    tenants: Annotated[int, typer.Option("--tenants", min=1, max=50, help="Companies.")] = 3,
    size: Annotated[str, typer.Option("--size", help="small, default or large.")] = "default",
    sage_url: Annotated[
        str | None, typer.Option("--sage-url", help="SQLAlchemy URL with {database} in it.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Serve the latest world, or a fresh one, until Ctrl-C or SIGTERM.

    POST /sandbox/advance moves it on by a step; GET /sandbox/clock tells its time.
    """
    folder = None if new else latest_demo()
    if folder is None:
        folder, chosen, world = new_world(
            seed=seed, tenants=tenants, size=size, sage_url=sage_url, port=port
        )
    else:
        chosen, world = resumed_world(folder)
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    try:
        with served(world, chosen):
            _make_known(world)
            _announce(folder, world, as_json=json)
            _move_on(world, every, stopped)
    finally:
        world.close()


def _make_known(world: World) -> None:
    """Its tenants are partitions from the start: ``dagster asset materialize`` needs no daemon."""
    from portal_pipeline.orchestration.instance import (  # noqa: PLC0415 - quick --help
        add_missing_partitions,
        dagster_instance,
    )
    from portal_pipeline.settings import home_folder  # noqa: PLC0415 - quick --help

    with dagster_instance(home_folder()) as instance:
        add_missing_partitions(
            instance, [one["tenant"] for one in world.connection_facts()["tenants"]]
        )


def _announce(folder: Path, world: World, *, as_json: bool) -> None:
    facts = {**world.connection_facts(), "settings": str(folder / "tenants.toml")}
    if as_json:
        print_json(facts)
        return
    console.print(f"[bold]sandbox[/] {plain(facts['url'])}  {world.now():%d/%m/%Y %H:%M} UTC")
    console.print(f"settings: {plain(facts['settings'])}")
    for tenant in facts["tenants"]:
        console.print(
            f"[bold]{plain(tenant['tenant'])}[/]  {plain(tenant['name'])}  {tenant['rfc']}"
        )
        for name, value in tenant.items():
            if name not in ("tenant", "name", "rfc"):
                console.print(f"  {name:<22} {plain(value)}")


def _move_on(world: World, every: float | None, stopped: threading.Event) -> None:
    while not stopped.wait(every):
        try:
            summary = world.advance()
        except ConfigError as error:  # the world has caught up with the real time
            progress.print(plain(error))
            stopped.wait()
            return
        progress.print(f"{summary.now:%d/%m/%Y %H:%M}  step {summary.step}")


def new_world(
    *, seed: int, tenants: int, size: str, sage_url: str | None, port: int = 0
) -> tuple[Path, int, World]:
    """A fresh world in a folder of its own, which becomes the latest demo."""
    from portal_pipeline.sandbox.world import World, WorldArguments  # noqa: PLC0415 - quick --help

    if size not in SIZES:
        raise ConfigError(f"--size {size} is not known", remedy=f"use one of: {', '.join(SIZES)}")
    if sage_url is not None and "{database}" not in sage_url:
        raise ConfigError("--sage-url lacks {database}", remedy="put {database} in its place")
    folder = _next_folder()
    chosen = port or free_port()
    world = World.create(
        folder,
        WorldArguments(seed=seed, tenants=tenants, size=size),
        base_url=f"http://127.0.0.1:{chosen}",
        sage_url=sage_url,
    )
    (folder / "tenants.toml").write_text(world.tenants_toml(), encoding="utf-8")
    (folder / "port").write_text(str(chosen), encoding="utf-8")
    (demo_folder() / "latest").write_text(folder.name, encoding="utf-8")
    return folder, chosen, world


def resumed_world(folder: Path) -> tuple[int, World]:
    """The world of a folder, on the port that its settings name."""
    from portal_pipeline.sandbox.world import World  # noqa: PLC0415 - quick --help

    chosen = int((folder / "port").read_text(encoding="utf-8"))
    return chosen, World.resume(folder, base_url=f"http://127.0.0.1:{chosen}")


def _next_folder() -> Path:
    base = demo_folder()
    private_folder(base)
    for number in range(1, FOLDERS_MAX):
        folder = base / f"{number:04d}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise ConfigError(f"{base} holds {FOLDERS_MAX} demos", remedy="remove old ones")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(world: World, port: int) -> Iterator[None]:
    """The world behind its web server.

    Raises:
        ConfigError: the port is taken.
    """
    from portal_pipeline.sandbox.server import SandboxServer  # noqa: PLC0415 - quick --help

    try:
        server = SandboxServer(world.handlers(), port=port)
    except OSError as error:
        raise ConfigError(
            f"port {port} is taken", remedy="is another sandbox running? stop it first"
        ) from error
    with server:
        yield
