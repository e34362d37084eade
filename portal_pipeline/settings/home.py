"""The home: the folder of everything that we keep (design 9)."""

from __future__ import annotations

import os
from pathlib import Path

from portal_pipeline.core.errors import ConfigError

HOME_VARIABLE = "PORTAL_PIPELINE_HOME"
DEFAULT_HOME = ".portal_pipeline"
PRIVATE_FOLDER = 0o700
"""What lies below holds account numbers and tax documents of suppliers."""


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner may enter, and what is missing above it likewise.

    A folder that exists stays as it is: its rights are the operator's.

    Raises:
        ConfigError: it cannot be made.
    """
    if not folder.is_dir():
        private_folder(folder.parent)
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the folder {folder} cannot be made: {error.strerror or error}",
                system="settings",
                remedy=f"make it for this account, or set {HOME_VARIABLE} to one that it may write",
            ) from error
    return folder


def others_can_enter(folder: Path) -> bool:
    """Whether another user of this machine may enter a folder; on Windows it cannot be told."""
    return os.name == "posix" and folder.is_dir() and bool(folder.stat().st_mode & 0o077)


def home_folder() -> Path:
    """Absolute path of the home; it need not exist yet."""
    return Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME).resolve()


def demo_folder() -> Path:
    """Where demos live, each in a folder of its own."""
    return home_folder() / "demo"


def latest_demo() -> Path | None:
    """Folder of the latest demo, or None."""
    pointer = demo_folder() / "latest"
    if not pointer.is_file():
        return None
    folder = demo_folder() / pointer.read_text(encoding="utf-8").strip()
    return folder if folder.is_dir() else None
