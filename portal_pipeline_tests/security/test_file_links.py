"""Signed links: where they may lead, to which address we connect, and what is shown of them."""

from __future__ import annotations

import httpx
import pytest

from portal_pipeline.core.errors import DocumentError, SystemUnavailable
from portal_pipeline.portal.addresses import checked_link, is_public, system_addresses
from portal_pipeline.portal.transport import NoAnswer, PortalTimeouts, Silence, Transport
from portal_pipeline_tests.security.servers import Says, certificate, serving
from portal_pipeline_tests.unit.portal.scripted import Script, client_of, json_reply, refusal

NO_ATTACHMENT = refusal(404, 1, "DOWNLOAD_FILE_NOT_FOUND: x")
HOST = "bucket.s3.amazonaws.com"
SIGNATURE = "5f3a9c01d2e4b6a8"
SIGNED = f"https://{HOST}/AB.xml?X-Amz-Signature={SIGNATURE}&X-Amz-Expires=60"
BASE = "https://portal.example"
HOSTS = ("amazonaws.com",)
PUBLIC = "54.231.0.1"

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    *("127.0.0.1", "127.255.0.9", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.1"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1"),
    *("239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0"),
    *("fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    *("2001:0:7f00:1::", "2001:db8::1", "100::1", "", "localhost", "2130706433", "0x7f.1"),
    *("0177.0.0.1", "127.1", "127.0.0.1:80"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_form_of_a_private_address_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2600:1fa0::1", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{address}/x" for address in ("127.0.0.1", "2130706433", "0x7f000001", "127.1")),
        *("https://0177.0.0.1/x", "https://[::1]/x", "https://[::ffff:127.0.0.1]/x"),
        *("https://169.254.169.254/latest", "https://localhost/x", "https://metadata/x"),
        f"http://{HOST}/x",
        f"ftp://{HOST}/x",
        "file:///etc/passwd",
        "//portal.example/x",
        "javascript:alert(1)",
        f"https://{HOST}:22/x",
        f"https://{HOST}:8443/x",
        f"https://{HOST}:99999/x",
        "https://portal.example:8443/x",
        "http://portal.example/x",
        f"https://{HOST}.evil.example/x",
        f"https://evil.example/{HOST}",
        f"https://evil.example#{HOST}/",
        f"https://evil.example?.{HOST}/",
        f"https://{HOST}@evil.example/x",
        f"https://evil.example@{HOST}/x",
        f"https://@{HOST}/x",
        f"https://evil.example\\@{HOST}/x",
        f"https://evil.example\\.{HOST}/x",
        f"https://{HOST}\\.evil.example/x",
        f"https://evil.example%2f.{HOST}/x",
        f"https://{HOST}./x",
        f"https://.{HOST}/x",
        f"https://evil.example\t.{HOST}/x",
        f"https://{HOST}/x\r\nHost: evil.example",
        f"https://{HOST}/x y",
        "https://xn--mazonaws-4dg.com/x",
        "https://аmazonaws.com/x",
        "https://evil。amazonaws.com/x",
        "https://amazonaws。com/x",
        "https:/portal.example/x",
        "https:///x",
        "https://",
        "",
        "x" * 5_000,
        "https://" + "a." * 3_000 + "amazonaws.com/x",
    ],
)
def test_a_link_to_anything_but_a_known_host_by_https_is_refused(url):
    with pytest.raises(DocumentError) as caught:
        checked_link(url, BASE, HOSTS)
    assert len(str(caught.value)) < 400
    assert caught.value.remedy


def test_known_hosts_and_the_portals_own_origin_are_followed():
    assert not checked_link(SIGNED, BASE, HOSTS).is_own
    assert not checked_link(f"https://{HOST}:443/x", BASE, HOSTS).is_own
    assert checked_link(f"{BASE}/files/x.xml?s=1", BASE, HOSTS).is_own
    assert checked_link("http://127.0.0.1:90/x", "http://127.0.0.1:90", HOSTS).is_own, "sandbox"


def test_a_refused_link_is_told_without_its_path_query_and_user():
    with pytest.raises(DocumentError) as caught:
        checked_link(f"https://evil.example/p4th-s3cret?sig={SIGNATURE}", BASE, HOSTS)
    assert "https://evil.example:443" in str(caught.value)
    assert SIGNATURE not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def link_script(*more):
    link = json_reply({"xml": SIGNED})
    return Script(NO_ATTACHMENT, link, *(more or (httpx.Response(200, content=b"<x/>"),)))


