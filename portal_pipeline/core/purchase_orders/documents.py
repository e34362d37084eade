"""The ledger's document of an order, and the content that its portal side is compared with."""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.core.decisions import Document, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.purchase_orders.builder import Built, build
from portal_pipeline.core.purchase_orders.content import (
    CONFIRMED,
    PROVIDER,
    SENT,
    fingerprint_of_portal,
)
from portal_pipeline.core.purchase_orders.models import PoFacts
from portal_pipeline.core.tenant import Tenant

KIND = DocumentKind.PURCHASE_ORDER


def document_of(
    facts: PoFacts, built: Built | None = None, details: Mapping[str, str] | None = None
) -> Document:
    """The order as people recognise it, with all that is known of it now."""
    order, seen = facts.order, facts.seen
    portal_state = seen.status if seen else None
    if order is None:
        known = facts.known
        return Document(
            kind=KIND,
            key=facts.number,
            portal_id=facts.portal_id,
            portal_state=portal_state,
            details=dict(details or {}),
            counterparty=known.counterparty if known else "",
            amount=known.amount if known else None,
            currency=known.currency if known else "",
            dated=known.dated if known else None,
        )
    return Document(
        kind=KIND,
        key=facts.number,
        portal_id=facts.portal_id,
        portal_state=portal_state,
        details=dict(details or {}),
        counterparty=order.vendor_id,
        amount=built.total if built else cents(order.total),
        currency=portal_currency(order.currency),
        dated=order.ordered_on,
        sage_id=str(order.sequence),
        sage_state="complete" if order.is_complete else "open",
    )


def links_of(facts: PoFacts) -> tuple[Link, ...]:
    """The portal's own id of the order, and the invoices that the portal links to it."""
    if facts.seen is None:
        return ()
    links = [("is_portal_order", "portal_order", facts.seen.id)]
    links += [("has_invoice", "portal_cfdi", invoice) for invoice in facts.seen.invoice_ids]
    return tuple(
        Link(relation=relation, target_type=target, target_key=key, source="portal")
        for relation, target, key in links
    )


def built_for(facts: PoFacts, provider_external_id: str, tenant: Tenant) -> Built:
    """The content of an order that Sage has, for a provider."""
    if facts.order is None:
        raise ValueError(f"{facts.number}: Sage does not have it")
    return build(
        facts.order,
        provider_external_id,
        facts.payment_form,
        facts.locations,
        tenant.purchase_orders,
    )


def confirmed_hash(facts: PoFacts) -> str | None:
    """Hash of the content that the portal confirmed last; None: none that we know of."""
    update, create = facts.rows.get(Operation.UPDATE), facts.rows.get(Operation.CREATE)
    if update is not None and (update.content_hash or is_blurred(update)):
        return update.content_hash
    return create.content_hash if create else None


def is_blurred(update: OperationRow) -> bool:
    """Whether an update ended without telling which content the portal has now."""
    return update.status == Status.DONE and not update.content_hash and bool(update.sent_hash)


def is_changed_by_person(facts: PoFacts) -> bool:
    """Whether the portal holds another content than the one it confirmed to us.

    What we sent ourselves, and what arrived after we had given it up, is no person's doing.
    """
    confirmed = facts.detail(CONFIRMED)
    if not confirmed or facts.seen is None:
        return False
    return fingerprint_of_portal(facts.seen) not in (confirmed, facts.detail(SENT))


def remembered_provider(facts: PoFacts) -> str:
    """The provider's external id that the order was last built for."""
    if facts.seen is not None and facts.seen.provider_external_id:
        return facts.seen.provider_external_id
    return facts.detail(PROVIDER)
