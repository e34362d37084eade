"""The Dagster code location: nine assets with their checks, two jobs, four sensors."""

import dagster as dg

from portal_pipeline.orchestration.checks import all_checks
from portal_pipeline.orchestration.jobs import tenant_health, tenant_sync
from portal_pipeline.orchestration.ops import controller_assets
from portal_pipeline.orchestration.resources import run_session
from portal_pipeline.orchestration.sensors import (
    dead_run_reaper,
    health_check,
    tenant_cycle,
    tenant_partitions,
)

defs = dg.Definitions(
    assets=controller_assets(),
    asset_checks=all_checks(),
    jobs=[tenant_sync, tenant_health],
    sensors=[tenant_partitions, tenant_cycle, health_check, dead_run_reaper],
    resources={"run_session": run_session},
    executor=dg.in_process_executor,
)
