"""The XML of a CFDI: attached, or behind a signed link that never sees our keys."""

from __future__ import annotations

import base64
import logging

import httpx
import pytest

from portal_pipeline.core.errors import CredentialsRefused, DocumentError, SystemUnavailable
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline_tests.unit.portal.scripted import (
    BASE_URL,
    KEY,
    ROOT,
    SECRET,
    Script,
    client_of,
    json_reply,
    refusal,
)

XML = b"\xef\xbb\xbf<?xml version='1.0'?><x/>\r\n"
SIGNED = "https://bucket.s3.amazonaws.com/AB.xml?X-Amz-Signature=abc%2Fdef&X-Amz-Expires=60"
NO_ATTACHMENT = refusal(404, 1, "DOWNLOAD_FILE_NOT_FOUND: x")


def attached(content: object) -> httpx.Response:
    return json_reply({"pdf": "JVBERg==", "xml": content})


def link(url: object) -> httpx.Response:
    return json_reply({"pdf": "https://x", "xml": url, "valid_to": "2026"})


def test_attached_bytes_come_as_they_are():
    script = Script(attached(base64.encodebytes(XML).decode()))
    assert client_of(script).cfdi_xml("AA") == XML
    assert [str(r.url) for r in script.requests] == [f"{ROOT}/cfdis/AA/attachments"]


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(NO_ATTACHMENT, id="404"),
        pytest.param(httpx.Response(405), id="405"),
        pytest.param(attached(None), id="null"),
        pytest.param(attached(""), id="empty"),
        pytest.param(attached("no base64!"), id="no base64"),
        pytest.param(attached(7), id="a number"),
        pytest.param(json_reply({"pdf": "x"}), id="missing"),
    ],
)
def test_without_an_attachment_the_link_is_followed_as_it_is(first):
    """Query untouched, and none of our headers."""
    script = Script(first, link(SIGNED), httpx.Response(200, content=XML))
    assert client_of(script).cfdi_xml("AA") == XML
    last = script.requests[-1]
    assert str(last.url) == SIGNED
    sent = " ".join(f"{name}: {value}" for name, value in last.headers.items())
    assert KEY not in sent
    assert SECRET not in sent
    assert "pdptenant" not in sent.lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://bucket.s3.amazonaws.com/x",
        "https://evil.example/x.xml",
        "https://amazonaws.com.evil.example/x.xml",
        "https://notamazonaws.com/x",
        "https://user@bucket.s3.amazonaws.com/x",
        "https://portal.example:8443/x",
        "file:///etc/passwd",
        "https://[bad/x",
    ],
)
def test_a_link_to_elsewhere_is_not_followed(url):
    script = Script(NO_ATTACHMENT, link(url), httpx.Response(200, content=XML))
    with pytest.raises(DocumentError):
        client_of(script).cfdi_xml("AA")
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (f"{BASE_URL}/files/x.xml?s=1", {}),
        ("https://files.portaldeproveedores.mx/x.xml?s=1", {}),
        ("https://store.example/x.xml", {"file_hosts": ("store.example",)}),
        ("http://127.0.0.1:9/x.xml?s=1", {"base_url": "http://127.0.0.1:9"}),
    ],
)
def test_known_hosts_are_followed(url, options):
    script = Script(NO_ATTACHMENT, link(url), httpx.Response(200, content=XML))
    assert client_of(script, **options).cfdi_xml("AA") == XML


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        pytest.param([NO_ATTACHMENT, link(None)], DocumentError, id="no xml at all"),
        pytest.param([NO_ATTACHMENT, NO_ATTACHMENT], DocumentError, id="no such document"),
        pytest.param([attached(None), link({"x": 1})], DocumentError, id="odd link"),
        pytest.param(
            [NO_ATTACHMENT, link(SIGNED), httpx.Response(403, content=b"<Error>expired</Error>")],
            DocumentError,
            id="an expired link is not about our keys",
        ),
        pytest.param(
            [NO_ATTACHMENT, link(SIGNED), httpx.Response(404)], DocumentError, id="file gone"
        ),
        pytest.param(
            [NO_ATTACHMENT, link(SIGNED), httpx.Response(200)], DocumentError, id="empty file"
        ),
        pytest.param(
            [NO_ATTACHMENT, link(SIGNED), httpx.Response(503)], SystemUnavailable, id="store down"
        ),
        pytest.param([httpx.Response(503)], SystemUnavailable, id="portal down"),
        pytest.param([httpx.Response(401)], CredentialsRefused, id="keys refused"),
        pytest.param([NO_ATTACHMENT, httpx.Response(401)], CredentialsRefused, id="keys later"),
    ],
)
def test_a_missing_xml_fails_its_document_and_no_more(replies, error):
    with pytest.raises(error) as caught:
        client_of(Script(*replies)).cfdi_xml("AA")
    assert "Signature" not in str(caught.value)
    assert caught.value.remedy


def test_a_large_attachment_gives_way_to_the_link():
    """The PDF beside the XML may be what is too large."""
    script = Script(attached("A" * 5_000), link(SIGNED), httpx.Response(200, content=XML))
    assert client_of(script, max_body_bytes=1_000).cfdi_xml("AA") == XML


def test_a_large_file_is_not_read_to_its_end():
    script = Script(NO_ATTACHMENT, link(SIGNED), httpx.Response(200, content=b"x" * 5_000))
    with pytest.raises(SystemUnavailable, match="larger"):
        client_of(script, max_body_bytes=1_000).cfdi_xml("AA")


def test_a_download_is_repeated_like_any_read():
    replies = [NO_ATTACHMENT, link(SIGNED), httpx.ReadError("x"), httpx.Response(200, content=XML)]
    client = client_of(Script(*replies), retry=ReadRetry(sleep=lambda _: None))
    assert client.cfdi_xml("AA") == XML


def test_no_log_line_shows_a_signed_link(caplog):
    with caplog.at_level(logging.DEBUG):
        script = Script(NO_ATTACHMENT, link(SIGNED), httpx.Response(200, content=XML))
        client_of(script).cfdi_xml("AA")
    assert "Signature" not in caplog.text
    assert SECRET not in caplog.text
