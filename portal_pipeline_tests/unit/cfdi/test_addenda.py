"""The addenda comes in as a slice of bytes, or not at all; what was there stays as it was."""

from __future__ import annotations

import codecs
import hashlib
import re

import pytest
from lxml import etree

from portal_pipeline.cfdi.addenda import Existing, Inserted, NotInserted, insert_addenda
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.core.invoices.addenda import Addenda, DoctoDatosAdi
from portal_pipeline.messages.catalogue import text_of
from portal_pipeline_tests.unit.cfdi.envelopes import (
    ADDENDA,
    ADDENDAS,
    CFDI,
    FORMS,
    LE,
    UUID,
    Cut,
    Form,
    cut_document,
    signed_part,
    values_in,
    values_of,
)
from portal_pipeline_tests.unit.cfdi.test_samples import EXPECTED, FOLDER

CREATED = {"none": "created"}
KEPT = {"one tag": "replaced-empty", "one tag with attributes": "replaced-empty"}
REPLACED = {**KEPT, "empty": "appended"}
OURS = b"<cfdi:AddendaEmisor"
GOOD = cut_document(Form()).data


def inserted(data: bytes, addenda: Addenda = ADDENDA, **options) -> Inserted:
    result = insert_addenda(data, addenda, **options)
    assert isinstance(result, Inserted), result
    return result


def refused(data: bytes, addenda: Addenda = ADDENDA, **options) -> str:
    result = insert_addenda(data, addenda, **options)
    assert isinstance(result, NotInserted), result
    assert result.text
    assert result.finding.params["reason"] == result.reason
    assert result.code in text_of(result.finding)[0]
    return result.code


def slice_between(cut: Cut, data: bytes) -> bytes:
    """What stands where the addenda was; everything else is what it was."""
    assert data.startswith(cut.head)
    assert data.endswith(cut.tail)
    return data[len(cut.head) : len(data) - len(cut.tail)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("there", ADDENDAS)
@pytest.mark.parametrize("existing", list(Existing))
def test_whatever_the_form_only_the_addenda_changes_and_its_values_can_be_read(
    form, there, existing
):
    cut = cut_document(FORMS[form], ADDENDAS[there])
    result = inserted(cut.data, existing=existing)
    table, otherwise = (
        (KEPT, "appended") if existing == Existing.KEEP else (REPLACED, "replaced-children")
    )
    assert result.what == {**CREATED, **table}.get(there, otherwise)
    new = slice_between(cut, result.data)
    if result.what == "appended":
        end = cut.addenda.rindex(b"<")
        assert new.startswith(cut.addenda[:end])
        assert new.endswith(cut.addenda[end:])
    assert values_in(result.data) == values_of(ADDENDA)
    assert signed_part(result.data) == signed_part(cut.data)
    assert read_cfdi(result.data).cfdi == read_cfdi(cut.data).cfdi
    assert result.sha256_before == hashlib.sha256(cut.data).hexdigest()
    assert result.sha256_after == hashlib.sha256(result.data).hexdigest()
    again = inserted(result.data, existing=existing)
    assert again.what == "already_there"
    assert again.data == result.data
    assert again.sha256_before == again.sha256_after == result.sha256_after


def test_the_elements_have_the_importers_names_order_and_literal_prefix():
    """Source: CFDI sheet 9 (names and order as the importer program has them)."""
    cut = cut_document(Form(prefix="c"))
    assert slice_between(cut, inserted(cut.data).data).decode() == (
        f'<c:Addenda><cfdi:AddendaEmisor xmlns:cfdi="{CFDI["4.0"]}">'
        '<cfdi:DoctoDatosAdi OrdenCompra="PO0001" AFE="A-7" DescriGastosAdi="Flete" '
        'MtoGastosAdi=""/>'
        '<cfdi:Proveedor IdBase="ACM" provider_id="64b0ff" external_id="" bank="Banco € 😀" '
        'clabe="" account="" grupo_prov="" grupo_fiscal="" '
        'contact="Ana &quot;Nita&quot; &lt;Ñandú&gt; &amp; Cía" contact_email="" '
        'contact_phone="81&#9;12&#13;&#10;34" Terminos="" CuentaContable="" TipoProveedor="">'
        '<cfdi:DomicilioProv Calle="Calle 1" NumeroExterior="" NumeroInterior="" Colonia="" '
        'Localidad="Monterrey" Municipio="San Pedro" Estado="" Pais="" CodigoPostal=""/>'
        "</cfdi:Proveedor></cfdi:AddendaEmisor></c:Addenda>"
    )


@pytest.mark.parametrize(
    ("form", "is_declared"),
    [
        ("4.0", False),
        ("both default and prefix", False),
        ("another prefix", True),
        ("default namespace", True),
        ("cfdi means something else", True),
    ],
)
def test_the_prefix_is_declared_only_where_it_does_not_mean_the_namespace_already(
    form, is_declared
):
    new = slice_between(cut_document(FORMS[form]), inserted(cut_document(FORMS[form]).data).data)
    assert (b"xmlns:cfdi=" in new) is is_declared


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("UTF-8", "Ñ€😀".encode()),
        ("ISO-8859-1", b"\xd1&#8364;&#128512;"),
        ("windows-1252", b"\xd1\x80&#128512;"),
        ("US-ASCII", b"&#209;&#8364;&#128512;"),
        ("UTF-16 big", "Ñ€😀".encode("utf-16-be")),
    ],
)
def test_what_the_encoding_cannot_hold_is_a_character_reference(form, written):
    cut = cut_document(FORMS.get(form, Form()))
    new = inserted(cut.data, Addenda(document=DoctoDatosAdi(AFE="Ñ€😀"))).data
    assert written in slice_between(cut, new)
    assert codecs.BOM_UTF8 not in slice_between(cut, new)
    assert codecs.BOM_UTF16_BE not in slice_between(cut, new)


