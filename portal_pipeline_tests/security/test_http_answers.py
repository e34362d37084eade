"""Answers that are too large, compressed bombs, or that send us elsewhere: over real sockets."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from portal_pipeline.core.body import BodyTooLarge, BodyUnreadable, BoundedBody
from portal_pipeline.core.errors import PipelineError, SystemUnavailable
from portal_pipeline.core.outcomes import Unknown
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.sage.web_api import ReadRetry as SageRetry
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline_tests.security.servers import Asked, Says, Server, serving

LIMIT = 300_000
KEY, SECRET, PASSWORD = "key-4f1c9a", "secret-7be2d0", "password-e91c44"
MEMORY_MAX = 6_000_000
"""Some pieces of 64 KB, the limit, and what Python needs; the bombs hold a hundred times more."""


def portal_at(server: Server) -> PortalClient:
    return PortalClient(
        base_url=server.url(),
        tenant_id="t",
        key=SecretStr(KEY),
        secret=SecretStr(SECRET),
        retry=ReadRetry(attempts=1),
        max_body_bytes=LIMIT,
    )


def sage_at(server: Server) -> SageWebApi:
    return SageWebApi(
        base_url=server.url(),
        company="ABC",
        user="pipe",
        password=SecretStr(PASSWORD),
        retry=SageRetry(attempts=1),
        max_body_bytes=LIMIT,
    )


CLIENTS = pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda server: portal_at(server).tenant(), id="portal"),
        pytest.param(lambda server: sage_at(server).vendor("V1"), id="sage web api"),
    ],
)


class Endless:
    """200 MB, in pieces; counts those that were taken."""

    def __init__(self) -> None:
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        piece = b" " * 65_536
        while self.sent < 200_000_000:
            self.sent += len(piece)
            yield piece


def bombs() -> Iterator[tuple[str, bytes]]:
    one = gzip.compress(bytes(100_000_000), compresslevel=1)
    yield "gzip", one
    yield "gzip, gzip", gzip.compress(one)
    yield "deflate", zlib.compress(bytes(100_000_000), level=1)
    yield "br", b"\xcb\xff\x7f" * 1_000
    yield "zstd", b"\x28\xb5\x2f\xfd" * 1_000


BOMBS = dict(bombs())


@CLIENTS
def test_a_body_of_200_mb_is_left_unread_just_after_its_limit(ask):
    body = Endless()
    with serving(lambda _: Says(body=body)) as server:
        with pytest.raises(SystemUnavailable, match="larger than 300000 bytes"):
            ask(server)
        assert body.sent < 20_000_000, "what lies in the buffers of the sockets, not the whole"


@CLIENTS
@pytest.mark.parametrize("coding", BOMBS)
def test_a_decompression_bomb_stops_the_decompressor_not_the_machine(ask, coding):
    says = Says(headers={"Content-Encoding": coding}, body=BOMBS[coding])
    with serving(lambda _: says) as server:
        ask_quietly(ask, server)  # libraries are loaded before memory is measured
        tracemalloc.start()
        try:
            with pytest.raises(SystemUnavailable):
                ask(server)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < MEMORY_MAX + len(BOMBS[coding])


def ask_quietly(ask, server) -> None:
    with pytest.raises(SystemUnavailable):
        ask(server)


def test_only_the_coding_that_can_be_bounded_is_asked_for():
    with serving(lambda _: Says(body=b'{"id": "t"}')) as server:
        portal_at(server).tenant()
        ask_quietly(lambda one: sage_at(one).vendor("V1"), server)
    assert [one.headers["accept-encoding"] for one in server.asked] == ["gzip", "gzip"]


def test_an_honest_compressed_answer_is_read():
    body = gzip.compress(b'{"id": "t", "name": "Acme"}')
    with serving(lambda _: Says(headers={"Content-Encoding": "gzip"}, body=body)) as server:
        assert portal_at(server).tenant().name == "Acme"


@pytest.mark.parametrize("pieces", [1, 7, 1_000])
@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1])
def test_the_limit_is_exact_however_the_pieces_fall(size, pieces):
    for coding, data in (("", b"x" * size), ("gzip", gzip.compress(b"x" * size))):
        body = BoundedBody(coding, LIMIT)
        step = max(1, len(data) // pieces)
        parts = [data[at : at + step] for at in range(0, len(data), step)]
        if size <= LIMIT:
            add_all(body, parts)
            assert body.whole() == b"x" * size
        else:
            with pytest.raises(BodyTooLarge):
                add_all(body, parts)


def add_all(body: BoundedBody, parts: list[bytes]) -> None:
    for part in parts:
        body.add(part)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(b"x" * 50)[:-9], id="cut"),
        pytest.param(b"no gzip at all", id="no gzip"),
        pytest.param(gzip.compress(b"x") + b"more", id="something behind"),
    ],
)
def test_a_broken_compressed_body_is_no_answer(data):
    with pytest.raises(BodyUnreadable):
        read_all(data)


def read_all(data: bytes) -> bytes:
    body = BoundedBody("gzip", LIMIT)
    body.add(data)
    return body.whole()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_no_credential_reaches_another_host(status):
    with serving(lambda _: Says(body=b'{"id": "t"}')) as elsewhere:
        to = {"Location": elsewhere.url(host="localhost") + "/x"}
        with serving(lambda _: Says(status, to)) as server:
            for ask in (
                lambda: portal_at(server).tenant(),
                lambda: portal_at(server).provider("p"),
                lambda: sage_at(server).vendor("V1"),
            ):
                with pytest.raises(PipelineError):
                    ask()
            assert isinstance(portal_at(server).create_payment({"a": 1}), Unknown)
            assert isinstance(sage_at(server).create_vendor({"VendorNumber": "V"}), Unknown)
        assert elsewhere.asked == []
    assert len(server.asked) == 5


def test_no_cookie_of_the_portal_is_sent_back():
    says = Says(headers={"Set-Cookie": "track=1; Path=/"}, body=b'{"id": "t"}')
    with serving(lambda _: says) as server:
        client = portal_at(server)
        client.tenant()
        client.tenant()
    assert all("cookie" not in one.headers for one in server.asked)


@pytest.mark.parametrize(
    "header",
    [
        'attachment; filename="../../../../tmp/owned.xml"',
        "attachment; filename*=UTF-8''..%2F..%2Fowned.xml",
    ],
)
def test_content_type_and_file_name_of_a_download_mean_nothing(header, tmp_path, monkeypatch):
    """The bytes come back; no file appears anywhere, whatever the other side calls it."""
    monkeypatch.chdir(tmp_path)

    def answering(asked: Asked) -> Says:
        if asked.path.endswith("/attachments"):
            return Says(404, body=b'{"code": 1, "description": "DOWNLOAD_FILE_NOT_FOUND: x"}')
        if asked.path.endswith("/files"):
            link = f'{{"xml": "{server.url()}/f/..%2f..%2fowned.xml?s=1"}}'
            return Says(body=link.encode())
        named = {"Content-Type": "text/html", "Content-Disposition": header}
        return Says(headers=named, body=b"<x/>")

    with serving(answering) as server:
        assert portal_at(server).cfdi_xml("AA") == b"<x/>"
    assert list(tmp_path.iterdir()) == []
    assert KEY not in str(server.asked[-1].headers)
    assert SECRET not in str(server.asked[-1].headers)


def test_environment_proxies_are_not_used(monkeypatch):
    """A proxy variable left in the service's environment must not see our keys."""
    with serving(lambda _: Says(body=b'{"id": "t"}')) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        with serving(lambda _: Says(body=b'{"id": "t"}')) as server:
            portal_at(server).tenant()
            ask_quietly(lambda one: sage_at(one).vendor("V1"), server)
        assert proxy.asked == []


def test_a_hostile_header_block_is_refused():
    """The library bounds headers; an answer with 2 MB of them is no answer."""
    says = Says(headers={f"x-{n}": "y" * 1_000 for n in range(2_000)}, body=b'{"id": "t"}')
    with serving(lambda _: says) as server, pytest.raises(SystemUnavailable):
        portal_at(server).tenant()
