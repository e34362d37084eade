"""The verdict over all companies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from portal_pipeline.sandbox.world.judge.cfdis import judged_captures, judged_cfdis
from portal_pipeline.sandbox.world.judge.complements import judged_complements
from portal_pipeline.sandbox.world.judge.duplicates import duplicates
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, Why
from portal_pipeline.sandbox.world.judge.ledger_rows import LedgerRows, TenantRows
from portal_pipeline.sandbox.world.judge.payments import judged_payments, judged_portal_payments
from portal_pipeline.sandbox.world.judge.providers import judged_providers, judged_vendors
from portal_pipeline.sandbox.world.judge.purchase_orders import judged_orders
from portal_pipeline.sandbox.world.people import Office

LOST = "lost"


@dataclass(frozen=True)
class Verdict:
    """How many documents are explained, and the names of those with which something is wrong."""

    kinds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By kind of document: how many are in their target, explained by a finding or a rule, lost."""
    rules: Mapping[str, int] = field(default_factory=dict)
    """How many documents each rule of the judge explains, by ``kind: rule``."""
    lost: list[str] = field(default_factory=list)
    """Not where they belong, or with another content, or where they do not belong yet."""
    duplicated: list[str] = field(default_factory=list)
    early_payments: list[str] = field(default_factory=list)

    @property
    def explained(self) -> int:
        """Documents of all kinds that are explained."""
        return sum(count for tally in self.kinds.values() for count in tally.values()) - len(
            self.lost
        )


def judged(
    offices: Sequence[Office], rows: LedgerRows, now: datetime, early: Iterable[str]
) -> Verdict:
    """The verdict at a moment.

    Values:
        early: payments that arrived before they might, as the gate's watch saw them.
    """
    kinds: dict[str, dict[str, int]] = {}
    rules: Counter[str] = Counter()
    lost: list[str] = []
    twice: list[str] = []
    for office in offices:
        evidence = Evidence(office, TenantRows(rows, office.company.key), now)
        for found in _documents(evidence):
            tally = kinds.setdefault(found.kind, {**dict.fromkeys(Why, 0), LOST: 0})
            tally[LOST if found.problem else found.why] += 1
            if found.problem:
                lost.append(f"{found.name}: {found.problem}")
            elif found.rule:
                rules[f"{found.kind}: {found.rule}"] += 1
        twice += duplicates(evidence)
    return Verdict(kinds, dict(sorted(rules.items())), sorted(lost), sorted(twice), sorted(early))


def _documents(evidence: Evidence) -> Iterable[Finding]:
    return chain(
        judged_providers(evidence),
        judged_vendors(evidence),
        judged_orders(evidence),
        judged_cfdis(evidence),
        judged_captures(evidence),
        judged_payments(evidence),
        judged_portal_payments(evidence),
        judged_complements(evidence),
    )
