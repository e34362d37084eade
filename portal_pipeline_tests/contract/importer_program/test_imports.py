"""What the stand-in writes to Sage, and what it leaves alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, OptionalValue
from portal_pipeline_tests.contract.importer_program.conftest import (
    addenda,
    provider_xml,
    with_addenda,
)
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

D = Decimal


def test_invoices_without_an_order_share_one_open_batch(desk):
    uuids = [
        desk.put(name, cfdi={"total": total}) for name, total in (("1", "116.00"), ("2", "58.00"))
    ]
    assert desk.run() == 0
    found = [desk.invoices()[uuid] for uuid in uuids]
    assert {(one.batch, one.batch_state) for one in found} == {(1, 1)}
    assert sorted(one.entry for one in found) == [1, 2]
    assert [(one.vendor, one.number, one.total) for one in found] == [
        ("P1", "F1", D("116.00")),
        ("P1", "F2", D("58.00")),
    ]
    assert desk.names("Procesados") == sorted(f"{uuid}.xml" for uuid in uuids)
    assert desk.names() == desk.names("Errores") == []


def test_what_it_enters_posts_when_the_clerk_posts_it(desk):
    uuid = desk.put("1", cfdi={"total": "99.99"})
    desk.run()
    result = desk.company.post_ap_invoice_batch(1)
    assert (result.posted, result.errors) == ((1,), ())
    assert desk.invoices()[uuid].due == D("99.99")


def test_another_run_opens_another_batch(desk):
    for name in ("1", "2"):
        desk.put(name)
        desk.run()
    assert [(one.batch, one.entry) for one in desk.company.invoices()] == [(1, 1), (2, 1)]


def test_an_invoice_with_an_order_becomes_a_po_invoice_in_an_open_batch(desk):
    order = desk.received_order(10)
    uuid = desk.put("1", cfdi={"total": "1160.00"}, order=order)
    assert desk.run() == 0
    found = desk.invoices()[uuid]
    assert (found.source, found.po_number, found.total) == ("PO", order, D("1160.00"))
    assert (found.batch_state, found.is_posted) == (1, False)
    assert [one.is_invoiced for one in desk.company.receipts()] == [True]
    assert desk.bench.row("POINVHO", OPTFIELD="FOLIOCFD")["VALUE"] == uuid
    assert desk.bench.rows("APIBHO") == []


def test_of_several_receipts_it_takes_the_one_of_the_invoices_total_else_all(desk):
    order = desk.received_order(2, 3)
    desk.put("1", cfdi={"total": "348.00"}, order=order)
    desk.run()
    assert [one.is_invoiced for one in desk.company.receipts()] == [False, True]
    both = desk.received_order(4, 5)
    desk.put("2", cfdi={"total": "1044.00"}, order=both)
    desk.run()
    assert [one.is_invoiced for one in desk.company.receipts()] == [False, True, True, True]


def test_a_credit_note_names_the_invoice_that_it_relates_to(desk):
    parent = desk.put("1", cfdi={"total": "116.00"})
    desk.run()
    note = desk.put("2", cfdi={"total": "11.60", "tipo": "E", "related": ("01", parent)})
    desk.run()
    found = desk.invoices()[note]
    assert (found.document_type, found.total, found.applies_to) == (3, D("11.60"), "F1")


def test_dollars_go_to_the_vendor_in_dollars_at_the_rate_of_the_cfdi(desk):
    # The vendor's usual tax group knows 0 % only: the group of the addenda has the tax.
    uuid = desk.put(
        "1", cfdi={"currency": "USD", "rate": "18.25"}, vendor="U1", grupo_fiscal="IVA16"
    )
    desk.run()
    assert desk.invoices()[uuid].currency == "USD"
    row = desk.bench.row("APIBH")
    assert (row["EXCHRATEHC"], row["AMTGROSTOT"]) == (D("18.25"), D("116.00"))


def test_account_and_tax_group_come_from_the_addenda_where_sage_knows_them(desk):
    desk.put("1", CuentaContable="5100300", grupo_fiscal="IVA16HON")
    desk.put("2", CuentaContable="9999999", grupo_fiscal="nuevo")
    desk.run()
    details = desk.bench.rows("APIBD")
    groups = [row["CODETAXGRP"] for row in desk.bench.rows("APIBH")]
    assert sorted(row["IDGLACCT"] for row in details) == ["5100100", "5100300"]
    assert sorted(groups) == ["IVA16", "IVA16HON"]


def test_providers_come_first_so_their_invoices_find_them(desk):
    uuid = desk.put("1", vendor="N1")
    (desk.folder / "providers-260316-180000.xml").write_bytes(provider_xml())
    assert desk.run() == 0
    assert desk.invoices()[uuid].vendor == "N1"
    (vendor,) = [one for one in desk.company.vendors() if one.vendor == "N1"]
    assert (vendor.name, vendor.currency, vendor.is_active) == ("Papeles Nuevos", "MXP", True)
    assert dict(vendor.optional_fields) == {"RFC": "PNU010203AB1", "PROVIDERID": "b-7"}
    assert "N1: alta" in desk.log("Proveedores")


def test_a_known_vendor_is_updated_and_not_made_twice(desk):
    xml = provider_xml(external_id="P1", provider_id="a-9", Nombre="Aceros SA", Rfc="ABA010203XY9")
    (desk.folder / "providers-260316-180000.xml").write_bytes(xml)
    desk.run()
    (vendor,) = [one for one in desk.company.vendors() if one.vendor == "P1"]
    assert vendor.name == "Aceros SA"
    assert dict(vendor.optional_fields) == {"RFC": "ABA010203XY9", "PROVIDERID": "a-9"}


def test_a_provider_without_a_vendor_number_is_left_alone(desk):
    before = desk.company.vendors()
    (desk.folder / "providers-1.xml").write_bytes(provider_xml(external_id=""))
    assert desk.run() == 0
    assert desk.company.vendors() == before
    assert desk.names("Errores") == ["providers-1.xml"]


def entered(desk, uuid):
    desk.company.create_ap_invoice_batch(
        description="A mano", date=desk.company.today, entries=[_entry(uuid)]
    )


def _entry(uuid):
    return ApEntry(
        vendor="P1",
        number="A-MANO",
        document_date=date(2026, 3, 2),
        details=(ApDetail(amount=D(100), gl_account="5100100"),),
        optional_fields=(OptionalValue(name="FOLIOCFD", value=uuid),) if uuid else (),
    )


def posted(desk, uuid):
    entered(desk, uuid)
    desk.company.post_ap_invoice_batch(1)


def cleared(desk, uuid):
    posted(desk, uuid)
    desk.company.clear_posted_batch(batch=1)


def typed_in_small_letters(desk, uuid):
    entered(desk, uuid.lower())


def of_an_order(desk, uuid):
    desk.received_order(10)
    (receipt,) = desk.company.receipts()
    desk.company.capture_po_invoice(receipts=[receipt.number], number="OC-1", uuid=uuid)


def credited(desk, uuid):
    of_an_order(desk, None)
    desk.company.credit_po_invoice(
        vendor="P1", invoice="OC-1", number="NC-1", uuid=uuid, net_amount=D(10)
    )


@pytest.mark.parametrize(
    "capture", [entered, posted, cleared, typed_in_small_letters, of_an_order, credited]
)
def test_what_sage_holds_already_is_moved_and_not_imported(desk, capture):
    uuid = uuid_of("1")
    capture(desk, uuid)
    before = desk.company.invoices()
    desk.put("1")
    assert desk.run() == 0
    assert desk.company.invoices() == before
    assert desk.names("Procesados") == [f"{uuid}.xml"]
    assert "ya existe en Sage" in desk.log()


def test_an_invoice_captured_by_hand_without_its_uuid_is_entered_twice(desk):
    entered(desk, "")
    uuid = desk.put("1")
    desk.run()
    assert len(desk.company.invoices()) == 2
    assert uuid in desk.invoices()


def test_the_same_files_again_import_nothing_twice(desk):
    order = desk.received_order(10)
    for _ in range(2):
        desk.put("1")
        desk.put("2", cfdi={"total": "1160.00"}, order=order)
        desk.put("3", vendor="N1")
        (desk.folder / "providers-1.xml").write_bytes(provider_xml())
        assert desk.run() == 0
    assert len(desk.invoices()) == len(desk.company.invoices()) == 3
    assert len([one for one in desk.company.vendors() if one.vendor == "N1"]) == 1


CFDI = cfdi_xml("bad")


def withheld(xml: bytes) -> bytes:
    """The same invoice with 10.00 of ISR withheld."""
    end = b"</cfdi:Impuestos><cfdi:Complemento>"
    own = b'<cfdi:Retenciones><cfdi:Retencion Impuesto="001" Importe="10.00"/></cfdi:Retenciones>'
    return xml.replace(end, own + end).replace(b'Total="116.00"', b'Total="106.00"')


def test_taxes_and_withholdings_of_the_cfdi_are_entered_to_the_cent(desk):
    (desk.folder / "0.xml").write_bytes(with_addenda(withheld(CFDI), grupo_fiscal="IVA16ISR"))
    desk.run()
    row = desk.bench.row("APIBH")
    assert (row["AMTTAX1"], row["AMTTAX2"]) == (D("16.00"), D("-10.00"))
    assert (row["AMTTOTDIST"], row["AMTGROSDST"], row["AMTGROSTOT"]) == (D(100), D(106), D(106))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(CFDI, "sin addenda", id="no addenda"),
        pytest.param(with_addenda(CFDI, vendor="NADIE"), "desconocido: NADIE", id="no such vendor"),
        pytest.param(with_addenda(CFDI, vendor=""), "sin external_id", id="no vendor number"),
        pytest.param(with_addenda(CFDI, order="OC-X"), "suman 0", id="no receipt"),
        pytest.param(with_addenda(CFDI, vendor="U1"), "currency_differs", id="currency"),
        pytest.param(with_addenda(withheld(CFDI)), "IVA16 no tiene RETISR", id="tax group"),
        pytest.param(
            with_addenda(cfdi_xml("bad", tipo="P", paid=((uuid_of("1"), "1"),))),
            "tipo de comprobante P",
            id="a payment",
        ),
        pytest.param(CFDI.replace(b"UUID=", b"Otro="), "sin timbre", id="no UUID"),
        pytest.param(CFDI[:200], "no es XML", id="half a file"),
        pytest.param(b"", "no es XML", id="empty"),
        pytest.param(b"<!DOCTYPE a []><a/>", "DOCTYPE", id="doctype"),
        pytest.param(b"<html/>", "no es CFDI: html", id="html"),
        pytest.param(
            with_addenda(CFDI.replace(b'Total="116.00"', b'Total="mucho"')), "Total", id="number"
        ),
        pytest.param(
            with_addenda(CFDI.replace(b'Fecha="2026', b'Fecha="ayer')), "isoformat", id="date"
        ),
        pytest.param(
            with_addenda(CFDI.replace(b'Folio="bad"', b'Folio="' + b"9" * 30 + b'"')),
            "text_too_long",
            id="number too long",
        ),
    ],
)
def test_what_it_cannot_import_goes_to_the_errors_and_the_rest_goes_on(desk, data, reason):
    (desk.folder / "0.xml").write_bytes(data)
    uuid = desk.put("good")
    assert desk.run() == 0
    assert list(desk.invoices()) == [uuid]
    assert len(desk.company.invoices()) == 1
    assert desk.names("Errores") == ["0.xml"]
    (line,) = [line for line in desk.log().splitlines() if "ERROR" in line]
    assert "0.xml: ERROR" in line
    assert reason in line


def test_only_xml_files_of_the_folder_itself_are_taken(desk):
    for name in ("nota.txt", ".portal-pipeline-0123", "a.xmlx"):
        (desk.folder / name).write_bytes(with_addenda(CFDI))
    (desk.folder / "Otros").mkdir()
    (desk.folder / "Otros" / "b.xml").write_bytes(with_addenda(CFDI))
    (desk.folder / "MAYUS.XML").write_bytes(with_addenda(CFDI))
    desk.run()
    assert desk.names() == [".portal-pipeline-0123", "a.xmlx", "nota.txt"]
    assert desk.names("Otros") == ["b.xml"]
    assert list(desk.invoices()) == [uuid_of("bad")]


def test_an_addenda_of_the_suppliers_own_beside_ours_does_not_hide_it(desk):
    own = b"<cfdi:Addenda><otra/>" + addenda().removeprefix(b"<cfdi:Addenda>")
    (desk.folder / "0.xml").write_bytes(
        CFDI.replace(b"</cfdi:Comprobante>", own + b"</cfdi:Comprobante>")
    )
    desk.run()
    assert list(desk.invoices()) == [uuid_of("bad")]
