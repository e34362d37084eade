"""What a step works with: one tenant's adapters, clocks and limits for one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal_pipeline.archive import Archive
from portal_pipeline.controllers.execution import Executor
from portal_pipeline.core.crash import CrashPoint, no_crash
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.importers.executable import ProgramFiles
from portal_pipeline.ledger import HeldLease, TenantLedger
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import SageWebApi


@dataclass
class Workspace:
    """Adapters and arguments of one tenant's run; steps keep nothing in it."""

    tenant: Tenant
    ledger: TenantLedger
    lease: HeldLease
    clock: Callable[[], datetime]
    """Business clock."""
    sage: SageDatabase
    sage_company: str
    """Value of ``Empresa`` in the authorisation tables."""
    portal: PortalClient
    archive: Archive
    web_api: SageWebApi | None
    executor: Executor
    program: ProgramFiles | None = None
    """The import program's folder, for tenants that keep the program."""
    point: CrashPoint = no_crash
    monotonic: Callable[[], float] = time.monotonic

    @property
    def run_id(self) -> str:
        """The run that owns the tenant."""
        return self.lease.run_id
