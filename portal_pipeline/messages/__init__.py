"""The text of every finding, in Spanish and English."""

from portal_pipeline.messages.catalogue import text_of

__all__ = ["text_of"]
