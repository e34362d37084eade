"""Each attribute of a document is in the field that is named after it, and in no other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.cfdi.rounding import is_rounded, product_range, share_range
from portal_pipeline.cfdi.values import EXACT, Known

HEAD = {
    "Serie": "serie",
    "Folio": "folio",
    "SubTotal": "subtotal",
    "Descuento": "discount",
    "Total": "total",
    "Moneda": "currency",
    "TipoCambio": "exchange_rate",
    "MetodoPago": "payment_method",
    "FormaPago": "payment_form",
    "CondicionesDePago": "conditions",
    "Exportacion": "export",
    "LugarExpedicion": "place_of_issue",
    "NoCertificado": "certificate_number",
}
ISSUER = {"Rfc": "issuer_rfc", "Nombre": "issuer_name", "RegimenFiscal": "issuer_regime"}
RECEIVER = {
    "Rfc": "receiver_rfc",
    "Nombre": "receiver_name",
    "RegimenFiscalReceptor": "receiver_regime",
    "DomicilioFiscalReceptor": "receiver_postal_code",
    "UsoCFDI": "cfdi_use",
}
SUMMARY = {
    "TotalImpuestosTrasladados": "total_charged",
    "TotalImpuestosRetenidos": "total_withheld",
}
LINE = {
    "ClaveProdServ": "clave_prod_serv",
    "NoIdentificacion": "no_identificacion",
    "Cantidad": "cantidad",
    "ClaveUnidad": "clave_unidad",
    "Unidad": "unidad",
    "Descripcion": "descripcion",
    "ValorUnitario": "valor_unitario",
    "Importe": "importe",
    "Descuento": "descuento",
    "ObjetoImp": "objeto_imp",
}
TAX = {
    "Impuesto": "impuesto",
    "TipoFactor": "tipo_factor",
    "TasaOCuota": "tasa",
    "Base": "base",
    "Importe": "importe",
}
PAYMENT = {
    "FormaDePagoP": "form",
    "MonedaP": "currency",
    "TipoCambioP": "exchange_rate",
    "Monto": "amount",
    "NumOperacion": "operation",
}
PAID = {
    "IdDocumento": "uuid",
    "Serie": "serie",
    "Folio": "folio",
    "MonedaDR": "currency",
    "EquivalenciaDR": "equivalence",
    "NumParcialidad": "instalment",
    "ImpSaldoAnt": "balance_before",
    "ImpPagado": "paid",
    "ImpSaldoInsoluto": "balance_after",
}


def written(names: dict[str, str], first: int) -> str:
    """Attributes, each with a number of its own."""
    return " ".join(f'{name}="{first + place}"' for place, name in enumerate(names))


def read_back(names: dict[str, str], holder: object) -> str:
    """The same from the fields."""
    return " ".join(f'{name}="{getattr(holder, field)}"' for name, field in names.items())


def test_every_attribute_is_in_its_own_field():
    tax = "<Traslado {}/>"
    data = f"""<Comprobante xmlns="http://www.sat.gob.mx/cfd/4" Version="4.0" TipoDeComprobante="P"
        Fecha="2026-01-02T03:04:05" {written(HEAD, 100)}>
      <Emisor {written(ISSUER, 200)}/><Receptor {written(RECEIVER, 300)}/>
      <Conceptos><Concepto {written(LINE, 400)}><Impuestos>
        <Traslados>{tax.format(written(TAX, 500))}</Traslados>
        <Retenciones><Retencion {written(TAX, 600)}/></Retenciones>
      </Impuestos></Concepto></Conceptos>
      <Impuestos {written(SUMMARY, 700)}>
        <Retenciones><Retencion {written(TAX, 800)}/></Retenciones>
        <Traslados>{tax.format(written(TAX, 900))}</Traslados></Impuestos>
      <Complemento>
        <Pagos xmlns="http://www.sat.gob.mx/Pagos20" Version="2.0">
          <Totales MontoTotalPagos="1"/>
          <Pago FechaPago="2026-02-03T04:05:06" {written(PAYMENT, 1000)}>
            <DoctoRelacionado {written(PAID, 1100)}/></Pago></Pagos>
        <TimbreFiscalDigital xmlns="http://www.sat.gob.mx/TimbreFiscalDigital"
          UUID="0A0A0A0A-1111-2222-3333-444455556666" FechaTimbrado="2026-03-04T05:06:07"/>
      </Complemento></Comprobante>"""
    cfdi = read_cfdi(data.encode()).cfdi
    (line,), (payment,) = cfdi.concepts, cfdi.payments
    for names, first, holder in (
        (HEAD, 100, cfdi),
        (ISSUER, 200, cfdi),
        (RECEIVER, 300, cfdi),
        (LINE, 400, line),
        (TAX, 500, line.traslados[0]),
        (TAX, 600, line.retenciones[0]),
        (SUMMARY, 700, cfdi),
        (TAX, 800, cfdi.withheld[0]),
        (TAX, 900, cfdi.charged[0]),
        (PAYMENT, 1000, payment),
        (PAID, 1100, payment.documents[0]),
    ):
        assert read_back(names, holder) == written(names, first)
    assert (cfdi.version, cfdi.type, cfdi.payments_total) == ("4.0", "P", 1)
    assert cfdi.uuid == "0A0A0A0A-1111-2222-3333-444455556666"
    times = (cfdi.issued_at, payment.paid_at, cfdi.stamped_at)
    assert [time.isoformat() for time in times] == [
        "2026-01-02T03:04:05",
        "2026-02-03T04:05:06",
        "2026-03-04T05:06:07",
    ]


def test_what_is_remembered_of_texts_has_a_limit(monkeypatch):
    monkeypatch.setattr("portal_pipeline.cfdi.values._KNOWN_MAX", 3)
    known = Known(str.upper)
    assert [known[text] for text in "abcdeab"] == [*"ABCDEAB"]
    assert len(known) <= 3


NUMBERS = st.decimals(min_value=0, max_value=10**6, places=6) | st.decimals(
    min_value=0, max_value=10**4, places=2
)


@given(one=NUMBERS, other=NUMBERS, written_decimals=st.integers(0, 6), decimals=st.integers(0, 3))
def test_an_amount_that_is_the_rounded_product_is_never_outside_the_range(
    one, other, written_decimals, decimals
):
    """What is looked at first lets through nothing that the SAT's ranges would not."""
    amount = EXACT.quantize(EXACT.multiply(one, other), Decimal(1).scaleb(-written_decimals))
    assert is_rounded(EXACT.multiply(one, other), amount)
    for allowed in (product_range, share_range):
        low, high = allowed(one, other, min(decimals, written_decimals))
        assert low <= amount <= high


@pytest.mark.parametrize(
    ("base", "amount", "codes"),
    [
        pytest.param("100.00", "16.00", set(), id="to the cent"),
        pytest.param("100", "16", set(), id="whole"),
        pytest.param("100.001", "16.000160", {"tax_row", "tax_row_base"}, id="more decimals"),
    ],
)
def test_the_only_tax_stands_in_the_summary_with_the_decimals_of_the_currency(base, amount, codes):
    tax = f'Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.160000" Base="{base}" Importe="{amount}"'
    data = f"""<Comprobante xmlns="http://www.sat.gob.mx/cfd/4" Version="4.0" TipoDeComprobante="I"
        SubTotal="100" Total="116" Moneda="MXN">
      <Conceptos><Concepto Cantidad="1" ValorUnitario="{base}" Importe="{base}"><Impuestos>
        <Traslados><Traslado {tax}/></Traslados></Impuestos></Concepto></Conceptos>
      <Impuestos TotalImpuestosTrasladados="16">
        <Traslados><Traslado {tax}/></Traslados></Impuestos></Comprobante>"""
    found = {one.code for one in check(read_cfdi(data.encode()).cfdi)}
    assert found & {"tax_row", "tax_row_base"} == codes
