"""Orders that never were in the portal, and those that are there although we did not send them.

Class 1 of rules 7, and its paragraph "Portal state" on adoption.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import (
    Decision,
    Verdict,
    act,
    done,
    hold,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.purchase_orders import (
    FINISHED_BEFORE_SENDING,
    MISSING_IN_SAGE,
    PO_GONE_FROM_SAGE,
    PO_NOT_AUTHORISED,
    PO_NUMBER_TAKEN,
    PO_ON_HOLD,
    PO_TYPE_NOT_SENT,
)
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.portal import PortalPurchaseOrder
from portal_pipeline.core.purchase_orders.builder import is_skipped
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    PROVIDER,
    SENT,
    fingerprint_of_payload,
    shows_content,
)
from portal_pipeline.core.purchase_orders.documents import KIND, built_for, document_of, links_of
from portal_pipeline.core.purchase_orders.models import (
    ACTIVE_ORDER,
    FINISHED_STATES,
    Payee,
    PoFacts,
    SagePurchaseOrder,
)
from portal_pipeline.core.scope import before_start
from portal_pipeline.core.tenant import PurchaseOrderRules, Tenant
from portal_pipeline.core.wire import content_hash

_CREATE = Operation.CREATE


def decide_new(facts: PoFacts, tenant: Tenant) -> Decision:
    """The decision of po_creation for an order that our ledger does not have in the portal."""
    if facts.seen is not None:
        return _in_portal_already(facts, facts.seen, tenant)
    order = facts.order
    if order is None:
        return out_of_scope(document_of(facts), _CREATE, PO_GONE_FROM_SAGE())
    left_out = _not_a_candidate(facts, order) or finished_before_sending(
        order, tenant.purchase_orders
    )
    if left_out is not None:
        return out_of_scope(document_of(facts), _CREATE, left_out)
    older = before_start(
        tenant,
        KIND,
        facts.authorisation.on or order.ordered_on,
        facts.known,
        facts.rows.get(_CREATE),
        may_be_lost=True,
    )
    if older is not None:
        return hold(document_of(facts), _CREATE, older)
    if order.is_on_hold:
        return hold(document_of(facts), _CREATE, PO_ON_HOLD())
    return _create(facts, tenant)


def _create(facts: PoFacts, tenant: Tenant) -> Decision:
    payee = facts.payee or Payee()
    if payee.finding is not None:
        return refused_by_payee(facts, payee, _CREATE)
    built = built_for(facts, payee.external_id, tenant)
    notes = (*payee.notes, *built.notes)
    if built.payload is None:
        return unbuildable(facts, built.problem, _CREATE, notes, is_empty=built.is_empty)
    details = {PROVIDER: payee.external_id, SENT: fingerprint_of_payload(built.payload)}
    return act(
        document_of(facts, built, details),
        _CREATE,
        built.payload,
        notes=notes,
        functional_amount=built.functional_total,
    )


def _not_a_candidate(facts: PoFacts, order: SagePurchaseOrder) -> Finding | None:
    if order.order_type != ACTIVE_ORDER:
        return PO_TYPE_NOT_SENT(order_type=order.order_type)
    return None if facts.authorisation.is_authorised else PO_NOT_AUTHORISED()


def finished_before_sending(order: SagePurchaseOrder, rules: PurchaseOrderRules) -> Finding | None:
    """Why the supplier has nothing to do with an order any more; None when he has."""
    if is_fully_cancelled(order, rules):
        return FINISHED_BEFORE_SENDING(why="cancelled")
    if is_settled(order):
        return FINISHED_BEFORE_SENDING(why="invoiced")
    return None


def is_fully_cancelled(order: SagePurchaseOrder, rules: PurchaseOrderRules) -> bool:
    """Whether nothing was received and every line is cancelled to the last unit.

    Lines of skipped warehouses never were in the portal and do not keep an order alive there.
    """
    lines = [line for line in order.lines if not is_skipped(line, rules)]
    return bool(lines) and all(line.quantity == 0 and line.received == 0 for line in lines)


def is_settled(order: SagePurchaseOrder) -> bool:
    """Whether an order is complete and every receipt line of it is invoiced or returned."""
    return order.is_complete and all(line.is_settled for line in order.receipts)


def refused_by_payee(facts: PoFacts, payee: Payee, operation: Operation) -> Decision:
    """What becomes of an order whose provider stands in the way."""
    if payee.finding is None:
        raise ValueError(f"{facts.number}: nothing stands in the way")
    document = document_of(facts)
    match payee.verdict:
        case Verdict.OUT_OF_SCOPE:
            return out_of_scope(document, operation, payee.finding, reopens=True)
        case Verdict.REJECT:
            return reject(document, operation, payee.finding, notes=payee.notes, reopens=True)
        case _:
            return hold(document, operation, payee.finding, notes=payee.notes, reopens=True)


def unbuildable(
    facts: PoFacts,
    problem: Finding | None,
    operation: Operation,
    notes: tuple[Finding, ...],
    *,
    is_empty: bool,
) -> Decision:
    """What becomes of an order that has no content to send."""
    if problem is None:
        raise ValueError(f"{facts.number}: an order without content has a problem")
    if is_empty:
        return out_of_scope(document_of(facts), operation, problem, reopens=True)
    return reject(document_of(facts), operation, problem, notes=notes, reopens=True)


# -- already there ---------------------------------------------------------------------------


def _in_portal_already(facts: PoFacts, seen: PortalPurchaseOrder, tenant: Tenant) -> Decision:
    if is_of_other_company(seen, tenant):
        return _taken(facts, seen)
    if facts.order is None:
        if seen.status in FINISHED_STATES:
            return out_of_scope(document_of(facts), _CREATE, PO_GONE_FROM_SAGE())
        finding = MISSING_IN_SAGE(state=seen.status)
        return hold(document_of(facts), _CREATE, finding, links=links_of(facts))
    payee = facts.payee or Payee()
    is_stranger = payee.verdict == Verdict.OUT_OF_SCOPE
    if not is_stranger and not payee.provider_id and payee.finding is not None:
        return refused_by_payee(facts, payee, _CREATE)
    if is_stranger or not is_provider_of(seen, payee):
        return _taken(facts, seen)
    return _adopted(facts, seen, payee, tenant)


def _adopted(facts: PoFacts, seen: PortalPurchaseOrder, payee: Payee, tenant: Tenant) -> Decision:
    """Ours from now on, whatever its content; a difference is an update later."""
    built = built_for(facts, seen.provider_external_id or payee.external_id, tenant)
    details = {PROVIDER: seen.provider_external_id or payee.external_id}
    confirms = None
    if built.payload is not None and shows_content(seen, built.payload):
        confirms = content_hash(built.payload)
        details[CONFIRMED] = fingerprint_of_payload(built.payload)
    return done(
        document_of(facts, built, details),
        _CREATE,
        confirms=confirms,
        notes=(*payee.notes, *built.notes),
        links=links_of(facts),
    )


def is_of_other_company(seen: PortalPurchaseOrder, tenant: Tenant) -> bool:
    """Whether the portal has the order for another company of a shared portal tenant."""
    ours = tenant.purchase_orders.company_external_id
    return bool(ours and seen.company_external_id) and seen.company_external_id != ours


def is_provider_of(seen: PortalPurchaseOrder, payee: Payee) -> bool:
    """Whether the portal's order is of that provider; what it does not tell contradicts nothing."""
    if seen.provider_id and payee.provider_id:
        return seen.provider_id == payee.provider_id.lower()
    if seen.provider_external_id and payee.external_id:
        return seen.provider_external_id == payee.external_id
    return True


def _taken(facts: PoFacts, seen: PortalPurchaseOrder) -> Decision:
    finding = PO_NUMBER_TAKEN(
        provider=seen.provider_external_id or seen.provider_id or "-",
        company=seen.company_external_id or "-",
    )
    taken = document_of(facts).model_copy(update={"portal_id": None, "portal_state": None})
    return hold(taken, _CREATE, finding)
