"""The archive in a local folder.

Layout: ``TENANT/objects/ab/abcd...`` holds bytes by their SHA-256, ``TENANT/names/NAME`` the
SHA-256 of every content that a name has had, one per line, the first one first.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from portal_pipeline.archive.atomic import write_atomically
from portal_pipeline.archive.port import ArchivedFile
from portal_pipeline.core.errors import PipelineError

BYTES_MAX = 50_000_000
CONTENTS_PER_NAME_MAX = 100
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ArchiveError(PipelineError):
    """Bytes could not be kept or read back; what was archived before is untouched."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, system="archive", remedy=remedy)


class LocalArchive:
    """Bytes in a folder; files appear only by atomic rename, after they are on the disk.

    One writer per name at a time: the lease of the tenant sees to it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_if_absent(self, tenant: str, name: str, data: bytes) -> ArchivedFile:
        """See :class:`Archive`."""
        if len(data) > BYTES_MAX:
            raise ArchiveError(f"{name} has {len(data)} bytes, more than {BYTES_MAX}")
        digest = hashlib.sha256(data).hexdigest()
        try:
            known = self._contents(tenant, name)
            if digest not in known and len(known) >= CONTENTS_PER_NAME_MAX:
                raise ArchiveError(f"{name} has had {len(known)} different contents already")
            target = self._object(tenant, digest)
            if not target.exists():  # also when a known one was taken away: here it is again
                _write(target, data)
            if digest in known:
                return ArchivedFile(digest, is_new=False, conflicts_with=_other(known, digest))
            lines = "".join(f"{one}\n" for one in (*known, digest))
            _write(self._name(tenant, name), lines.encode())
        except OSError as error:
            raise ArchiveError(
                f"{name} cannot be archived: {error.strerror or error}",
                remedy=f"check that {self._folder} has room and can be written",
            ) from error
        return ArchivedFile(digest, is_new=True, conflicts_with=known[0] if known else None)

    def get(self, tenant: str, name: str) -> bytes | None:
        """See :class:`Archive`."""
        try:
            known = self._contents(tenant, name)
            if not known:
                return None
            data = self._object(tenant, known[0]).read_bytes()
        except OSError as error:
            raise ArchiveError(
                f"{name} cannot be read from the archive: {error.strerror or error}",
                remedy=f"check {self._folder}; restore the file from a backup if it is gone",
            ) from error
        if hashlib.sha256(data).hexdigest() != known[0]:
            raise ArchiveError(
                f"{name} was changed on the disk", remedy="restore the file from a backup"
            )
        return data

    def exists(self, tenant: str, name: str) -> bool:
        """See :class:`Archive`."""
        known = self._contents(tenant, name)
        return bool(known) and self._object(tenant, known[0]).is_file()

    def _contents(self, tenant: str, name: str) -> tuple[str, ...]:
        path = self._name(tenant, name)
        known = tuple(path.read_bytes().decode("latin-1").split()) if path.is_file() else ()
        if not all(_DIGEST.fullmatch(one) for one in known):
            raise ArchiveError(
                f"the archive's list of {name} was changed on the disk",
                remedy=f"restore {path} from a backup",
            )
        return known

    def _name(self, tenant: str, name: str) -> Path:
        return self._folder / _safe(tenant) / "names" / _safe(name)

    def _object(self, tenant: str, digest: str) -> Path:
        return self._folder / _safe(tenant) / "objects" / digest[:2] / digest


def _safe(part: str) -> str:
    """A part of a path that cannot leave its folder.

    Raises:
        ArchiveError: it holds anything but letters, digits, ``_`` and ``-``.
    """
    if not _SAFE.fullmatch(part):
        raise ArchiveError(f"{part[:60]!r} cannot name a file of the archive")
    return part


def _other(known: tuple[str, ...], digest: str) -> str | None:
    return known[0] if known[0] != digest else None


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, data)
