"""CFDIs: listing, filters, stages, files, marks (portal API sheet 4, 11.2, 11.4)."""

from __future__ import annotations

import base64
from datetime import timedelta
from decimal import Decimal

import pytest

from portal_pipeline.portal.parse.cfdis import cfdi as parsed
from portal_pipeline.sandbox.portal import (
    AdditionalAmount,
    NotACfdi,
    PoLink,
    PoReference,
    PortalError,
)
from portal_pipeline.sandbox.portal import PortalSwitches as Switches
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.contract.portal_simulator.office import (
    BATCH,
    OTHER_VENDOR,
    TENANT,
    VENDOR,
    Office,
    payment,
    purchase_order,
)


def uuids(page) -> set[str]:
    return {item["cfdi"]["timbre"]["uuid"] for item in page["items"]}


def test_old_invoice_query_finds_what_is_approved_and_unpaid(office):
    """Replay of the old system's query (portal API sheet 4.1)."""
    office.approved_invoice("1")
    office.portal.upload_cfdi(TENANT, xml=cfdi_xml("2"), provider_id=office.provider.id)
    page = office.call(
        "GET",
        "/cfdis",
        cfdiType="INVOICE",
        stage="PENDING_TO_PAY",
        documentTypes="CFDI",
        offset=0,
        pageSize=0,
        hideValidations="true",
        **{"from": "2026-02-01"},
    )
    assert uuids(page) == {uuid_of("1")}


def test_item_says_what_the_xml_says(office):
    office.approved_invoice("7", total="1160.00", currency="USD", rate="17.5123")
    (item,) = office.call("GET", "/cfdis")["items"]
    assert item["identifier"] == "F 7"
    assert item["total"] == Decimal("1160.00")
    assert item["iva_trasladado"] == Decimal("160.00")
    assert item["cfdi"]["version"] == "4.0"
    assert item["cfdi"]["receptor"]["rfc"] == "AAA010101AAA"
    assert item["cfdi"]["conceptos"][0]["traslados"][0]["tasa_cuota"] == Decimal("0.160000")
    metadata = item["metadata"]
    assert metadata["provider_id"] == office.provider.id
    assert metadata["provider_external_id"] == VENDOR
    assert metadata["balance"] == Decimal("1160.00")
    assert metadata["total_mxn"] == Decimal("20314.27")
    assert metadata["company_rfc"] == "AAA010101AAA"
    assert (item["status"], metadata["cfdi_status_group"]) == ("PENDING_PAYMENT", "RECEIVED")


def test_document_of_another_company_names_its_receiver(office):
    office.approved_invoice("1", receiver="ZZZ010101ZZZ")
    (item,) = office.call("GET", "/cfdis")["items"]
    assert item["metadata"]["company_id"] is None
    assert item["metadata"]["company_rfc"] == "ZZZ010101ZZZ"


