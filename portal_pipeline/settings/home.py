"""The home: the folder of everything that we keep (design 9)."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "PORTAL_PIPELINE_HOME"
DEFAULT_HOME = ".portal_pipeline"


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
