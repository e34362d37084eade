"""Payments: every row of portal API sheet 6.5, the checks of 11.6 and their order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.sandbox.portal import PortalError, PortalSwitches
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.contract.portal_simulator.office import (
    EXTERN,
    OTHER_VENDOR,
    TENANT,
    VENDOR,
    paid_line,
    payment,
)


def post(office, request):
    return office.refusal("POST", "/payments", request)


def test_old_request_pays_an_invoice_in_full(office):
    """Replay of the old system's request (portal API sheet 6.2, 6.3)."""
    invoice = office.approved_invoice("1")
    answer = office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    assert (answer["external_id"], answer["count_cfdis"]) == ("P1", "1")
    assert answer["provider_external_id"] == VENDOR
    assert answer["bank_account_id"] == office.bank.id
    (line,) = answer["cfdis"]
    assert line["balance_before"] == Decimal("116.00")
    assert line["balance_after"] == 0
    assert line["instalment_number"] == 1
    shown = office.call("GET", f"/cfdis/{invoice.id}")
    assert shown["status"] == "PENDING_ATTACH_PAYMENT_CFDI"
    assert shown["metadata"]["balance"] == 0
    assert shown["metadata"]["payment_info"]["payments"][0]["payment_id"] == answer["id"]
    assert office.call("GET", "/cfdis", stage="PAYMENT_COMPLETED")["total"] == 1


@pytest.mark.parametrize(
    ("metodo", "payment_status", "invoice_status"),
    [
        ("PPD", "PENDING_PAYMENT_CFDI", "PENDING_ATTACH_PAYMENT_CFDI"),
        ("PUE", "NO_NEED_PAYMENT_CFDI", "NO_NEED_ATTACH_PAYMENT_CFDI"),
    ],
)
def test_first_status_follows_the_invoices_method(office, metodo, payment_status, invoice_status):
    invoice = office.approved_invoice("1", metodo=metodo)
    answer = office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    assert answer["status"] == payment_status
    assert office.portal.cfdi(TENANT, invoice.uuid).status == invoice_status


def test_payment_is_found_by_both_ids_and_else_404(office):
    answer = office.call(
        "POST", "/payments", payment("P1", (office.approved_invoice("1"), "116.00"))
    )
    assert office.call("GET", f"/payments/{answer['id']}")["external_id"] == "P1"
    assert office.call("GET", "/payments/P1", id_type="EXTERNAL")["id"] == answer["id"]
    assert office.refusal("GET", "/payments/P9", id_type="EXTERNAL")[::2] == (
        404,
        "PAYMENT__NOT_FOUND",
    )
    assert office.refusal("GET", "/payments/P1")[0] == 404


def refused_payments():
    """(id, how the good request is spoilt, status, code or symbolic name)."""
    fraction = Decimal("50.00")
    yield "no cfdis", {"cfdis": []}, {}, 400, "PAYMENT__EXTERNAL_CREATE_EMPTY_CFDIS"
    for name in ("currency", "payment_date", "total_amount"):
        yield f"no {name}", {name: None}, {}, 400, "GENERAL__BAD_REQUEST"
    for name in ("amount", "currency", "exchange_rate", "payment_amount"):
        yield f"line without {name}", {}, {name: None}, 400, "GENERAL__BAD_REQUEST"
    yield "unknown operation", {"operation_type": "WIRE"}, {}, 400, "GENERAL__BAD_REQUEST"
    yield "empty operation", {"operation_type": ""}, {}, 400, "GENERAL__BAD_REQUEST"
    yield "negative total", {"total_amount": -1}, {}, 400, "GENERAL__BAD_REQUEST"
    yield "empty uuid", {}, {"uuid": ""}, 400, 2390
    yield "unknown uuid", {}, {"uuid": uuid_of("?")}, 404, 1800
    yield "unknown bank", {"bank_account_id": "0" * 24}, {}, 404, "PAYMENT__BANK_ACCOUNT_NOT_FOUND"
    yield (
        "other provider",
        {"provider_external_id": OTHER_VENDOR},
        {},
        400,
        "PAYMENT__PROVIDER_IS_NOT_SAME_THAN_PROVIDER_IN_PAYMENT",
    )
    yield (
        "unknown provider",
        {"provider_external_id": "V9"},
        {},
        400,
        "PAYMENT__PROVIDER_IS_NOT_SAME_THAN_PROVIDER_IN_PAYMENT",
    )
    yield "other currency", {}, {"currency": "USD"}, 400, "PAYMENT_CURRENCY_NOT_EQUALS"
    yield "rate not 1", {}, {"exchange_rate": 2}, 400, "GENERAL__BAD_REQUEST"
    yield (
        "two amounts",
        {},
        {"payment_amount": fraction},
        400,
        "PAYMENT__AMOUNT_AND_PAYMENT_AMOUNT_IS_NOT_SAME",
    )
    for amount in ("116.02", "-1.00", "0"):
        changes = {"amount": Decimal(amount), "payment_amount": Decimal(amount)}
        yield f"amount {amount}", {}, changes, 400, "PAYMENT_CFDIS_AMOUNT_NOT_ALLOWED"
    yield "sum differs", {"total_amount": Decimal("116.02")}, {}, 400, "PAYMENT__AMOUNT_INCORRECT"


