"""One tenant between both simulators, on clocks that stand still until they are moved.

``Bench.run(PaymentUpload)`` does one step in a run of its own, as the job would.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import Engine

from portal_pipeline.archive import LocalArchive
from portal_pipeline.controllers.execution import SerialExecutor
from portal_pipeline.controllers.step import StepFactory, StepRun
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.crash import CrashPoint, no_crash
from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.core.tenant import CfdiRules, Check, Guard, ImportRules, Mode, Tenant
from portal_pipeline.ledger import Ledger, TenantLedger
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.portal import Cfdi, PortalSimulator
from portal_pipeline.sandbox.sage.company import SageCompany, sandbox_engine
from portal_pipeline.sandbox.sage.company.records import InvoiceRecord
from portal_pipeline.sandbox.sage.web_api.access import WebApiUser
from portal_pipeline.sandbox.sage.web_api.simulator import SageWebApiSimulator
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    TENANT_RFC,
    cfdi_xml,
)
from portal_pipeline_tests.templates import put_ledger

TENANT = "acme"
VENDOR = "V001"
RFC = TENANT_RFC
ORG = "COPDAT"
IMPORTS = ImportRules(
    default_account="5100100",
    tax_group_by_taxes={"IVA16": "IVA16"},
    tax_class_by_rate={"IVA16": 1},
)
"""Import rules by which this supplier's invoices find account and taxes."""
START = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Mexico_City")
TTL = timedelta(minutes=10)
_OF_PORTAL = (
    *("provider_id", "document_type", "is_advance", "po_links", "additional_info"),
    *("served_body", "has_xml"),
)
_NAMES = ("sage.db", "authorisations.db")


