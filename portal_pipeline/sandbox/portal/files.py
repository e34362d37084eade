"""Files of a CFDI: signed links, the download behind them, and base64 attachments.

Source: portal API sheet 4.3 and 11.4.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal.cfdis import find_cfdi
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.identity import instant_text
from portal_pipeline.sandbox.portal.records import Cfdi, Tenant
from portal_pipeline.sandbox.portal.state import Call, Portal

_CONTENT_TYPES = {"xml": "application/xml", "pdf": "application/pdf"}


def cfdi_files(call: Call) -> Response:
    """Links that work without headers until ``valid_to``; no ``xml`` where there is none."""
    cfdi = find_cfdi(call)
    now = call.portal.now()
    until = now + timedelta(seconds=call.portal.switches.file_url_lifetime_s)
    answer: dict[str, str | None] = {"pdf": _link(call.portal, call.tenant, cfdi, "pdf", until)}
    if cfdi.has_xml:
        answer["xml"] = _link(call.portal, call.tenant, cfdi, "xml", until)
    answer["valid_from"] = instant_text(now)
    answer["valid_to"] = instant_text(until)
    return Response.json(answer)


def cfdi_attachments(call: Call) -> Response:
    """The same bytes in base64."""
    cfdi = find_cfdi(call)
    answer = {"pdf": base64.b64encode(_content(cfdi, "pdf")).decode()}
    if cfdi.has_xml:
        answer["xml"] = base64.b64encode(_content(cfdi, "xml")).decode()
    return Response.json(answer)


def download(portal: Portal, request: Request, path_values: dict[str, str]) -> Response:
    """The file behind a signed link; 403 when the signature is wrong or too old."""
    tenant_id, cfdi_id = path_values["tenant"], path_values["id"]
    name = path_values["name"]
    tenant = portal.store.tenants.get(tenant_id, tenant_id)
    cfdi = portal.store.cfdis.get(tenant_id, cfdi_id)
    if tenant is None or cfdi is None:
        raise PortalError(404, "DOWNLOAD_FILE_NOT_FOUND", f"no file {name}")
    expires = request.param("expires") or ""
    signature = request.param("signature") or ""
    wanted = _signature(tenant, cfdi, name, expires)
    if not hmac.compare_digest(signature.encode(), wanted.encode()):
        raise PortalError(403, "GENERAL__FORBIDDEN", "signature does not match")
    if portal.now() >= datetime.fromtimestamp(int(expires), UTC):
        raise PortalError(403, "GENERAL__FORBIDDEN", "link has expired")
    kind = name.rpartition(".")[2]
    return Response(200, _content(cfdi, kind), {"content-type": _CONTENT_TYPES[kind]})


def _link(portal: Portal, tenant: Tenant, cfdi: Cfdi, kind: str, until: datetime) -> str:
    name = f"{cfdi.uuid}.{kind}"
    expires = str(int(until.timestamp()))
    signature = _signature(tenant, cfdi, name, expires)
    path = f"/files/{quote(tenant.tenant)}/{cfdi.id}/{name}"
    return f"{portal.base_url}{path}?expires={expires}&signature={signature}"


def _signature(tenant: Tenant, cfdi: Cfdi, name: str, expires: str) -> str:
    key = f"file links of {tenant.tenant}|{tenant.api_secret}".encode()
    return hmac.new(key, f"{cfdi.id}|{name}|{expires}".encode(), hashlib.sha256).hexdigest()


def _content(cfdi: Cfdi, kind: str) -> bytes:
    if kind == "xml":
        return cfdi.file_body
    return f"%PDF-1.4\n% {cfdi.facts.identifier} {cfdi.uuid}\n%%EOF\n".encode()
