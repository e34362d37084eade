"""Each rule of a CFDI is told by its code, and by no other rule's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.figures import figures_of
from portal_pipeline.cfdi.parsing import parse
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.cfdi.rounding import currency_decimals, product_range
from portal_pipeline_tests.unit.cfdi.test_reader import GOOD, complement, deterministic_uuid

PAID = complement()
INVOICE_RULES = [
    pytest.param('SubTotal="36.17"', 'SubTotal="36.18"', {"CFDI40108", "CFDI40119"}, id="subtotal"),
    pytest.param('SubTotal="36.17"', 'SubTotal="36.170"', {"CFDI40107"}, id="decimals"),
    pytest.param(
        'SubTotal="36.17"', 'SubTotal="36.17" Descuento="40"',
        {"CFDI40110", "CFDI40111", "CFDI40119"}, id="discount above the subtotal",
    ),
    pytest.param('Moneda="MXN"', 'Moneda="MXN" TipoCambio="2"', {"CFDI40114"}, id="rate of pesos"),
    pytest.param('Moneda="MXN"', 'Moneda="USD"', {"CFDI40115"}, id="dollars without rate"),
    pytest.param('Moneda="MXN"', 'Moneda="USD" TipoCambio="0"', {"exchange_rate"}, id="rate 0"),
    pytest.param('Cantidad="3.5"', 'Cantidad="3.7"', {"line_amount"}, id="line"),
    pytest.param('"0.160000" Importe="5.79"/></cfdi:Traslados></cfdi:Impuestos></cfdi:Concepto>',
                 '"0.160000" Importe="5.99"/></cfdi:Traslados></cfdi:Impuestos></cfdi:Concepto>',
                 {"line_tax_amount", "tax_row"}, id="line tax"),
    pytest.param('TotalImpuestosTrasladados="5.79"', "", {"tax_total", "CFDI40119"}, id="tax sum"),
    pytest.param(f'Rfc="{"ACM010101AB1"}"', 'Rfc="ACM-01"', {"rfc_malformed"}, id="RFC"),
    pytest.param('Serie="A"', f'Serie="{"A" * 26}"', {"text_too_long"}, id="long serie"),
    pytest.param('Folio="42"', 'Folio="4|2"', {"text_has_pipe"}, id="pipe"),
    pytest.param('Exportacion="01"', "", {"attribute_missing"}, id="missing attribute"),
    pytest.param('MetodoPago="PPD"', 'MetodoPago="X"', {"payment_method_unknown"}, id="method"),
    pytest.param('FormaPago="99"', 'FormaPago="03"', {"payment_form_of_ppd"}, id="form of PPD"),
    pytest.param('TipoDeComprobante="I"', 'TipoDeComprobante="T"',
                 {"CFDI40109", "CFDI40119"}, id="a transfer with amounts"),
    pytest.param('Rfc="ACM010101AB1"', 'Rfc="ACM011301AB1"', {"rfc_malformed"}, id="month 13"),
    pytest.param('Rfc="ACM010101AB1"', 'Rfc="acm010101ab1"', {"rfc_malformed"}, id="small RFC"),
    pytest.param('NoCertificado="3', 'NoCertificado="', {"certificate_number_malformed"},
                 id="19 digits"),
    pytest.param(' Certificado="', ' Otro="', {"attribute_missing"}, id="no certificate"),
    pytest.param('SelloSAT="', 'Otro="', {"attribute_missing"}, id="stamp without SelloSAT"),
    pytest.param('SelloCFD="', 'SelloCFD="A', {"stamp_of_another_seal"}, id="another seal"),
    pytest.param('Moneda="MXN"', 'Moneda="Pesos"', {"CFDI40115", "currency_unknown"}, id="pesos"),
    pytest.param('Moneda="MXN"', 'Moneda="XXX"',
                 {"CFDI40107", "CFDI40108", "CFDI40119", "currency_of_type", "tax_row",
                  "tax_row_base", "tax_total"}, id="no currency"),
    pytest.param('Total="41.96"', 'Total="41.9600000"', {"too_many_decimals"}, id="7 decimals"),
    pytest.param('Total="41.96"', 'Total="+41.96"', {"number_form"}, id="a sign"),
    pytest.param('Cantidad="3.5"', 'Cantidad="3.50000000"', set(), id="zeros that do not count"),
    pytest.param('Cantidad="3.5"', 'Cantidad="0"', {"line_amount", "line_quantity"}, id="none"),
    pytest.param('Unidad="PZA"', f'Unidad="{"P" * 21}"', {"text_too_long"}, id="long unit"),
    pytest.param('ObjetoImp="02"', 'ObjetoImp="01"', {"object_of_tax"}, id="untaxed with tax"),
    pytest.param('Impuesto="002"', 'Impuesto="009"', {"tax_row", "tax_unknown"}, id="unknown tax"),
    pytest.param('TipoFactor="Tasa"', 'TipoFactor="Cuota"', {"tax_row"}, id="a quota"),
    pytest.param('</cfdi:Traslados></cfdi:Impuestos></cfdi:Concepto>',
                 '</cfdi:Traslados><cfdi:Retenciones><cfdi:Retencion Base="36.17" Impuesto="001"'
                 ' TipoFactor="Exento"/></cfdi:Retenciones></cfdi:Impuestos></cfdi:Concepto>',
                 {"line_tax_exempt", "tax_row"}, id="exempt from withholding"),
    pytest.param('TipoFactor="Tasa"', 'TipoFactor="X"', {"tax_row", "tax_unknown"}, id="factor"),
    pytest.param('"36.17" Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.160000" Importe="5.79"/>'
                 '</cfdi:Traslados></cfdi:Impuestos><cfdi:Complemento>',
                 '"36.18" Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.160000" Importe="5.79"/>'
                 '</cfdi:Traslados></cfdi:Impuestos><cfdi:Complemento>',
                 {"tax_row_base"}, id="base of the summary"),
    pytest.param('</cfdi:Traslados></cfdi:Impuestos><cfdi:Complemento>',
                 '<cfdi:Traslado Base="0" Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.16"'
                 ' Importe="0"/></cfdi:Traslados></cfdi:Impuestos><cfdi:Complemento>',
                 {"tax_row_repeated"}, id="two rows of one kind"),
    pytest.param('</cfdi:Comprobante>', '<cfdi:Addenda/><cfdi:Addenda/></cfdi:Comprobante>',
                 {"element_repeated"}, id="two addenda"),
    pytest.param('<cfdi:Complemento>', '<cfdi:Addenda/><cfdi:Complemento>', {"element_order"},
                 id="addenda before the complement"),
    pytest.param('<cfdi:Complemento>', '<Otro/><cfdi:Complemento>', {"element_unknown"},
                 id="foreign element"),
    pytest.param('<cfdi:Complemento>', '<!-- x --><?a b?><cfdi:Complemento>', set(),
                 id="a comment and an instruction"),
    pytest.param('<cfdi:Emisor', '<cfdi:InformacionGlobal Meses="01"/><cfdi:Emisor',
                 {"attribute_missing"}, id="global information without period"),
    pytest.param('<cfdi:Emisor', '<cfdi:CfdiRelacionados TipoRelacion="10"/><cfdi:Emisor',
                 {"related_uuid_missing", "relation_unknown"}, id="relation"),
    pytest.param('<cfdi:Emisor', '<cfdi:CfdiRelacionados TipoRelacion="01"><cfdi:CfdiRelacionado'
                 ' UUID="x"/></cfdi:CfdiRelacionados><cfdi:Emisor',
                 {"related_uuid_malformed"}, id="related UUID"),
    pytest.param('</cfdi:Complemento>', '</cfdi:Complemento><cfdi:Complemento/>',
                 {"element_repeated"}, id="two complements"),
    pytest.param('Fecha="2026', 'Fecha="2009', {"date_unreadable"}, id="before CFDIs"),
]  # fmt: skip
PAYMENT_RULES = [
    pytest.param('SubTotal="0"', 'SubTotal="1"', {"CRP20103", "CFDI40109"}, id="subtotal"),
    pytest.param('MontoTotalPagos="100.00"', 'MontoTotalPagos="99.00"', {"CRP20211"}, id="total"),
    pytest.param('FormaDePagoP="03"', 'FormaDePagoP="99"', {"CRP20212"}, id="form 99"),
    pytest.param('TipoCambioP="1"', 'TipoCambioP="1.5"', {"CRP20211", "CRP20215"}, id="rate"),
    pytest.param('EquivalenciaDR="1"', 'EquivalenciaDR="2"', {"CRP20238"}, id="equivalence not 1"),
    pytest.param('MonedaDR="MXN" EquivalenciaDR="1"', 'MonedaDR="USD"', {"CRP20237"}, id="foreign"),
    pytest.param('MonedaDR="MXN" EquivalenciaDR="1"', 'MonedaDR="USD" EquivalenciaDR="0"',
                 {"CRP20237"}, id="equivalence 0"),
    pytest.param('ImpSaldoInsoluto="50.00"', 'ImpSaldoInsoluto="49.00"', {"CRP20244"}, id="left"),
    pytest.param(' Monto="100.00"', ' Monto="99.99"', {"CRP20211", "CRP20217"}, id="above Monto"),
    pytest.param('ClaveUnidad="ACT"', 'ClaveUnidad="H87"', {"CRP20116"}, id="fixed line"),
    pytest.param('Version="4.0"', 'Version="4.0" FormaPago="03"', {"CRP20105"}, id="FormaPago"),
    pytest.param('</cfdi:Conceptos>', '</cfdi:Conceptos><cfdi:Impuestos><cfdi:Traslados>'
                 '<cfdi:Traslado Impuesto="002" Importe="1"/></cfdi:Traslados></cfdi:Impuestos>',
                 {"CRP20123"}, id="taxes of the document"),
    pytest.param('Pagos Version="2.0"', 'Pagos Version="2 .0"', {"payments_version"}, id="version"),
    pytest.param('Totales MontoTotalPagos="100.00"', 'Totales MontoTotalPagos="100.000"',
                 {"too_many_decimals"}, id="pesos with 3 decimals"),
    pytest.param('<pago20:Totales MontoTotalPagos="100.00"/>', '', {"payment_totals"}, id="none"),
    pytest.param('<pago20:Totales ', '<pago20:Totales TotalRetencionesIVA="0.001" ',
                 {"payment_totals"}, id="other totals"),
    pytest.param('NumParcialidad="1"', 'NumParcialidad="1000"', {"instalment_malformed"}, id="999"),
    pytest.param('NumParcialidad="1"', '', {"attribute_missing"}, id="no instalment"),
    pytest.param('ObjetoImpDR="01"', '', {"attribute_missing"}, id="no ObjetoImpDR"),
    pytest.param('MonedaP="MXN"', '', {"attribute_missing"}, id="no currency"),
    pytest.param('FormaDePagoP="03"', '', {"attribute_missing"}, id="no form"),
    pytest.param('EquivalenciaDR="1"', 'EquivalenciaDR="1.0000000000"', set(), id="10 decimals"),
]  # fmt: skip


def codes_after(document: bytes, old: str, new: str) -> set[str]:
    changed = document.replace(old.encode(), new.encode(), 1)
    assert changed != document, f"{old} is not in {document.decode()}"
    reading = read_cfdi(changed)
    return {finding.code for finding in (*reading.findings, *check(reading.cfdi))}


@pytest.mark.parametrize(("old", "new", "codes"), INVOICE_RULES)
def test_a_broken_rule_of_an_invoice_is_told_by_its_code(old, new, codes):
    assert codes_after(GOOD, old, new) == codes


@pytest.mark.parametrize(("old", "new", "codes"), PAYMENT_RULES)
def test_a_broken_rule_of_a_complement_is_told_by_its_code(old, new, codes):
    assert codes_after(PAID, old, new) == codes


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        pytest.param('Total="41.96"', 'Total="٤١.٩٦"', "number_unreadable", id="other digits"),
        pytest.param('Total="41.96"', 'Total="41,96"', "number_unreadable", id="decimal comma"),
        pytest.param('Total="41.96"', 'Total="NaN"', "number_unreadable", id="NaN"),
        pytest.param('Total="41.96"', 'Total=""', "number_unreadable", id="empty"),
        pytest.param('Importe="36.17"', "", "attribute_missing", id="line without amount"),
    ],
)
def test_a_document_with_an_unreadable_number_has_no_model_that_could_be_believed(old, new, code):
    data = GOOD.replace(old.encode(), new.encode(), 1)
    reading = read_cfdi(data)
    assert reading.cfdi is None
    assert reading.reason
    assert [(f.code, f.severity) for f in reading.findings] == [(code, "error")]
    assert figures_of(parse(data).root).uuid == deterministic_uuid("invoice")


@pytest.mark.parametrize(
    ("stamp", "code", "uuid"),
    [
        pytest.param("", "uuid_missing", "", id="no stamp"),
        pytest.param('<t:T UUID="ABC"/>', "uuid_malformed", "", id="not a UUID"),
        pytest.param('<t:T UUID="../../etc/passwd"/>', "uuid_malformed", "", id="a path"),
        pytest.param('<t:T UUID="{a}"/><t:T UUID="{b}"/>', "two_stamps", "{a}", id="two UUIDs"),
        pytest.param('<t:T UUID="{a}"/><t:T UUID="{a}"/>', "repeated_stamp", "{a}", id="one twice"),
        pytest.param('<x><t:T UUID="{a}"/></x>', "uuid_missing", "", id="not a direct child"),
    ],
)
def test_the_stamp_names_the_document_only_when_it_is_one(stamp, code, uuid):
    names = {"a": deterministic_uuid("a"), "b": deterministic_uuid("b")}
    start, end = GOOD.index(b"<cfdi:Complemento"), GOOD.index(b"</cfdi:Comprobante>")
    stamps = stamp.replace("t:T", "tfd:TimbreFiscalDigital").format(**names)
    document = GOOD[:start] + f"<cfdi:Complemento>{stamps}</cfdi:Complemento>".encode() + GOOD[end:]
    reading = read_cfdi(document.replace(b"UUID=", b'FechaTimbrado="2026-03-02T09:30:00" UUID='))
    assert reading.cfdi.uuid == uuid.format(**names)
    assert [finding.code for finding in reading.findings] == [code]


@pytest.mark.parametrize(
    ("paid", "severities"),
    [
        pytest.param("50.00", [], id="within Monto"),
        pytest.param("50.002", [], id="within its rounding"),
        pytest.param("50.005", ["warning"], id="one unit above"),
        pytest.param("50.01", ["error"], id="two units above"),
    ],
)
def test_where_guide_and_matrix_disagree_a_foreign_payment_is_for_review(paid, severities):
    # Unsealed: a broken rule is an error. Monto is 100.00, twice the amount in dollars.
    document = PAID.replace(b' Sello="', b' Otro="')
    for old, new in (
        ('MonedaDR="MXN" EquivalenciaDR="1"', 'MonedaDR="USD" EquivalenciaDR="0.5"'),
        ('ImpSaldoAnt="150.00"', f'ImpSaldoAnt="{paid}"'),
        ('ImpPagado="100.00"', f'ImpPagado="{paid}"'),
        ('ImpSaldoInsoluto="50.00"', 'ImpSaldoInsoluto="0"'),
    ):
        assert old.encode() in document
        document = document.replace(old.encode(), new.encode())
    found = [f for f in check(read_cfdi(document).cfdi) if f.code != "seal_missing"]
    assert {f.code for f in found} <= {"CRP20217"}
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize("name", ["Emisor", "Receptor", "Impuestos"])
def test_a_second_element_where_one_is_read_is_an_error(name):
    document = GOOD.replace(b"<cfdi:Complemento>", f"<cfdi:{name}/><cfdi:Complemento>".encode())
    found = read_cfdi(document).findings
    assert [(f.code, f.severity) for f in found] == [("element_repeated", "error")]


def test_stamp_and_payments_are_read_from_every_complement():
    split = PAID.replace(
        b"</pago20:Pagos>", b"</pago20:Pagos></cfdi:Complemento><cfdi:Complemento>", 1
    )
    found = read_cfdi(split).cfdi
    assert found._replace(irregularities=()) == read_cfdi(PAID).cfdi
    assert [code for code, _ in found.irregularities] == ["element_repeated"]


def test_local_taxes_count_in_the_total():
    local = (
        b'<cfdi:Complemento><l:ImpuestosLocales xmlns:l="http://www.sat.gob.mx/implocal"'
        b' TotaldeTraslados="3.00" TotaldeRetenciones="1.00">'
        b'<l:TrasladosLocales Importe="1.50"/><l:TrasladosLocales Importe="1.50"/>'
        b'<l:RetencionesLocales Importe="1.00"/></l:ImpuestosLocales>'
    )
    document = GOOD.replace(b"<cfdi:Complemento>", local).replace(
        b'Total="41.96"', b'Total="43.96"'
    )
    assert check(read_cfdi(document).cfdi) == []
    wrong = document.replace(b'"1.50"/><l:T', b'"1.49"/><l:T')
    assert {one.code for one in check(read_cfdi(wrong).cfdi)} == {"local_tax_total"}


def test_payments_1_0_may_leave_the_only_amount_out():
    old = PAID.replace(b"http://www.sat.gob.mx/Pagos20", b"http://www.sat.gob.mx/Pagos")
    (payment,) = read_cfdi(old.replace(b' ImpPagado="100.00"', b"")).cfdi.payments
    assert payment.documents[0].paid == Decimal("100.00")
    reading = read_cfdi(PAID.replace(b' ImpPagado="100.00"', b""))
    assert reading.cfdi.payments[0].documents[0].paid is None
    assert [finding.code for finding in reading.findings] == ["attribute_missing"]


@pytest.mark.parametrize(
    "document_id", ["123-12-123456789", deterministic_uuid("x").lower(), "", "junk"]
)
def test_a_paid_document_is_named_by_uuid_or_by_the_form_before_cfdi(document_id):
    old = f'IdDocumento="{deterministic_uuid("invoice")}"'
    data = PAID.replace(old.encode(), f'IdDocumento="{document_id}"'.encode())
    assert figures_of(parse(data).root).payments == ((document_id.upper(),) if document_id else ())
    assert bool(read_cfdi(data).findings) is (document_id in ("", "junk"))


def test_the_widest_numbers_are_computed_exactly():
    wide = "999999999999999999.9999999999"
    huge = GOOD.replace(b'Cantidad="3.5"', f'Cantidad="{wide}"'.encode()).replace(
        b'ValorUnitario="10.333333"', f'ValorUnitario="{wide}"'.encode()
    )
    codes = {finding.code for finding in check(read_cfdi(huge).cfdi)}
    assert codes == {"line_amount", "too_many_decimals"}


def test_more_lines_than_the_limit_are_too_large():
    many = GOOD.replace(b"<cfdi:Conceptos>", b"<cfdi:Conceptos>" + b"<cfdi:Concepto/>" * 50_000)
    reading = read_cfdi(many)
    assert (reading.verdict.value, reading.cfdi) == ("too_large", None)


ATTRIBUTES = sorted(
    {part.split(b"=")[0].decode() for part in (GOOD + PAID).split() if b'="' in part}
)


@given(st.sampled_from(ATTRIBUTES), st.text(max_size=30), st.sampled_from([GOOD, PAID]))
def test_any_text_in_any_attribute_gets_findings_and_never_an_exception(name, text, document):
    safe = "".join(c for c in text if c.isprintable() and c not in '<&"')
    start, _, rest = document.partition(f' {name}="'.encode())
    changed = start + f' {name}="{safe}"'.encode() + rest.partition(b'"')[2]
    reading = read_cfdi(changed if rest else document)
    if reading.cfdi is not None:
        check(reading.cfdi)


@pytest.mark.parametrize(("currency", "decimals"), [("MXN", 2), ("JPY", 0), ("KWD", 3), ("XXX", 0)])
def test_amounts_have_the_decimals_of_their_currency(currency, decimals):
    assert currency_decimals(currency) == decimals


def test_a_product_may_lie_half_a_unit_of_each_factor_away():
    # Anexo 20's formula: (3.5 - .05)(10.33 - .005) truncated, (3.55)(10.335) rounded up.
    assert product_range(Decimal("3.5"), Decimal("10.33"), 2) == (
        Decimal("35.62"),
        Decimal("36.69"),
    )
