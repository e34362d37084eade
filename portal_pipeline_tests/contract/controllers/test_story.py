"""A document's trace from its first sight to its complement, between both simulators."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.controllers.payment_check import PaymentCheck
from portal_pipeline.controllers.payment_upload import PaymentUpload
from portal_pipeline.core.decisions import Document, hold
from portal_pipeline.core.findings.general import NEXT_CYCLE
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.tenant import Posting
from portal_pipeline.orchestration.health import every_download_accounted_for
from portal_pipeline.orchestration.health_reading import health_of
from portal_pipeline.reports.trace import trace
from portal_pipeline.sandbox.sage.company import ApDetail
from portal_pipeline_tests.contract.controllers.bench import VENDOR, ZONE
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom, ref
from portal_pipeline_tests.contract.controllers.treasury import Treasury
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

STEPS = (CfdiDownload, CfdiImport, PaymentCheck, PaymentUpload)


class Office(Treasury):
    """A supplier's invoice goes through the whole house; documents by their name."""

    def __init__(self, room: Mailroom) -> None:
        super().__init__(room)
        self.room = room
        room.set_payments(allow_sage_sql_writes=True)

    def cycle(self) -> dict[ControllerName, StepReport]:
        reports = {step.name: self.room.run(step) for step in STEPS}
        self.room.advance(minutes=15)
        return reports

    def complement(self, name: str, payment_id: str, *invoices: str) -> str:
        xml = cfdi_xml(name, tipo="P", paid=tuple((uuid, "116.00") for uuid in invoices))
        portal, key = self.room.portal, self.room.key
        sent = portal.attach_complement(
            key, payment_ids=(payment_id,), xml=xml, provider_id=self.provider.id
        )
        portal.review_complement(key, sent.id, authorize=True)
        return uuid_of(name)

    def traced(self, key: str, language: str = "en") -> dict[str, Any]:
        (one,) = trace(self.room.ledger, key, ZONE, language)
        return one

    def story(self, key: str) -> dict[str, list[str]]:
        """Texts by milestone."""
        found: dict[str, list[str]] = {}
        for one in self.traced(key)["milestones"]:
            found.setdefault(one["what"], []).append(one["text"])
        return found


@pytest.fixture
def office(room: Mailroom) -> Office:
    return Office(room)


def test_an_invoice_is_traced_from_the_list_to_the_complement_that_closes_it(office, room):
    uuid = uuid_of("1")
    room.upload("1", additional_info={"OC": ""})
    (created,) = office.cycle()[ControllerName.CFDI_IMPORT].rows
    assert (created.ending, created.sage_place) == ("succeeded", "1/1")
    story = office.story(uuid)
    assert story["in_sage"] == [f"{VENDOR}/F1, batch 1, entry 1, says our own import"]
    assert story["posted"] == story["confirmed"] == story["paid_by"] == [""]
    (entry,) = room.in_sage(uuid)
    room.company.post_ap_invoice_batch(entry.batch)
    report = office.cycle()[ControllerName.CFDI_IMPORT]
    (news,) = report.rows
    assert (report.newly_done, news.key, news.sage_place, news.confirmed_by) == (
        1,
        uuid,
        "1/1",
        "uuid",
    )
    assert office.cycle()[ControllerName.CFDI_IMPORT].rows == ()
    office.pay("PY1", (entry.number, "116.00"))
    office.cycle()
    (payment,) = office.in_portal("PY1")
    complement = office.complement("C1", payment.id, uuid)
    office.cycle()

    story = office.story(uuid)
    assert story.pop("listed")[0].startswith("in the portal with status ")
    known = room.ledger.documents(DocumentKind.INVOICE, [uuid])[uuid].details
    assert story.pop("downloaded") == [f"sha256 {known['sha256']}"]
    assert story == {
        "checked": [f"{known['check']}; seal: not checked; schema: not checked"],
        "sent": [f"attempt 1, by Sage's Web API, as {VENDOR}/F1"],
        "in_sage": [f"{VENDOR}/F1, batch 1, entry 1, says our own import"],
        "posted": ["seen in Sage"],
        "confirmed": [f"UUID in FOLIOCFD of {VENDOR}/F1 (A/P entry, posted document)"],
        "paid_by": ["PY1, 116.00 MXN of 16/03/2026, in the portal (PENDING_PAYMENT_CFDI)"],
        "closed_by": [f"{complement}, 116.00 paid on 20/03/2026, status ATTACHED"],
        "purchase_order": [""],
        "now": ["nothing waits"],
    }
    of_payment = office.story("PY1")
    assert of_payment["pays"] == [f"{uuid}, 116.00 MXN, confirmed in Sage"]
    assert of_payment["complement"] == [f"{complement}, status ATTACHED"]
    assert of_payment["written"] == [f"{complement}: by us"]
    of_complement = office.story(complement)
    assert of_complement["documents"] == [
        "PY1, 116.00 MXN of 16/03/2026, in the portal (PENDING_PAYMENT_CFDI); written in Sage"
    ]
    assert of_complement["closes"] == [
        f"{uuid}, 116.00 MXN, confirmed in Sage; 116.00 paid on 20/03/2026"
    ]
    room.advance(days=1)
    swept = office.cycle()[ControllerName.CFDI_IMPORT]
    assert (swept.done, swept.newly_done, swept.rows) == (1, 0, ()), (
        "the daily sweep brings no news"
    )


