"""A company with vendors, the simulated Web API over it, and plain requests to it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import select

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi
from portal_pipeline.sandbox.http import Request, Response, mock_transport
from portal_pipeline.sandbox.sage.company import SageCompany, sandbox_engine
from portal_pipeline.sandbox.sage.web_api import (
    SageWebApiSimulator,
    WebApiSwitches,
    WebApiUser,
)

ROOT = "/Sage300WebApi/v1.0/-/SAMLTD"
UUID = "6F1E0C2A-7B1D-4E55-9A64-0D2C5B7F9E11"
PASSWORD = "MixedCase-1"
ZONE = ZoneInfo("America/Mexico_City")
START = datetime(2026, 2, 10, 18, 0, tzinfo=UTC)


class Clock:
    """The sandbox's time, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def make_template(path: Path) -> None:
    """A company with four vendors: national, in dollars, of fees, inactive."""
    company = SageCompany.create(
        sandbox_engine(f"sqlite:///{path}"),
        org_id="SAMLTD",
        name="Sample SA de CV",
        rfc="SAM010203AB1",
        clock=Clock(),
        zone=ZONE,
    )
    company.add_vendor(vendor="P1", name="Aceros", rfc="ABA010203XY1")
    company.add_vendor(vendor="P1USD", name="Steel", currency="USD", tax_group="IVA0", group="EXT")
    company.add_vendor(vendor="HON", name="Honorarios", tax_group="IVA16HON")
    company.add_vendor(vendor="OLD", name="Baja")
    company.set_vendor_active(vendor="OLD", is_active=False)
    company.engine.dispose()


@dataclass
class Desk:
    """What a test works with."""

    company: SageCompany
    simulator: SageWebApiSimulator
    clock: Clock

    def switch(self, **changes: Any) -> None:
        self.simulator.switches = replace(self.simulator.switches, **changes)

    def api(self, **options: Any) -> SageWebApi:
        """Our client, plugged into the simulator."""
        given = {"user": "integra", "password": SecretStr(PASSWORD), "company": "SAMLTD"}
        return SageWebApi(
            base_url="https://sage.example",
            transport=mock_transport(self.simulator.handle),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
            **(given | options),
        )

    def send(
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        user: str = "INTEGRA",
        password: str = PASSWORD,
        headers: Mapping[str, str] | None = None,
        root: str = ROOT,
    ) -> Response:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        given = {"authorization": f"Basic {token}", "content-type": "application/json"}
        return self.simulator.handle(
            Request(
                method=method,
                path=f"{root}/{path}",
                query=tuple((query or {}).items()),
                headers=given if headers is None else headers,
                body=payload if isinstance(payload, bytes) else _body(payload),
            )
        )

    def create(self, *invoices: Mapping[str, Any], description: str = "CFDI X") -> Any:
        """The created batch's record."""
        payload = {"Description": description, "Invoices": list(invoices)}
        answer = self.send("POST", "AP/APInvoiceBatches", payload)
        assert answer.status == 201, answer.body
        return load_json(answer.body)

    def batch(self, number: int) -> Any:
        return load_json(self.send("GET", f"AP/APInvoiceBatches({number})").body)

    def ready(self, number: int) -> None:
        path = f"AP/APInvoiceBatches({number})"
        assert self.send("PATCH", path, {"BatchStatus": "ReadyToPost"}).status == 204

    def post(self, first: int, last: int | None = None) -> Response:
        payload = {
            "ProcessAllBatches": "Donotpostallbatches",
            "FromBatch": first,
            "ToBatch": last or first,
        }
        return self.send("POST", "AP/APPostInvoices('$process')", payload)

    def rows(self, table: str, **key: Any) -> list[Mapping[str, Any]]:
        """Rows of the company's database."""
        source = sage_table(table)
        query = select(source).filter_by(**key).order_by(*source.primary_key)
        with self.company.engine.connect() as connection:
            return list(connection.execute(query).mappings())


def open_desk(template: Path, folder: Path) -> Desk:
    clock = Clock()
    path = folder / "company.db"
    shutil.copy(template, path)
    engine = sandbox_engine(f"sqlite:///{path}")
    company = SageCompany(engine, org_id="SAMLTD", clock=clock, zone=ZONE)
    users = (
        WebApiUser("INTEGRA", PASSWORD),
        WebApiUser("ADMIN", PASSWORD),
        WebApiUser("LIMITED", PASSWORD, modules=frozenset({"GL"})),
        WebApiUser("OTHER", PASSWORD, companies=frozenset({"ELSE"})),
    )
    simulator = SageWebApiSimulator(
        {"SAMLTD": company}, users, clock=clock, switches=WebApiSwitches()
    )
    return Desk(company, simulator, clock)


def _body(payload: Any) -> bytes:
    return b"" if payload is None else dump_json(payload).encode()


def code(answer: Response) -> str:
    """Error code of an answer, or its status."""
    body = load_json(answer.body) if answer.body else {}
    return str(body["error"]["code"]) if "error" in body else str(answer.status)


def invoice(**changes: Any) -> dict[str, Any]:
    """The sheet's example: two lines, IVA 16 %, FOLIOCFD (Web API sheet 5.5)."""
    given: dict[str, Any] = {
        "VendorNumber": "P1",
        "DocumentType": "Invoice",
        "DocumentNumber": "A1042",
        "InvoiceDescription": "Aceros A1042",
        "DocumentDate": "2026-02-09",
        "PostingDate": "2026-02-10",
        "DocumentTotalIncludingTax": Decimal("1740.00"),
        "InvoiceDetails": [line("1000.00"), line("500.00", GLAccount="5100200")],
        "InvoiceOptionalFields": [{"OptionalField": "FOLIOCFD", "Value": UUID}],
    }
    return {name: v for name, v in (given | changes).items() if v is not None}


def line(amount: str, **changes: Any) -> dict[str, Any]:
    return {
        "DistributionDescription": "Lamina",
        "GLAccount": "5100100",
        "DistributedAmount": Decimal(amount),
        "TaxClass1": 1,
        **changes,
    }
