"""payment_check between both simulators: the complement reaches its Sage payment, once, whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.controllers.payment_check import PaymentCheck
from portal_pipeline.controllers.payment_upload import PaymentUpload
from portal_pipeline.core.decisions import done
from portal_pipeline.core.identity import DocumentKind, Operation, upper_uuid
from portal_pipeline.core.invoices.listed import document_of
from portal_pipeline.core.tenant import Mode
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.treasury import Treasury
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

WRITE, DOWNLOAD = Operation.WRITE_COMPLEMENT, Operation.DOWNLOAD
COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT


class Desk(Treasury):
    """Also complements: sent by suppliers, approved, listed by the download."""

    def paid(self, number: str, *invoices: str, upload: bool = True) -> str:
        """A payment that went to the portal; its portal id."""
        for invoice in invoices:
            self.invoice(invoice)
        self.pay(number, *((invoice, "116.00") for invoice in invoices))
        if not upload:
            return ""
        self.bench.run(PaymentUpload)
        (payment,) = self.in_portal(number)
        return payment.id

    def complement(self, name: str, *payment_ids: str, approve: bool = True, **document) -> str:
        """A complement; its UUID. The XML is stamped on 10 March 2026."""
        portal, key = self.bench.portal, self.bench.key
        paid = document.pop("paid", (("X", "116.00"),))
        xml = cfdi_xml(name, tipo="P", paid=paid, **document)
        cfdi = portal.attach_complement(
            key, payment_ids=payment_ids, xml=xml, provider_id=self.provider.id
        )
        if approve:
            portal.review_complement(key, cfdi.id, authorize=True)
        return uuid_of(name)

    def cancel(self, uuid: str) -> None:
        cfdi = self.bench.portal.cfdi(self.bench.key, uuid)
        self.bench.portal.cancel_cfdi(self.bench.key, cfdi.id, by_sat=True)

    def check(self, *, is_listed: bool = True):
        """What the download would keep of the complements, then the step."""
        if is_listed:
            work = self.bench.workspace()
            day = date(2026, 1, 1)
            listed = work.portal.cfdis_created("PAYMENT_CFDI", day, date(2026, 12, 31)).items
            documents = [document_of(cfdi, work.tenant.zone) for cfdi in listed]
            work.ledger.record([done(one, DOWNLOAD) for one in documents], work.run_id)
            self.bench.ledger_store.leases.release(work.lease)
        return self.bench.run(PaymentCheck)

    def stored(self, number: str) -> dict[str, str]:
        (payment,) = [p for p in self.bench.company.payments() if p.number == number]
        return dict(payment.optional_fields)

    def values(self, number: str) -> tuple[int, int]:
        """(VALUES of the header, rows of APTCRO)."""
        with self.bench.company.writing() as unit:
            header = unit.needed("APTCR", {"DOCNBR": number, "BTCHTYPE": "PY"})
            key = {n: header[n] for n in ("BTCHTYPE", "CNTBTCH", "CNTENTR")}
            return header["VALUES"], len(unit.rows("APTCRO", key, "OPTFIELD"))


@pytest.fixture
def desk(bench):
    bench.set_payments(allow_sage_sql_writes=True)
    return Desk(bench)


def test_uuid_and_date_reach_the_payment_and_the_counter_stays_right(bench, desk):
    uuid = desk.complement("C1", desk.paid("PY1", "F1"))
    report = desk.check()
    assert (report.acted, report.succeeded) == (1, 1)
    assert desk.stored("PY1") == {"FOLIOCFD": uuid, "FECHACFD": "20260310"}
    assert desk.values("PY1") == (2, 2)
    assert desk.status("PY1", WRITE) == ("done", "")
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("done", "")
    again = desk.check()
    assert (again.acted, again.seen) == (0, 0)


def test_the_date_field_and_the_rows_carry_the_definition_of_the_field(bench, desk):
    desk.complement("C1", desk.paid("PY1", "F1"))
    desk.check()
    with bench.company.writing() as unit:
        for row in unit.rows("APTCRO", {"BTCHTYPE": "PY"}):
            defined = unit.needed("CSOPTFH", {"OPTFIELD": row["OPTFIELD"]})
            names = ("TYPE", "LENGTH", "DECIMALS", "ALLOWNULL", "VALIDATE")
            assert [row[n] for n in names] == [defined[n] for n in names]
            assert row["SWSET"] == 1
            assert row["AUDTUSER"] == "PORTAL"
            assert row["AUDTORG"] == "COPDAT"


def test_one_complement_for_several_payments_reaches_all(bench, desk):
    ids = desk.paid("PY1", "F1"), desk.paid("PY2", "F2")
    uuid = desk.complement("C1", *ids)
    assert desk.check().succeeded == 2
    assert desk.stored("PY1")["FOLIOCFD"] == desk.stored("PY2")["FOLIOCFD"] == uuid


def test_a_complement_waits_for_its_approval(bench, desk):
    uuid = desk.complement("C1", desk.paid("PY1", "F1"), approve=False)
    desk.check()
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("held", "complement_not_approved")
    assert not desk.stored("PY1")
    cfdi = bench.portal.cfdi(bench.key, uuid)
    bench.portal.review_complement(bench.key, cfdi.id, authorize=True)
    assert desk.check().succeeded == 1


def test_without_the_switch_sage_is_not_touched(bench, desk):
    bench.set_payments(allow_sage_sql_writes=False)
    desk.complement("C1", desk.paid("PY1", "F1"))
    assert desk.check().out_of_scope == 1
    assert desk.status("PY1", WRITE) == ("out_of_scope", "sql_writes_off")
    assert not desk.stored("PY1")
    bench.set_payments(allow_sage_sql_writes=True)
    bench.advance(days=1)
    assert desk.check().succeeded == 1, "looked at again in the daily sweep"


def test_what_a_person_typed_in_sage_is_done_or_a_conflict(bench, desk):
    first, second = desk.paid("PY1", "F1"), desk.paid("PY2", "F2")
    mine = desk.complement("C1", first)
    theirs = desk.complement("C2", second)
    bench.company.set_payment_field(number="PY1", name="FOLIOCFD", value=mine.lower())
    bench.company.set_payment_field(number="PY1", name="FECHACFD", value="20260310")
    bench.company.set_payment_field(number="PY2", name="FOLIOCFD", value=uuid_of("other"))
    desk.check()
    assert desk.status("PY1", WRITE) == ("done", "")
    assert desk.status("PY2", WRITE) == ("rejected", "other_uuid_present")
    assert desk.stored("PY2")["FOLIOCFD"] != theirs
    bench.company.set_payment_field(number="PY2", name="FOLIOCFD", value="")
    assert desk.check(is_listed=False).succeeded == 1, "an open payment is looked at each cycle"
    assert desk.stored("PY2") == {"FOLIOCFD": theirs, "FECHACFD": "20260310"}


def test_a_substitute_replaces_and_a_second_valid_one_does_not(bench, desk):
    portal_id = desk.paid("PY1", "F1")
    first = desk.complement("C1", portal_id)
    desk.check()
    desk.complement("C2", portal_id)
    desk.check()
    assert desk.stored("PY1")["FOLIOCFD"] == first
    row = bench.row("PY1", WRITE, DocumentKind.PAYMENT)
    assert [note.code for note in row.notes] == ["several_complements"]
    third = desk.complement("C3", portal_id, related=("04", first))
    assert desk.check().succeeded == 1
    assert desk.stored("PY1")["FOLIOCFD"] == third
    assert desk.values("PY1") == (2, 2)


def test_one_that_follows_a_cancellation_replaces(bench, desk):
    portal_id = desk.paid("PY1", "F1")
    first = desk.complement("C1", portal_id)
    desk.check()
    desk.cancel(first)
    second = desk.complement("C2", portal_id)
    desk.check()
    assert desk.stored("PY1")["FOLIOCFD"] == second


def test_a_complement_of_a_persons_payment_is_not_ours(bench, desk):
    desk.invoice("F1")
    line = {
        "uuid": desk.uuid("F1"),
        "amount": Decimal("116.00"),
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_amount": Decimal("116.00"),
    }
    by_hand = bench.portal.create_payment_by_person(
        bench.key,
        {
            "currency": "MXN",
            "payment_date": "2026-03-02T10:00:00.000Z",
            "total_amount": Decimal("116.00"),
            "cfdis": [line],
        },
    )
    uuid = desk.complement("C1", by_hand.id)
    desk.check()
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("out_of_scope", "payment_not_ours")


def test_a_payment_that_the_ledger_never_saw_is_found_through_the_portal(bench, desk):
    """Whatever the scope of the payment: an older one, sent by the old system."""
    desk.invoice("F1")
    line = {
        "uuid": desk.uuid("F1"),
        "amount": Decimal("116.00"),
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_amount": Decimal("116.00"),
    }
    old = bench.portal.create_payment_by_person(
        bench.key,
        {
            "external_id": "PY1",
            "currency": "MXN",
            "payment_date": "2026-03-02T10:00:00.000Z",
            "total_amount": Decimal("116.00"),
            "cfdis": [line],
        },
    )
    uuid = desk.complement("C1", old.id)
    desk.check()
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("held", "payment_not_in_sage")
    desk.pay("PY1", ("F1", "116.00"))
    assert desk.check().succeeded == 1
    assert desk.stored("PY1")["FOLIOCFD"] == uuid


def test_without_a_link_uuid_amount_and_date_name_the_payment(bench, desk):
    desk.invoice("F1")
    desk.invoice("F2")
    desk.pay("PY1", ("F1", "116.00"), on=date(2026, 3, 20))
    desk.pay("PY2", ("F2", "116.00"), on=date(2026, 3, 21))
    known = desk.complement("C1", paid=((desk.uuid("F1"), "116.00"),))
    other_day = desk.complement("C2", paid=((desk.uuid("F2"), "116.00"),))
    desk.check()
    assert desk.stored("PY1")["FOLIOCFD"] == known
    assert desk.status(other_day, WRITE, COMPLEMENT) == ("held", "complement_without_payment")


def test_a_field_that_is_not_defined_is_told_and_nothing_is_half_written(bench, desk):
    bench.set(fields=bench.tenant.fields.model_copy(update={"complement_date": "OTRO"}))
    desk.complement("C1", desk.paid("PY1", "F1"))
    desk.check()
    assert desk.status("PY1", WRITE) == ("refused", "complement_field_unusable")
    assert not desk.stored("PY1")


def test_a_dry_run_writes_nothing(bench, desk):
    desk.complement("C1", desk.paid("PY1", "F1"))
    bench.set(mode=Mode.DRY_RUN)
    assert desk.check().held == 1
    assert not desk.stored("PY1")
    bench.set(mode=Mode.SANDBOX)
    assert desk.check(is_listed=False).succeeded == 1


def test_a_portal_payment_that_cannot_be_read_waits(bench, desk):
    portal_id = desk.paid("PY1", "F1")
    uuid = desk.complement("C1", portal_id)
    with bench.ledger.ledger.writing(bench.key) as connection:
        connection.exec_driver_sql("UPDATE document SET portal_id = NULL WHERE kind = 'payment'")
    fault = Fault(FaultKind.EMPTY_OBJECT, "GET", f"*/payments/{portal_id}")
    bench.portal.faults.add(fault)
    desk.check()
    assert desk.status(uuid, WRITE, COMPLEMENT) == ("held", "portal_payment_unreadable")
    bench.portal.faults.clear()
    assert desk.check().succeeded == 1


def test_the_uuid_is_kept_upper_case(bench, desk):
    uuid = desk.complement("C1", desk.paid("PY1", "F1"))
    desk.check()
    stored = desk.stored("PY1")["FOLIOCFD"]
    assert stored == upper_uuid(stored) == uuid


def test_two_tenants_write_to_their_own_payment(tmp_path):
    from portal_pipeline_tests.contract.controllers.bench import opened  # noqa: PLC0415

    with opened(tmp_path, "acme", "bravo") as benches:
        uuids = {}
        for one in benches:
            one.set_payments(allow_sage_sql_writes=True)
            desk = Desk(one)
            uuids[one.key] = desk.complement(f"C-{one.key}", desk.paid("PY1", "F1"))
        for one in benches:
            desk = Desk.__new__(Desk)
            desk.bench, desk.provider = one, one.provider
            assert desk.check().succeeded == 1
            assert desk.stored("PY1")["FOLIOCFD"] == uuids[one.key]


def test_statements_do_not_grow_with_the_complements(bench, desk):
    for n in range(6):
        desk.complement(f"C{n}", desk.paid(f"PY{n}", f"F{n}"))
    bench.set_payments(allow_sage_sql_writes=False)
    before = bench.sage.reads
    desk.check()
    assert bench.sage.reads - before <= 8


def test_switches_of_the_portal_may_show_the_payment_on_the_complement(bench, desk):
    bench.portal.switches = replace(bench.portal.switches, complement_payment_info=True)
    uuid = desk.complement("C1", desk.paid("PY1", "F1"))
    desk.check()
    assert desk.stored("PY1")["FOLIOCFD"] == uuid
