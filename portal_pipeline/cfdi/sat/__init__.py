"""Seal and schema: what the SAT's own files say of a document. Needs the extra ``sat``."""
