"""The milestones of a document: a table of ways that a CFDI can go, told from ledger rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import Finding, load_all
from portal_pipeline.core.findings.general import OUTCOME_UNKNOWN
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    CANCELLED_AFTER_IMPORT,
    CANCELLED_BEFORE_IMPORT,
    CREDIT_NOTE_UNAPPLIED,
    ENTRY_REMOVED_IN_SAGE,
    NOT_APPROVED,
    POSSIBLE_DUPLICATE,
    POSTING_REFUSED,
)
from portal_pipeline.core.findings.payments import INVOICE_NOT_CONFIRMED
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.tracing import Edge, Edges, History, HistoryLine
from portal_pipeline.messages.story import LABELS
from portal_pipeline.reports.milestones import as_json, milestones_of
from portal_pipeline.reports.saying import Milestone
from portal_pipeline.reports.story import Neighbour, Speech, Story

load_all()
UUID, PARENT, COMPLEMENT = "AAAA-1", "BBBB-2", "CCCC-3"
START = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
ENGLISH = Speech("en", ZoneInfo("America/Mexico_City"))
IMPORT, POST, DOWNLOAD = Operation.IMPORT, Operation.POST, Operation.DOWNLOAD
WAITS = BATCH_WAITS_FOR_POSTING(document="V1/A1", batch=7)
REFUSED = POSTING_REFUSED(document="V1/A1", batch=9, error="Account 5100 is inactive")
LISTED = {"is_cancelled": "no", "approved_on": "2026-03-05", "status": "PENDING_PAYMENT"}
IN_SAGE = {"sage_batch": "7/1", "known_by": "uuid", "uuid_on": "ap_entry,posted"}
SENT = {"sage_vendor": "V1", "sage_number": "A1", "route": "web_api"}


def document(kind: DocumentKind = DocumentKind.INVOICE, key: str = UUID, **given: Any) -> Any:
    return DocumentRow(
        **{
            "kind": kind,
            "key": key,
            "amount": Decimal("1116.00"),
            "currency": "MXN",
            "dated": date(2026, 3, 10),
            "portal_state": "PENDING_PAYMENT",
            "first_seen_at": START,
            **given,
            "details": {**LISTED, **given.get("details", {})},
        }
    )


def row(operation: Operation = IMPORT, status: Status = Status.DONE, **given: Any) -> OperationRow:
    return OperationRow(
        kind=given.pop("kind", DocumentKind.INVOICE),
        key=given.pop("key", UUID),
        operation=operation,
        status=status,
        **given,
    )


def history(*lines: tuple[Any, ...], left_out: int = 0) -> History:
    """(operation, event, status[, finding[, actor, detail]]) a minute after each other."""
    told = []
    for minute, (operation, event, status, *more) in enumerate(lines):
        finding, actor, detail = (*more, None, "", "")[:3] if len(more) < 3 else more
        told.append(
            HistoryLine(
                at=START + timedelta(minutes=minute),
                operation=operation.value,
                event=event,
                status=status.value,
                finding=finding,
                actor=actor or "",
                detail=detail or "",
            )
        )
    return History(tuple(told), left_out)


GOT = (
    (DOWNLOAD, "intend", Status.IN_FLIGHT),
    (DOWNLOAD, "succeed", Status.DONE),
)
CREATED = (*GOT, (IMPORT, "intend", Status.IN_FLIGHT), (IMPORT, "accept", Status.HELD, WAITS))


def edge(relation: str, target: str, key: str, source: str = "sage", of: Any = None) -> Edge:
    ref = (of or document()).ref
    link = Link(relation=relation, target_type=target, target_key=key, source=source)
    return Edge(ref, link, START)


def is_entry(source: str) -> Edges:
    return Edges((edge("is_sage_document", "sage_entry", "V1/A1", source),))


def story(
    lines: Sequence[tuple[Any, ...]],
    *rows: OperationRow,
    details: Mapping[str, str] | None = None,
    **given: Any,
) -> Story:
    own = given.pop("document", None) or document(
        sage_id=given.pop("sage_id", "V1/A1"), details=details or {}
    )
    every = (row(DOWNLOAD, remote_id="5e" * 32), *rows)
    return Story(
        document=own,
        operations={one.operation: one for one in every},
        history=history(*lines),
        **given,
    )


def told(of: Story) -> dict[str, list[Milestone]]:
    found: dict[str, list[Milestone]] = {}
    for one in milestones_of(of, ENGLISH):
        found.setdefault(one.what, []).append(one)
    return found


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


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
            {"check": "ok"}, "ok; seal: not checked; schema: not checked", id="figures alone"
        ),
        pytest.param(
            {"check": "total_differs", "seal": "invalid", "schema": "ok"},
            "total_differs; seal: invalid; schema: ok",
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
