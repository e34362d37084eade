"""The one place that builds adapters from settings."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portal_pipeline.archive import Archive, LocalArchive, OverlayArchive
from portal_pipeline.controllers.execution import Executor, ThreadExecutor
from portal_pipeline.controllers.planning import StepPlanning
from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.controllers.step import StepRun
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.crash import CrashPoint, no_crash
from portal_pipeline.core.errors import ConfigError, SystemUnavailable
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.plans import ControllerPlan
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.core.tenant import Mode, Tenant
from portal_pipeline.importers.drop_folder import DropFolder
from portal_pipeline.importers.executable import ProgramFiles
from portal_pipeline.importers.program import ImporterProgram
from portal_pipeline.leasing import LEASE_TIMES, Heartbeat, LeaseTimes, acquire
from portal_pipeline.ledger import Ledger, TenantLedger
from portal_pipeline.ledger.copying import copy_tenant
from portal_pipeline.ledger.reports import latest_report_time
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.files import FILE_HOSTS
from portal_pipeline.portal.rate_limit import RateLimiter
from portal_pipeline.portal.retry import ReadRetry, silence_retry_hooks
from portal_pipeline.sage.connection import sql_server_url
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import ReadRetry as WebApiReadRetry
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline.settings.home import private_folder
from portal_pipeline.settings.models import Settings, TenantSettings

CLOCK_FRESH_S = 2.0


def system_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class SandboxClock:
    """The sandbox's own time, asked for at most every two seconds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._read_at = 0.0
        self._now = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        """The sandbox's time.

        Raises:
            SystemUnavailable: the sandbox does not run.
        """
        if not self._read_at or time.monotonic() - self._read_at > CLOCK_FRESH_S:
            self._now = self._ask()
            self._read_at = time.monotonic()
        return self._now

    def _ask(self) -> datetime:
        try:
            # The settings allow loopback addresses only.
            with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310
                return datetime.fromisoformat(json.loads(answer.read(10_000))["now"])
        except (OSError, ValueError, KeyError) as error:
            raise SystemUnavailable(
                f"the sandbox is not running ({self._url})",
                system="sandbox",
                remedy="start it with `portal-pipeline sandbox serve`",
            ) from error


def business_clock(settings: TenantSettings) -> Callable[[], datetime]:
    """The clock by which a tenant's documents age."""
    if settings.mode == Mode.SANDBOX and settings.clock_url:
        return SandboxClock(settings.clock_url)
    return system_clock


def sage_database(settings: TenantSettings) -> SageDatabase:
    """Connections to a tenant's Sage database."""
    sage = settings.sage
    if sage.url:
        secret = sage.password.get_secret_value()
        return SageDatabase(
            settings.key, sage.url, sage.authorisation_url or None, secrets=(secret,)
        )

    def url(database: str) -> Any:
        return sql_server_url(
            server=sage.server,
            database=database,
            user=sage.user,
            password=sage.password.get_secret_value(),
            driver=sage.driver,
            trust_server_certificate=sage.trust_server_certificate,
            must_verify=settings.mode == Mode.LIVE and not sage.allow_unverified_sql_server,
        )

    other = sage.authorisation_database
    return SageDatabase(
        settings.key,
        url(sage.database),
        url(other) if other else None,
        secrets=(sage.password.get_secret_value(),),
    )


def portal_client(settings: TenantSettings, *, read_wait_s: float | None = None) -> PortalClient:
    """The client of a tenant's portal; ``read_wait_s`` as ``TenantSession``'s."""
    portal = settings.portal
    return PortalClient(
        base_url=portal.url,
        tenant_id=portal.tenant_id,
        key=portal.key,
        secret=portal.secret,
        limiter=RateLimiter(per_second=portal.requests_per_second),
        file_hosts=(*FILE_HOSTS, *portal.file_hosts),
        retry=None if read_wait_s is None else ReadRetry(wait_initial_s=read_wait_s),
    )


def web_api_client(
    settings: TenantSettings, *, read_wait_s: float | None = None
) -> SageWebApi | None:
    """The client of a tenant's Sage Web API, where one is set; ``read_wait_s`` as above."""
    api = settings.sage_web_api
    if api is None:
        return None
    retry = WebApiReadRetry()
    if read_wait_s is not None:
        retry = WebApiReadRetry(wait_initial_s=read_wait_s)
    return SageWebApi(
        base_url=api.url,
        company=api.company or settings.sage.org_id,
        user=api.user,
        password=api.password,
        retry=retry,
    )


def program_files(settings: Settings, tenant: TenantSettings) -> ProgramFiles | None:
    """The import program of a tenant, where one is set."""
    given = tenant.importer_program
    if given is None:
        return None
    ours = settings.program_folder(tenant.key)
    folder = Path(given.folder)
    places = {"database": tenant.sage.database or tenant.sage.org_id, "folder": given.folder}
    program = None
    if given.command:
        program = ImporterProgram(
            [_filled(part, places) for part in given.command],
            working_folder=Path(given.working_folder) if given.working_folder else None,
            timeout_s=given.timeout_seconds,
            output_folder=ours / "output",
            runs_kept=given.runs_kept,
            secrets=_secrets_of(tenant),
        )
    return ProgramFiles(DropFolder(folder), ours / "taken_back", program)


def _secrets_of(tenant: TenantSettings) -> list[str]:
    api = tenant.sage_web_api
    given = (tenant.sage.password, tenant.portal.key, tenant.portal.secret)
    every = (*given, api.password) if api is not None else given
    return [one.get_secret_value() for one in every]


def _filled(text: str, places: Mapping[str, str]) -> str:
    """The text with ``{database}`` and ``{folder}`` filled in; other braces stay."""
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text


