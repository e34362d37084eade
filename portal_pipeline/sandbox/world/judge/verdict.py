"""The verdict over all companies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from portal_pipeline.sandbox.world.judge.cfdis import judged_complements, judged_invoices
from portal_pipeline.sandbox.world.judge.duplicates import duplicates
from portal_pipeline.sandbox.world.judge.evidence import Evidence, Finding
from portal_pipeline.sandbox.world.judge.ledger_rows import LedgerRows, TenantRows
from portal_pipeline.sandbox.world.judge.payments import judged_payments
from portal_pipeline.sandbox.world.judge.providers import judged_providers
from portal_pipeline.sandbox.world.judge.purchase_orders import judged_orders
from portal_pipeline.sandbox.world.people import Office


@dataclass(frozen=True)
class Verdict:
    """How many documents are explained, and the names of those with which something is wrong."""

    explained: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    early_payments: list[str] = field(default_factory=list)


def judged(
    offices: Sequence[Office], rows: LedgerRows, now: datetime, early: Iterable[str]
) -> Verdict:
    """The verdict at a moment.

    Values:
        early: payments that arrived before they might, as the gate's watch saw them.
    """
    explained = 0
    lost: list[str] = []
    twice: list[str] = []
    for office in offices:
        evidence = Evidence(office, TenantRows(rows, office.company.key), now)
        for name, problem in _documents(evidence):
            if problem:
                lost.append(f"{name}: {problem}")
            else:
                explained += 1
        twice += duplicates(evidence)
    return Verdict(explained, sorted(lost), sorted(twice), sorted(early))


def _documents(evidence: Evidence) -> Iterable[Finding]:
    return chain(
        judged_providers(evidence),
        judged_orders(evidence),
        judged_invoices(evidence),
        judged_payments(evidence),
        judged_complements(evidence),
    )
