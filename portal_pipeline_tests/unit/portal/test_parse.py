"""Every model from JSON in the shape of the portal API sheet, and what odd values do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal_pipeline.core.portal import (
    AdditionalAmount,
    AppliedCreditNote,
    PaidDocument,
    PoLink,
    PoReference,
    PortalPaymentLine,
    PortalPoLine,
    PortalTenant,
)
from portal_pipeline.core.wire import load_json
from portal_pipeline.portal.parse import cfdis, fields, masters, payments, providers
from portal_pipeline.portal.parse import purchase_orders as orders
from portal_pipeline.portal.parse.fields import MalformedItem

PROVIDER = """{
 "id": "64B0FF", "external_id": " V001 ", "name": "Kemper", "rfc": "eku9003173c9", "tax_id": null,
 "status": "ENABLED", "type": "REGULAR", "credit_days": 30, "currency_str": "MXN", "brand_new": [1],
 "companies": [{"id": "c1", "rfc": "AAA010101AAA", "related": true},
               {"id": "c2", "rfc": "BBB010101BBB", "related": false}],
 "rfcs_companies": ["CCC010101CCC"],
 "expedient": {"status": "ACCEPTED", "approved": 1767225600000,
  "fields": {
   "f1": {"field_external_id": "Grupo_De_Proveedores", "value": "Nac", "value_external_id": "NAC",
          "status": "ACCEPTED"},
   "f2": {"field_external_id": "giro", "value": "Acero", "status": "PENDING"},
   "f3": {"field_external_id": "acta", "value": "https://f.example/a.pdf?sig=1"}},
  "bank_accounts": {
   "z": {"value": {"clabe": "2", "currency": "usd"}, "status": "ACCEPTED",
         "configuration": {"id": "9", "name": "USD"}},
   "a": {"value": {"clabe": "0"}, "status": "EXPIRED", "configuration": {"name": "AAA"}},
   "b": {"value": {"clabe": "1", "bank_name": "Banamex", "account": "77", "currency": "MXN",
                   "subsidiary": "S", "subsidiary_number": 12, "code": "BNMX", "reference": "R1"},
         "status": "ACCEPTED", "configuration": {"id": "1", "name": "MXN"}}},
  "addresses": {"d": {"value": {"street": "Calle 1", "municipality": "Monterrey",
                                "zip_code": "64000"}, "status": "ACCEPTED"}},
  "contacts": {"c": {"value": {"first_name": "Ana", "last_name": "Paz", "email": "a@x.mx",
                               "phone": 5512}, "status": "ACCEPTED"}}}}"""


def test_a_provider_with_its_dossier():
    """Maps come accepted first, then by configuration: never in the order they arrived."""
    read = providers.provider(load_json(PROVIDER))
    assert (read.id, read.external_id, read.rfc, read.tax_id) == (
        "64b0ff",
        "V001",
        "EKU9003173C9",
        "",
    )
    assert read.is_enabled
    assert read.credit_days == 30
    assert read.company_rfcs == ("AAA010101AAA",)
    assert read.dossier_status == "ACCEPTED"
    assert read.dossier_accepted_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [account.clabe for account in read.bank_accounts] == ["1", "2", "0"]
    assert read.bank_accounts[1].currency == "USD"
    first = read.bank_accounts[0]
    assert (first.branch, first.swift, first.reference) == ("12", "BNMX", "R1")
    assert read.fields == {
        "grupo_de_proveedores": "NAC",
        "giro": "Acero",
        "acta": "https://f.example/a.pdf?[redacted]",
    }
    assert read.addresses[0].municipality == "Monterrey"
    assert (read.contacts[0].name, read.contacts[0].phone) == ("Ana Paz", "5512")


def test_the_dossier_is_kept_the_same_whatever_its_order_and_links():
    """Signed links change with each answer; the archived text does not."""
    first = load_json(PROVIDER)
    second = load_json(PROVIDER.replace("sig=1", "sig=2"))
    second["expedient"]["fields"] = dict(reversed(second["expedient"]["fields"].items()))
    assert providers.provider(first).received == providers.provider(second).received
    assert "sig=" not in providers.provider(first).received


@pytest.mark.parametrize(
    ("node", "company_rfcs"),
    [
        ({"id": "a"}, ()),
        ({"id": "a", "expedient": None, "companies": None, "name": None}, ()),
        ({"id": "a", "companies": ["c1"], "rfcs_companies": ["x1"]}, ("X1",)),
        ({"id": "a", "company_objects": [{"rfc": "x2"}]}, ("X2",)),
        ({"id": "a", "expedient": {"bank_accounts": {"k": None}, "fields": {}}}, ()),
    ],
)
def test_everything_of_a_provider_but_its_id_is_optional(node, company_rfcs):
    assert providers.provider(node).company_rfcs == company_rfcs


CFDI = """{
 "id": "64CF", "type": "CFDI", "status": "PENDING_PAYMENT", "date": "2026-03-11T05:00:00Z",
 "currency": "MXN", "total": 1, "issuer": {"rfc": "zzz"},
 "payment_complement_info": [{"payment_id": "PP1", "operation_number": 7}, {"payment_id": "pp2"}],
 "cfdi": {"serie": "F", "folio": "10", "fecha_emision": "2026-03-10T23:30:00", "moneda": "usd",
  "tipo_cambio": 17.1234, "tipo_comprobante": "I", "metodo_pago": "PPD", "total": 116.10,
  "emisor": {"rfc": "eku9003173c9"}, "receptor": {"rfc": "AAA010101AAA"},
  "timbre": {"uuid": "ab-cd", "fecha_timbrado": "2026-03-10T23:59:59"},
  "cfdis_relacionados": [{"tipo_relacion": "07", "uuids_relacionados": ["aa", "bb"]}],
  "complementos": {"pagos20": {"pagos": [{"fecha_pago": "2026-03-20T12:00:00", "monto": 50,
    "documentos_relacionados": [{"id_documento": "ee", "importe_pagado": 30.5},
                                {"id_documento": "ff", "importe_pagado": 19.5}]}]}}},
 "metadata": {"type": "INVOICE", "cfdi_status_group": "PAYMENT_ORDER", "balance": 0,
  "company_rfc": "aaa010101aaa", "provider_id": "64B0FF", "provider_external_id": "V001",
  "created_at": 1773100800000, "authorized_at": "2026-03-12T10:00:00.123-06:00",
  "cancelled_by_sat": false, "cancelled_in_tenant": true,
  "additional_info": [{"field": {"external_id": "OC"}, "value": {"raw": "PO1"}},
                      {"field": {"external_id": "Monto"}, "value": {"raw": 12}},
                      {"field": {"external_id": "X"}, "value": {"raw": ["no"]}}],
  "purchase_order_ids": ["O1", null],
  "purchase_orders": [{"purchase_order_id": "O1", "purchase_order_external_id": "PO1",
    "references": [{"concept_index": 0, "line_external_id": "1024", "line_quantity": 2.5}]}],
  "purchase_orders_response": [{"purchase_order_number": "PO1",
    "purchase_order_line_external_id": "1024", "quantity": 2.5}],
  "credit_notes": [{"credit_note_id": "CN1", "amount": 5.5}],
  "payment_info": {"payments": [{"payment_id": "PP9", "external_id": "PY9"}],
                   "payments_response": [{"id": "pp9", "external_id": "PY9"}]}}}"""


def test_a_cfdi_with_all_that_the_portal_knows():
    read = cfdis.cfdi(load_json(CFDI))
    assert (read.id, read.uuid, read.document_type, read.kind, read.cfdi_type) == (
        "64cf",
        "AB-CD",
        "CFDI",
        "INVOICE",
        "I",
    )
    assert (read.issued_on, read.stamped_on) == (date(2026, 3, 10), date(2026, 3, 10))
    assert (read.currency, read.exchange_rate, read.total, read.balance) == (
        "USD",
        Decimal("17.1234"),
        Decimal("116.10"),
        Decimal(0),
    )
    assert (read.issuer_rfc, read.receiver_rfc, read.company_rfc) == (
        "EKU9003173C9",
        "AAA010101AAA",
        "AAA010101AAA",
    )
    assert read.created_at == datetime(2026, 3, 10, tzinfo=UTC)
    assert read.authorized_at == datetime(2026, 3, 12, 16, 0, 0, 123000, tzinfo=UTC)
    assert read.is_cancelled
    assert read.is_in_payment_order
    assert read.related == (("07", ("AA", "BB")),)
    reference = PoReference(concept_index=0, line_external_id="1024", quantity=Decimal("2.5"))
    assert read.po_links == (PoLink(po_number="PO1", po_id="o1", references=(reference,)),)
    assert read.additional == {"oc": "PO1", "monto": "12"}
    assert read.credit_notes == (AppliedCreditNote(credit_note_id="cn1", amount=Decimal("5.5")),)
    assert read.payment_ids == ("pp1", "pp2")
    assert (read.paid_by, read.payment_numbers) == (("pp9",), ("PY9",))
    assert read.paid_documents == (
        PaidDocument(uuid="EE", amount=Decimal("30.5"), paid_on=date(2026, 3, 20)),
        PaidDocument(uuid="FF", amount=Decimal("19.5"), paid_on=date(2026, 3, 20)),
    )


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ('{"name": "Flete", "amount": 1500.50}', Decimal("1500.50")),
        ('{"name": "Flete", "amount": "0"}', Decimal(0)),
        ('{"name": "Flete", "amount": null}', None),
        ('{"name": "Flete"}', None),
        ('{"name": " ", "amount": 5}', None),
        ('{"amount": 5}', None),
        ("{}", None),
        ("null", None),
    ],
)
def test_an_extra_expense_counts_only_with_name_and_amount(given, amount):
    node = load_json(f'{{"id": "c", "metadata": {{"additional_amount": {given}}}}}')
    wanted = None if amount is None else AdditionalAmount(name="Flete", amount=amount)
    assert cfdis.cfdi(node).additional_amount == wanted


@pytest.mark.parametrize("given", ['{"name": "a", "amount": "x"}', '{"name": []}', "[]", "5"])
def test_an_extra_expense_that_cannot_be_read_is_never_left_out_silently(given):
    with pytest.raises(MalformedItem):
        cfdis.cfdi(load_json(f'{{"id": "c", "metadata": {{"additional_amount": {given}}}}}'))


@pytest.mark.parametrize(
    ("metadata", "links"),
    [
        pytest.param({}, (), id="none"),
        pytest.param(
            {"purchase_order_ids": ["O7"]}, (PoLink(po_number="", po_id="o7"),), id="id alone"
        ),
        pytest.param(
            {"purchase_orders": [{"purchase_order_external_id": "P"}], "purchase_order_ids": ["O"]},
            (PoLink(po_number="P"),),
            id="one order, its number and its id apart",
        ),
        pytest.param(
            {
                "purchase_orders_response": [
                    {"purchase_order_number": "P", "quantity": 1, "concepts": [2]},
                    {"purchase_order_number": "P", "quantity": 3},
                ]
            },
            (
                PoLink(
                    po_number="P",
                    references=(
                        PoReference(concept_index=2, quantity=Decimal(1)),
                        PoReference(quantity=Decimal(3)),
                    ),
                ),
            ),
            id="the flat list alone",
        ),
    ],
)
def test_no_link_to_an_order_is_overlooked(metadata, links):
    """An invoice with an order must never pass for one without."""
    assert cfdis.cfdi({"id": "a", "metadata": metadata}).po_links == links


def test_a_cfdi_of_which_nothing_but_the_id_is_known():
    """No stamp, no receiver, no metadata; unknown codes stay."""
    read = cfdis.cfdi({"id": "a", "type": "BRAND_NEW", "cfdi": {"timbre": None}, "metadata": None})
    assert (read.uuid, read.document_type, read.balance) == ("", "BRAND_NEW", None)
    assert not read.is_cancelled


def test_a_complement_of_version_1_may_leave_out_the_amount_of_its_only_document():
    paid = {
        "fecha_pago": "2026-01-02",
        "monto": 9,
        "documentos_relacionados": [{"id_documento": "a"}],
    }
    raw = {"complementos": {"pagos": [paid]}}
    assert cfdis.cfdi({"id": "a", "cfdi": raw}).paid_documents == (
        PaidDocument(uuid="A", amount=Decimal(9), paid_on=date(2026, 1, 2)),
    )


ORDER = """{
 "id": "64AA", "external_id": "PO1", "number": "PO1", "status": "OPEN", "currency": "MXN",
 "exchange_rate": null, "date": "2026-03-01T00:00:00.000Z", "delivery_date": "2026-03-20",
 "subtotal": 100.00, "vat_sum": 16.00, "total": 116.00, "provider_id": "64B0",
 "provider": {"external_id": "V001"}, "company_external_id": "ACME", "reference": "R",
 "cfdi_ids": ["F1"], "cfdis": [{"id": "f1"}, {"id": "F2"}],
 "lines": [{"external_id": "1024", "line_num": 1, "item_code": "ITEM-1", "description": "Material",
            "quantity": 10.5000, "price": 9.523810, "subtotal": 100.00, "line_total": 100.00,
            "unit_of_measure": "PZA"}]}"""


def test_a_purchase_order_by_its_response_names():
    read = orders.purchase_order(load_json(ORDER))
    assert (read.id, read.external_id, read.status) == ("64aa", "PO1", "OPEN")
    assert (read.ordered_on, read.delivery_on) == (date(2026, 3, 1), date(2026, 3, 20))
    assert (read.provider_id, read.provider_external_id) == ("64b0", "V001")
    assert (read.total, read.vat_sum, read.exchange_rate) == (Decimal("116.00"), Decimal(16), None)
    assert (read.company_external_id, read.invoice_ids) == ("ACME", ("f1", "f2"))
    assert read.lines == (
        PortalPoLine(
            external_id="1024",
            code="ITEM-1",
            description="Material",
            quantity=Decimal("10.5"),
            price=Decimal("9.523810"),
            subtotal=Decimal(100),
            total=Decimal(100),
            unit_of_measure="PZA",
        ),
    )


PAYMENT = """{
 "id": "64FF", "external_id": "PY1", "status": "PENDING_PAYMENT_CFDI", "currency": "MXN",
 "total_amount": 150.25, "payment_date": "2026-03-15T10:00:00.000Z", "provider_id": "64B0",
 "provider_external_id": "V001", "count_cfdis": "1", "payment_cfdi": {"id": "C1"},
 "cfdis": [{"uuid": "ab", "identificador": "F 10", "currency": "USD", "amount": 8.5,
            "payment_amount": 150.25}],
 "lines": [{"uuid": "zz", "amount": 1}]}"""


def test_a_payment_with_its_invoices():
    read = payments.payment(load_json(PAYMENT))
    assert (read.id, read.external_id, read.total_amount) == ("64ff", "PY1", Decimal("150.25"))
    assert (read.paid_on, read.complement_id) == (date(2026, 3, 15), "c1")
    assert read.lines == (
        PortalPaymentLine(
            uuid="AB",
            identifier="F 10",
            currency="USD",
            amount=Decimal("8.5"),
            payment_amount=Decimal("150.25"),
        ),
    )


def test_a_payment_that_shows_its_lines_alone():
    read = payments.payment(
        {
            "id": "a",
            "status": "FAILED",
            "lines": [{"uuid": "zz", "invoice_number": "F1", "amount": 2}],
        }
    )
    assert read.lines == (PortalPaymentLine(uuid="ZZ", identifier="F1", amount=Decimal(2)),)
    assert read.is_rejected


def test_the_tenant_its_companies_and_accounts():
    tenant = masters.tenant({"id": "t", "name": "Acme", "rfc": "aaa010101aaa", "created_at": 1})
    assert tenant == PortalTenant(id="t", name="Acme", rfc="AAA010101AAA", is_active=True)
    company = masters.company({"id": "C1", "external_id": "ACME", "rfc": "aaa", "active": False})
    assert (company.id, company.rfc, company.is_active) == ("c1", "AAA", False)
    account = masters.bank_account({"id": "B1", "name": "Banamex", "currency": "mxn"})
    assert (account.id, account.currency, account.is_active) == ("b1", "MXN", True)


@pytest.mark.parametrize(
    ("parse", "node", "field"),
    [
        (providers.provider, {}, "id"),
        (providers.provider, {"id": "a", "credit_days": 1.5}, "credit_days"),
        (providers.provider, {"id": "a", "expedient": []}, "expedient"),
        (providers.provider, {"id": "a", "expedient": {"approved": "soon"}}, "approved"),
        (cfdis.cfdi, {"id": ["a"]}, "id"),
        (cfdis.cfdi, {"id": "a", "metadata": {"balance": "mucho"}}, "balance"),
        (cfdis.cfdi, {"id": "a", "metadata": {"balance": float("nan")}}, "balance"),
        (cfdis.cfdi, {"id": "a", "metadata": {"balance": Decimal("1E+99")}}, "balance"),
        (cfdis.cfdi, {"id": "a", "metadata": {"balance": True}}, "balance"),
        (cfdis.cfdi, {"id": "a", "metadata": {"cancelled_by_sat": "maybe"}}, "cancelled_by_sat"),
        (cfdis.cfdi, {"id": "a", "metadata": {"credit_notes": [{"amount": 1}]}}, "credit_note_id"),
        (cfdis.cfdi, {"id": "a", "metadata": {"purchase_orders": ["x"]}}, "purchase_orders"),
        (cfdis.cfdi, {"id": "a", "cfdi": {"fecha_emision": "2026-13-01"}}, "fecha_emision"),
        (cfdis.cfdi, {"id": "a", "metadata": {"created_at": 10**30}}, "created_at"),
        (orders.purchase_order, {"id": "a"}, "status"),
        (
            orders.purchase_order,
            {"id": "a", "status": "OPEN", "lines": {"x": 1}, "total": {}},
            "total",
        ),
        (payments.payment, {"id": "a", "cfdis": [{"amount": "x"}]}, "amount"),
        (masters.company, {"rfc": "x"}, "id"),
    ],
)
def test_an_unreadable_value_names_its_field(parse, node, field):
    with pytest.raises(MalformedItem, match=f"^{field} "):
        parse(node)


@pytest.mark.parametrize(
    ("value", "moment", "day"),
    [
        ("2026-03-01T00:00:00.000Z", datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        ("2026-03-01T23:30:00-06:00", datetime(2026, 3, 2, 5, 30, tzinfo=UTC), date(2026, 3, 1)),
        ("2026-03-01T23:30:00", datetime(2026, 3, 1, 23, 30, tzinfo=UTC), date(2026, 3, 1)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        (1772323200000, datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        ("1772323200000", datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        (Decimal("1772323200000.0"), datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        (None, None, None),
        ("", None, None),
    ],
)
def test_dates_come_as_iso_text_or_epoch_milliseconds(value, moment, day):
    assert fields.moment({"x": value}, "x") == moment
    assert fields.day({"x": value}, "x") == day


def test_texts_lose_what_no_database_holds():
    assert fields.text({"x": " a\x00b\ud800\n "}, "x") == "ab"
    assert fields.text({"x": 12}, "x") == "12"


def test_an_amount_keeps_its_digits():
    node = load_json('{"a": 0.10, "b": "7.50", "c": ""}')
    assert str(fields.number(node, "a")) == "0.10"
    assert str(fields.number(node, "b")) == "7.50"
    assert fields.number(node, "c") is None