def test_characters_that_xml_forbids_are_left_out_and_nothing_else():
    forbidden = "\x00\x08\x0b\x0c\x1f\ud800\udfff\ufffe\uffff"
    text = f"a{forbidden}b\t\n\r\x7f\x85\u2028\ufffd\U0010ffff"
    result = inserted(GOOD, Addenda(document=DoctoDatosAdi(AFE=text)))
    found = values_in(result.data)["DoctoDatosAdi"]["AFE"]
    assert found == "ab\t\n\r\x7f\x85\u2028\ufffd\U0010ffff"


def test_other_content_of_the_importer_is_never_doubled_nor_silently_changed():
    first = inserted(GOOD).data
    other = Addenda(document=DoctoDatosAdi(OrdenCompra="PO0002"))
    assert refused(first, other) == "other_content"
    replaced = inserted(first, other, existing=Existing.REPLACE)
    assert replaced.what == "replaced-children"
    assert replaced.data.count(OURS) == 1
    assert values_in(replaced.data) == values_of(other)


def test_replacing_leaves_ours_alone_even_where_ours_is_there_beside_others():
    cut = cut_document(Form(), ADDENDAS["supplier's"])
    kept = inserted(cut.data).data
    replaced = inserted(kept, existing=Existing.REPLACE)
    assert replaced.what == "replaced-children"
    assert b"Pedido" not in replaced.data
    assert replaced.data.count(OURS) == 1


