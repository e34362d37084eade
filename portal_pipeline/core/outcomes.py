"""What a remote write, or a look-up, answered."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings.base import Finding


class Link(Frozen):
    """A known relation between a document and something else, with the source of the knowledge.

    ``target_type`` is a document kind or ``sage_entry`` (``VENDOR/NUMBER``), ``sage_batch``
    (``BATCH/ENTRY``), ``portal_payment`` (portal id); ``source`` says how we know: ``import``,
    ``person``, ``automatic``, ``portal``, ``sage``.
    """

    relation: str
    target_type: str
    target_key: str
    source: str


class Effects(Frozen):
    """What becomes known with a success, written in the same transaction as the outcome."""

    portal_id: str | None = None
    portal_state: str | None = None
    sage_id: str | None = None
    sage_state: str | None = None
    details: Mapping[str, str] = Field(default_factory=dict)
    links: tuple[Link, ...] = ()


class Succeeded(Frozen):
    """The remote system confirmed the write; ``remote_id`` is its own name for the result."""

    remote_id: str = ""
    pending: Finding | None = None
    """The write is made, but the operation is finished only when this no longer holds (an import
    waits for the posting of its batch)."""
    effects: Effects = Effects()


class Refused(Frozen):
    """The remote system answered no.

    ``is_attempt`` is False when the answer is not about the document (401, 403, 429, refused
    connection): it then uses up no attempt (rules 9).
    """

    code: str
    detail: str
    finding: Finding | None = None
    is_duplicate: bool = False
    is_attempt: bool = True
    retry_after_s: float | None = None


class Unknown(Frozen):
    """The write may have happened: look before sending again."""

    detail: str


Outcome = Succeeded | Refused | Unknown


class Found(Frozen):
    """The look-up found the document in the target, as ours: it is adopted.

    ``has_sent_content`` says whether the target holds what we sent; otherwise the difference is
    an update later.
    """

    remote_id: str = ""
    pending: Finding | None = None
    """As in :class:`Succeeded`."""
    effects: Effects = Effects()
    has_sent_content: bool = True


class FoundOther(Frozen):
    """The look-up found something under our identity that is not what we sent."""

    finding: Finding
    effects: Effects = Effects()


class Absent(Frozen):
    """The target answered clearly that it does not have the document."""


class Unclear(Frozen):
    """The look-up itself gave no answer; nothing may be concluded."""

    detail: str


LookUp = Found | FoundOther | Absent | Unclear
