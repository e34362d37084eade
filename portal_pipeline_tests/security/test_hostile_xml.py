"""XML that attacks its reader: refused with a verdict, in bounded time and memory, never obeyed."""

from __future__ import annotations

import codecs
import socket
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.cfdi.parsing import BYTES_MAX, ParseVerdict, parse
from portal_pipeline.cfdi.reader import Verdict, read_cfdi
from portal_pipeline.core.errors import SystemUnavailable
from portal_pipeline.sage.web_api.metadata import parsed_metadata
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of

GOOD = cfdi_xml("A")
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
BODY = GOOD.removeprefix(HEAD)
SECONDS_MAX = 4
"""Of processor time; the largest of these files take a quarter of one."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_document_of_these_tests_is_readable():
    reading = read_cfdi(GOOD)
    assert reading.cfdi is not None
    assert reading.cfdi.uuid == uuid_of("A")


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
)


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param(f"<!DOCTYPE x [{LAUGHS}]>", id="billion laughs"),
        pytest.param('<!DOCTYPE x [<!ENTITY a "' + "a" * 100_000 + '">]>', id="quadratic blowup"),
        pytest.param('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', id="local file"),
        pytest.param('<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1/">]>', id="url"),
        pytest.param('<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">', id="external subset"),
        pytest.param('<!DOCTYPE x PUBLIC "-//x" "http://127.0.0.1/x.dtd">', id="public subset"),
        pytest.param(
            '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p"> %p;]>', id="parameter entity"
        ),
        pytest.param("<!doctype x>", id="lower case"),
        pytest.param("<!-- c --><?pi x?>\n<!DOCTYPE x>", id="behind a comment"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_unexpanded_in_every_encoding(doctype, encoding):
    text = f"{doctype}<x>&l9;&f;&a;</x>"
    started = time.process_time()
    verdict = parse(text.encode(encoding)).verdict
    assert verdict in {ParseVerdict.DOCTYPE, ParseVerdict.BROKEN_XML}
    assert time.process_time() - started < SECONDS_MAX
    if encoding in {"utf-8", "utf-16"} and not doctype.startswith("<!doctype"):
        assert verdict is ParseVerdict.DOCTYPE


@pytest.mark.parametrize("declared", ["UTF-7", "utf-7", "IBM037", "UTF-16", "ISO-2022-JP", "x", ""])
def test_a_declared_encoding_smuggles_no_document_type(declared):
    """UTF-7 spells < and ! in letters that a look at the bytes does not know."""
    smuggled = (
        f'<?xml version="1.0" encoding="{declared}"?>'
        "+ADwAIQ-DOCTYPE x +AFsAPAAh-ENTITY f SYSTEM +ACI-file:///etc/passwd+ACIAPgBdAD4-"
        "+ADw-x+AD4AJg-f+ADsAPA-/x+AD4-"
    ).encode()
    parsed = parse(smuggled)
    assert parsed.verdict is not ParseVerdict.XML
    assert parsed.root is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<a>" * 300_000 + b"</a>" * 300_000, id="deep nesting"),
        pytest.param(b"<a>" * 300_000, id="deep and never closed"),
        pytest.param(b"<a " + b" ".join(b'a%d=""' % n for n in range(500_000)) + b"/>", id="attrs"),
        pytest.param(
            b"<a " + b" ".join(b'xmlns:a%d="u"' % n for n in range(300_000)) + b"/>", id="spaces"
        ),
        pytest.param(b"<a " + b'a="1" ' * 300_000 + b"/>", id="one attribute again and again"),
        pytest.param(b'<a x="' + b"y" * 9_900_000 + b'"/>', id="a huge value"),
        pytest.param(b"<a>" + b"y" * 9_900_000 + b"</a>", id="a huge text"),
        pytest.param(b"<" + b"a" * 9_900_000 + b"/>", id="a huge name"),
        pytest.param(b"<?x y?>" * 1_000_000 + b"<a/>", id="instructions"),
        pytest.param(b"<!---->" * 1_000_000 + b"<a/>", id="comments"),
        pytest.param(b"<!--" + b"-" * 9_900_000, id="a comment without end"),
        pytest.param(b"<a>" + b"&#65;" * 1_900_000 + b"</a>", id="character references"),
        pytest.param(b"<a>" + b"<![CDATA[]]>" * 800_000 + b"</a>", id="sections"),
        pytest.param(b" " * 9_900_000 + b"<a/>", id="blanks"),
        pytest.param(b"<a><b/>" + b"<b/>" * 2_000_000 + b"</a>", id="elements"),
        pytest.param(b"x" * 200_000_000, id="200 MB"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00" * 1_000_000, id="zeros"),
    ],
)
def test_no_shape_of_a_file_costs_more_than_its_size(data):
    started = time.process_time()
    reading = read_cfdi(data)
    assert time.process_time() - started < SECONDS_MAX
    assert reading.cfdi is None
    assert reading.reason
    assert len(reading.reason) <= 300


def test_a_file_beyond_the_limit_is_not_even_looked_at():
    data = b"<a>" + b"y" * BYTES_MAX
    tracemalloc.start()
    try:
        assert read_cfdi(data).verdict is Verdict.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


# -- what a document pretends to be ---------------------------------------------------------------


def test_a_prefix_that_stands_for_another_namespace_is_no_cfdi():
    fake = GOOD.replace(b"http://www.sat.gob.mx/cfd/4", b"http://evil.example/cfd/4")
    assert read_cfdi(fake).verdict is Verdict.NOT_CFDI


def test_a_stamp_in_another_namespace_is_no_stamp():
    fake = GOOD.replace(b"http://www.sat.gob.mx/TimbreFiscalDigital", b"http://evil.example/t")
    reading = read_cfdi(fake)
    assert reading.cfdi is None or reading.cfdi.uuid == ""


def test_a_prefix_that_changes_its_meaning_inside_does_not_hide_the_issuer():
    """The same prefix, bound again further in, names an element that is none of the SAT's."""
    fake = GOOD.replace(
        b'<cfdi:Emisor Rfc="EKU9003173C9"',
        b'<cfdi:Emisor xmlns:cfdi="http://evil.example" Rfc="EVI010101AAA"/>'
        b'<cfdi:Emisor Rfc="EKU9003173C9"',
    )
    reading = read_cfdi(fake)
    assert reading.cfdi is None or reading.cfdi.issuer_rfc == "EKU9003173C9"


