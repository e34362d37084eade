"""A small portal for these tests: one tenant, one company, two suppliers, and a caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal import (
    Cfdi,
    Dossier,
    DossierEntry,
    PortalSimulator,
    PortalSwitches,
)
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import TENANT_RFC, cfdi_xml

TENANT = "tenant-1"
COMPANY = "ACME"
VENDOR = "V001"
OTHER_VENDOR = "V002"
HEADERS = {"pdptenantkey": "key-1", "pdptenantsecret": "secret-1"}
EXTERN = f"/api/1.0/extern/tenants/{TENANT}"
BATCH = f"/api/1.0/batch/tenants/{TENANT}"

DOSSIER = Dossier(
    status="SENT",
    fields=(DossierEntry("grupo_de_proveedores", {"value": "N", "value_external_id": "NAC"}),),
    bank_accounts=(
        DossierEntry("MXN old", {"clabe": "000", "currency": "MXN"}, status="EXPIRED"),
        DossierEntry("MXN", {"clabe": "012180001234567897", "currency": "MXN"}),
    ),
    addresses=(DossierEntry("fiscal", {"street": "Calle 1", "zip_code": "64000"}),),
)


class Office:
    """The portal with its suppliers; ``call`` speaks to it as the tenant's client."""

    def __init__(
        self, switches: PortalSwitches | None = None, store_path: Path | None = None
    ) -> None:
        self.now = datetime(2026, 3, 15, 18, 0, tzinfo=UTC)
        self.portal = PortalSimulator(
            clock=lambda: self.now, switches=switches or PortalSwitches(), store_path=store_path
        )

    def furnish(self) -> Office:
        portal = self.portal
        portal.add_tenant(
            TENANT, name="Acme", rfc=TENANT_RFC, api_key="key-1", api_secret="secret-1"
        )
        portal.add_company(TENANT, external_id=COMPANY, name="Acme", rfc=TENANT_RFC)
        portal.add_company(TENANT, external_id="OTHER", name="Other", rfc="BBB010101BBB")
        self.bank = portal.add_bank_account(
            TENANT, key="banamex", name="Banamex", bank_name="Banamex", account_number="1"
        )
        self.provider = portal.add_provider(
            TENANT,
            key="kemper",
            name="Kemper",
            rfc="EKU9003173C9",
            external_id=VENDOR,
            dossier=DOSSIER,
        )
        self.other = portal.add_provider(
            TENANT, key="kemper usd", name="Kemper", rfc="EKU9003173C9", external_id=OTHER_VENDOR
        )
        return self

    def tick(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] = HEADERS,
    ) -> Response:
        pairs: list[tuple[str, str]] = []
        for name, value in (query or {}).items():
            values = value if isinstance(value, list) else [value]
            pairs.extend((name, str(item)) for item in values)
        raw = body if isinstance(body, bytes) else b"" if body is None else dump_json(body).encode()
        return self.portal.handle(Request(method, path, tuple(pairs), headers, raw))

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """The JSON of a 200 answer."""
        response = self.send(method, EXTERN + path, body, query)
        assert response.status == 200, response.body
        return load_json(response.body) if response.body else None

    def refusal(
        self, method: str, path: str, body: object = None, **query: object
    ) -> tuple[int, int, str]:
        """(HTTP status, code, symbolic name) of an answer in shape A."""
        response = self.send(method, EXTERN + path, body, query)
        value = json.loads(response.body)
        assert set(value) == {"code", "description"}, response
        return response.status, value["code"], value["description"].partition(":")[0]

    def get_url(self, url: str) -> Response:
        """A plain GET without headers, as for a signed link."""
        parts = urlsplit(url)
        return self.portal.handle(Request("GET", parts.path, tuple(parse_qsl(parts.query))))

    def approved_invoice(self, name: str, **document: Any) -> Cfdi:
        provider_id = document.pop("provider_id", self.provider.id)
        cfdi = self.portal.upload_cfdi(
            TENANT, xml=cfdi_xml(name, **document), provider_id=provider_id
        )
        self.portal.send_cfdi(TENANT, cfdi.id)
        return self.portal.approve_cfdi(TENANT, cfdi.id)

    def balance(self, cfdi: Cfdi) -> Decimal:
        current = self.portal.cfdi(TENANT, cfdi.uuid)
        assert current is not None
        return current.balance


def purchase_order(number: str = "PO1", **changes: object) -> dict[str, Any]:
    """A request as the old system sends it (portal API sheet 5.2)."""
    return {
        "external_id": number,
        "num": number,
        "status": "OPEN",
        "acceptance_status": "ACCEPTED",
        "provider_external_id": VENDOR,
        "company_external_id": COMPANY,
        "currency": "MXN",
        "date": "2026-03-01T00:00:00.000Z",
        "delivery_date": "2026-03-20T00:00:00.000Z",
        "delivery_contact": "BUYER",
        "requested_by_contact": "USER",
        "subtotal": Decimal("100.00"),
        "vat_sum": Decimal("16.00"),
        "total": Decimal("116.00"),
        "addresses": [{"street": "Calle 1", "type": "SHIPPING", "zip_code": "64000"}],
        "cfdi_payment_form": "F99",
        "cfdi_use": "G03",
        "metadata": [{"key": "AFE", "value": "A-1"}],
        "lines": [
            {
                "external_id": "1024",
                "num": 1,
                "code": "ITEM-1",
                "description": "Material",
                "quantity": Decimal("10.0000"),
                "price": Decimal("10.00"),
                "subtotal": Decimal("100.00"),
                "total": Decimal("100.00"),
                "vat_taxes": [],
                "withholding_taxes": [],
            }
        ],
    } | changes


def payment(number: str, *lines: tuple[Cfdi, str], **changes: object) -> dict[str, Any]:
    """A request as the old system sends it (portal API sheet 6.2)."""
    return {
        "external_id": number,
        "open": False,
        "currency": "MXN",
        "payment_date": "2026-03-15T10:00:00.000Z",
        "total_amount": sum((Decimal(amount) for _, amount in lines), Decimal(0)),
        "provider_external_id": VENDOR,
        "operation_type": "TRANSFER",
        "cfdis": [paid_line(cfdi, amount) for cfdi, amount in lines],
    } | changes


def paid_line(cfdi: Cfdi, paid: str, **changes: object) -> dict[str, Any]:
    return {
        "uuid": cfdi.uuid,
        "amount": Decimal(paid),
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_amount": Decimal(paid),
        "payment_currency": "MXN",
    } | changes