@pytest.mark.parametrize(
    ("changes", "line_changes", "status", "reason"),
    [pytest.param(*case[1:], id=case[0]) for case in refused_payments()],
)
def test_bad_payment_is_refused_and_changes_nothing(office, changes, line_changes, status, reason):
    invoice = office.approved_invoice("1")
    request = payment("P1", cfdis=[paid_line(invoice, "116.00", **line_changes)])
    request |= {"total_amount": Decimal("116.00")} | changes
    answer = post(office, request)
    assert answer[0] == status
    assert reason in answer[1:]
    assert office.balance(invoice) == Decimal("116.00")
    assert office.portal.payments(TENANT) == ()
    assert answer[1] in {1800, 2390} or answer[1] >= 90000


def test_unknown_keys_are_ignored(office):
    invoice = office.approved_invoice("1")
    request = payment("P1", (invoice, "116.00"))
    office.call("POST", "/payments", request | {"mark_existing_cfdi_as_payed": False})
    assert office.balance(invoice) == 0


def test_fully_paid_invoice_is_406_1827(office):
    invoice = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    assert post(office, payment("P2", (invoice, "116.00")))[:2] == (406, 1827)


def test_same_external_id_is_refused_also_after_a_rejection_unless_switched(office):
    invoice = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (invoice, "16.00")))
    assert post(office, payment("P1", (invoice, "100.00")))[::2] == (409, "PAYMENT__DUPLICATED")
    office.call("POST", "/payments/P1/reject", {"comments": "x"}, id_type="EXTERNAL")
    assert post(office, payment("P1", (invoice, "100.00")))[0] == 409
    office.portal.switches = PortalSwitches(rejected_payment_frees_external_id=True)
    second = office.call("POST", "/payments", payment("P1", (invoice, "100.00")))
    assert office.call("GET", "/payments/P1", id_type="EXTERNAL")["id"] == second["id"]


def test_portal_that_accepts_duplicates_pays_twice_but_never_below_zero(office):
    invoice = office.approved_invoice("1")
    office.portal.switches = PortalSwitches(accept_duplicate_payments=True)
    ids = {
        office.call("POST", "/payments", payment("P1", (invoice, "116.00")))["id"] for _ in range(3)
    }
    assert len(ids) == 3
    assert len(office.portal.payments_of(TENANT, "P1")) == 3
    assert office.balance(invoice) == 0


def test_one_bad_invoice_refuses_the_whole_payment(office):
    good, paid = office.approved_invoice("1"), office.approved_invoice("2")
    office.call("POST", "/payments", payment("P1", (paid, "116.00")))
    assert post(office, payment("P2", (good, "116.00"), (paid, "116.00")))[1] == 1827
    assert office.balance(good) == Decimal("116.00")


def test_two_providers_companies_or_the_same_invoice_twice_are_refused(office):
    one = office.approved_invoice("1")
    other = office.approved_invoice("2", provider_id=office.other.id)
    company = office.approved_invoice("3", receiver="BBB010101BBB")
    for second, reason in (
        (other, "PAYMENT__PROVIDER_IS_NOT_SAME_THAN_PROVIDER_IN_PAYMENT"),
        (company, "PAYMENT__CFDIS_COMPANY_NOT_EQUALS"),
        (one, "GENERAL__BAD_REQUEST"),
    ):
        request = payment("P1", (one, "116.00"), (second, "116.00"), provider_external_id=None)
        assert post(office, request)[::2] == (400, reason)


