"""Whatever a writer does wrong, the proof objects: shown with writers that do each wrong thing."""

from __future__ import annotations

import pytest

from portal_pipeline.cfdi.addenda import Inserted, insert_addenda
from portal_pipeline.cfdi.addenda_proof import objection
from portal_pipeline_tests.unit.cfdi.envelopes import ADDENDA, UUID, Form, cut_document

CUT = cut_document(Form(before_end="<!-- end -->"))
PLACE = len(CUT.head)
RESULT = insert_addenda(CUT.data, ADDENDA)
assert isinstance(RESULT, Inserted)
GOOD = RESULT.data
SLICE = GOOD[PLACE : len(GOOD) - len(CUT.tail)]
OURS = SLICE.removeprefix(b"<cfdi:Addenda>").removesuffix(b"</cfdi:Addenda>")


def objected(output: bytes, data: bytes = CUT.data, place=(PLACE, PLACE)) -> tuple[str, str] | None:
    found = objection(data, output, place, ADDENDA.element())
    return (found.code, found.text) if found else None


def with_slice(text: bytes) -> bytes:
    return CUT.head + text + CUT.tail


def test_what_the_writer_makes_is_not_objected_to():
    assert objected(GOOD) is None


@pytest.mark.parametrize(
    ("output", "code", "text"),
    [
        pytest.param(CUT.data, "result_differs", "last and only", id="nothing inserted"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, "bytes_differ", "", id="a mark in front"),
        pytest.param(GOOD + b"\n", "bytes_differ", "", id="a line end behind"),
        pytest.param(GOOD.replace(b'"', b"'", 1), "bytes_differ", "", id="another quote"),
        pytest.param(GOOD.replace(b"\n", b"\r\n"), "bytes_differ", "", id="other line ends"),
        pytest.param(GOOD.replace(b"3.5", b"3.6"), "bytes_differ", "", id="an amount"),
        pytest.param(GOOD[:-40], "bytes_differ", "", id="cut"),
        pytest.param(SLICE.join([CUT.tail, CUT.head]), "bytes_differ", "", id="turned round"),
        pytest.param(with_slice(SLICE[:-9]), "result_unreadable", "", id="half a slice"),
        pytest.param(with_slice(SLICE + b"\xff"), "result_unreadable", "", id="no UTF-8"),
        pytest.param(with_slice(SLICE * 2), "result_differs", "last and only", id="twice"),
        pytest.param(
            with_slice(SLICE + b"<cfdi:Otro/>"), "result_differs", "last and only", id="not last"
        ),
        pytest.param(
            with_slice(b"<cfdi:Addenda>" + OURS * 2 + b"</cfdi:Addenda>"),
            "result_differs",
            "values",
            id="two of ours",
        ),
        pytest.param(
            with_slice(SLICE.replace(b"PO0001", b"PO0002")),
            "result_differs",
            "values",
            id="another order",
        ),
        pytest.param(
            with_slice(SLICE.replace(b"&#13;&#10;", b"\r\n")),
            "result_differs",
            "values",
            id="a line break that attributes lose",
        ),
        pytest.param(
            with_slice(b"<cfdi:Addenda xmlns:cfdi='urn:x'>" + OURS + b"</cfdi:Addenda>"),
            "result_differs",
            "values",
            id="another namespace",
        ),
        pytest.param(
            with_slice(SLICE.replace(b"<cfdi:Proveedor", b"<Proveedor").replace(
                b"</cfdi:Proveedor", b"</Proveedor")),
            "result_differs",
            "values",
            id="a prefix less",
        ),
        pytest.param(
            with_slice(b"<cfdi:Complemento/>" + SLICE),
            "result_differs",
            "signed part",
            id="something beside it",
        ),
        pytest.param(with_slice(b" " + SLICE), "result_differs", "signed part", id="a blank"),
        pytest.param(
            with_slice(b"<!--x-->" + SLICE), "result_differs", "signed part", id="a comment"
        ),
        pytest.param(
            with_slice(
                b"<cfdi:Complemento><tfd:TimbreFiscalDigital UUID='x'/></cfdi:Complemento>" + SLICE
            ),
            "result_differs",
            "UUID",
            id="another stamp",
        ),
    ],
)  # fmt: skip
def test_a_writer_that_does_wrong_is_found_out(output, code, text):
    found = objected(output)
    assert found is not None
    assert found[0] == code
    assert text in found[1]


def test_bytes_that_were_declared_as_replaced_still_must_not_be_signed_ones():
    """A writer that takes the UUID for its place keeps all other bytes, and is found out."""
    start = CUT.data.index(UUID.encode())
    end = start + len(UUID)
    output = GOOD.replace(UUID.encode(), UUID[::-1].encode())
    assert objected(output, GOOD, (start, end)) == ("result_differs", "the UUID would change")
