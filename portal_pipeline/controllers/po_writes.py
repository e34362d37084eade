"""Writing purchase orders to the portal, and looking up what became of a write.

Source: portal API sheet 5.4; rules 7 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.errors import DefectError
from portal_pipeline.core.findings.purchase_orders import INVOICES_LINKED, PO_NUMBER_TAKEN
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import (
    Absent,
    Effects,
    Found,
    FoundOther,
    Link,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
)
from portal_pipeline.core.portal import PortalPurchaseOrder
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    PROVIDER,
    SENT,
    STATE_SET,
    fingerprint_of_payload,
    fingerprint_of_portal,
    shows_content,
)
from portal_pipeline.core.purchase_orders.creation import is_of_other_company
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.look_up import Seen

KIND = DocumentKind.PURCHASE_ORDER
SYSTEM = "portal"
AT_ONCE = 8
RELATED_INVOICE = "RELATED_INVOICE"
"""Part of the code ``PURCHASE_ORDER_ALREADY_RELATED_INVOICE`` (portal API sheet 2.4)."""
ANSWER_CHARS_MAX = 200

TARGET_STATE = {
    Operation.REOPEN: "OPEN",
    Operation.CLOSE: "CLOSED",
    Operation.CANCEL: "CANCELLED",
}
_REACHED = {
    Operation.REOPEN: frozenset({"OPEN", "GENERATED"}),
    Operation.CLOSE: frozenset({"CLOSED"}),
    Operation.CANCEL: frozenset({"CANCELLED", "CLOSED"}),
}
"""States in which an operation has nothing left to do (rules 7, classes 2 and 3)."""


class PoWrites:
    """The writes and look-ups of the four controllers of purchase orders; thread-safe."""

    def __init__(self, portal: PortalClient, ledger: TenantLedger, tenant: Tenant) -> None:
        self._portal = portal
        self._ledger = ledger
        self._tenant = tenant

    def handlers(self) -> Mapping[Operation, Handler]:
        """One look is enough: the portal refuses a number twice, and the other writes repeat well.

        Source: design 5.
        """
        state = Handler(
            system=SYSTEM,
            call=self.set_state,
            look_up=self.look_up_state,
            looks=1,
            at_once=AT_ONCE,
        )
        return {
            Operation.CREATE: Handler(
                system=SYSTEM,
                call=self.create,
                look_up=self.look_up_create,
                looks=1,
                at_once=AT_ONCE,
            ),
            Operation.UPDATE: Handler(
                system=SYSTEM,
                call=self.update,
                look_up=self.look_up_update,
                looks=1,
                at_once=AT_ONCE,
            ),
            **dict.fromkeys(TARGET_STATE, state),
        }

    # -- writes --------------------------------------------------------------------------------

    def create(self, decision: Decision) -> Outcome:
        """The order in the portal, or why not; a taken number is looked up by the protocol."""
        payload = _payload(decision)
        return _with_content(self._portal.create_purchase_order(payload), payload)

    def update(self, decision: Decision) -> Outcome:
        """The order's content replaced."""
        payload = _payload(decision)
        name, by_number = _named(decision)
        outcome = self._portal.update_purchase_order(name, payload, by_number=by_number)
        return _with_content(outcome, payload)

    def set_state(self, decision: Decision) -> Outcome:
        """The order in its new state; a refusal counts only after reading the order back."""
        state = str(_payload(decision)["status"])
        name, by_number = _named(decision)
        outcome = self._portal.set_purchase_order_status(name, state, by_number=by_number)
        if isinstance(outcome, Succeeded):
            return _with_effects(outcome, portal_state=state, details={STATE_SET: state})
        if isinstance(outcome, Refused) and outcome.is_attempt:
            return self._read_back(decision, outcome)
        return outcome

    def _read_back(self, decision: Decision, refused: Refused) -> Outcome:
        found = self._portal.purchase_order(decision.key)
        if not isinstance(found, Seen):
            return refused
        order = found.item
        if order.status in _REACHED[decision.operation]:
            return Succeeded(remote_id=order.id, effects=_effects_of(order))
        is_linked = RELATED_INVOICE in f"{refused.code} {refused.detail}" or order.invoice_ids
        if decision.operation == Operation.CANCEL and is_linked:
            answer = f"{refused.code} {refused.detail}"[:ANSWER_CHARS_MAX]
            return refused.model_copy(update={"finding": INVOICES_LINKED(answer=answer)})
        return refused

    # -- look-ups ------------------------------------------------------------------------------

    def look_up_create(self, decision: Decision) -> LookUp:
        """The order under our number: ours when company and provider are those we sent it for."""
        found = self._portal.purchase_order(decision.key)
        if not isinstance(found, Seen):
            return found
        order = found.item
        provider = decision.document.details.get(PROVIDER) or self._detail(decision, PROVIDER)
        theirs = order.provider_external_id
        is_of_other_provider = provider and theirs and provider != theirs
        if is_of_other_provider or is_of_other_company(order, self._tenant):
            company = order.company_external_id or "-"
            return FoundOther(finding=PO_NUMBER_TAKEN(provider=theirs or "-", company=company))
        return self._found(decision, order)

    def look_up_update(self, decision: Decision) -> LookUp:
        """Whether the portal shows that the content sent last has arrived.

        Where the figures that can be compared did not change, it cannot show that. An update that
        is still wanted is then sent again, which does no harm; one that is not leaves the content
        unconfirmed, so that the next comparison sends what Sage has.
        """
        found = self._portal.purchase_order(decision.key)
        if not isinstance(found, Seen):
            return found if isinstance(found, Unclear) else Absent()
        looked = self._found(decision, found.item)
        is_telling = self._detail(decision, SENT) != self._detail(decision, CONFIRMED)
        if looked.has_sent_content and is_telling:
            return looked
        is_wanted = decision.act is not None and not decision.act.look_up_only
        if is_telling or is_wanted:
            return Absent()
        return looked.model_copy(
            update={"has_sent_content": False, "effects": _effects_of(found.item)}
        )

    def look_up_state(self, decision: Decision) -> LookUp:
        """Whether the order has reached the state that was asked for."""
        found = self._portal.purchase_order(decision.key)
        if not isinstance(found, Seen):
            return found if isinstance(found, Unclear) else Absent()
        order = found.item
        if order.status not in _REACHED[decision.operation]:
            return Absent()
        effects = _effects_of(order)
        if order.status == TARGET_STATE[decision.operation]:
            effects = effects.model_copy(update={"details": {STATE_SET: order.status}})
        return Found(remote_id=order.id, effects=effects)

    def _found(self, decision: Decision, order: PortalPurchaseOrder) -> Found:
        """The order as ours, with the content of the last attempt where it shows it."""
        is_ours = self._shows_sent(decision, order)
        effects = _effects_of(order)
        if is_ours:
            details = {CONFIRMED: fingerprint_of_portal(order), STATE_SET: "OPEN"}
            effects = effects.model_copy(update={"details": details})
        return Found(remote_id=order.id, effects=effects, has_sent_content=is_ours)

    def _shows_sent(self, decision: Decision, order: PortalPurchaseOrder) -> bool:
        """Whether the portal shows what was sent last; a later content confirms nothing."""
        act = decision.act
        if act is None or act.look_up_only:
            return fingerprint_of_portal(order) == self._detail(decision, SENT)
        rows = self._ledger.operations(KIND, [decision.key], [decision.operation])
        row = rows.get((decision.key, decision.operation))
        is_last = row is None or row.sent_hash in (None, act.content_hash)
        return is_last and shows_content(order, act.payload)

    def _detail(self, decision: Decision, name: str) -> str:
        """A text that the ledger keeps of the last attempt, whatever is planned now."""
        row = self._ledger.documents(KIND, [decision.key]).get(decision.key)
        return row.details.get(name, "") if row else ""


