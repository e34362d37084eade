"""The run-scoped resource: one tenant's session from the run's first step to its last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from portal_pipeline.core.errors import LeaseBusy
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import StepReport
from portal_pipeline.orchestration.partitions import DRY_RUN_TAG

if TYPE_CHECKING:
    from portal_pipeline.wiring import Installation, TenantSession


class RunSession:
    """Opens the tenant's session at first use and closes it at the end of the run.

    ``options`` go to ``TenantSession``: production gives none.
    """

    def __init__(self, run_id: str, *, is_dry_run: bool = False, **options: Any) -> None:
        self._run_id = run_id
        self._options = {"is_dry_run": is_dry_run, **options}
        self._installation: Installation | None = None
        self._session: TenantSession | None = None
        self._busy: LeaseBusy | None = None

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
        """One controller's step for the tenant; the lease is taken at the first one.

        Raises:
            LeaseBusy: another run kept the tenant; the steps after the first do not wait again.
        """
        return self._opened(tenant).run_step(name)

    def _opened(self, tenant: str) -> TenantSession:
        if self._busy is not None:
            raise self._busy
        if self._session is None:
            from portal_pipeline.wiring import TenantSession  # noqa: PLC0415

            try:
                self._session = TenantSession(
                    self.installation, tenant, self._run_id, **self._options
                )
            except LeaseBusy as error:
                self._busy = error
                raise
        return self._session

    def close(self) -> None:
        """Release the lease and close what was opened."""
        if self._session is not None:
            self._session.close()
        if self._installation is not None:
            self._installation.close()


@dg.resource(description="One tenant's session: lease, heartbeat and adapters.")
def run_session(context: dg.InitResourceContext) -> Iterator[RunSession]:
    """The session of this run."""
    run = context.run
    tags = run.tags if run is not None else {}
    run_id = run.run_id if run is not None else ""
    session = RunSession(run_id, is_dry_run=tags.get(DRY_RUN_TAG) == "true")
    try:
        yield session
    finally:
        session.close()
