"""Tenants as partitions."""

import dagster as dg

TENANT_PARTITIONS = "tenant"
TENANTS = dg.DynamicPartitionsDefinition(name=TENANT_PARTITIONS)
JOB_NAME = "tenant_sync"
HEALTH_JOB_NAME = "tenant_health"
DRY_RUN_TAG = "portal_pipeline/dry_run"
PARTITION_TAG = "dagster/partition"