def test_cancelled_or_ordered_invoice_and_other_kinds_cannot_be_paid(office):
    cancelled, ordered = office.approved_invoice("1"), office.approved_invoice("2")
    note = office.approved_invoice("3", tipo="E")
    office.portal.cancel_cfdi(TENANT, cancelled.id, by_sat=True)
    office.portal.put_in_payment_order(TENANT, ordered.id)
    assert post(office, payment("P1", (cancelled, "116.00")))[2] == "PAYMENT_CFDIS_CANCELLED"
    in_order = post(office, payment("P1", (ordered, "116.00")))
    assert in_order[2] == "PAYMENT_CFDI_ALREADY_IN_PAYMENT_ORDER"
    assert post(office, payment("P1", (note, "116.00")))[2] == "CFDI__NOT_INVOICE_TYPE"
    office.portal.take_from_payment_order(TENANT, ordered.id)
    office.call("POST", "/payments", payment("P1", (ordered, "116.00")))


def test_checks_stop_at_the_first_in_their_order(office):
    paid, good = office.approved_invoice("1"), office.approved_invoice("2")
    office.call("POST", "/payments", payment("P1", (paid, "116.00")))
    request = payment("P1", (paid, "1.00"), bank_account_id="?", total_amount=9)
    found = []
    for mended in (
        {"cfdis": [paid_line(paid, "1.00", uuid="")]},
        {"cfdis": [paid_line(paid, "1.00", uuid=uuid_of("?"), exchange_rate=2)]},
        {"external_id": "P2"},
        {"cfdis": [paid_line(paid, "1.00", exchange_rate=2)]},
        {"cfdis": [paid_line(good, "1.00", exchange_rate=2)]},
        {"bank_account_id": office.bank.id},
        {"cfdis": [paid_line(good, "1.00")]},
    ):
        request |= mended
        status, code, name = post(office, request)
        found.append((status, code if code < 90000 else name))
    assert found == [
        (400, 2390),
        (409, "PAYMENT__DUPLICATED"),
        (404, 1800),
        (406, 1827),
        (404, "PAYMENT__BANK_ACCOUNT_NOT_FOUND"),
        (400, "GENERAL__BAD_REQUEST"),
        (400, "PAYMENT__AMOUNT_INCORRECT"),
    ]


def test_pue_invoice_must_be_paid_in_full_unless_switched(office):
    invoice = office.approved_invoice("1", metodo="PUE")
    refusal = post(office, payment("P1", (invoice, "100.00")))
    assert refusal[::2] == (400, "PAYMENT_PARTIALLY_INVALID_IN_PUE")
    office.portal.switches = PortalSwitches(pue_partial_allowed=True)
    office.call("POST", "/payments", payment("P1", (invoice, "100.00")))


def test_part_payment_goes_back_to_the_supplier_and_the_second_still_passes(office):
    invoice = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (invoice, "16.00")))
    item = office.call("GET", f"/cfdis/{invoice.id}")
    assert (item["status"], item["metadata"]["balance"]) == ("TO_SEND", 100)
    assert item["metadata"]["partially_payed"] is True
    assert office.call("GET", "/cfdis", stage="PENDING_TO_PAY")["total"] == 0
    second = office.call("POST", "/payments", payment("P2", (invoice, "100.00")))
    assert second["cfdis"][0]["instalment_number"] == 2
    assert office.balance(invoice) == 0


def test_resent_invoice_keeps_its_open_balance(office):
    invoice = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (invoice, "16.00")))
    office.portal.send_cfdi(TENANT, invoice.id)
    office.portal.approve_cfdi(TENANT, invoice.id)
    assert office.balance(invoice) == Decimal("100.00")
    assert office.call("GET", "/cfdis", stage="PENDING_TO_PAY")["total"] == 1


