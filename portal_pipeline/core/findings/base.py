"""What a finding is, and how its kind is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from portal_pipeline.core.base import Frozen


class Severity(StrEnum):
    """How much a person should care."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Exit(StrEnum):
    """A way out for a person (rules 1)."""

    REQUEUE = "requeue"
    LINK = "link"
    DISMISS = "dismiss"
    ADMIT = "admit"
    CONFIRM = "confirm"


class RetryClass(StrEnum):
    """When a refusal is tried again (rules 9)."""

    INTERVAL = "interval"
    """At the tenant's interval, until the attempts are used up."""
    ON_CHANGE = "on_change"
    """Only a person can cure it: when the content changes, or on requeue."""


@dataclass(frozen=True)
class FindingKind:
    """One entry of the catalogue; call it with its parameters to make a finding."""

    code: str
    severity: Severity
    exits: tuple[Exit, ...]
    retry: RetryClass
    params: tuple[str, ...]
    ages: bool

    def __call__(self, **params: object) -> Finding:
        """A finding of this kind.

        Raises:
            ValueError: when the parameters are not exactly those declared.
        """
        if set(params) != set(self.params):
            raise ValueError(f"{self.code} takes {sorted(self.params)}, got {sorted(params)}")
        return Finding(code=self.code, params={name: str(value) for name, value in params.items()})


CATALOGUE: dict[str, FindingKind] = {}


class Finding(Frozen):
    """The reason of a decision: a stable code and the values its text shows."""

    code: str
    params: Mapping[str, str] = Field(default_factory=dict)

    @property
    def kind(self) -> FindingKind:
        """The catalogue entry of this finding."""
        return CATALOGUE[self.code]


def declare(
    code: str,
    severity: Severity = Severity.WARNING,
    *params: str,
    exits: tuple[Exit, ...] = (),
    retry: RetryClass = RetryClass.INTERVAL,
    ages: bool = True,
) -> FindingKind:
    """Enter a finding into the catalogue.

    Raises:
        ValueError: when the code is taken.
    """
    if code in CATALOGUE:
        raise ValueError(f"finding {code} is declared twice")
    kind = FindingKind(code, severity, exits, retry, params, ages)
    CATALOGUE[code] = kind
    return kind
