"""Where a file link may lead: a known host, at addresses of the public internet alone.

A link is text of the other side. Followed blindly it would make us call whatever it names, from
inside the company's network: a cloud's metadata service, a printer, Sage's own server.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from portal_pipeline.core.errors import DocumentError

SYSTEM = "portal"
SECRET_CHARS_MIN = 8
"""Values of a link's query that are shorter (an expiry, a version) open nothing."""

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to numeric addresses; raises OSError."""

# Stricter than any reader of URLs, so that no two of them can see different hosts in one text: no
# user, no backslash, blank or control character, and of the host plain letters, digits, . and -.
_LINK = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([0-9]{1,5}))?(?:[/?][^\s\\\x00-\x20\x7f]*)?",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# What earlier releases of Python call global and the registries do not.
_SPECIAL_V4 = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
_SPECIAL_V6 = (ipaddress.ip_network("2001::/23"), ipaddress.ip_network("3fff::/20"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Link(NamedTuple):
    """A link that may be followed."""

    url: str
    host: str
    port: int
    is_own: bool
    """It leads to the portal's own origin, which the operator has named."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it must never be shown: who has the query has the file."""
        query = urlsplit(self.url).query
        parts = (query, *(value for _, value in parse_qsl(query)))
        return tuple(part for part in parts if len(part) >= SECRET_CHARS_MIN)


def checked_link(url: str, base_url: str, file_hosts: Collection[str]) -> Link:
    """The link, when it leads to the portal's own origin, or by https (port 443) to a known host.

    Raises:
        DocumentError: for any other; its text shows no more than scheme and host.
    """
    found = _LINK.fullmatch(url)
    if found is None:
        raise DocumentError(
            "the portal gave a file link that is no plain URL",
            system=SYSTEM,
            remedy="ask the portal's support what it is, or the supplier to upload the XML again",
        )
    scheme, host = found[1].lower(), found[2].lower()
    port = int(found[3]) if found[3] else _DEFAULT_PORTS[scheme]
    portal = urlsplit(base_url)
    own_port = portal.port or _DEFAULT_PORTS.get(portal.scheme, 0)
    is_own = (scheme, host, port) == (portal.scheme, portal.hostname, own_port)
    is_known = any(host == known or host.endswith(f".{known}") for known in file_hosts)
    if not is_own and not (is_known and scheme == "https" and port == _DEFAULT_PORTS["https"]):
        raise DocumentError(
            f"the portal gave a file link that we do not follow ({scheme}://{host[:100]}:{port})",
            system=SYSTEM,
            remedy="if the host is right, add it to portal.file_hosts",
        )
    return Link(url, host, port, is_own)


def system_addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses that this machine's resolver knows for a host.

    Raises:
        OSError: it knows none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def public_addresses(link: Link, resolve: Resolve) -> tuple[str, ...]:
    """The addresses to connect to; the name is not asked for again afterwards.

    Raises:
        DocumentError: any of them is not of the public internet.
        OSError: the host has none.
    """
    addresses = tuple(resolve(link.host, link.port))
    if not addresses:
        raise OSError("the name has no address")
    if not all(is_public(address) for address in addresses):
        raise DocumentError(
            f"the portal gave a file link to {link.host[:100]}, which is inside a private network",
            system=SYSTEM,
            remedy="it is not followed; ask the portal's support, and whoever runs your DNS",
        )
    return addresses


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet.

    Not public: loopback, link-local, private, shared, unique-local, multicast, reserved and
    unspecified ones, however they are wrapped into IPv6; and whatever is no address at all.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        is_special = any(ip in network for network in _SPECIAL_V4)
        return ip.is_global and not ip.is_multicast and not is_special
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    # Mapped IPv4, 6to4 and Teredo are ways to write an IPv4 address: no file host needs them.
    is_special = ip.sixtofour is not None or any(ip in network for network in _SPECIAL_V6)
    return ip in _GLOBAL_UNICAST and ip.is_global and not is_special
