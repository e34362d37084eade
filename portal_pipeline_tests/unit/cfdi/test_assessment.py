"""Seal and schema are what they are, and weigh on a document as the rules want."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import threading
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.cfdi.assessment import Assessment, Schema, Seal, assess
from portal_pipeline.cfdi.sat import data as sat_data
from portal_pipeline.cfdi.sat import schema as sat_schema
from portal_pipeline.cfdi.sat import seal as sat_seal
from portal_pipeline.sandbox.cfdi import build_invoice
from portal_pipeline_tests.unit.cfdi.test_reader import GOOD, ISSUER, complement, invoice

HAS_EXTRA = sat_seal.is_installed() and sat_schema.schemas() is not None
needs_extra = pytest.mark.skipif(
    not HAS_EXTRA, reason="the extra is absent: pip install portal-pipeline[sat]"
)
if HAS_EXTRA:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    from portal_pipeline.cfdi.sat import certificate as sat_certificate
    from portal_pipeline_tests.unit.cfdi import sealing

    SIGNER = sealing.signer(ISSUER.rfc)
    SEALED = SIGNER.seal(GOOD)
ADDENDA = b"<cfdi:Addenda><x><y/></x></cfdi:Addenda></cfdi:Comprobante>"


def codes(found: Assessment, severity: str = "") -> list[str]:
    return [one.code for one in found.findings if severity in ("", one.severity)]


def look(document: bytes, **options) -> Assessment:
    return assess(document, accept_test_certificates=True, **options)


# -- seal --------------------------------------------------------------------------------------


@needs_extra
@pytest.mark.parametrize("version", ["4.0", "3.3"])
def test_a_sealed_document_is_valid_in_seal_and_schema_and_has_no_findings(version):
    sealed = SIGNER.seal(build_invoice(invoice(version=version)))
    found = look(sealed)
    assert (found.seal, found.schema, found.findings) == (Seal.VALID, Schema.VALID, ())


@needs_extra
def test_a_sealed_complement_is_valid_too():
    found = look(SIGNER.seal(complement()))
    assert (found.seal, found.schema, found.findings) == (Seal.VALID, Schema.VALID, ())


@needs_extra
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('Total="41.96"', 'Total="41.97"', id="an amount"),
        pytest.param('Descripcion="L', 'Descripcion="l', id="a letter"),
        pytest.param('Folio="42"', 'Folio=" 42 1"', id="white space that counts"),
        pytest.param(' Sello="', ' Sello="A', id="seal longer"),
        pytest.param(' Sello="', ' Sello="*', id="no base64"),
    ],
)
def test_a_changed_document_has_a_broken_seal_which_is_an_error(old, new):
    assert old in SEALED.decode()
    found = look(SEALED.decode().replace(old, new, 1).encode())
    assert found.seal == Seal.INVALID
    assert "seal_invalid" in codes(found, "error")


@needs_extra
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: b"\xef\xbb\xbf" + d, id="BOM"),
        pytest.param(lambda d: d.replace(b"\n", b"\r\n"), id="line ends"),
        pytest.param(
            lambda d: d.decode().replace("UTF-8", "UTF-16").encode("utf-16"), id="encoding"
        ),
        pytest.param(
            lambda d: d.replace(b"cfdi:", b"").replace(b"xmlns:cfdi", b"xmlns"), id="prefix"
        ),
        pytest.param(lambda d: d.replace(b"</cfdi:Comprobante>", ADDENDA), id="addenda"),
        pytest.param(lambda d: d.replace(b'Folio="42"', b'Folio=" 42&#10;"'), id="outer blanks"),
        pytest.param(lambda d: d.replace(b"<cfdi:Emisor", b"<!-- x --><cfdi:Emisor"), id="comment"),
        pytest.param(
            lambda d: re.sub(rb' Sello="(.{40})', rb' Sello="\1&#10; ', d), id="broken lines"
        ),
    ],
)
def test_what_the_cadena_does_not_hold_leaves_the_seal_valid(change):
    document = change(SEALED)
    assert document != SEALED
    assert look(document).seal == Seal.VALID


@needs_extra
def test_the_number_must_be_that_of_the_certificate():
    found = look(SIGNER.seal(GOOD, number="30001000000500003416"))
    assert found.seal == Seal.INVALID
    assert "30001000000500003416" in found.findings[-1].text


@needs_extra
@pytest.mark.parametrize("text", ["", "x", "AAAA", "é", "A" * 30_000], ids=range(5))
def test_an_unreadable_certificate_is_an_invalid_seal(text):
    document = re.sub(r' Certificado="[^"]*"', f' Certificado="{text}"', SEALED.decode())
    assert look(document.encode()).seal == Seal.INVALID


@needs_extra
def test_a_certificate_without_rsa_key_is_an_invalid_seal():
    other = sealing.certificate(ISSUER.rfc, ec.generate_private_key(ec.SECP256R1()))
    text = base64.b64encode(other.public_bytes(Encoding.DER)).decode()
    document = re.sub(r' Certificado="[^"]*"', f' Certificado="{text}"', SEALED.decode())
    assert look(document.encode()).seal == Seal.INVALID


@needs_extra
def test_a_key_of_an_unknown_kind_is_an_invalid_seal():
    der = SIGNER.certificate.public_bytes(Encoding.DER)
    rsa_encryption = bytes.fromhex("2a864886f70d010101")
    text = base64.b64encode(der.replace(rsa_encryption, rsa_encryption[:-1] + b"\x7f")).decode()
    document = re.sub(r' Certificado="[^"]*"', f' Certificado="{text}"', SEALED.decode())
    assert look(document.encode()).seal == Seal.INVALID


@needs_extra
@pytest.mark.parametrize("seal", ["", "&#10; "])
def test_a_document_without_seal_is_absent(seal):
    document = re.sub(r' Sello="[^"]*"', f' Sello="{seal}"', SEALED.decode()).encode()
    found = look(document)
    assert found.seal == Seal.ABSENT
    assert "seal_missing" in codes(found, "error")


@needs_extra
@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"rfc": "AAA010101AAA"}, "certificate_of_another_rfc", id="another holder"),
        pytest.param({"valid": (2020, 2024)}, "certificate_not_in_force", id="expired before"),
        pytest.param({"valid": (2027, 2031)}, "certificate_not_in_force", id="not yet in force"),
        pytest.param({"authority": "Somebody"}, "certificate_not_of_sat", id="another authority"),
    ],
)
def test_doubts_about_a_certificate_are_warnings_and_no_part_of_the_verdict(options, code):
    signer = sealing.signer(**({"rfc": ISSUER.rfc} | options))
    found = look(signer.seal(GOOD))
    assert found.seal == Seal.VALID
    assert [(one.code, one.severity) for one in found.findings] == [(code, "warning")]


@needs_extra
def test_test_authorities_are_accepted_only_when_asked():
    assert codes(assess(SEALED)) == ["certificate_not_of_sat"]
    assert codes(look(SEALED)) == []


@needs_extra
def test_a_stamp_of_another_seal_is_told_as_a_warning():
    document = SEALED.replace(b'SelloCFD="', b'SelloCFD="A')
    found = look(document)
    assert (found.seal, codes(found, "warning")) == (Seal.VALID, ["stamp_of_another_seal"])


@needs_extra
@pytest.mark.parametrize(
    ("namespace", "verdict"),
    [
        pytest.param("http://www.sat.gob.mx/Invented99", Seal.NOT_CHECKED, id="new one of the SAT"),
        pytest.param("http://example.org/x", Seal.INVALID, id="of somebody else"),
        pytest.param("http://www.sat.gob.mx/Pagos", Seal.INVALID, id="old one of the SAT"),
    ],
)
def test_a_complement_that_the_package_is_too_old_for_does_not_accuse_the_issuer(
    namespace, verdict
):
    extra = f'<cfdi:Complemento><n:New xmlns:n="{namespace}" A="1"/>'.encode()
    document = SEALED.replace(b"<cfdi:Complemento>", extra).replace(b'"41.96"', b'"41.97"')
    found = look(document)
    assert found.seal == verdict
    assert ("seal_not_checked" in codes(found, "warning")) is (verdict == Seal.NOT_CHECKED)


# -- severity ----------------------------------------------------------------------------------


@needs_extra
def test_a_broken_rule_weighs_by_seal_and_stamp():
    wrong = GOOD.replace(b'Total="41.96"', b'Total="41.97"')
    cases = {
        "sealed and stamped": (SIGNER.seal(wrong), "warning"),
        "changed after sealing": (SEALED.replace(b'Total="41.96"', b'Total="41.97"'), "error"),
        "not stamped": (
            SIGNER.seal(wrong).replace(b"TimbreFiscalDigital Version", b"Otro Version"),
            "error",
        ),
    }
    for name, (document, severity) in cases.items():
        weights = {one.severity for one in look(document).findings if one.code == "CFDI40119"}
        assert weights == {severity}, name


@needs_extra
def test_a_schema_violation_weighs_like_a_broken_rule():
    wrong = GOOD.replace(b'UsoCFDI="G03"', b'UsoCFDI="Z99"')
    for document, severity in ((SIGNER.seal(wrong), "warning"), (wrong, "error")):
        found = look(document)
        assert found.schema == Schema.INVALID
        (violation,) = [one for one in found.findings if one.code == "schema"]
        assert violation.severity == severity
        assert violation.text.startswith("line 2: Element 'Receptor', attribute 'UsoCFDI'")


# -- schema ------------------------------------------------------------------------------------


@needs_extra
@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        pytest.param('Serie="A"', 'Serie="A" Extra="1"', "invalid", id="unknown attribute"),
        pytest.param('Serie="A"', f'Serie="{"A" * 26}"', "invalid", id="too long"),
        pytest.param("</cfdi:Comprobante>", ADDENDA.decode(), "valid", id="any addenda"),
        pytest.param("</cfdi:Comprobante>", f"<cfdi:Addenda/>{ADDENDA.decode()}", "valid", id="2"),
        pytest.param("<cfdi:Emisor", "<!-- x --><?y z?><cfdi:Emisor", "valid", id="comment"),
        pytest.param("<cfdi:Emisor", "<cfdi:Otro/><cfdi:Emisor", "invalid", id="unknown element"),
        pytest.param("<cfdi:Emisor", "text<cfdi:Emisor", "invalid", id="text"),
    ],
)
def test_the_schema_says_what_does_not_belong(old, new, verdict):
    found = look(GOOD.decode().replace(old, new, 1).encode(), seal=False)
    assert found.schema == verdict
    assert ("schema" in codes(found)) is (verdict == "invalid")


@needs_extra
@pytest.mark.parametrize("where", ["<cfdi:Complemento>", "</cfdi:Concepto>"])
def test_an_unknown_complement_is_reported_and_fails_nothing(where):
    extra = '<n:New xmlns:n="http://www.sat.gob.mx/Invented99"/>'
    if where == "</cfdi:Concepto>":
        new = f"<cfdi:ComplementoConcepto>{extra}</cfdi:ComplementoConcepto>{where}"
    else:
        new = where + extra
    found = look(GOOD.decode().replace(where, new, 1).encode(), seal=False)
    assert found.schema == Schema.VALID
    assert codes(found, "warning") == ["complement_not_checked"]


@needs_extra
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('LugarExpedicion="64000"', 'LugarExpedicion="00001"'),
        ('ClaveProdServ="43211500"', 'ClaveProdServ="99999998"'),
        ('ClaveUnidad="H87"', 'ClaveUnidad="ZZZ"'),
    ],
)
def test_a_value_that_a_large_catalogue_lacks_is_a_warning_since_catalogues_age(old, new):
    found = look(GOOD.decode().replace(old, new).encode(), seal=False)
    assert found.schema == Schema.VALID
    assert codes(found, "warning") == ["catalogue_value_unknown"]


@needs_extra
def test_violations_are_bounded_however_many_there_are():
    many = GOOD.replace(b"<cfdi:Conceptos>", b"<cfdi:Conceptos>" + b"<cfdi:Concepto/>" * 3000)
    found = look(many, seal=False)
    assert found.schema == Schema.INVALID
    assert codes(found).count("schema") == sat_schema.VIOLATIONS_MAX


@needs_extra
def test_a_large_document_is_validated_in_linear_time():
    line = re.search(rb"<cfdi:Concepto .*</cfdi:Concepto>", GOOD).group(0)
    large = GOOD.replace(line, line * 1000)
    assert look(large, seal=False).schema == Schema.VALID
    assert look(large.replace(b'"H87"', b'""'), seal=False).schema == Schema.VALID
    assert look(large + b"<!-- -->", seal=False).schema == Schema.VALID
    wrong = large.replace(b"ObjetoImp", b"ObjetoIm", 1)
    assert look(wrong, seal=False).schema == Schema.INVALID


@needs_extra
def test_threads_that_ask_at_once_get_the_same_answers():
    sat_schema.schemas.forget()
    wrong = SEALED.replace(b'UsoCFDI="G03"', b'UsoCFDI="Z99"')
    expected = {SEALED: look(SEALED), wrong: look(wrong)}
    sat_schema.schemas.forget()
    for stylesheet in sat_seal.stylesheets.values():
        stylesheet.forget()
    different: list[Assessment] = []

    def work() -> None:
        found = [(document, look(document)) for document in (SEALED, wrong) * 20]
        different.extend(one for document, one in found if one != expected[document])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert different == []


# -- without the extra -------------------------------------------------------------------------


@pytest.fixture
def forget_the_extra():
    """Look for the extra again, before and after."""
    found = [
        sat_data.folder,
        sat_data.schema_files,
        sat_schema.schemas,
        sat_seal.has_cryptography,
        *sat_seal.stylesheets.values(),
    ]
    if HAS_EXTRA:
        found.append(sat_certificate.authorities)
    for one in found:
        one.forget()
    yield
    for one in found:
        one.forget()


@pytest.mark.parametrize(
    ("absent", "schema"),
    [("satcfdi", "not_checked"), ("cryptography", "valid" if HAS_EXTRA else "not_checked")],
)
@pytest.mark.usefixtures("forget_the_extra")
def test_without_the_extra_nothing_is_called_checked(monkeypatch, absent, schema):
    monkeypatch.setitem(sys.modules, absent, None)
    found = assess(GOOD)
    assert (found.seal, found.schema, found.findings) == ("not_checked", schema, ())
    assert assess(re.sub(rb' Sello="[^"]*"', b"", GOOD)).seal == "not_checked"


@pytest.mark.usefixtures("forget_the_extra")
def test_a_broken_installation_of_the_package_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "satcfdi", types.ModuleType("satcfdi"))  # without a spec
    assert (assess(GOOD).seal, assess(GOOD).schema) == ("not_checked", "not_checked")


@pytest.mark.usefixtures("forget_the_extra")
def test_a_package_that_is_not_as_expected_is_none(monkeypatch, tmp_path):
    package = tmp_path / "satcfdi"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('never imported')")
    monkeypatch.syspath_prepend(tmp_path)
    found = assess(GOOD)
    assert (found.seal, found.schema) == ("not_checked", "not_checked")
    assert "satcfdi" not in sys.modules


def test_what_is_not_asked_for_is_not_checked():
    found = assess(GOOD, seal=False, schema=False)
    assert (found.seal, found.schema, found.findings) == ("not_checked", "not_checked", ())


LOOKING = """
import sys
from portal_pipeline.cfdi.assessment import assess
print(assess(sys.stdin.buffer.read(), accept_test_certificates=True).seal, "satcfdi" in sys.modules)
"""


@needs_extra
def test_the_package_is_never_imported():
    told = subprocess.run(
        [sys.executable, "-c", LOOKING], input=SEALED, capture_output=True, check=True
    )
    assert told.stdout.decode().split() == ["valid", "False"]


# -- any bytes ---------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_get_an_assessment(noise):
    found = assess(noise)
    assert found.reading.verdict
    assert (found.seal, found.schema) == (Seal.NOT_CHECKED, Schema.NOT_CHECKED)


DOCUMENTS = (SEALED, SIGNER.seal(complement())) if HAS_EXTRA else (GOOD, complement())


@settings(max_examples=300)
@given(st.data())
def test_any_damage_to_a_document_gets_an_assessment(data):
    document = data.draw(st.sampled_from(DOCUMENTS))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(document)))
        end = min(len(document), start + data.draw(st.integers(0, 40)))
        piece = data.draw(
            st.sampled_from(
                [b"", b'"', b">", b"<cfdi:Impuestos>", b' Importe="1"', b"&#0;", b"\x00", b"</"]
            )
            | st.binary(max_size=6)
        )
        document = document[:start] + piece + document[end:]
    assert assess(document).reading.verdict


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
def test_pieces_of_a_document_in_any_order_get_an_assessment(cuts):
    pieces = re.findall(rb"<[^<>]+>", DOCUMENTS[0])
    for cut in cuts:
        pieces.insert(cut * 7 % len(pieces), pieces[cut % len(pieces)])
    assert assess(b"".join(pieces)).reading.verdict