def test_version_3_3_is_read_alike(office):
    office.approved_invoice("1", version="3.3")
    (item,) = office.call("GET", "/cfdis")["items"]
    assert item["cfdi"]["version"] == "3.3"
    assert item["total"] == Decimal("116.00")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"cfdiType": "INVOICE"}, "ABD", id="invoices"),
        pytest.param({"cfdiType": "CREDIT_NOTE"}, "C", id="credit notes"),
        pytest.param(
            {"cfdiType": "ADVANCE"}, "E", id="the filter says ADVANCE, the value ADVANCED"
        ),
        pytest.param({"stage": "PENDING_TO_SEND"}, "DE", id="not sent"),
        pytest.param({"stage": "PENDING_TO_AUTHORIZE"}, "B", id="in approval"),
        pytest.param({"stage": "PENDING_TO_PAY", "cfdiType": "INVOICE"}, "A", id="to pay"),
        pytest.param({"status": "IN_REVIEW"}, "B", id="exact status"),
        pytest.param({"documentTypes": ["FOREIGN", "REFUND"]}, "D", id="document types"),
        pytest.param({"from": "2026-03-10"}, "ABCE", id="from issue date"),
        pytest.param({"to": "2026-03-10", "from": "2026-03-10"}, "ABCE", id="to is inclusive"),
        pytest.param({"to": "2026-03-09"}, "D", id="to"),
        pytest.param({"createdFrom": "2026-03-16"}, "E", id="created from"),
        pytest.param({"createdUntil": "2026-03-15"}, "ABCD", id="created until, inclusive"),
        pytest.param({"providerExternalId": OTHER_VENDOR}, "E", id="vendor number"),
        pytest.param({"providerExternalId": "V9"}, "", id="unknown vendor number"),
        pytest.param({"purchaseOrderExternalId": "PO1"}, "B", id="purchase order"),
        pytest.param({"companyExternalId": "ACME"}, "ABCDE", id="company"),
        pytest.param({"companyExternalId": "OTHER"}, "", id="other company"),
        pytest.param({"folio": "A"}, "A", id="folio"),
        pytest.param(
            {"uuids": [uuid_of("A").lower(), uuid_of("B"), uuid_of("?")]}, "AB", id="UUIDs"
        ),
        pytest.param({"uuids": [uuid_of("A")], "stage": "PENDING_TO_SEND"}, "", id="both"),
    ],
)
def test_each_filter_selects(office, query, found):
    office.call("POST", "/purchase-orders", purchase_order())
    office.approved_invoice("A")
    linked = office.portal.upload_cfdi(
        TENANT, xml=cfdi_xml("B"), provider_id=office.provider.id, po_links=(PoLink("PO1"),)
    )
    office.portal.send_cfdi(TENANT, linked.id)
    office.approved_invoice("C", tipo="E", serie="NC")
    office.portal.upload_cfdi(
        TENANT,
        xml=cfdi_xml("D", issued="2026-03-09T23:59:59"),
        provider_id=office.provider.id,
        document_type="FOREIGN",
    )
    office.tick(hours=12.1)  # 00:06 of the next day in Mexico City
    office.portal.upload_cfdi(
        TENANT, xml=cfdi_xml("E"), provider_id=office.other.id, is_advance=True
    )
    page = office.call("GET", "/cfdis", **query)
    assert uuids(page) == {uuid_of(name) for name in found}
    assert page["total"] == len(found)


def test_ids_and_internal_purchase_order_select(office):
    order = office.call("POST", "/purchase-orders", purchase_order())
    one, two = (
        office.portal.upload_cfdi(
            TENANT, xml=cfdi_xml(name), provider_id=office.provider.id, po_links=links
        )
        for name, links in (("A", (PoLink("PO1"),)), ("B", ()))
    )
    assert uuids(office.call("GET", "/cfdis", cfdiIds=[one.id.upper(), two.id])) == {
        one.uuid,
        two.uuid,
    }
    assert uuids(office.call("GET", "/cfdis", cfdiIds=[one.id], uuids=[two.uuid])) == set()
    assert uuids(office.call("GET", "/cfdis", purchaseOrderId=order["id"])) == {one.uuid}
    assert office.call("GET", "/cfdis", purchaseOrderId="0" * 24)["total"] == 0


def test_named_documents_come_newest_first_too(office):
    names = [str(number) for number in range(6)]
    for name in names:
        office.tick(minutes=1)
        office.approved_invoice(name)
    page = office.call("GET", "/cfdis", uuids=[uuid_of(name) for name in names])
    assert [item["cfdi"]["folio"] for item in page["items"]] == names[::-1]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        pytest.param({"from": "2026-03"}, "INVALID_RANGE_DATE", id="month only"),
        pytest.param({"createdFrom": "20260301"}, "INVALID_RANGE_DATE", id="no dashes"),
        pytest.param({"from": "2026-02-30"}, "INVALID_RANGE_DATE", id="no such day"),
        pytest.param(
            {"from": "2026-03-02", "to": "2026-03-01"}, "CFDI__INVALID_DATE_RANGE", id="reversed"
        ),
        pytest.param(
            {"cfdiType": "ADVANCED"}, "GENERAL__BAD_REQUEST", id="value instead of filter"
        ),
        pytest.param({"stage": ""}, "GENERAL__BAD_REQUEST", id="empty enum"),
        pytest.param({"documentTypes": "CFDI,FOREIGN"}, "GENERAL__BAD_REQUEST", id="joined list"),
    ],
)
def test_filter_that_cannot_be_read_is_refused(office, query, name):
    assert office.refusal("GET", "/cfdis", **query)[::2] == (400, name)


def test_date_switches_narrow_the_range(office):
    office.approved_invoice("A")
    office.portal.switches = Switches(to_excludes_same_day=True, period_days_max=31)
    assert office.call("GET", "/cfdis", to="2026-03-10")["total"] == 0
    assert office.call("GET", "/cfdis", to="2026-03-11")["total"] == 1
    query = {"from": "2026-01-01", "to": "2026-03-11"}
    assert office.refusal("GET", "/cfdis", **query)[2] == "CFDI__PERIOD_EXCEEDS_LIMIT"


