"""The simulated portal: one function from request to response, and the people around it.

Thread-safe and deterministic: ids come from documents, time from the injected clock, faults from
a plan that counts per document. Source: portal API sheet 11.
"""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal_pipeline.sandbox.http import ConnectionDropped, Request, Response
from portal_pipeline.sandbox.portal import files
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.faults import FaultPlan, spoiled
from portal_pipeline.sandbox.portal.people_cfdis import CfdiDesk
from portal_pipeline.sandbox.portal.people_masters import MastersDesk
from portal_pipeline.sandbox.portal.people_money import MoneyDesk
from portal_pipeline.sandbox.portal.records import (
    BankAccount,
    Cfdi,
    Company,
    Payment,
    Provider,
    PurchaseOrder,
    Tenant,
)
from portal_pipeline.sandbox.portal.routes import (
    API_DOCUMENT,
    DOWNLOAD,
    ROUTES,
    find_route,
    match,
)
from portal_pipeline.sandbox.portal.state import Call, Portal
from portal_pipeline.sandbox.portal.store import Store
from portal_pipeline.sandbox.portal.switches import PortalSwitches

RECORDED_REQUESTS_MAX = 20_000
DEFAULT_SWITCHES = PortalSwitches()


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came, without its headers; ``status`` is None when no answer went out."""

    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    status: int | None


class PortalSimulator(MastersDesk, CfdiDesk, MoneyDesk):
    """The portal: ``handle`` for its interface, the desks for its people, views for the judge."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        switches: PortalSwitches = DEFAULT_SWITCHES,
        store_path: Path | None = None,
        base_url: str = "http://127.0.0.1",
    ) -> None:
        super().__init__(Portal(clock, switches, Store(store_path), base_url))
        self.faults = FaultPlan()
        self.requests: deque[RecordedRequest] = deque(maxlen=RECORDED_REQUESTS_MAX)

    # The interface.

    def handle(self, request: Request) -> Response:
        """The portal's answer.

        Raises:
            ConnectionDropped: where a fault closes the connection.
        """
        with self._portal.lock:
            fault = self.faults.strike(request)
            try:
                if fault is None:
                    response = self._answer(request)
                else:
                    answer = None if fault.is_before_effect else self._answer(request)
                    response = spoiled(fault, answer)
            except ConnectionDropped:
                self._record(request, None)
                raise
            self._record(request, response.status)
            return response

    def _answer(self, request: Request) -> Response:
        try:
            if (file_values := match(DOWNLOAD, request.path)) is not None:
                return files.download(self._portal, request, file_values)
            if request.path == API_DOCUMENT:
                return _api_document()
            route, values = find_route(request.method, request.path)
            tenant = self._authenticated(request, values["tenant"])
            return route.endpoint(Call(self._portal, tenant, request, values))
        except PortalError as error:
            return error.response()

    def _authenticated(self, request: Request, tenant_id: str) -> Tenant:
        tenant = self._portal.store.tenants.get(tenant_id, tenant_id)
        if tenant is None:
            raise PortalError(404, "TENANT__NOT_FOUND", f"no tenant {tenant_id}")
        key = request.headers.get("pdptenantkey", "").encode()
        secret = request.headers.get("pdptenantsecret", "").encode()
        is_key = hmac.compare_digest(key, tenant.api_key.encode())
        is_secret = hmac.compare_digest(secret, tenant.api_secret.encode())
        if not (is_key and is_secret):
            raise PortalError(401, "GENERAL__UNAUTHORIZED", "wrong key or secret")
        return tenant

    def _record(self, request: Request, status: int | None) -> None:
        self.requests.append(
            RecordedRequest(
                at=self._portal.now(),
                method=request.method,
                path=request.path,
                query=request.query,
                body=request.body,
                status=status,
            )
        )

    # The installation.

    @property
    def base_url(self) -> str:
        """Where file links point to; set it once the server knows its port."""
        return self._portal.base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._portal.base_url = value.rstrip("/")

    @property
    def switches(self) -> PortalSwitches:
        """The guessed rules in force; they may be changed between calls."""
        return self._portal.switches

    @switches.setter
    def switches(self, value: PortalSwitches) -> None:
        with self._portal.lock:
            self._portal.switches = value
            self._portal.rendered.clear()

    def close(self) -> None:
        """Close the file behind the store."""
        with self._portal.lock:
            self._portal.store.close()

    # Views: frozen records, newest first.

    def tenant_ids(self) -> tuple[str, ...]:
        """The tenants, in the order of their creation."""
        with self._portal.lock:
            return self._portal.store.tenants.tenants()

    def companies(self, tenant: str) -> tuple[Company, ...]:
        """All companies of a tenant."""
        with self._portal.lock:
            return tuple(self._portal.store.companies.newest(tenant))

    def bank_accounts(self, tenant: str) -> tuple[BankAccount, ...]:
        """All bank accounts of a tenant."""
        with self._portal.lock:
            return tuple(self._portal.store.bank_accounts.newest(tenant))

    def providers(self, tenant: str) -> tuple[Provider, ...]:
        """All providers of a tenant."""
        with self._portal.lock:
            return tuple(self._portal.store.providers.newest(tenant))

    def provider(self, tenant: str, provider_id: str) -> Provider | None:
        """One provider by the portal's id."""
        with self._portal.lock:
            return self._portal.store.providers.get(tenant, provider_id)

    def cfdis(self, tenant: str) -> tuple[Cfdi, ...]:
        """All CFDIs of a tenant."""
        with self._portal.lock:
            return tuple(self._portal.store.cfdis.newest(tenant))

    def cfdi(self, tenant: str, uuid: str) -> Cfdi | None:
        """One CFDI by its UUID, in any case."""
        with self._portal.lock:
            found = self._portal.store.cfdis.find(tenant, uuid.strip().upper())
            return found[0] if found else None

    def purchase_orders(self, tenant: str) -> tuple[PurchaseOrder, ...]:
        """All purchase orders of a tenant."""
        with self._portal.lock:
            return tuple(self._portal.store.purchase_orders.newest(tenant))

    def purchase_order(self, tenant: str, external_id: str) -> PurchaseOrder | None:
        """One purchase order by the ERP's number."""
        with self._portal.lock:
            found = self._portal.store.purchase_orders.find(tenant, external_id)
            return found[0] if found else None

    def payments(self, tenant: str) -> tuple[Payment, ...]:
        """All payments of a tenant, rejected ones included."""
        with self._portal.lock:
            return tuple(self._portal.store.payments.newest(tenant))

    def payments_of(self, tenant: str, external_id: str) -> tuple[Payment, ...]:
        """The payments with the ERP's number: more than one is a duplicate, unless rejected."""
        with self._portal.lock:
            return self._portal.store.payments.find(tenant, external_id)


def _api_document() -> Response:
    """A stub of the OpenAPI document: the paths that this simulator serves."""
    paths: dict[str, dict[str, object]] = {}
    for route in ROUTES:
        paths.setdefault(route.template, {})[route.method.lower()] = {"responses": {"200": {}}}
    info = {"title": "API de integraciones", "version": "2.0.0"}
    return Response.json({"openapi": "3.0.1", "info": info, "paths": paths})
