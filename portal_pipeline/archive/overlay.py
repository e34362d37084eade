"""An archive that is only read, with another one over it that receives what is new."""

from __future__ import annotations

import hashlib

from portal_pipeline.archive.port import Archive, ArchivedFile


class OverlayArchive:
    """Reads both, writes the upper one: what lies below is never touched."""

    def __init__(self, below: Archive, above: Archive) -> None:
        self._below = below
        self._above = above

    def put_if_absent(self, tenant: str, name: str, data: bytes) -> ArchivedFile:
        """See :class:`Archive`."""
        known = self._below.get(tenant, name)
        if known is None:
            return self._above.put_if_absent(tenant, name, data)
        first, digest = (hashlib.sha256(one).hexdigest() for one in (known, data))
        if digest == first:
            return ArchivedFile(digest, is_new=False)
        kept = self._above.put_if_absent(tenant, name, data)
        return ArchivedFile(digest, is_new=kept.is_new, conflicts_with=first)

    def get(self, tenant: str, name: str) -> bytes | None:
        """See :class:`Archive`."""
        known = self._below.get(tenant, name)
        return self._above.get(tenant, name) if known is None else known

    def exists(self, tenant: str, name: str) -> bool:
        """See :class:`Archive`."""
        return self._below.exists(tenant, name) or self._above.exists(tenant, name)
