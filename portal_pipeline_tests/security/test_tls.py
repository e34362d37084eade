"""TLS is verified everywhere, and nothing switches it off by accident."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import ConfigError, SystemUnavailable
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.sage.web_api import ReadRetry as SageRetry
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline_tests.security.servers import Says, certificate, serving


def portal_at(url: str) -> PortalClient:
    return PortalClient(
        base_url=url,
        tenant_id="t",
        key=SecretStr("k"),
        secret=SecretStr("s"),
        retry=ReadRetry(attempts=1),
    )


def sage_at(url: str) -> SageWebApi:
    return SageWebApi(
        base_url=url,
        company="ABC",
        user="pipe",
        password=SecretStr("p"),
        retry=SageRetry(attempts=1),
    )


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda url: portal_at(url).tenant(), id="portal"),
        pytest.param(lambda url: sage_at(url).vendor("V1"), id="sage web api"),
    ],
)
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_request(ask, monkeypatch):
    """Not even where the environment says otherwise."""
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with serving(lambda _: Says(body=b"{}"), tls=certificate("localhost")) as server:
        with pytest.raises(SystemUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            ask(server.url("https", "localhost"))
        assert server.asked == []


@pytest.mark.parametrize("client", [portal_at, sage_at])
@pytest.mark.parametrize(
    "url",
    [
        *("http://portal.example", "http://10.0.0.1", "http://127.0.0.1.evil.example"),
        *("ftp://portal.example", "https://user:pw@portal.example", "//portal.example"),
    ],
)
def test_an_address_without_tls_is_no_address(client, url):
    with pytest.raises(ConfigError) as caught:
        client(url)
    assert "pw" not in str(caught.value)
