"""Whatever the sandbox's people send adds up, and says what its spec says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.sandbox.cfdi import (
    ComplementSpec,
    CreditNoteSpec,
    InvoiceSpec,
    LineSpec,
    PaidInvoiceSpec,
    PartySpec,
    PaymentSpec,
    build_complement,
    build_credit_note,
    build_invoice,
    deterministic_uuid,
    exempt,
    ieps,
    isr_withheld,
    iva,
    iva_withheld,
)

ISSUER = PartySpec("Ñ&A010203AB1", "Peña & Hijos <S.A.>", regime="612")
RECEIVER = PartySpec("ACM010101AB1", 'Acme "Norte" SA de CV')
AT = datetime(2026, 3, 2, 9, 30)
TAXES = (
    (),
    (iva(16),),
    (iva(8),),
    (iva(0),),
    (exempt(),),
    (ieps(Decimal("0.265")), iva(16)),
    (iva(16), isr_withheld(), iva_withheld()),
    (iva(16), isr_withheld(Decimal("0.0125"))),
)


def amounts(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places)


@st.composite
def lines(draw) -> LineSpec:
    line = LineSpec(
        description=draw(st.sampled_from(["Lámina cal. 18", "Flete 5 < 6", "Año & día"])),
        quantity=draw(amounts("0.001", "5000", 3)),
        unit_price=draw(amounts("0.01", "90000", 4)),
        taxes=draw(st.sampled_from(TAXES)),
    )
    share = draw(st.sampled_from([0, 0, 10, 100]))
    discount = (line.amount * share / 100).quantize(Decimal("0.01"))
    return LineSpec(line.description, line.quantity, line.unit_price, line.taxes, discount=discount)


@settings(max_examples=60)
@given(
    st.lists(lines(), min_size=1, max_size=6),
    st.sampled_from(["4.0", "3.3"]),
    st.sampled_from([("MXN", None), ("USD", Decimal("17.2345"))]),
    st.sampled_from([InvoiceSpec, CreditNoteSpec]),
    st.sampled_from([Decimal("0.00"), Decimal("45.00")]),
)
def test_an_invoice_or_credit_note_breaks_no_rule_and_has_the_totals_of_its_spec(
    lines, version, currency, kind, local
):
    spec = kind(
        deterministic_uuid("document"), ISSUER, RECEIVER, AT, tuple(lines),
        serie="A", folio="7", version=version, currency=currency[0], exchange_rate=currency[1],
        relations=(("01", (deterministic_uuid("parent"),)),), local_charged=local,
    )  # fmt: skip
    build = build_invoice if kind is InvoiceSpec else build_credit_note
    reading = read_cfdi(build(spec))
    cfdi = reading.cfdi
    assert (*reading.findings, *check(cfdi)) == ()
    assert (cfdi.total, cfdi.subtotal, cfdi.discount) == (spec.total, spec.subtotal, spec.discount)
    assert cfdi.local_charged == local
    assert (cfdi.type, cfdi.version) == ("I" if kind is InvoiceSpec else "E", version)
    assert all((row.base is not None) is (version == "4.0") for row in cfdi.charged)
    assert (cfdi.issuer_rfc, cfdi.issuer_name) == (ISSUER.rfc, ISSUER.name)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(amounts("0.01", "90000", 2), amounts("0", "100", 2), amounts("10", "20", 4)),
        min_size=1,
        max_size=5,
    )
)
def test_a_complement_breaks_no_rule_in_pesos_and_in_dollars(payments):
    spec = ComplementSpec(
        deterministic_uuid("complement"), ISSUER, RECEIVER, AT,
        tuple(
            PaymentSpec(
                AT, paid,
                (PaidInvoiceSpec(deterministic_uuid(n), "A", "7", "USD", paid + left, paid),),
                currency="USD", exchange_rate=rate,
            )
            for n, (paid, left, rate) in enumerate(payments)
        ),
    )  # fmt: skip
    reading = read_cfdi(build_complement(spec))
    assert (*reading.findings, *check(reading.cfdi)) == ()


def test_a_peso_invoice_paid_in_dollars_adds_up():
    # MonedaDR pesos, MonedaP dollars: EquivalenciaDR is pesos for one dollar (CFDI sheet 10).
    paid = PaidInvoiceSpec(
        deterministic_uuid("a"), "A", "7", "MXN", Decimal("1752.64"), Decimal("1752.64"),
        equivalence=Decimal("17.5264"),
    )  # fmt: skip
    payment = PaymentSpec(
        AT, Decimal("100.00"), (paid,), currency="USD", exchange_rate=Decimal("17.5264")
    )
    spec = ComplementSpec(deterministic_uuid("c"), ISSUER, RECEIVER, AT, (payment,))
    reading = read_cfdi(build_complement(spec))
    assert (*reading.findings, *check(reading.cfdi)) == ()


def test_the_same_spec_gives_the_same_bytes_and_uuids_depend_on_their_parts_alone():
    spec = InvoiceSpec(
        deterministic_uuid(7, "acme", 1),
        ISSUER,
        RECEIVER,
        AT,
        (LineSpec("x", Decimal(1), AT_COST),),
    )
    assert build_invoice(spec) == build_invoice(spec)
    assert deterministic_uuid(7, "acme", 1) == spec.uuid == spec.uuid.upper()
    assert deterministic_uuid(7, "acme", 2) != spec.uuid


AT_COST = Decimal("12.50")


@pytest.mark.parametrize("version", ["4.0", "3.3"])
def test_an_addenda_is_the_last_child_and_changes_nothing_else(version):
    plain = InvoiceSpec(
        deterministic_uuid("a"), ISSUER, RECEIVER, AT, (LineSpec("x", Decimal(1), AT_COST),),
        version=version,
    )  # fmt: skip
    fields = {**vars(plain), "addenda": b"<pedido xmlns='urn:cliente'>4500012345</pedido>"}
    document = build_invoice(InvoiceSpec(**fields))
    assert etree.QName(etree.fromstring(document)[-1]).localname == "Addenda"
    assert read_cfdi(document).cfdi == read_cfdi(build_invoice(plain)).cfdi
