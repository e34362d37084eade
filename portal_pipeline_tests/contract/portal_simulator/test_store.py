"""Persistence, threads and speed of the simulated portal."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from portal_pipeline.sandbox.portal import PoLink, PoReference
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml
from portal_pipeline_tests.contract.portal_simulator.office import (
    BATCH,
    TENANT,
    Office,
    payment,
    purchase_order,
)


def busy_office(path=None) -> Office:
    office = Office(store_path=path).furnish()
    office.portal.accept_dossier(TENANT, office.provider.id)
    office.call("POST", "/purchase-orders", purchase_order())
    invoice = office.approved_invoice("1", total="1160.00")
    note = office.approved_invoice("2", tipo="E", total="160.00")
    office.portal.upload_cfdi(
        TENANT,
        xml=cfdi_xml("3"),
        provider_id=office.provider.id,
        served_body=b"\xff\x00<html>",
        po_links=(PoLink("PO1", (PoReference(0, "1024", Decimal("1.5"), Decimal(2)),)),),
    )
    office.portal.apply_credit_note(TENANT, credit_note_id=note.id, invoice_id=invoice.id)
    paid = office.call("POST", "/payments", payment("P1", (invoice, "500.00")))
    office.portal.attach_complement(TENANT, payment_ids=(paid["id"],), xml=cfdi_xml("C", tipo="P"))
    extra = office.approved_invoice("4")
    office.portal.delete_cfdi(TENANT, extra.id)
    return office


def content(office: Office) -> list[object]:
    portal = office.portal
    return [
        portal.tenant_ids(),
        portal.companies(TENANT),
        portal.bank_accounts(TENANT),
        portal.providers(TENANT),
        portal.cfdis(TENANT),
        portal.purchase_orders(TENANT),
        portal.payments(TENANT),
        office.call("GET", "/cfdis"),
        office.call("GET", "/providers"),
        office.call("GET", "/purchase-orders"),
        office.call("GET", "/payments/P1", id_type="EXTERNAL"),
    ]


def test_reopened_portal_has_the_same_content(tmp_path):
    office = busy_office(tmp_path / "portal.db")
    before = content(office)
    office.portal.close()
    reopened = Office(store_path=tmp_path / "portal.db")
    assert content(reopened) == before == content(busy_office())
    invoice = reopened.portal.cfdis(TENANT)[-1]
    assert str(invoice.balance) == str(office.portal.cfdis(TENANT)[-1].balance)
    reopened.call("PUT", "/purchase-orders/PO1", purchase_order(comments="x"), id_type="EXTERNAL")
    reopened.portal.close()


def test_refused_call_leaves_the_file_as_it_was(tmp_path):
    office = busy_office(tmp_path / "portal.db")
    invoice = office.portal.cfdis(TENANT)[0]
    before = content(office)
    office.refusal("POST", "/payments", payment("P1", (invoice, "500.00")))
    office.portal.close()
    reopened = Office(store_path=tmp_path / "portal.db")
    assert content(reopened) == before
    reopened.portal.close()


def test_threads_give_the_same_portal_as_one(tmp_path):
    def build(workers: int) -> list[object]:
        office = Office(store_path=tmp_path / f"{workers}.db").furnish()
        invoices = [office.approved_invoice(str(n)) for n in range(40)]

        def work(n: int) -> None:
            office.call("POST", "/purchase-orders", purchase_order(f"PO{n}"))
            office.call("POST", "/payments", payment(f"P{n}", (invoices[n], "116.00")))

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, range(40)))
        found = [
            office.portal.purchase_orders(TENANT),
            office.portal.payments(TENANT),
            office.call("GET", "/cfdis"),
        ]
        office.portal.close()
        return found

    assert build(1) == build(8)


def test_page_over_a_thousand_documents_takes_milliseconds(office):
    for number in range(1000):
        office.portal.upload_cfdi(TENANT, xml=cfdi_xml(str(number)), provider_id=office.provider.id)

    def sweep() -> float:
        start = time.process_time()
        for offset in range(0, 1000, 200):
            office.send(
                "GET",
                f"{BATCH.replace('batch', 'extern')}/cfdis",
                query={
                    "pageSize": 200,
                    "offset": offset,
                    "stage": "PENDING_TO_SEND",
                    "createdFrom": "2026-01-01",
                },
            )
        return (time.process_time() - start) / 5

    sweep()
    assert min(sweep() for _ in range(3)) < 0.05
