"""Files that appear in a folder whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PRIVATE = 0o600
"""Permissions of a file that only its owner may read."""


def write_atomically(
    target: Path, data: bytes, *, temporary: str = ".new-", mode: int = PRIVATE
) -> None:
    """Put a file in place by rename, once its bytes are on the disk; its folder must exist.

    Args:
        target: where it appears; a file of that name is replaced.
        data: its bytes.
        temporary: how the name of the unfinished file begins; 16 hexadecimal digits follow. A
            crash leaves at most that file.
        mode: permissions, less the process's umask.

    Raises:
        OSError: it cannot be written; the target is as before, and nothing else is left.
    """
    unfinished = target.with_name(f"{temporary}{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(unfinished, flags, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and a rename is kept with it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
