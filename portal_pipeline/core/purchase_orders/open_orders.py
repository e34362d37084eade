"""Orders that the portal has from us: classes 2 to 6 of rules 7, and its "Portal state"."""

from __future__ import annotations

from portal_pipeline.core.decisions import Decision, act, done, hold
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.purchase_orders import (
    AMENDED_NOT_AUTHORISED,
    CANCELLED_FOR_GOOD,
    CHANGED_IN_PORTAL,
    MISSING_IN_PORTAL,
    MISSING_IN_SAGE,
    RECEIPT_NOT_INVOICED,
)
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.purchase_orders.builder import Built, functional_total
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    PROVIDER,
    SENT,
    STATE_SET,
    fingerprint_of_payload,
    fingerprint_of_portal,
)
from portal_pipeline.core.purchase_orders.creation import (
    is_fully_cancelled,
    is_settled,
    refused_by_payee,
    unbuildable,
)
from portal_pipeline.core.purchase_orders.documents import (
    built_for,
    confirmed_hash,
    document_of,
    is_changed_by_person,
    links_of,
    remembered_provider,
)
from portal_pipeline.core.purchase_orders.models import FINISHED_STATES, Payee, PoFacts
from portal_pipeline.core.purchase_orders.routing import Routed
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.wire import JsonObject, content_hash

CLOSED, CANCELLED, OPEN = "CLOSED", "CANCELLED", "OPEN"
RECEIPTS_SHOWN_MAX = 5

_UPDATES = ControllerName.PO_UPDATES
_CLOSURE = ControllerName.PO_CLOSURE
_CANCELLATION = ControllerName.PO_CANCELLATION


def decide_known(facts: PoFacts, tenant: Tenant) -> Routed:
    """The one step and decision of an order that the portal has from us."""
    order = facts.order
    if facts.view is not None and facts.seen is None:
        return _updates_hold(facts, MISSING_IN_PORTAL(portal_id=facts.portal_id or "-"))
    if order is None:
        return _gone_from_sage(facts)
    if is_fully_cancelled(order, tenant.purchase_orders):
        return Routed(_CANCELLATION, _cancel(facts))
    if is_settled(order):
        return Routed(_CLOSURE, _close(facts))
    if facts.portal_state in FINISHED_STATES:
        return _finished_too_early(facts)
    return _compared(facts, tenant)


# -- finished in Sage --------------------------------------------------------------------------


def _cancel(facts: PoFacts) -> Decision:
    if facts.portal_state in FINISHED_STATES:
        return done(document_of(facts), Operation.CANCEL, links=links_of(facts))
    return _set_state(facts, Operation.CANCEL, CANCELLED)


def _close(facts: PoFacts) -> Decision:
    if facts.portal_state == CLOSED:
        return done(document_of(facts), Operation.CLOSE, links=links_of(facts))
    is_reopened_there = (
        facts.portal_state not in FINISHED_STATES and facts.detail(STATE_SET) == CLOSED
    )
    if facts.portal_state == CANCELLED or is_reopened_there:
        return hold(document_of(facts), Operation.CLOSE, _changed(facts), reopens=True)
    return _set_state(facts, Operation.CLOSE, CLOSED)


def _set_state(facts: PoFacts, operation: Operation, state: str) -> Decision:
    document, order = document_of(facts), facts.order
    amount = document.amount
    return act(
        document,
        operation,
        {"status": state},
        links=links_of(facts),
        functional_amount=functional_total(order, amount) if order and amount else None,
    )


# -- still going on ----------------------------------------------------------------------------


def _finished_too_early(facts: PoFacts) -> Routed:
    """Closed or cancelled in the portal although Sage goes on with it."""
    if facts.detail(STATE_SET) != facts.portal_state:
        return _updates_hold(facts, _changed(facts))
    if facts.portal_state == CANCELLED:
        return _updates_hold(facts, CANCELLED_FOR_GOOD())
    stopped = _not_allowed(facts)
    if stopped is not None:
        return _updates_hold(facts, stopped)
    return Routed(_UPDATES, _set_state(facts, Operation.REOPEN, OPEN))