class TestPaging:
    """Pages (portal API sheet 2.2, 11.2)."""

    @pytest.fixture
    def crowded(self, office) -> Office:
        for number in range(450):
            if number % 3 == 0:
                office.tick(minutes=1)
            office.portal.upload_cfdi(
                TENANT, xml=cfdi_xml(str(number)), provider_id=office.provider.id
            )
        return office

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            pytest.param({}, 200, id="missing"),
            pytest.param({"pageSize": 0}, 200, id="zero"),
            pytest.param({"pageSize": -1}, 200, id="negative"),
            pytest.param({"pageSize": "all"}, 200, id="not a number"),
            pytest.param({"pageSize": 1000}, 200, id="above the cap"),
            pytest.param({"pageSize": 50}, 50, id="below the cap"),
            pytest.param({"pageSize": 200, "offset": 400}, 50, id="last page"),
            pytest.param({"pageSize": 200, "offset": 450}, 0, id="beyond the end"),
        ],
    )
    def test_page_is_capped_and_total_is_real(self, crowded, query, count):
        page = crowded.call("GET", "/cfdis", **query)
        assert (len(page["items"]), page["total"]) == (count, 450)

    def test_pages_give_everything_once_newest_first(self, crowded):
        items = [
            item
            for offset in range(0, 450, 200)
            for item in crowded.call("GET", "/cfdis", pageSize=200, offset=offset)["items"]
        ]
        created = [item["metadata"]["created_at"] for item in items]
        assert len({item["id"] for item in items}) == 450
        assert created == sorted(created, reverse=True)

    def test_document_inserted_between_pages_shifts_them(self, crowded):
        crowded.portal.faults.before(
            "GET",
            "*/cfdis",
            calls=(2,),
            action=lambda: crowded.approved_invoice("new"),
        )
        crowded.tick(minutes=1)
        first, second = (
            [i["id"] for i in crowded.call("GET", "/cfdis", pageSize=200, offset=o)["items"]]
            for o in (0, 200)
        )
        assert second[0] == first[-1]

    def test_switches_change_the_paging(self, crowded):
        crowded.portal.switches = Switches(page_size_cap=100, omit_total=True, ignore_offset=True)
        page = crowded.call("GET", "/cfdis", pageSize=200, offset=400)
        assert len(page["items"]) == 100
        assert "total" not in page
        crowded.portal.switches = Switches(strict_paging=True)
        assert (
            crowded.refusal("GET", "/cfdis", pageSize=200)[2] == "CFDI__INVALID_PAGINATION_PARAMS"
        )

    def test_masters_give_all_only_when_switched(self, office):
        for number in range(210):
            office.portal.add_provider(TENANT, key=str(number), name="P", rfc="R")
        assert len(office.call("GET", "/providers", pageSize=-1)["items"]) == 200
        office.portal.switches = Switches(uncapped_masters=True)
        assert len(office.call("GET", "/providers", pageSize=-1)["items"]) == 212


def test_life_of_an_invoice_passes_through_its_stages(office):
    portal = office.portal
    cfdi = portal.upload_cfdi(TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id)
    seen = [(cfdi.group, cfdi.status)]
    for step in (portal.send_cfdi, portal.reject_cfdi, portal.send_cfdi, portal.approve_cfdi):
        cfdi = step(TENANT, cfdi.id)
        seen.append((cfdi.group, cfdi.status))
    assert seen == [
        ("SENDING", "TO_SEND"),
        ("IN_PROCESS", "IN_REVIEW"),
        ("SENDING", "REJECTED"),
        ("IN_PROCESS", "IN_REVIEW"),
        ("RECEIVED", "PENDING_PAYMENT"),
    ]
    history = office.call("GET", f"/cfdis/{cfdi.id}", retrieveHistory="true")["metadata"]["history"]
    assert [change["status"] for change in history] == [status for _, status in seen]
    with pytest.raises(PortalError, match="RECEIVED"):
        portal.send_cfdi(TENANT, cfdi.id)


