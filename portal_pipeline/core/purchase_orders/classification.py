"""The classification: gives an order to exactly one step a cycle (rules 7)."""

from __future__ import annotations

from collections.abc import Iterable, Set

from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    Decision,
    Status,
    Verdict,
    done,
    hold,
    out_of_scope,
)
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.general import (
    BEFORE_START_NOT_IN_TARGET,
    LISTING_INCOMPLETE,
)
from portal_pipeline.core.findings.purchase_orders import (
    CANCELLED_FOR_GOOD,
    CHANGED_IN_PORTAL,
    MISSING_IN_PORTAL,
    MISSING_IN_SAGE,
    PO_NUMBER_TAKEN,
    STEP_NOT_NEEDED,
)
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.purchase_orders.creation import decide_new
from portal_pipeline.core.purchase_orders.documents import document_of
from portal_pipeline.core.purchase_orders.models import PoFacts
from portal_pipeline.core.purchase_orders.open_orders import decide_known
from portal_pipeline.core.purchase_orders.routing import OWNER, Routed
from portal_pipeline.core.tenant import Tenant

_ABOUT_THE_PORTAL = frozenset(
    kind.code
    for kind in (
        BEFORE_START_NOT_IN_TARGET,
        LISTING_INCOMPLETE,
        CANCELLED_FOR_GOOD,
        CHANGED_IN_PORTAL,
        MISSING_IN_PORTAL,
        MISSING_IN_SAGE,
        PO_NUMBER_TAKEN,
    )
)
"""Findings that only a look at the portal can confirm or end."""


def classify(facts: PoFacts, tenant: Tenant) -> Routed:
    """The one step that an order belongs to now, and its decision.

    What is in doubt is settled by its own step before anything else happens to the order.
    """
    if facts.view is not None and facts.view.problem is not None:
        return _unread(facts.model_copy(update={"view": None}), facts.view.problem, tenant)
    routed = _by_rules(facts, tenant)
    doubtful = in_doubt(facts)
    operation, verdict = routed.decision.operation, routed.decision.verdict
    # A creation is settled by seeing the order; any other write only by comparing what it sent.
    may_stand = verdict != Verdict.DONE or operation == Operation.CREATE
    if not doubtful or (operation in doubtful and may_stand):
        return routed
    first = operation if operation in doubtful else min(doubtful, key=list(Operation).index)
    return Routed(OWNER[first], not_needed(facts, first))


def in_doubt(facts: PoFacts) -> list[Operation]:
    """The operations of an order whose last attempt may or may not have arrived."""
    return [op for op, row in facts.rows.items() if row.status == Status.IN_FLIGHT]


def _unread(facts: PoFacts, problem: Finding, tenant: Tenant) -> Routed:
    """The decision without a look at the portal, held where it would have needed one."""
    routed = classify(facts, tenant)
    if not needs_portal(facts, routed):
        return routed
    waiting = hold(document_of(facts), routed.decision.operation, problem, reopens=True)
    return Routed(routed.controller, waiting)


def _by_rules(facts: PoFacts, tenant: Tenant) -> Routed:
    create = facts.rows.get(Operation.CREATE)
    status = create.status if create else None
    if status == Status.DISMISSED:
        return Routed(ControllerName.PO_CREATION, done(document_of(facts), Operation.CREATE))
    if status == Status.DONE:
        return decide_known(facts, tenant)
    return Routed(ControllerName.PO_CREATION, decide_new(facts, tenant))


def decisions_of(
    controller: ControllerName, every: Iterable[PoFacts], tenant: Tenant, acted: Set[str]
) -> list[Decision]:
    """What one step decides: its own orders, and its own operations that nothing needs any more.

    Notes of an order's earlier steps end with the step that is taken or confirmed now.

    An order acted on in this run is no candidate of later steps.
    """
    decisions: list[Decision] = []
    for facts in every:
        if facts.number in acted:
            continue
        routed = classify(facts, tenant)
        if routed.controller == controller:
            decisions += [routed.decision, *_without_notes(facts, routed.decision)]
        decisions += [
            not_needed(facts, operation)
            for operation, row in facts.rows.items()
            if OWNER[operation] == controller
            and operation != routed.decision.operation
            and row.status in OPEN_STATUSES
            and not in_doubt(facts)
        ]
    return decisions


def _without_notes(facts: PoFacts, decision: Decision) -> list[Decision]:
    """Earlier steps that are done, without what they told: it is not so any more."""
    if decision.verdict not in (Verdict.ACT, Verdict.DONE):
        return []
    return [
        done(document_of(facts), operation, confirms=row.content_hash)
        for operation, row in facts.rows.items()
        if operation != decision.operation and row.status == Status.DONE and row.notes
    ]


def not_needed(facts: PoFacts, operation: Operation) -> Decision:
    """An operation that waited, and that the order's state asks for no more."""
    finding = STEP_NOT_NEEDED(operation=operation.value)
    return out_of_scope(document_of(facts), operation, finding)


def needs_portal(facts: PoFacts, routed: Routed) -> bool:
    """Whether the portal must be asked about an order before this decision may stand."""
    finding = routed.decision.finding
    if routed.decision.verdict == Verdict.ACT:
        return True
    if finding is not None and finding.code in _ABOUT_THE_PORTAL:
        return True
    return any(
        row.status in OPEN_STATUSES
        and row.finding is not None
        and row.finding.code in _ABOUT_THE_PORTAL
        for row in facts.rows.values()
    )


def needs_payee(facts: PoFacts, routed: Routed) -> bool:
    """Whether the order's provider must be known before this decision may stand."""
    if facts.order is None or facts.payee is not None:
        return False
    verdict = routed.decision.verdict
    if routed.decision.operation == Operation.CREATE and facts.seen is not None:
        return verdict in (Verdict.DONE, Verdict.ACT, Verdict.REJECT)
    return routed.decision.operation in (Operation.CREATE, Operation.UPDATE) and (
        verdict in (Verdict.ACT, Verdict.REJECT)
    )