def _compared(facts: PoFacts, tenant: Tenant) -> Routed:
    """Classes 4 to 6: what Sage has now against what the portal confirmed."""
    remembered = remembered_provider(facts)
    payee = facts.payee or Payee(external_id=remembered)
    built = built_for(facts, payee.external_id or remembered, tenant)
    is_same = built.payload is not None and _is_confirmed(facts, built.payload)
    if is_changed_by_person(facts):
        return _changed_by_person(facts, built)
    if is_same:
        return _unchanged(facts, built)
    if payee.finding is not None:
        return Routed(_UPDATES, refused_by_payee(facts, payee, Operation.UPDATE))
    notes = (*payee.notes, *built.notes)
    if built.payload is None:
        return Routed(
            _UPDATES,
            unbuildable(facts, built.problem, Operation.UPDATE, notes, is_empty=built.is_empty),
        )
    stopped = _not_allowed(facts)
    if stopped is not None:
        return _updates_hold(facts, stopped, notes)
    details = {
        PROVIDER: payee.external_id or remembered,
        SENT: fingerprint_of_payload(built.payload),
    }
    update = act(
        document_of(facts, built, details),
        Operation.UPDATE,
        built.payload,
        notes=notes,
        links=links_of(facts),
        functional_amount=built.functional_total,
    )
    return Routed(_UPDATES, update)


def _is_confirmed(facts: PoFacts, payload: JsonObject) -> bool:
    """Whether the portal confirmed this content, and still shows it where it was looked at."""
    if content_hash(payload) != confirmed_hash(facts):
        return False
    shown = fingerprint_of_portal(facts.seen) if facts.seen else None
    return shown is None or shown == fingerprint_of_payload(payload)


def _unchanged(facts: PoFacts, built: Built) -> Routed:
    """Class 5 or 6: nothing to do now."""
    order = facts.order
    operation = Operation.UPDATE if Operation.UPDATE in facts.rows else Operation.CREATE
    notes = built.notes
    controller = _UPDATES
    if order is not None and order.is_complete:
        controller = _CLOSURE
        waiting = sorted({line.receipt for line in order.receipts if not line.is_settled})
        shown = ", ".join(waiting[:RECEIPTS_SHOWN_MAX])
        more = len(waiting) - RECEIPTS_SHOWN_MAX
        notes += (RECEIPT_NOT_INVOICED(receipts=shown + (f" +{more}" if more > 0 else "")),)
    unchanged = done(
        document_of(facts, built),
        operation,
        confirms=confirmed_hash(facts),
        notes=notes,
        links=links_of(facts),
    )
    return Routed(controller, unchanged)


def _changed_by_person(facts: PoFacts, built: Built) -> Routed:
    """Never fought; where the person did what Sage says now, the portal has it already."""
    if built.payload is None or facts.seen is None:
        return _updates_hold(facts, _changed(facts))
    ours = fingerprint_of_payload(built.payload)
    if ours != fingerprint_of_portal(facts.seen):
        return _updates_hold(facts, _changed(facts))
    adopted = done(
        document_of(facts, built, {CONFIRMED: ours}),
        Operation.UPDATE,
        confirms=content_hash(built.payload),
        notes=built.notes,
        links=links_of(facts),
    )
    return Routed(_UPDATES, adopted)


def _not_allowed(facts: PoFacts) -> Finding | None:
    """Why a change may not go to the supplier now."""
    if facts.order is not None and facts.order.is_on_hold:
        return AMENDED_NOT_AUTHORISED(why="on hold")
    if not facts.authorisation.is_authorised:
        return AMENDED_NOT_AUTHORISED(why="not authorised")
    return None


# -- one side lacks it -------------------------------------------------------------------------


def _gone_from_sage(facts: PoFacts) -> Routed:
    if facts.portal_state in FINISHED_STATES:
        operation = Operation.UPDATE if Operation.UPDATE in facts.rows else Operation.CREATE
        return Routed(_UPDATES, done(document_of(facts), operation, links=links_of(facts)))
    return _updates_hold(facts, MISSING_IN_SAGE(state=facts.portal_state or "-"))


def _changed(facts: PoFacts) -> Finding:
    total = facts.seen.total if facts.seen else None
    return CHANGED_IN_PORTAL(state=facts.portal_state or "-", total="-" if total is None else total)


def _updates_hold(facts: PoFacts, finding: Finding, notes: tuple[Finding, ...] = ()) -> Routed:
    document = document_of(facts)
    waiting = hold(
        document,
        Operation.UPDATE,
        finding,
        notes=notes,
        links=links_of(facts),
        reopens=True,
    )
    return Routed(_UPDATES, waiting)
