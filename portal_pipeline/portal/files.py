"""The XML of a CFDI: from the attachments, else through a signed link.

Source: portal API sheet 4.3 and 10.9.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection

from portal_pipeline.core.errors import DocumentError, PipelineError
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.addresses import checked_link
from portal_pipeline.portal.decisions import SYSTEM, Failure, Family
from portal_pipeline.portal.exchange import Exchange, path_segment

FILE_HOSTS = ("portaldeproveedores.mx", "amazonaws.com")
"""Hosts (and their subdomains) that signed links may name besides the portal's own host."""

_UPLOAD_AGAIN = "ask the supplier to upload the XML again"

# Answers about the attachments alone: the link may still work (the PDF beside may be too large).
_ASK_FOR_LINK = frozenset({Family.REFUSED, Family.ABSENT, Family.NO_ROUTE, Family.TOO_LARGE})


def cfdi_xml(exchange: Exchange, cfdi_id: str, file_hosts: Collection[str]) -> bytes:
    """The XML's bytes exactly as the portal keeps them, whatever they are.

    Raises:
        DocumentError: when the portal has no XML for the document, or no link that we may follow.
        SystemUnavailable: when the portal or its file store does not answer.
        CredentialsRefused: when the portal refuses our keys.
    """
    what = f"XML of CFDI {cfdi_id}"
    segment = path_segment(cfdi_id)
    attached = exchange.read(f"/cfdis/{segment}/attachments")
    if isinstance(attached, Failure):
        if attached.family not in _ASK_FOR_LINK:
            raise attached.error(what)
    elif content := _decoded(attached):
        return content
    links = exchange.read(f"/cfdis/{segment}/files")
    if isinstance(links, Failure):
        raise links.error(what)
    link = checked_link(_link(links, what), exchange.base_url, file_hosts)
    content_or_failure = exchange.download(link)
    if isinstance(content_or_failure, Failure):
        raise _download_error(content_or_failure, what)
    if not content_or_failure:
        raise DocumentError(f"{what}: the file is empty", system=SYSTEM, remedy=_UPLOAD_AGAIN)
    return content_or_failure


def _decoded(attached: JsonObject) -> bytes | None:
    """The attached bytes; None when there are none, or they are no base64."""
    content = attached.get("xml")
    if not isinstance(content, str):
        return None
    try:
        return base64.b64decode("".join(content.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _link(links: JsonObject, what: str) -> str:
    url = links.get("xml")
    if not isinstance(url, str) or not url.strip():
        raise DocumentError(
            f"{what}: the portal has no XML for it", system=SYSTEM, remedy=_UPLOAD_AGAIN
        )
    return url.strip()


def _download_error(failure: Failure, what: str) -> PipelineError:
    """A file store's refusal is about the link, never about our keys."""
    if failure.family in {Family.CREDENTIALS, Family.NO_ROUTE, Family.REFUSED, Family.ABSENT}:
        return DocumentError(
            f"{what}: the file link was refused ({failure.detail})",
            system=SYSTEM,
            remedy="the next cycle asks for a new link",
        )
    return failure.error(what)