def _payload(decision: Decision) -> JsonObject:
    if decision.act is None:
        raise DefectError(f"{decision.key}: only acts are written")
    return decision.act.payload


def _named(decision: Decision) -> tuple[str, bool]:
    """(name of the order in the portal, whether that is our number)."""
    portal_id = decision.document.portal_id
    return (portal_id, False) if portal_id else (decision.key, True)


def _with_content(outcome: Outcome, payload: JsonObject) -> Outcome:
    """A success with the content that it confirmed."""
    if not isinstance(outcome, Succeeded):
        return outcome
    state = outcome.effects.portal_state or str(payload["status"])
    details = {CONFIRMED: fingerprint_of_payload(payload), STATE_SET: state}
    return _with_effects(outcome, portal_state=state, details=details)


def _with_effects(outcome: Succeeded, **changes: object) -> Succeeded:
    portal_id = outcome.effects.portal_id or outcome.remote_id
    links = (_portal_link(portal_id),) if portal_id else ()
    effects = outcome.effects.model_copy(update={**changes, "links": links})
    return outcome.model_copy(update={"effects": effects})


def _effects_of(order: PortalPurchaseOrder) -> Effects:
    return Effects(portal_id=order.id, portal_state=order.status, links=(_portal_link(order.id),))


def _portal_link(portal_id: str) -> Link:
    return Link(
        relation="is_portal_order",
        target_type="portal_order",
        target_key=portal_id,
        source="portal",
    )