def test_our_own_posting_is_told_with_its_sequence_and_a_refused_one_with_sages_text(office, room):
    room.set_posting(Posting.POST)
    room.upload("1")
    office.cycle()
    assert office.story(uuid_of("1"))["posted"] == ["by us, posting sequence 1"]
    room.set_posting(Posting.OPEN)
    bad = (ApDetail(amount=Decimal(100), gl_account="NONE"),)
    room.capture("F2", uuid_of("2"), details=bad)
    room.upload("2")
    office.cycle()
    story = office.story(uuid_of("2"))
    assert story["sent"] == ["not by us: someone else captured it in Sage"]
    (text,) = story["refused"]
    assert "Sage could not post" in text
    assert "does not exist" in text
    assert story["confirmed"] == [""]


@pytest.mark.parametrize(
    ("uuid", "how"),
    [
        pytest.param("1", "UUID in FOLIOCFD of V001/F1 (A/P entry, posted document)", id="uuid"),
        pytest.param(
            "",
            "it is V001/F1, says the only match of vendor, number, total and currency",
            id="link",
        ),
    ],
)
def test_what_a_clerk_captured_is_told_with_how_it_was_recognised(office, room, uuid, how):
    room.capture("F1", uuid_of(uuid) if uuid else "")
    room.upload("1")
    office.cycle()
    assert office.story(uuid_of("1"))["confirmed"] == [how]


def test_a_persons_link_is_told_as_such(office, room):
    room.capture("OTHER")
    room.upload("1")
    office.cycle()
    assert office.story(uuid_of("1"))["now"][0].startswith("import waits: Sage has a document")
    room.person.link(ref("1"), VENDOR, "OTHER")
    office.cycle()
    assert office.story(uuid_of("1"))["confirmed"] == [
        f"it is {VENDOR}/OTHER, says a person (link)"
    ]


def test_the_order_that_an_invoice_names_is_linked_both_ways(office, room):
    room.upload("1", additional_info={"OC": "PO-77"})
    office.cycle()
    assert office.story(uuid_of("1"))["purchase_order"] == ["PO-77"]
    order = Document(kind=DocumentKind.PURCHASE_ORDER, key="PO-77")
    room.ledger.record([hold(order, Operation.CREATE, NEXT_CYCLE())], "run")
    (invoiced,) = office.story("PO-77")["invoiced_by"]
    assert invoiced.startswith(f"{uuid_of('1')}, 116.00 MXN, waits: It is of purchase order PO-77")


def test_a_trace_needs_the_same_statements_for_many_neighbours_as_for_one(office, room):
    room.upload("1")
    office.cycle()
    few = _statements(office, uuid_of("1"), payments=range(1))
    many = _statements(office, uuid_of("1"), payments=range(1, 150))
    assert few == many <= 16
    traced = office.traced(uuid_of("1"))
    assert traced["left_out"] == ["50 older links pays are not shown"]
    paid_by = [one["text"] for one in traced["milestones"] if one["what"] == "paid_by"]
    assert (len(paid_by), paid_by[-1]) == (101, "and 50 more")


def test_a_payment_that_applies_a_credit_note_is_told_on_both_sides(office, room):
    note = Document(kind=DocumentKind.CREDIT_NOTE, key=uuid_of("N1"))
    payment = Document(kind=DocumentKind.PAYMENT, key="PY1")
    # A link names what is paid by its UUID, whatever kind of CFDI it is.
    pays = Link(relation="pays", target_type="invoice", target_key=note.key, source="sage")
    room.ledger.record([hold(note, Operation.IMPORT, NEXT_CYCLE())], "run")
    room.ledger.record([hold(payment, Operation.UPLOAD, NEXT_CYCLE(), links=(pays,))], "run")
    assert office.story(note.key)["paid_by"][0].startswith("PY1, - of -, waits:")
    assert office.story("PY1")["pays"][0].startswith(f"{note.key}, -, waits:")


def _statements(office: Office, uuid: str, payments: Sequence[int]) -> int:
    ledger = office.room.ledger
    pays = Link(relation="pays", target_type="invoice", target_key=uuid, source="sage")
    documents = [Document(kind=DocumentKind.PAYMENT, key=f"P{n:04}") for n in payments]
    ledger.record(
        [hold(one, Operation.UPLOAD, NEXT_CYCLE(), links=(pays,)) for one in documents], "run"
    )
    asked: list[str] = []
    engine = office.room.ledger_store._engine

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    office.traced(uuid)
    event.remove(engine, "before_cursor_execute", note)
    return len([text for text in asked if text.lstrip().startswith("SELECT")])


def test_a_download_that_the_import_does_not_know_turns_its_check_red(office, room):
    room.upload("1")
    room.upload("2")
    office.cycle()

    def judged() -> str:
        state = health_of(room.ledger, ControllerName.CFDI_IMPORT, room.tenant.intervals)
        assert state is not None
        return every_download_accounted_for(state)

    assert judged() == ""
    with room.ledger.ledger.writing(room.key) as connection:
        connection.exec_driver_sql(
            f"DELETE FROM operation WHERE key = '{uuid_of('1')}' AND operation = 'import'"  # noqa: S608 - a key of the test
        )
    assert judged() == f"1 downloaded without an import: invoice {uuid_of('1')}"
    office.cycle()
    assert judged() == "", "the next cycle takes it up again"
    room.upload("3")
    room.run(CfdiDownload)
    assert judged() == "", "the cycle that downloaded it goes on"


def test_the_language_of_a_trace_is_that_of_the_installation(office, room):
    room.upload("1")
    office.cycle()
    texts = [one["text"] for one in office.traced(uuid_of("1"), "es")["milestones"]]
    assert f"intento 1, por la Web API de Sage, como {VENDOR}/F1" in texts