@pytest.mark.parametrize("address", [one for one in PRIVATE if one])
def test_a_known_name_that_resolves_into_a_private_network_is_not_asked(address):
    """One private address among public ones is enough: it is what rebinding looks like."""
    script = link_script()
    client = client_of(script, resolve=lambda *_: (PUBLIC, address))
    with pytest.raises(DocumentError, match="private network"):
        client.cfdi_xml("AA")
    assert len(script.requests) == 2, "attachments and files, never the link"


def test_we_connect_to_the_address_that_was_checked_in_the_name_of_the_host():
    """The name is resolved once; what it resolves to a moment later does not count."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(f"{host}:{port}")
        return (PUBLIC,) if len(asked) == 1 else ("127.0.0.1",)

    script = link_script()
    assert client_of(script, resolve=resolve).cfdi_xml("AA") == b"<x/>"
    request = script.requests[-1]
    assert asked == [f"{HOST}:443"]
    assert request.url.host == PUBLIC
    assert request.headers["host"] == HOST
    assert request.extensions["sni_hostname"] == HOST
    assert request.headers["connection"] == "close"
    assert str(request.url).partition("/AB.xml")[2] == SIGNED.partition("/AB.xml")[2]


def test_the_next_address_is_tried_when_one_does_not_answer():
    script = link_script(httpx.ConnectError("no"), httpx.Response(200, content=b"<x/>"))
    client = client_of(script, resolve=lambda *_: (PUBLIC, "2600:1fa0::1"))
    assert client.cfdi_xml("AA") == b"<x/>"
    assert [one.url.host for one in script.requests[2:]] == [PUBLIC, "2600:1fa0::1"]


def test_a_host_without_address_is_a_system_that_is_away():
    def resolve(host: str, port: int) -> tuple[str, ...]:
        raise OSError("Name or service not known")

    with pytest.raises(SystemUnavailable, match="Name or service not known"):
        client_of(link_script(), resolve=resolve).cfdi_xml("AA")


def test_the_systems_resolver_is_the_one_in_use_over_sockets():
    assert set(system_addresses("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_file_store_that_repeats_the_signature_does_not_get_it_into_a_text(status):
    """S3 tells the signature that it was given in the body of its refusal."""
    body = f"<Error><SignatureProvided>{SIGNATURE}</SignatureProvided><U>{SIGNED}</U></Error>"
    script = link_script(httpx.Response(status, content=body.encode()))
    with pytest.raises((DocumentError, SystemUnavailable)) as caught:
        client_of(script).cfdi_xml("AA")
    assert SIGNATURE not in str(caught.value)
    assert caught.value.__cause__ is None


# -- certificates, over real sockets ---------------------------------------------------------------


@pytest.fixture
def transport():
    made = Transport(timeouts=PortalTimeouts(), max_body_bytes=1_000)
    yield made
    made.close()


@pytest.fixture
def trusted(monkeypatch):
    """The certificate of files.example is one that this machine trusts."""
    monkeypatch.setattr("certifi.where", lambda: str(certificate("files.example")[0]))


@pytest.mark.usefixtures("trusted")
def test_at_a_checked_address_the_certificate_must_be_that_of_the_name(transport):
    transport = Transport(timeouts=PortalTimeouts(), max_body_bytes=1_000)
    with serving(lambda _: Says(body=b"<x/>"), tls=certificate("files.example")) as server:
        right = server.url("https", "files.example")
        got = transport.send("GET", f"{right}/x", headers={}, address="127.0.0.1")
        assert got.body == b"<x/>"
        assert server.asked[0].headers["host"] == f"files.example:{server.port}"
        wrong = server.url("https", "other.example")
        with pytest.raises(NoAnswer, match="CERTIFICATE_VERIFY_FAILED") as caught:
            transport.send("GET", f"{wrong}/x", headers={}, address="127.0.0.1")
        assert caught.value.silence is Silence.NOT_SENT
        assert len(server.asked) == 1
    transport.close()


def test_an_unknown_certificate_is_refused_before_anything_is_sent(transport):
    with serving(lambda _: Says(), tls=certificate("files.example")) as server:
        with pytest.raises(NoAnswer, match="CERTIFICATE_VERIFY_FAILED"):
            transport.send("GET", server.url("https", "127.0.0.1"), headers={"k": "v"})
        assert server.asked == []