@pytest.mark.parametrize("how", [{"by_sat": True}, {"in_tenant": True}])
def test_cancelled_document_leaves_every_open_stage_and_is_finished(office, how):
    cfdi = office.approved_invoice("1")
    office.portal.cancel_cfdi(TENANT, cfdi.id, **how)
    stages = ("PENDING_TO_SEND", "PENDING_TO_AUTHORIZE", "PENDING_TO_PAY", "PAYMENT_COMPLETED")
    assert [office.call("GET", "/cfdis", stage=stage)["total"] for stage in stages] == [0] * 4
    (item,) = office.call("GET", "/cfdis", stage="FINISHED")["items"]
    assert item["metadata"]["cancelled_by_sat"] is how.get("by_sat", False)
    assert item["metadata"]["cancelled_in_tenant"] is how.get("in_tenant", False)
    with pytest.raises(PortalError, match="IS_CANCELLED"):
        office.portal.send_cfdi(TENANT, cfdi.id)


def test_same_uuid_cannot_be_uploaded_twice(office):
    office.approved_invoice("1")
    with pytest.raises(PortalError, match="CFDI__DUPLICATED"):
        office.portal.upload_cfdi(TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id)


@pytest.mark.parametrize(
    "xml",
    [
        b"<html></html>",
        b"not xml",
        cfdi_xml("1").replace(b"UUID=", b"X="),
        cfdi_xml("1").replace(b'Total="116.00"', b'Total="NaN"'),
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    ],
)
def test_what_is_no_stamped_cfdi_cannot_be_uploaded(office, xml):
    with pytest.raises(NotACfdi):
        office.portal.upload_cfdi(TENANT, xml=xml, provider_id=office.provider.id)


def test_document_is_found_by_id_and_by_uuid_and_else_404(office):
    cfdi = office.approved_invoice("1")
    assert office.call("GET", f"/cfdis/{cfdi.id}")["id"] == cfdi.id
    by_uuid = office.call("GET", f"/cfdis/{cfdi.uuid.lower()}", id_type="EXTERNAL")
    assert by_uuid["id"] == cfdi.id
    assert office.refusal("GET", f"/cfdis/{cfdi.uuid}")[0] == 404


class TestFiles:
    """Files (portal API sheet 4.3, 11.4)."""

    def test_link_and_attachment_give_the_uploaded_bytes(self, office):
        xml = cfdi_xml("1")
        cfdi = office.portal.upload_cfdi(TENANT, xml=xml, provider_id=office.provider.id)
        links = office.call("GET", f"/cfdis/{cfdi.id}/files")
        assert links["xml"].partition("?")[0].endswith(f"/{cfdi.uuid}.xml")
        assert office.get_url(links["xml"]).body == xml
        assert office.get_url(links["pdf"]).body.startswith(b"%PDF")
        attached = office.call("GET", f"/cfdis/{cfdi.id}/attachments")
        assert base64.b64decode(attached["xml"]) == xml
        assert set(attached) == {"pdf", "xml"}
        assert isinstance(links["valid_to"], str)

    def test_link_dies_after_its_time(self, office):
        cfdi = office.approved_invoice("1")
        link = office.call("GET", f"/cfdis/{cfdi.id}/files")["xml"]
        office.tick(seconds=3599)
        assert office.get_url(link).status == 200
        office.tick(seconds=1)
        assert office.get_url(link).status == 403

    def test_link_cannot_be_forged(self, office):
        one, two = office.approved_invoice("1"), office.approved_invoice("2")
        link = office.call("GET", f"/cfdis/{one.id}/files")["xml"]
        assert office.get_url(link + "0").status == 403
        assert office.get_url(link.replace(one.id, two.id)).status == 403
        assert office.get_url(link.partition("?")[0]).status == 403
        assert office.get_url(link.replace("expires=", "expires=9")).status == 403
        assert office.get_url(link.replace(one.id, "0" * 24)).status == 404

    def test_file_may_be_missing_or_something_else(self, office):
        html = b"<html>login</html>"
        other = office.portal.upload_cfdi(
            TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id, served_body=html
        )
        missing = office.portal.upload_cfdi(
            TENANT, xml=cfdi_xml("2"), provider_id=office.provider.id, has_xml=False
        )
        link = office.call("GET", f"/cfdis/{other.id}/files")["xml"]
        assert office.get_url(link).body == html
        attached = office.call("GET", f"/cfdis/{other.id}/attachments")
        assert base64.b64decode(attached["xml"]) == html
        assert "xml" not in office.call("GET", f"/cfdis/{missing.id}/files")
        assert office.call("GET", "/cfdis")["items"][0]["cfdi"]["timbre"]["uuid"]

    def test_link_points_to_the_servers_address(self, office):
        office.portal.base_url = "http://127.0.0.1:8123/"
        cfdi = office.approved_invoice("1")
        link = office.call("GET", f"/cfdis/{cfdi.id}/files")["xml"]
        assert link.startswith("http://127.0.0.1:8123/files/")


