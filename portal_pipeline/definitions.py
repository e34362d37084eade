"""The Dagster code location: nine assets, one job, three sensors."""

import dagster as dg

from portal_pipeline.orchestration.checks import all_checks
from portal_pipeline.orchestration.jobs import tenant_sync
from portal_pipeline.orchestration.ops import controller_assets
from portal_pipeline.orchestration.resources import run_session
from portal_pipeline.orchestration.sensors import dead_run_reaper, tenant_cycle, tenant_partitions

defs = dg.Definitions(
    assets=controller_assets(),
    asset_checks=all_checks(),
    jobs=[tenant_sync],
    sensors=[tenant_partitions, tenant_cycle, dead_run_reaper],
    resources={"run_session": run_session},
    executor=dg.in_process_executor,
)
