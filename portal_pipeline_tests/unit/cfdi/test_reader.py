"""Every byte string gets a verdict; a readable document gives its exact content."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.cfdi.check_files import check_file
from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.core.errors import DocumentError
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

ISSUER = PartySpec("PEÑ010101AB1", "Peña & Cía, S.A.")
RECEIVER = PartySpec("ACM010101AB1", "Acme SA de CV")
AT = datetime(2026, 3, 2, 9, 30)


def invoice(**fields) -> InvoiceSpec:
    values = {
        "uuid": deterministic_uuid("invoice"),
        "issuer": ISSUER,
        "receiver": RECEIVER,
        "issued_at": AT,
        "serie": "A",
        "folio": "42",
        "lines": (LineSpec("Lámina cal. 18", Decimal("3.5"), Decimal("10.333333")),),
    }
    return InvoiceSpec(**(values | fields))


GOOD = build_invoice(invoice())
HEAD = b"<cfdi:Comprobante xmlns:cfdi='http://www.sat.gob.mx/cfd/4' Version='4.0'"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        pytest.param(b"", "not_xml", id="empty"),
        pytest.param(b"\xef\xbb\xbf \r\n", "not_xml", id="only a BOM and blanks"),
        pytest.param(b'{"error": 1}', "not_xml", id="JSON"),
        pytest.param(b"<!DOCTYPE html><html></html>", "not_xml", id="HTML page"),
        pytest.param(b"<!-- x -->\n<!doctype HTML>", "not_xml", id="HTML behind a comment"),
        pytest.param(b"<html><body>login</body></html>", "not_xml", id="HTML without doctype"),
        pytest.param(b"<?xml version='1.0'?><HTML/>", "not_xml", id="HTML with declaration"),
        pytest.param(b"text" + GOOD, "not_xml", id="text in front"),
        pytest.param(
            b"<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>", "doctype", id="entities in attributes"
        ),
        pytest.param(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "doctype", id="external DTD"),
        pytest.param(GOOD[: len(GOOD) * 2 // 3], "broken_xml", id="cut"),
        pytest.param(b"\n" + GOOD, "broken_xml", id="blank line before the declaration"),
        pytest.param(b"<a><b></a>", "broken_xml", id="tag mismatch"),
        pytest.param(b"<" * 5000, "broken_xml", id="only brackets"),
        pytest.param(b"<a>" * 300 + b"</a>" * 300, "broken_xml", id="nested too deeply"),
        pytest.param(b"<a/>", "not_cfdi", id="another document"),
        pytest.param(b"<Comprobante Version='4.0'/>", "not_cfdi", id="without namespace"),
        pytest.param(
            b"<c:Comprobante xmlns:c='http://www.sat.gob.mx/cfd/3' version='3.2'/>",
            "unsupported_version",
            id="3.2",
        ),
        pytest.param(
            b"<c:Comprobante xmlns:c='http://www.sat.gob.mx/cfd/4' Version='3.3'/>",
            "unsupported_version",
            id="3.3 in the namespace of 4.0",
        ),
        pytest.param(b"<" + b"x" * 100, "too_large", id="too large"),
        pytest.param(HEAD + b"/>", "readable", id="a CFDI without anything in it"),
        pytest.param(
            b"<!--" + b"x" * 20_000 + b"--><html><br></html>", "not_xml", id="HTML far behind"
        ),
        pytest.param(
            b"<x:html xmlns:x='http://www.w3.org/1999/xhtml'/>", "not_xml", id="HTML by prefix"
        ),
        pytest.param(b"<!DOCTYPE a [<!ELEMENT a ANY>]><html/>", "not_xml", id="HTML by its root"),
        pytest.param("<!DOCTYPE html><p>".encode("utf-16"), "not_xml", id="HTML in UTF-16"),
        pytest.param(b"<!DOCTYPE a><a><b></a>", "doctype", id="a DOCTYPE in broken XML"),
        pytest.param("<!DOCTYPE a><a/>".encode("utf-16"), "doctype", id="a DOCTYPE in UTF-16"),
        pytest.param(b"<!-- <!DOCTYPE html> --><a/>", "not_cfdi", id="a DOCTYPE in a comment"),
    ],
)
def test_damaged_input_is_told_apart(data, verdict):
    limit = 50 if verdict == "too_large" else 10_000_000
    reading = read_cfdi(data, max_bytes=limit)
    assert reading.verdict.value == verdict
    assert reading.reason
    assert reading.cfdi is None


@given(st.binary(max_size=300))
def test_any_bytes_get_a_verdict(data):
    assert read_cfdi(data).verdict


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_any_damage_to_a_good_document_gets_a_verdict(position, noise):
    reading = read_cfdi(GOOD[:position] + noise + GOOD[position + 1 :])
    assert reading.verdict
    if reading.cfdi is not None:
        check(reading.cfdi)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="UTF-8 BOM"),
        pytest.param(GOOD.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(
            GOOD.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"), id="ISO-8859-1"
        ),
        pytest.param(GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), id="UTF-16"),
        pytest.param(
            GOOD.replace(b"cfdi:", b"").replace(b"xmlns:cfdi", b"xmlns"), id="default namespace"
        ),
    ],
)
def test_the_content_is_the_same_whatever_the_form(data):
    assert read_cfdi(data).cfdi == read_cfdi(GOOD).cfdi


def test_an_invoice_gives_its_exact_content():
    spec = invoice(
        lines=(
            LineSpec(
                "Honorarios",
                Decimal(1),
                Decimal("1000.005"),
                (iva(16), isr_withheld(), iva_withheld()),
            ),
            LineSpec("Libro", Decimal(2), Decimal("99.90"), (exempt(),), discount=Decimal("5.50")),
        ),
        relations=(("04", (deterministic_uuid("old").lower(),)),),
        currency="USD",
        exchange_rate=Decimal("17.123456"),
    )
    cfdi = read_cfdi(build_invoice(spec)).cfdi
    assert (cfdi.uuid, cfdi.serie, cfdi.folio, cfdi.issued_at) == (spec.uuid, "A", "42", AT)
    assert (cfdi.total, cfdi.subtotal, cfdi.discount) == (spec.total, spec.subtotal, spec.discount)
    assert cfdi.exchange_rate == Decimal("17.123456")
    assert cfdi.issuer_name == "Peña & Cía, S.A."
    assert cfdi.related[0].uuids == (deterministic_uuid("old"),)
    assert cfdi.concepts[0].retenciones[1].tasa == Decimal("0.106667")
    assert check(cfdi) == []


@pytest.mark.parametrize("version", ["4.0", "3.3"])
@pytest.mark.parametrize(
    "taxes",
    [
        (iva(16),),
        (iva(0),),
        (exempt(),),
        (),
        (ieps(Decimal("0.08")), iva(16)),
        (iva(8), isr_withheld()),
    ],
)
def test_the_documents_of_the_sandbox_break_no_rule(version, taxes):
    lines = tuple(
        LineSpec(f"Parte {n}", round(Decimal(n) / 3, 4), Decimal("7.77") * n, taxes)
        for n in range(1, 8)
    )
    reading = read_cfdi(build_invoice(invoice(lines=lines, version=version)))
    assert (*reading.findings, *check(reading.cfdi)) == ()


def test_a_credit_note_names_its_invoice():
    note = CreditNoteSpec(
        uuid=deterministic_uuid("note"),
        issuer=ISSUER,
        receiver=RECEIVER,
        issued_at=AT,
        lines=invoice().lines,
        relations=(("01", (deterministic_uuid("invoice"),)),),
    )
    cfdi = read_cfdi(build_credit_note(note)).cfdi
    assert (cfdi.type, cfdi.related[0].kind) == ("E", "01")


def complement(paid="100.00", before="150.00", amount="100.00") -> bytes:
    document = PaidInvoiceSpec(
        deterministic_uuid("invoice"), "A", "42", "MXN", Decimal(before), Decimal(paid)
    )
    payment = PaymentSpec(AT, Decimal(amount), (document,))
    return build_complement(
        ComplementSpec(deterministic_uuid("complement"), ISSUER, RECEIVER, AT, (payment,))
    )


def test_a_complement_gives_the_documents_that_it_pays():
    reading = read_cfdi(complement())
    paid = reading.cfdi.payments[0].documents[0]
    assert (paid.uuid, paid.paid, paid.balance_after) == (
        deterministic_uuid("invoice"),
        Decimal("100.00"),
        Decimal("50.00"),
    )
    assert (*reading.findings, *check(reading.cfdi)) == ()


def test_paying_more_than_the_payment_is_told():
    assert {f.code for f in check(read_cfdi(complement(amount="99.99")).cfdi)} == {"CRP20217"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'Total="41.96"', b'Total="abc"', "number_unreadable"),
        (b'Total="41.96"', b'Total="1e9"', "number_unreadable"),
        (b' Total="41.96"', b"", "attribute_missing"),
        (b"2026-03-02T09:30:00", b"2026-02-30T09:30:00", "date_unreadable"),
        (b'Rfc="ACM010101AB1"', b'Rfc=""', "attribute_missing"),
    ],
)
def test_a_value_that_cannot_be_read_is_an_error_and_never_a_guess(old, new, code):
    assert old in GOOD
    reading = read_cfdi(GOOD.replace(old, new, 1))
    assert code in {f.code for f in reading.findings if f.severity == "error"}


def test_a_broken_rule_is_a_warning_where_seal_and_stamp_are_and_else_an_error():
    wrong = GOOD.replace(b'Total="41.96"', b'Total="41.97"')
    unsealed = wrong.replace(b' Sello="', b' Otro="')
    unstamped = wrong.replace(b"TimbreFiscalDigital Version", b"Otro Version")
    assert len({wrong, unsealed, unstamped}) == 3
    for data, severity in ((wrong, "warning"), (unsealed, "error"), (unstamped, "error")):
        found = {finding.code: finding.severity for finding in check(read_cfdi(data).cfdi)}
        assert found.pop("CFDI40119") == severity
        assert set(found) <= {"seal_missing"}


def test_a_file_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(DocumentError, match="cannot be read"):
        check_file(tmp_path / "missing.xml")


def test_the_json_of_a_check_has_exactly_the_documented_names(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(GOOD)
    shown = check_file(path).as_json()
    assert list(shown) == [
        "file", "verdict", "reason", "version", "type", "uuid", "issuer_rfc", "receiver_rfc",
        "total", "currency", "lines", "payments", "seal", "schema", "findings",
    ]  # fmt: skip
    # The sandbox has no keys: its seals only look like ones.
    assert (shown["total"], shown["seal"], shown["schema"]) in {
        ("41.96", "not_checked", "not_checked"),
        ("41.96", "invalid", "valid"),
    }
    assert all(set(one) == {"code", "severity", "text"} for one in shown["findings"])
