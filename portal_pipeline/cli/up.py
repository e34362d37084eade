"""``up``: the three running modes (UI and scheduler, UI only, scheduler only)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from portal_pipeline.cli.context import SettingsOption
from portal_pipeline.cli.output import plain, progress
from portal_pipeline.core.errors import ConfigError
from portal_pipeline.settings.models import LOOPBACK

DEFAULT_PORT = 3030
STOP_TIMEOUT_S = 30.0
POLL_S = 0.2


def up(
    *,
    web_only: Annotated[bool, typer.Option("--web-only", help="Only the UI.")] = False,
    background_only: Annotated[
        bool, typer.Option("--background-only", help="Only scheduler and runs.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a sandbox too, that moves by itself.")
    ] = False,
    every: Annotated[
        float, typer.Option("--every", min=1, help="With --demo: seconds between its steps.")
    ] = 20.0,
    port: Annotated[int, typer.Option("--port", "-p", help="Port of the UI.")] = DEFAULT_PORT,
    host: Annotated[
        str, typer.Option("--host", help="Address of the UI; it has no login of its own.")
    ] = "127.0.0.1",
    settings: SettingsOption = None,
) -> None:
    """Start the product: UI and scheduler, or one of them. Stop it with Ctrl-C or SIGTERM."""
    from portal_pipeline.orchestration.instance import make_dagster_storage  # noqa: PLC0415
    from portal_pipeline.settings import home_folder  # noqa: PLC0415

    if web_only and background_only:
        raise ConfigError(
            "--web-only and --background-only exclude each other", remedy="give none for both"
        )
    if not background_only:
        _refuse_taken_port(host, port)
    environment = dict(os.environ)
    if settings is not None:
        environment["PORTAL_PIPELINE_SETTINGS"] = str(settings.resolve())
    environment["PORTAL_PIPELINE_HOME"] = str(home_folder())
    environment["DAGSTER_HOME"] = str(make_dagster_storage(home_folder()))
    commands = []
    if demo:
        commands.append(_sandbox_command(every))
    if not background_only:
        commands.append(_dagster_command("dagster-webserver", "-h", host, "-p", str(port)))
    if not web_only:
        commands.append(_dagster_command("dagster-daemon", "run"))
    if not background_only:
        progress.print(f"UI: http://{host}:{port}  (Ctrl-C stops)")
        if host not in LOOPBACK:
            progress.print(
                "[bold red]anybody who reaches this address can see every document and start or "
                "stop runs[/]: the UI has no login; put a proxy that asks for one before it "
                "(docs/threats.md)"
            )
    raise typer.Exit(_supervise(commands, environment))


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} on {host} is taken", remedy="stop what uses it, or choose --port"
            ) from error


def _dagster_command(program: str, *arguments: str) -> list[str]:
    """A Dagster program of this environment, on our code location."""
    folder = Path(sys.executable).parent
    return [
        str(folder / program),
        *arguments,
        "-m",
        "portal_pipeline.definitions",
    ]


def _sandbox_command(every: float) -> list[str]:
    return [
        sys.executable,
        "-m",
        "portal_pipeline.cli",
        "sandbox",
        "serve",
        "--every",
        str(every),
    ]


def _supervise(commands: list[list[str]], environment: dict[str, str]) -> int:
    """Run the programs until one ends or we are asked to stop; then stop all of them.

    Each gets a process group of its own with SIGINT at its default, because Dagster copies that
    handler to SIGTERM.
    """
    asked_to_stop = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    processes: list[subprocess.Popen[bytes]] = []
    code = 0
    try:
        processes.extend(_started(command, environment) for command in commands)
        while not asked_to_stop:
            ended = next((p for p in processes if p.poll() is not None), None)
            if ended is not None:
                progress.print(f"{plain(ended.args)} ended; stopping")
                code = ended.returncode or 1
                break
            time.sleep(POLL_S)
    finally:
        _stop(processes)
    return code


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own programs, fixed arguments
        command,
        env=environment,
        start_new_session=True,
        preexec_fn=_default_interrupt if os.name == "posix" else None,  # noqa: PLW1509 - one thread
    )


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
    give_up_at = time.monotonic() + STOP_TIMEOUT_S
    for process in processes:
        try:
            process.wait(timeout=max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
