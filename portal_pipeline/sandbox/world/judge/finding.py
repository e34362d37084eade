"""What the judge says about one document."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Why(StrEnum):
    """What explains a document; the order is that of the verdict's columns."""

    TARGET = "in_target"
    """It is in the other system, with the same content."""
    LEDGER = "by_finding"
    """The ledger says why it is not there, or not yet as it is here."""
    RULE = "by_rule"
    """It is none of the other system's business, by a rule that the judge states itself."""


class Finding(NamedTuple):
    """One document: its kind and name, what is wrong with it, and else what explains it.

    A document and its counterpart are one: a CFDI and its A/P document, a provider and its vendor.
    """

    kind: str
    name: str
    problem: str = ""
    """Empty: it is explained."""
    why: Why = Why.TARGET
    rule: str = ""
    """In words; of ``Why.RULE``."""


def by_rule(kind: str, name: str, rule: str, problem: str = "") -> Finding:
    """A document that stays where it is; ``problem``: it did not."""
    return Finding(kind, name, problem, Why.RULE, rule)


def compared(kind: str, name: str, difference: str, *, is_told: bool) -> Finding:
    """A document that belongs into its target; ``is_told``: the ledger says why it differs."""
    if not difference:
        return Finding(kind, name)
    return Finding(kind, name, "" if is_told else difference, Why.LEDGER)