def test_links_to_order_lines_show_on_both_sides(office):
    office.call("POST", "/purchase-orders", purchase_order())
    reference = PoReference(0, "1024", Decimal(10), Decimal("10.00"), line_num=1)
    cfdi = office.portal.upload_cfdi(
        TENANT,
        xml=cfdi_xml("1"),
        provider_id=office.provider.id,
        po_links=(PoLink("PO1", (reference,)),),
        additional_info={"OC": "PO1"},
    )
    metadata = office.call("GET", f"/cfdis/{cfdi.id}")["metadata"]
    assert metadata["purchase_orders"][0]["references"][0]["line_external_id"] == "1024"
    assert metadata["purchase_orders_response"][0]["purchase_order_number"] == "PO1"
    assert metadata["additional_info"][0]["field"]["external_id"] == "OC"
    order = office.call("GET", "/purchase-orders/PO1", id_type="EXTERNAL")
    assert order["cfdi_ids"] == [cfdi.id]
    assert order["lines"][0]["cfdis"][0]["concepts"] == [0]


def test_an_extra_expense_shows_only_where_the_supplier_named_one(office):
    extra = AdditionalAmount("Flete", Decimal("150.50"))
    shown = []
    for key, amount in (("1", extra), ("2", None)):
        cfdi = office.portal.upload_cfdi(
            TENANT, xml=cfdi_xml(key), provider_id=office.provider.id, additional_amount=amount
        )
        item = office.call("GET", f"/cfdis/{cfdi.id}")
        shown.append(item["metadata"]["additional_amount"])
        read = parsed(item).additional_amount
        assert (read.name, read.amount) == ("Flete", amount.amount) if amount else read is None
    assert shown == [{"name": "Flete", "amount": Decimal("150.50")}, None]


def test_closed_or_foreign_order_takes_no_invoice(office):
    """A closed order shows nothing left to the supplier (portal API sheet 5.4)."""
    office.call("POST", "/purchase-orders", purchase_order())
    for provider_id, status in ((office.other.id, "OPEN"), (office.provider.id, "CLOSED")):
        office.portal.set_po_status_by_person(TENANT, "PO1", status)
        with pytest.raises(PortalError, match="PURCHASE_ORDERS__NOT_"):
            office.portal.upload_cfdi(
                TENANT, xml=cfdi_xml("1"), provider_id=provider_id, po_links=(PoLink("PO1"),)
            )
    assert office.portal.cfdis(TENANT) == ()


def test_credit_note_lowers_its_invoice_and_is_used_up(office):
    invoice = office.approved_invoice("1", total="1160.00")
    note = office.approved_invoice("2", total="160.00", tipo="E", related=("01", uuid_of("1")))
    assert note.status == "PENDING_APPLICATION"
    office.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)
    metadata = office.call("GET", f"/cfdis/{invoice.id}")["metadata"]
    assert metadata["balance"] == Decimal("1000.00")
    assert metadata["credit_notes"][0] | {"issue_date": ""} == {
        "credit_note_id": note.id,
        "amount": Decimal("160.00"),
        "currency": "MXN",
        "issue_date": "",
        "serie_folio": "F 2",
        "previous_balance": Decimal("1160.00"),
        "new_balance": Decimal("1000.00"),
    }
    assert metadata["balanced_by_credit_note"] is False
    shown = office.call("GET", f"/cfdis/{note.id}")
    assert (shown["status"], shown["metadata"]["balance"]) == ("APPLIED", 0)
    assert shown["cfdi"]["cfdis_relacionados"][0]["tipo_relacion"] == "01"
    with pytest.raises(PortalError):
        office.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)


def test_invoice_balanced_by_a_credit_note_is_paid(office):
    invoice, note = office.approved_invoice("1"), office.approved_invoice("2", tipo="E")
    office.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)
    shown = office.call("GET", f"/cfdis/{invoice.id}")
    assert shown["metadata"]["balanced_by_credit_note"] is True
    assert shown["status"] == "PAID"


