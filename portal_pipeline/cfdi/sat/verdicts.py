"""What the checks of seal and schema can say."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

Problem = tuple[str, str]
"""(code, text)."""


class Seal(StrEnum):
    """Whether the Sello is the issuer's signature of this content."""

    VALID = "valid"
    """The signature fits content and certificate, and the certificate is the one named."""
    INVALID = "invalid"
    ABSENT = "absent"
    NOT_CHECKED = "not_checked"


class Schema(StrEnum):
    """Whether the document, its Addenda apart, has the form that the SAT's schemas want."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_CHECKED = "not_checked"


class SealResult(NamedTuple):
    """The verdict with what else is to be said."""

    verdict: Seal
    reason: str = ""
    """Why it is invalid, or could not be checked."""
    doubts: tuple[Problem, ...] = ()
    """Warnings; they do not touch the verdict."""


class SchemaResult(NamedTuple):
    """The verdict with what else is to be said."""

    verdict: Schema
    violations: tuple[Problem, ...] = ()
    """Weighed as broken rules are."""
    doubts: tuple[Problem, ...] = ()
    """Warnings; they do not touch the verdict."""