class Installation:
    """One set of settings with its ledger and archive."""

    def __init__(
        self,
        settings: Settings,
        *,
        ledger: Ledger | None = None,
        archive: Archive | None = None,
        lease_clock: Callable[[], datetime] = system_clock,
    ) -> None:
        """Open the ledger and archive of the settings, or use those given."""
        silence_retry_hooks()  # they would print to standard output
        self.settings = settings
        private_folder(settings.folder)
        self.ledger = ledger or Ledger(settings.ledger_url, lease_clock=lease_clock)
        self.archive = archive or LocalArchive(settings.archive_folder)

    def tenant_ledger(self, settings: TenantSettings) -> TenantLedger:
        """The ledger of one tenant for people and checks.

        Where the sandbox does not run any more, its time stands still at the last report: a
        finished demo can still be looked at and worked on.
        """
        clock = business_clock(settings)

        def now() -> datetime:
            try:
                return clock()
            except SystemUnavailable:
                last = latest_report_time(self.ledger, settings.key)
                if last is None:
                    raise
                return last

        return self.ledger.tenant(settings.key, now)

    def tenant_settings(self, key: str) -> TenantSettings:
        """Settings of one tenant.

        Raises:
            ConfigError: there is no such tenant; names those that are.
        """
        found = self.settings.by_key(key)
        if found is None:
            known = ", ".join(tenant.key for tenant in self.settings.tenants)
            raise ConfigError(
                f"there is no tenant {key!r} in {self.settings.source}",
                system="settings",
                remedy=f"use one of: {known}",
            )
        return found

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


class TenantSession:
    """One run of one tenant: lease, heartbeat and adapters, from the first step to the last."""

    def __init__(
        self,
        installation: Installation,
        key: str,
        run_id: str,
        *,
        is_dry_run: bool = False,
        executor: Executor | None = None,
        point: CrashPoint = no_crash,
        lease_times: LeaseTimes = LEASE_TIMES,
        read_wait_s: float | None = None,
    ) -> None:
        """Take the lease, waiting for a busy one.

        ``read_wait_s`` is how many seconds pass before a read of a remote system is tried again
        for the first time; None: each adapter's own.

        Raises:
            LeaseBusy: another run kept the tenant all the time; names its owner.
        """
        self._settings = installation.tenant_settings(key)
        self._installation = installation
        self._lease = acquire(installation.ledger, key, run_id, lease_times)
        self._heartbeat = Heartbeat(installation.ledger, self._lease, lease_times)
        try:
            self.workspace = self._build(
                executor or ThreadExecutor(), point, read_wait_s, is_dry_run=is_dry_run
            )
        except BaseException:
            self._heartbeat.stop()
            installation.ledger.leases.release(self._lease)
            raise

    def _build(
        self, executor: Executor, point: CrashPoint, read_wait_s: float | None, *, is_dry_run: bool
    ) -> Workspace:
        settings = self._settings
        clock = business_clock(settings)
        tenant: Tenant = settings.tenant()
        if is_dry_run:
            tenant = tenant.model_copy(update={"mode": Mode.DRY_RUN})
        return Workspace(
            tenant=tenant,
            ledger=self._installation.ledger.tenant(settings.key, clock),
            lease=self._lease,
            clock=clock,
            sage=sage_database(settings),
            sage_company=settings.sage.company_name,
            portal=portal_client(settings, read_wait_s=read_wait_s),
            archive=self._installation.archive,
            web_api=web_api_client(settings, read_wait_s=read_wait_s),
            executor=executor,
            program=program_files(self._installation.settings, settings),
            point=point,
        )

    def run_step(self, name: ControllerName) -> StepReport:
        """One controller's step.

        Raises:
            PipelineError: the step could not do its work.
        """
        report = ReportBuilder(name)
        return StepRun(self.workspace, step_factory(name)(self.workspace, report), report).run()

    def plan_step(
        self, name: ControllerName, *, has_run_live: bool, is_out_of_time: Callable[[], bool]
    ) -> ControllerPlan:
        """What one controller would do if the tenant were live; for a dry run's session.

        Raises:
            PipelineError: it cannot be planned.
        """
        report = ReportBuilder(name)
        live = self._settings.tenant()
        if live.mode == Mode.DRY_RUN:
            live = live.model_copy(update={"mode": Mode.LIVE})
        return StepPlanning(
            self.workspace,
            step_factory(name)(self.workspace, report),
            report,
            live=live,
            has_run_live=has_run_live,
            is_out_of_time=is_out_of_time,
        ).plan()

    def close(self) -> None:
        """Release the lease and close every adapter."""
        self._heartbeat.stop()
        self._installation.ledger.leases.release(self._lease)
        self.workspace.sage.close()
        self.workspace.portal.close()
        if self.workspace.web_api is not None:
            self.workspace.web_api.close()


@contextmanager
def rehearsal(installation: Installation, key: str) -> Iterator[TenantSession]:
    """A dry run's session on a copy of the tenant's ledger, which is thrown away at the end.

    Nothing that it records or downloads is kept, and a cycle that runs meanwhile is not disturbed.
    """
    with TemporaryDirectory(prefix="portal-pipeline-") as name:
        folder = Path(name)
        copy = Ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
        try:
            copy_tenant(installation.ledger, key, copy)
            archive = OverlayArchive(installation.archive, LocalArchive(folder / "archive"))
            apart = Installation(installation.settings, ledger=copy, archive=archive)
            session = TenantSession(apart, key, "rehearsal", is_dry_run=True)
            try:
                yield session
            finally:
                session.close()
        finally:
            copy.close()
