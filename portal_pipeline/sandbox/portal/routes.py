"""The simulator's paths and the function behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal_pipeline.sandbox.http import Response
from portal_pipeline.sandbox.portal import cfdis, files, masters, payments, providers
from portal_pipeline.sandbox.portal import purchase_orders as orders
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.state import Call

Endpoint = Callable[[Call], Response]

_EXTERN = "/api/1.0/extern/tenants/{tenant}"
_BATCH = "/api/1.0/batch/tenants/{tenant}"
DOWNLOAD = "/files/{tenant}/{id}/{name}"
API_DOCUMENT = "/v3/api-docs/integration-api"


@dataclass(frozen=True)
class Route:
    """One method of one path; ``{name}`` stands for one segment."""

    method: str
    template: str
    endpoint: Endpoint


ROUTES = (
    Route("GET", _EXTERN, masters.get_tenant),
    Route("GET", f"{_EXTERN}/companies", masters.list_companies),
    Route("GET", f"{_EXTERN}/tenant-bank-accounts", masters.list_bank_accounts),
    Route("GET", f"{_EXTERN}/providers", providers.list_providers),
    Route("GET", f"{_EXTERN}/providers/{{id}}", providers.get_provider),
    Route("PUT", f"{_EXTERN}/providers/{{id}}/external-id", providers.put_external_id),
    Route("GET", f"{_EXTERN}/cfdis", cfdis.list_cfdis),
    Route("GET", f"{_EXTERN}/cfdis/{{id}}", cfdis.get_cfdi),
    Route("GET", f"{_EXTERN}/cfdis/{{id}}/files", files.cfdi_files),
    Route("GET", f"{_EXTERN}/cfdis/{{id}}/attachments", files.cfdi_attachments),
    Route("PUT", f"{_BATCH}/cfdis/send-to-erp", cfdis.send_to_erp),
    Route("PUT", f"{_BATCH}/cfdis/send-to-pending-payment", cfdis.send_to_pending_payment),
    Route("GET", f"{_EXTERN}/purchase-orders", orders.list_purchase_orders),
    Route("POST", f"{_EXTERN}/purchase-orders", orders.post_purchase_order),
    Route("GET", f"{_EXTERN}/purchase-orders/{{id}}", orders.get_purchase_order),
    Route("PUT", f"{_EXTERN}/purchase-orders/{{id}}", orders.put_purchase_order),
    Route("PUT", f"{_EXTERN}/purchase-orders/{{id}}/status", orders.put_purchase_order_status),
    Route("POST", f"{_EXTERN}/payments", payments.post_payment),
    Route("GET", f"{_EXTERN}/payments/{{id}}", payments.get_payment),
    Route("POST", f"{_EXTERN}/payments/{{id}}/reject", payments.post_reject),
)


def match(template: str, path: str) -> dict[str, str] | None:
    """The values of a template's names in a path, or None when the path is another one."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    values: dict[str, str] = {}
    for part, segment in zip(wanted, given, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            values[part.strip("{}")] = segment
        elif part != segment:
            return None
    return values


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a call with the values in its path.

    Raises:
        PortalError: 404 for an unknown path, 405 for another method of a known one.
    """
    known = [
        (route, values) for route in ROUTES if (values := match(route.template, path)) is not None
    ]
    if not known:
        raise PortalError(404, "GENERAL__NOT_FOUND", f"no path {path}")
    for route, values in known:
        if route.method == method:
            return route, values
    raise PortalError(405, "GENERAL__WRONG_METHOD", f"no {method} on {path}")