EMISOR = inserted(GOOD).data.partition(b"<cfdi:Addenda>")[2].partition(b"</cfdi:Addenda>")[0]


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(EMISOR * 2, id="twice"),
        pytest.param(EMISOR.replace(b'AFE="A-7" ', b""), id="an attribute less"),
        pytest.param(EMISOR.replace(b"AFE=", b'x="" AFE='), id="an attribute more"),
        pytest.param(EMISOR.replace(b'MtoGastosAdi=""/>', b'MtoGastosAdi="">x</cfdi:DoctoDatosAdi>')
                     , id="a text"),
        pytest.param(EMISOR.replace(b"<cfdi:Proveedor ", b"<cfdi:Otro/><cfdi:Proveedor "),
                     id="an element more"),
        pytest.param(b"<AddendaEmisor xmlns=''/>", id="in no namespace"),
        pytest.param(b"<cfdi:AddendaEmisor/>", id="empty"),
    ],
)  # fmt: skip
def test_anything_but_exactly_our_content_is_other_content(ours):
    addenda = f"<cfdi:Addenda>{ours.decode()}</cfdi:Addenda>"
    assert refused(cut_document(Form(), addenda).data) == "other_content"


def test_ours_with_other_white_space_and_quotes_is_already_there():
    pretty = EMISOR.replace(b"><", b">\r\n  <").replace(b'"PO0001"', b"'PO0001'")
    data = cut_document(Form(), f"<cfdi:Addenda>\n{pretty.decode()}\n</cfdi:Addenda>").data
    assert inserted(data).what == "already_there"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not_xml", id="empty"),
        pytest.param(b"\xef\xbb\xbf \r\n", "not_xml", id="blanks"),
        pytest.param(b'{"error": 1}', "not_xml", id="JSON"),
        pytest.param(b"<!DOCTYPE html><html></html>", "not_xml", id="HTML"),
        pytest.param(b"text" + GOOD, "not_xml", id="text in front"),
        pytest.param(b"\n" + GOOD, "broken_xml", id="blank line before the declaration"),
        pytest.param(GOOD[: len(GOOD) * 2 // 3], "broken_xml", id="cut"),
        pytest.param(GOOD + b"x", "broken_xml", id="text behind"),
        pytest.param(GOOD.replace(b"tfd:", b"tdf:"), "broken_xml", id="undeclared prefix"),
        pytest.param(GOOD.replace(b"cal.", b"cal. <"), "broken_xml", id="raw < in an attribute"),
        pytest.param(GOOD.replace(b"cal.", b"&#x1;"), "broken_xml", id="forbidden reference"),
        pytest.param(
            GOOD.replace(b" Version=", b" xmlns:schemaLocation='a b' Version="),
            "broken_xml",
            id="xmlns:schemaLocation",
        ),
        pytest.param(
            GOOD.replace(b" Version=", b" xmlns:x='relative' Version="),
            "not_verifiable",
            id="relative namespace: no canonical form",
        ),
        pytest.param(
            GOOD.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY x 'y'>]>", 1), "doctype", id="DOCTYPE"
        ),
        pytest.param(b"<" + b"x" * 10_000_001, "too_large", id="too large"),
        pytest.param(GOOD + b" " * (9_999_999 - len(GOOD)), "result_unreadable", id="just so"),
        pytest.param(b"<a/>", "not_cfdi", id="another document"),
        pytest.param(b"<Comprobante Version='4.0'/>", "not_cfdi", id="without namespace"),
        pytest.param(GOOD.replace(b"cfd/4", b"cfd/3"), "not_cfdi", id="4.0 in the 3.3 namespace"),
        pytest.param(
            b"<c:Comprobante xmlns:c='http://www.sat.gob.mx/cfd/3' version='3.2'></c:Comprobante>",
            "not_cfdi",
            id="3.2",
        ),
        pytest.param(
            b"<c:Comprobante xmlns:c='http://www.sat.gob.mx/cfd/4' Version='4.0'/>",
            "not_cfdi",
            id="one tag",
        ),
        pytest.param(
            GOOD.replace(b"<cfdi:Complemento>", b"<cfdi:Addenda/><cfdi:Complemento>"),
            "addenda_not_last",
            id="Addenda before Complemento",
        ),
        pytest.param(
            cut_document(Form(), "<cfdi:Addenda/><cfdi:Addenda/>").data,
            "several_addendas",
            id="two Addendas",
        ),
        pytest.param(
            cut_document(Form(), "<cfdi:Addenda/><Addenda xmlns='urn:x'/>").data,
            "several_addendas",
            id="an Addenda and another one",
        ),
        pytest.param(
            cut_document(Form(), "<Addenda/>").data, "foreign_addenda", id="in no namespace"
        ),
    ],
)
@pytest.mark.parametrize("existing", list(Existing))
def test_a_document_that_is_not_sound_gets_no_addenda(data, code, existing):
    assert refused(data, existing=existing) == code


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(Form(encoding="ISO-8859-15"), id="ISO-8859-15"),
        pytest.param(Form(encoding="UTF-32", codec="utf-32"), id="UTF-32"),
        pytest.param(Form(encoding="UTF-7"), id="UTF-7"),
        pytest.param(
            Form(encoding="ISO-8859-1", codec="utf-8", bom=codecs.BOM_UTF8),
            id="UTF-8 mark, ISO-8859-1 declared",
        ),
        pytest.param(
            Form(encoding="UTF-8", codec="utf-16-le", bom=LE), id="UTF-16 mark, UTF-8 declared"
        ),
        pytest.param(
            Form(encoding="UTF-16BE", codec="utf-16-le", bom=LE),
            id="little-endian mark, big-endian declared",
        ),
    ],
)
def test_an_encoding_that_parsers_could_read_differently_is_refused(form):
    assert refused(cut_document(form).data) in {"places_unknown", "broken_xml"}


