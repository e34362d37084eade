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


class Decides(StrEnum):
    """What a finding makes of a document; a note stands beside any decision (rules 1)."""

    HOLD = "hold"
    """Waits; the answer of a remote system counts as held, too."""
    REJECT = "reject"
    OUT_OF_SCOPE = "out_of_scope"
    NOTE = "note"


class WaitsFor(StrEnum):
    """Whose turn it is while a document waits; what they must do is the text's own part."""

    NEXT_CYCLE = "next_cycle"
    """Nobody: time passes, or the product itself comes by again."""
    SYSTEM = "system"
    """The remote system must answer again."""
    BUYER = "buyer"
    ACCOUNTANT = "accountant"
    TREASURY = "treasury"
    PORTAL_USER = "portal_user"
    """Whoever approves, relates or corrects in the portal."""
    SUPPLIER = "supplier"
    SOURCE = "source"
    """Whoever keeps the document: the other system's answer says what is wrong with it."""
    ADMINISTRATOR = "administrator"
    """Settings of the tenant, master data, or the set-up of Sage."""
    DECISION = "decision"
    """A person must say what is right, by one of the exits."""


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
    rule: str
    """The rule that decides so, in one English sentence; the texts for people are the messages'."""
    severity: Severity
    decides: Decides
    waits_for: WaitsFor | None
    """None: nothing waits."""
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
    rule: str,
    severity: Severity = Severity.WARNING,
    *params: str,
    decides: Decides = Decides.HOLD,
    waits_for: WaitsFor | None = None,
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
    kind = FindingKind(
        code=code,
        rule=rule,
        severity=severity,
        decides=decides,
        waits_for=waits_for,
        exits=exits,
        retry=retry,
        params=params,
        ages=ages,
    )
    CATALOGUE[code] = kind
    return kind
