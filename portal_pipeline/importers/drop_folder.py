"""The folder from which a tenant's import program takes its XML files.

The program may read the folder at any moment, so a file appears in it whole or not at all, and
a missing file means no more than that the program, or a person, moved it. Source: sync rules 3.3
and 4; CFDI sheet 9, step 6.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from heapq import nlargest
from pathlib import Path
from typing import NamedTuple

from portal_pipeline.archive.atomic import sync_folder, write_atomically
from portal_pipeline.core.errors import PipelineError

BYTES_MAX = 50_000_000
FILES_MAX = 100_000
"""Files in the folder; a folder with more is not listed."""
STALE_AFTER = timedelta(hours=1)
UNFINISHED = ".portal-pipeline-"
"""Begins the name of a file that is being written; never ``.xml`` at its end, not even in the
short names by which Windows matches ``*.xml``."""
OUR_NAMES = re.compile(
    r"(?:[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|providers-[A-Z0-9_-]+)\.xml", re.IGNORECASE
)
"""``UUID.xml`` and ``providers-....xml``."""

_SHARED = 0o666
"""The program, and the people who look after it, may be other users; the umask decides."""
_SAFE = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9._-]{0,118}[A-Za-z0-9_-])?")
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever their ending."""


class DropFolderError(PipelineError):
    """The import program's folder cannot be read or written as asked."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, system="importer_program", remedy=remedy)


class Change(StrEnum):
    """What putting a file changed in the folder."""

    NEW = "new"
    SAME = "same"
    """A file of that name and with these bytes was there; it was left alone."""
    REPLACED = "replaced"
    """A file of that name with other bytes was there."""


class Put(NamedTuple):
    """A file that is in the folder now."""

    sha256: str
    """Of its bytes, 64 lower-case hexadecimal digits."""
    change: Change


class Waiting(NamedTuple):
    """A file of ours that the program has not taken yet."""

    name: str
    age: timedelta
    """Since it was written, by the clock of this machine; never negative."""


class DropFolder:
    """One tenant's folder. It is never created here: its place is the program's own setting.

    One writer at a time: the lease of the tenant sees to it.

    Args:
        folder: where the program looks for its files.
        ours: names of the files that are ours, whole; others belong to somebody else.
        now: seconds since 1970, for ages.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ours: re.Pattern[str] = OUR_NAMES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._ours = ours
        self._now = now
        self._is_swept = False

    def problem(self) -> str:
        """Why the folder cannot be used, empty when it can; nothing is written to find out.

        On Windows only the folder's existence is certain: :meth:`put` says the rest.
        """
        if not self._folder.exists():
            return f"the import program's folder {self._folder} does not exist"
        if not self._folder.is_dir():
            return f"the import program's folder {self._folder} is a file"
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            return f"the import program's folder {self._folder} may not be read and written by us"
        return ""

    def put(self, name: str, data: bytes) -> Put:
        """Put a file, on the disk when this returns.

        Args:
            name: as it shall appear; letters, digits, ``_``, ``-`` and ``.``.
            data: its bytes.

        Raises:
            DropFolderError: the name is not safe, the file is too large, or the folder cannot be
                written; what was there is as before.
        """
        target = self._folder / _safe(name)
        if len(data) > BYTES_MAX:
            raise _too_large(name)
        digest = hashlib.sha256(data).hexdigest()
        with self._explained(f"{name} cannot be put into"):
            self._sweep()
            present = _bytes_if_present(target, len(data))
            if present == data:
                return Put(digest, Change.SAME)
            write_atomically(target, data, temporary=UNFINISHED, mode=_SHARED)
        return Put(digest, Change.NEW if present is None else Change.REPLACED)

    def present(self, names: Collection[str]) -> frozenset[str]:
        """Which of these files are in the folder, whatever the case of their letters.

        Raises:
            DropFolderError: the folder cannot be listed, which is not the same as empty.
        """
        with self._explained("no list of"):
            there = {entry.name.casefold() for entry in self._files()}
        return frozenset(name for name in names if name.casefold() in there)

    def withdraw(self, name: str, to: Path) -> bool:
        """Take a file out of the folder; False when it is not there (any more).

        Args:
            name: whatever the case of its letters.
            to: a folder of ours, made where it is missing; the file keeps its name, and an
                earlier one of that name is replaced.

        Raises:
            DropFolderError: it cannot be moved; it is still in the folder.
        """
        with self._explained(f"{name} cannot be taken out of"):
            source = self._found(_safe(name))
            if source is None:
                return False
            to.mkdir(parents=True, exist_ok=True)
            return _move(source, to / source.name)

    def waiting(self, most: int) -> list[Waiting]:
        """Our files in the folder, the oldest first, at most so many.

        Raises:
            DropFolderError: the folder cannot be listed.
        """
        now = self._now()
        ages: list[tuple[float, str]] = []
        with self._explained("no list of"):
            for entry in self._files():
                if self._ours.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):  # the program was faster
                        ages.append((max(0.0, now - entry.stat().st_mtime), entry.name))
        return [Waiting(name, timedelta(seconds=age)) for age, name in nlargest(most, ages)]

    def _sweep(self) -> None:
        """Remove what a crash left unfinished, once in the life of this object."""
        if self._is_swept:
            return
        oldest = self._now() - STALE_AFTER.total_seconds()
        for entry in self._files():
            if entry.name.startswith(UNFINISHED):
                with contextlib.suppress(FileNotFoundError):
                    if entry.stat().st_mtime < oldest:
                        Path(entry.path).unlink()
        self._is_swept = True

    def _found(self, name: str) -> Path | None:
        exact = self._folder / name
        if exact.is_file():
            return exact
        folded = name.casefold()
        return next((Path(e.path) for e in self._files() if e.name.casefold() == folded), None)

    def _files(self) -> Iterator[os.DirEntry[str]]:
        """The files of the folder; one listing."""
        with os.scandir(self._folder) as entries:
            for count, entry in enumerate(entries):
                if count >= FILES_MAX:
                    raise DropFolderError(
                        f"{self._folder} holds more than {FILES_MAX} files",
                        remedy="move the old ones elsewhere; only files to be imported belong here",
                    )
                if entry.is_file():
                    yield entry

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DropFolderError(
                f"{what} the import program's folder: {error.strerror or error}",
                remedy=f"check that {self._folder} exists, has room, may be written by us, and that"
                " no program holds the file open",
            ) from error