@pytest.mark.parametrize("uuid", ["", UUID])
def test_the_addenda_of_a_document_goes_into_that_document(uuid):
    addenda = ADDENDA.model_copy(update={"uuid": uuid})
    assert inserted(GOOD.replace(UUID.encode(), UUID.lower().encode()), addenda).what == "created"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOOD, id="another UUID"),
        pytest.param(re.sub(rb"<tfd:[^>]*>", b"", GOOD), id="not stamped"),
        pytest.param(
            re.sub(rb"(<tfd:[^>]*>)", rb"\1\1", GOOD).replace(UUID.encode(), b"OTHER", 1),
            id="stamped twice",
        ),
    ],
)
def test_the_addenda_of_another_document_never_goes_in(data):
    wanted = "FFFFFFFF-0000-4000-8000-00000000000F" if data is GOOD else UUID
    addenda = ADDENDA.model_copy(update={"uuid": wanted})
    assert refused(data, addenda) == "other_document"


SAMPLES = sorted(EXPECTED) or ["none"]


@pytest.mark.skipif(
    not EXPECTED, reason="the folder of CFDI samples is absent; name it with CFDI_SAMPLES"
)
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("existing", list(Existing))
def test_every_real_file_that_is_readable_takes_the_addenda_and_keeps_all_other_bytes(
    name, existing
):
    data = (FOLDER / name).read_bytes()
    if EXPECTED[name]["verdict"] != "readable":
        assert refused(data, existing=existing)
        return
    result = inserted(data, existing=existing)
    assert values_in(result.data) == values_of(ADDENDA)
    root, after = etree.fromstring(data), etree.fromstring(result.data)
    had = root.find(f"{{{etree.QName(root).namespace}}}Addenda")
    assert (result.what == "created") is (had is None)
    # The longest common beginning and end are all of the file, but what was to be replaced.
    size = min(len(data), len(result.data))
    head = next((i for i in range(size) if data[i] != result.data[i]), size)
    tail = next((i for i in range(size) if data[-1 - i] != result.data[-1 - i]), size)
    if result.what in {"created", "appended"}:
        assert head + tail >= len(data)
    else:
        assert b"Addenda" in data[:head]
        assert b"Addenda" in data[-tail:]
    assert signed_part(data) == signed_part(result.data)
    assert [dict(one.attrib) for one in after.iter("{*}TimbreFiscalDigital")] == [
        dict(one.attrib) for one in root.iter("{*}TimbreFiscalDigital")
    ]
