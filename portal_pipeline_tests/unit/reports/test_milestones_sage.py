"""The milestones of payments and purchase orders, and what holds for every kind of document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from portal_pipeline.core.decisions import DocumentRow, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.payments import INVOICE_NOT_CONFIRMED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.tracing import Edges
from portal_pipeline.messages.story import LABELS
from portal_pipeline.reports.milestones import as_json, milestones_of
from portal_pipeline.reports.saying import Milestone
from portal_pipeline.reports.story import Neighbour, Speech, Story
from portal_pipeline_tests.unit.reports.makers import (
    COMPLEMENT,
    ENGLISH,
    GOT,
    IMPORT,
    UUID,
    at,
    document,
    edge,
    history,
    row,
    story,
    told,
)


def paying(status: Status, *lines: tuple[Any, ...], **given: Any) -> Story:
    own = document(
        DocumentKind.PAYMENT, "PY1", sage_id="3/1", portal_id=given.pop("portal_id", None)
    )
    upload = row(Operation.UPLOAD, status, kind=DocumentKind.PAYMENT, key="PY1", **given)
    invoice, by = document(), document(DocumentKind.PAYMENT_COMPLEMENT, COMPLEMENT)
    return Story(
        document=own,
        operations={Operation.UPLOAD: upload},
        history=history(*lines),
        outgoing=Edges((edge("pays", "invoice", UUID, of=own),)),
        incoming=Edges((edge("documents", "payment", "PY1", "portal", by),)),
        neighbours={
            invoice.ref: Neighbour(invoice, {IMPORT: row()}),
            by.ref: Neighbour(by),
        },
    )


def test_a_payment_tells_its_invoices_its_upload_and_its_complement():
    up = Operation.UPLOAD
    shown = told(
        paying(
            Status.DONE,
            (up, "intend", Status.IN_FLIGHT),
            (up, "succeed", Status.DONE),
            portal_id="p9",
            remote_id="p9",
        )
    )
    assert shown["pays"][0].text == f"{UUID}, 1,116.00 MXN, confirmed in Sage"
    assert shown["sent"] == [Milestone("sent", at(0), "attempt 1")]
    assert shown["in_portal"] == [
        Milestone("in_portal", at(1), "p9, status PENDING_PAYMENT, by us")
    ]
    assert shown["complement"][0].text == f"{COMPLEMENT}, status PENDING_PAYMENT"


def test_a_payment_that_waits_tells_every_reason():
    first = INVOICE_NOT_CONFIRMED(count=1, invoices="A1")
    other = Finding(code="next_cycle")
    (one,) = told(paying(Status.HELD, finding=first, notes=(other,), waiting_since=at(9)))["now"]
    assert one.at == at(9)
    assert one.text.startswith("upload waits: 1 ")
    assert one.text.endswith("left for the next cycle.")


def test_a_credit_note_that_a_payment_applies_is_found_by_its_uuid():
    base = paying(Status.HELD, finding=Finding(code="next_cycle"))
    note = document(DocumentKind.CREDIT_NOTE)
    of = replace(base, neighbours={note.ref: Neighbour(note, {IMPORT: row()})})
    assert told(of)["pays"][0].text == f"{UUID}, 1,116.00 MXN, confirmed in Sage"


def test_an_order_tells_who_invoices_it_and_what_the_portal_no_longer_says():
    own = document(DocumentKind.PURCHASE_ORDER, "PO1", sage_state="open", portal_id="o1")
    named = document(details={"po_numbers": "PO1"})
    before = document(key="DDDD-4", details={"po_numbers": ""})
    create = row(Operation.CREATE, kind=DocumentKind.PURCHASE_ORDER, key="PO1", remote_id="o1")
    of = Story(
        document=own,
        operations={Operation.CREATE: create},
        history=history(
            (Operation.CREATE, "intend", Status.IN_FLIGHT),
            (Operation.CREATE, "adopt", Status.DONE),
        ),
        incoming=Edges(
            tuple(
                edge("of_order", "purchase_order", "PO1", "portal", one) for one in (named, before)
            )
        ),
        neighbours={one.ref: Neighbour(one, {IMPORT: row()}) for one in (named, before)},
    )
    shown = told(of)
    assert [one.text for one in shown["invoiced_by"]] == [
        f"{UUID}, 1,116.00 MXN, confirmed in Sage",
        "DDDD-4, 1,116.00 MXN, confirmed in Sage, the portal names it no longer",
    ]
    assert shown["in_portal"][0].text.endswith("it was there already: adopted")
    assert [one.at for one in shown["updated"]] == [None]


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_document_of_which_nothing_is_known_has_a_story_with_a_label_for_each_milestone(
    kind, language
):
    bare = DocumentRow(kind=kind, key="X")
    speech = Speech(language, UTC)
    for one in as_json(milestones_of(Story(bare), speech), speech):
        assert set(one) == {"what", "at", "text"}
        assert all(LABELS[one["what"]])


def test_times_are_those_of_the_company():
    (first, *_) = as_json(milestones_of(story(GOT), ENGLISH), ENGLISH)
    assert first["at"] == "16/03/2026 12:00"