def _safe(name: str) -> str:
    """A file name that cannot leave its folder, on any system.

    Raises:
        DropFolderError: it could.
    """
    if not _SAFE.fullmatch(name) or _DEVICE.fullmatch(name):
        raise DropFolderError(
            f"{name[:60]!r} cannot name a file of the import program's folder",
            remedy="only letters, digits, '_', '-' and '.' are safe on every system",
        )
    return name


def _too_large(name: str) -> DropFolderError:
    return DropFolderError(
        f"{name} has more than {BYTES_MAX} bytes",
        remedy="look at the file; it is no CFDI of any use to the import program",
    )


def _bytes_if_present(path: Path, wanted_size: int) -> bytes | None:
    """The file's bytes, None when there is no file; cut just after the wanted size."""
    try:
        with path.open("rb") as file:
            return file.read(wanted_size + 1)
    except FileNotFoundError:
        return None


def _move(source: Path, target: Path) -> bool:
    """Move a file, by rename where the file system allows it; False when it is gone."""
    try:
        source.replace(target)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _move_across(source, target)
    sync_folder(target.parent)
    sync_folder(source.parent)
    return True


def _move_across(source: Path, target: Path) -> bool:
    """Move a file to another file system: two copies for a moment, never none."""
    data = _bytes_if_present(source, BYTES_MAX)
    if data is None:
        return False
    if len(data) > BYTES_MAX:
        raise _too_large(source.name)
    write_atomically(target, data)
    try:
        source.unlink()
    except FileNotFoundError:
        target.unlink()
        return False
    sync_folder(source.parent)
    return True
