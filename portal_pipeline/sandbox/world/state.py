"""What a world remembers beside its stores: arguments, step, and how far each story has come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.sandbox.world.arguments import WorldArguments
from portal_pipeline.sandbox.world.scenes import Progress

FILE = "world.json"


@dataclass(frozen=True)
class WorldState:
    """The small file of a world."""

    arguments: WorldArguments
    sage_url: str | None
    step: int
    progress: Mapping[str, Progress]


def save_state(folder: Path, state: WorldState) -> None:
    """Write the file, whole or not at all."""
    content = {
        "arguments": asdict(state.arguments),
        "sage_url": state.sage_url,
        "step": state.step,
        "progress": {key: [one.played, one.last_step] for key, one in state.progress.items()},
    }
    new = folder / f"{FILE}.new"
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(folder / FILE)


def load_state(folder: Path) -> WorldState:
    """Read the file.

    Raises:
        ConfigError: the folder holds no world.
    """
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(
            f"{folder} holds no world",
            system="sandbox",
            remedy="start a fresh one with `portal-pipeline sandbox serve --new`",
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    return WorldState(
        arguments=WorldArguments(**content["arguments"]),
        sage_url=content["sage_url"],
        step=content["step"],
        progress={key: Progress(*two) for key, two in content["progress"].items()},
    )