def test_payable_states_are_switches(office):
    part, handed = office.approved_invoice("1"), office.approved_invoice("2")
    fresh = office.portal.upload_cfdi(TENANT, xml=cfdi_xml("3"), provider_id=office.provider.id)
    office.call("POST", "/payments", payment("P1", (part, "16.00")))
    batch = EXTERN.replace("extern", "batch") + "/cfdis/send-to-erp"
    office.send("PUT", batch, {"cfdis": [{"cfdi_id": handed.id}]})
    office.portal.switches = PortalSwitches(
        pays_unapproved=False, pays_delivered_erp=False, pays_back_at_supplier=False
    )
    for invoice in (part, handed, fresh):
        refusal = post(office, payment("P2", (invoice, "100.00")))
        assert refusal[::2] == (409, "CFDI__PENDING_PAYMENT_NOT_RECORD_FOUND")
    office.portal.switches = PortalSwitches(partial_payment_returns_to_supplier=False)
    for number, invoice in enumerate((part, handed, fresh)):
        office.call("POST", "/payments", payment(f"P{number + 2}", (invoice, "10.00")))
        assert office.portal.cfdi(TENANT, invoice.uuid).group == "RECEIVED"


def test_a_rest_of_an_invoice_that_was_rejected_is_a_switch(office):
    part = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (part, "16.00")))
    office.portal.send_cfdi(TENANT, part.id)
    office.portal.reject_cfdi(TENANT, part.id, comment="saldo")
    request = payment("P2", (part, "100.00"))
    assert post(office, request)[::2] == (409, "CFDI__PENDING_PAYMENT_NOT_RECORD_FOUND")
    office.portal.switches = PortalSwitches(pays_rejected=True)
    office.call("POST", "/payments", request)
    assert office.balance(part) == 0


def test_difference_of_a_cent_settles_the_invoice(office):
    under, over = office.approved_invoice("1"), office.approved_invoice("2")
    request = payment("P1", (under, "115.99"), (over, "116.01"))
    answer = office.call("POST", "/payments", request)
    assert [line["tolerance"] for line in answer["cfdis"]] == [Decimal("0.01")] * 2
    assert office.balance(under) == office.balance(over) == 0


def test_ignored_amounts_settle_whatever_they_are(office):
    invoice = office.approved_invoice("1", metodo="PUE")
    request = payment("P1", (invoice, "100.00"), ignore_amounts=True, total_amount=90)
    office.call("POST", "/payments", request)
    assert office.balance(invoice) == 0


def test_foreign_invoice_is_paid_in_pesos_at_its_rate(office):
    invoice = office.approved_invoice("1", currency="USD", rate="17.50", total="100.00")
    line = paid_line(
        invoice,
        "100.00",
        currency="USD",
        exchange_rate=Decimal("17.60"),
        payment_amount=Decimal("1760.00"),
    )
    request = payment("P1", cfdis=[line], total_amount=Decimal("1760.00"))
    request |= {"cfdis": [line | {"exchange_rate": 0}]}
    assert post(office, request)[0] == 400
    office.portal.switches = PortalSwitches(exchange_rate_rule="divide")
    request |= {"cfdis": [line]}
    assert post(office, request)[2] == "PAYMENT__CFDI_AMOUNT_INCORRECT"
    office.portal.switches = PortalSwitches(exchange_rate_rule="multiply")
    office.call("POST", "/payments", request)
    assert office.balance(invoice) == 0


def test_invoice_without_uuid_is_named_by_identifier_and_type(office):
    invoice = office.approved_invoice("1")
    line = paid_line(invoice, "116.00", uuid=None, identifier="F 1", document_type="CFDI")
    office.call("POST", "/payments", payment("P1", cfdis=[line], total_amount=Decimal("116.00")))
    assert office.balance(invoice) == 0


def test_empty_bank_account_takes_the_first_active_one_of_the_currency(office):
    dollars = office.portal.add_bank_account(
        TENANT, key="usd", name="USD", bank_name="B", account_number="2", currency="USD"
    )
    invoice = office.approved_invoice("1", currency="USD", rate="17")
    request = payment("P1", (invoice, "116.00"), currency="USD")
    request["cfdis"][0] |= {"currency": "USD", "payment_currency": "USD"}
    assert office.call("POST", "/payments", request)["bank_account_id"] == dollars.id


