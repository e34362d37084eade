"""The archive: original bytes, kept once, never rewritten (design 7)."""

from portal_pipeline.archive.local import LocalArchive
from portal_pipeline.archive.overlay import OverlayArchive
from portal_pipeline.archive.port import Archive, ArchivedFile

__all__ = ["Archive", "ArchivedFile", "LocalArchive", "OverlayArchive"]
