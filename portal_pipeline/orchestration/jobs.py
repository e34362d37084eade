"""The jobs: a tenant's cycle, and how all tenants are."""

import dagster as dg

from portal_pipeline.orchestration.ops import GROUP
from portal_pipeline.orchestration.partitions import HEALTH_JOB_NAME, JOB_NAME

tenant_sync = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.groups(GROUP).without_checks(),
    executor_def=dg.in_process_executor,
    description="All nine controllers for one tenant. A step that fails stops only what waits "
    "for it; a document that fails stops nothing.",
)

# Checks judge every tenant at once from the ledger, so they need not run with each tenant's cycle,
# and a step that fails there cannot hide the checks of the others.
tenant_health = dg.define_asset_job(
    HEALTH_JOB_NAME,
    selection=dg.AssetSelection.all_asset_checks(),
    executor_def=dg.in_process_executor,
    description="The asset checks: red while any tenant is not well, and naming it.",
)
