"""Any bytes get a verdict; any sound CFDI takes any addenda, byte-identical but for it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.cfdi.addenda import Existing, Inserted, NotInserted, What, insert_addenda
from portal_pipeline.cfdi.byte_places import NoPlaces, find_places, start_tag
from portal_pipeline.core.importer_elements import DomicilioProv
from portal_pipeline.core.invoices.addenda import Addenda, DoctoDatosAdi, Proveedor
from portal_pipeline_tests.unit.cfdi.envelopes import (
    ADDENDA,
    ADDENDAS,
    FORMS,
    Form,
    cut_document,
    signed_part,
    values_in,
    values_of,
)

ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("&<>\"'\t\n\r\x00\x0b]-!?/= ;#xñÑ€\x85\u2028\ufffe\ud800😀"),
        st.characters(exclude_categories=()),
    ),
    max_size=12,
)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def filled(model, **given_fields):
    names = [name for name in model.model_fields if name not in given_fields]
    return st.builds(model, **dict.fromkeys(names, ANY_TEXT), **given_fields)


ANY_ADDENDA = st.builds(
    Addenda,
    document=filled(DoctoDatosAdi),
    supplier=filled(Proveedor, domicilio=filled(DomicilioProv)),
)
NAMES = st.text(
    alphabet=st.characters(codec="cp1252", exclude_categories=("Cc",)), min_size=1, max_size=8
).filter(str.strip)
EXISTING = st.sampled_from(list(Existing))
GOOD = [cut_document(form).data for form in FORMS.values()]
WITH = [cut_document(Form(), addenda).data for addenda in ADDENDAS.values()]


def meant(addenda: Addenda) -> dict[str, dict[str, str]]:
    """The values without what no XML document can hold."""
    return {
        element: {name: FORBIDDEN.sub("", value) for name, value in attributes.items()}
        for element, attributes in values_of(addenda).items()
    }


@given(
    form=st.sampled_from(list(FORMS.values())),
    there=st.sampled_from(list(ADDENDAS.values())),
    name=NAMES,
    addenda=ANY_ADDENDA,
    existing=EXISTING,
)
def test_any_sound_cfdi_takes_any_addenda_and_is_otherwise_the_same(
    form, there, name, addenda, existing
):
    cut = cut_document(form, there, name)
    result = insert_addenda(cut.data, addenda, existing=existing)
    assert isinstance(result, Inserted), result
    assert result.data.startswith(cut.head)
    assert result.data.endswith(cut.tail)
    assert values_in(result.data) == meant(addenda)
    assert signed_part(result.data) == signed_part(cut.data)
    assert insert_addenda(result.data, addenda, existing=existing).what == What.ALREADY_THERE


@given(first=ANY_ADDENDA, second=ANY_ADDENDA)
def test_there_is_never_a_second_addenda_of_ours(first, second):
    once = insert_addenda(GOOD[0], first)
    assert isinstance(once, Inserted)
    kept = insert_addenda(once.data, second)
    if meant(first) == meant(second):
        assert kept.what == What.ALREADY_THERE
    else:
        assert isinstance(kept, NotInserted)
    replaced = insert_addenda(once.data, second, existing=Existing.REPLACE)
    assert isinstance(replaced, Inserted)
    assert replaced.data.count(b"<cfdi:AddendaEmisor") == 1
    assert values_in(replaced.data) == meant(second)


def check_verdict(data: bytes, existing: Existing) -> None:
    result = insert_addenda(data, ADDENDA, existing=existing)
    if isinstance(result, NotInserted):
        assert result.code
        assert result.text
        return
    assert values_in(result.data) == values_of(ADDENDA)
    assert signed_part(result.data) == signed_part(data)


@given(st.binary(max_size=300), EXISTING)
def test_any_bytes_get_a_verdict(data, existing):
    check_verdict(data, existing)


PIECES = st.sampled_from(
    [
        *(b"<", b">", b"/>", b"</", b'"', b"'", b"&", b"&#0;", b"<!--", b"-->"),
        *(b"<![CDATA[", b"]]>", b"<?x?>", b"<!DOCTYPE a>", b"<cfdi:Addenda>"),
        *(b"</cfdi:Addenda>", b"<cfdi:Addenda/>", b"<Addenda/>", b"<cfdi:AddendaEmisor/>"),
        *(b"</cfdi:Comprobante>", b' xmlns=""', b' xmlns:cfdi="urn:x"', b' encoding="UTF-7"'),
        *(b"\xff\xfe", b"\x00", b"\xef\xbb\xbf", b"\xd1"),
    ]
)


@given(
    st.sampled_from(GOOD + WITH),
    st.floats(0, 1),
    st.one_of(st.binary(max_size=6), st.lists(PIECES, max_size=4).map(b"".join)),
    st.integers(0, 40),
    EXISTING,
)
@settings(max_examples=400)
def test_any_damage_to_a_good_document_gets_a_verdict(data, where, noise, cut, existing):
    at = int(where * len(data))
    check_verdict(data[:at] + noise + data[at + cut :], existing)


@given(st.binary(max_size=200), st.sampled_from(["UTF-8", "UTF-16", "UTF-16LE", "x", "", "cp1252"]))
def test_places_are_found_or_refused(data, encoding):
    try:
        find_places(data, encoding)
    except NoPlaces:
        return


@given(st.text(max_size=30), st.sampled_from(["utf-8", "utf-16-le", "latin-1"]))
def test_a_start_tag_ends_at_its_own_bracket_or_nowhere(text, codec):
    data = text.encode(codec, errors="replace")
    try:
        tag = start_tag(data, 0, codec)
    except NoPlaces:
        return
    inside = data[: tag.end].decode(codec)
    assert inside.startswith("<")
    assert inside.endswith(">")
    assert tag.is_whole_element == inside.endswith("/>")


def test_bytes_that_are_not_in_the_encoding_they_are_said_to_be_have_no_places():
    with pytest.raises(NoPlaces, match="UTF-16"):
        find_places(b"<a/>", "UTF-16")
