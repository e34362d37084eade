"""One tenant over both simulated systems: what a controller's contract test stands on.

Serial, on virtual clocks, without sockets. People act through ``company`` (Sage) and ``portal``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from portal_pipeline.archive import LocalArchive
from portal_pipeline.controllers.execution import SerialExecutor
from portal_pipeline.controllers.step import StepFactory, StepRun
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.crash import CrashPoint, no_crash
from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.core.tenant import Guard, ImportRules, Mode, Tenant
from portal_pipeline.ledger import Ledger
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry as PortalRetry
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi
from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.portal import Cfdi, PortalSimulator
from portal_pipeline.sandbox.sage.company import SageCompany, sandbox_engine
from portal_pipeline.sandbox.sage.company.records import InvoiceRecord
from portal_pipeline.sandbox.sage.web_api import SageWebApiSimulator, WebApiUser
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    TENANT_RFC,
    cfdi_xml,
)

TENANT = "tenant-1"
ORG = "SAMLTD"
PASSWORD = "MixedCase-1"
ZONE = ZoneInfo("America/Mexico_City")
START = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
VENDOR = "V001"
LEASE_TTL = timedelta(days=3650)
IMPORTS = ImportRules(
    tax_group_by_taxes={"IVA16": "IVA16", "IVA0": "IVA0"},
    tax_class_by_rate={"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4},
)


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bench:
    """A company in Sage, its portal, and runs of controllers between them."""

    folder: Path
    tenant: Tenant = field(
        default_factory=lambda: Tenant(
            key=TenantKey("acme"),
            name="Acme",
            rfc=TENANT_RFC,
            zone=ZONE,
            mode=Mode.SANDBOX,
            start_date=date(2026, 1, 1),
            imports=IMPORTS,
            guard=Guard(is_on=False),
        )
    )

    def __post_init__(self) -> None:
        self.clock, self.lease_clock = Clock(), Clock()
        sage, authorisations = (
            f"sqlite:///{self.folder / name}.db" for name in ("sage", "authorisations")
        )
        self._engines = [sandbox_engine(url) for url in (sage, authorisations)]
        self.company = SageCompany.create(
            self._engines[0],
            org_id=ORG,
            name="Acme",
            rfc=TENANT_RFC,
            clock=self.clock,
            zone=ZONE,
            authorisation_engine=self._engines[1],
            empresa=ORG,
        )
        self.web_api = SageWebApiSimulator(
            {ORG: self.company}, (WebApiUser("INTEGRA", PASSWORD),), clock=self.clock
        )
        self.portal = PortalSimulator(clock=self.clock)
        self.portal.add_tenant(
            TENANT, name="Acme", rfc=TENANT_RFC, api_key="key-1", api_secret="secret-1"
        )
        self.portal.add_company(TENANT, external_id="ACME", name="Acme", rfc=TENANT_RFC)
        self.provider = self.portal.add_provider(
            TENANT, key="kemper", name="Kemper", rfc=SUPPLIER_RFC, external_id=VENDOR
        )
        self.company.add_vendor(
            vendor=VENDOR, name="Kemper", rfc=SUPPLIER_RFC, provider_id=self.provider.id
        )
        ledger_url = f"sqlite:///{self.folder / 'ledger.sqlite'}"
        self._ledger = Ledger(ledger_url, lease_clock=self.lease_clock)
        self.ledger = self._ledger.tenant(self.tenant.key, self.clock)
        self.archive = LocalArchive(self.folder / "archive")
        self._sage = SageDatabase(self.tenant.key, sage, authorisations)
        self._portal = PortalClient(
            base_url=self.portal.base_url,
            tenant_id=TENANT,
            key=SecretStr("key-1"),
            secret=SecretStr("secret-1"),
            transport=mock_transport(self.portal.handle),
            retry=PortalRetry(sleep=lambda _: None),
        )
        self._web_api = SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="integra",
            password=SecretStr(PASSWORD),
            transport=mock_transport(self.web_api.handle),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
        )
        self.point: CrashPoint = no_crash
        self._run_numbers = itertools.count(1)

    def close(self) -> None:
        """Give every connection back."""
        self._portal.close()
        self._web_api.close()
        self._sage.close()
        self._ledger.close()
        for engine in self._engines:
            engine.dispose()

    # Runs.

    def workspace(self, run_id: str) -> Workspace:
        """The tenant's adapters for one run; a crashed run's lease is taken over."""
        leases = self._ledger.leases
        self.lease_clock.now += LEASE_TTL + timedelta(seconds=1)
        held = leases.acquire(self.tenant.key, run_id, "test", LEASE_TTL)
        return Workspace(
            tenant=self.tenant,
            ledger=self.ledger,
            lease=held,
            clock=self.clock,
            sage=self._sage,
            sage_company=ORG,
            portal=self._portal,
            archive=self.archive,
            web_api=self._web_api,
            executor=SerialExecutor(),
            point=self.point,
            monotonic=lambda: 0.0,
        )

    def run(self, factory: StepFactory) -> StepReport:
        """One run of one controller."""
        work = self.workspace(f"run-{next(self._run_numbers)}")
        report = ReportBuilder(factory.name)  # type: ignore[attr-defined]
        step = factory(work, report)
        built = StepRun(work, step, report).run()
        assert built.seen == (
            built.acted + built.done + built.held + built.rejected + built.out_of_scope
        )
        return built

    def advance(self, **delta: float) -> None:
        """Time passes, on both clocks."""
        self.clock.now += timedelta(**delta)
        self.lease_clock.now += timedelta(**delta)

    # Looking.

    def row(
        self, uuid: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> OperationRow | None:
        """An operation of the ledger."""
        return self.ledger.operations(kind, [uuid], [operation]).get((uuid, operation))

    def finding(
        self, uuid: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> str:
        """Code of an operation's finding; its status where it has none."""
        row = self.row(uuid, operation, kind)
        if row is None:
            return "-"
        return row.finding.code if row.finding else row.status.value

    # People.

    def upload(self, name: str, *, approve: bool = True, **given: Any) -> Cfdi:
        """A supplier uploads a CFDI and sends it; the tenant approves it unless told otherwise.

        Keywords of ``upload_cfdi`` go there, the others to ``cfdi_xml``.
        """
        mine = ("po_links", "additional_info", "served_body", "has_xml", "is_advance")
        upload = {key: given.pop(key) for key in (*mine, "document_type") if key in given}
        provider_id = given.pop("provider_id", self.provider.id)
        cfdi = self.portal.upload_cfdi(
            TENANT, xml=cfdi_xml(name, **given), provider_id=provider_id, **upload
        )
        self.portal.send_cfdi(TENANT, cfdi.id)
        return self.portal.approve_cfdi(TENANT, cfdi.id) if approve else cfdi

    def in_sage(self, uuid: str) -> list[InvoiceRecord]:
        """Every A/P document that carries a UUID; copies that failed to post are left out."""
        return [one for one in self.company.invoices() if one.uuid == uuid and one.error_entry == 0]
