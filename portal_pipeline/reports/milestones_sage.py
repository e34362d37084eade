"""The milestones of what Sage or people begin: payments, purchase orders, suppliers."""

from __future__ import annotations

from portal_pipeline.core.complements.models import DOCUMENTS
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.listed import listed_of
from portal_pipeline.core.invoices.orders import OF_ORDER
from portal_pipeline.ledger.tracing import Edge
from portal_pipeline.reports.milestones_cfdi import complement_text
from portal_pipeline.reports.saying import (
    Milestone,
    done,
    each,
    ended,
    invoice_text,
    joined,
    now,
    refused,
    sent,
)
from portal_pipeline.reports.story import Speech, Story

# -- payments --------------------------------------------------------------------------------------


def payment_milestones(story: Story, speech: Speech) -> list[Milestone]:
    """Of a payment."""
    document = story.document
    seen = speech.say(
        "payment_seen",
        amount=speech.money(document.amount, document.currency),
        day=speech.day(document.dated),
        place=document.sage_id or "-",
    )
    told = (Operation.UPLOAD,)
    return [
        Milestone("seen", document.first_seen_at, seen),
        *_pays(story, speech),
        sent(story, Operation.UPLOAD, speech),
        refused(story, speech, *told) or _in_portal(story, Operation.UPLOAD, speech),
        done(story, "reversed", Operation.REVERSE, speech),
        *each(
            "complement",
            story.incoming,
            DOCUMENTS,
            speech,
            lambda edge: complement_text(story, edge, speech),
        ),
        done(story, "written", Operation.WRITE_COMPLEMENT, speech),
        *now(story, speech, told=told),
    ]


def _pays(story: Story, speech: Speech) -> list[Milestone]:
    def text(edge: Edge) -> str:
        found = story.neighbour_of(edge, outgoing=True)
        return invoice_text(found, edge.link.target_key, speech)

    return each("pays", story.outgoing, "pays", speech, text)


def _in_portal(story: Story, operation: Operation, speech: Speech) -> Milestone:
    """The portal's own id and state, and how it came there."""
    told = done(story, "in_portal", operation, speech)
    document = story.document
    if told.at is None or not document.portal_id:
        return told
    named = speech.say("portal_id", id=document.portal_id, state=document.portal_state or "-")
    by = ended(story.finished(operation), speech)
    return Milestone("in_portal", told.at, joined(named, by))


# -- purchase orders -------------------------------------------------------------------------------


def order_milestones(story: Story, speech: Speech) -> list[Milestone]:
    """Of a purchase order."""
    document = story.document
    seen = speech.say(
        "order_seen",
        amount=speech.money(document.amount, document.currency),
        day=speech.day(document.dated),
        state=document.sage_state or "-",
    )
    told = (Operation.CREATE,)
    return [
        Milestone("seen", document.first_seen_at, seen),
        sent(story, Operation.CREATE, speech),
        refused(story, speech, *told) or _in_portal(story, Operation.CREATE, speech),
        _newest(story, speech),
        *_invoiced_by(story, speech),
        done(story, "closed", Operation.CLOSE, speech),
        done(story, "cancelled", Operation.CANCEL, speech),
        *now(story, speech, told=told),
    ]


def _newest(story: Story, speech: Speech) -> Milestone:
    """The last update that the portal confirmed."""
    lines = [line for line in story.lines(Operation.UPDATE) if line.status == Status.DONE.value]
    if not lines:
        return Milestone("updated")
    return Milestone("updated", lines[-1].at, ended(lines[-1], speech))


def _invoiced_by(story: Story, speech: Speech) -> list[Milestone]:
    """Invoices that name the order, and those that the portal links to it."""

    def by_cfdi(edge: Edge) -> str:
        found = story.neighbour_of(edge, outgoing=False)
        text = invoice_text(found, edge.ref.key, speech)
        named = listed_of(found.document).po_numbers if found else ()
        is_by_number = edge.link.target_key == story.document.key
        is_stale = found is not None and is_by_number and story.document.key not in named
        return joined(text, speech.say("no_longer_named") if is_stale else "")

    def by_order(edge: Edge) -> str:
        found = story.neighbour_of(edge, outgoing=True)
        key = found.document.key if found else edge.link.target_key
        return invoice_text(found, key, speech)

    named = each("invoiced_by", story.incoming, OF_ORDER, speech, by_cfdi)
    linked = each("invoiced_by", story.outgoing, "has_invoice", speech, by_order)
    every = {one.text: one for one in (*named, *linked) if one.text}
    return list(every.values()) or [Milestone("invoiced_by")]


# -- providers -------------------------------------------------------------------------------------


def provider_milestones(story: Story, speech: Speech) -> list[Milestone]:
    """Of a supplier."""
    document = story.document
    name = document.details.get("name", "") or document.counterparty
    state = speech.say("in_state", state=document.portal_state or "-")
    vendors = document.details.get("vendors", "") or document.sage_id or ""
    told = (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR, Operation.SET_EXTERNAL_ID)
    return [
        Milestone("listed", document.first_seen_at, joined(name, state)),
        Milestone("vendor", None, vendors),
        refused(story, speech, *told) or done(story, "created", Operation.CREATE_VENDOR, speech),
        done(story, "updated", Operation.UPDATE_VENDOR, speech),
        done(story, "vendor_number", Operation.SET_EXTERNAL_ID, speech),
        *now(story, speech, told=told),
    ]
