"""What an archive can do: three verbs, so that an object store can follow the local folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ArchivedFile:
    """Where bytes went: their SHA-256 (hex), whether they are new, and what they conflict with."""

    sha256: str
    is_new: bool
    conflicts_with: str | None = None
    """SHA-256 of other bytes that the archive has had under this name before; those stay."""


class Archive(Protocol):
    """Keeps bytes by tenant and name (a CFDI's UUID, or ``provider-ID``)."""

    def put_if_absent(self, tenant: str, name: str, data: bytes) -> ArchivedFile:
        """Keep the bytes; the first content of a name stays the one that ``get`` gives.

        Raises:
            ArchiveError: they cannot be kept.
        """
        ...

    def get(self, tenant: str, name: str) -> bytes | None:
        """The first content of a name, or None.

        Raises:
            ArchiveError: it cannot be read, or was changed on disk.
        """
        ...

    def exists(self, tenant: str, name: str) -> bool:
        """Whether the archive has the name with its first content, unread.

        Raises:
            ArchiveError: what it knows of the name was changed on disk.
        """
        ...
