"""The milestones of a document: a table of ways that a CFDI can go, told from ledger rows alone."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings.general import OUTCOME_UNKNOWN
from portal_pipeline.core.findings.invoices import (
    CANCELLED_AFTER_IMPORT,
    CANCELLED_BEFORE_IMPORT,
    CREDIT_NOTE_UNAPPLIED,
    ENTRY_REMOVED_IN_SAGE,
    NOT_APPROVED,
    POSSIBLE_DUPLICATE,
)
from portal_pipeline.core.findings.payments import INVOICE_NOT_CONFIRMED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.tracing import Edges
from portal_pipeline.reports.milestones import milestones_of
from portal_pipeline.reports.saying import Milestone
from portal_pipeline.reports.story import Neighbour, Story
from portal_pipeline_tests.unit.reports.makers import (
    COMPLEMENT,
    CREATED,
    ENGLISH,
    GOT,
    IMPORT,
    IN_SAGE,
    PARENT,
    POST,
    REFUSED,
    SENT,
    UUID,
    WAITS,
    at,
    document,
    edge,
    is_entry,
    row,
    story,
    told,
)

CASES = [
    pytest.param(
        story(
            (*CREATED, (IMPORT, "confirm_done", Status.DONE)),
            row(remote_id="7/1"),
            details={**IN_SAGE, **SENT},
            outgoing=is_entry("import"),
        ),
        {
            "downloaded": (1, "sha256 " + "5e" * 32),
            "sent": (2, "attempt 1, by Sage's Web API, as V1/A1"),
            "in_sage": (3, "V1/A1, batch 7, entry 1, says our own import"),
            "posted": (4, "seen in Sage"),
            "confirmed": (4, "UUID in FOLIOCFD of V1/A1 (A/P entry, posted document)"),
            "now": (None, "nothing waits"),
        },
        id="imported by us and posted by a clerk",
    ),
    pytest.param(
        story(
            (
                *CREATED,
                (POST, "intend", Status.IN_FLIGHT),
                (POST, "succeed", Status.DONE),
                (IMPORT, "confirm_done", Status.DONE),
            ),
            row(remote_id="7/1"),
            row(POST, remote_id="12"),
            details={**IN_SAGE, **SENT},
        ),
        {"posted": (5, "by us, posting sequence 12"), "confirmed": (6, "UUID in FOLIOCFD")},
        id="posted by us",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "confirm_done", Status.DONE)),
            row(),
            details={**IN_SAGE, "uuid_on": "po_invoice"},
            outgoing=is_entry("sage"),
        ),
        {
            "sent": (None, "not by us: someone else captured it in Sage"),
            "in_sage": (2, "V1/A1, batch 7, entry 1, says the UUID in Sage"),
            "posted": (2, "seen in Sage"),
            "confirmed": (2, "UUID in FOLIOCFD of V1/A1 (PO invoice)"),
        },
        id="captured by a clerk with its UUID",
    ),
    pytest.param(
        story(
            (
                *GOT,
                (IMPORT, "hold", Status.HELD, POSSIBLE_DUPLICATE(document="V1/A1", dated="-")),
                (IMPORT, "link", Status.HELD, None, "ana", "the same"),
                (IMPORT, "confirm_done", Status.DONE),
            ),
            row(),
            details={**IN_SAGE, "known_by": "person", "uuid_on": ""},
            outgoing=is_entry("person"),
        ),
        {
            "in_sage": (4, "says a person (link)"),
            "confirmed": (4, "it is V1/A1, says a person (link)"),
        },
        id="linked by a person",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "confirm_done", Status.DONE)),
            row(),
            details={"sage_batch": "7/1", "known_by": "automatic", "uuid_on": ""},
            outgoing=is_entry("automatic"),
        ),
        {"confirmed": (2, "it is V1/A1, says the only match of vendor, number, total")},
        id="linked by itself",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "confirm_done", Status.DONE)),
            row(),
            details={**IN_SAGE, "uuid_on": ""},
        ),
        {"confirmed": (2, "it is V1/A1, says UUID in FOLIOCFD")},
        id="confirmed by its UUID, and not known where Sage has it",
    ),
    pytest.param(
        story((*GOT, (IMPORT, "confirm_done", Status.DONE)), row()),
        {"in_sage": (2, "V1/A1"), "confirmed": (2, "V1/A1, read in Sage")},
        id="confirmed by an older release, which did not keep how",
    ),
    pytest.param(
        story(
            (*CREATED, (IMPORT, "reject", Status.REJECTED, REFUSED)),
            row(status=Status.REJECTED, finding=REFUSED, remote_id="7/1", waiting_since=at(3)),
            details={**SENT, "sage_batch": "9/1", "known_by": "uuid"},
        ),
        {
            "in_sage": (3, "V1/A1, batch 9, entry 1"),
            "refused": (4, "Sage could not post V1/A1 (error batch 9): Account 5100 is inactive"),
            "confirmed": (None, ""),
            "now": (3, "import: Mend the entry in the error batch and post it."),
        },
        id="refused at posting",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "exclude", Status.OUT_OF_SCOPE, CANCELLED_BEFORE_IMPORT(date="x"))),
            row(status=Status.OUT_OF_SCOPE, finding=CANCELLED_BEFORE_IMPORT(date="x")),
            details={"is_cancelled": "yes"},
            sage_id=None,
        ),
        {
            "listed": (0, "status PENDING_PAYMENT, approved on 05/03/2026, cancelled"),
            "sent": (None, ""),
            "in_sage": (None, ""),
            "posted": (None, ""),
            "now": (2, "import out of scope: It is cancelled (seen on x); it is not imported."),
        },
        id="cancelled before its import",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "confirm_done", Status.DONE)),
            row(notes=(CANCELLED_AFTER_IMPORT(document="V1/A1"),)),
            details=IN_SAGE,
        ),
        {"now": (2, "import: It is cancelled, but it is in Sage already as V1/A1.")},
        id="cancelled after its import",
    ),
    pytest.param(
        story(
            (
                *GOT,
                (IMPORT, "hold", Status.HELD, NOT_APPROVED(status="NEW")),
                (IMPORT, "dismiss", Status.DISMISSED, NOT_APPROVED(status="NEW"), "ana", "twice"),
            ),
            row(status=Status.DISMISSED, finding=NOT_APPROVED(status="NEW")),
            sage_id=None,
        ),
        {"in_sage": (None, ""), "now": (3, "import dismissed by ana: twice")},
        id="dismissed",
    ),
    pytest.param(
        story(
            (*GOT, (IMPORT, "intend", Status.IN_FLIGHT), (IMPORT, "doubt", Status.IN_FLIGHT)),
            row(
                status=Status.IN_FLIGHT,
                finding=OUTCOME_UNKNOWN(operation="import", detail="timeout"),
                waiting_since=at(2),
            ),
            details=SENT,
            sage_id=None,
        ),
        {
            "sent": (2, "attempt 1, by Sage's Web API, as V1/A1"),
            "in_sage": (None, ""),
            "now": (2, "import in doubt: It is not known whether import arrived: timeout."),
        },
        id="still in flight",
    ),
    pytest.param(
        story(
            (*CREATED, (IMPORT, "hold", Status.HELD, ENTRY_REMOVED_IN_SAGE(entry="7/1"))),
            row(
                status=Status.HELD,
                finding=ENTRY_REMOVED_IN_SAGE(entry="7/1"),
                remote_id="7/1",
                waiting_since=at(3),
            ),
            details={**SENT, **IN_SAGE},
        ),
        {
            "in_sage": (4, "The entry 7/1 that was imported is no longer in Sage"),
            "posted": (None, ""),
            "confirmed": (None, ""),
        },
        id="taken out of Sage by a person",
    ),
    pytest.param(
        story(
            (
                *CREATED,
                (IMPORT, "hold", Status.HELD, ENTRY_REMOVED_IN_SAGE(entry="7/1")),
                (IMPORT, "intend", Status.IN_FLIGHT),
                (IMPORT, "accept", Status.HELD, WAITS),
            ),
            row(status=Status.HELD, finding=WAITS, remote_id="8/1"),
            details=SENT,
        ),
        {
            "sent": (5, "attempt 2"),
            "in_sage": (6, "V1/A1, batch 8, entry 1"),
            "now": (6, "import waits: It is captured in Sage (V1/A1, batch 7)"),
        },
        id="imported anew, not posted yet",
    ),
    pytest.param(
        story(
            (*CREATED, (IMPORT, "confirm_done", Status.DONE), (IMPORT, "reopen", Status.HELD)),
            row(status=Status.HELD, finding=WAITS, remote_id="7/1"),
            details={**SENT, **IN_SAGE},
        ),
        {"in_sage": (3, "batch 7, entry 1"), "posted": (None, ""), "confirmed": (None, "")},
        id="posted once, and not any more",
    ),
]


@pytest.mark.parametrize(("of", "expected"), CASES)
def test_every_way_of_a_cfdi_is_told(of: Story, expected: dict[str, tuple[int | None, str]]):
    shown = told(of)
    for what, (minute, text) in expected.items():
        (one,) = shown[what]
        assert one.at == (None if minute is None else at(minute)), (what, one)
        assert text in one.text if text else not one.text, (what, one)


def test_every_invoice_has_the_same_milestones_in_the_same_order():
    wanted = (
        *("listed", "downloaded", "checked", "sent", "in_sage", "posted", "confirmed"),
        *("paid_by", "closed_by", "purchase_order", "now"),
    )
    for case in CASES:
        (of, _) = case.values
        names = [what for what, _ in groupby(milestones_of(of, ENGLISH), key=lambda m: m.what)]
        assert tuple("posted" if n == "refused" else n for n in names) == wanted


@pytest.mark.parametrize(
    ("details", "text"),
    [
        pytest.param({}, "not checked", id="nothing known"),
        pytest.param(
            {"check": "ok"},
            "no findings; seal: not checked; schema: not checked",
            id="figures alone",
        ),
        pytest.param(
            {"check": "total_differs", "seal": "invalid", "schema": "valid"},
            "total_differs; seal: invalid; schema: valid",
            id="all",
        ),
    ],
)
def test_what_the_check_said_is_told_and_its_absence_too(details, text):
    assert told(story(GOT, details=details))["checked"] == [Milestone("checked", None, text)]


def payment(status: Status, **given: Any) -> Neighbour:
    one = document(
        DocumentKind.PAYMENT, "PY1", portal_id="p9", portal_state=given.pop("state", None)
    )
    upload = row(Operation.UPLOAD, status, kind=DocumentKind.PAYMENT, key="PY1", **given)
    return Neighbour(one, {Operation.UPLOAD: upload})


@pytest.mark.parametrize(
    ("neighbour", "text"),
    [
        (
            payment(Status.DONE, state="PAID"),
            "PY1, 1,116.00 MXN of 10/03/2026, in the portal (PAID)",
        ),
        (
            payment(Status.HELD, finding=INVOICE_NOT_CONFIRMED(count=1, invoices="A1")),
            "PY1, 1,116.00 MXN of 10/03/2026, waits: 1 ",
        ),
        (None, "PY1: not known yet"),
    ],
    ids=["sent", "held", "not read yet"],
)
def test_each_payment_of_an_invoice_is_told_with_amount_date_and_state(neighbour, text):
    by = document(DocumentKind.PAYMENT, "PY1")
    known = {by.ref: neighbour} if neighbour else {}
    of = story(GOT, incoming=Edges((edge("pays", "invoice", UUID, of=by),)), neighbours=known)
    (one,) = told(of)["paid_by"]
    assert one.text.startswith(text)


def test_the_complement_that_closes_an_invoice_is_told_with_what_it_says_was_paid():
    by = document(
        DocumentKind.PAYMENT_COMPLEMENT,
        COMPLEMENT,
        portal_state="ATTACHED",
        details={"paid_documents": f"{UUID}:100.00:20260320;OTHER:5.00:"},
    )
    of = story(
        GOT,
        incoming=Edges((edge("closes", "invoice", UUID, "portal", by),)),
        neighbours={by.ref: Neighbour(by)},
    )
    assert [one.text for one in told(of)["closed_by"]] == [
        f"{COMPLEMENT}, 100.00 paid on 20/03/2026, status ATTACHED"
    ]


def test_a_credit_note_names_the_invoice_that_it_lowers_and_that_it_was_not_applied():
    note = document(DocumentKind.CREDIT_NOTE, details={"related": f"01:{PARENT}"})
    imported = row(kind=DocumentKind.CREDIT_NOTE, notes=(CREDIT_NOTE_UNAPPLIED(parents=PARENT),))
    shown = told(story((*GOT, (IMPORT, "confirm_done", Status.DONE)), imported, document=note))
    assert [one.text for one in shown["lowers"]] == [PARENT]
    assert "closed_by" not in shown
    assert "without applying it" in shown["now"][0].text


def test_purchase_orders_are_told_with_their_lines_whoever_named_them():
    by_order = document(DocumentKind.PURCHASE_ORDER, "PO7")
    by_id = document(DocumentKind.PURCHASE_ORDER, "PO9", portal_id="o-9")
    of = story(
        GOT,
        details={"po_numbers": "PO1,?", "po_lines": "PO1/L1/0;PO1/L2/1;PO1/L1/2"},
        outgoing=Edges(
            (
                edge("of_order", "purchase_order", "PO1", "portal"),
                edge("of_order", "portal_order", "o-9", "portal"),
                edge("of_order", "portal_order", "o-8", "portal"),
            )
        ),
        incoming=Edges((edge("has_invoice", "portal_cfdi", "p1", "portal", by_order),)),
        by_portal_id={"o-9": Neighbour(by_id)},
    )
    assert [one.text for one in told(of)["purchase_order"]] == [
        "PO1, lines L1, L2",
        "PO9",
        "portal order o-8",
        "PO7",
    ]


def test_what_is_beyond_the_limit_is_counted():
    by = document(DocumentKind.PAYMENT, "PY1")
    many = Edges((edge("pays", "invoice", UUID, of=by),), {"pays": 1900})
    texts = [one.text for one in told(story(GOT, incoming=many))["paid_by"]]
    assert texts == ["PY1: not known yet", "and 1900 more"]
