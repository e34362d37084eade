"""Client and simulator were written apart from the same sheet: here they meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import CredentialsRefused, SystemUnavailable
from portal_pipeline.core.outcomes import Absent, Refused, Succeeded, Unclear, Unknown
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.look_up import Seen
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    TENANT_RFC,
    cfdi_xml,
    uuid_of,
)
from portal_pipeline_tests.contract.portal_simulator.office import (
    TENANT,
    VENDOR,
    Office,
    paid_line,
    payment,
    purchase_order,
)

NO_WAIT = ReadRetry(sleep=lambda _: None)


@pytest.fixture
def office() -> Office:
    return Office().furnish()


@pytest.fixture
def client(office: Office) -> Iterator[PortalClient]:
    with client_of(office) as client:
        yield client


def client_of(office: Office, **options: Any) -> PortalClient:
    options.setdefault("secret", SecretStr("secret-1"))
    options.setdefault("tenant_id", TENANT)
    return PortalClient(
        base_url=office.portal.base_url,
        key=SecretStr("key-1"),
        transport=mock_transport(office.portal.handle),
        retry=NO_WAIT,
        **options,
    )


def test_the_probe_names_the_tenant(client):
    assert client.tenant().rfc == TENANT_RFC


@pytest.mark.parametrize("options", [{"secret": SecretStr("x")}, {"tenant_id": "nobody"}])
def test_wrong_keys_and_unknown_tenants_are_our_settings(office, options):
    client = client_of(office, **options)
    with pytest.raises(CredentialsRefused):
        client.tenant()
    with pytest.raises(CredentialsRefused):
        client.invoices("PENDING_TO_PAY")
    outcome = client.create_payment({"external_id": "P"})
    assert isinstance(outcome, Refused)
    assert not outcome.is_attempt
    assert isinstance(client.look_up_payment("P"), Unclear)


def test_masters_are_listed(client, office):
    assert {company.external_id for company in client.companies().items} == {"ACME", "OTHER"}
    (account,) = client.bank_accounts().items
    assert account.id == office.bank.id


def test_providers_by_acceptance(client, office):
    office.portal.accept_dossier(TENANT, office.provider.id)
    (accepted,) = client.providers(accepted_from=date(2026, 3, 1)).items
    assert accepted.external_id == VENDOR
    assert accepted.dossier_accepted_at == datetime(2026, 3, 15, 18, tzinfo=UTC)
    assert accepted.fields["grupo_de_proveedores"] == "NAC"
    assert [bank.status for bank in accepted.bank_accounts] == ["ACCEPTED", "EXPIRED"]
    assert len(client.providers().items) == 2
    assert client.provider(office.other.id) is not None
    assert client.provider("0" * 24) is None


def test_a_provider_is_linked_to_its_vendor(client, office):
    new = office.portal.add_provider(TENANT, key="new", name="N", rfc="XAXX010101000")
    assert isinstance(client.set_provider_external_id(new.id, "V009"), Succeeded)
    assert client.provider(new.id).external_id == "V009"
    taken = client.set_provider_external_id(new.id, VENDOR)
    assert isinstance(taken, Refused)


def test_all_invoices_arrive_though_the_list_moves(client, office):
    """450 pending at 200 a page, one more inserted in front while we read."""
    for n in range(450):
        office.approved_invoice(f"F{n}")
    office.tick(minutes=1)
    office.portal.faults.before(
        "GET", "*/cfdis", lambda: office.approved_invoice("late"), calls=(2,)
    )
    listing = client.invoices("PENDING_TO_PAY")
    assert listing.is_complete
    assert {c.uuid for c in listing.items} == {uuid_of(f"F{n}") for n in range(450)} | {
        uuid_of("late")
    }
    assert len(listing.items) == 451


def test_an_approval_and_a_cancellation_show(client, office):
    cfdi = office.approved_invoice("A1", total="116.00", currency="USD", rate="17.50")
    office.portal.cancel_cfdi(TENANT, cfdi.id, by_sat=True)
    (read,) = client.cfdis_by_uuid([cfdi.uuid.lower()]).items
    assert (read.id, read.uuid, read.currency) == (cfdi.id, cfdi.uuid, "USD")
    assert (read.total, read.exchange_rate) == (Decimal("116.00"), Decimal("17.50"))
    assert read.is_cancelled
    assert (read.receiver_rfc, read.company_rfc) == (TENANT_RFC, TENANT_RFC)
    assert read.authorized_at == office.now
    assert read.issued_on == date(2026, 3, 10)


def test_uuids_in_hundreds_and_only_those(client, office):
    for n in range(120):
        office.approved_invoice(f"F{n}")
    wanted = [uuid_of(f"F{n}") for n in range(110)] + [uuid_of("unknown")]
    listing = client.cfdis_by_uuid(wanted)
    assert len(listing.items) == 110
    assert listing.proves_absence


def test_complements_name_their_payments(client, office):
    invoice = office.approved_invoice("F1")
    assert isinstance(client.create_payment(payment("PY1", (invoice, "116.00"))), Succeeded)
    paid = client.payment("PY1")
    office.portal.attach_complement(
        TENANT,
        payment_ids=(paid.id,),
        xml=cfdi_xml("P1", tipo="P", total="116.00", paid=((invoice.uuid, "116.00"),)),
    )
    (read,) = client.cfdis_created("PAYMENT_CFDI", date(2026, 3, 15), date(2026, 3, 15)).items
    assert read.payment_ids == (paid.id,)
    assert [(d.uuid, d.amount) for d in read.paid_documents] == [(invoice.uuid, Decimal("116.00"))]
    assert client.payment_by_id(paid.id).complement_id == read.id
    (again,) = client.cfdis_by_uuid([invoice.uuid]).items
    assert again.paid_by == (paid.id,)
    assert again.payment_numbers == ("PY1",)


def test_the_xml_comes_attached_or_by_its_link(client, office):
    cfdi = office.approved_invoice("F1")
    assert client.cfdi_xml(cfdi.id) == cfdi.xml
    office.portal.faults.add(Fault(FaultKind.STATUS, path="*/attachments", status=404))
    assert client.cfdi_xml(cfdi.id) == cfdi.xml


def test_an_order_lives_its_life(client, office):
    created = client.create_purchase_order(purchase_order("PO1"))
    assert isinstance(created, Succeeded)
    again = client.create_purchase_order(purchase_order("PO1"))
    assert isinstance(again, Refused)
    assert again.is_duplicate
    assert again.code == "2602"

    seen = client.purchase_order("PO1")
    assert isinstance(seen, Seen)
    assert seen.item.id == created.remote_id
    assert seen.item.provider_external_id == VENDOR
    assert seen.item.lines[0].quantity == Decimal("10.0000")
    assert isinstance(client.purchase_order("PO2"), Absent)

    changed = purchase_order("PO1", subtotal=Decimal("50.00"))
    assert isinstance(client.update_purchase_order(created.remote_id, changed), Succeeded)
    assert client.purchase_orders(["PO1"]).items[0].subtotal == Decimal("50.00")
    assert isinstance(client.update_purchase_order("PO1", changed, by_number=True), Succeeded)

    assert [o.external_id for o in client.open_purchase_orders().items] == ["PO1"]
    closed = client.set_purchase_order_status(created.remote_id, "CLOSED")
    assert isinstance(closed, Succeeded)
    assert closed.effects.portal_state == "CLOSED"
    assert client.open_purchase_orders().items == ()
    assert isinstance(client.set_purchase_order_status(created.remote_id, "CANCELLED"), Refused)


def test_the_number_is_matched_exactly(office):
    office.portal.switches = replace(office.portal.switches, po_external_ids_match="prefix")
    client = client_of(office)
    client.create_purchase_order(purchase_order("PO10"))
    assert isinstance(client.purchase_order("PO1"), Absent)


def test_a_payment_lives_its_life(client, office):
    one, two = office.approved_invoice("F1"), office.approved_invoice("F2")
    assert isinstance(client.look_up_payment("PY1"), Absent)
    assert client.payment("PY1") is None
    created = client.create_payment(payment("PY1", (one, "116.00"), (two, "16.00")))
    assert isinstance(created, Succeeded)
    seen = client.look_up_payment("PY1")
    assert isinstance(seen, Seen)
    assert seen.item.id == created.remote_id
    assert {(line.uuid, line.amount) for line in seen.item.lines} == {
        (one.uuid, Decimal("116.00")),
        (two.uuid, Decimal("16.00")),
    }
    again = client.create_payment(payment("PY1", (two, "1.00")))
    assert isinstance(again, Refused)
    assert again.is_duplicate
    assert isinstance(client.reject_payment(created.remote_id, "reversed in Sage"), Succeeded)
    assert client.payment("PY1").is_rejected
    assert isinstance(client.reject_payment(created.remote_id, "again"), Refused)


def test_known_refusals_keep_their_codes(client, office):
    one, paid = office.approved_invoice("F1"), office.approved_invoice("F2")
    client.create_payment(payment("PY0", (paid, "116.00")))
    unknown = payment("PY1", (one, "1.00"))
    unknown["cfdis"] = [paid_line(one, "1.00", uuid=uuid_of("nobody"))]
    untyped = payment("PY2", (one, "1.00"))
    untyped["cfdis"] = [paid_line(one, "1.00", uuid="")]
    codes = {}
    for name, request in (
        ("unknown uuid", unknown),
        ("empty uuid", untyped),
        ("already paid", payment("PY3", (paid, "1.00"))),
    ):
        outcome = client.create_payment(request)
        assert isinstance(outcome, Refused)
        assert not outcome.is_duplicate
        codes[name] = outcome.code
    assert codes == {"unknown uuid": "1800", "empty uuid": "2390", "already paid": "1827"}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.DROP, "POST", after_commit=True),
        Fault(FaultKind.HTML, "POST", after_commit=True),
        Fault(FaultKind.EMPTY_OBJECT, "POST", after_commit=True),
        Fault(FaultKind.TRUNCATED, "POST", after_commit=True),
        Fault(FaultKind.STATUS, "POST", status=500, after_commit=True),
        Fault(FaultKind.STATUS, "POST", status=504, after_commit=True),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_write_whose_answer_is_lost_is_unknown_and_can_be_found(client, office, fault):
    invoice = office.approved_invoice("F1")
    office.portal.faults.add(fault)
    assert isinstance(client.create_purchase_order(purchase_order("PO1")), Unknown)
    assert isinstance(client.create_payment(payment("PY1", (invoice, "116.00"))), Unknown)
    office.portal.faults.clear()
    assert isinstance(client.purchase_order("PO1"), Seen)
    assert isinstance(client.look_up_payment("PY1"), Seen)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.HTML),
        Fault(FaultKind.EMPTY_OBJECT),
        Fault(FaultKind.NULL_ITEMS),
        Fault(FaultKind.TRUNCATED),
        Fault(FaultKind.DROP),
        Fault(FaultKind.STATUS, status=503),
        Fault(FaultKind.STATUS, status=429, retry_after_s=1),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_reads_survive_two_bad_answers_and_not_three(client, office, fault):
    office.approved_invoice("F1")
    office.portal.faults.add(replace(fault, calls=(1, 2)))
    assert len(client.invoices("PENDING_TO_PAY").items) == 1
    office.portal.faults.clear()
    office.portal.faults.add(fault)
    with pytest.raises(SystemUnavailable):
        client.invoices("PENDING_TO_PAY")
    assert isinstance(client.purchase_order("PO1"), Unclear)


@pytest.mark.parametrize("kind", [FaultKind.WRONG_TOTAL, FaultKind.REPEATED_ITEM])
def test_a_page_that_lies_once_is_cured_and_always_is_told(client, office, kind):
    for n in range(5):
        office.approved_invoice(f"F{n}")
    office.portal.faults.add(Fault(kind, calls=(1,)))
    assert client.invoices("PENDING_TO_PAY").is_complete
    office.portal.faults.clear()
    office.portal.faults.add(Fault(kind))
    assert not client.invoices("PENDING_TO_PAY").is_complete


def test_the_portals_other_habits_are_understood(office):
    """Upper-case ids and dates in milliseconds."""
    office = Office(replace(office.portal.switches, upper_case_ids=True, epoch_ms_dates=True))
    office.furnish()
    office.portal.accept_dossier(TENANT, office.provider.id)
    cfdi = office.approved_invoice("F1")
    client = client_of(office)
    (read,) = client.invoices("PENDING_TO_PAY").items
    assert read.id == cfdi.id.lower()
    assert read.created_at == office.now
    assert client.providers(accepted_from=date(2026, 3, 15)).items[0].dossier_accepted_at
    assert client.cfdi_xml(read.id) == cfdi.xml
    created = client.create_payment(payment("PY1", (cfdi, "116.00")))
    assert client.payment_by_id(created.remote_id).external_id == "PY1"


def test_a_portal_without_totals_is_never_complete(office):
    office.portal.switches = replace(office.portal.switches, omit_total=True)
    listing = client_of(office).invoices("PENDING_TO_PAY")
    assert listing.items == ()
    assert not listing.is_complete