@dataclass
class HandClock:
    """A clock that stands still until it is set; business and lease clock in one."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def _opened(folder: Path, clock: HandClock) -> tuple[SageCompany, list[Engine]]:
    engines = [sandbox_engine(f"sqlite:///{folder / name}") for name in _NAMES]
    company = SageCompany.create(
        engines[0],
        org_id=ORG,
        name="Comercial del Norte",
        rfc=RFC,
        clock=clock,
        zone=ZONE,
        authorisation_engine=engines[1],
        empresa=ORG,
    )
    return company, engines


@cache
def _template() -> Path:
    """A folder with the databases of an empty company, made once."""
    folder = Path(mkdtemp(prefix="bench-"))
    company, engines = _opened(folder, HandClock())
    company.set_exchange_rate(currency="USD", rate=Decimal("17.5"), on=date(2026, 1, 1))
    for engine in engines:
        engine.dispose()
    return folder


class Bench:
    """A tenant with its Sage company, its portal, its Web API, its ledger, and one supplier.

    Several benches may share a portal and a ledger: give the first one to the others.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: str = TENANT,
        beside: Bench | None = None,
        clock: HandClock | None = None,
    ) -> None:
        self.key = key
        self._beside = beside
        self.clock = beside.clock if beside else clock or HandClock()
        self.folder = folder / key
        self.folder.mkdir(exist_ok=True)
        self.company, self._engines, self.sage = self._databases()
        self.portal = beside.portal if beside else PortalSimulator(clock=self.clock)
        self.portal.add_tenant(key, name=key, rfc=RFC, api_key="key-1", api_secret="secret-1")
        self.portal.add_company(key, external_id=ORG, name="Comercial del Norte", rfc=RFC)
        self.provider = self.portal.add_provider(
            key, key="kemper", name="Kemper", rfc=SUPPLIER_RFC, external_id=VENDOR
        )
        self.company.add_vendor(
            vendor=VENDOR, name="Kemper", rfc=SUPPLIER_RFC, provider_id=self.provider.id
        )
        self.web_api = SageWebApiSimulator(
            {ORG: self.company}, [WebApiUser("PIPE", "secret")], clock=self.clock
        )
        self.ledger_store = beside.ledger_store if beside else self._ledger(folder)
        self.tenant = Tenant(
            key=TenantKey(key),
            name=key,
            rfc=RFC,
            zone=ZONE,
            mode=Mode.SANDBOX,
            guard=Guard(is_on=False),
            imports=IMPORTS,
            cfdi=CfdiRules(seal=Check.OFF, schema_check=Check.OFF),  # these seals verify as nothing
        )
        self.point: CrashPoint = no_crash
        self._runs = itertools.count(1)
        self.archive = LocalArchive(self.folder / "archive")

    def _databases(self) -> tuple[SageCompany, list[Engine], SageDatabase]:
        """The company's databases, from the template, as Sage and as the product open them."""
        for name in _NAMES:
            shutil.copy(_template() / name, self.folder)
        company, engines = _opened(self.folder, self.clock)
        urls = (f"sqlite:///{self.folder / name}" for name in _NAMES)
        return company, engines, SageDatabase(self.key, *urls)

    def _ledger(self, folder: Path) -> Ledger:
        return Ledger(put_ledger(folder / "ledger.db"), lease_clock=self.clock)

    # -- settings and time ---------------------------------------------------------------------

    def set(self, **changes: object) -> None:
        """Change fields of the tenant."""
        self.tenant = self.tenant.model_copy(update=changes)

    def set_payments(self, **changes: object) -> None:
        """Change the tenant's payment rules."""
        self.set(payments=self.tenant.payments.model_copy(update=changes))

    def advance(self, **delta: float) -> None:
        """Move the clocks on."""
        self.clock.now += timedelta(**delta)

    # -- the supplier --------------------------------------------------------------------------

    def upload(self, name: str, *, approve: bool = True, **given: Any) -> Cfdi:
        """The supplier's CFDI, named for its UUID; what ``cfdi_xml`` takes, or ``upload_cfdi``."""
        of_portal = {n: given.pop(n) for n in _OF_PORTAL if n in given}
        provider_id = of_portal.pop("provider_id", self.provider.id)
        cfdi = self.portal.upload_cfdi(
            self.key, xml=cfdi_xml(name, **given), provider_id=provider_id, **of_portal
        )
        if not approve:
            return cfdi
        self.portal.send_cfdi(self.key, cfdi.id)
        return self.portal.approve_cfdi(self.key, cfdi.id)

    # -- work ----------------------------------------------------------------------------------

    @property
    def ledger(self) -> TenantLedger:
        """The tenant's ledger."""
        return self.ledger_store.tenant(self.key, self.clock)

    def workspace(self, run_id: str | None = None) -> Workspace:
        """Adapters of one run."""
        run = run_id or f"{self.key}-{next(self._runs)}"
        return Workspace(
            tenant=self.tenant,
            ledger=self.ledger,
            lease=self.ledger_store.leases.acquire(self.key, run, "test", TTL),
            clock=self.clock,
            sage=self.sage,
            sage_company=ORG,
            portal=self._portal_client(),
            archive=self.archive,
            web_api=self._web_api_client(),
            executor=SerialExecutor(),
            point=self.point,
        )

    def _portal_client(self) -> PortalClient:
        return PortalClient(
            base_url=self.portal.base_url,
            tenant_id=self.key,
            key=SecretStr("key-1"),
            secret=SecretStr("secret-1"),
            transport=mock_transport(self.portal.handle),
            retry=ReadRetry(attempts=1),
        )

    def _web_api_client(self) -> SageWebApi:
        return SageWebApi(
            base_url="http://127.0.0.1/Sage300WebApi/v1.0",
            company=ORG,
            user="PIPE",
            password=SecretStr("secret"),
            transport=mock_transport(self.web_api.handle),
        )

    def run(self, factory: StepFactory, *, run_id: str | None = None) -> StepReport:
        """One step; without ``run_id`` in a run of its own."""
        work = self.workspace(run_id)
        try:
            report = ReportBuilder(factory.name)  # type: ignore[attr-defined]
            return StepRun(work, factory(work, report), report).run()
        finally:
            self.ledger_store.leases.release(work.lease)

    def row(
        self, key: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> OperationRow | None:
        """A row of the ledger."""
        return self.ledger.operations(kind, [key], [operation]).get((key, operation))

    def finding(
        self, key: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> str:
        """Code of an operation's finding, or its status when it has none; blank: no row."""
        row = self.row(key, operation, kind)
        if row is None:
            return ""
        return row.finding.code if row.finding else row.status.value

    def in_sage(self, uuid: str) -> list[InvoiceRecord]:
        """Invoices of Sage with this UUID, read by the company itself."""
        return [one for one in self.company.invoices() if one.uuid.upper() == uuid.upper()]

    def close(self) -> None:
        """Close its databases; the first bench closes portal and ledger, too."""
        self.sage.close()
        for engine in self._engines:
            engine.dispose()
        if self._beside is None:
            self.portal.close()
            self.ledger_store.close()


@contextmanager
def opened(folder: Path, *keys: str) -> Iterator[list[Bench]]:
    """Benches of several tenants on one portal and one ledger."""
    benches: list[Bench] = []
    for key in keys or ("acme",):
        benches.append(Bench(folder, key=key, beside=benches[0] if benches else None))
    try:
        yield benches
    finally:
        for bench in reversed(benches):
            bench.close()