def test_rejection_reverses_balances_and_stages(office):
    invoice = office.approved_invoice("1")
    for number, amount in (("P1", "16.00"), ("P2", "100.00")):
        office.call("POST", "/payments", payment(number, (invoice, amount)))
    assert office.refusal("POST", "/payments/P1/reject", {}, id_type="EXTERNAL")[0] == 400
    reject = ("POST", "/payments/P1/reject", {"comments": "reversed"})
    assert office.call(*reject, id_type="EXTERNAL") is None
    current = office.portal.cfdi(TENANT, invoice.uuid)
    assert (current.balance, current.status) == (Decimal("16.00"), "PENDING_PAYMENT")
    assert current.partially_paid is True
    assert len(current.payment_ids) == 1
    answer = office.call("GET", "/payments/P1", id_type="EXTERNAL")
    assert answer["status"] == "FAILED"
    assert answer["rejection_request"]["comments"] == "reversed"
    assert office.refusal(*reject, id_type="EXTERNAL")[0] == 409


def test_rejection_gives_back_what_was_applied_not_what_was_sent(office):
    invoice = office.approved_invoice("1")
    request = payment("P1", (invoice, "100.00"), ignore_amounts=True)
    paid = office.call("POST", "/payments", request)
    office.call("POST", f"/payments/{paid['id']}/reject", {"comments": "x"})
    assert office.balance(invoice) == Decimal("116.00")


def test_two_cents_left_are_a_part_payment(office):
    invoice = office.approved_invoice("1")
    office.call("POST", "/payments", payment("P1", (invoice, "115.98")))
    current = office.portal.cfdi(TENANT, invoice.uuid)
    assert (current.status, current.balance) == ("TO_SEND", Decimal("0.02"))


def test_rejection_with_a_complement_is_refused(office):
    invoice = office.approved_invoice("1")
    answer = office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    complement = office.portal.attach_complement(
        TENANT, payment_ids=(answer["id"],), xml=cfdi_xml("C", tipo="P")
    )
    reject = ("POST", f"/payments/{answer['id']}/reject", {"comments": "x"})
    assert "HAS_PAYMENT_CFDI_RELATED" in office.refusal(*reject)[2]
    office.portal.cancel_cfdi(TENANT, complement.id, by_sat=True)
    office.call(*reject)
    assert office.balance(invoice) == Decimal("116.00")


def test_invoice_with_a_payment_cannot_be_deleted(office):
    invoice, other = office.approved_invoice("1"), office.approved_invoice("2")
    office.call("POST", "/payments", payment("P1", (invoice, "16.00")))
    with pytest.raises(PortalError, match="CFDI__ALREADY_PAID"):
        office.portal.delete_cfdi(TENANT, invoice.id)
    office.portal.delete_cfdi(TENANT, other.id)
    assert office.refusal("GET", f"/cfdis/{other.id}")[0] == 404
    assert office.call("GET", "/cfdis")["total"] == 1


def test_arrival_keeps_what_the_judge_needs(office):
    invoice = office.portal.upload_cfdi(TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id)
    office.tick(minutes=5)
    office.call("POST", "/payments", payment("P1", (invoice, "16.00")))
    office.portal.cancel_cfdi(TENANT, invoice.id, by_sat=True)
    (kept,) = office.portal.payments_of(TENANT, "P1")
    (line,) = kept.lines
    assert kept.created_at == office.now
    assert (line.balance_before, line.balance_after) == (Decimal("116.00"), Decimal("100.00"))
    assert (line.was_approved, line.was_cancelled_by_sat, line.was_in_payment_order) == (
        False,
        False,
        False,
    )
    assert line.provider_id == kept.provider_id == office.provider.id


def test_persons_payment_needs_no_number_and_shows_on_its_invoice(office):
    invoice = office.approved_invoice("1")
    request = payment("", (invoice, "116.00")) | {"external_id": None}
    made = office.portal.create_payment_by_person(TENANT, request)
    assert made.by == "person"
    shown = office.call("GET", f"/cfdis/{invoice.id}")["metadata"]["payment_info"]
    assert shown["payments_response"][0]["total_amount"] == Decimal("116.00")
    office.portal.reject_payment_by_person(TENANT, made.id, comments="x")
    assert office.balance(invoice) == Decimal("116.00")