def test_erp_mark_goes_only_from_its_stage_and_back(office):
    one, two = (
        office.approved_invoice("1"),
        office.portal.upload_cfdi(TENANT, xml=cfdi_xml("2"), provider_id=office.provider.id),
    )
    cfdis = [{"cfdi_id": one.id}, {"uuid": two.uuid}, {"uuid": "?"}]
    sent = office.send("PUT", f"{BATCH}/cfdis/send-to-erp", {"cfdis": cfdis}).parsed()["results"]
    assert [result["error_code"] == 0 for result in sent] == [True, False, False]
    assert "CFDI__WRONG_STAGE_SEND_ERP" in sent[1]["error_message"]
    assert office.call("GET", "/cfdis", stage="DELIVERED_ERP")["total"] == 1
    back = office.send("PUT", f"{BATCH}/cfdis/send-to-pending-payment", {"cfdis": cfdis}).parsed()
    assert [result["error_code"] == 0 for result in back["results"]] == [True, False, False]
    assert uuids(office.call("GET", "/cfdis", stage="PENDING_TO_PAY")) == {one.uuid}


def test_complement_names_its_payments_and_moves_them(office):
    invoice = office.approved_invoice("1")
    first, second = (
        office.call("POST", "/payments", payment(number, (invoice, amount)))
        for number, amount in (("P1", "16.00"), ("P2", "100.00"))
    )
    xml = cfdi_xml("C", tipo="P", total="116.00", paid=((invoice.uuid, "116.00"),))
    complement = office.portal.attach_complement(
        TENANT, payment_ids=(first["id"], second["id"]), xml=xml
    )
    (item,) = office.call("GET", "/cfdis", cfdiType="PAYMENT_CFDI")["items"]
    assert [link["payment_id"] for link in item["payment_complement_info"]] == [
        first["id"],
        second["id"],
    ]
    assert item["metadata"]["payment_info"]["payments"] == []
    paid = item["cfdi"]["complementos"]["pagos20"]["pagos"][0]["documentos_relacionados"]
    assert paid[0]["id_documento"] == invoice.uuid
    states = []
    for step in ("attached", "approved", "cancelled"):
        if step == "approved":
            office.portal.review_complement(TENANT, complement.id, authorize=True)
        if step == "cancelled":
            office.portal.cancel_cfdi(TENANT, complement.id, in_tenant=True)
        states.append(office.call("GET", "/payments/P1", id_type="EXTERNAL")["status"])
    assert states == ["IN_REVIEW_PAYMENT_CFDI", "PAYMENT_CFDI_ATTACHED", "PENDING_PAYMENT_CFDI"]


def test_rejected_complement_rejects_its_payment(office):
    invoice = office.approved_invoice("1")
    paid = office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    complement = office.portal.attach_complement(
        TENANT, payment_ids=(paid["id"],), xml=cfdi_xml("C", tipo="P")
    )
    office.portal.review_complement(TENANT, complement.id, authorize=False)
    answer = office.call("GET", f"/payments/{paid['id']}")
    assert answer["status"] == "REJECTED_PAYMENT_CFDI"


def test_complement_shows_payments_the_old_way_when_switched(office):
    office.portal.switches = Switches(complement_payment_info=True)
    invoice = office.approved_invoice("1")
    paid = office.call("POST", "/payments", payment("P1", (invoice, "116.00")))
    office.portal.attach_complement(TENANT, payment_ids=(paid["id"],), xml=cfdi_xml("C", tipo="P"))
    (item,) = office.call("GET", "/cfdis", cfdiType="PAYMENT_CFDI")["items"]
    assert item["metadata"]["payment_info"]["payments"][0]["external_id"] == "P1"


def test_complement_may_lack_any_link(office):
    office.portal.attach_complement(
        TENANT, payment_ids=(), xml=cfdi_xml("C", tipo="P"), provider_id=office.provider.id
    )
    (item,) = office.call("GET", "/cfdis", cfdiType="PAYMENT_CFDI")["items"]
    assert item["payment_complement_info"] == []


def test_approval_weeks_after_issue_keeps_the_creation_date(office):
    cfdi = office.portal.upload_cfdi(TENANT, xml=cfdi_xml("1"), provider_id=office.provider.id)
    created = office.now
    office.portal.send_cfdi(TENANT, cfdi.id)
    office.tick(days=21)
    approved = office.portal.approve_cfdi(TENANT, cfdi.id)
    assert approved.created_at == created
    assert approved.authorized_at == created + timedelta(days=21)
