"""The run-scoped resource: one tenant's session from the run's first step to its last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import StepReport
from portal_pipeline.orchestration.partitions import DRY_RUN_TAG

if TYPE_CHECKING:
    from portal_pipeline.wiring import Installation, TenantSession


class RunSession:
    """Opens the tenant's session at first use and closes it at the end of the run."""

    def __init__(self, run_id: str, *, is_dry_run: bool) -> None:
        self._run_id = run_id
        self._is_dry_run = is_dry_run
        self._installation: Installation | None = None
        self._session: TenantSession | None = None

    @property
    def installation(self) -> Installation:
        """Settings, ledger and archive."""
        if self._installation is None:
            # Adapters and their libraries load only in a run, not with the code location.
            from portal_pipeline.settings import load_settings  # noqa: PLC0415
            from portal_pipeline.wiring import Installation  # noqa: PLC0415

            self._installation = Installation(load_settings())
        return self._installation

    def run_step(self, tenant: str, name: ControllerName) -> StepReport:
        """One controller's step for the tenant; the lease is taken at the first one."""
        if self._session is None:
            from portal_pipeline.wiring import TenantSession  # noqa: PLC0415

            self._session = TenantSession(
                self.installation, tenant, self._run_id, is_dry_run=self._is_dry_run
            )
        return self._session.run_step(name)

    def close(self) -> None:
        """Release the lease and close what was opened."""
        if self._session is not None:
            self._session.close()
        if self._installation is not None:
            self._installation.close()


@dg.resource(description="One tenant's session: lease, heartbeat and adapters.")
def run_session(context: dg.InitResourceContext) -> Iterator[RunSession]:
    """The session of this run."""
    tags = context.run.tags if context.run is not None else {}
    session = RunSession(context.run_id or "", is_dry_run=tags.get(DRY_RUN_TAG) == "true")
    try:
        yield session
    finally:
        session.close()
