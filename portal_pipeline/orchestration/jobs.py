"""The one job: a tenant's cycle."""

import dagster as dg

from portal_pipeline.orchestration.ops import GROUP
from portal_pipeline.orchestration.partitions import JOB_NAME

tenant_sync = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.groups(GROUP),
    executor_def=dg.in_process_executor,
    description="All nine controllers for one tenant. A step that fails stops only what waits "
    "for it; a document that fails stops nothing.",
)