def test_another_prefix_for_the_right_namespace_is_the_same_document():
    renamed = GOOD.replace(b"cfdi:", b"x:").replace(b"xmlns:cfdi", b"xmlns:x")
    assert read_cfdi(renamed).cfdi is not None


def test_an_include_is_an_element_and_nothing_more(tmp_path):
    """XInclude would read a file of the machine into the document."""
    secret = tmp_path / "secret"
    secret.write_text("zq-s3cret")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
    )
    parsed = parse(GOOD.replace(b"<cfdi:Complemento>", include.encode() + b"<cfdi:Complemento>"))
    assert parsed.root is not None
    assert "zq-s3cret" not in "".join(parsed.root.itertext())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'Folio="A"', b'Folio="A\x00"', id="NUL"),
        pytest.param(b'Folio="A"', b'Folio="A&#0;"', id="NUL reference"),
        pytest.param(b'Folio="A"', b'Folio="A&#27;[31m"', id="escape reference"),
        pytest.param(b'Folio="A"', b'Folio="\xff\xfe"', id="broken UTF-8"),
        pytest.param(b'Folio="A"', b'Folio="\xed\xa0\x80"', id="a surrogate"),
        pytest.param(b'Folio="A"', b'Folio="\xc0\xbc"', id="an overlong <"),
        pytest.param(b'Folio="A"', b'Folio="&f;"', id="an entity that nobody knows"),
        pytest.param(b'Folio="A"', b'Folio="A" Folio="B"', id="twice"),
    ],
)
def test_what_is_not_well_formed_is_refused_never_repaired(old, new):
    assert read_cfdi(GOOD.replace(old, new)).verdict is Verdict.BROKEN_XML


@pytest.mark.parametrize(
    "total",
    ["NaN", "Infinity", "-INF", "1e999999", "1" * 5_000, "0x10", "1_000", "１１６.00", "", "1,000"],
)
def test_a_total_that_is_no_amount_is_no_total(total):
    reading = read_cfdi(GOOD.replace(b'Total="116.00"', f'Total="{total}"'.encode()))
    assert reading.cfdi is None
    assert reading.findings


def test_a_comment_or_instruction_inside_a_value_changes_no_value():
    """Attributes cannot hold one; between elements they are nothing."""
    mixed = GOOD.replace(b"<cfdi:Conceptos>", b"<!-- Total=9 --><?x Total=9?><cfdi:Conceptos>")
    reading = read_cfdi(mixed)
    assert reading.cfdi is not None
    assert reading.cfdi.total == read_cfdi(GOOD).cfdi.total
    assert read_cfdi(GOOD.replace(b'Folio="A"', b'Folio="<!-- -->A"')).cfdi is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(codecs.BOM_UTF16_LE + GOOD, id="a mark that lies"),
        pytest.param(codecs.BOM_UTF8 + codecs.BOM_UTF8 + GOOD, id="two marks"),
        pytest.param(codecs.BOM_UTF32_BE + GOOD, id="another mark that lies"),
        pytest.param(HEAD.replace(b"UTF-8", b"UTF-16") + BODY, id="a declaration that lies"),
        pytest.param(HEAD.replace(b"UTF-8", b"no-such-thing") + BODY, id="an unknown encoding"),
        pytest.param(GOOD + GOOD, id="two documents"),
        pytest.param(GOOD + b"<x/>", id="something behind"),
    ],
)
def test_games_with_marks_and_encodings_end_in_a_verdict(data):
    reading = read_cfdi(data)
    assert reading.cfdi is None or reading.cfdi.uuid == uuid_of("A")
    assert reading.verdict in set(Verdict)


@given(st.binary(max_size=400), st.integers(0, len(GOOD)), st.integers(0, 200))
def test_no_bytes_at_all_raise(noise, at, cut):
    assert read_cfdi(GOOD[:at] + noise + GOOD[at + cut :]).verdict in set(Verdict)


def test_the_web_apis_metadata_is_read_by_the_same_rules():
    bomb = f"<!DOCTYPE x [{LAUGHS}]><x>&l9;</x>"
    for body in (bomb.encode(), HEAD.replace(b"UTF-8", b"no-such-thing") + b"<x/>", b"\x00", b""):
        with pytest.raises(SystemUnavailable) as caught:
            parsed_metadata("AP", body)
        assert "lol" not in str(caught.value)
