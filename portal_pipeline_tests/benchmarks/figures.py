"""How the benchmarks print what they measured, and what they measure a process by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import psutil

MEBIBYTE = 1 << 20


def show(
    figures: Mapping[str, object], write: Callable[[str], object], *, as_json: bool = False
) -> None:
    """One line per figure, or all of them as JSON."""
    if as_json:
        write(json.dumps(figures))
        return
    for name, value in figures.items():
        write(f"{name:32} {value}")


def rss_mb() -> float:
    """Resident memory of this process, in MiB."""
    return float(psutil.Process().memory_info().rss) / MEBIBYTE
